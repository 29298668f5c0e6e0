import { Connection, lost, type Socket } from "./connection";
import { Conversation } from "./conversation";
import { Outbox, type Write } from "./outbox";
import {
  type ConversationId,
  type ConversationView,
  ending,
  type Ending,
  type Entry,
  type Event,
  type Hello,
  type Presence,
  Refusal,
  type User,
  type UserId,
  type Written,
} from "./protocol";
import type { SessionOptions, SessionState } from "./session_words";
import { realTimers, reconnectDelay, type Timers } from "./timing";

const tail = 30;
const stableMs = 10_000;
const healAfterMs = 1_000;
// Further behind than this, the newest page is shown and the rest is read when it is asked for.
const healEntriesMax = 500;

/** One user's parley.v1 session: stays connected, knows the conversations, loses and doubles nothing. */
export class Session {
  readonly conversations = new Map<ConversationId, Conversation>();
  readonly outbox: Outbox;
  state: SessionState = { is: "connecting" };
  hello: Hello | undefined;
  private epoch: string | undefined;
  private connection: Connection | undefined;
  private failures = 0;
  private onlineSince = 0;
  private minimumDelay = 0;
  private comeBackAt = 0;
  private cancelWait: () => void = () => undefined;
  // Conversations that the server spoke of since the last sync began: the others are over for this user.
  private readonly described = new Set<ConversationId>();
  private readonly healing = new Set<ConversationId>();
  private unsupported = new Set<string>();
  private readonly timers: Timers;
  private readonly random: () => number;

  constructor(private readonly options: SessionOptions) {
    this.timers = options.timers ?? realTimers;
    this.random = options.random ?? Math.random;
    this.outbox = new Outbox(
      (ms, call) => this.timers.after(ms, call),
      (line) => this.tell(line),
      (write, answer) => this.written(write, answer),
      options.keep,
      `parley.outbox.${options.me.id}`,
    );
  }

  start(): void {
    if (!this.connection) this.open();
  }

  /** Ends for good, without signing out. */
  stop(): void {
    this.end("stopped", "");
  }

  /** Something changed (a network, a wake-up, a click): look now instead of later. */
  nudge(): void {
    if (this.state.is === "waiting") this.open();
    else this.connection?.probe();
  }

  /** Starts again after it was replaced or refused. */
  resume(): void {
    if (this.state.is !== "ended") return;
    this.failures = 0;
    this.open();
  }

  /** A request that changes no log. Refused as `unavailable` while there is no connection. */
  request<T>(op: string, d: object = {}): Promise<T> {
    if (!this.connection || this.state.is !== "online") return Promise.reject(lost());
    return this.connection.request<T>(op, d);
  }

  /** As `request`, for what a node may not know yet: undefined then, and not asked again this time. */
  async tryRequest<T>(op: string, d: object = {}): Promise<T | undefined> {
    if (this.unsupported.has(op)) return undefined;
    try {
      return await this.request<T>(op, d);
    } catch (why) {
      if (why instanceof Refusal && why.code === "unsupported") this.unsupported.add(op);
      return undefined;
    }
  }

  /** A text into a conversation: kept and repeated until answered. */
  send(conversation: ConversationId, text: string): Promise<Written> {
    return this.outbox.add(conversation, "send", { conversation, key: this.newKey(), text });
  }

  async createGroup(name: string, members: UserId[]): Promise<ConversationId> {
    const d = { key: this.newKey(), name, members };
    return (await this.outbox.add<{ conversation: ConversationId }>("groups", "create_group", d)).conversation;
  }

  async openDirect(user: UserId): Promise<ConversationId> {
    return (await this.request<{ conversation: ConversationId }>("open_direct", { user })).conversation;
  }

  /** Older entries of a conversation; false when there are none. */
  async readOlder(id: ConversationId, limit = 50): Promise<boolean> {
    const conversation = this.conversations.get(id);
    if (!conversation || conversation.log.isWhole) return false;
    const { log } = conversation;
    const { entries } = await this.request<{ entries: Entry[] }>("history", {
      conversation: id,
      ...(log.first > 0 ? { before: log.first } : {}),
      limit,
    });
    if (log.first > 0) log.prepend(entries);
    else log.restart(entries, log.head);
    this.tell(id);
    return !log.isWhole;
  }

  /** Everything up to the newest entry held was seen. */
  markRead(id: ConversationId): void {
    const conversation = this.conversations.get(id);
    if (!conversation || conversation.log.last <= conversation.read || conversation.isLeft) return;
    const seq = conversation.log.last;
    conversation.markRead(seq);
    this.tell(id);
    void this.tryRequest("read", { conversation: id, seq });
  }

