// The actors of saved traces as a snapshot, so that they can be played where no node is asked.
import type { Snapshot } from "./snapshot";
import type { Span, Traces } from "./spans";

/** Everybody who is in a span, with an edge for each message between two of them. */
export function snapshotOf(traces: Traces): Snapshot {
  const taken = new Date(traces.taken_at).toISOString();
  const actors = new Map<string, Snapshot["actors"][0]>();
  const edges = new Map<string, Snapshot["edges"][0]>();
  const byId = new Map<string, Span>(traces.spans.map((each) => [`${each.trace}${each.span}`, each]));
  for (const { actor: id, node, kind, entity, name, trace, parent } of traces.spans) {
    if (id === null) continue;
    let actor = actors.get(id);
    if (!actor) {
      // Who uses a session is a person beside it, not what it is.
      const person = kind === "session" && entity?.startsWith("person:") ? { person: entity } : {};
      actor = {
        id, node, kind, entity: "person" in person ? null : entity, ...person, shard: null, parent: null, started_at: taken, mailbox: 0, mailbox_highest: 0,
        enqueued: 0, handled: 0, types: {}, waited_us: null, handling_us: null,
      };
      actors.set(id, actor);
    }
    ++actor.handled;
    ++actor.enqueued;
    actor.types[name] = (actor.types[name] ?? 0) + 1;
    const from = parent === null ? null : (byId.get(`${trace}${parent}`)?.actor ?? null);
    if (from === null || from === id) continue;
    const key = `${from}>${id}>${name}`;
    const edge = edges.get(key) ?? { from, to: id, type: name, count: 0, error: 0 };
    ++edge.count;
    edges.set(key, edge);
  }
  const missing = new Map(traces.missing.map(({ node, why }) => [node, why]));
  const names = [...new Set([...traces.spans.map((each) => each.node), ...missing.keys()])].sort();
  const kinds = new Map<string, Snapshot["kinds"][0]>();
  for (const { node, kind, handled } of actors.values()) {
    const part = kinds.get(`${node}>${kind}`) ?? { node, kind, alive: 0, started: 0, stopped: 0, enqueued: 0, handled: 0, discarded: 0 };
    ++part.alive;
    part.handled += handled;
    part.enqueued += handled;
    kinds.set(`${node}>${kind}`, part);
  }
  return {
    schema: "parley.topology/1", taken_at: taken, answered_by: names[0] ?? "", skew_ms: 0, names: false,
    nodes: names.map((name) => {
      const count = [...actors.values()].filter((each) => each.node === name).length;
      return {
        name, incarnation: "", version: "", level: "edges", cut_at: taken, started_at: null, actors: count, actors_shown: count, edges_since: taken,
        edges_forgotten: 0, events: 0, missing: count === 0 ? (missing.get(name) ?? null) : null,
      };
    }),
    kinds: [...kinds.values()],
    actors: [...actors.values()],
    edges: [...edges.values()],
    flows: [],
  };
}
