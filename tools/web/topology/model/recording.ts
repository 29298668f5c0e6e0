// A recording as `parley topology replay` or `watch` prints it: a JSON object a line. Only where its snapshots lie is
// kept, so that it may be larger than memory.
import { BadSnapshot, checkSnapshot } from "./check";
import { withEvents, type ActorEvent } from "./events";
import type { Snapshot } from "./snapshot";
import type { Moment, Timeline } from "./timeline";

/** A file that cannot be looked at: the message says where and why. */
export class BadRecording extends Error {}

interface Line {
  number: number;
  from: number;
  to: number;
}

interface Frame {
  at: number;
  line: Line;
  /** What happened until the next snapshot, in order. */
  events: ActorEvent[];
}

const lineMost = 256 * 1024 * 1024;
const wholeMost = 64 * 1024 * 1024;
const eventsMost = 500_000;
const headSize = 400;

export class Recording implements Timeline {
  moments: Moment[] = [];
  /** What could not be read, and where; empty when everything was. */
  complaints: string[] = [];
  #steps: { frame: Frame; until: number }[] = [];
  #parsed = new Map<Frame, Snapshot>();
  #events = 0;

  private constructor(
    readonly name: string,
    readonly file: Blob,
  ) {}

  /** Throws `BadRecording` when there is no snapshot in it. `progress` is told the part that was read, 0 to 1. */
  static async open(name: string, file: Blob, progress: (part: number) => void = () => undefined): Promise<Recording> {
    if (file.size === 0) throw new BadRecording(`${name} is empty. A recording is made by: parley topology record FILE`);
    const made = new Recording(name, file);
    const frames: Frame[] = [];
    let last = 0;
    let strange = 0;
    for await (const { line, bytes } of linesOf(file, name)) {
      if (line.to === line.from) continue;
      progress(line.to / file.size);
      const head = decoder.decode(bytes.subarray(0, headSize));
      const isFrame = /"snapshot"\s*:\s*\{|"schema"\s*:/.test(head);
      try {
        if (isFrame) frames.push({ at: timeIn(head) ?? timeOf(parsed(bytes)), line, events: [] });
        else {
          const read = parsed(bytes);
          if (read["what"] === "snapshot") frames.push({ at: timeOf(read), line, events: [] });
          else made.#note(read, frames.at(-1));
        }
        // Numbers are dense: one that is skipped is a line that was lost on the way into this file.
        const n = Number(/"n"\s*:\s*(\d+)/.exec(head)?.[1]);
        if (n && last && n > last + 1) made.#complain(`line ${line.number}: ${n - last - 1} lines before it were lost`);
        if (n) last = n;
      } catch {
        if (frames.length === 0 && ++strange > 3) break;
        made.#complain(line.to === file.size ? `line ${line.number}, the last one, is cut off` : `line ${line.number} is no JSON object`);
      }
    }
    if (frames.length === 0) frames.push(...(await wholeFile(name, file)));
    made.#lay(frames);
    await made.load(0); // so that a file of something else is refused when it is opened
    return made;
  }

  async load(index: number): Promise<Snapshot> {
    const { frame, until } = this.#steps[index]!;
    let snapshot = this.#parsed.get(frame);
    if (!snapshot) {
      const { number, from, to } = frame.line;
      try {
        const read = JSON.parse(await this.file.slice(from, to).text()) as Record<string, unknown>;
        snapshot = checkSnapshot(read["snapshot"] ?? read);
      } catch (wrong) {
        throw new BadRecording(`${this.name}, line ${number}: ${wrong instanceof BadSnapshot ? `no snapshot of Parley: ${wrong.message}` : "no JSON"}`);
      }
      this.#parsed.set(frame, snapshot);
      if (this.#parsed.size > 8) this.#parsed.delete(this.#parsed.keys().next().value!);
    }
    const events = frame.events.filter((each) => each.at <= until);
    return events.length === 0 ? snapshot : withEvents(snapshot, events, until);
  }

  #complain(what: string): void {
    if (this.complaints.length < 20) this.complaints.push(what);
  }

  #note(read: Record<string, unknown>, frame: Frame | undefined): void {
    const at = timeOf(read);
    const what = String(read["what"]);
    if (!frame || Number.isNaN(at) || !/^(actor_started|actor_stopped|actor_moved|node_gone|node_came)$/.test(what)) return;
    if (++this.#events > eventsMost) return this.#complain(`more than ${eventsMost} events: the later ones show with the next snapshot only`);
    frame.events.push({ ...read, at, what } as ActorEvent);
  }

  /** A moment a snapshot, and one a second in which something happened between them. */
  #lay(frames: Frame[]): void {
    frames.sort((a, b) => a.at - b.at);
    for (const frame of frames) {
      this.#add(frame, frame.at, undefined);
      const seconds = new Map<number, ActorEvent[]>();
      for (const event of frame.events) {
        const second = Math.ceil((event.at - frame.at) / 1000);
        seconds.set(second, [...(seconds.get(second) ?? []), event]);
      }
      for (const [second, events] of seconds) {
        const nodes = events.filter((each) => each.what.startsWith("node_")).map((each) => `${each.node} ${each.what === "node_gone" ? "is gone" : "came"}`);
        this.#add(frame, frame.at + Math.max(second, 0) * 1000, nodes.length > 0 ? nodes.join("; ") : undefined);
      }
    }
    // Each node's events are told when they were heard of, by its own clock.
    const order = this.#steps.map((_, at) => at).sort((a, b) => this.#steps[a]!.until - this.#steps[b]!.until);
    this.#steps = order.map((at) => this.#steps[at]!);
    this.moments = order.map((at) => this.moments[at]!);
  }