  typing(id: ConversationId): void {
    void this.tryRequest("typing", { conversation: id });
  }

  async watchPresence(users: UserId[]): Promise<Presence[] | undefined> {
    return (await this.tryRequest<{ states: Presence[] }>("watch_presence", { users }))?.states;
  }

  async findUsers(prefix: string): Promise<User[]> {
    return (await this.request<{ users: User[] }>("find_users", { prefix, limit: 20 })).users;
  }

  private newKey(): string {
    return this.options.newKey?.() ?? `${this.timers.now().toString(36)}-${randomText()}`;
  }

  private change(state: SessionState): void {
    this.state = state;
    this.options.listener({ about: "state", state });
  }

  private tell(id: ConversationId): void {
    this.options.listener({ about: "conversation", id });
  }

  private open(): void {
    this.cancelWait();
    this.change({ is: "connecting" });
    this.minimumDelay = 0;
    const connect = this.options.connect ?? ((url, subprotocol) => new WebSocket(url, subprotocol) as Socket);
    let mine: Connection;
    const isMine = (): boolean => this.connection === mine;
    mine = this.connection = new Connection(connect(this.options.url, "parley.v1"), this.timers, {
      opened: () => void (isMine() && this.identify(mine)),
      event: (event) => void (isMine() && this.take(event)),
      ended: (code, reason) => void (isMine() && this.lose(code, reason)),
    });
  }

  private async identify(connection: Connection): Promise<void> {
    const { token, device } = this.options;
    try {
      await connection.request("identify", { token, ...(device ? { device } : {}) });
      await this.sync(connection);
    } catch (why) {
      if (this.connection !== connection) return;
      const refusal = why instanceof Refusal ? why : lost();
      if (refusal.code === "unauthenticated") return this.end("signed_out", refusal.message);
      this.minimumDelay = refusal.retryAfterMs;
      return connection.drop(1006, refusal.message);
    }
    if (this.connection !== connection) return;
    this.onlineSince = this.timers.now();
    this.change({ is: "online" });
    this.outbox.connected((op, d) => connection.request(op, d));
    for (const conversation of this.conversations.values()) if (conversation.log.isBehind) void this.heal(conversation);
    this.options.listener({ about: "synced" });
  }

  private async sync(connection: Connection): Promise<void> {
    const have: Record<ConversationId, number> = {};
    for (const { id, log, isLeft } of this.conversations.values()) if (log.last > 0 && !isLeft) have[id] = log.last;
    const before = [...this.conversations.keys()];
    this.described.clear();
    let ask: object = { have, tail, ...(this.epoch ? { epoch: this.epoch } : {}) };
    for (;;) {
      const page = await connection.request<{ epoch: string; conversations: ConversationView[]; cursor?: string }>(
        "sync",
        ask,
      );
      this.epoch = page.epoch;
      for (const view of page.conversations) {
        this.at(view.id).synced(view);
        this.described.add(view.id);
        this.settle(view.id, view.entries ?? []);
        this.tell(view.id);
      }
      if (!page.cursor) break;
      ask = { cursor: page.cursor };
    }
    for (const id of before) {
      if (this.described.has(id)) continue;
      this.at(id).isLeft = true;
      this.tell(id);
    }
  }

  private at(id: ConversationId): Conversation {
    let conversation = this.conversations.get(id);
    if (!conversation) this.conversations.set(id, (conversation = new Conversation(id, this.options.me.id)));
    return conversation;
  }

  private take(event: Event): void {
    if (event.ev === "hello") this.hello = event.d as Hello;
    else if (event.ev === "entry") this.takeEntry(event.d as Entry);
    else if (event.ev === "conversation") this.takeConversation(event.d as ConversationView);
    else if (event.ev === "lagging") this.takeHead(event.d as { conversation: ConversationId; head: number });
    else if (event.ev === "reconnect") this.moveAway(event.d as { retry_after_ms?: number });
    else if (event.ev === "receipts") this.takeReceipts(event.d as { conversation: ConversationId; read: Record<UserId, number> });
    else this.options.listener({ about: "event", event });
  }

  private takeEntry(entry: Entry): void {
    const conversation = this.at(entry.conversation);
    const taken = conversation.take(entry);
    if (taken === "gap") return this.healSoon(conversation);
    if (taken === "known") return;
    this.settle(entry.conversation, [entry]);
    if (conversation.membersAreStale) void this.readMembers(conversation);
    this.options.listener({ about: "entry", entry });
    this.tell(entry.conversation);
  }

  /** What waited for its entry to be shown waits no more. */
  private settle(id: ConversationId, entries: readonly Entry[]): void {
    for (const { sender, key, seq, at } of entries)
      if (key && sender === this.options.me.id) this.outbox.arrived(id, key, { seq, at });
    this.outbox.settle(id, this.at(id).log.last);
  }

