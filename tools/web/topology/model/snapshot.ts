// The words of tools/topology/snapshot.schema.json. Members that a later version adds are ignored.

export type Level = "kinds" | "counts" | "edges";

/** Microseconds, of a sample of `count` messages. */
export interface Times {
  count: number;
  p50: number;
  p99: number;
  max: number;
}

export interface NodePart {
  name: string;
  incarnation: string;
  version: string;
  level: Level;
  cut_at: string | null;
  started_at: string | null;
  actors: number;
  actors_shown: number;
  edges_since: string | null;
  edges_forgotten: number;
  events: number;
  missing: string | null;
}

export interface KindPart {
  node: string;
  kind: string;
  alive: number;
  started: number;
  stopped: number;
  enqueued: number;
  handled: number;
  discarded: number;
}

export interface Actor {
  id: string;
  node: string;
  kind: string;
  /** "person:…", "conversation:…", "session:…" or null. */
  entity: string | null;
  /** Who uses a session, once they have said who they are. */
  person?: string;
  name?: string;
  shard: number | null;
  parent: string | null;
  started_at: string;
  mailbox: number;
  mailbox_highest: number;
  enqueued: number;
  handled: number;
  types: Record<string, number>;
  /** Of these, those that were refused. */
  refused?: Record<string, number>;
  waited_us: Times | null;
  handling_us: Times | null;
}

/** From actor to actor. */
export interface Edge {
  from: string;
  to: string;
  type: string;
  count: number;
  error: number;
  bytes?: number;
}

/** From entity to entity. */
export interface Flow {
  from: string;
  to: string;
  node?: string;
  type?: string;
  count: number;
  error: number;
}

export interface Snapshot {
  schema: "parley.topology/1";
  taken_at: string;
  answered_by: string;
  skew_ms: number;
  names: boolean;
  nodes: NodePart[];
  kinds: KindPart[];
  actors: Actor[];
  edges: Edge[];
  flows: Flow[];
}

/** "person" of "person:ab12". */
export const entityKind = (entity: string): string => entity.slice(0, entity.indexOf(":"));

/** "node-1" of "node-1/17". */
export const nodeOf = (id: string): string => id.slice(0, id.lastIndexOf("/"));
