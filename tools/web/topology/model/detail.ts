import type { Actor, Snapshot } from "./snapshot";

/** Each actor; a group a conversation; a group a kind. Always by node; shards and the machinery are always shown one by one. */
export type Detail = "actors" | "conversations" | "kinds";

/** More than so many points are not told apart on a screen, and cost more than a frame. */
export const DOTS_MOST = 5000;

const isGrouped = (kind: string): boolean => kind === "session" || kind === "user" || kind === "conversation";

/** The finest detail that fits. */
export function detailFor(snapshot: Snapshot, shown: Actor[], beside: Map<string, string>): Detail {
  const people = shown.filter((each) => isGrouped(each.kind));
  if (people.length <= DOTS_MOST) return "actors";
  // Of a cluster so large that nodes do not send every actor, a part of each conversation would mislead.
  if (snapshot.nodes.some((each) => each.actors_shown < each.actors)) return "kinds";
  const groups = new Set<string>();
  for (const each of people) {
    groups.add(`${each.node}|${beside.get(each.id) ?? each.kind}`);
    if (groups.size > DOTS_MOST) return "kinds";
  }
  return "conversations";
}
