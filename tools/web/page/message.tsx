import { Component } from "preact";
import { useState } from "preact/hooks";
import type { Entry, Write } from "../client/index";
import { cut, fullTimeOf, plural, timeOf } from "./words";

const shownCharacters = 3_000;
const shownLines = 40;

/** The beginning of a text that is too long to stand among others. */
function beginningOf(text: string): string {
  const short = cut(text, shownCharacters);
  let end = -1;
  for (let line = 0; line < shownLines; ++line) {
    end = short.indexOf("\n", end + 1);
    if (end < 0) return short;
  }
  return short.slice(0, end);
}

/** A typed text, as text. Long ones begin folded, so that a hundred thousand characters hold nobody up. */
export function LongText({ text }: { text: string }) {
  const [isWhole, setWhole] = useState(false);
  const beginning = beginningOf(text);
  if (beginning.length === text.length) return <div class="text" dir="auto">{text}</div>;
  return (
    <>
      <div class={`text ${isWhole ? "whole" : "cut"}`} dir="auto" tabIndex={isWhole ? 0 : undefined}>
        {isWhole ? text : `${beginning}…`}
      </div>
      <button type="button" class="link" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
        {isWhole ? "Show less" : `Show all ${plural(text.length, "character")}`}
      </button>
    </>
  );
}

export interface MessageProps {
  entry: Entry;
  sender: string;
  isOwn: boolean;
  /** The first of several by the same sender: its name stands above it. */
  isFirst: boolean;
  showsName: boolean;
  /** Who has read up to here, in words; empty mostly. */
  seen: string;
}

/** Entries that change are new objects, so an equal one needs no second look. */
export class Message extends Component<MessageProps> {
  override shouldComponentUpdate(next: MessageProps): boolean {
    const now = this.props;
    return (Object.keys(next) as (keyof MessageProps)[]).some((name) => next[name] !== now[name]);
  }

  override render({ entry, sender, isOwn, isFirst, showsName, seen }: MessageProps) {
    return (
      <li class={`message ${isOwn ? "own" : ""} ${isFirst ? "first" : ""}`} data-seq={entry.seq}>
        <div class="bubble">
          {isFirst && showsName ? (
            <p class="sender"><bdi>{sender}</bdi></p>
          ) : (
            <span class="visually-hidden"><bdi>{sender}</bdi>: </span>
          )}
          {entry.deleted ? <p class="gone">This message was deleted</p> : <LongText text={entry.text ?? ""} />}
          <span class="meta">
            {entry.edited ? <span class="edited">edited</span> : null}
            <time dateTime={entry.at} title={fullTimeOf(entry.at)}>{timeOf(entry.at)}</time>
            {isOwn ? <span class="tick" title="On the node">✓<span class="visually-hidden"> sent</span></span> : null}
          </span>
        </div>
        {seen ? <p class="seen">{seen}</p> : null}
      </li>
    );
  }
}

/** What was written here and is not an entry yet. */
export function WaitingMessage({ write, onRetry, onDiscard }: { write: Write; onRetry: () => void; onDiscard: () => void }) {
  const isRefused = write.state === "refused";
  return (
    <li class={`message own waiting ${isRefused ? "refused" : ""}`}>
      <div class="bubble">
        <span class="visually-hidden">You: </span>
        <LongText text={write.d.text ?? ""} />
        <span class="meta">{isRefused ? "Not sent" : write.state === "committed" ? "✓" : "Sending…"}</span>
      </div>
      {isRefused ? (
        <p class="problem" role="alert">
          {write.refusal?.code === "forbidden" ? "You cannot write here." : (write.refusal?.message ?? "It was refused.")}{" "}
          <button type="button" class="link" onClick={onRetry}>Try again</button>{" "}
          <button type="button" class="link" onClick={onDiscard}>Discard</button>
        </p>
      ) : null}
    </li>
  );
}
