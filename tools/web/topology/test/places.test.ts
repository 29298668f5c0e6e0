// Where things stand, and how much of them is drawn.
import assert from "node:assert/strict";
import test from "node:test";
import { Affinity } from "../model/affinity";
import { changesSince } from "../model/changes";
import { Layout } from "../model/layout";
import { Packing } from "../model/packing";
import { ratesBetween } from "../model/rates";
import { ghostKey, groupKey, OPEN_MOST, sceneOf, type Memory, type Scene, type View } from "../model/scene";
import { inhabitedShards } from "../model/shards";
import type { Snapshot } from "../model/snapshot";
import { numbersFrom, sampleSnapshots } from "./sample.mjs";
import { actorOf, snapshotAt } from "./snapshots";

const plain: View = { graph: "flows", detail: "auto", hiddenKinds: new Set(), hiddenNodes: new Set(), opened: new Set(), revealed: new Set() };
const remembering = (): Memory => ({ layout: new Layout(), affinity: new Affinity() });
const names = ["node-1", "node-2", "node-3"];
const draw = (snapshot: Snapshot, view: Partial<View> = {}, memory = remembering()): Scene => sceneOf(snapshot, ratesBetween(undefined, snapshot), { ...plain, ...view }, memory, names, []);
const isFinite2 = ({ x, y }: { x: number; y: number }): boolean => Number.isFinite(x) && Number.isFinite(y);

test("circles never overlap, whatever comes and goes", () => {
  const random = numbersFrom(5);
  const packing = new Packing();
  const kept: { x: number; y: number; r: number }[] = [];
  for (let i = 0; i < 600; ++i) {
    if (kept.length > 10 && random() < 0.3) packing.free(kept.splice(Math.floor(random() * kept.length), 1)[0]!);
    else kept.push(packing.take(3 + random() * 30));
  }
  for (const a of kept) for (const b of kept) if (a !== b) assert.ok(Math.hypot(a.x - b.x, a.y - b.y) > a.r + b.r - 0.1);
});

test("every actor has a place of its own on its node's island, and lines have both their ends", () => {
  const [snapshot] = [...sampleSnapshots({ actors: 2500, shards: 512, steps: 2, seed: 9 })].slice(-1);
  const scene = draw(snapshot!, { graph: "messages" });
  assert.equal(scene.detail, "actors");
  const empty = snapshot!.actors.filter((each) => each.kind === "shard" && each.mailbox === 0 && !inhabitedShards(snapshot!.actors).has(each.id));
  assert.ok(empty.length > 500);
  assert.equal(scene.dots.size, snapshot!.actors.length - empty.length, "everybody but shards that nobody lives in");
  const islands = new Map(scene.islands.map((each) => [each.name, each]));
  const taken = new Map<string, string>();
  for (const dot of scene.dots.values()) {
    const island = islands.get(dot.node)!;
    assert.ok(isFinite2(dot) && Math.hypot(dot.x - island.x, dot.y - island.y) + dot.r <= island.r, `${dot.key} is on ${dot.node}`);
    const at = `${dot.x.toFixed(1)},${dot.y.toFixed(1)}`;
    assert.equal(taken.get(at), undefined, `${dot.key} stands where ${taken.get(at)} does`);
    taken.set(at, dot.key);
  }
  for (const a of scene.islands) for (const b of scene.islands) if (a !== b) assert.ok(Math.hypot(a.x - b.x, a.y - b.y) > 2 * a.r);
  assert.ok(scene.links.size > 100);
  for (const { from, to } of scene.links.values()) assert.ok(scene.dots.has(from) && scene.dots.has(to) && from !== to);
});

