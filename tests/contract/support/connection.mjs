// A WebSocket that checks whatever it is sent against the specification, and keeps it until somebody asks.
import assert from "node:assert/strict";
import WebSocket from "ws";
import { messages } from "./specifications.mjs";
import { problemsOf } from "./schemas.mjs";
import { answerWithinMs, Waiting } from "./waiting.mjs";

export class Connection {
  #socket;
  #ops = new Map();
  #waiting = new Waiting();
  #answersPings;
  #floods = false;
  events = [];
  replies = [];
  problems = [];
  closed;
  closeIsExpected = false;

  constructor(who, { answersPings = true } = {}) {
    this.who = who;
    this.#answersPings = answersPings;
  }

  async open(url) {
    this.#socket = new WebSocket(`${url.replace("http", "ws")}/v1/ws`, "parley.v1", { autoPong: this.#answersPings });
    this.#socket.on("message", (bytes, isBinary) => this.#take(bytes.toString(), isBinary));
    this.#socket.on("close", (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      this.#waiting.look();
    });
    await new Promise((done, failed) => this.#socket.once("open", done).once("error", failed));
    this.#socket.on("error", () => {}); // What follows is a close, and that is looked at.
    assert.equal(this.#socket.protocol, "parley.v1");
  }

  send(op, frame) {
    this.#ops.set(frame.id, op);
    this.#socket.send(JSON.stringify(frame));
  }

  /** Many frames at once, some of which may stay without an answer. */
  flood(op, frames) {
    this.#floods = true;
    for (const frame of frames) this.send(op, frame);
  }

  /** A frame of a closing example: what no client should send. */
  sendRaw({ text, binary, bytes, "text-hex": hex, "wire-hex": wire }) {
    // Below the library, which makes no such frame.
    if (wire) this.#socket._socket.write(Buffer.from(wire, "hex"));
    else if (hex) this.#socket.send(Buffer.from(String(hex), "hex"), { binary: false });
    else if (bytes) this.#socket.send(JSON.stringify({ id: 1, op: "ping", d: { filler: "x".repeat(bytes) } }));
    else this.#socket.send(text ?? binary, { binary: binary !== undefined });
  }

  stopReading() {
    this.#socket.pause();
  }

  readAgain() {
    this.#socket.resume();
  }

  leave() {
    this.closeIsExpected = true;
    this.#socket.close();
    return this.wait("the connection to end", () => this.closed);
  }

  terminate() {
    this.#socket?.terminate();
  }

  /** The first truthy value of `look`, which is asked again whenever something has come. */
  async wait(what, look, withinMs = answerWithinMs) {
    const isOver = () => this.problems.length > 0 || (this.closed && !this.closeIsExpected);
    const asked = typeof what === "function" ? what : () => what;
    const value = await this.#waiting.until(() => `${this.who}: ${asked()}`, () => look() || isOver(), withinMs);
    if (this.problems.length > 0) throw new Error(this.problems.join("\n"));
    if (value === true && !look()) throw new Error(`${this.who} was closed (${this.closed.code}) instead of ${asked()}`);
    return value;
  }

  #take(text, isBinary) {
    try {
      assert.equal(isBinary, false, "a binary frame");
      const frame = JSON.parse(text);
      if (frame.ev === undefined) this.#takeReply(frame);
      else this.#takeEvent(frame);
    } catch (problem) {
      this.problems.push(`${this.who} was sent ${text.slice(0, 500)}: ${problem.message}`);
    }
    this.#waiting.look();
  }

  #takeReply(frame) {
    const op = this.#ops.get(frame.id);
    assert.ok(op, `nobody asked, or it was answered already (${frame.id})`);
    this.#ops.delete(frame.id);
    this.#mustBe(frame.ok ? `${op}.reply` : "refusal", frame);
    if (!this.#floods || !frame.ok) this.replies.push(frame);
  }

  #takeEvent(frame) {
    this.#mustBe(`${frame.ev}.event`, frame);
    this.events.push(frame);
  }

  #mustBe(name, frame) {
    const message = messages.get(name);
    assert.ok(message, `the specification has no ${name}`);
    const problems = problemsOf(message.payload, frame, { isStrict: true });
    assert.deepEqual(problems, [], `this is no ${name}`);
  }
}
