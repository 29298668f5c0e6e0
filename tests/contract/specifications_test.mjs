// The specifications by themselves: valid by their own tools, complete, and nothing in them that is not played.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { Parser } from "@asyncapi/parser";
import { createConfig, lint } from "@redocly/openapi-core";
import { parse } from "yaml";
import { readScenario, scenarioNames } from "./support/scenario.mjs";
import { problemsOf } from "./support/schemas.mjs";
import * as specification from "./support/specifications.mjs";

const { answerTo, calls, closeCodes, errorCodes, messages, operations, protocolFolder, statusesOf } = specification;
const names = specification.exampleNames();
const source = (file) => readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), "utf8");
const unprovoked = parse(readFileSync(new URL("unprovoked.yaml", import.meta.url), "utf8"));

/** What the scenarios name, by how they name it. */
const played = { asked: new Set(), seen: new Set(), called: new Set(), closed: new Set() };
const kindOfVerb = {
  asks: "asked", finds: "asked", posts: "asked", floods: "asked",
  sees: "seen", calls: "called", polls: "called", begins: "called",
  "is closed": "closed", provokes: "closed",
}; // prettier-ignore
for (const name of scenarioNames())
  for (const { verb, what = "" } of readScenario(name).steps)
    if (kindOfVerb[verb]) played[kindOfVerb[verb]].add(what.split(" ")[0]);

/** Answers that several calls share are played by one of them. */
const sharedRefusals = new Set(
  names.called.filter((what) => {
    const [id, name] = what.split("/");
    const others = names.called.filter((each) => each.endsWith(`/${name}`) && !each.startsWith(`${id}/`));
    return !played.called.has(what) && others.some((each) => played.called.has(each));
  }),
);

const isExcused = (kind, what) => unprovoked.some((each) => String(each[kind]) === String(what));

test("every scenario is played by a test", () => {
  const registered = source("tests/contract/CMakeLists.txt");
  assert.deepEqual(scenarioNames().filter((name) => !new RegExp(`play\\.mjs[^)]* ${name}\\b`).test(registered)), []);
});

test("asyncapi.yaml is valid AsyncAPI", async () => {
  const file = path.join(protocolFolder, "asyncapi.yaml");
  const { document, diagnostics } = await new Parser().parse(readFileSync(file, "utf8"), { source: file });
  // 3.1 exists; nothing of it is needed, and fewer tools read it.
  const problems = diagnostics.filter(({ code }) => code !== "asyncapi-latest-version");
  assert.deepEqual(problems.map(({ message, range }) => `${range.start.line + 1}: ${message}`), []);
  assert.ok(document);
});

test("openapi.yaml is valid OpenAPI", async () => {
  const rules = {
    "no-server-example.com": "off", // the address is the one that tools/run prints
    "operation-4xx-response": "off", // health is asked without anything that could be wrong
    "operation-2xx-response": "off", // a WebSocket begins with 101
    "no-invalid-media-type-examples": "off", // some are wrong on purpose; the others are checked below
  };
  const config = await createConfig({ extends: ["recommended"], rules });
  const problems = await lint({ ref: path.join(protocolFolder, "openapi.yaml"), config });
  assert.deepEqual(problems.map(({ message, location }) => `${location[0]?.pointer}: ${message}`), []);
});

test("examples are as their schemas say", () => {
  for (const [name, { payload, examples }] of messages)
    for (const [exampleName, example] of examples) {
      const problems = problemsOf(payload, example.payload, { isStrict: name !== "mistaken.request" });
      assert.deepEqual(problems, [], `${name}: ${exampleName}`);
    }
  for (const [id, call] of calls)
    for (const [status, response] of Object.entries(call.responses))
      for (const { schema, examples } of Object.values(response.content ?? {}))
        for (const [name, { value }] of Object.entries(examples ?? {}))
          assert.deepEqual(problemsOf(schema, value, { isStrict: true }), [], `${id} ${status}: ${name}`);
});

test("examples of calls that succeed are requests as their schemas say", () => {
  for (const [id, call] of calls) {
    const { schema, examples = {} } = call.requestBody?.content["application/json"] ?? {};
    for (const [name, { value }] of Object.entries(examples))
      if (statusesOf(call, name)[0] < 300)
        assert.deepEqual(problemsOf(schema, value, { isStrict: false }), [], `${id}: ${name}`);
  }
});

