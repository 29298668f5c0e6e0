import type { Conversation, Entry, Presence, UserId } from "../client/index";

// Everything here makes text; the page shows it as text and nothing else.

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "long" });
const date = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });
const shortDate = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
const dayMs = 86_400_000;

function startOfDay(time: Date): number {
  return new Date(time.getFullYear(), time.getMonth(), time.getDate()).getTime();
}

function daysAgo(time: Date, now: Date): number {
  return Math.round((startOfDay(now) - startOfDay(time)) / dayMs);
}

export function timeOf(at: string): string {
  return clock.format(new Date(at));
}

export function fullTimeOf(at: string): string {
  return full.format(new Date(at));
}

/** "Today", "Yesterday", "Monday", "3 March 2026" */
export function dayOf(at: string, now = new Date()): string {
  const time = new Date(at);
  const ago = daysAgo(time, now);
  if (ago === 0) return "Today";
  if (ago === 1) return "Yesterday";
  return ago > 1 && ago < 7 ? weekday.format(time) : date.format(time);
}

/** As short as the list of conversations wants it. */
export function briefTimeOf(at: string, now = new Date()): string {
  const time = new Date(at);
  const ago = daysAgo(time, now);
  if (ago === 0) return clock.format(time);
  return ago === 1 ? "Yesterday" : shortDate.format(time);
}

export function titleOf(conversation: Conversation, me: UserId): string {
  if (conversation.kind === "group") return conversation.name || "Group";
  return partnerOf(conversation, me)?.name ?? "Direct chat";
}

export function partnerOf(conversation: Conversation, me: UserId): { user: UserId; name: string } | undefined {
  for (const member of conversation.members.values()) if (member.user !== me) return member;
  return undefined;
}

export function nameOf(conversation: Conversation, user: UserId | undefined, me: UserId): string {
  if (user === me) return "You";
  return (user && conversation.members.get(user)?.name) || "Former member";
}

/** A line for what is no message; undefined for what shows at its message. */
export function eventText(conversation: Conversation, entry: Entry, me: UserId): string | undefined {
  const who = nameOf(conversation, entry.sender, me);
  const whom = entry.user === entry.sender ? who : nameOf(conversation, entry.user, me);
  switch (entry.kind) {
    case "create":
      return conversation.kind === "direct" ? "The beginning of this chat" : `${who} made the group`;
    case "join":
      return entry.user === entry.sender ? `${who} joined` : `${who} added ${whom === "You" ? "you" : whom}`;
    case "leave":
      return entry.user === entry.sender ? `${who} left` : `${who} removed ${whom === "You" ? "you" : whom}`;
    case "role":
      return `${whom} ${whom === "You" ? "are" : "is"} ${entry.role === "member" ? "a member" : entry.role === "admin" ? "an admin" : "an owner"} now`;
    case "rename":
      return `${who} named the group “${entry.name ?? ""}”`;
    default:
      return undefined;
  }
}

/** The newest thing said, on one line. */
export function previewOf(conversation: Conversation, me: UserId): string {
  const { entries } = conversation.log;
  for (let i = entries.length - 1; i >= 0; --i) {
    const entry = entries[i]!;
    if (entry.kind === "message") {
      const text = entry.deleted ? "Message deleted" : oneLine(entry.text ?? "");
      if (entry.sender === me) return `You: ${text}`;
      return conversation.kind === "group" ? `${nameOf(conversation, entry.sender, me)}: ${text}` : text;
    }
    const text = eventText(conversation, entry, me);
    if (text) return text;
  }
  return "";
}

export function oneLine(text: string, most = 140): string {
  return cut(text, most).replace(/\s+/g, " ").trim();
}

/** At most that many UTF-16 units, and never half a character. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const last = text.charCodeAt(most - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? most - 1 : most);
}

/** Unicode code points, as the node counts them. */
export function codePoints(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; ++i) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit <= 0xdbff) {
      --count;
      ++i;
    }
  }
  return count;
}

export function presenceText(presence: Presence | undefined): string {
  if (!presence) return "";
  if (presence.online) return "Online";
  if (!presence.last_seen) return "Offline";
  const day = dayOf(presence.last_seen);
  const when = day === "Today" || day === "Yesterday" ? day.toLowerCase() : `on ${day}`;
  return `Last seen ${when} at ${timeOf(presence.last_seen)}`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString()} ${count === 1 ? one : many}`;
}

const graphemes = "Segmenter" in Intl ? new Intl.Segmenter(undefined, { granularity: "grapheme" }) : undefined;

function firstCharacter(word: string): string {
  if (!graphemes) return [...word][0] ?? "";
  for (const { segment } of graphemes.segment(word)) return segment;
  return "";
}

/** One or two characters that stand for a name. */
export function initialsOf(name: string): string {
  const words = name.split(/[^\p{L}\p{M}\p{N}\p{Extended_Pictographic}]+/u).filter(Boolean);
  const letters = words.length > 1 ? [words[0]!, words[words.length - 1]!] : words.slice(0, 1);
  return letters.map((word) => firstCharacter(word).toUpperCase()).join("") || "?";
}

/** 0…7, the same for the same id everywhere. */
export function tintOf(id: string): number {
  let sum = 0;
  for (let i = 0; i < id.length; ++i) sum = (sum * 31 + id.charCodeAt(i)) >>> 0;
  return sum % 8;
}
