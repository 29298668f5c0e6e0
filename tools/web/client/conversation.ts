import { Log } from "./log";
import type { ConversationId, ConversationView, Entry, Member, UserId } from "./protocol";

const unreadMax = 100;

/** A conversation as this user sees it. */
export class Conversation {
  readonly log = new Log();
  kind: "direct" | "group" = "group";
  name = "";
  read = 0;
  unread = 0;
  memberCount = 0;
  members = new Map<UserId, Member>();
  /** The user has left it, or was removed: what is held can be looked at, nothing can be asked. */
  isLeft = false;
  /** Somebody joined whose name is not known. */
  membersAreStale = false;
  private counted = 0;

  constructor(
    readonly id: ConversationId,
    private readonly me: UserId,
  ) {}

  /** Takes what the server says about it, entries apart. */
  describe(view: ConversationView): void {
    this.kind = view.kind;
    this.name = view.name ?? "";
    this.isLeft = false;
    this.log.head = Math.max(this.log.head, view.head);
    this.memberCount = view.member_count;
    this.members = new Map(view.members.map((member) => [member.user, member]));
    this.membersAreStale = false;
    this.read = view.reset ? view.read : Math.max(this.read, view.read);
    this.unread = this.read > view.read ? Math.min(this.unread, view.unread) : view.unread;
    this.counted = Math.max(view.reset ? 0 : this.counted, view.head);
  }

  /** Takes a page of `sync`; whether entries between what is held and the page are missing. */
  synced(view: ConversationView): void {
    const entries = view.entries ?? [];
    if (view.reset) this.log.restart([], 0);
    this.describe(view);
    for (const entry of entries) this.take(entry);
  }

  /** An entry that was pushed or read from above; what it changes besides the log is changed here. */
  take(entry: Entry): "added" | "known" | "gap" {
    const taken = this.log.add(entry);
    if (taken !== "added") return taken;
    if (entry.seq > this.counted) {
      this.counted = entry.seq;
      this.count(entry);
      this.changeMembers(entry);
    }
    return taken;
  }

  /** The user has seen everything up to here. */
  markRead(seq: number): void {
    if (seq <= this.read) return;
    this.read = seq;
    const above = this.log.entries.filter((each) => each.seq > seq && each.kind === "message");
    this.unread = Math.min(above.length, this.unread);
  }

  private count(entry: Entry): void {
    if (entry.kind !== "message") return;
    if (entry.sender === this.me) this.markRead(entry.seq);
    else if (entry.seq > this.read) this.unread = Math.min(this.unread + 1, unreadMax);
  }

  private changeMembers(entry: Entry): void {
    if (entry.kind === "rename") this.name = entry.name ?? this.name;
    if (!entry.user) return;
    const known = this.members.get(entry.user);
    if (entry.kind === "join") {
      this.memberCount += 1;
      if (!known) this.membersAreStale = true;
    } else if (entry.kind === "leave") {
      this.memberCount -= 1;
      this.members.delete(entry.user);
      if (entry.user === this.me) this.isLeft = true;
    } else if (entry.kind === "role" && known && entry.role) {
      this.members.set(entry.user, { ...known, role: entry.role });
    }
  }
}
