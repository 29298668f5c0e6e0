import type { Actor } from "./snapshot";

/**
 * Every node has an actor for each shard, whoever owns it. Those of them that somebody lives in tell where a shard is:
 * ids of the shards' actors on whose node a person's or a conversation's actor of that shard is alive.
 */
export function inhabitedShards(actors: readonly Actor[]): Set<string> {
  const lived = new Set<string>();
  for (const { kind, node, shard } of actors) if (kind !== "shard" && shard !== null) lived.add(`${node}>${shard}`);
  const ids = new Set<string>();
  for (const { kind, id, node, shard } of actors) if (kind === "shard" && lived.has(`${node}>${shard}`)) ids.add(id);
  return ids;
}
