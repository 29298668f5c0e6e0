import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "./bits";

/** A modal window of the browser's own: it keeps the focus, closes with Escape and gives the focus back. */
export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    dialog.current?.showModal();
    return () => before?.focus?.();
  }, []);
  // The browser tells of a closed dialog in a later task, when the focus is back already: a button pressed
  // in between would be undone. So the one who closes says so at once, and the late news counts for nothing.
  const isEnded = useRef(false);
  const end = (): void => {
    if (isEnded.current) return;
    isEnded.current = true;
    dialog.current?.close();
    onClose();
  };
  return (
    <dialog
      ref={dialog}
      aria-labelledby="dialog-title"
      onCancel={end}
      onClose={end}
      onClick={(event) => {
        if (event.target === dialog.current) end();
      }}
    >
      <div class="dialog-body">
        <header class="bar">
          <h2 id="dialog-title">{title}</h2>
          <button class="round" type="button" aria-label="Close" title="Close" onClick={end}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
