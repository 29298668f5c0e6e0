import type { Actor, Snapshot } from "./snapshot";

export type Found = { is: "actor"; actor: Actor } | { is: "node"; node: string };

/** At most `most` nodes and actors that have every word in their id, kind, entity or name; whole ones first, then the busiest. */
export function search(snapshot: Snapshot, text: string, most: number): Found[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const nodes: Found[] = snapshot.nodes.filter((each) => words.every((word) => each.name.toLowerCase().includes(word))).map((each) => ({ is: "node", node: each.name }));
  const whole = (actor: Actor): number => Number(actor.id === text.trim() || actor.entity === text.trim() || actor.name?.toLowerCase() === words.join(" "));
  const actors: Found[] = snapshot.actors
    .filter((each) => {
      const of = `${each.id} ${each.kind} ${each.entity ?? ""} ${each.person ?? ""} ${each.name ?? ""}${each.shard === null ? "" : ` shard ${each.shard}`}`.toLowerCase();
      return words.every((word) => of.includes(word));
    })
    .sort((a, b) => whole(b) - whole(a) || b.handled - a.handled || (a.id < b.id ? -1 : 1))
    .slice(0, most)
    .map((actor) => ({ is: "actor", actor }));
  return [...nodes, ...actors].slice(0, most);
}
