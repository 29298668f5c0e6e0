import { useEffect, useRef, useState } from "preact/hooks";
import type { Conversation } from "../client/index";
import { Icon } from "./bits";
import type { Model } from "./model";
import { codePoints, titleOf } from "./words";

const growsBySelf = typeof CSS !== "undefined" && CSS.supports("field-sizing", "content");
const measuredCharactersMax = 5_000;

/** Where one writes. Enter sends, Shift and Enter begin a line. */
export function Composer({ model, conversation }: { model: Model; conversation: Conversation }) {
  const [text, setText] = useState(model.drafts.get(conversation.id) ?? "");
  const box = useRef<HTMLTextAreaElement>(null);
  const max = model.session?.hello?.limits?.["text_characters"] ?? 100_000;
  const count = text.length > max * 0.9 ? codePoints(text) : 0;
  const isTooLong = count > max;
  const isEmpty = text.trim() === "";

  useEffect(() => {
    // On a screen the keyboard would cover what one came to read.
    if (matchMedia("(pointer: fine)").matches) box.current?.focus();
  }, []);
  useEffect(() => {
    const area = box.current;
    if (growsBySelf || !area || text.length > measuredCharactersMax) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }, [text]);

  const change = (value: string): void => {
    setText(value);
    model.drafts.set(conversation.id, value);
    if (value.trim()) model.typing();
  };
  const send = (): void => {
    if (isEmpty || isTooLong) return;
    model.send(text);
    setText("");
    model.drafts.delete(conversation.id);
    box.current?.focus();
  };

  if (conversation.isLeft) return <p class="composer closed">You are no member of this conversation any more.</p>;
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <label class="visually-hidden" for="composer">
        Message to {titleOf(conversation, model.me!.id)}
      </label>
      <textarea
        id="composer"
        ref={box}
        rows={1}
        dir="auto"
        placeholder="Write a message"
        enterkeyhint="send"
        value={text}
        aria-invalid={isTooLong}
        aria-describedby={count > 0 ? "composer-count" : undefined}
        onInput={(event) => change(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          send();
        }}
      />
      <button class="round primary" type="submit" aria-label="Send" title="Send" disabled={isEmpty || isTooLong}>
        <Icon name="send" />
      </button>
      {count > 0 ? (
        <p id="composer-count" class={isTooLong ? "problem" : "hint"} role={isTooLong ? "alert" : undefined}>
          {isTooLong
            ? `${(count - max).toLocaleString()} characters too many: at most ${max.toLocaleString()} fit.`
            : `${(max - count).toLocaleString()} characters left`}
        </p>
      ) : null}
    </form>
  );
}
