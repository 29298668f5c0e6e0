// Traces: what is read, the order of their steps, and how they are played.
import assert from "node:assert/strict";
import test from "node:test";
import sample from "../../../../tests/tools/trace/sample.json";
import { checkSnapshot } from "../model/check";
import { Model } from "../model/model";
import { NodeCalls, Refused } from "../model/node_calls";
import { BadTraces, checkTraces, looksLikeTraces, type Span } from "../model/spans";
import { stepMs, TracePlayer } from "../model/trace_player";
import { snapshotOf } from "../model/trace_snapshot";
import { traceOf, type Trace } from "../model/trace_steps";

const traces = checkTraces(sample);
const [first, second, torn] = ["9f2c01a4b7e6d350", "9f2c01a4b7e6d351", "9f2c01a4b7e6d352"] as const;

function byTrace(spans: readonly Span[]): Map<string, Span[]> {
  const out = new Map<string, Span[]>();
  for (const each of spans) out.set(each.trace, [...(out.get(each.trace) ?? []), each]);
  return out;
}

const trace = (id: string): Trace => traceOf(id, byTrace(traces.spans))!;

test("what is wrong with traces is said by name", () => {
  const wrong = (change: object, pattern: RegExp): void => assert.throws(() => checkTraces({ ...traces, ...change }), (error: Error) => error instanceof BadTraces && pattern.test(error.message));
  const span = traces.spans[0]!;
  wrong({ schema: "parley.traces/2" }, /schema is "parley\.traces\/2"/);
  wrong({ spans: [span, { ...span, at_ns: 12 }] }, /^spans\[1\]\.at_ns/);
  wrong({ spans: [{ ...span, parent: "x" }] }, /^spans\[0\]\.parent/);
  wrong({ spans: [{ ...span, took_ns: "3" }] }, /^spans\[0\]\.took_ns should be a whole number/);
  wrong({ spans: {} }, /^spans should be a list/);
  wrong({ missing: [{ node: "node-1" }] }, /missing/);
  assert.throws(() => checkTraces("no"), BadTraces);
});

test("a file of traces is told from a recording by its beginning", () => {
  assert.ok(looksLikeTraces(JSON.stringify(sample).slice(0, 400)));
  assert.ok(looksLikeTraces('{"taken_at":"2026-11-30T12:00:00Z","answered_by":"node-1","cursor":"","lost":0,"missing":[],"spans":[]}'));
  assert.ok(!looksLikeTraces('{"schema":"parley.topology/1","taken_at":'));
  assert.ok(!looksLikeTraces('{"n":1,"what":"rates","spans":1}'));
});

test("steps are in the order of time, and nothing comes before its cause", () => {
  const { steps, latency, spans, nodes, op, orphans } = trace(first);
  assert.deepEqual([op, latency, spans, orphans], ["message", 2_276_000, 49, 0]);
  assert.deepEqual(nodes, ["node-1", "node-2", "node-3"]);
  assert.equal(steps[0]!.name, "request");
  const done = new Set<string>();
  for (const { hops } of steps) {
    for (const { from } of hops) assert.ok(from === undefined || done.has(from.span), `${hops[0]!.to.name} is after its cause, also where a clock is behind`);
    for (const { to } of hops) done.add(to.span);
  }
  assert.equal(done.size, spans);
  assert.deepEqual(
    steps.filter((each) => each.isCritical).map((each) => each.name),
    ["request", "requests_received", "send_to_peer", "link", "ask_conversation", "append_entries", "commit", "batch_finished", "send_to_peer", "link", "conversation_answered", "write_reply"],
  );
});

test("what is alike is one step with many hops", () => {
  const delivered = trace(first).steps.filter((each) => each.name === "entries_delivered");
  assert.deepEqual(delivered.map((each) => [each.node, each.hops.length]).sort(), [["node-1", 3], ["node-2", 4], ["node-3", 6]]);
  const written = trace(first).steps.filter((each) => each.name === "write_event");
  assert.deepEqual(written.map((each) => each.hops.length).sort(), [3, 4, 6], "cousins too");
});

test("what a trace shares is part of it, and what is missing is counted", () => {
  assert.equal(trace(second).spans, trace(first).spans, "its own way, the shared span instead of the published one, and the same fan-out");
  assert.ok(trace(second).steps.some((each) => each.name === "entries_delivered"));
  assert.equal(trace(torn).orphans, 1);
  assert.equal(trace(torn).latency, undefined);
  assert.equal(traceOf("none", new Map()), undefined);
});

test("a circle of a damaged file ends", () => {
  const span = traces.spans[0]!;
  const circle = [{ ...span, span: "a".repeat(16), parent: "b".repeat(16) }, { ...span, span: "b".repeat(16), parent: "a".repeat(16) }];
  assert.equal(traceOf(span.trace, new Map([[span.trace, circle]]))!.steps.length, 2);
});

