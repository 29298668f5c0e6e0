import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Model } from "./model";
import { initialsOf, tintOf } from "./words";

/** Shows the component again whenever the model changes. */
export function useModel(model: Model): void {
  const [, again] = useState(0);
  useEffect(() => model.subscribe(() => again((count) => count + 1)), [model]);
}

export function Avatar({ id, name, kind, online }: { id: string; name: string; kind?: "group"; online?: boolean | undefined }) {
  return (
    <span class={`avatar tint-${tintOf(id)} ${kind ?? ""}`} aria-hidden="true">
      {initialsOf(name)}
      {online ? <span class="dot" /> : null}
    </span>
  );
}

const shapes = {
  back: "M15 5l-7 7 7 7",
  plus: "M12 5v14M5 12h14",
  send: "M4 12l16-8-5.5 16-3-6.5z",
  close: "M6 6l12 12M18 6L6 18",
  people: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3 20c0-3.3 2.7-5.5 6-5.5s6 2.200 6 5.500M16 4.500a3.500 3.500 0 0 1 0 6.500M18 14.800c1.900.8 3 2.700 3 5.200",
  down: "M12 5v14M6 13l6 6 6-6",
  out: "M14 4h5v16h-5M10 8l-4 4 4 4M6 12h9",
} as const;

export function Icon({ name }: { name: keyof typeof shapes }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={shapes[name]} />
    </svg>
  );
}

export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path class="logo-back" d="M5 4h15a4 4 0 0 1 4 4v7a4 4 0 0 1-4 4h-8l-6 5v-5H5a4 4 0 0 1-4-4V8a4 4 0 0 1 4-4z" />
      <path class="logo-front" d="M26 11.500a4 4 0 0 1 4 4v5a4 4 0 0 1-4 4v4.500l-5.500-4.500H16a4 4 0 0 1-3.700-2.500H20a7 7 0 0 0 6-7z" />
    </svg>
  );
}

/** A mistake, told to those who cannot see it too. */
export function Problem({ children }: { children: ComponentChildren }) {
  return (
    <p class="problem" role="alert">
      {children}
    </p>
  );
}
