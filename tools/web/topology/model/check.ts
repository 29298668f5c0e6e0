import type { Snapshot } from "./snapshot";

/** A snapshot that is not one: the message says which member is wrong. */
export class BadSnapshot extends Error {}

type Rule = "string" | "number" | "boolean" | "object" | "string?" | "number?" | "object?";

// What the page reads. "?": may be null.
const rules: Record<string, Record<string, Rule>> = {
  nodes: { name: "string", incarnation: "string", level: "string", actors: "number", cut_at: "string?", edges_since: "string?", missing: "string?" },
  kinds: { node: "string", kind: "string", alive: "number", enqueued: "number", handled: "number" },
  actors: {
    id: "string", node: "string", kind: "string", entity: "string?", shard: "number?", parent: "string?",
    mailbox: "number", mailbox_highest: "number", enqueued: "number", handled: "number",
    types: "object", waited_us: "object?", handling_us: "object?",
  },
  edges: { from: "string", to: "string", type: "string", count: "number", error: "number" },
  flows: { from: "string", to: "string", count: "number", error: "number" },
};

const top: Record<string, Rule> = { taken_at: "string", answered_by: "string", skew_ms: "number", names: "boolean" };

function isOf(value: unknown, rule: Rule): boolean {
  if (value === null) return rule.endsWith("?");
  return typeof value === rule.replace("?", "");
}

function checkMembers(of: Record<string, unknown>, rule: Record<string, Rule>, where: string): void {
  for (const [name, kind] of Object.entries(rule))
    if (!isOf(of[name], kind)) {
      const found = of[name] === undefined ? "missing" : JSON.stringify(of[name])?.slice(0, 40);
      throw new BadSnapshot(`${where}${name} should be ${kind.replace("?", " or null").replace("object", "an object").replace(/^(string|number|boolean)/, "a $1")}, and is ${found}`);
    }
}

/** The value as a snapshot; throws `BadSnapshot` that names the first member that does not fit the schema. */
export function checkSnapshot(value: unknown): Snapshot {
  if (typeof value !== "object" || value === null) throw new BadSnapshot("this is no JSON object");
  const read = value as Record<string, unknown>;
  if (read["schema"] !== "parley.topology/1")
    throw new BadSnapshot(`schema is ${JSON.stringify(read["schema"]) ?? "missing"}, and this page reads "parley.topology/1"`);
  checkMembers(read, top, "");
  if (Number.isNaN(Date.parse(read["taken_at"] as string))) throw new BadSnapshot("taken_at is no time");
  for (const [name, rule] of Object.entries(rules)) {
    const list = read[name];
    if (!Array.isArray(list)) throw new BadSnapshot(`${name} should be a list`);
    list.forEach((each: unknown, at) => {
      if (typeof each !== "object" || each === null) throw new BadSnapshot(`${name}[${at}] should be an object`);
      checkMembers(each as Record<string, unknown>, rule, `${name}[${at}].`);
    });
  }
  return value as Snapshot;
}