test("the actors of saved traces are a snapshot", () => {
  const snapshot = checkSnapshot(JSON.parse(JSON.stringify(snapshotOf(traces))));
  assert.deepEqual(snapshot.nodes.map((each) => [each.name, each.missing]), [
    ["node-1", null], ["node-2", null], ["node-3", null], ["node-4", "it did not answer within 2 s"],
  ]);
  const actors = new Set(traces.spans.map((each) => each.actor).filter((each) => each !== null));
  assert.deepEqual(new Set(snapshot.actors.map((each) => each.id)), actors);
  assert.equal(snapshot.edges.find((each) => each.type === "append_entries")!.count, 2);
});

test("the player lists complete traces, newest first, each once", () => {
  let now = 0;
  const player = new TracePlayer(() => undefined, () => now);
  player.take(traces);
  player.take(traces);
  assert.equal(player.lost, 24);
  player.listComplete();
  assert.equal(player.traces.length, 0, "something may still come");
  now = 1_500;
  player.listComplete();
  assert.deepEqual(player.traces.map((each) => each.id), [second, first]);
  now = 6_000;
  player.listComplete();
  assert.deepEqual(player.traces.map((each) => each.id), [torn, second, first]);
  player.clear();
  assert.equal(player.traces.length, 0);
});

test("a trace is played step by step, paused, and begun anew at its end", (context) => {
  context.mock.timers.enable(["setTimeout"]);
  const player = new TracePlayer(() => undefined, () => 0);
  player.choose(trace(first));
  assert.deepEqual([player.isPlaying, player.step], [true, 0]);
  context.mock.timers.tick(stepMs);
  assert.equal(player.step, 1);
  player.setSpeed(2);
  for (let i = 0; i < 2; ++i) context.mock.timers.tick(stepMs / 2);
  assert.equal(player.step, 3);
  player.stepBy(-1);
  context.mock.timers.tick(10 * stepMs);
  assert.deepEqual([player.isPlaying, player.step], [false, 2]);
  player.toggle();
  for (let i = 0; i < 100; ++i) context.mock.timers.tick(stepMs / 2);
  assert.deepEqual([player.isPlaying, player.step], [false, player.chosen!.steps.length - 1]);
  player.toggle();
  assert.equal(player.step, 0);
  player.choose(undefined);
  assert.equal(player.isPlaying, false);
});

test("nodes are asked to trace, then for what is new, and told when it is over", async () => {
  const asked: string[] = [];
  let answers = 0;
  let stopped = (): void => undefined;
  const isOver = new Promise<void>((resolve) => (stopped = resolve));
  const calls = new NodeCalls("t", async (path, init) => {
    asked.push(`${init!.method} ${String(path)} ${String(init!.body ?? "")}`.trim());
    if (init!.method === "POST") {
      if (String(init!.body) === '{"sample":0}') stopped();
      return new Response('{"sample":0.1}');
    }
    ++answers;
    return new Response(JSON.stringify({ ...sample, cursor: `c=${answers}`, spans: answers === 1 ? [] : sample.spans }));
  });
  const player: TracePlayer = new TracePlayer(() => {
    if (player.isSampling && player.traces.length > 0) player.stop();
  });
  player.conversation = "12";
  void player.start(calls, true);
  await isOver;
  assert.equal(asked[0], 'POST /v1/operator/traces/sampling {"sample":0.1,"for_s":60,"conversation":"12"}');
  assert.deepEqual(asked.slice(1, 4), ["GET /v1/operator/traces?cursor=now&names=true", "GET /v1/operator/traces?cursor=c%3D1&names=true", "GET /v1/operator/traces?cursor=c%3D2&names=true"]);
  assert.equal(asked.at(-1), 'POST /v1/operator/traces/sampling {"sample":0}');
});

test("a node that refuses ends it, in words", async () => {
  const calls = new NodeCalls("t", async () => new Response(JSON.stringify({ error: { code: "bad_request", message: "sample: 2 is above 1" } }), { status: 400 }));
  let refused = (): void => undefined;
  const isRefused = new Promise<void>((resolve) => (refused = resolve));
  const player: TracePlayer = new TracePlayer(() => {
    if (player.problem) refused();
  });
  void player.start(calls, false);
  await isRefused;
  assert.deepEqual([player.problem, player.isSampling], ["sample: 2 is above 1", false]);
  await assert.rejects(calls.traces("now", false), Refused);
});

test("a file is opened as what it is", async () => {
  const model = new Model();
  await model.openFile(new File([JSON.stringify(sample)], "run.json"));
  assert.equal(model.notice, undefined);
  assert.deepEqual(model.traces.traces.map((each) => each.id), [torn, second, first]);
  assert.ok(model.traces.isOpen && model.recording);
  assert.equal(model.shown!.snapshot.nodes.length, 4);
  await model.openFile(new File(['{"schema":"parley.traces/1","spans":[1]}'], "bad.json"));
  assert.match(model.notice!, /^bad\.json holds no traces: taken_at/);
  model.closeRecording();
  assert.equal(model.traces.traces.length, 0);
});
