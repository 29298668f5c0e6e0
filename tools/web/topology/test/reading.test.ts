// What comes in: snapshots, the node's refusals, recordings, the last minutes.
import assert from "node:assert/strict";
import test from "node:test";
import { BadSnapshot, checkSnapshot } from "../model/check";
import { NodeCalls, Refused } from "../model/node_calls";
import { BadRecording, Recording } from "../model/recording";
import { LastMinutes } from "../model/timeline";
import { tokenFromAddress } from "../model/token";
import { sampleLines, sampleSnapshots } from "./sample.mjs";
import { actorOf, snapshotAt } from "./snapshots";

const fileOf = (...lines: string[]): Blob => new Blob([lines.join("\n")]);
const line = (n: number, at: number, what: string, more: object): string => JSON.stringify({ n, at: new Date(Date.parse("2026-11-30T12:00:00Z") + at * 1000).toISOString(), what, ...more });
const refuses = (file: Blob, pattern: RegExp): Promise<void> => assert.rejects(Recording.open("a.jsonl", file), (wrong: Error) => wrong instanceof BadRecording && pattern.test(wrong.message));

test("a generated snapshot is one, and the same seed makes the same", () => {
  const [first] = sampleSnapshots({ actors: 300, shards: 64, seed: 4 });
  const [again] = sampleSnapshots({ actors: 300, shards: 64, seed: 4 });
  assert.deepEqual(checkSnapshot(first), again);
  assert.ok(Math.abs(first!.actors.length - 300) < 30, `${first!.actors.length} actors`);
});

test("what is wrong with a snapshot is said by name", () => {
  const wrong = (change: object, pattern: RegExp): void => assert.throws(() => checkSnapshot({ ...snapshotAt(1), ...change }), (error: Error) => error instanceof BadSnapshot && pattern.test(error.message));
  wrong({ schema: "parley.topology/2" }, /schema is "parley\.topology\/2"/);
  wrong({ actors: [actorOf("node-1/1", "user"), { ...actorOf("node-1/2", "user"), handled: "3" }] }, /^actors\[1\]\.handled should be a number, and is "3"/);
  wrong({ edges: 5 }, /^edges should be a list/);
  wrong({ taken_at: "yesterday" }, /taken_at/);
  wrong({ flows: [{ from: "person:1", count: 1, error: 0 }] }, /^flows\[0\]\.to .* missing/);
  assert.throws(() => checkSnapshot(null), BadSnapshot);
});

test("a node's refusal says whose turn it is", async () => {
  const answering = (status: number, body: string, headers = {}): NodeCalls => new NodeCalls("t", async () => new Response(body, { status, headers }));
  const is = async (calls: NodeCalls, expected: string, pattern: RegExp): Promise<void> => {
    await assert.rejects(calls.actors(), (wrong: Error) => wrong instanceof Refused && wrong.is === expected && pattern.test(wrong.message));
  };
  const error = (code: string, message: string): string => JSON.stringify({ error: { code, message, temporary: false } });
  await is(answering(401, error("unauthenticated", "no")), "token", /operator\.token/);
  await is(answering(404, error("not_found", "nothing")), "request", /older than this page/);
  await is(answering(503, error("unavailable", "the database is away")), "later", /database is away/);
  await is(answering(502, "<html>"), "later", /HTTP 502/);
  await is(answering(200, "{}"), "request", /schema is missing/);
  await is(new NodeCalls("t", () => Promise.reject(new TypeError("failed"))), "later", /cannot be reached/);
  let asked: [string, RequestInit?] | undefined;
  const calls = new NodeCalls("secret", async (path, init) => {
    asked = [String(path), init];
    return new Response(JSON.stringify(snapshotAt(1)));
  });
  await calls.snapshot({ names: true, top: 10 });
  assert.equal(asked![0], "/v1/operator/topology?edges=2000&names=true&top=10");
  assert.equal((asked![1]!.headers as Record<string, string>)["Authorization"], "Bearer secret");
});

test("the token is taken out of the address", () => {
  let address = "";
  const history = { replaceState: (_state: unknown, _title: string, to: string) => (address = to) } as unknown as History;
  const place = { hash: "#token=abc%2Bd", pathname: "/topology", search: "?x=1" } as Location;
  assert.equal(tokenFromAddress(place, history), "abc+d");
  assert.equal(address, "/topology?x=1");
  assert.equal(tokenFromAddress({ ...place, hash: "" }, history), undefined);
});

