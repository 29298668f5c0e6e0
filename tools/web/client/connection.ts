import { type Event, type Failure, Refusal } from "./protocol";
import type { Timers } from "./timing";

/** The part of a WebSocket that is needed here. */
export interface Socket {
  onopen: (() => void) | null;
  onmessage: ((message: { data: unknown }) => void) | null;
  onclose: ((close: { code: number; reason: string }) => void) | null;
  onerror: (() => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

export interface ConnectionHandlers {
  opened(): void;
  event(event: Event): void;
  /** Exactly once, and nothing after it. 1006 where the connection just ended. */
  ended(code: number, reason: string): void;
}

// The server's own pings are invisible to a page, so silence is asked about.
const silentMs = 35_000;
const answerMs = 12_000;
const openMs = 15_000;
const replyMs = 30_000;

interface Asked {
  done(d: unknown): void;
  refused(why: Refusal): void;
}

/** One WebSocket: requests with their replies, events, and whether anybody is still there. */
export class Connection {
  private next = 1;
  private readonly asked = new Map<number, Asked & { at: number }>();
  private over = false;
  private heard: number;
  private cancelCheck: () => void;

  constructor(
    private readonly socket: Socket,
    private readonly timers: Timers,
    private readonly handlers: ConnectionHandlers,
  ) {
    this.heard = timers.now();
    this.cancelCheck = timers.after(openMs, () => this.drop(1006, "no connection in time"));
    socket.onopen = () => {
      if (this.over) return;
      this.listen();
      handlers.opened();
    };
    socket.onmessage = ({ data }) => this.take(data);
    socket.onclose = ({ code, reason }) => this.end(code, reason);
    socket.onerror = () => undefined; // onclose follows
  }

  /** Rejects with a Refusal: the server's, or `unavailable` when the connection ends first. */
  request<T>(op: string, d: object = {}): Promise<T> {
    if (this.over) return Promise.reject(lost());
    const id = this.next++;
    return new Promise<T>((done, refused) => {
      this.asked.set(id, { done: (d) => done(d as T), refused, at: this.timers.now() });
      try {
        this.socket.send(JSON.stringify({ id, op, d }));
      } catch {
        this.drop(1006, "the socket takes nothing");
      }
    });
  }

  /** Asks now whether the other side is there (after a sleep, a change of networks). */
  probe(): void {
    if (this.over) return;
    const before = this.heard;
    this.request("ping").catch(() => undefined);
    this.cancelCheck();
    this.cancelCheck = this.timers.after(answerMs, () => {
      if (this.heard === before) this.drop(1006, "no answer");
      else this.watch();
    });
  }

  /** Ends it without waiting for the other side. */
  drop(code: number, reason: string): void {
    try {
      this.socket.close(1000);
    } catch {
      // It was not open; its end is ours all the same.
    }
    this.end(code, reason);
  }

  private listen(): void {
    this.heard = this.timers.now();
    this.watch();
  }

  private watch(): void {
    this.cancelCheck();
    const oldest = Math.min(Infinity, ...[...this.asked.values()].map(({ at }) => at));
    const due = Math.min(this.heard + silentMs, oldest + replyMs);
    this.cancelCheck = this.timers.after(Math.max(due - this.timers.now(), 1_000), () => {
      const now = this.timers.now();
      for (const { at } of this.asked.values())
        if (now - at >= replyMs) return this.drop(1006, "a request was not answered");
      if (now - this.heard >= silentMs) this.probe();
      else this.watch();
    });
  }

  private take(data: unknown): void {
    if (this.over) return;
    this.heard = this.timers.now();
    let frame: { id?: number; ok?: boolean; d?: unknown; error?: Failure; ev?: string };
    try {
      frame = JSON.parse(String(data));
    } catch {
      return this.drop(1006, "what came is no JSON");
    }
    if (typeof frame.ev === "string") return this.handlers.event({ ev: frame.ev, d: frame.d });
    const asked = this.asked.get(frame.id ?? 0);
    if (!asked) return;
    this.asked.delete(frame.id ?? 0);
    if (frame.ok) asked.done(frame.d);
    else asked.refused(new Refusal(frame.error ?? { code: "internal", message: "an answer without a reason" }));
  }

  private end(code: number, reason: string): void {
    if (this.over) return;
    this.over = true;
    this.cancelCheck();
    for (const { refused } of this.asked.values()) refused(lost());
    this.asked.clear();
    this.handlers.ended(code, reason);
  }
}

export function lost(): Refusal {
  return new Refusal({ code: "unavailable", message: "The connection was lost.", temporary: true });
}
