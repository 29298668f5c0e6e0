// Snapshots of a cluster that does not exist, from a seed: for tests of the page at sizes that no test can run for real.
//   node sample.mjs --actors 5000 --nodes 3 --steps 12 --seed 1 [--kill 5] > lines.jsonl

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function numbersFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const machinery = ["relay", "log_writer", "log_reader", "search_indexer", "placement", "history_watch", "links", "forwarder"];
const began = Date.parse("2026-11-30T12:00:00.000Z");
const stepMs = 1000;
const hex = (number) => Math.floor(number * 2 ** 40).toString(16).padStart(10, "0");

/** About so many actors; every snapshot is one of `steps`, a second apart. Node 2 ends at the step `kill`. */
export function* sampleSnapshots({ actors = 5000, nodes = 3, steps = 1, seed = 1, kill = Infinity, edges = 2000, shards = 1024 } = {}) {
  const random = numbersFrom(seed);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const names = Array.from({ length: nodes }, (_, at) => `node-${at + 1}`);
  const next = new Map(names.map((name) => [name, 0]));
  const numbered = (node) => {
    next.set(node, next.get(node) + 1);
    return `${node}/${next.get(node)}`;
  };
  const actor = (node, kind, entity, more = {}) => ({
    id: numbered(node), node, kind, entity, shard: null, parent: null, started_at: new Date(began).toISOString(),
    mailbox: 0, mailbox_highest: 0, enqueued: 0, handled: 0, types: {}, waited_us: null, handling_us: null, ...more,
  });
  let all = [];
  for (const node of names) {
    for (const kind of machinery) all.push(actor(node, kind, null));
    for (const peer of names) if (peer !== node) all.push(actor(node, "link", null));
  }
  const owners = Array.from({ length: shards }, () => pick(names));
  for (let shard = 0; shard < shards; ++shard) for (const node of names) all.push(actor(node, "shard", null, { shard }));
  const living = (kind, entity) => {
    const shard = Math.floor(random() * shards);
    return actor(owners[shard], kind, entity, { shard });
  };
  const people = Math.max(3, Math.round((actors - all.length) / 2.3));
  const persons = Array.from({ length: people }, () => `person:${hex(random())}`);
  const conversations = Array.from({ length: Math.max(1, Math.round(people * 0.3)) }, () => {
    const size = random() < 0.6 ? 2 : 3 + Math.floor(random() ** 3 * 60);
    return { entity: `conversation:${hex(random())}`, members: [], size, pace: 0.05 / (0.02 + random()) };
  });
  const queue = [...persons];
  for (const each of conversations) for (let i = 0; i < each.size; ++i) each.members.push(queue.length > 0 ? queue.pop() : pick(persons));
  for (const person of queue) pick(conversations).members.push(person);
  for (const person of persons) {
    all.push(living("user", person), actor(pick(names), "session", `session:${hex(random())}`, { person }));
  }
  for (const each of conversations) all.push(living("conversation", each.entity));
  const flows = new Map();
  const links = new Map();
  const count = (map, key, of, many) => {
    const known = map.get(key);
    if (known) known.count += many;
    else map.set(key, { ...of, count: many, error: 0 });
  };
  for (let step = 0; step < steps; ++step) {
    const now = new Date(began + (step + 1) * stepMs).toISOString();
    const alive = step >= kill ? names.filter((name) => name !== "node-2") : names;
    if (step === kill) {
      const dead = all.filter((each) => each.node === "node-2");
      all = all.filter((each) => each.node !== "node-2");
      for (const map of [flows, links]) for (const [key, each] of map) if (`${each.node ?? ""}${each.from}${each.to}`.includes("node-2")) map.delete(key);
      owners.forEach((owner, shard) => owner === "node-2" && (owners[shard] = pick(alive)));
      for (const each of dead)
        if (each.kind === "user" || each.kind === "conversation") all.push(actor(owners[each.shard], each.kind, each.entity, { shard: each.shard }));
    }
    const byEntity = new Map();
    const sessionOf = new Map();
    for (const each of all) {
      if (each.person) sessionOf.set(each.person, each);
      if (each.entity) byEntity.set(each.entity, each);
    }
    const relays = new Map(all.filter((each) => each.kind === "relay").map((each) => [each.node, each]));
    const writers = new Map(all.filter((each) => each.kind === "log_writer").map((each) => [each.node, each]));
    for (const each of all) each.mailbox = random() < 0.02 ? Math.floor(10 ** (random() * 3.4)) : 0;
    const touch = (one, type, many) => {
      one.handled += many;
      one.enqueued += many;
      one.types[type] = (one.types[type] ?? 0) + many;
      one.mailbox_highest = Math.max(one.mailbox_highest, one.mailbox);
      one.handling_us = { count: Math.ceil(one.handled / 64), p50: 2, p99: 32, max: 210.5 };
      one.waited_us = { count: Math.ceil(one.handled / 64), p50: 4, p99: 128, max: 900 };
    };
    for (const { entity, members, pace } of conversations) {
      const many = Math.floor(pace * 4 * random() + (random() < 0.3 ? 1 : 0));
      const room = byEntity.get(entity);
      if (many === 0 || !room) continue;
      const sender = pick(members);
      const from = sessionOf.get(sender);
      count(flows, `${sender}>${entity}`, { from: sender, to: entity, node: room.node, type: "message" }, many);
      if (from) count(links, `${from.id}>${room.id}`, { from: from.id, to: room.id, type: "append_entry" }, many);
      touch(room, "append_entry", many);
      const writer = writers.get(room.node);
      count(links, `${room.id}>${writer.id}`, { from: room.id, to: writer.id, type: "write_entries" }, many);
      touch(writer, "write_entries", many);
      for (const member of members) {
        if (member === sender) continue;
        const to = sessionOf.get(member);
        if (!to) continue;
        count(flows, `${entity}>${member}`, { from: entity, to: member, node: to.node, type: "entries_delivered" }, many);
        const relay = relays.get(to.node);
        count(links, `${relay.id}>${to.id}`, { from: relay.id, to: to.id, type: "entries_published" }, many);
        count(links, `${room.id}>${relay.id}`, { from: room.id, to: relay.id, type: "entries_published" }, many);
        touch(relay, "entries_published", many);
        touch(to, "entries_published", many);
      }
    }
    const heaviest = (map) => [...map.values()].sort((a, b) => b.count - a.count || (a.from < b.from ? -1 : 1)).slice(0, edges).map((each) => ({ ...each }));
    const kinds = new Map();
    for (const each of all) {
      const key = `${each.node}>${each.kind}`;
      const sum = kinds.get(key) ?? { node: each.node, kind: each.kind, alive: 0, started: 0, stopped: 0, enqueued: 0, handled: 0, discarded: 0 };
      sum.alive += 1;
      sum.started += 1;
      sum.enqueued += each.enqueued;
      sum.handled += each.handled;
      kinds.set(key, sum);
    }
    yield {
      schema: "parley.topology/1",
      taken_at: now,
      answered_by: "node-1",
      skew_ms: 3,
      names: false,
      nodes: alive.map((name) => {
        const here = all.filter((each) => each.node === name).length;
        return {
          name, incarnation: String(1000 + names.indexOf(name)), version: "0.0.0", level: "edges", cut_at: now, started_at: new Date(began - 60_000).toISOString(),
          actors: here, actors_shown: here, edges_since: new Date(began).toISOString(), edges_forgotten: 0, events: step, missing: null,
        };
      }),
      kinds: [...kinds.values()],
      actors: all.map((each) => ({ ...each, types: { ...each.types } })),
      edges: heaviest(links),
      flows: heaviest(flows),
    };
  }
}

/** The same as lines, as `parley topology watch` prints them. */
export function* sampleLines(options) {
  let n = 0;
  for (const snapshot of sampleSnapshots(options)) yield `${JSON.stringify({ n: ++n, at: snapshot.taken_at, what: "snapshot", snapshot })}\n`;
}

if (process.argv[1]?.endsWith("sample.mjs")) {
  const options = {};
  for (let i = 2; i < process.argv.length; i += 2) options[process.argv[i].slice(2)] = Number(process.argv[i + 1]);
  for (const line of sampleLines(options)) process.stdout.write(line);
}
