import type { Actor, Snapshot } from "./snapshot";

/** What a recording tells between two snapshots. */
export interface ActorEvent {
  /** Milliseconds since 1970. */
  at: number;
  what: "actor_started" | "actor_stopped" | "actor_moved" | "node_gone" | "node_came";
  node?: string;
  incarnation?: string;
  why?: string;
  actor?: Partial<Actor> & { id: string };
}

/** A snapshot as it was at a later time: who started is there with nothing counted yet, who stopped is not. */
export function withEvents(snapshot: Snapshot, events: readonly ActorEvent[], at: number): Snapshot {
  const actors = new Map(snapshot.actors.map((each) => [each.id, each]));
  const nodes = new Map(snapshot.nodes.map((each) => [each.name, each]));
  const kinds = new Map(snapshot.kinds.map((each) => [`${each.node}>${each.kind}`, each]));
  const count = (actor: Actor, by: 1 | -1): void => {
    const key = `${actor.node}>${actor.kind}`;
    const known = kinds.get(key) ?? { node: actor.node, kind: actor.kind, alive: 0, started: 0, stopped: 0, enqueued: 0, handled: 0, discarded: 0 };
    kinds.set(key, { ...known, alive: Math.max(0, known.alive + by), ...(by > 0 ? { started: known.started + 1 } : { stopped: known.stopped + 1 }) });
    const node = nodes.get(actor.node);
    if (node) nodes.set(node.name, { ...node, actors: Math.max(0, node.actors + by), actors_shown: Math.max(0, node.actors_shown + by) });
  };
  for (const event of events) {
    const known = event.actor ? actors.get(event.actor.id) : undefined;
    if (event.what === "actor_started" && event.actor && !known && typeof event.actor.kind === "string") {
      const started = fresh(event.actor, event.at);
      actors.set(started.id, started);
      count(started, 1);
    }
    if (event.what === "actor_stopped" && known) {
      actors.delete(known.id);
      count(known, -1);
    }
    if (event.what === "node_gone" && event.node) {
      for (const each of actors.values()) if (each.node === event.node) actors.delete(each.id);
      for (const [key, each] of kinds) if (each.node === event.node) kinds.delete(key);
      const node = nodes.get(event.node);
      if (node) nodes.set(node.name, { ...node, missing: event.why || "it is gone", actors: 0, actors_shown: 0 });
    }
    if (event.what === "node_came" && event.node)
      nodes.set(event.node, {
        name: event.node, version: "", level: "kinds", started_at: null, actors: 0, actors_shown: 0, edges_since: null, edges_forgotten: 0, events: 0,
        ...nodes.get(event.node), incarnation: event.incarnation ?? "", cut_at: new Date(event.at).toISOString(), missing: null,
      });
  }
  return { ...snapshot, taken_at: new Date(at).toISOString(), nodes: [...nodes.values()], kinds: [...kinds.values()], actors: [...actors.values()] };
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