test("the same snapshots make the same picture, and another look at one moves nobody", () => {
  const snapshots = [...sampleSnapshots({ actors: 800, shards: 128, steps: 5, seed: 2 })];
  const places = (scene: Scene): string => JSON.stringify([...scene.dots.values()].map(({ key, x, y }) => [key, x, y]));
  const [one, other] = [remembering(), remembering()];
  for (const each of snapshots) assert.ok(places(draw(each, {}, one)) === places(draw(each, {}, other)));
  const last = snapshots.at(-1)!;
  for (let i = 0; i < 10; ++i) draw(last, {}, one); // what is mostly empty by now may be laid out anew, once
  const before = places(draw(last, {}, one));
  for (let i = 0; i < 10; ++i) assert.ok(places(draw(last, { graph: i % 2 === 0 ? "flows" : "messages" }, one)) === before, `look ${i}`);
});

test("an actor stays where it is while others come and go", () => {
  const memory = remembering();
  const actors = Array.from({ length: 40 }, (_, at) => actorOf(`node-1/${at}`, "user", `person:${at}`));
  const first = draw(snapshotAt(1, names, { actors }), {}, memory);
  const later = draw(snapshotAt(2, names, { actors: actors.slice(5).concat(actorOf("node-1/90", "user", "person:new")) }), {}, memory);
  for (const { id } of actors.slice(5)) assert.deepEqual([later.dots.get(id)!.x, later.dots.get(id)!.y], [first.dots.get(id)!.x, first.dots.get(id)!.y]);
});

test("a conversation stands in the middle of its people", () => {
  const actors = [actorOf("node-1/1", "conversation", "conversation:c"), ...Array.from({ length: 12 }, (_, at) => actorOf(`node-1/${at + 2}`, "session", `session:${at}`))];
  const edges = actors.slice(1).map((each) => ({ from: each.id, to: "node-1/1", type: "send", count: 1, error: 0 }));
  const scene = draw(snapshotAt(1, names, { actors, edges }));
  const centre = scene.dots.get("node-1/1")!;
  const people = actors.slice(1).map((each) => scene.dots.get(each.id)!);
  const middle = { x: people.reduce((sum, each) => sum + each.x, 0) / people.length, y: people.reduce((sum, each) => sum + each.y, 0) / people.length };
  const farthest = Math.max(...people.map((each) => Math.hypot(each.x - centre.x, each.y - centre.y)));
  assert.ok(Math.hypot(middle.x - centre.x, middle.y - centre.y) < farthest * 0.35);
});

test("flows end where people sit", () => {
  const actors = [
    actorOf("node-1/1", "conversation", "conversation:c"),
    actorOf("node-2/1", "user", "person:a"),
    actorOf("node-2/2", "session", "session:1", { person: "person:a" }),
    actorOf("node-3/1", "session", "session:2", { person: "person:a" }),
    actorOf("node-3/2", "user", "person:b"),
  ];
  const flow = (from: string, to: string, node: string) => ({ from, to, node, count: 1, error: 0 });
  const flows = [flow("conversation:c", "person:a", "node-3"), flow("person:a", "conversation:c", "node-1"), flow("person:b", "conversation:c", "node-1")];
  const scene = draw(snapshotAt(1, names, { actors, flows }));
  assert.deepEqual([...scene.links.keys()], ["node-1/1>node-3/1", "node-2/2>node-1/1", "node-3/2>node-1/1"]);
});

test("too many to be told apart are grouped, and every one is counted", () => {
  const [snapshot] = sampleSnapshots({ actors: 20_000, steps: 1, seed: 1 });
  for (const detail of ["conversations", "kinds"] as const) {
    const scene = draw(snapshot!, { detail });
    const people = snapshot!.actors.filter((each) => ["session", "user", "conversation"].includes(each.kind)).length;
    const counted = [...scene.dots.values()].filter((each) => ["session", "user", "conversation"].includes(each.kind)).reduce((sum, each) => sum + each.count, 0);
    assert.equal(counted, people, detail);
  }
  const fitting = draw(snapshot!);
  assert.notEqual(fitting.detail, "actors");
  assert.ok(fitting.dots.size < 7000, `${fitting.dots.size} marks`);
});

