// Spans as GET /v1/operator/traces answers them and `parley trace --format json` saves them: the words of
// tools/topology/TRACE.md.

export interface Span {
  trace: string;
  span: string;
  parent: string | null;
  node: string;
  actor: string | null;
  kind: string;
  entity: string | null;
  name: string;
  /** Nanoseconds since 1970, as text. */
  at_ns: string;
  waited_ns: number;
  took_ns: number;
  details: Record<string, number | string>;
}

export interface Traces {
  taken_at: string;
  lost: number;
  missing: { node: string; why: string }[];
  spans: Span[];
  /** Of an answer: what to ask with next. */
  cursor?: string;
  /** Of a file that `parley trace send` wrote. */
  sends?: { trace: string | null; latency_ns: number }[];
}

/** Traces that are none: the message says which member is wrong. */
export class BadTraces extends Error {}

const id = /^[0-9a-f]{16}$/;
const texts = ["node", "kind", "name"] as const;
const durations = ["waited_ns", "took_ns"] as const;

function checkSpan(value: unknown, where: string): void {
  if (typeof value !== "object" || value === null) throw new BadTraces(`${where} should be an object`);
  const span = value as Record<string, unknown>;
  for (const name of ["trace", "span"]) if (typeof span[name] !== "string" || !id.test(span[name])) throw new BadTraces(`${where}.${name} should be 16 hexadecimal digits`);
  if (span["parent"] !== null && (typeof span["parent"] !== "string" || !id.test(span["parent"]))) throw new BadTraces(`${where}.parent should be 16 hexadecimal digits or null`);
  for (const name of texts) if (typeof span[name] !== "string") throw new BadTraces(`${where}.${name} should be a string`);
  for (const name of ["actor", "entity"]) if (span[name] !== null && typeof span[name] !== "string") throw new BadTraces(`${where}.${name} should be a string or null`);
  if (typeof span["at_ns"] !== "string" || !/^\d{1,19}$/.test(span["at_ns"])) throw new BadTraces(`${where}.at_ns should be nanoseconds as a string of digits`);
  for (const name of durations) if (!Number.isSafeInteger(span[name])) throw new BadTraces(`${where}.${name} should be a whole number`);
  if (typeof span["details"] !== "object" || span["details"] === null) throw new BadTraces(`${where}.details should be an object`);
}

/** The value as traces; throws `BadTraces` that names the first member that is wrong. */
export function checkTraces(value: unknown): Traces {
  if (typeof value !== "object" || value === null) throw new BadTraces("this is no JSON object");
  const read = value as Record<string, unknown>;
  if (read["schema"] !== undefined && read["schema"] !== "parley.traces/1")
    throw new BadTraces(`schema is ${JSON.stringify(read["schema"])}, and this page reads "parley.traces/1"`);
  if (typeof read["taken_at"] !== "string" || Number.isNaN(Date.parse(read["taken_at"]))) throw new BadTraces("taken_at should be a time");
  if (!Number.isSafeInteger(read["lost"])) throw new BadTraces("lost should be a whole number");
  if (!Array.isArray(read["missing"])) throw new BadTraces("missing should be a list");
  for (const each of read["missing"] as unknown[])
    if (typeof each !== "object" || each === null || typeof (each as Traces["missing"][0]).node !== "string" || typeof (each as Traces["missing"][0]).why !== "string")
      throw new BadTraces("missing should be a list of nodes, each with why");
  if (!Array.isArray(read["spans"])) throw new BadTraces("spans should be a list");
  (read["spans"] as unknown[]).forEach((each, at) => checkSpan(each, `spans[${at}]`));
  return value as Traces;
}

/** Whether a file that begins like this holds traces, and not snapshots. */
export const looksLikeTraces = (head: string): boolean => /"schema"\s*:\s*"parley\.traces\//.test(head) || (/"spans"\s*:/.test(head) && !/"what"\s*:|"parley\.topology\//.test(head));
