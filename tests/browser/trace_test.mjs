// Traces on the topology page: of people who talk at a real node, and of a file.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { fixture } from "./support/fixture.mjs";
import { eventually } from "./support/waiting.mjs";
import { Watcher } from "./support/watcher.mjs";

const here = fixture();
const waitMs = 20_000;
const sample = readFileSync(new URL("../tools/trace/sample.json", import.meta.url), "utf8");

const stepOf = async (watcher) => watcher.panel.locator("ol.trace-steps li").evaluateAll((all) => all.findIndex((each) => each.getAttribute("aria-current") === "step"));

test("a message is traced, listed, and played along the graph", () =>
  here.withPeople(["ada.traced", "bob.traced"], {}, async (ada, bob) => {
    await ada.openDirect("bob.traced");
    await ada.send("before");
    await bob.open("ada.traced");
    await bob.sees("before");
    const watcher = await Watcher.at(here.browser, here.node, "traced");
    const { page, panel } = watcher;
    await watcher.visit(watcher.token);
    await watcher.hasDrawn();
    await page.keyboard.press("t");
    await panel.getByRole("heading", { name: "Traces" }).waitFor();
    await panel.getByRole("combobox", { name: "Trace", exact: true }).selectOption("1");
    await panel.getByRole("button", { name: "Trace", exact: true }).click();
    const newest = panel.getByRole("list", { name: "Newest traces" }).getByRole("button", { name: /message/ });
    let sent = 0;
    await eventually("a trace is listed", waitMs, async () => {
      if (sent < 20) await ada.send(`traced ${++sent}`);
      return (await newest.count()) > 0;
    });
    await newest.first().click();
    await panel.getByText(/ms, \d+ hops on node-1/).waitFor();
    await panel.getByRole("button", { name: /commit/ }).first().waitFor();
    await eventually("it is played", waitMs, async () => (await stepOf(watcher)) > 1);
    await page.keyboard.press("Space");
    const at = await stepOf(watcher);
    await page.keyboard.press("]");
    assert.equal(await stepOf(watcher), at + 1);
    await page.keyboard.press("[");
    assert.equal(await stepOf(watcher), at);
    await panel.getByLabel("Speed of the trace").selectOption("4");
    await watcher.screenshot("topology-trace");
    await panel.getByRole("button", { name: "All traces" }).click();
    await panel.getByRole("button", { name: "Stop tracing" }).click();
    await page.keyboard.press("t");
    await panel.getByRole("heading", { name: "Cluster" }).waitFor();
    await watcher.leave();
  }));

test("saved traces are opened without a token, and played with the actors that are in them", async () => {
  const watcher = await Watcher.at(here.browser, here.node, "saved-traces");
  const { page, panel } = watcher;
  await watcher.visit();
  await watcher.openRecording("run.json", sample);
  await watcher.hasDrawn();
  await panel.getByText("Without the spans of node-4: it did not answer within 2 s.").waitFor();
  await panel.getByRole("button", { name: /49 hops, node-1, node-2, node-3/ }).first().click();
  await eventually("it is played", waitMs, async () => (await stepOf(watcher)) > 0);
  await page.keyboard.press("Space");
  await panel.getByRole("button", { name: /6 × entries_delivered session on node-3/ }).click();
  const picture = await watcher.saved("Save the picture (PNG)");
  assert.ok((await watcher.colourful(picture.bytes)).colours > 50, "the picture is no empty sheet");
  await watcher.screenshot("topology-saved-trace");
  await watcher.openRecording("broken.json", '{"schema":"parley.traces/1","taken_at":"2026-11-30T12:00:00Z","lost":0,"missing":[],"spans":[7]}');
  await page.getByText("broken.json holds no traces: spans[0] should be an object").waitFor();
  await page.getByRole("button", { name: "Close run.json" }).click();
  await page.getByLabel("Operator's token").waitFor();
  await watcher.leave();
});
