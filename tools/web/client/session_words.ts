import type { Socket } from "./connection";
import type { Keep } from "./outbox";
import type { ConversationId, Ending, Entry, Event, User } from "./protocol";
import type { Timers } from "./timing";

// What a session is told when it begins, and what it tells.

export type SessionState =
  | { is: "connecting" }
  | { is: "online" }
  | { is: "waiting"; until: number }
  | { is: "ended"; why: Ending | "stopped"; reason: string };

export interface SessionOptions {
  /** "wss://node.example/v1/ws" */
  url: string;
  token: string;
  me: User;
  /** The same device replaces its own older connection. */
  device?: string;
  /** Where unanswered writes survive a reload. */
  keep?: Keep;
  listener: (news: News) => void;
  connect?: (url: string, subprotocol: string) => Socket;
  timers?: Timers;
  random?: () => number;
  newKey?: () => string;
}

/** What happened. `conversation` without more: its log, its members or what waits for it changed. */
export type News =
  | { about: "state"; state: SessionState }
  | { about: "conversation"; id: ConversationId }
  | { about: "entry"; entry: Entry }
  | { about: "synced" }
  | { about: "event"; event: Event };
