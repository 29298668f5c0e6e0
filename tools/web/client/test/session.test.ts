import assert from "node:assert/strict";
import test from "node:test";
import { bob, Desk, me, message, messages, settled, view } from "./fakes";

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

test("it identifies first, with the token in a frame and never in the address", async () => {
  const desk = new Desk({ device: "tab" });
  desk.session.start();
  await desk.socket.open();
  assert.deepEqual(desk.socket.sent.map(({ op, d }) => [op, d]), [["identify", { token: "secret", device: "tab" }]]);
});

test("it shows what sync brings, and each pushed entry once", async () => {
  const desk = new Desk();
  await desk.start();
  await desk.socket.event("entry", message(4));
  await desk.socket.event("entry", message(4));
  await desk.socket.event("entry", message(2, "other"));
  assert.deepEqual(desk.shown(), ["text 1", "text 2", "text 3", "text 4"]);
  assert.equal(desk.news.filter(({ about }) => about === "entry").length, 1);
});

test("it reads all pages of sync before it says that it is online", async () => {
  const desk = new Desk();
  desk.session.start();
  const { socket } = desk;
  await socket.open();
  await socket.answer(socket.take("identify"));
  await socket.answer(socket.take("sync"), { epoch: "e1", conversations: [view(3, messages(1, 3))], cursor: "c1" });
  assert.equal(desk.session.state.is, "connecting");
  const next = socket.take("sync");
  assert.deepEqual(next.d, { cursor: "c1" });
  await socket.answer(next, { epoch: "e1", conversations: [view(1, [message(1, "x", bob.id, { conversation: "8" })], { id: "8" })] });
  assert.equal(desk.session.state.is, "online");
  assert.deepEqual([...desk.session.conversations.keys()], ["9", "8"]);
});

test("it tells sync what it has, and of which epoch", async () => {
  const desk = new Desk();
  await desk.start();
  const sync = await desk.comeBack([view(5, messages(4, 5))]);
  assert.deepEqual(sync.d["have"], { "9": 3 });
  assert.equal(sync.d["epoch"], "e1");
  assert.deepEqual(desk.seqs(), range(1, 5));
});

test("a gap in sync is read from history, page by page, and nothing is missing or doubled", async () => {
  const desk = new Desk();
  await desk.start();
  await desk.comeBack([view(250, messages(221, 250), { gap: true })]);
  const { socket } = desk;
  for (const after of [3, 103, 203]) {
    const ask = socket.take("history");
    assert.deepEqual(ask.d, { conversation: "9", after });
    if (after === 103) await socket.event("entry", message(251)); // pushes go on meanwhile
    await socket.answer(ask, { entries: messages(after + 1, Math.min(after + 100, 251)), more: after < 203 });
  }
  assert.deepEqual(desk.seqs(), range(1, 251));
  assert.equal(socket.has("history"), false);
});

test("very far behind, it begins again at the newest and keeps the rest for scrolling", async () => {
  const desk = new Desk();
  await desk.start();
  await desk.comeBack([view(5_000, messages(4_971, 5_000), { gap: true })]);
  const ask = desk.socket.take("history");
  assert.deepEqual(ask.d, { conversation: "9" });
  await desk.socket.answer(ask, { entries: messages(4_901, 5_000), more: true });
  assert.deepEqual(desk.seqs(), range(4_901, 5_000));
});

test("a hole in what is pushed is read from history after a moment", async () => {
  const desk = new Desk();
  await desk.start();
  await desk.socket.event("entry", message(6));
  assert.deepEqual(desk.seqs(), range(1, 3));
  await desk.timers.advance(1_000);
  await desk.socket.answer(desk.socket.take("history"), { entries: messages(4, 6), more: false });
  assert.deepEqual(desk.seqs(), range(1, 6));
});

test("after reset it forgets what it had", async () => {
  const desk = new Desk();
  await desk.start();
  await desk.comeBack([view(2, [message(1, "other 1"), message(2, "other 2")], { reset: true })], "e2");
  assert.deepEqual(desk.shown(), ["other 1", "other 2"]);
  const again = await desk.comeBack([view(2, [])], "e2");
  assert.equal(again.d["epoch"], "e2");
});

