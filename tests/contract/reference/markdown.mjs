// Schemas and examples in Markdown.
import { schemaNamed } from "../support/specifications.mjs";

/** Schemas that have a heading of their own, and where it is. */
const headings = {
  Entry: ["entry", "#entries"],
  MessageEntry: ["`message` entry", "#entries"],
  Conversation: ["conversation", "#conversation"],
  SyncedConversation: ["conversation with its newest entries", "#conversation"],
  Member: ["member", "#member"],
  User: ["user", "#user"],
  PresenceState: ["presence", "#presence"],
  Limits: ["limits", "#limits"],
  ErrorCode: ["code", "#errors"],
  NumberedEvent: ["event with its number `n`", "#events"],
};
/** Values that are told of once, in a table of their own. */
export const values = {
  UserId: "user id",
  ConversationId: "conversation id",
  Seq: "seq",
  Head: "seq or 0",
  Time: "time",
  Key: "key",
  Text: "text",
  Name: "name",
  Token: "token",
  Epoch: "epoch",
  Cursor: "cursor",
};

const number = (value) => (value >= 2 ** 53 - 1 ? "2^53 - 1" : value.toLocaleString("en"));

function range(least, most, unit = "") {
  if (least === undefined && most === undefined) return "";
  if (most === undefined) return `, from ${number(least)}`;
  return least === undefined ? `, at most ${number(most)}${unit}` : `, ${number(least)} to ${number(most)}${unit}`;
}

function textType(schema) {
  if (schema.enum) return schema.enum.map((each) => `\`${each}\``).join(" ");
  if (schema.maxLength === undefined) return schema.minLength > 1 ? `text, at least ${schema.minLength} characters` : "text";
  return `text${range(schema.minLength, schema.maxLength, " characters")}`;
}

/** What a value of the schema is, in a few words. */
export function typeOf(schema) {
  const heading = headings[schema["x-name"]];
  if (heading) return `[${heading[0]}](${heading[1]})`;
  if (values[schema["x-name"]]) return `[${values[schema["x-name"]]}](#values)`;
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.type === "string") return textType(schema);
  if (schema.type === "integer") return `number${range(schema.minimum, schema.maximum)}`;
  if (schema.type === "boolean") return "`true` or `false`";
  if (schema.type === "array") return `list of ${typeOf(schema.items)}${range(undefined, schema.maxItems)}`;
  if (schema.additionalProperties) return `object: ${typeOf(schema.propertyNames)} → ${typeOf(schema.additionalProperties)}`;
  return schema.type ?? "anything";
}

/** Properties and what is required, of everything that the schema is made of. */
export function membersOf(schema) {
  const found = { properties: {}, required: new Set(schema.required) };
  for (const part of schema.allOf ?? []) {
    const { properties, required } = membersOf(part);
    Object.assign(found.properties, properties);
    for (const name of required) found.required.add(name);
  }
  Object.assign(found.properties, schema.properties);
  return found;
}

const oneLine = (text = "") => text.trim().replaceAll(/\s*\n\s*/g, " ").replaceAll("|", "\\|");

function describe(schema) {
  if (values[schema["x-name"]] && schema.description === schemaNamed(schema["x-name"]).description) return "";
  const byDefault = schema.default === undefined ? "" : `Default ${schema.default}. `;
  return `${byDefault}${oneLine(schema.description)}`.trim();
}

/** A table of members; those that may be missing carry a question mark. */
export function membersTable(schema, leaveOut = []) {
  const { properties, required } = membersOf(schema);
  const rows = Object.entries(properties)
    .filter(([name]) => !leaveOut.includes(name))
    .map(([name, each]) => `| \`${name}\`${required.has(name) ? "" : "?"} | ${typeOf(each)} | ${describe(each)} |`);
  return rows.length === 0 ? "" : ["| member | is | |", "|---|---|---|", ...rows].join("\n");
}

const widthMax = 140;

/** JSON with as little space as can still be read: what fits on a line stays there. */
export function json(value, indent = "") {
  const flat = JSON.stringify(value);
  if (value === null || typeof value !== "object" || indent.length + flat.length <= widthMax) return flat;
  const inner = `${indent}  `;
  const lines = Array.isArray(value)
    ? value.map((each) => inner + json(each, inner))
    : Object.entries(value).map(([name, each]) => `${inner}${JSON.stringify(name)}: ${json(each, inner)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return `${open}\n${lines.join(",\n")}\n${indent}${close}`;
}

/** Frames after an arrow, each maybe below its summary. */
export function frames(list) {
  const lines = list.map(([arrow, value]) => `${arrow} ${json(value, "  ")}`);
  return `\`\`\`\n${lines.join("\n")}\n\`\`\``;
}

export const paragraphs = (...parts) => parts.filter((each) => each?.trim()).map((each) => each.trim()).join("\n\n");
