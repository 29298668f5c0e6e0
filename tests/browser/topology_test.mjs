// The topology page at a real node with people who talk.
import assert from "node:assert/strict";
import test from "node:test";
import { fixture } from "./support/fixture.mjs";
import { eventually } from "./support/waiting.mjs";
import { Watcher } from "./support/watcher.mjs";

const here = fixture();
const waitMs = 20_000;

async function asked(watcher, query = "") {
  const answer = await fetch(`${here.node.url}/v1/operator/topology${query}`, { headers: { Authorization: `Bearer ${watcher.token}` } });
  assert.equal(answer.status, 200);
  return answer.json();
}

test("a wrong token is refused with where the right one is, and the right one lets in", async () => {
  const watcher = await Watcher.at(here.browser, here.node, "token");
  const { page } = watcher;
  await watcher.visit();
  await page.getByLabel("Operator's token").fill("wrong");
  await page.getByRole("button", { name: "Watch" }).click();
  await watcher.hasProblem(/not the operator's token.*operator\.token/);
  await watcher.screenshot("topology-wrong-token");
  await page.getByLabel("Operator's token").fill(watcher.token);
  await page.getByRole("button", { name: "Watch" }).click();
  await watcher.hasDrawn();
  await page.reload();
  await watcher.hasDrawn();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Operator's token").waitFor();
  assert.deepEqual(await page.evaluate(() => [sessionStorage.length, localStorage.length]), [0, 0]);
  await watcher.leave();
});

test("a token in the address is taken from there at once, and kept in this tab only", async () => {
  const watcher = await Watcher.at(here.browser, here.node, "address");
  await watcher.visit(watcher.token);
  await watcher.hasDrawn();
  assert.equal(watcher.page.url(), `${here.node.url}/topology`);
  assert.deepEqual(await watcher.page.evaluate(() => [Object.keys(sessionStorage), localStorage.length]), [["parley.operator_token"], 0]);
  await watcher.leave();
});

test("the actors of people who talk are there, and their lines when edges are counted", () =>
  here.withPeople(["ada.watched", "bob.watched"], {}, async (ada, bob) => {
    await ada.openDirect("bob.watched");
    await ada.send("before");
    await bob.open("ada.watched");
    await bob.sees("before");
    const watcher = await Watcher.at(here.browser, here.node, "live");
    const { page } = watcher;
    await watcher.visit(watcher.token);
    await watcher.hasDrawn();
    const snapshot = await asked(watcher);
    assert.equal(await watcher.number("Answered by"), snapshot.answered_by);
    const users = snapshot.actors.filter((each) => each.kind === "user").length;
    assert.ok(users >= 2);
    await watcher.panel.getByRole("row", { name: new RegExp(`^user ${users} `) }).waitFor();

    await page.getByRole("button", { name: "Count edges for 10 minutes" }).click();
    await page.getByText("All nodes count edges for 10 minutes.").waitFor();
    await eventually("the node counts edges", waitMs, async () => (await asked(watcher)).nodes[0].level === "edges");
    await ada.send("counted");
    await bob.sees("counted");
    await eventually("flows are drawn", waitMs, async () => (await watcher.marks())[1] > 0);
    await watcher.screenshot("topology-live");
    await page.keyboard.press("f");
    await eventually("messages are drawn", waitMs, async () => (await watcher.marks())[1] > 3);

    const writer = (await asked(watcher)).actors.find((each) => each.kind === "log_writer");
    await watcher.finds("log_writer");
    await watcher.panel.getByRole("heading", { name: `log_writer ${writer.id}` }).waitFor();
    await ada.send("handled");
    await bob.sees("handled");
    await eventually("the numbers follow", waitMs, async () => Number((await watcher.number("Handled")).replace(/\D/g, "")) > writer.handled);
    await watcher.screenshot("topology-actor");

    const session = (await asked(watcher)).actors.find((each) => each.kind === "session" && each.person);
    await watcher.finds(`session ${session.id}`);
    await watcher.panel.getByRole("heading", { name: `session ${session.id}` }).waitFor();
    assert.equal(await watcher.number("Person"), session.person);
    const flows = watcher.panel.getByRole("table", { name: "Messages from and to other entities" });
    await flows.getByRole("row").nth(1).waitFor();
    const picture = await watcher.saved("Save the picture (PNG)");
    assert.ok((await watcher.colourful(picture.bytes)).colours > 50, "the picture is no empty sheet");

    await page.getByRole("button", { name: "Pause" }).click();
    const { name, bytes } = await watcher.saved("Save the snapshot (JSON)");
    assert.match(name, /\.json$/);
    const saved = JSON.parse(bytes.toString());
    assert.equal(saved.schema, "parley.topology/1");
    assert.ok(saved.flows.length > 0 && saved.edges.length > 0);
    await watcher.openRecording("saved.json", bytes);
    await page.getByRole("button", { name: "Close saved.json" }).click();
    await page.getByText(/, live$/).waitFor();
    await watcher.leave();
  }));

test("a node that is away is said, and watching goes on when it is back", async () => {
  const watcher = await Watcher.at(here.browser, here.node, "away");
  await watcher.visit(watcher.token);
  await watcher.hasDrawn();
  await here.node.kill();
  await watcher.hasProblem(/the node cannot be reached; asked again every 3 s/);
  await here.node.start();
  const before = await watcher.drawn();
  await eventually("the picture goes on", 60_000, async () => (await watcher.drawn()) > before && (await watcher.page.getByRole("alert").count()) === 0);
  await watcher.leave();
});
