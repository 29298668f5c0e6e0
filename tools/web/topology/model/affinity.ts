import { entityKind, type Actor, type Snapshot } from "./snapshot";

/** A session goes where the person does who uses it. */
const whoOf = (actor: Actor): string => actor.person ?? (actor.kind === "session" ? actor.id : (actor.entity ?? actor.id));

/**
 * Which conversation people's actors belong beside: the one that they have most to do with, by flows, else by edges.
 * Once found it is kept for as long as they have anything to do with it, so that nobody wanders between refreshes.
 */
export class Affinity {
  #beside = new Map<string, string>();

  /** By actor id: the entity of a conversation. A conversation's own actor stands beside itself. */
  of(snapshot: Snapshot): Map<string, string> {
    const weights = new Map<string, Map<string, number>>(); // entity or actor id → conversation → count
    const add = (who: string, conversation: string, count: number): void => {
      let own = weights.get(who);
      if (!own) weights.set(who, (own = new Map()));
      own.set(conversation, (own.get(conversation) ?? 0) + count);
    };
    const isConversation = (entity: string | null | undefined): entity is string => !!entity && entityKind(entity) === "conversation";
    for (const { from, to, count } of snapshot.flows) {
      if (isConversation(to) && !isConversation(from)) add(from, to, count);
      if (isConversation(from) && !isConversation(to)) add(to, from, count);
    }
    const actors = new Map(snapshot.actors.map((each) => [each.id, each]));
    for (const { from, to, count } of snapshot.edges) {
      const [source, target] = [actors.get(from)?.entity, actors.get(to)?.entity];
      if (isConversation(target)) add(from, target, count);
      if (isConversation(source)) add(to, source, count);
    }
    const beside = new Map<string, string>();
    for (const actor of snapshot.actors) {
      if (actor.kind === "conversation") {
        if (actor.entity) beside.set(actor.id, actor.entity);
        continue;
      }
      if (actor.kind !== "session" && actor.kind !== "user") continue;
      const found = this.#choose(actor, weights);
      if (found) beside.set(actor.id, found);
    }
    return beside;
  }

  /** What was found for somebody who is not there any more. */
  known(actor: Actor): string | undefined {
    if (actor.kind === "conversation") return actor.entity ?? undefined;
    return this.#beside.get(whoOf(actor));
  }

  #choose(actor: Actor, weights: Map<string, Map<string, number>>): string | undefined {
    const who = whoOf(actor);
    const own = weights.get(who) ?? weights.get(actor.id);
    const kept = this.#beside.get(who);
    if (kept && (!own || own.has(kept))) return kept;
    if (!own) return undefined;
    let best: string | undefined;
    for (const [conversation, count] of own) {
      const most = best === undefined ? -1 : own.get(best)!;
      if (count > most || (count === most && conversation < best!)) best = conversation;
    }
    this.#remember(who, best!);
    return best;
  }

  #remember(who: string, conversation: string): void {
    if (this.#beside.size > 200_000) this.#beside.clear(); // long after anybody remembers where they were
    this.#beside.set(who, conversation);
  }
}
