// transport/protocol/asyncapi.yaml and openapi.yaml as the tests and the reference see them.
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

export const protocolFolder = fileURLToPath(new URL("../../../transport/protocol/", import.meta.url));

const documents = new Map();

function read(file) {
  if (!documents.has(file)) documents.set(file, parse(readFileSync(path.join(protocolFolder, file), "utf8")));
  return documents.get(file);
}

function at(document, pointer) {
  return pointer
    .split("/")
    .slice(1)
    .reduce((node, part) => node?.[part.replaceAll("~1", "/").replaceAll("~0", "~")], document);
}

/** The node without any `$ref`; what stands beside one (a description, say) is kept. No schema here is recursive. */
function resolved(node, file) {
  if (Array.isArray(node)) return node.map((each) => resolved(each, file));
  if (node === null || typeof node !== "object") return node;
  const { $ref, ...rest } = node;
  const own = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, resolved(value, file)]));
  if ($ref === undefined) return own;
  const [otherFile, pointer] = $ref.split("#");
  const target = at(read(otherFile || file), pointer);
  if (target === undefined) throw new Error(`${file}: nothing is at ${$ref}`);
  const name = pointer.split("/").pop();
  return { "x-name": name, ...resolved(target, otherFile || file), ...own };
}

const channel = () => read("asyncapi.yaml").channels.parley;

/** Messages of the WebSocket by name (`send.request`, `send.reply`, `entry.event`, `refusal`). */
function readMessages() {
  const found = new Map();
  for (const name of Object.keys(channel().messages)) {
    const message = resolved(channel().messages[name], "asyncapi.yaml");
    const examples = new Map((message.examples ?? []).map((each) => [each.name, each]));
    found.set(name, { ...message, examples });
  }
  return found;
}

/** Calls of HTTP by operationId, with parameters of the path and of the call together. */
function readCalls() {
  const found = new Map();
  for (const [address, item] of Object.entries(read("openapi.yaml").paths))
    for (const method of ["get", "post", "delete", "put", "patch"]) {
      if (!item[method]) continue;
      const call = resolved(item[method], "openapi.yaml");
      const shared = resolved(item.parameters ?? [], "openapi.yaml");
      const parameters = [...shared, ...(call.parameters ?? [])];
      found.set(call.operationId, { ...call, method: method.toUpperCase(), address, parameters });
    }
  return found;
}

export const asyncapi = read("asyncapi.yaml");
export const openapi = read("openapi.yaml");
export const messages = readMessages();
export const calls = readCalls();
export const closeCodes = new Map(channel()["x-close-codes"].map((each) => [each.code, each]));
export const errorCodes = asyncapi.components.schemas.ErrorCode.oneOf;
export const schemaNamed = (name) => resolved(asyncapi.components.schemas[name], "asyncapi.yaml");
export const operations = Object.entries(asyncapi.operations).map(([name, each]) => ({
  name,
  action: each.action,
  tag: each.tags[0].name,
}));

/** What a node answers to the request of this name: the reply's example, or the refusal's. */
export function answerTo(op, name) {
  const reply = messages.get(`${op}.reply`)?.examples.get(name);
  const refusal = messages.get("refusal").examples.get(`${op}/${name}`);
  return { reply, refusal, payload: (reply ?? refusal)?.payload };
}

/** The statuses of a call whose answer has an example of this name. */
export function statusesOf(call, name) {
  return Object.entries(call.responses)
    .filter(([, response]) => {
      const contents = Object.values(response.content ?? {});
      return response["x-examples"]?.includes(name) || contents.some((each) => each.examples?.[name]);
    })
    .map(([status]) => Number(status));
}

/** Every example that is data of the tests, as the scenarios name it. */
export function exampleNames() {
  const names = { asked: [], seen: [], called: new Set(), closed: [] };
  for (const [name, message] of messages) {
    const [what, role] = name.split(".");
    for (const example of message.examples.keys()) {
      if (role === "request") names.asked.push(`${what}/${example}`);
      if (role === "event") names.seen.push(`${what}/${example}`);
    }
  }
  for (const [id, call] of calls)
    for (const response of Object.values(call.responses)) {
      for (const each of response["x-examples"] ?? []) names.called.add(`${id}/${each}`);
      for (const content of Object.values(response.content ?? {}))
        for (const each of Object.keys(content.examples ?? {})) names.called.add(`${id}/${each}`);
    }
  for (const [code, each] of closeCodes) for (const { name } of each.examples) names.closed.push(`${code}/${name}`);
  return { ...names, called: [...names.called] };
}
