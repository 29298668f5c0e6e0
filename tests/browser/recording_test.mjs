// The topology page with recordings of clusters that are too large to be run here.
import assert from "node:assert/strict";
import test from "node:test";
import { sampleLines } from "../../tools/web/topology/test/sample.mjs";
import { fixture } from "./support/fixture.mjs";
import { eventually } from "./support/waiting.mjs";
import { Watcher } from "./support/watcher.mjs";

const here = fixture();

// Ten times of what this takes with two busy cores and a graphics card that is a program.
const drawMostMs = 20_000;
const pauseMostMs = 15_000;

async function watching(name, options, work) {
  const watcher = await Watcher.at(here.browser, here.node, name, options);
  try {
    await watcher.visit();
    await work(watcher, watcher.page);
  } catch (wrong) {
    await watcher.screenshot(`failed-${name}`).catch(() => undefined);
    throw wrong;
  }
  await watcher.leave();
}

test("5,000 actors are drawn one by one, and the page stays responsive", () =>
  watching("large-recording", {}, async (watcher, page) => {
    await watcher.openRecording("large.jsonl", [...sampleLines({ actors: 7900, steps: 4, seed: 3 })].join(""));
    await watcher.hasDrawn();
    const [marks] = await watcher.marks();
    assert.ok(marks > 5000, `${marks} marks`);
    const took = await watcher.drawsAfter("]");
    assert.ok(took < drawMostMs, `${took} ms from one snapshot to the next`);
    const [, lines] = await watcher.marks();
    assert.ok(lines > 500, `${lines} lines`);
    await page.locator("#graph").focus();
    const pause = await watcher.longestPause(async () => {
      for (const key of ["+", "ArrowLeft", "ArrowUp", "ArrowRight", "-", "0"]) await page.keyboard.press(key);
    });
    assert.ok(pause < pauseMostMs, `${pause} ms without a frame`);
    const { name, bytes } = await watcher.saved("Save the picture (PNG)");
    assert.match(name, /^parley-topology-.*\.png$/);
    const { colours, share } = await watcher.colourful(bytes);
    assert.ok(colours > 200 && share > 0.3, `${colours} colours, ${share} of the picture`);
    await watcher.screenshot("topology-large");
  }));

test("20,000 are grouped, and a group is opened on demand", () =>
  watching("huge-recording", { colorScheme: "dark" }, async (watcher, page) => {
    await watcher.openRecording("huge.jsonl", [...sampleLines({ actors: 23_000, steps: 1, seed: 3 })].join(""));
    await watcher.hasDrawn();
    await page.getByLabel("Level of detail").selectOption("kinds");
    await eventually("groups are drawn", 20_000, async () => (await watcher.marks())[0] < 1200);
    await watcher.screenshot("topology-groups");
    await page.locator("#graph").focus();
    await page.keyboard.press("n");
    for (let i = 0; !/×/.test(await watcher.panel.getByRole("heading", { level: 2 }).textContent()); ++i) {
      assert.ok(i < 100, "no group is found by going from one to the next");
      await page.keyboard.press("n");
    }
    await watcher.panel.getByRole("button", { name: /^Open the group/ }).click();
    await page.keyboard.press("Escape");
    await eventually("its actors are drawn", 20_000, async () => (await watcher.marks())[0] > 2000);
  }));

test("a node that died is shown as gone, and its actors where they went", () =>
  watching("death-recording", {}, async (watcher, page) => {
    await watcher.openRecording("death.jsonl", [...sampleLines({ actors: 1500, shards: 256, steps: 10, seed: 3, kill: 5 })].join(""));
    await watcher.hasDrawn();
    await page.getByRole("slider", { name: "Time" }).fill("5");
    const news = watcher.panel.getByRole("status");
    await news.filter({ hasText: /^node-2 is gone\. [\d,]+ actors moved to another node\.$/ }).waitFor();
    await watcher.screenshot("topology-node-gone");
    await page.getByRole("button", { name: "One snapshot back" }).click();
    await eventually("before, nobody had moved", 20_000, async () => (await news.count()) === 0);
    await watcher.panel.getByRole("button", { name: "node-2", exact: true }).waitFor();
    await page.getByLabel("Speed").selectOption("50");
    await page.getByRole("button", { name: "Play" }).click();
    await page.getByText(/, 10 of 10$/).waitFor();
    await page.getByRole("button", { name: "Play" }).waitFor();
    await page.getByRole("button", { name: "Close death.jsonl" }).click();
    await page.getByLabel("Operator's token").waitFor();
  }));

test("what cannot be read is refused with what to do, and what was torn is said", () =>
  watching("bad-recording", {}, async (watcher, page) => {
    await watcher.openRecording("photo.jpg", "\u00ff\u00d8\u00ff\u0000 this is no recording");
    await watcher.hasProblem(/photo\.jpg has no snapshot in it\..*parley topology replay/);
    const [line] = sampleLines({ actors: 100, shards: 16, steps: 1 });
    await watcher.openRecording("torn.jsonl", `${line}{"n":2,"at":"2026`);
    await watcher.hasDrawn();
    await page.getByText("torn.jsonl: line 2, the last one, is cut off").waitFor();
  }));

test("the picture is described, moved and searched without a mouse, and nothing is in anybody's way", () =>
  watching("keyboard-recording", { reducedMotion: "reduce" }, async (watcher, page) => {
    assert.deepEqual(await watcher.accessibilityFaults(), [], "signing in");
    await watcher.openRecording("some.jsonl", [...sampleLines({ actors: 400, shards: 64, steps: 4, seed: 5 })].join(""));
    await watcher.hasDrawn();
    assert.deepEqual(await watcher.accessibilityFaults(), [], "the cluster");
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    assert.deepEqual(await watcher.accessibilityFaults(), [], "help");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await watcher.finds("log_writer node-2");
    await watcher.panel.getByRole("heading", { name: /^log_writer node-2\// }).waitFor();
    assert.deepEqual(await watcher.accessibilityFaults(), [], "an actor");
    assert.match(await watcher.number("Handled"), /messages/);
    await page.locator("#graph").focus();
    assert.match(await page.locator("#graph").getAttribute("aria-label"), /^3 nodes, \d+ actors, \d+ lines\./);
    await page.keyboard.press("Escape");
    await watcher.panel.getByRole("heading", { name: "Cluster" }).waitFor();
    const [, flows] = await watcher.marks();
    await page.keyboard.press("f");
    await eventually("messages are drawn instead", 20_000, async () => (await watcher.marks())[1] !== flows);
    assert.ok(await page.getByRole("radio", { name: "Messages" }).isChecked());
    await page.keyboard.press("]");
    await page.getByText(/, 2 of 4$/).waitFor();
    await page.getByRole("checkbox", { name: /session/ }).press("Space");
    await eventually("sessions are out of the picture", 20_000, async () => !(await page.getByRole("checkbox", { name: /session/ }).isChecked()));
  }));