  #add(frame: Frame, until: number, mark: string | undefined): void {
    this.#steps.push({ frame, until });
    this.moments.push(mark ? { at: until, mark } : { at: until });
  }
}

const decoder = new TextDecoder();
const parsed = (bytes: Uint8Array): Record<string, unknown> => {
  const value: unknown = JSON.parse(decoder.decode(bytes));
  if (typeof value !== "object" || value === null) throw new BadRecording("no object");
  return value as Record<string, unknown>;
};

function timeIn(head: string): number | undefined {
  const found = /"(?:at|taken_at)"\s*:\s*"([^"]+)"/.exec(head);
  return found ? Date.parse(found[1]!) : undefined;
}

function timeOf(read: Record<string, unknown>): number {
  const inside = read["snapshot"] as Record<string, unknown> | undefined;
  return Date.parse(String(read["at"] ?? read["taken_at"] ?? inside?.["taken_at"]));
}

/** One snapshot over many lines, as a person would format it. */
async function wholeFile(name: string, file: Blob): Promise<Frame[]> {
  const refused = new BadRecording(
    `${name} has no snapshot in it. This page opens what \`parley topology replay FILE\`, \`watch\` or \`snapshot --format json\` prints; a recording itself is made readable by: parley topology replay FILE > lines.jsonl`,
  );
  if (file.size > wholeMost) throw refused;
  try {
    const read = JSON.parse(await file.text()) as Record<string, unknown>;
    if (read["schema"] === undefined && read["snapshot"] === undefined) throw refused;
    return [{ at: timeOf(read), line: { number: 1, from: 0, to: file.size }, events: [] }];
  } catch {
    throw refused;
  }
}

async function* linesOf(file: Blob, name: string): AsyncGenerator<{ line: Line; bytes: Uint8Array }> {
  const reader = file.stream().getReader();
  let pieces: Uint8Array[] = [];
  let size = 0;
  let from = 0;
  let number = 1;
  const line = (): { line: Line; bytes: Uint8Array } => {
    const bytes = new Uint8Array(size);
    let at = 0;
    for (const each of pieces) {
      bytes.set(each, at);
      at += each.length;
    }
    return { line: { number, from, to: from + size }, bytes };
  };
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    let rest: Uint8Array = value;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      pieces.push(rest.subarray(0, end));
      size += end;
      yield line();
      from += size + 1;
      ++number;
      pieces = [];
      size = 0;
      rest = rest.subarray(end + 1);
    }
    pieces.push(rest);
    size += rest.length;
    if (size > lineMost) throw new BadRecording(`${name}, line ${number}: longer than ${lineMost / 1024 / 1024} MiB`);
  }
  if (size > 0) yield line();
}