test("a recording is read line by line, and a snapshot when it is looked at", async () => {
  const lines = [...sampleLines({ actors: 120, shards: 16, steps: 3 })];
  const recording = await Recording.open("a.jsonl", new Blob(lines));
  assert.equal(recording.moments.length, 3);
  assert.deepEqual(recording.complaints, []);
  assert.deepEqual(await recording.load(2), JSON.parse(lines[2]!).snapshot);
});

test("between two snapshots, who started is there and who stopped is not", async () => {
  const first = snapshotAt(0, ["node-1", "node-2"], { actors: [actorOf("node-1/1", "user", "person:a"), actorOf("node-2/1", "user", "person:b")] });
  const recording = await Recording.open(
    "a.jsonl",
    fileOf(
      line(1, 0, "snapshot", { snapshot: first }),
      line(2, 2, "actor_started", { actor: { id: "node-1/2", kind: "conversation", entity: "conversation:c", shard: 7, parent: null } }),
      line(3, 2.5, "actor_stopped", { actor: { id: "node-1/1", kind: "user", entity: "person:a", shard: null, parent: null } }),
      line(4, 4, "node_gone", { node: "node-2" }),
      line(5, 10, "snapshot", { snapshot: snapshotAt(10, ["node-1"]) }),
    ),
  );
  const seen = await Promise.all(recording.moments.map(async (_, at) => (await recording.load(at)).actors.map((each) => each.id)));
  assert.deepEqual(seen, [["node-1/1", "node-2/1"], ["node-1/1", "node-2/1", "node-1/2"], ["node-2/1", "node-1/2"], ["node-1/2"], []]);
  assert.equal(recording.moments[3]!.mark, "node-2 is gone");
  assert.equal((await recording.load(3)).nodes[1]!.missing, "it is gone");
});

test("what is told late has its own time", async () => {
  const started = (n: number, at: number, id: string): string => line(n, at, "actor_started", { node: "node-1", actor: { id, kind: "user", entity: `person:${id}`, shard: 1, parent: null } });
  const lines = [line(1, 0, "snapshot", { snapshot: snapshotAt(0, ["node-1"]) }), started(2, 5, "node-1/5"), started(3, 3, "node-1/3")];
  const recording = await Recording.open("a.jsonl", fileOf(...lines));
  const seen = await Promise.all(recording.moments.map(async (_, at) => (await recording.load(at)).actors.map((each) => each.id).sort()));
  assert.deepEqual(seen, [[], ["node-1/3"], ["node-1/3", "node-1/5"]]);
});

test("a torn end and lost lines are said, and the rest is shown", async () => {
  const snapshot = snapshotAt(1);
  const torn = await Recording.open("a.jsonl", fileOf(line(1, 1, "snapshot", { snapshot }), line(4, 2, "rates", {}), '{"n":5,"at":"2026'));
  assert.deepEqual(torn.complaints, ["line 2: 2 lines before it were lost", "line 3, the last one, is cut off"]);
  assert.equal(torn.moments.length, 1);
});

test("what is no recording is refused with what to do", async () => {
  await refuses(new Blob([]), /is empty.*parley topology record/);
  await refuses(fileOf("PK\u0003\u0004", "a", "b", "c", "d"), /parley topology replay/);
  await refuses(fileOf('{"a":1}', '{"b":2}'), /no snapshot in it/);
  await refuses(fileOf(line(1, 1, "snapshot", { snapshot: { ...snapshotAt(1), actors: [{}] } })), /line 1: no snapshot of Parley: actors\[0\]\.id/);
});

test("one snapshot, formatted over many lines, is a recording of one moment", async () => {
  const snapshot = snapshotAt(3, ["node-1"]);
  const recording = await Recording.open("a.json", new Blob([JSON.stringify(snapshot, null, 2)]));
  assert.deepEqual(await recording.load(0), snapshot);
  assert.equal(recording.moments[0]!.at, Date.parse(snapshot.taken_at));
});

test("the last minutes are kept within their limits, the newest always", async () => {
  const kept = new LastMinutes(2000, 3);
  for (let second = 1; second <= 5; ++second) kept.add("x".repeat(100), snapshotAt(second));
  assert.deepEqual(kept.moments.map((each) => each.at), [3, 4, 5].map((second) => Date.parse(snapshotAt(second).taken_at)));
  assert.equal(kept.add(JSON.stringify(snapshotAt(6)).padEnd(5000), snapshotAt(6)), 3, "the large one stays, and is alone");
  assert.equal((await kept.load(0)).taken_at, snapshotAt(6).taken_at);
});
