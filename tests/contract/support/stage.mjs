// Plays a scenario against a real node.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { Node } from "../../browser/support/node.mjs";
import { Bindings } from "./bindings.mjs";
import { Connection } from "./connection.mjs";
import { Database } from "./database.mjs";
import { callExample } from "./http.mjs";
import { answerTo, closeCodes, messages } from "./specifications.mjs";

const foundWithinMs = 15_000;
const closedWithinMs = 60_000;
const betweenTriesMs = 50; // nothing announces what is tried again

function split(what) {
  const [kind, ...rest] = what.split("/");
  return [kind, rest.join("/")];
}

/** A request that is wrong on purpose still names conversations by the words of its op. */
function requestSchema(op, payload) {
  return (messages.get(`${payload.op}.request`) ?? messages.get(`${op}.request`)).payload;
}

export class Stage {
  #scenario;
  #node;
  #database;
  #bindings = new Bindings();
  #connections = new Map();
  #tokens = new Map();
  #begun = new Map();

  constructor(scenario) {
    this.#scenario = scenario;
    this.#node = new Node(scenario.node);
    this.#database = new Database(this.#node);
  }

  async play() {
    try {
      await this.#node.start();
      for (const [i, step] of this.#scenario.steps.entries()) await this.#take(step, this.#scenario.steps.slice(i));
      this.#lookForProblems();
    } catch (problem) {
      problem.message += `\n--- the node's last words\n${this.#node.logEnd()}`;
      throw problem;
    } finally {
      this.#database.wake();
      for (const each of this.#connections.values()) each.terminate();
      await this.#node.remove();
    }
  }

  async #take(step, left) {
    for (const each of this.#connections.values())
      each.closeIsExpected ||= left.some(({ who, verb }) => who === each.who && ["is closed", "provokes"].includes(verb));
    try {
      await this.#act(step);
      this.#lookForProblems();
    } catch (problem) {
      problem.message = `${this.#scenario.name}: ${step.text}\n${problem.message}`;
      throw problem;
    }
  }

  async #act({ text, who, verb, what = "" }) {
    const acts = {
      asks: () => this.#ask(who, what),
      finds: () => this.#find(who, what),
      posts: () => this.#post(who, what),
      hears: () => this.#hear(who, what),
      sees: () => this.#see(who, what),
      provokes: () => this.#provoke(who, what),
      "is closed": () => this.#closed(who, what),
      floods: () => this.#flood(who, ...what.split(" ")),
      "is told": () => this.#told(who, what),
      reads: () => this.#at(who).readAgain(),
      leaves: () => this.#at(who).leave(),
      connects: () => this.#connect(who, what),
      calls: () => this.#call(who, what),
      polls: () => this.#poll(who, what),
      begins: () => void this.#begun.set(`${who} ${what}`, this.#call(who, what).catch((problem) => problem)),
      gets: () => this.#get(who, what),
      stops: () => (who === "the node" ? this.#stop() : this.#at(who).stopReading()),
      freezes: () => this.#database.freeze(),
      wakes: () => this.#database.wake(),
      runs: () => this.#database.query(what),
    };
    assert.ok(acts[verb], `what does this mean: ${text}`);
    await acts[verb]();
  }

  #at(who) {
    const connection = this.#connections.get(who);
    assert.ok(connection, `${who} is not connected`);
    return connection;
  }

  async #connect(who, how) {
    const connection = new Connection(who, { answersPings: how !== "and answers no pings" });
    this.#connections.set(who, connection);
    await connection.open(this.#node.url);
    await connection.wait("hello", () => connection.events.some((each) => each.ev === "hello"));
  }

  #frameOf(op, name) {
    const example = messages.get(`${op}.request`)?.examples.get(name);
    assert.ok(example, `there is no example ${op}/${name}`);
    return this.#bindings.toReality(requestSchema(op, example.payload), example.payload);
  }

