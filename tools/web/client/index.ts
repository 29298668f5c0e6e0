// A client of parley.v1 without dependencies, for browsers and for Node with a WebSocket.
export { Accounts, type SignedIn } from "./accounts";
export { Connection, type Socket } from "./connection";
export { Conversation } from "./conversation";
export { Log } from "./log";
export { type Keep, Outbox, outboxWritesMax, type Write } from "./outbox";
export * from "./protocol";
export { type News, Session, type SessionOptions, type SessionState } from "./session";
export { realTimers, reconnectDelay, type Timers } from "./timing";