  private takeConversation(view: ConversationView): void {
    const conversation = this.at(view.id);
    conversation.describe(view);
    this.described.add(view.id);
    this.tell(view.id);
    if (conversation.log.isBehind && conversation.log.last > 0) this.healSoon(conversation);
  }

  private takeHead({ conversation: id, head }: { conversation: ConversationId; head: number }): void {
    const { log } = this.at(id);
    log.head = Math.max(log.head, head);
    this.tell(id);
  }

  private takeReceipts({ conversation: id, read }: { conversation: ConversationId; read: Record<UserId, number> }): void {
    const conversation = this.at(id);
    for (const [user, seq] of Object.entries(read)) {
      const member = conversation.members.get(user);
      if (member) conversation.members.set(user, { ...member, read: Math.max(member.read, seq) });
      if (user === this.options.me.id) conversation.markRead(seq);
    }
    this.tell(id);
  }

  private async readMembers(conversation: Conversation): Promise<void> {
    conversation.membersAreStale = false;
    try {
      const { members } = await this.request<{ members: ConversationView["members"] }>("members", {
        conversation: conversation.id,
      });
      for (const member of members) conversation.members.set(member.user, member);
      this.tell(conversation.id);
    } catch {
      // The next sync brings them.
    }
  }

  private written(write: Write, answer: unknown): void {
    const { seq } = (answer ?? {}) as Partial<Written>;
    if (seq === undefined || write.line === "groups") return;
    const conversation = this.at(write.line);
    if (conversation.log.last >= seq) return this.outbox.settle(write.line, conversation.log.last);
    conversation.log.head = Math.max(conversation.log.head, seq);
    this.healSoon(conversation);
  }

  /** Pushes come in order, so what is missing a moment later was lost on the way: the log has it. */
  private healSoon(conversation: Conversation): void {
    this.timers.after(healAfterMs, () => {
      if (conversation.log.isBehind && this.state.is === "online") void this.heal(conversation);
    });
  }

  private async heal(conversation: Conversation): Promise<void> {
    const { id, log } = conversation;
    const connection = this.connection;
    if (!connection || this.healing.has(id) || conversation.isLeft) return;
    this.healing.add(id);
    try {
      while (log.isBehind && this.connection === connection) {
        const isFar = log.last === 0 || log.head - log.last > healEntriesMax;
        const before = log.last;
        const { entries } = await connection.request<{ entries: Entry[] }>("history", {
          conversation: id,
          ...(isFar ? {} : { after: log.last }),
        });
        if (isFar && log.last === before) log.restart(entries, log.head);
        else for (const entry of entries) this.takeEntry(entry);
        this.settle(id, entries);
        this.tell(id);
        if (log.last === before) break;
      }
    } catch (why) {
      if (why instanceof Refusal && why.code === "not_found") conversation.isLeft = true;
      else if (this.connection === connection) this.healSoon(conversation);
    } finally {
      this.healing.delete(id);
    }
  }

  private moveAway({ retry_after_ms: within = 0 }: { retry_after_ms?: number }): void {
    const connection = this.connection;
    const wait = this.random() * within;
    // Also when the node closes first: it asked for that moment, so that not everybody comes back at once.
    this.comeBackAt = this.timers.now() + wait;
    this.timers.after(wait, () => {
      if (connection && this.connection === connection) connection.drop(1001, "the node is draining");
    });
  }

  private lose(code: number, reason: string): void {
    this.disconnect();
    const why = ending(code);
    if (why) return this.change({ is: "ended", why, reason });
    if (this.onlineSince > 0 && this.timers.now() - this.onlineSince >= stableMs) this.failures = 0;
    this.onlineSince = 0;
    const asked = this.comeBackAt - this.timers.now();
    this.comeBackAt = 0;
    const delay = asked > 0 ? asked : Math.max(this.minimumDelay, reconnectDelay(this.failures, this.random));
    this.failures += 1;
    this.change({ is: "waiting", until: this.timers.now() + delay });
    this.cancelWait = this.timers.after(delay, () => this.open());
  }

  private end(why: Ending | "stopped", reason: string): void {
    const connection = this.connection;
    this.disconnect();
    connection?.drop(1000, "");
    this.change({ is: "ended", why, reason });
  }

  private disconnect(): void {
    this.cancelWait();
    this.connection = undefined;
    this.outbox.disconnected();
    this.unsupported = new Set();
  }
}

function randomText(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(9));
  return Array.from(bytes, (byte) => byte.toString(36).padStart(2, "0")).join("");
}
