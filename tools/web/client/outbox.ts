import { Refusal } from "./protocol";

/** Where unanswered writes survive a reload; a browser's sessionStorage fits. */
export interface Keep {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
}

export interface Write {
  /** Writes of one line go one after the other; a conversation's id, or "groups". */
  line: string;
  op: string;
  /** As sent, with its key: the same again after every lost connection. */
  d: { key: string; text?: string; [member: string]: unknown };
  /** `refused`: for good, until somebody retries or discards it. */
  state: "waiting" | "committed" | "refused";
  /** Of the entry, once committed. */
  seq?: number;
  refusal?: Refusal;
}

export const outboxWritesMax = 200;
export const outboxCharactersMax = 2_000_000;

type Ask = (op: string, d: object) => Promise<unknown>;
type After = (ms: number, call: () => void) => () => void;

interface Waiter {
  done(answer: unknown): void;
  refused(why: Refusal): void;
}

/**
 * Writes that were not answered yet. Within a line one is on its way at a time: that keeps their order
 * also when the server refuses one for the moment and would have taken the next.
 */
export class Outbox {
  private writes: Write[] = [];
  private readonly waiters = new Map<Write, Waiter>();
  private readonly busy = new Set<string>();
  private ask: Ask | undefined;

  constructor(
    private readonly after: After,
    private readonly changed: (line: string) => void,
    private readonly answered: (write: Write, answer: unknown) => void,
    private readonly keep?: Keep,
    private readonly name = "parley.outbox",
  ) {
    this.restore();
  }

  /** What is not yet an entry that is held, in the order written. */
  of(line: string): readonly Write[] {
    return this.writes.filter((write) => write.line === line);
  }

  /** The answer, when it comes: perhaps after several connections. */
  add<T>(line: string, op: string, d: Write["d"]): Promise<T> {
    const characters = this.writes.reduce((sum, write) => sum + (write.d.text?.length ?? 0), 0);
    if (this.writes.length >= outboxWritesMax || characters + (d.text?.length ?? 0) > outboxCharactersMax)
      return Promise.reject(
        new Refusal({ code: "overloaded", message: "Too much is waiting to be sent already.", temporary: true }),
      );
    const write: Write = { line, op, d, state: "waiting" };
    this.writes.push(write);
    const answer = new Promise<T>((done, refused) => {
      this.waiters.set(write, { done: (d) => done(d as T), refused });
    });
    this.save();
    this.changed(line);
    this.advance(line);
    return answer;
  }

  /** There is a connection: everything unanswered goes out, with the keys it had. */
  connected(ask: Ask): void {
    this.ask = ask;
    this.busy.clear();
    for (const line of new Set(this.writes.map((write) => write.line))) this.advance(line);
  }

  disconnected(): void {
    this.ask = undefined;
  }

  /** Its entry is shown now. */
  settle(line: string, upTo: number): void {
    this.forget((write) => write.line === line && write.state === "committed" && (write.seq ?? 0) <= upTo, line);
  }

  /** An entry of one's own came, so it is committed, whether or not a reply will still say so. */
  arrived(line: string, key: string, answer: { seq: number; at: string }): void {
    const write = this.writes.find((each) => each.line === line && each.d.key === key);
    if (!write) return;
    write.state = "committed";
    this.forget((each) => each === write, line);
    this.waiters.get(write)?.done({ ...answer, duplicate: false });
    this.waiters.delete(write);
  }

  retry(write: Write): void {
    if (write.state !== "refused") return;
    write.state = "waiting";
    delete write.refusal;
    this.save();
    this.changed(write.line);
    this.advance(write.line);
  }

  discard(write: Write): void {
    this.forget((each) => each === write && each.state === "refused", write.line);
  }

  /** Forgets everything, here and in what is kept. */
  clear(): void {
    this.ask = undefined;
    this.writes = [];
    this.waiters.clear();
    this.save();
  }

  private advance(line: string): void {
    const ask = this.ask;
    const write = this.writes.find((each) => each.line === line && each.state === "waiting");
    if (!ask || !write || this.busy.has(line)) return;
    this.busy.add(line);
    ask(write.op, write.d).then(
      (answer) => {
        if (this.ask === ask) this.busy.delete(line);
        this.commit(write, answer);
        this.advance(line);
      },
      (why: Refusal) => {
        if (this.ask !== ask) return; // the next connection sends it again
        if (!why.temporary) {
          this.busy.delete(line);
          this.refuse(write, why);
          this.advance(line);
          return;
        }
        this.after(Math.max(why.retryAfterMs, 500), () => {
          if (this.ask !== ask) return;
          this.busy.delete(line);
          this.advance(line);
        });
      },
    );
  }

  private commit(write: Write, answer: unknown): void {
    const seq = (answer as { seq?: number } | undefined)?.seq;
    write.state = "committed";
    if (seq === undefined) this.forget((each) => each === write, write.line);
    else write.seq = seq;
    this.save();
    this.answered(write, answer);
    this.changed(write.line);
    this.waiters.get(write)?.done(answer);
    this.waiters.delete(write);
  }

  private refuse(write: Write, why: Refusal): void {
    write.state = "refused";
    write.refusal = why;
    // Who waits for the answer decides; without a text there is nothing to show or to save.
    if (write.d.text === undefined) this.forget((each) => each === write, write.line);
    this.save();
    this.changed(write.line);
    this.waiters.get(write)?.refused(why);
    this.waiters.delete(write);
  }

  private forget(which: (write: Write) => boolean, line: string): void {
    const left = this.writes.filter((write) => !which(write));
    if (left.length === this.writes.length) return;
    this.writes = left;
    this.save();
    this.changed(line);
  }

  private save(): void {
    try {
      const open = this.writes.filter(({ state }) => state !== "committed");
      if (open.length === 0) this.keep?.removeItem(this.name);
      else this.keep?.setItem(this.name, JSON.stringify(open.map(({ line, op, d }) => ({ line, op, d }))));
    } catch {
      // A full storage costs only what a reload would have saved.
    }
  }

  private restore(): void {
    try {
      const kept = JSON.parse(this.keep?.getItem(this.name) ?? "[]") as unknown;
      if (!Array.isArray(kept)) return;
      for (const { line, op, d } of kept.slice(0, outboxWritesMax) as Write[])
        if (typeof line === "string" && typeof op === "string" && typeof d?.key === "string")
          this.writes.push({ line, op, d, state: "waiting" });
    } catch {
      // Not ours, or cut off: begin without.
    }
  }
}
