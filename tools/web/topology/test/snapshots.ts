import type { Actor, Snapshot } from "../model/snapshot";

const began = Date.parse("2026-11-30T12:00:00.000Z");

/** A snapshot of these nodes, so many seconds after noon, with nobody in it. */
export function snapshotAt(second: number, nodes: readonly string[] = ["node-1", "node-2"], more: Partial<Snapshot> = {}): Snapshot {
  const now = new Date(began + second * 1000).toISOString();
  const start = new Date(began).toISOString();
  return {
    schema: "parley.topology/1", taken_at: now, answered_by: "node-1", skew_ms: 0, names: false, kinds: [], actors: [], edges: [], flows: [],
    nodes: nodes.map((name) => ({
      name, incarnation: `life of ${name}`, version: "1", level: "edges", cut_at: now, started_at: start, actors: 0, actors_shown: 0,
      edges_since: start, edges_forgotten: 0, events: 0, missing: null,
    })),
    ...more,
  };
}

export function actorOf(id: string, kind: string, entity: string | null = null, more: Partial<Actor> = {}): Actor {
  return {
    id, node: id.split("/")[0]!, kind, entity, shard: null, parent: null, started_at: new Date(began).toISOString(), mailbox: 0, mailbox_highest: 0,
    enqueued: 0, handled: 0, types: {}, waited_us: null, handling_us: null, ...more,
  };
}
