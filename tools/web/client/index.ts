// A client of parley.v1 without dependencies, for browsers and for Node with a WebSocket.
export { Accounts, type SignedIn } from "./accounts";
export { Connection, type Socket } from "./connection";
export { Conversation } from "./conversation";
export { Log } from "./log";
export { type Keep, Outbox, outboxWritesMax, type Write } from "./outbox";
export * from "./protocol";
export { Session } from "./session";
export type { News, SessionOptions, SessionState } from "./session_words";
export { realTimers, reconnectDelay, type Timers } from "./timing";
