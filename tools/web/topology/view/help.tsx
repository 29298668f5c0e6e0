import { useLayoutEffect, useRef } from "preact/hooks";
import { IconButton } from "./bits";

const keys: readonly (readonly [string, string])[] = [
  ["/", "search"],
  ["← ↑ → ↓", "move the picture"],
  ["+ −", "nearer, farther"],
  ["0", "everything in view"],
  ["n, Shift n", "next and previous actor, busiest first"],
  ["Tab in the picture's panel", "through the edges of what is selected"],
  ["Enter", "open or close the selected group; go to the selected actor"],
  ["Escape", "nothing selected"],
  ["f", "flows or messages"],
  ["Space", "pause and go on"],
  ["[ ]", "one snapshot back, one on"],
  ["l", "live"],
  ["t", "traces: the way of single requests; Space and [ ] are then those of the trace that is played"],
  ["o, e, j", "open a recording or traces; save the picture; save the snapshot"],
  ["?", "this"],
];

/** A modal window of the browser's own: it keeps the focus, closes with Escape and gives the focus back. */
export function Help({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    dialog.current?.showModal();
    return () => before?.focus?.();
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby="help-title" onClose={onClose} onClick={(event) => event.target === dialog.current && dialog.current?.close()}>
      <div class="dialog-body">
        <header>
          <h2 id="help-title">Keys and meanings</h2>
          <IconButton icon="close" name="Close" onClick={() => dialog.current?.close()} />
        </header>
        <dl class="keys">
          {keys.map(([key, does]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
        <h3>What is drawn</h3>
        <p>
          A disc is a node of the cluster. Within it, people stand around the conversation that they have most to do with; the coast is the shards that they live in, each in
          the direction of its number. <b>Flows</b> are between people and conversations, whichever actors carried the messages, and the machinery in the middle stands back; <b>messages</b> are
          between actors.
        </p>
        <p>
          Rates are of the time since the snapshot before. Nodes look at their actors one after the other (the skew), and edges are counted by a sketch that may be too high by
          the error that is given. Above 5,000 people and conversations they are drawn as groups, by conversation or by kind; above 15,000 actors the nodes are asked for the
          5,000 busiest ones only. What the page has seen is kept for up to 900 snapshots or 64 million characters, in this tab.
        </p>
      </div>
    </dialog>
  );
}
