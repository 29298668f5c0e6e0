// Calls of openapi.yaml, made as their examples say, and their answers checked against it.
import assert from "node:assert/strict";
import { calls, statusesOf } from "./specifications.mjs";
import { problemsOf } from "./schemas.mjs";

const withinMs = 75_000;

/** The example's value of a parameter, or undefined if this call leaves it out. */
function valueOf(parameter, name) {
  return parameter.examples?.[name]?.value ?? (parameter.required ? parameter.example : undefined);
}

/** Address, headers and body of the example `name`, as far as it has them. */
function requestOf(call, name, { bindings, token }) {
  let address = call.address;
  const query = new URLSearchParams();
  const headers = {};
  for (const parameter of call.parameters) {
    const written = valueOf(parameter, name);
    if (written === undefined) continue;
    const value = bindings.toReality(parameter.schema, written);
    if (parameter.in === "path") address = address.replace(`{${parameter.name}}`, encodeURIComponent(value));
    else if (parameter.in === "header") headers[parameter.name] = value;
    else query.set(parameter.name, value);
  }
  if (token) headers.Authorization = `Bearer ${token}`;
  const content = call.requestBody?.content["application/json"];
  const example = content?.examples?.[name];
  if (example) headers["Content-Type"] = example["x-content-type"] ?? "application/json";
  const json = example && JSON.stringify(bindings.toReality(content.schema, example.value));
  const body = json?.padEnd(example["x-padded-to"] ?? 0);
  return { address: String(query) ? `${address}?${query}` : address, headers, body };
}

/** Makes the call of the example and checks its answer. Returns the answer's body. */
export async function callExample(url, id, name, person) {
  const call = calls.get(id);
  const { address, headers, body } = requestOf(call, name, person);
  const signal = AbortSignal.timeout(withinMs);
  const [status] = statusesOf(call, name);
  const method = call.responses[status]?.content?.["application/json"]?.examples?.[name]?.["x-method"] ?? call.method;
  const answer = await fetch(url + address, { method, headers, body, signal });
  const text = await answer.text();
  const told = `${id}/${name} was answered ${answer.status} ${text.slice(0, 500)}`;
  assert.equal(answer.status, status, told);
  const response = call.responses[status];
  for (const [header, { required, schema }] of Object.entries(response.headers ?? {})) {
    const value = answer.headers.get(header);
    if (required) assert.notEqual(value, null, `${told}, without ${header}`);
    const typed = schema.type === "integer" && value !== null ? Number(value) : value;
    if (value !== null) assert.deepEqual(problemsOf(schema, typed, { isStrict: true }), [], `${told}: ${header}`);
  }
  if (!response.content) {
    assert.equal(text, "", told);
    return undefined;
  }
  const type = answer.headers.get("content-type")?.split(";")[0];
  const content = response.content[type];
  assert.ok(content, `${told}, as ${type}`);
  const value = type === "application/json" ? JSON.parse(text) : text;
  assert.deepEqual(problemsOf(content.schema, value, { isStrict: true }), [], told);
  const why = person.bindings.whyDifferent(content.schema, content.examples[name].value, value);
  assert.ok(why === undefined, `${told}; the example says otherwise at ${why}`);
  return value;
}
