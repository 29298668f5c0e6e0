import assert from "node:assert/strict";
import test from "node:test";
import { outboxCharactersMax, outboxWritesMax } from "../outbox";
import { Desk, FakeKeep, me, message, messages, settled, view } from "./fakes";

const waiting = (desk: Desk): string[] => desk.session.outbox.of("9").map(({ d }) => d.text ?? "");

test("a text is kept until answered and its entry is shown", async () => {
  const desk = new Desk();
  await desk.start();
  const sending = desk.session.send("9", "hello");
  const ask = desk.socket.take("send");
  assert.deepEqual(ask.d, { conversation: "9", key: "k1", text: "hello" });
  await desk.socket.answer(ask, { seq: 4, at: "t", duplicate: false });
  assert.deepEqual(await sending, { seq: 4, at: "t", duplicate: false });
  assert.deepEqual([waiting(desk), desk.seqs().length], [["hello"], 3]);
  await desk.socket.event("entry", message(4, "hello", me.id, { key: "k1" }));
  assert.deepEqual([waiting(desk), desk.seqs().length], [[], 4]);
});

test("an entry that comes before its reply ends the waiting too", async () => {
  const desk = new Desk();
  await desk.start();
  const sending = desk.session.send("9", "hello");
  const ask = desk.socket.take("send");
  await desk.socket.event("entry", message(4, "hello", me.id, { key: "k1" }));
  assert.deepEqual(waiting(desk), []);
  assert.equal((await sending).seq, 4);
  await desk.socket.answer(ask, { seq: 4, at: "t", duplicate: false });
  assert.deepEqual(desk.shown().slice(3), ["hello"]);
});

test("what was not answered goes out again with the same key", async () => {
  const desk = new Desk();
  await desk.start();
  const sending = desk.session.send("9", "hello");
  const first = desk.socket.take("send");
  await desk.comeBack([view(3, [])]);
  const again = desk.socket.take("send");
  assert.deepEqual(again.d, first.d);
  await desk.socket.answer(again, { seq: 4, at: "t", duplicate: true });
  assert.equal((await sending).duplicate, true);
});

test("what sync shows as committed is not sent again", async () => {
  const desk = new Desk();
  await desk.start();
  const sending = desk.session.send("9", "hello");
  await desk.comeBack([view(4, [message(4, "hello", me.id, { key: "k1" })])]);
  assert.equal(desk.socket.has("send"), false);
  assert.equal((await sending).seq, 4);
});

test("a conversation's texts go one after the other, also when the first is refused for now", async () => {
  const desk = new Desk();
  await desk.start();
  void desk.session.send("9", "one");
  void desk.session.send("9", "two");
  const first = desk.socket.take("send");
  assert.equal(desk.socket.has("send"), false);
  await desk.socket.refuse(first, "rate_limited", { temporary: true, retry_after_ms: 900 });
  await desk.timers.advance(899);
  assert.equal(desk.socket.has("send"), false);
  await desk.timers.advance(1);
  const again = desk.socket.take("send");
  assert.deepEqual(again.d, first.d);
  await desk.socket.answer(again, { seq: 4, at: "t", duplicate: false });
  assert.equal(desk.socket.take("send").d["text"], "two");
});

test("conversations do not wait for each other", async () => {
  const desk = new Desk();
  await desk.start();
  void desk.session.send("9", "one");
  void desk.session.send("8", "two");
  await settled();
  assert.deepEqual(desk.socket.sent.map(({ d }) => d["text"]), ["one", "two"]);
});

test("what is refused for good stays to be seen, retried or discarded, and holds nobody up", async () => {
  const desk = new Desk();
  await desk.start();
  const refused = assert.rejects(desk.session.send("9", "bad"), { code: "forbidden" });
  void desk.session.send("9", "good");
  await desk.socket.refuse(desk.socket.take("send"), "forbidden");
  await refused;
  const [write] = desk.session.outbox.of("9");
  assert.deepEqual([write!.state, write!.refusal?.code], ["refused", "forbidden"]);
  await desk.socket.answer(desk.socket.take("send"), { seq: 4, at: "t", duplicate: false });
  desk.session.outbox.retry(write!);
  const again = desk.socket.take("send");
  assert.equal(again.d["key"], "k1");
  await desk.socket.refuse(again, "forbidden");
  desk.session.outbox.discard(write!);
  assert.deepEqual(waiting(desk), ["good"]);
});

test("written without a connection, it goes out with the next one", async () => {
  const desk = new Desk();
  await desk.start();
  await desk.socket.end();
  void desk.session.send("9", "later");
  await desk.reconnected();
  await desk.welcome([view(3, [])]);
  assert.equal(desk.socket.take("send").d["text"], "later");
});

test("after a reload it sends what the page before it had not heard of", async () => {
  const keep = new FakeKeep();
  const before = new Desk({ keep });
  await before.start();
  void before.session.send("9", "unanswered");
  const first = before.socket.take("send");
  const after = new Desk({ keep });
  assert.deepEqual(waiting(after), ["unanswered"]);
  await after.start();
  const again = after.socket.take("send");
  assert.deepEqual(again.d, first.d);
  await after.socket.answer(again, { seq: 4, at: "t", duplicate: true });
  await after.socket.event("entry", message(4, "unanswered", me.id, { key: "k1" }));
  assert.equal(keep.values.size, 0);
});

test("what was kept by somebody else, or is broken, is left alone", () => {
  const keep = new FakeKeep();
  for (const broken of ["", "{", "null", "[1]", '[{"line":"9"}]', '[{"line":"9","op":"send","d":{}}]']) {
    keep.setItem(`parley.outbox.${me.id}`, broken);
    assert.deepEqual(waiting(new Desk({ keep })), [], broken);
  }
});

test("it keeps a bounded number of texts and of characters", async () => {
  const desk = new Desk();
  for (let i = 0; i < outboxWritesMax; ++i) void desk.session.send("9", `${i}`);
  await assert.rejects(desk.session.send("9", "one more"), { code: "overloaded" });
  const other = new Desk();
  void other.session.send("9", "x".repeat(outboxCharactersMax));
  await assert.rejects(other.session.send("9", "y"), { code: "overloaded" });
});

test("a reply ahead of the pushes leaves them their order; what never comes is read", async () => {
  const desk = new Desk();
  await desk.start();
  void desk.session.send("9", "mine");
  await desk.socket.answer(desk.socket.take("send"), { seq: 5, at: "t", duplicate: false });
  assert.equal(desk.socket.has("history"), false);
  await desk.timers.advance(1_000);
  const entries = [...messages(4, 4), message(5, "mine", me.id, { key: "k1" })];
  await desk.socket.answer(desk.socket.take("history"), { entries, more: false });
  assert.deepEqual(desk.shown().slice(3), ["text 4", "mine"]);
  assert.deepEqual(waiting(desk), []);
});

test("a group is created once, however often it is asked for", async () => {
  const desk = new Desk();
  await desk.start();
  const making = desk.session.createGroup("Friends", ["2"]);
  const first = desk.socket.take("create_group");
  await desk.comeBack([view(3, [])]);
  const again = desk.socket.take("create_group");
  assert.deepEqual(again.d, first.d);
  await desk.socket.answer(again, { conversation: "10", duplicate: true });
  assert.equal(await making, "10");
});
