import assert from "node:assert/strict";
import type { Socket } from "../connection";
import type { Keep } from "../outbox";
import type { ConversationView, Entry, Member } from "../protocol";
import { Session } from "../session";
import type { News, SessionOptions } from "../session_words";
import type { Timers } from "../timing";

/** A clock that stands still until it is moved. */
export class FakeTimers implements Timers {
  private time = 1_000_000;
  private waiting: { at: number; call: () => void }[] = [];

  now(): number {
    return this.time;
  }
  after(ms: number, call: () => void): () => void {
    const timer = { at: this.time + ms, call };
    this.waiting.push(timer);
    return () => {
      this.waiting = this.waiting.filter((each) => each !== timer);
    };
  }
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    for (;;) {
      const next = this.waiting.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.waiting = this.waiting.filter((each) => each !== next);
      this.time = Math.max(this.time, next.at);
      next.call();
      await settled();
    }
    this.time = end;
  }
}

/** Until everything that follows from what happened has happened. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 20; ++i) await Promise.resolve();
}

export interface Request {
  id: number;
  op: string;
  d: Record<string, unknown>;
}

/** The other end of a socket, played by a test. */
export class FakeSocket implements Socket {
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  onerror: Socket["onerror"] = null;
  readonly sent: Request[] = [];
  isClosed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Request);
  }
  close(): void {
    this.isClosed = true;
  }
  async open(): Promise<void> {
    this.onopen?.();
    await settled();
  }
  async event(ev: string, d: unknown): Promise<void> {
    this.onmessage?.({ data: JSON.stringify({ ev, d }) });
    await settled();
  }
  async text(data: string): Promise<void> {
    this.onmessage?.({ data });
    await settled();
  }
  async end(code = 1006, reason = ""): Promise<void> {
    this.onclose?.({ code, reason });
    await settled();
  }
  /** The oldest request of this kind that was not taken yet. */
  take(op: string): Request {
    const at = this.sent.findIndex((each) => each.op === op);
    assert.notEqual(at, -1, `no request ${op}, only ${this.sent.map((each) => each.op).join(" ") || "nothing"}`);
    return this.sent.splice(at, 1)[0]!;
  }
  has(op: string): boolean {
    return this.sent.some((each) => each.op === op);
  }
  async answer(request: Request, d: unknown = {}): Promise<void> {
    await this.text(JSON.stringify({ id: request.id, ok: true, d }));
  }
  async refuse(request: Request, code: string, more: object = {}): Promise<void> {
    await this.text(JSON.stringify({ id: request.id, ok: false, error: { code, message: code, ...more } }));
  }
}

export class FakeKeep implements Keep {
  readonly values = new Map<string, string>();
  getItem(name: string): string | null {
    return this.values.get(name) ?? null;
  }
  setItem(name: string, value: string): void {
    this.values.set(name, value);
  }
  removeItem(name: string): void {
    this.values.delete(name);
  }
}

export const me = { id: "1", name: "alice" };
export const bob = { id: "2", name: "bob" };

const member = ({ id, name }: { id: string; name: string }): Member => ({ user: id, name, role: "member", read: 0 });

export function message(seq: number, text = `text ${seq}`, sender = bob.id, more: Partial<Entry> = {}): Entry {
  return { conversation: "9", seq, kind: "message", sender, at: `2026-01-01T00:00:${String(seq % 60).padStart(2, "0")}.000Z`, text, ...more };
}

export function messages(from: number, to: number): Entry[] {
  return Array.from({ length: to - from + 1 }, (_, i) => message(from + i));
}

export function view(head: number, entries: Entry[], more: Partial<ConversationView> = {}): ConversationView {
  return {
    id: "9",
    kind: "direct",
    head,
    read: 0,
    unread: 0,
    entries,
    member_count: 2,
    members: [member(me), member(bob)],
    ...more,
  };
}

/** A session whose sockets, clock and dice a test holds. */
export class Desk {
  readonly timers = new FakeTimers();
  readonly sockets: FakeSocket[] = [];
  readonly news: News[] = [];
  readonly session: Session;
  dice = 0.5;

  constructor(options: Partial<SessionOptions> = {}) {
    let keys = 0;
    this.session = new Session({
      url: "ws://node/v1/ws",
      token: "secret",
      me,
      listener: (news) => this.news.push(news),
      connect: (url, subprotocol) => {
        assert.equal(url, "ws://node/v1/ws");
        assert.equal(subprotocol, "parley.v1");
        this.sockets.push(new FakeSocket());
        return this.socket;
      },
      timers: this.timers,
      random: () => this.dice,
      newKey: () => `k${++keys}`,
      ...options,
    });
  }

  /** The newest. */
  get socket(): FakeSocket {
    return this.sockets[this.sockets.length - 1]!;
  }

  /** Opens the newest socket and answers until the session is online. */
  async welcome(views: ConversationView[] = [view(3, messages(1, 3))], epoch = "e1"): Promise<Request> {
    const { socket } = this;
    await socket.open();
    await socket.event("hello", { protocol: "parley.v1", node: "n", epoch, limits: { text_characters: 100_000 } });
    await socket.answer(socket.take("identify"), { user: me, session: "s", node: "n" });
    const sync = socket.take("sync");
    await socket.answer(sync, { epoch, conversations: views });
    assert.equal(this.session.state.is, "online");
    return sync;
  }

  async start(views?: ConversationView[]): Promise<void> {
    this.session.start();
    await this.welcome(views);
  }

  /** Loses the connection and comes back; the sync that the session asks then. */
  async comeBack(views: ConversationView[], epoch = "e1"): Promise<Request> {
    await this.socket.end();
    await this.reconnected();
    return this.welcome(views, epoch);
  }

  /** Until the session tries again. */
  async reconnected(): Promise<void> {
    const { state } = this.session;
    assert.equal(state.is, "waiting");
    if (state.is === "waiting") await this.timers.advance(state.until - this.timers.now());
  }

  shown(): (string | undefined)[] {
    return (this.session.conversations.get("9")?.log.entries ?? []).map(({ text }) => text);
  }

  seqs(): number[] {
    return (this.session.conversations.get("9")?.log.entries ?? []).map(({ seq }) => seq);
  }
}
