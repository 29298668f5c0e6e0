// The client of guide.md works as it stands there.
import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import WebSocket from "ws";
import { Node } from "../browser/support/node.mjs";
import { protocolFolder } from "./support/specifications.mjs";
import { answerWithinMs, Waiting } from "./support/waiting.mjs";

const AsyncFunction = async function () {}.constructor;
const guide = readFileSync(path.join(protocolFolder, "guide.md"), "utf8");
const [, sample] = /```js\n(.*?)```/s.exec(guide);

test("the client of the guide makes an account, a group and a message", async (t) => {
  const node = new Node();
  t.after(() => node.remove());
  await node.start();
  const shown = [];
  const waiting = new Waiting();
  const console = {
    log(ev, d) {
      shown.push({ ev, d });
      waiting.look();
    },
  };
  // What a browser has besides what Node has; and its user leaves the page in the end.
  class BrowserSocket extends WebSocket {
    constructor(...given) {
      super(...given);
      t.after(() => this.terminate());
    }
  }
  const run = new AsyncFunction("WebSocket", "crypto", "console", "location", sample);
  await run(BrowserSocket, webcrypto, console, new URL(node.url));
  const isIt = ({ ev, d }) => ev === "entry" && d.kind === "message" && d.text === "hello" && d.seq === 2;
  await waiting.until(() => `the message; shown were ${JSON.stringify(shown)}`, () => shown.some(isIt), answerWithinMs);
});