  #post(who, what) {
    const [op, name] = split(what);
    this.#at(who).send(op, this.#frameOf(op, name));
  }

  async #hear(who, what) {
    const why = await this.#reply(who, what);
    assert.ok(why === undefined, `the example says otherwise at ${why}`);
  }

  /** Why the reply to the example is not the example of the reply; nothing if it is. */
  async #reply(who, what) {
    const [op, name] = split(what);
    const connection = this.#at(who);
    const { id } = messages.get(`${op}.request`).examples.get(name).payload;
    const isIt = (frame) => frame.id === id;
    const frame = await connection.wait("a reply", () => connection.replies.find(isIt));
    connection.replies.splice(connection.replies.indexOf(frame), 1);
    const answer = answerTo(op, name);
    assert.ok(answer.payload, `no example says what ${what} is answered`);
    const { payload: schema } = messages.get(answer.reply ? `${op}.reply` : "refusal");
    const why = this.#bindings.whyDifferent(schema, answer.payload, frame);
    return why === undefined ? undefined : `${why}\nit was ${JSON.stringify(frame)}`;
  }

  async #ask(who, what) {
    this.#post(who, what);
    await this.#hear(who, what);
  }

  async #find(who, what) {
    const deadline = Date.now() + foundWithinMs;
    for (;;) {
      this.#post(who, what);
      const why = await this.#reply(who, what);
      if (why === undefined) return;
      assert.ok(Date.now() < deadline, `not within ${foundWithinMs} ms; the example says otherwise at ${why}`);
      await pause(betweenTriesMs);
    }
  }

  async #see(who, what) {
    const [name, exampleName] = split(what);
    const { payload: schema, examples } = messages.get(`${name}.event`);
    const example = examples.get(exampleName);
    assert.ok(example, `there is no example ${what}`);
    const connection = this.#at(who);
    let reasons = [];
    const look = () => {
      reasons = [];
      for (const [i, event] of connection.events.entries()) {
        if (event.ev !== name) continue;
        const why = this.#bindings.whyDifferent(schema, example.payload, event);
        if (why === undefined) return connection.events.splice(i, 1);
        reasons.push(`${why}\n  in ${JSON.stringify(event)}`);
      }
      return undefined;
    };
    await connection.wait(() => `the event ${what}; what came: ${reasons.join("\n")}`, look);
  }

  async #provoke(who, what) {
    const [code, name] = split(what);
    this.#at(who).sendRaw(closeCodes.get(Number(code)).examples.find((each) => each.name === name).frame);
    await this.#closed(who, what);
  }

  async #closed(who, what) {
    const [code, name] = split(what);
    assert.ok(closeCodes.get(Number(code))?.examples.some((each) => each.name === name), `there is no example ${what}`);
    const connection = this.#at(who);
    await connection.wait("to be closed", () => connection.closed, closedWithinMs);
    assert.equal(connection.closed.code, Number(code), `closed because ${connection.closed.reason}`);
  }

  #flood(who, what, times) {
    const [op, name] = split(what);
    const frame = this.#frameOf(op, name);
    const frames = Array.from({ length: Number(times) }, (_, i) => {
      const d = { ...frame.d, key: `${frame.d.key}-${i}` };
      if (name === "big") d.text = frame.d.text.repeat(5_000);
      return { ...frame, id: frame.id + i, d };
    });
    this.#at(who).flood(op, frames);
  }

  async #told(who, what) {
    const connection = this.#at(who);
    const { payload: schema, examples } = messages.get("refusal");
    const example = examples.get(what).payload;
    const isIt = (frame) => this.#bindings.whyDifferent(schema, { ...example, id: frame.id }, frame) === undefined;
    await connection.wait(`the refusal ${what}`, () => connection.replies.some(isIt));
    connection.replies = [];
  }

  #tokenOf(person) {
    if (person === "the operator") return readFileSync(`${this.#node.data}/operator.token`, "utf8").trim();
    return person === "nobody" ? undefined : this.#tokens.get(person);
  }

  async #call(who, what) {
    const [id, name] = split(what);
    const person = who.split("'")[0];
    const value = await callExample(this.#node.url, id, name, {
      bindings: this.#bindings,
      token: this.#tokenOf(person),
    });
    if (value?.token && value.user) this.#tokens.set(value.user.name, value.token);
  }

  async #poll(who, what) {
    const deadline = Date.now() + foundWithinMs;
    for (;;) {
      try {
        return await this.#call(who, what);
      } catch (problem) {
        if (Date.now() > deadline) throw problem;
        await pause(betweenTriesMs);
      }
    }
  }

  async #get(who, what) {
    const answer = await this.#begun.get(`${who} ${what}`);
    if (answer instanceof Error) throw answer;
  }

  async #stop() {
    assert.equal(await this.#node.stop(), 0, "parleyd ended badly");
  }

  #lookForProblems() {
    for (const each of this.#connections.values()) {
      assert.deepEqual(each.problems, []);
      if (each.closed && !each.closeIsExpected)
        assert.fail(`${each.who} was closed with ${each.closed.code} (${each.closed.reason}), which no step expects`);
    }
  }
}
