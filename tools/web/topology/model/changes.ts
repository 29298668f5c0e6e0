// What moved, came and went between a snapshot and the ones before it.
import { inhabitedShards } from "./shards";
import type { Actor, Snapshot } from "./snapshot";

/** The actor of an entity ended on one node, and there is one on another. */
export interface Move {
  entity: string;
  kind: string;
  from: Actor;
  to: Actor;
}

export interface Changes {
  moves: Move[];
  /** Nodes that were there before and are not, with when they were last seen. */
  gone: { name: string; lastSeen: string; how: "is gone" | "does not answer" }[];
  came: string[];
}

const MOVES_MOST = 2000;

/** What is the same wherever it lives; undefined for what does not move. */
function keyOf(actor: Actor, inhabited: ReadonlySet<string>): string | undefined {
  if (actor.kind === "shard") return inhabited.has(actor.id) ? `shard ${actor.shard}` : undefined;
  return actor.entity === null || actor.kind === "session" ? undefined : `${actor.kind} ${actor.entity}`;
}

function whereAll(snapshot: Snapshot): Map<string, Map<string, Actor>> {
  const inhabited = inhabitedShards(snapshot.actors);
  const where = new Map<string, Map<string, Actor>>(); // by key, then by node
  for (const each of snapshot.actors) {
    const key = keyOf(each, inhabited);
    if (!key) continue;
    const nodes = where.get(key);
    if (nodes) nodes.set(each.node, each);
    else where.set(key, new Map([[each.node, each]]));
  }
  return where;
}

const isThere = (snapshot: Snapshot, name: string): boolean => snapshot.nodes.some((each) => each.name === name && each.missing === null);

/** `before`: earlier snapshots, the latest last; a dead node's actors may take several of them to come back elsewhere. */
export function changesSince(before: readonly Snapshot[], now: Snapshot): Changes {
  const here = whereAll(now);
  const moves: Move[] = [];
  const looked = new Set<string>(); // whose last place before has been found
  for (const then of [...before].reverse())
    for (const [key, nodes] of whereAll(then)) {
      if (looked.has(key)) continue;
      const after = here.get(key);
      if (!after) continue;
      // It is on another node for as long as the one that it came to is not where it was already.
      const left = [...nodes.values()].find((each) => !after.has(each.node));
      const arrived = [...after.values()].find((each) => !nodes.has(each.node));
      if (!left && !arrived) continue;
      looked.add(key);
      if (left && arrived && moves.length < MOVES_MOST) moves.push({ entity: left.entity ?? key, kind: left.kind, from: left, to: arrived });
    }
  const gone = new Map<string, string>();
  for (const then of before)
    for (const each of then.nodes) if (each.missing === null && !isThere(now, each.name)) gone.set(each.name, each.cut_at ?? then.taken_at);
  const isListed = (name: string): boolean => now.nodes.some((each) => each.name === name);
  const last = before.at(-1);
  const came = last ? now.nodes.filter((each) => each.missing === null && !isThere(last, each.name)).map((each) => each.name) : [];
  return { moves, gone: [...gone].map(([name, lastSeen]) => ({ name, lastSeen, how: isListed(name) ? "does not answer" : "is gone" })), came };
}
