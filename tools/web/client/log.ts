import type { Entry } from "./protocol";

/**
 * The part of a conversation's log that is held here: entries without a hole, ending with the newest
 * known. Edits and deletions are shown at their target; messages that change are new objects, so that
 * what did not change can be told by identity.
 */
export class Log {
  private held: Entry[] = [];
  /** The highest seq that is known to exist; above `last` while entries are missing. */
  head = 0;

  get entries(): readonly Entry[] {
    return this.held;
  }
  get first(): number {
    return this.held[0]?.seq ?? 0;
  }
  get last(): number {
    return this.held[this.held.length - 1]?.seq ?? 0;
  }
  /** Whether there is nothing older to read. */
  get isWhole(): boolean {
    return this.first === 1;
  }
  get isBehind(): boolean {
    return this.head > this.last;
  }

  /** `gap`: the entry does not follow; it is not kept, but `head` remembers that it exists. */
  add(entry: Entry): "added" | "known" | "gap" {
    this.head = Math.max(this.head, entry.seq);
    if (this.held.length > 0) {
      if (entry.seq <= this.last) return "known";
      if (entry.seq !== this.last + 1) return "gap";
    }
    this.held.push(entry);
    this.apply(entry);
    return "added";
  }

  /** Older entries, ascending, that end right before `first`; what does not fit is left out. */
  prepend(page: readonly Entry[]): number {
    const older = page.filter((entry) => entry.seq < this.first);
    if (older.length === 0 || older[older.length - 1]!.seq !== this.first - 1) return 0;
    const newer = this.held;
    this.held = [...older, ...newer];
    // The page may have been read before what was pushed meanwhile.
    for (const entry of newer) this.apply(entry);
    return older.length;
  }

  /** Forgets what is held and begins again with these. */
  restart(entries: readonly Entry[], head: number): void {
    this.held = [...entries];
    this.head = Math.max(head, this.last);
    for (const entry of entries) this.apply(entry);
  }

  /** Forgets the oldest, which can be read again. */
  trim(keep: number): boolean {
    if (this.held.length <= keep) return false;
    this.held = this.held.slice(this.held.length - keep);
    return true;
  }

  private apply(entry: Entry): void {
    if ((entry.kind !== "edit" && entry.kind !== "delete") || entry.target === undefined) return;
    const at = entry.target - this.first;
    const target = this.held[at];
    if (at < 0 || target?.kind !== "message" || target.deleted) return;
    if (entry.kind === "delete") {
      const { text: _, edited: __, ...rest } = target;
      this.held[at] = { ...rest, deleted: true };
    } else if (typeof entry.text === "string" && (target.text !== entry.text || !target.edited)) {
      // A text that was replaced again is not in the log any more; the newer edit follows.
      this.held[at] = { ...target, text: entry.text, edited: true };
    }
  }
}
