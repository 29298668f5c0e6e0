// What moved, came and went between a snapshot and the ones before it.
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
  gone: { name: string; lastSeen: string }[];
  came: string[];
}

const MOVES_MOST = 2000;
const keyOf = (actor: Actor): string | undefined =>
  actor.kind === "shard" && actor.shard !== null ? `shard ${actor.shard}` : actor.entity === null || actor.kind === "session" ? undefined : `${actor.kind} ${actor.entity}`;

const isThere = (snapshot: Snapshot, name: string): boolean => snapshot.nodes.some((each) => each.name === name && each.missing === null);

/** `before`: earlier snapshots, the latest last; a dead node's actors may take several of them to come back elsewhere. */
export function changesSince(before: readonly Snapshot[], now: Snapshot): Changes {
  const here = new Map<string, Actor>();
  for (const each of now.actors) {
    const key = keyOf(each);
    if (key) here.set(key, each);
  }
  const moves = new Map<string, Move>();
  const later = new Set<string>(); // who was elsewhere later than in the snapshot that is looked at
  for (const then of [...before].reverse())
    for (const each of then.actors) {
      const key = keyOf(each);
      if (!key || later.has(key)) continue;
      later.add(key);
      const to = here.get(key);
      if (to && to.node !== each.node && moves.size < MOVES_MOST)
        moves.set(key, { entity: each.entity ?? `shard ${each.shard}`, kind: each.kind, from: each, to });
    }
  const gone = new Map<string, string>();
  for (const then of before)
    for (const each of then.nodes) if (each.missing === null && !isThere(now, each.name)) gone.set(each.name, each.cut_at ?? then.taken_at);
  const last = before.at(-1);
  const came = last ? now.nodes.filter((each) => each.missing === null && !isThere(last, each.name)).map((each) => each.name) : [];
  return { moves: [...moves.values()], gone: [...gone].map(([name, lastSeen]) => ({ name, lastSeen })), came };
}
