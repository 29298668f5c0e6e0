import { nodeOf, type Edge, type Flow, type Snapshot } from "./snapshot";

/** A name for what is counted: the same in every snapshot. */
export const edgeKey = (edge: Edge): string => `${edge.from}>${edge.to}>${edge.type}`;
export const flowKey = (flow: Flow): string => `${flow.from}>${flow.to}>${flow.node ?? ""}>${flow.type ?? ""}`;
export const kindKey = (node: string, kind: string): string => `${node}>${kind}`;

/** Messages a second between two snapshots; by `edgeKey`, `flowKey`, actor id and `kindKey`. */
export interface Rates {
  /** Since the snapshot before, or since counting began when there is none. */
  since: "before" | "beginning";
  edges: Map<string, number>;
  flows: Map<string, number>;
  actors: Map<string, number>;
  kinds: Map<string, number>;
}

/** Snapshots list at most so many edges and flows, the heaviest, unless asked for more. */
export const EDGES_ASKED = 2000;

/** Seconds between the two cuts of each node; nodes that were not there before, or were started anew, are left out. */
function secondsByNode(before: Snapshot, now: Snapshot): Map<string, number> {
  const lives = new Map(before.nodes.map((each) => [each.name, each]));
  const seconds = new Map<string, number>();
  for (const { name, incarnation, cut_at } of now.nodes) {
    const then = lives.get(name);
    if (!then?.cut_at || !cut_at || then.incarnation !== incarnation) continue;
    const passed = (Date.parse(cut_at) - Date.parse(then.cut_at)) / 1000;
    if (passed > 0) seconds.set(name, passed);
  }
  return seconds;
}

/** Seconds for which each node that counts edges has counted them. */
function secondsOfCounting(now: Snapshot): Map<string, number> {
  const seconds = new Map<string, number>();
  for (const { name, cut_at, edges_since } of now.nodes)
    if (cut_at && edges_since) seconds.set(name, Math.max(0.001, (Date.parse(cut_at) - Date.parse(edges_since)) / 1000));
  return seconds;
}

/** A count that fell was forgotten and began anew, so what is there now came since. */
const grown = (now: number, then: number): number => (now < then ? now : now - then);

type Counted = { key: string; count: number; node: string | undefined };

function rated(before: Counted[], now: Counted[], seconds: Map<string, number>, counting: Map<string, number>, some: number): Map<string, number> {
  const rates = new Map<string, number>();
  const then = new Map(before.map((each) => [each.key, each.count]));
  // What comes into a full list had at most the count of the lightest in it, and did not begin from nothing.
  const least = before.length >= EDGES_ASKED ? before.reduce((low, each) => Math.min(low, each.count), Infinity) : 0;
  for (const { key, count, node } of now) {
    const passed = node === undefined ? some : seconds.get(node);
    if (!passed) continue;
    const since = Math.min(passed, (node !== undefined && counting.get(node)) || passed);
    rates.set(key, grown(count, then.get(key) ?? Math.min(least, count)) / since);
  }
  return rates;
}

const countedEdges = (of: Snapshot): Counted[] => of.edges.map((each) => ({ key: edgeKey(each), count: each.count, node: nodeOf(each.to) }));
const countedFlows = (of: Snapshot): Counted[] => of.flows.map((each) => ({ key: flowKey(each), count: each.count, node: each.node }));

export function ratesBetween(before: Snapshot | undefined, now: Snapshot): Rates {
  const counting = secondsOfCounting(now);
  const longest = Math.max(0, ...counting.values());
  if (!before)
    return {
      since: "beginning",
      edges: rated([], countedEdges(now), counting, counting, longest),
      flows: rated([], countedFlows(now), counting, counting, longest),
      actors: new Map(),
      kinds: new Map(),
    };
  const seconds = secondsByNode(before, now);
  const some = Math.max(0.001, (Date.parse(now.taken_at) - Date.parse(before.taken_at)) / 1000);
  const handledSince = (then: Map<string, number>, parts: Counted[]): Map<string, number> => {
    const rates = new Map<string, number>();
    for (const { key, count, node } of parts) {
      const passed = seconds.get(node!);
      const was = then.get(key);
      if (passed && was !== undefined) rates.set(key, grown(count, was) / passed);
    }
    return rates;
  };
  return {
    since: "before",
    edges: rated(countedEdges(before), countedEdges(now), seconds, counting, some),
    flows: rated(countedFlows(before), countedFlows(now), seconds, counting, some),
    actors: handledSince(
      new Map(before.actors.map((each) => [each.id, each.handled])),
      now.actors.map(({ id, handled, node }) => ({ key: id, count: handled, node })),
    ),
    kinds: handledSince(
      new Map(before.kinds.map((each) => [kindKey(each.node, each.kind), each.handled])),
      now.kinds.map(({ node, kind, handled }) => ({ key: kindKey(node, kind), count: handled, node })),
    ),
  };
}
