import type { ComponentChildren } from "preact";
import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import { lookOf, type Shape } from "../model/kinds";
import type { Model } from "../model/model";

/** Shows the component again whenever the model changes. */
export function useModel(model: Model): void {
  const [, again] = useState(0);
  useEffect(() => model.subscribe(() => again((count) => count + 1)), [model]);
}

const outlines: Record<Shape, string> = {
  circle: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1z",
  square: "M3.500 2h9a1.500 1.500 0 0 1 1.500 1.500v9a1.500 1.500 0 0 1-1.500 1.500h-9A1.500 1.500 0 0 1 2 12.500v-9A1.500 1.500 0 0 1 3.500 2z",
  triangle: "M8 1l7 13H1z",
  diamond: "M8 .5L15.500 8 8 15.500.5 8z",
};

/** A kind's mark: its shape in its colour; the colour comes from the style sheet, by the kind's own class. */
export function Mark({ kind }: { kind: string }) {
  const look = lookOf(kind);
  return (
    <svg class="mark" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path class="on-light" d={outlines[look.shape]} fill={look.colours[0]} />
      <path class="on-dark" d={outlines[look.shape]} fill={look.colours[1]} />
    </svg>
  );
}

const shapes = {
  pause: "M7 5v14M17 5v14",
  play: "M7 4l12 8-12 8z",
  close: "M6 6l12 12M18 6L6 18",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16.500 16.500L21 21",
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  back: "M15 5l-7 7 7 7",
  next: "M9 5l7 7-7 7",
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  open: "M3 6h6l2 2h10v11H3z",
  help: "M9 9a3 3 0 1 1 4.500 2.600c-1 .6-1.500 1.200-1.500 2.400M12 17.500v.5",
  way: "M5 19a2 2 0 1 0 0-.1M19 5a2 2 0 1 0 0-.1M7 18c8 0 2-12 10-13",
  out: "M14 4h5v16h-5M10 8l-4 4 4 4M6 12h9",
} as const;

export function Icon({ name }: { name: keyof typeof shapes }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={shapes[name]} />
    </svg>
  );
}

export function IconButton(props: { icon: keyof typeof shapes; name: string; keys?: string; onClick: () => void; disabled?: boolean; pressed?: boolean }) {
  const title = props.keys ? `${props.name} (${props.keys})` : props.name;
  return (
    <button type="button" class="icon-button" aria-label={props.name} title={title} disabled={props.disabled} aria-pressed={props.pressed} onClick={props.onClick}>
      <Icon name={props.icon} />
    </button>
  );
}

/** One of a few, as buttons side by side. */
export function Choice<T extends string>(props: { name: string; value: T; options: readonly (readonly [T, string])[]; onChoose: (value: T) => void }) {
  return (
    <fieldset class="choice">
      <legend class="visually-hidden">{props.name}</legend>
      {props.options.map(([value, says]) => (
        <label key={value}>
          <input type="radio" name={props.name} checked={props.value === value} onChange={() => props.onChoose(value)} />
          <span>{says}</span>
        </label>
      ))}
    </fieldset>
  );
}

export function Section({ title, children, open = true }: { title: string; children: ComponentChildren; open?: boolean }) {
  return (
    <details class="section" open={open}>
      <summary>
        <h3>{title}</h3>
      </summary>
      {children}
    </details>
  );
}

/** The browser's own way to choose a recording or saved traces; opened by a button or a key elsewhere. */
export function RecordingField({ model, field }: { model: Model; field: RefObject<HTMLInputElement | null> }) {
  return (
    <input
      ref={field}
      id="recording"
      class="visually-hidden"
      type="file"
      tabIndex={-1}
      aria-label="File of a recording or of traces"
      accept=".jsonl,.json,.ndjson,application/json"
      onChange={(event) => {
        const [chosen] = event.currentTarget.files ?? [];
        if (chosen) void model.openFile(chosen);
        event.currentTarget.value = ""; // so that the same file can be chosen again
      }}
    />
  );
}
