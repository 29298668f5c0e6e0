import assert from "node:assert/strict";
import test from "node:test";
import { ending } from "../protocol";
import { reconnectDelay } from "../timing";
import { Desk, settled, view } from "./fakes";

test("delays are random, quick at first, and double from five seconds to a minute", () => {
  const bounds = [0, 1, 2, 3, 4, 5, 6, 50].map((failures) => reconnectDelay(failures, () => 1));
  assert.deepEqual(bounds, [1_000, 5_000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000]);
  assert.equal(reconnectDelay(5, () => 0), 0);
  assert.equal(reconnectDelay(2, () => 0.25), 2_500);
});

test("only some close codes mean to stay away", () => {
  const kinds = [1000, 1001, 1006, 1012, 4000, 4001, 4101].map(ending);
  assert.deepEqual(kinds, kinds.map(() => undefined));
  assert.deepEqual([4100, 4408, 4429, 4400, 4409].map(ending), ["signed_out", "refused", "refused", "refused", "replaced"]);
});

test("it comes back by itself, later after each failure", async () => {
  const desk = new Desk();
  desk.dice = 1;
  await desk.start();
  for (const [nth, wait] of [1_000, 5_000, 10_000].entries()) {
    await desk.socket.end();
    assert.deepEqual(desk.session.state, { is: "waiting", until: desk.timers.now() + wait });
    await desk.timers.advance(wait - 1);
    assert.equal(desk.sockets.length, nth + 1);
    await desk.timers.advance(1);
    assert.equal(desk.sockets.length, nth + 2);
  }
  await desk.welcome([view(3, [])]);
  await desk.timers.advance(11_000); // a connection that lasted makes it quick again
  await desk.socket.end();
  await desk.timers.advance(1_000);
  assert.equal(desk.sockets.length, 5);
});

for (const [code, why] of [[4100, "signed_out"], [4409, "replaced"], [4408, "refused"]] as const)
  test(`closed with ${code} it stays away until told otherwise`, async () => {
    const desk = new Desk();
    await desk.start();
    await desk.socket.end(code, "reason");
    assert.deepEqual(desk.session.state, { is: "ended", why, reason: "reason" });
    await desk.timers.advance(600_000);
    assert.equal(desk.sockets.length, 1);
    desk.session.resume();
    assert.equal(desk.sockets.length, 2);
  });

test("a token that is not known any more means to sign in again", async () => {
  const desk = new Desk();
  desk.session.start();
  await desk.socket.open();
  await desk.socket.refuse(desk.socket.take("identify"), "unauthenticated");
  await desk.socket.end(4100);
  await desk.timers.advance(600_000);
  assert.equal(desk.session.state.is === "ended" && desk.session.state.why, "signed_out");
  assert.equal(desk.sockets.length, 1);
});

test("a node that is too busy is left alone for as long as it says", async () => {
  const desk = new Desk();
  desk.session.start();
  await desk.socket.open();
  await desk.socket.refuse(desk.socket.take("identify"), "overloaded", { temporary: true, retry_after_ms: 7_000 });
  await desk.socket.end(4000);
  await desk.timers.advance(6_999);
  assert.equal(desk.sockets.length, 1);
  await desk.timers.advance(1);
  assert.equal(desk.sockets.length, 2);
});

test("a draining node is left within the time that it gives", async () => {
  const desk = new Desk();
  await desk.start();
  await desk.socket.event("reconnect", { retry_after_ms: 10_000 });
  await desk.timers.advance(4_999);
  assert.equal(desk.socket.isClosed, false);
  await desk.timers.advance(1);
  assert.equal(desk.socket.isClosed, true);
  await desk.timers.advance(1_000);
  assert.equal(desk.sockets.length, 2);
});

test("a draining node that closes first is come back to at the moment it gave", async () => {
  const desk = new Desk();
  await desk.start();
  await desk.socket.event("reconnect", { retry_after_ms: 10_000 });
  await desk.socket.end(1012);
  await desk.timers.advance(4_999);
  assert.equal(desk.sockets.length, 1);
  await desk.timers.advance(1);
  assert.equal(desk.sockets.length, 2);
});

test("silence is asked about, and without an answer the connection is given up", async () => {
  const desk = new Desk();
  await desk.start();
  await desk.timers.advance(36_000);
  await desk.socket.answer(desk.socket.take("ping"), { now: "" });
  await desk.timers.advance(30_000);
  assert.equal(desk.session.state.is, "online");
  await desk.timers.advance(6_000);
  assert.equal(desk.socket.has("ping"), true);
  await desk.timers.advance(12_000);
  assert.notEqual(desk.session.state.is, "online");
});

test("a connection that never opens is given up", async () => {
  const desk = new Desk();
  desk.session.start();
  await desk.timers.advance(15_000);
  assert.equal(desk.sockets[0]!.isClosed, true);
  await desk.timers.advance(1_000);
  assert.equal(desk.sockets.length, 2);
});

test("a nudge while waiting tries at once; what a given-up socket still says is not heard", async () => {
  const desk = new Desk();
  await desk.start();
  const old = desk.socket;
  await old.end();
  desk.session.nudge();
  assert.equal(desk.sockets.length, 2);
  await old.event("entry", { conversation: "9", seq: 4, kind: "message", sender: "2", at: "", text: "late" });
  await old.end(4100);
  assert.equal(desk.session.state.is, "connecting");
  assert.equal(desk.seqs().length, 3);
});

test("requests in flight end as unavailable, and none are taken while there is no connection", async () => {
  const desk = new Desk();
  await desk.start();
  const asked = desk.session.findUsers("bo");
  await desk.socket.end();
  await assert.rejects(asked, { code: "unavailable", temporary: true });
  await assert.rejects(desk.session.findUsers("bo"), { code: "unavailable" });
});

test("stopped, it does not come back", async () => {
  const desk = new Desk();
  await desk.start();
  desk.session.stop();
  await settled();
  await desk.timers.advance(600_000);
  assert.deepEqual([desk.sockets.length, desk.socket.isClosed], [1, true]);
});
