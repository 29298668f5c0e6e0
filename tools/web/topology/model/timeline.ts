import { checkSnapshot } from "./check";
import type { Snapshot } from "./snapshot";

/** A moment that can be looked at. */
export interface Moment {
  /** Milliseconds since 1970. */
  at: number;
  /** What happened then, if it is worth a mark. */
  mark?: string;
}

/** Snapshots in the order of time: the last minutes that the page has seen, or a recording. */
export interface Timeline {
  readonly moments: readonly Moment[];
  load(index: number): Promise<Snapshot>;
}

/** The last snapshots that the page was sent, as text: parsed again when somebody goes back to them. */
export class LastMinutes implements Timeline {
  #kept: { at: number; text: string; mark?: string }[] = [];
  #characters = 0;
  #parsed = new Map<string, Snapshot>();

  constructor(
    readonly charactersMost = 64_000_000,
    readonly most = 900,
  ) {}

  get moments(): readonly Moment[] {
    return this.#kept;
  }

  /** Forgets the oldest ones beyond the limits; returns how many. The newest is always kept. */
  add(text: string, snapshot: Snapshot): number {
    this.#kept.push({ at: Date.parse(snapshot.taken_at), text });
    this.#characters += text.length;
    this.#keepParsed(text, snapshot);
    let forgotten = 0;
    while (this.#kept.length > 1 && (this.#kept.length > this.most || this.#characters > this.charactersMost)) {
      this.#characters -= this.#kept.shift()!.text.length;
      ++forgotten;
    }
    return forgotten;
  }

  mark(index: number, what: string): void {
    const moment = this.#kept[index];
    if (moment) moment.mark = moment.mark ? `${moment.mark}; ${what}` : what;
  }

  async load(index: number): Promise<Snapshot> {
    const { text } = this.#kept[index]!;
    const parsed = this.#parsed.get(text) ?? checkSnapshot(JSON.parse(text));
    this.#keepParsed(text, parsed);
    return parsed;
  }

  #keepParsed(text: string, snapshot: Snapshot): void {
    this.#parsed.delete(text);
    this.#parsed.set(text, snapshot);
    if (this.#parsed.size > 8) this.#parsed.delete(this.#parsed.keys().next().value!);
  }
}
