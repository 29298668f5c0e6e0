// What is made of snapshots: rates, what moved, who stands beside whom, what is found.
import assert from "node:assert/strict";
import test from "node:test";
import { Affinity } from "../model/affinity";
import { changesSince } from "../model/changes";
import { search } from "../model/find";
import { heatOf, kindOrder, lookOf } from "../model/kinds";
import { edgeKey, flowKey, kindKey, ratesBetween } from "../model/rates";
import type { Actor, Edge, Flow } from "../model/snapshot";
import { duration, perSecond } from "../view/words";
import { actorOf, snapshotAt } from "./snapshots";

const edge = (from: string, to: string, count: number): Edge => ({ from, to, type: "t", count, error: 0 });
const flow = (from: string, to: string, count: number, node = "node-1"): Flow => ({ from, to, node, count, error: 0 });

test("a rate is of the time between the receiver's two cuts", () => {
  const before = snapshotAt(1, ["node-1", "node-2"], { edges: [edge("node-1/1", "node-2/1", 10)], flows: [flow("person:a", "conversation:c", 4)] });
  const now = snapshotAt(3, ["node-1", "node-2"], { edges: [edge("node-1/1", "node-2/1", 30), edge("node-1/2", "node-2/1", 6)], flows: [flow("person:a", "conversation:c", 5)] });
  now.nodes[1]!.cut_at = new Date(Date.parse(before.nodes[1]!.cut_at!) + 4000).toISOString();
  const rates = ratesBetween(before, now);
  assert.equal(rates.since, "before");
  assert.equal(rates.edges.get(edgeKey(now.edges[0]!)), 5);
  assert.equal(rates.edges.get(edgeKey(now.edges[1]!)), 1.5, "one that is new began from nothing");
  assert.equal(rates.flows.get(flowKey(now.flows[0]!)), 0.5);
});

test("of a node that was started anew there is no rate, and a count that fell began again", () => {
  const actors = [actorOf("node-1/1", "user", null, { handled: 50 }), actorOf("node-2/1", "user", null, { handled: 50 })];
  const before = snapshotAt(1, ["node-1", "node-2"], { actors });
  const now = snapshotAt(2, ["node-1", "node-2"], { actors: actors.map((each) => ({ ...each, handled: 20 })), kinds: [] });
  now.nodes[1]!.incarnation = "another life";
  const rates = ratesBetween(before, now);
  assert.equal(rates.actors.get("node-1/1"), 20);
  assert.equal(rates.actors.get("node-2/1"), undefined);
  assert.equal(rates.kinds.get(kindKey("node-1", "user")), undefined);
});

test("what comes into a full list did not begin from nothing", () => {
  const full = Array.from({ length: 2000 }, (_, at) => edge(`node-1/${at}`, "node-1/9999", 100 + at));
  const before = snapshotAt(1, ["node-1"], { edges: full });
  const now = snapshotAt(2, ["node-1"], { edges: [...full.slice(1), edge("node-1/5000", "node-1/9999", 103)] });
  assert.equal(ratesBetween(before, now).edges.get(edgeKey(now.edges.at(-1)!)), 3);
});

test("without a snapshot before, rates are since counting began", () => {
  const now = snapshotAt(4, ["node-1"], { edges: [edge("node-1/1", "node-1/2", 8)] });
  const rates = ratesBetween(undefined, now);
  assert.equal(rates.since, "beginning");
  assert.equal(rates.edges.get(edgeKey(now.edges[0]!)), 2);
});

test("an entity that is on another node has moved, also when it was nowhere in between", () => {
  const shardsOf = (node: string): Actor[] => [actorOf(`${node}/1`, "shard", null, { shard: 9 }), actorOf(`${node}/2`, "shard", null, { shard: 10 })];
  const user = actorOf("node-2/5", "user", "person:a", { shard: 9 });
  const dying = snapshotAt(1, ["node-1", "node-2"], { actors: [...shardsOf("node-1"), ...shardsOf("node-2"), user, actorOf("node-2/7", "session", "session:s")] });
  const between = snapshotAt(2, ["node-1"], { actors: shardsOf("node-1") });
  const now = snapshotAt(3, ["node-1"], { actors: [...shardsOf("node-1"), actorOf("node-1/8", "user", "person:a", { shard: 9 })] });
  const changes = changesSince([dying, between], now);
  assert.deepEqual(changes.moves.map(({ from, to }) => [from.id, to.id]).sort(), [["node-2/1", "node-1/1"], ["node-2/5", "node-1/8"]], "and the shard that somebody lives in");
  assert.deepEqual(changes.gone, [{ name: "node-2", lastSeen: dying.nodes[1]!.cut_at, how: "is gone" }]);
  const silent = snapshotAt(3);
  silent.nodes[1]!.missing = "it did not answer within 2 s";
  assert.equal(changesSince([dying], silent).gone[0]!.how, "does not answer");
  assert.deepEqual(changesSince([between], snapshotAt(3)).came, ["node-2"]);
  assert.deepEqual(changesSince([now], now).moves, []);
});

