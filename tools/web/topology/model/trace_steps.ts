// One trace in the order in which it happened: what the list shows, and what is played along the graph.
import type { Span } from "./spans";

/** Where a span began and was handled and ended, ns since the trace began. */
export interface Times {
  at: number;
  handled: number;
  ended: number;
}

/** A hop, or several that are alike: the same kind of message from the same span to actors of the same kind on a node. */
export interface Step {
  name: string;
  kind: string;
  node: string;
  /** From where to where; `from` is undefined for the request. */
  hops: { from: Span | undefined; to: Span }[];
  /** Of the first of them. */
  at: number;
  /** In the middle. */
  waited: number;
  took: number;
  isCritical: boolean;
}

export interface Trace {
  id: string;
  op: string;
  /** Ms since 1970. */
  began: number;
  /** Ns from the frame that was read to the reply that was written; undefined: one of them is not here. */
  latency: number | undefined;
  spans: number;
  nodes: string[];
  steps: Step[];
  /** Spans whose cause is not here. */
  orphans: number;
}

const middle = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;

/** Fewer of a kind are steps of their own. */
const togetherFrom = 3;

/** The spans of a trace; with the children of what it shares, which are in another one. */
function withShared(own: readonly Span[], all: ReadonlyMap<string, readonly Span[]>): { span: Span; parent: string | null }[] {
  const out = own.map((span) => ({ span, parent: span.parent }));
  for (const shared of own) {
    if (shared.name !== "shared") continue;
    const others = all.get(String(shared.details["continues_trace"])) ?? [];
    const children = new Map<string, Span[]>();
    for (const each of others) if (each.parent !== null) children.set(each.parent, [...(children.get(each.parent) ?? []), each]);
    const next: [string, string][] = [[String(shared.details["continues_span"]), shared.span]];
    const taken = new Set<string>();
    for (let one = next.pop(); one; one = next.pop())
      for (const child of children.get(one[0]) ?? [])
        if (!taken.has(child.span)) {
          taken.add(child.span);
          out.push({ span: child, parent: one[1] });
          next.push([child.span, child.span]);
        }
  }
  return out;
}

/** A trace of all that came; undefined when there is nothing of it. */
export function traceOf(id: string, all: ReadonlyMap<string, readonly Span[]>): Trace | undefined {
  const own = all.get(id) ?? [];
  if (own.length === 0) return undefined;
  const spans = withShared(own, all);
  const byId = new Map(spans.map((each) => [each.span.span, each]));
  const root = own.filter((each) => each.parent === null).sort((a, b) => Number(BigInt(a.at_ns) - BigInt(b.at_ns)))[0];
  const began = BigInt(root?.at_ns ?? own.reduce((first, each) => (BigInt(each.at_ns) < BigInt(first) ? each.at_ns : first), own[0]!.at_ns));
  const times = (span: Span): Times => {
    const at = Number(BigInt(span.at_ns) - began);
    const handled = at + Math.max(0, span.waited_ns);
    return { at, handled, ended: handled + Math.max(0, span.took_ns) };
  };
  const reply = own.find((each) => each.name === "write_reply");
  const critical = new Set<string>();
  for (let one = reply ? byId.get(reply.span) : undefined; one && !critical.has(one.span.span); one = one.parent === null ? undefined : byId.get(one.parent)) critical.add(one.span.span);
  const isWhole = root !== undefined && critical.has(root.span);
  let orphans = 0;
  const groups = new Map<string, Span[]>();
  for (const { span, parent } of spans) {
    if (parent !== null && !byId.has(parent)) ++orphans;
    // Cousins are alike too: the writes of what many sessions were sent.
    const cause = parent === null ? undefined : byId.get(parent);
    const key = critical.has(span.span) ? span.span : [cause?.span.name, cause?.span.kind, cause?.span.node, span.node, span.kind, span.name].join(" ");
    groups.set(key, [...(groups.get(key) ?? []), span]);
  }
  const steps: Step[] = [];
  for (const group of groups.values())
    for (const part of group.length >= togetherFrom ? [group] : group.map((each) => [each])) {
      const first = part[0]!;
      steps.push({
        name: first.name,
        kind: first.kind,
        node: first.node,
        hops: part.map((to) => ({ from: byId.get(byId.get(to.span)?.parent ?? "")?.span, to })),
        at: Math.min(...part.map((each) => times(each).at)),
        waited: middle(part.map((each) => Math.max(0, each.waited_ns))),
        took: middle(part.map((each) => Math.max(0, each.took_ns))),
        isCritical: part.length === 1 && critical.has(first.span),
      });
    }
  const depth = new Map<string, number>();
  const depthOf = (id: string): number => {
    const known = depth.get(id);
    if (known !== undefined) return known;
    depth.set(id, 0); // of a circle in a damaged file
    const parent = byId.get(id)?.parent;
    const found = parent !== null && parent !== undefined && byId.has(parent) ? depthOf(parent) + 1 : 0;
    depth.set(id, found);
    return found;
  };
  // By clocks that differ a cause may be later than what it caused; nothing is played before its cause.
  const after = new Map<Step, number>();
  const stepOf = new Map(steps.flatMap((step) => step.hops.map(({ to }) => [to.span, step] as const)));
  for (const step of [...steps].sort((a, b) => depthOf(a.hops[0]!.to.span) - depthOf(b.hops[0]!.to.span)))
    after.set(step, Math.max(step.at, ...step.hops.map(({ from }) => (from ? (after.get(stepOf.get(from.span)!) ?? -Infinity) : -Infinity))));
  steps.sort((a, b) => after.get(a)! - after.get(b)! || depthOf(a.hops[0]!.to.span) - depthOf(b.hops[0]!.to.span));
  return {
    id,
    op: String(root?.details["op"] ?? "request"),
    began: Number(began / 1_000_000n),
    latency: isWhole && reply ? times(reply).ended : undefined,
    spans: spans.length,
    nodes: [...new Set(spans.map((each) => each.span.node))].sort((a, b) => a.localeCompare(b, "en", { numeric: true })),
    steps,
    orphans,
  };
}
