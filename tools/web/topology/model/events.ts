import type { Actor, Snapshot } from "./snapshot";

/** What a recording tells between two snapshots. */
export interface ActorEvent {
  /** Milliseconds since 1970. */
  at: number;
  what: "actor_started" | "actor_stopped" | "actor_moved" | "node_gone" | "node_came";
  node?: string;
  actor?: Partial<Actor> & { id: string };
}

/** A snapshot as it was at a later time: who started is there with nothing counted yet, who stopped is not. */
export function withEvents(snapshot: Snapshot, events: readonly ActorEvent[], at: number): Snapshot {
  const actors = new Map(snapshot.actors.map((each) => [each.id, each]));
  const gone = new Map<string, string>();
  for (const event of events) {
    const { actor } = event;
    if (event.what === "actor_started" && actor && typeof actor.kind === "string") actors.set(actor.id, fresh(actor, event.at));
    if (event.what === "actor_stopped" && actor) actors.delete(actor.id);
    if (event.what === "node_gone" && event.node) {
      gone.set(event.node, "it is gone");
      for (const each of actors.values()) if (each.node === event.node) actors.delete(each.id);
    }
    if (event.what === "node_came" && event.node) gone.delete(event.node);
  }
  return {
    ...snapshot,
    taken_at: new Date(at).toISOString(),
    nodes: snapshot.nodes.map((each) => (gone.has(each.name) ? { ...each, missing: gone.get(each.name)!, actors: 0, actors_shown: 0 } : each)),
    actors: [...actors.values()],
  };
}

function fresh(actor: Partial<Actor> & { id: string }, at: number): Actor {
  return {
    node: actor.id.slice(0, actor.id.lastIndexOf("/")),
    kind: "",
    entity: null,
    shard: null,
    parent: null,
    started_at: new Date(at).toISOString(),
    mailbox: 0,
    mailbox_highest: 0,
    enqueued: 0,
    handled: 0,
    types: {},
    waited_us: null,
    handling_us: null,
    ...actor,
  };
}
