// parley.v1 by npm's `ws`, against the node at PARLEY_URL.
import assert from "node:assert/strict";
import test from "node:test";
import WebSocket from "ws";

const url = process.env.PARLEY_URL;
const answerWithinMs = 20_000;
const password = "correct horse battery";
const emoji = "\u{1f600}";

async function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
  assert.equal(answer.status, 201, path);
  return answer.json();
}

async function makePerson(name) {
  await post("/v1/accounts", { name, password });
  const { token, user } = await post("/v1/tokens", { name, password });
  return { ...user, token };
}

/** A WebSocket: request() for a reply, entry() for a pushed entry of a conversation. */
class Connection {
  #socket;
  #next = 1;
  #answers = new Map();
  #waiting = [];
  entries = [];

  static async of(person) {
    const self = new Connection();
    self.#socket = new WebSocket(url.replace("http", "ws") + "/v1/ws", "parley.v1");
    self.#socket.on("message", (bytes, isBinary) => self.#take(bytes, isBinary));
    await new Promise((done, failed) => self.#socket.once("open", done).once("error", failed));
    assert.equal(self.#socket.protocol, "parley.v1");
    await self.request("identify", { token: person.token });
    await self.request("sync");
    return self;
  }

  request(op, d) {
    const id = this.#next++;
    const answer = new Promise((done, refused) => {
      const late = setTimeout(() => refused(new Error(`no answer to ${op}`)), answerWithinMs);
      this.#answers.set(id, (frame) => {
        clearTimeout(late);
        frame.ok ? done(frame.d) : refused(Object.assign(new Error(frame.error.message), frame.error));
      });
    });
    this.#socket.send(JSON.stringify({ id, op, d }));
    return answer;
  }

  entry(conversation, seq) {
    return new Promise((done, failed) => {
      const look = () => {
        const found = this.entries.find((each) => each.conversation === conversation && each.seq === seq);
        if (found) clearTimeout(late), done(found);
        return found !== undefined;
      };
      const late = setTimeout(() => failed(new Error(`entry ${seq} was not pushed`)), answerWithinMs);
      if (!look()) this.#waiting.push(look);
    });
  }

  close() {
    return new Promise((done) => this.#socket.once("close", done).close());
  }

  #take(bytes, isBinary) {
    assert.equal(isBinary, false);
    const frame = JSON.parse(bytes.toString());
    if (frame.ev === undefined) {
      const answer = this.#answers.get(frame.id);
      assert.ok(answer, "an answer nobody asked for, or a second one");
      this.#answers.delete(frame.id);
      answer(frame);
    } else if (frame.ev === "entry") {
      this.entries.push(frame.d);
      this.#waiting = this.#waiting.filter((look) => !look());
    }
  }
}

test("two people and a group", async (t) => {
  const [alice, bob, carol] = await Promise.all(["alice", "bob", "carol"].map(makePerson));
  const [atAlice, atBob, atCarol] = await Promise.all([alice, bob, carol].map((each) => Connection.of(each)));
  const { conversation } = await atAlice.request("open_direct", { user: bob.id });

  await t.test("talk in a direct conversation", async () => {
    const { seq, duplicate } = await atAlice.request("send", { conversation, key: "k1", text: "hello bob" });
    assert.deepEqual([seq, duplicate], [2, false]);
    assert.equal((await atBob.entry(conversation, 2)).text, "hello bob");
    await atBob.request("send", { conversation, key: "k1", text: "hello alice" });
    assert.equal((await atAlice.entry(conversation, 3)).sender, bob.id);
  });

  await t.test("talk in a group", async () => {
    const request = { key: "g", name: "Friends", members: [bob.id, carol.id] };
    const made = await atAlice.request("create_group", request);
    for (const at of [atAlice, atBob, atCarol]) assert.equal((await at.entry(made.conversation, 1)).name, "Friends");
    await atCarol.request("send", { conversation: made.conversation, key: "k", text: "hello all" });
    for (const at of [atAlice, atBob, atCarol])
      assert.equal((await at.entry(made.conversation, 2)).text, "hello all");
    assert.deepEqual(await atAlice.request("create_group", request), { ...made, duplicate: true });
  });

  await t.test("send 32 at once and keep their order", async () => {
    const numbers = [...Array(32).keys()];
    const answers = await Promise.all(
      numbers.map((i) => atAlice.request("send", { conversation, key: `p${i}`, text: `text ${i}` })),
    );
    assert.deepEqual(answers.map(({ seq }) => seq), numbers.map((i) => 4 + i));
    await atBob.entry(conversation, 35);
    const shown = atBob.entries.filter((each) => each.conversation === conversation && each.seq > 3);
    assert.deepEqual(shown.map(({ text }) => text), numbers.map((i) => `text ${i}`));
  });

  await t.test("a key used twice is one entry, with another text a conflict", async () => {
    const first = await atAlice.request("send", { conversation, key: "same", text: "once" });
    const again = await atAlice.request("send", { conversation, key: "same", text: "once" });
    assert.deepEqual(again, { ...first, duplicate: true });
    await assert.rejects(atAlice.request("send", { conversation, key: "same", text: "other" }), { code: "conflict" });
    const { entries } = await atAlice.request("history", { conversation, limit: 1 });
    assert.equal(entries[0].seq, first.seq);
  });

  await t.test("a hundred thousand emoji arrive, one more is too large", async () => {
    const text = emoji.repeat(100_000);
    const { seq } = await atAlice.request("send", { conversation, key: "long", text });
    assert.ok(Buffer.from((await atBob.entry(conversation, seq)).text).equals(Buffer.from(text)));
    await assert.rejects(atAlice.request("send", { conversation, key: "longer", text: text + emoji }), {
      code: "too_large",
    });
  });

  await Promise.all([atAlice, atBob, atCarol].map((each) => each.close()));
});