test("every request has one answer, and every answer its request", () => {
  for (const what of names.asked) {
    const [op, name] = what.split("/");
    const { reply, refusal } = answerTo(op, name);
    const isFlood = what === "send/big";
    assert.equal(Number(reply !== undefined) + Number(refusal !== undefined), isFlood ? 0 : 1, what);
    const { id } = messages.get(`${op}.request`).examples.get(name).payload;
    if (!isFlood) assert.equal((reply ?? refusal).payload.id, id, what);
  }
  const asked = new Set(names.asked);
  for (const name of messages.get("refusal").examples.keys()) assert.ok(asked.has(name), `nothing asks for ${name}`);
  for (const [name, { examples }] of messages)
    if (name.endsWith(".reply"))
      for (const each of examples.keys()) assert.ok(asked.has(`${name.split(".")[0]}/${each}`), `${name}: ${each}`);
  for (const [id, call] of calls)
    for (const name of Object.keys(call.requestBody?.content["application/json"].examples ?? {}))
      assert.equal(statusesOf(call, name).length, 1, `${id}/${name} has one answer`);
});

test("every example is played, and what is played is an example", () => {
  for (const kind of ["asked", "seen", "called", "closed"]) {
    const written = names[kind].filter((what) => !sharedRefusals.has(what) && !isExcused("example", what));
    assert.deepEqual(written.filter((what) => !played[kind].has(what)), [], `${kind} by no scenario`);
    assert.deepEqual([...played[kind]].filter((what) => !names[kind].includes(what)), [], `${kind}, but no example`);
  }
});

test("every op, event, error code and close code is in an example that is played", () => {
  const asked = [...played.asked];
  for (const { name, action } of operations)
    if (action === "receive") assert.ok(asked.some((what) => what.startsWith(`${name}/`)), `op ${name}`);
    else {
      const isPlayed = [...played.seen].some((what) => `${what.split("/")[0]}.event` === name);
      assert.ok(isPlayed !== isExcused("event", name.split(".")[0]), `event ${name}`);
    }
  const codes = new Set(asked.map((what) => answerTo(...what.split("/")).refusal?.payload.error.code));
  for (const { const: code } of errorCodes) assert.ok(codes.has(code) !== isExcused("error", code), `error ${code}`);
  const closings = new Set([...played.closed].map((what) => Number(what.split("/")[0])));
  for (const code of closeCodes.keys()) assert.ok(closings.has(code) !== isExcused("close", code), `close ${code}`);
});

test("every status that refuses is in an example that is played, and every call says which it gives", () => {
  const statuses = new Set([...played.called].flatMap((what) => statusesOf(calls.get(what.split("/")[0]), what.split("/")[1])));
  const told = new Set([...calls.values()].flatMap(({ responses }) => Object.keys(responses).map(Number)));
  const refusing = [...told].filter((status) => status >= 400).sort();
  assert.deepEqual(refusing, [400, 401, 403, 404, 405, 409, 413, 415, 426, 429, 500, 503]);
  for (const status of refusing) assert.ok(statuses.has(status) !== isExcused("status", status), `status ${status}`);
  for (const [id, { address, responses }] of calls) {
    assert.ok(Object.keys(responses).some((status) => status < 300), `${id} does not say how it succeeds`);
    if (!address.startsWith("/v1/")) continue;
    assert.ok(responses[405], `${id} does not say what becomes of other methods`);
    assert.ok(responses[500] || id === "openWebSocket", `${id} does not say what a defect looks like`);
  }
});

test("the node knows the same ops, errors and close codes", () => {
  const table = /constexpr op_reader ops\[\] = \{(.*?)\n\};/s.exec(source("transport/protocol/request_decoder.cpp"))[1];
  const ops = [...table.matchAll(/\{"(\w+)",/g)].map(([, name]) => name);
  const requests = operations.filter(({ action, name }) => action === "receive" && name !== "mistaken");
  assert.deepEqual(requests.map(({ name }) => name).sort(), ops.sort());
  const failures = source("actors/contract/values/failure.hpp");
  const errors = [...failures.matchAll(/case errc::\w+:\s+return "(\w+)";/g)].map(([, code]) => code);
  assert.deepEqual(errorCodes.map((each) => each.const), errors);
  // Those that sessions give, and those that the transport gives by itself: each has a counter.
  const counted = /> codes\{(.*?)\};/s.exec(source("actors/contract/values/node_counters.hpp"))[1];
  assert.deepEqual([...closeCodes.keys()], counted.split(",").map(Number));
  const closings = /enum class close_code[^{]*\{(.*?)\};/s.exec(source("actors/contract/values/ports/outbox.hpp"))[1];
  for (const [, code] of closings.matchAll(/= (\d{4}),/g)) assert.ok(closeCodes.has(Number(code)), `close ${code}`);
  const encoder = source("transport/protocol/json_encoder.cpp");
  const events = [...encoder.matchAll(/to\.raw\("\\"(\w+)\\",\\"d\\":/g)].map(([, name]) => name);
  const specified = operations.filter(({ action }) => action === "send").map(({ name }) => name.split(".")[0]);
  assert.deepEqual(specified.sort(), [...new Set(events)].sort());
});
