// Which traces there are, which one is looked at, and where its play is.
import { Refused, type NodeCalls, type Wish } from "./node_calls";
import type { Span, Traces } from "./spans";
import { traceOf, type Trace } from "./trace_steps";

/** As many traces are listed and kept, the newest. */
export const TRACES_MOST = 200;
/** As many spans are kept in all; the oldest traces go first. */
export const SPANS_MOST = 60_000;
const askMs = 700;
const retryMs = 3_000;
const renewMs = 20_000;
const wishSeconds = 60;
/** Nothing more came for so long: it is complete. Without a reply it is after `patienceMs`. */
const quietMs = 1_000;
const patienceMs = 5_000;
/** How long a step is seen at speed 1. */
export const stepMs = 900;
export const speeds = [0.25, 0.5, 1, 2, 4] as const;

export class TracePlayer {
  isOpen = false;
  conversation = "";
  sample = 0.1;
  isSampling = false;
  problem: string | undefined;
  /** Complete ones, the newest first. */
  traces: Trace[] = [];
  lost = 0;
  missing: Traces["missing"] = [];
  chosen: Trace | undefined;
  /** Index of the step that is lit. */
  step = 0;
  isPlaying = false;
  speed = 1;
  /** When the step was lit, by performance.now(). */
  litAt = 0;

  #spans = new Map<string, Span[]>();
  #ids = new Set<string>();
  #seen = new Map<string, { first: number; last: number }>();
  #listed = new Set<string>();
  #rounds = 0;
  #calls: NodeCalls | undefined;
  #ending: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly changed: () => void,
    readonly now: () => number = () => performance.now(),
  ) {}

  // Sampling

  /** Has the nodes trace, and asks for what they recorded, until `stop`. */
  async start(calls: NodeCalls, names: boolean): Promise<void> {
    const round = ++this.#rounds;
    this.problem = undefined;
    this.isSampling = true;
    this.#calls = calls;
    this.changed();
    await this.#ending; // of what was wanted before, which would end this too
    // What was recorded before this began is somebody else's.
    let cursor = "now";
    let renewed = -Infinity;
    while (round === this.#rounds) {
      let wait = askMs;
      try {
        if (this.now() - renewed >= renewMs) {
          const wish: Wish = { sample: this.sample, for_s: wishSeconds, ...(this.conversation ? { conversation: this.conversation } : {}) };
          await calls.sample(wish);
          renewed = this.now();
        }
        const answer = await calls.traces(cursor, names);
        if (round !== this.#rounds) break;
        cursor = answer.cursor ?? cursor;
        this.take(answer);
        this.problem = undefined;
      } catch (wrong) {
        if (!(wrong instanceof Refused)) throw wrong;
        if (round !== this.#rounds) break;
        this.problem = wrong.message;
        if (wrong.is !== "later") {
          this.isSampling = false;
          ++this.#rounds;
        }
        wait = Math.max(retryMs, wrong.retryAfterMs);
        this.changed();
      }
      this.listComplete();
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  stop(): void {
    ++this.#rounds;
    // The wish ends by itself in a minute, if this does not arrive.
    if (this.isSampling) this.#ending = this.#calls?.sample({ sample: 0 }).catch(() => undefined);
    this.isSampling = false;
    this.changed();
  }

  /** Spans of an answer or of a file. */
  take(answer: Traces): void {
    const now = this.now();
    this.lost += answer.lost;
    this.missing = answer.missing;
    for (const span of answer.spans) {
      const id = `${span.trace}${span.span}`;
      if (this.#ids.has(id)) continue;
      this.#ids.add(id);
      const spans = this.#spans.get(span.trace);
      if (spans) spans.push(span);
      else this.#spans.set(span.trace, [span]);
      const seen = this.#seen.get(span.trace);
      this.#seen.set(span.trace, { first: seen?.first ?? now, last: now });
    }
    this.#forget();
  }

  #forget(): void {
    for (const [trace, spans] of this.#spans) {
      if (this.#ids.size <= SPANS_MOST && this.#spans.size <= 2 * TRACES_MOST) return;
      for (const each of spans) this.#ids.delete(`${trace}${each.span}`);
      this.#spans.delete(trace);
      this.#seen.delete(trace);
    }
  }

  /** Puts those on the list that have become complete; `all`: every one that has a beginning. */
  listComplete(all = false): void {
    const now = this.now();
    const found: Trace[] = [];
    for (const [id, { first, last }] of this.#seen) {
      if (this.#listed.has(id)) continue;
      const spans = this.#spans.get(id)!;
      const isDone = spans.some((each) => each.name === "write_reply") && now - last >= quietMs;
      if (!all && (!spans.some((each) => each.parent === null) || (!isDone && now - first < patienceMs))) continue;
      const trace = traceOf(id, this.#spans);
      if (trace) found.push(trace);
      this.#listed.add(id);
    }
    if (found.length === 0) return;
    this.traces = [...found, ...this.traces].sort((a, b) => b.began - a.began || (a.id < b.id ? 1 : -1)).slice(0, TRACES_MOST);
    this.changed();
  }

  clear(): void {
    this.pause();
    this.#spans.clear();
    this.#ids.clear();
    this.#seen.clear();
    this.#listed.clear();
    this.traces = [];
    this.lost = 0;
    this.missing = [];
    this.chosen = undefined;
    this.changed();
  }

  // Play

  choose(trace: Trace | undefined): void {
    this.chosen = trace;
    this.goTo(0);
    if (trace) this.play();
    else this.pause();
  }

  goTo(step: number): void {
    this.step = Math.max(0, Math.min((this.chosen?.steps.length ?? 1) - 1, step));
    this.litAt = this.now();
    this.changed();
  }

  stepBy(by: number): void {
    this.pause();
    this.goTo(this.step + by);
  }

  play(): void {
    if (!this.chosen) return;
    if (this.step >= this.chosen.steps.length - 1) this.goTo(0);
    this.isPlaying = true;
    this.#next();
    this.changed();
  }

  pause(): void {
    clearTimeout(this.#timer);
    this.isPlaying = false;
    this.changed();
  }

  toggle(): void {
    if (this.isPlaying) this.pause();
    else this.play();
  }

  setSpeed(speed: number): void {
    this.speed = speed;
    if (this.isPlaying) this.#next();
    this.changed();
  }

  #next(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const { chosen, step } = this;
      if (!this.isPlaying || !chosen) return;
      if (step >= chosen.steps.length - 1) return this.pause();
      this.goTo(step + 1);
      this.#next();
    }, stepMs / this.speed);
  }
}
