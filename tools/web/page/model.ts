import {
  Accounts,
  type Conversation,
  type ConversationId,
  type Entry,
  type News,
  type Presence,
  Session,
  type SignedIn,
  type User,
  type UserId,
} from "../client/index";
import { deviceOfThisTab, forgetSignIn, keepSignIn, keptSignIn } from "./keep";
import { nameOf, oneLine, titleOf } from "./words";

const typingShownMs = 5_000;
const typingTellMs = 3_000;
const entriesKept = 300;
const watchedMax = 1_500;

/** What the page shows: the session of who is signed in, and which conversation is open. */
export class Model {
  me: User | undefined;
  session: Session | undefined;
  /** Why somebody has to sign in again, if there is a reason. */
  notice = "";
  opened: ConversationId | undefined;
  /** What was read when the conversation was opened: newer ones are marked as new. */
  newAbove = 0;
  readonly presence = new Map<UserId, Presence>();
  readonly drafts = new Map<ConversationId, string>();
  /** For those who listen instead of looking. */
  announcement = "";
  private readonly accounts = new Accounts();
  private readonly typists = new Map<ConversationId, Map<UserId, number>>();
  private readonly watched = new Set<UserId>();
  private readonly listeners = new Set<() => void>();
  private toldTyping = 0;
  private isWatching = false;
  private isScheduled = false;
  private readsToEnd = false;
  private token = "";

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  begin(): void {
    addEventListener("hashchange", () => this.route());
    addEventListener("online", () => this.session?.nudge());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState !== "visible") return;
      this.session?.nudge();
      this.markRead();
    });
    const kept = keptSignIn();
    if (kept) this.signedIn(kept);
    this.route();
  }

  async signIn(name: string, password: string, how: { isNew: boolean; keep: boolean }): Promise<void> {
    if (how.isNew) await this.accounts.create(name, password);
    const made = await this.accounts.signIn(name, password);
    keepSignIn(made, how.keep ? "browser" : "tab");
    this.signedIn(made);
  }

  /** Forgets the token here at once; the node revokes it for everybody else. With a notice: the node did so already. */
  signOut(notice = ""): void {
    const { token } = this;
    if (!notice) {
      this.session?.outbox.clear();
      if (token) this.accounts.signOut(token).catch(() => undefined);
    }
    forgetSignIn();
    const old = this.session;
    this.session = this.me = this.opened = undefined;
    old?.stop();
    this.token = "";
    this.notice = notice;
    this.presence.clear();
    this.watched.clear();
    this.drafts.clear();
    this.typists.clear();
    if (location.hash) history.replaceState(null, "", location.pathname);
    this.changed();
  }

  get conversation(): Conversation | undefined {
    return this.opened ? this.session?.conversations.get(this.opened) : undefined;
  }

  /** Those with the newest activity first. */
  get conversations(): Conversation[] {
    const all = [...(this.session?.conversations.values() ?? [])].filter(
      (each) => each.memberCount > 0 && (!each.isLeft || each.id === this.opened),
    );
    const time = (each: Conversation): string => each.log.entries[each.log.entries.length - 1]?.at ?? "";
    return all.sort((a, b) => (time(a) < time(b) ? 1 : time(a) > time(b) ? -1 : 0));
  }

  open(id: ConversationId | undefined): void {
    location.hash = id ? `#/${id}` : "#/";
  }

  /** The list of messages is at its end (or not): then what comes has been read. */
  atEnd(isAtEnd: boolean): void {
    this.readsToEnd = isAtEnd;
    if (isAtEnd) this.markRead();
  }

  send(text: string): void {
    const { conversation, session } = this;
    if (!conversation || !session) return;
    this.toldTyping = 0;
    this.newAbove = Infinity;
    session.send(conversation.id, text).catch(() => undefined); // refused ones stay visible, with the reason
    this.changed();
  }

  typing(): void {
    if (!this.opened || Date.now() - this.toldTyping < typingTellMs) return;
    this.toldTyping = Date.now();
    this.session?.typing(this.opened);
  }

  /** The names of who is writing in a conversation just now. */
  typistsOf(conversation: Conversation): string[] {
    const names: string[] = [];
    for (const [user, until] of this.typists.get(conversation.id) ?? [])
      if (until > Date.now() && this.me) names.push(nameOf(conversation, user, this.me.id));
    return names;
  }

  private signedIn({ token, user }: SignedIn): void {
    this.token = token;
    this.me = user;
    this.notice = "";
    const session = new Session({
      url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/v1/ws`,
      token,
      me: user,
      device: deviceOfThisTab(),
      keep: sessionStorage,
      listener: (news) => {
        if (this.session === session) this.take(news);
      },
    });
    this.session = session;
    session.start();
    this.changed();
  }

  private route(): void {
    const id = /^#\/(\d+)$/.exec(location.hash)?.[1];
    if (id !== this.opened) {
      this.conversation?.log.trim(entriesKept);
      this.opened = id;
      this.readsToEnd = false;
      this.beginReading();
    }
    this.changed();
  }

  private beginReading(): void {
    const { conversation } = this;
    this.newAbove = conversation && conversation.unread > 0 ? conversation.read : Infinity;
    this.watchPeople();
  }

  private take(news: News): void {
    if (news.about === "state") {
      if (news.state.is === "ended" && news.state.why === "signed_out")
        return this.signOut("You were signed out. Please sign in again.");
      if (news.state.is !== "online") this.typists.clear();
    } else if (news.about === "synced") {
      this.watched.clear();
      this.watchPeople();
      if (this.newAbove === Infinity && !this.readsToEnd) this.beginReading();
    } else if (news.about === "entry") {
      this.takeEntry(news.entry);
    } else if (news.about === "conversation") {
      if (this.readsToEnd && news.id === this.opened) this.markRead();
      this.watchPeople();
    } else if (news.event.ev === "presence") {
      const state = news.event.d as Presence;
      this.presence.set(state.user, state);
    } else if (news.event.ev === "typing") {
      this.takeTyping(news.event.d as { conversation: ConversationId; user: UserId });
    }
    this.changed();
  }

  private takeEntry(entry: Entry): void {
    this.typists.get(entry.conversation)?.delete(entry.sender);
    const conversation = this.session?.conversations.get(entry.conversation);
    if (entry.kind !== "message" || !this.me || entry.sender === this.me.id || !conversation) return;
    const where = entry.conversation === this.opened || conversation.kind === "direct" ? "" : ` in ${titleOf(conversation, this.me.id)}`;
    this.announcement = `${nameOf(conversation, entry.sender, this.me.id)}${where}: ${oneLine(entry.text ?? "")}`;
  }

  private takeTyping({ conversation, user }: { conversation: ConversationId; user: UserId }): void {
    if (user === this.me?.id) return;
    const here = this.typists.get(conversation) ?? new Map<UserId, number>();
    this.typists.set(conversation, here.set(user, Date.now() + typingShownMs));
    setTimeout(() => this.changed(), typingShownMs + 50);
  }

  private markRead(): void {
    if (this.readsToEnd && this.opened && document.visibilityState === "visible" && this.session?.state.is === "online")
      this.session.markRead(this.opened);
  }

  /** Whose presence is worth knowing: partners, and the members of the open group. */
  private wanted(): UserId[] {
    const people = new Set<UserId>();
    const group = this.conversation;
    if (group) for (const user of group.members.keys()) people.add(user);
    for (const each of this.conversations)
      if (each.kind === "direct" && people.size < watchedMax) for (const user of each.members.keys()) people.add(user);
    if (this.me) people.delete(this.me.id);
    return [...people];
  }

  private watchPeople(): void {
    if (this.isWatching || this.session?.state.is !== "online") return;
    this.isWatching = true;
    setTimeout(() => {
      this.isWatching = false;
      void this.watchWanted();
    }, 50);
  }

  private async watchWanted(): Promise<void> {
    const { session } = this;
    if (session?.state.is !== "online") return;
    const wanted = this.wanted();
    const fresh = wanted.filter((user) => !this.watched.has(user)).slice(0, 500);
    if (fresh.length === 0) return;
    if (this.watched.size + fresh.length > watchedMax) {
      const dull = [...this.watched].filter((user) => !wanted.includes(user));
      for (const user of dull) this.watched.delete(user);
      if (dull.length > 0) void session.tryRequest("unwatch_presence", { users: dull });
    }
    for (const user of fresh) this.watched.add(user);
    const states = await session.watchPresence(fresh);
    if (session !== this.session || !states) return;
    for (const state of states) this.presence.set(state.user, state);
    this.changed();
    this.watchPeople();
  }

  private changed(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    queueMicrotask(() => {
      this.isScheduled = false;
      const unread = this.conversations.reduce((sum, { unread }) => sum + unread, 0);
      document.title = unread > 0 ? `(${unread}) Parley` : "Parley";
      for (const listener of this.listeners) listener();
    });
  }
}