test("a conversation that sync does not name any more is over", async () => {
  const desk = new Desk();
  await desk.start();
  await desk.comeBack([]);
  assert.equal(desk.session.conversations.get("9")?.isLeft, true);
});

test("older entries are put before what is held, as they are now", async () => {
  const desk = new Desk();
  await desk.start([view(42, [...messages(31, 40), message(41, "new text", bob.id, { kind: "edit", target: 35 }), message(42, "newer", bob.id, { kind: "edit", target: 30 })])]);
  const reading = desk.session.readOlder("9", 10);
  const ask = desk.socket.take("history");
  assert.deepEqual(ask.d, { conversation: "9", before: 31, limit: 10 });
  await desk.socket.answer(ask, { entries: messages(21, 30), more: true });
  assert.equal(await reading, true);
  assert.deepEqual(desk.seqs(), range(21, 42));
  const shown = desk.session.conversations.get("9")!.log.entries;
  assert.deepEqual([shown[14]!.text, shown[14]!.edited], ["new text", true]);
  assert.deepEqual([shown[9]!.text, shown[9]!.edited], ["newer", true], "the page was read before the edit was pushed");
});

test("edits and deletions show at their message", async () => {
  const desk = new Desk();
  await desk.start();
  await desk.socket.event("entry", message(4, "better", bob.id, { kind: "edit", target: 2 }));
  await desk.socket.event("entry", { ...message(5), kind: "delete", target: 3, text: undefined });
  const [, second, third] = desk.session.conversations.get("9")!.log.entries;
  assert.deepEqual([second!.text, second!.edited], ["better", true]);
  assert.deepEqual([third!.text, third!.deleted], [undefined, true]);
});

test("unread counts what others wrote above what was read", async () => {
  const desk = new Desk();
  await desk.start([view(3, messages(1, 3), { read: 2, unread: 1 })]);
  const nine = desk.session.conversations.get("9")!;
  await desk.socket.event("entry", message(4));
  assert.equal(nine.unread, 2);
  desk.session.markRead("9");
  assert.deepEqual([nine.unread, desk.socket.take("read").d], [0, { conversation: "9", seq: 4 }]);
  await desk.socket.event("entry", message(5));
  await desk.socket.event("entry", message(6, "mine", me.id));
  assert.deepEqual([nine.unread, nine.read], [0, 6]);
  await desk.socket.event("entry", message(7));
  await desk.socket.event("receipts", { conversation: "9", read: { [me.id]: 7, [bob.id]: 6 } });
  assert.deepEqual([nine.unread, nine.members.get(bob.id)?.read], [0, 6]);
});

test("what a node does not know yet is asked once a connection", async () => {
  const desk = new Desk();
  await desk.start();
  const first = desk.session.watchPresence(["2"]);
  await desk.socket.refuse(desk.socket.take("watch_presence"), "unsupported");
  assert.equal(await first, undefined);
  assert.equal(await desk.session.watchPresence(["2"]), undefined);
  assert.equal(desk.socket.has("watch_presence"), false);
  await desk.comeBack([view(3, [])]);
  void desk.session.watchPresence(["2"]);
  await settled();
  assert.equal(desk.socket.has("watch_presence"), true);
});

test("who joins by an unknown name is looked up among the members", async () => {
  const desk = new Desk();
  await desk.start([view(3, messages(1, 3), { kind: "group", name: "all" })]);
  await desk.socket.event("entry", { conversation: "9", seq: 4, kind: "join", sender: bob.id, user: "3", at: "" });
  await desk.socket.answer(desk.socket.take("members"), { members: [{ user: "3", name: "carol", role: "member", read: 0 }] });
  const nine = desk.session.conversations.get("9")!;
  assert.deepEqual([nine.members.get("3")?.name, nine.memberCount], ["carol", 3]);
  await desk.socket.event("entry", { conversation: "9", seq: 5, kind: "leave", sender: "3", user: "3", at: "" });
  assert.deepEqual([nine.members.has("3"), nine.memberCount], [false, 2]);
});