test("people stand beside the conversation they have most to do with, and stay there", () => {
  const actors = [
    actorOf("node-1/1", "user", "person:a"),
    actorOf("node-1/2", "session", "session:s", { person: "person:a" }),
    actorOf("node-1/3", "conversation", "conversation:x"),
    actorOf("node-2/4", "conversation", "conversation:y"),
    actorOf("node-1/5", "relay"),
  ];
  const affinity = new Affinity();
  const first = affinity.of(snapshotAt(1, undefined, { actors, flows: [flow("person:a", "conversation:x", 3), flow("conversation:y", "person:a", 7)] }));
  assert.equal(first.get("node-1/1"), "conversation:y");
  assert.equal(first.get("node-1/2"), "conversation:y", "a session goes where its person does");
  assert.equal(first.get("node-1/3"), "conversation:x");
  assert.equal(first.get("node-1/5"), undefined);
  const later = affinity.of(snapshotAt(2, undefined, { actors, flows: [flow("person:a", "conversation:x", 30), flow("conversation:y", "person:a", 7)] }));
  assert.equal(later.get("node-1/1"), "conversation:y");
  const left = affinity.of(snapshotAt(3, undefined, { actors, flows: [flow("person:a", "conversation:x", 31)] }));
  assert.equal(left.get("node-1/1"), "conversation:x", "until there is nothing any more");
});

test("a search finds whole words of several fields, what is meant exactly first", () => {
  const snapshot = snapshotAt(1, undefined, {
    actors: [actorOf("node-1/1", "user", "person:abc", { handled: 5 }), actorOf("node-1/11", "session", "session:zz", { handled: 50 }), actorOf("node-2/1", "user", "person:abd", { name: "Ada" })],
  });
  const ids = (text: string): string[] => search(snapshot, text, 5).map((each) => (each.is === "node" ? each.node : each.actor.id));
  assert.deepEqual(ids("node-1/1"), ["node-1/1", "node-1/11"]);
  assert.deepEqual(ids("USER person:ab"), ["node-1/1", "node-2/1"]);
  assert.deepEqual(ids("ada"), ["node-2/1"]);
  assert.deepEqual(ids("node-2"), ["node-2", "node-2/1"]);
  assert.deepEqual(ids("  "), []);
});

test("kinds are told apart by shape or colour, and a new one always looks the same", () => {
  const kinds = ["session", "user", "conversation", "shard", "relay", "log_writer", "log_reader", "search_indexer", "placement", "history_watch", "links", "link", "wires", "forwarder"];
  assert.equal(new Set(kinds.map((kind) => `${lookOf(kind).shape} ${lookOf(kind).colours[0]}`)).size, kinds.length);
  assert.equal(new Set(kinds.map((kind) => lookOf(kind).letter)).size, kinds.length);
  assert.equal(lookOf("never heard of"), lookOf("never heard of"));
  assert.deepEqual(["zz", "relay", "session"].sort(kindOrder), ["session", "relay", "zz"]);
  assert.equal(heatOf(0), undefined);
  assert.deepEqual([1, 9, 10, 999, 1000].map((mailbox) => heatOf(mailbox)!.from), [1, 1, 10, 100, 1000]);
});

test("numbers are said with their units", () => {
  assert.deepEqual([undefined, 0, 0.44, 12.4, 34_500].map(perSecond), ["–", "0/s", "0.4/s", "12/s", "34.5k/s"]);
  assert.deepEqual([3, 3.25, 128, 1500, 45_000, 2_100_000].map(duration), ["3 µs", "3.3 µs", "128 µs", "1.5 ms", "45 ms", "2.1 s"]);
});
