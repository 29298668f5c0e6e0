// The checks are themselves shown what they must catch.
import assert from "node:assert/strict";
import test from "node:test";
import { Bindings } from "./support/bindings.mjs";
import { problemsOf } from "./support/schemas.mjs";
import { messages } from "./support/specifications.mjs";

const entry = messages.get("entry.event");
const hello = entry.examples.get("hello").payload;
const changed = (change) => ({ ev: "entry", d: { ...structuredClone(hello.d), ...change } });
const strictly = (schema, value) => problemsOf(schema, value, { isStrict: true });

test("a member that is not described is found, at every depth", () => {
  assert.deepEqual(strictly(entry.payload, hello), []);
  assert.notDeepEqual(strictly(entry.payload, changed({ mood: "good" })), []);
  assert.notDeepEqual(strictly(entry.payload, { ...hello, n: 1 }), []);
  const { payload, examples } = messages.get("sync.reply");
  const synced = structuredClone(examples.get("above-have").payload);
  assert.deepEqual(strictly(payload, synced), []);
  synced.d.conversations[0].members[0].email = "alice@example.org";
  assert.notDeepEqual(strictly(payload, synced), []);
});

test("a member that is missing, or belongs to another kind of entry, is found", () => {
  const { at, ...rest } = hello.d;
  assert.notDeepEqual(strictly(entry.payload, { ev: "entry", d: rest }), []);
  assert.notDeepEqual(strictly(entry.payload, changed({ user: "1041" })), []);
  assert.notDeepEqual(strictly(entry.payload, changed({ deleted: true })), []);
});

test("ids and times are learnt once and must stay what they are", () => {
  const bindings = new Bindings();
  const real = { conversation: "7", sender: "11", at: "2030-01-01T00:00:00.000Z" };
  const why = (change) => bindings.whyDifferent(entry.payload, hello, changed({ ...real, ...change }));
  assert.equal(why({}), undefined);
  assert.match(why({ conversation: "8" }), /conversation/);
  assert.match(why({ at: "2030-01-01T00:00:00.001Z" }), /at/);
  const { payload } = messages.get("send.request");
  const sent = bindings.toReality(payload, messages.get("send.request").examples.get("hello").payload);
  assert.deepEqual(sent.d, { conversation: "7", key: "a-1", text: "hello" });
});

test("two ids of the examples are never one in reality", () => {
  const bindings = new Bindings();
  const { payload, examples } = messages.get("create_group.request");
  const example = examples.get("friends").payload;
  const real = structuredClone(example);
  real.d.members = ["11", "11"];
  assert.match(bindings.whyDifferent(payload, example, real), /members/);
});

test("what differs from the example is found, and nothing is learnt of it", () => {
  const bindings = new Bindings();
  const other = changed({ conversation: "7", sender: "11", text: "hello!" });
  assert.match(bindings.whyDifferent(entry.payload, hello, other), /text/);
  assert.equal(bindings.whyDifferent(entry.payload, hello, changed({ conversation: "8" })), undefined);
  assert.match(bindings.whyDifferent(entry.payload, hello, changed({ conversation: "8", more: 1 })), /more/);
});

test("a list whose order means nothing is compared as such, with what is known", () => {
  const bindings = new Bindings();
  const create = entry.examples.get("direct-create").payload;
  const real = (members) => ({ ev: "entry", d: { ...create.d, sender: "11", members } });
  assert.equal(bindings.whyDifferent(entry.payload, create, real(["12", "11"])), undefined);
  assert.equal(bindings.whyDifferent(entry.payload, create, real(["11", "12"])), undefined);
  assert.match(bindings.whyDifferent(entry.payload, create, real(["11", "13"])), /members/);
});
