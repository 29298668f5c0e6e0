// The words of parley.v1 as they stand on the wire. Ids are strings: 64-bit numbers lose digits here.

export type UserId = string;
export type ConversationId = string;

export interface Entry {
  conversation: ConversationId;
  seq: number;
  kind: "create" | "message" | "edit" | "delete" | "join" | "leave" | "role" | "rename";
  sender: UserId;
  at: string;
  key?: string;
  text?: string;
  edited?: boolean;
  deleted?: boolean;
  target?: number;
  user?: UserId;
  role?: Role;
  name?: string;
  members?: UserId[];
}

export type Role = "owner" | "admin" | "member";

export interface Member {
  user: UserId;
  name: string;
  role: Role;
  read: number;
}

export interface ConversationView {
  id: ConversationId;
  kind: "direct" | "group";
  name?: string;
  head: number;
  read: number;
  unread: number;
  entries?: Entry[];
  gap?: boolean;
  reset?: boolean;
  member_count: number;
  members: Member[];
}

export interface User {
  id: UserId;
  name: string;
}

export interface Presence {
  user: UserId;
  online: boolean;
  last_seen?: string;
}

export interface Written {
  seq: number;
  at: string;
  duplicate: boolean;
}

export interface Hello {
  protocol: string;
  node: string;
  epoch: string;
  limits?: Record<string, number>;
  ping_ms?: number;
}

export interface Event {
  ev: string;
  d: unknown;
}

/** What the server answers instead of a result. Only `temporary` ones are worth repeating. */
export interface Failure {
  code: string;
  message: string;
  temporary?: boolean;
  retry_after_ms?: number;
}

/** A request that was refused, or whose outcome is unknown (`unavailable`). */
export class Refusal extends Error {
  readonly code: string;
  readonly temporary: boolean;
  readonly retryAfterMs: number;

  constructor(failure: Failure) {
    super(failure.message);
    this.code = failure.code;
    this.temporary = failure.temporary ?? false;
    this.retryAfterMs = failure.retry_after_ms ?? 0;
  }
}

/** Close codes after which nobody connects again by himself; see `ending`. */
export type Ending = "signed_out" | "replaced" | "refused";

/**
 * What a close code asks of the client: undefined means to connect again.
 *
 * 4101 (no `identify` in time) says nothing against the token: a network that stood still is enough.
 */
export function ending(code: number): Ending | undefined {
  if (code === 4101) return undefined;
  if (code >= 4100 && code <= 4199) return "signed_out";
  if (code === 4409) return "replaced";
  if (code >= 4400 && code <= 4499) return "refused";
  return undefined;
}