test("a group is opened on demand, and one of it is shown alone when it is looked for", () => {
  const actors = Array.from({ length: OPEN_MOST + 100 }, (_, at) => actorOf(`node-1/${at}`, "user", `person:${at}`, { handled: at }));
  const snapshot = snapshotAt(1, names, { actors });
  const key = groupKey("node-1", "kind:user");
  const closed = draw(snapshot, { detail: "kinds" });
  assert.deepEqual([...closed.dots.keys()], [key]);
  const opened = draw(snapshot, { detail: "kinds", opened: new Set([key]) });
  assert.equal(opened.dots.size, OPEN_MOST + 1);
  assert.equal(opened.dots.get(key)!.count, 100);
  assert.ok(opened.dots.has(`node-1/${OPEN_MOST + 99}`) && !opened.dots.has("node-1/3"), "the busiest");
  const revealed = draw(snapshot, { detail: "kinds", revealed: new Set(["node-1/3"]) });
  assert.equal(revealed.dots.size, 2);
  assert.equal(revealed.dots.get(key)!.count, actors.length - 1);
});

test("who was not sent is there as a number", () => {
  const snapshot = snapshotAt(1, ["node-1"], {
    actors: [actorOf("node-1/1", "session", "session:a", { handled: 9 }), actorOf("node-1/2", "session", "session:b")],
    kinds: [{ node: "node-1", kind: "session", alive: 7000, started: 7000, stopped: 0, enqueued: 9, handled: 9, discarded: 0 }],
    flows: [{ from: "session:unknown", to: "session:a", node: "node-1", count: 3, error: 0 }],
  });
  Object.assign(snapshot.nodes[0]!, { actors: 7000, actors_shown: 2 });
  const scene = draw(snapshot, { detail: "actors" });
  const rest = scene.dots.get(groupKey("node-1", "kind:session"))!;
  assert.equal(rest.count, 6998);
  assert.deepEqual([...scene.links.values()].map(({ from, to }) => [from, to]), [[rest.key, "node-1/1"]], "what came from one of them came from there");
});

test("filters take kinds and nodes out, with their lines", () => {
  const [snapshot] = [...sampleSnapshots({ actors: 700, shards: 60, steps: 2, seed: 3 })].slice(-1);
  const scene = draw(snapshot!, { graph: "messages", hiddenKinds: new Set(["session"]), hiddenNodes: new Set(["node-2"]) });
  assert.ok([...scene.dots.values()].every((each) => each.kind !== "session" && each.node !== "node-2"));
  assert.deepEqual(scene.islands.map((each) => each.name), ["node-1", "node-3"]);
  const flows = draw(snapshot!);
  const relay = [...flows.dots.values()].find((each) => each.kind === "relay")!;
  assert.equal(relay.stands, "back", "flows are drawn without the machinery");
  assert.ok([...flows.links.values()].every(({ from, to }) => from !== relay.key && to !== relay.key));
});

test("who moved leaves a ghost where it was", () => {
  const [before, now] = [...sampleSnapshots({ actors: 500, shards: 40, steps: 2, seed: 8, kill: 1 })];
  const memory = remembering();
  const there = draw(before!, {}, memory);
  const { moves } = changesSince([before!], now!);
  assert.ok(moves.length > 20);
  const scene = sceneOf(now!, ratesBetween(before, now!), plain, memory, names, moves.map((each) => each.from));
  for (const { from } of moves) {
    const ghost = scene.dots.get(ghostKey(from.id))!;
    assert.equal(ghost.stands, "ghost");
    if (from.kind !== "shard") continue;
    const angle = (of: Scene, { x, y }: { x: number; y: number }): number => {
      const island = of.islands.find((each) => each.name === from.node)!;
      return Math.atan2(y - island.y, x - island.x);
    };
    assert.ok(Math.abs(angle(scene, ghost) - angle(there, there.dots.get(from.id)!)) < 1e-6, "a shard's direction is its number's");
  }
});
