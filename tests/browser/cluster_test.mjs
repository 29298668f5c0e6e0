// Two browsers on two nodes of a demo, and the accident that it proposes: the owner of their group is killed.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Demo } from "./support/demo.mjs";
import { launch, Person } from "./support/people.mjs";
import { eventually } from "./support/waiting.mjs";

const restartsWithinMs = 90_000; // the demo starts it again after 10 s
const demo = new Demo();
let browser;

before(async () => {
  await demo.start("--nodes", "3", "--people", "3", "--rate", "0");
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await demo.remove();
});

async function atTheirNode(name) {
  const url = demo.said(new RegExp(`^ +${name}: +(http://[^/]+)/$`, "m"));
  const person = await Person.at(browser, { url }, name, { password: demo.said(/Everybody's password: (\S+)/) });
  await person.signIn();
  await person.open("Everybody");
  return person;
}

test("both go on and have everything after kill -9 of the node that owns their group, where one of them is", async () => {
  const alice = await atTheirNode("alice");
  const bob = await atTheirNode("bob");
  assert.notEqual(alice.node.url, bob.node.url);
  await alice.send("from one node");
  await bob.sees("from one node");
  await bob.send("from another");
  await alice.sees("from another");

  process.kill(Number(demo.said(/kill it: kill -9 (\d+)/)), "SIGKILL");
  await alice.send("at once");
  await bob.send("while my node is away");
  // Alice's node takes the group over, with nobody's help.
  await alice.sees("at once");
  await eventually("both have everything", restartsWithinMs, async () => {
    const [atAlice, atBob] = [await alice.texts(), await bob.texts()];
    return [atAlice, atBob].every((texts) => texts.includes("at once") && texts.includes("while my node is away"));
  });
  const all = await alice.texts();
  assert.deepEqual(await bob.texts(), all, "in the same order");
  assert.deepEqual([...all].sort(), [...new Set(all)].sort(), "each once");
  assert.deepEqual(all.slice(0, 2), ["from one node", "from another"]);
  for (const each of [alice, bob]) await each.leave();
});
