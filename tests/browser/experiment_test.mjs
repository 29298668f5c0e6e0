// The report of a short experiment, opened as a file: everything is drawn, in light and dark, and nothing is asked of anybody.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { launch } from "./support/people.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const parley = path.join(process.env.PARLEY_BINARY_DIR, "bin", "parley");
const small = `name: Short </script><b>run</b>
duration: 6s
cluster: {nodes: 2}
people: {count: 10}
groups:
  count: 3
  sizes: {least: 5}
record: {topology_every: 1s}
faults:
  - 2s kill node-2
  - 4s start node-2
`;
let folder;
let browser;

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "parley-browser-experiment-"));
  chmodSync(folder, 0o755); // for PostgreSQL's user
  writeFileSync(path.join(folder, "small.yaml"), small);
  const run = (...words) => execFileSync(parley, ["experiment", ...words], { env: { ...process.env, TMPDIR: folder }, stdio: ["ignore", "pipe", "pipe"] });
  run("run", path.join(folder, "small.yaml"), "--output", path.join(folder, "out"));
  run("report", path.join(folder, "out"));
  browser = await launch();
});

after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens the report, and what went wrong in it. */
async function opened(options) {
  const context = await browser.newContext({ locale: "en-GB", timezoneId: "UTC", ...options });
  const faults = [];
  context.on("weberror", (error) => faults.push(`script: ${error.error()}`));
  context.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  context.on("request", (request) => /^(file|data):/.test(request.url()) || faults.push(`a request to ${request.url()}`));
  const page = await context.newPage();
  await page.goto(pathToFileURL(path.join(folder, "out", "report.html")).href);
  await page.locator("html[data-drawn]").waitFor();
  return { context, page, faults };
}

/** How many pixels of a plot are not of one colour: a plot that is empty has only its ground. */
const inked = (canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let at = 3; at < data.length; at += 4) if (data[at] !== 0) count += 1;
  return count;
};

for (const colorScheme of ["light", "dark"])
  test(`the report is drawn whole (${colorScheme})`, async () => {
    const { context, page, faults } = await opened({ colorScheme, viewport: { width: 1280, height: 900 } });
    await page.getByRole("heading", { level: 1, name: "Short </script><b>run</b>" }).waitFor();
    for (const name of ["Messages", "Deliveries", "Waiting for the acknowledgement", "Distribution of the waits", "Mailboxes", "Commits", "Batches", "Shards", "Sessions"]) {
      const chart = page.locator("figure.chart", { has: page.getByRole("heading", { level: 3, name, exact: true }) });
      assert.ok((await chart.locator("canvas").evaluate(inked)) > 1000, `${name} is drawn`);
      assert.match(await chart.getByRole("img").getAttribute("aria-label"), /: from |: nothing/);
    }
    const rows = page.getByRole("table").first().getByRole("row");
    assert.equal(await rows.count(), 3);
    assert.match(await rows.nth(1).innerText(), /2s kill node-2\s+node-2\s+2\.\d s/);
    assert.equal(await page.locator("figure.graph").count(), 3);
    assert.ok((await page.locator("figure.graph .island[data-state=gone] circle").count()) >= 1);
    assert.ok((await page.locator("figure.graph line").count()) > 10);
    await page.getByText("0 lost, 0 doubled, 0 reordered").waitFor();
    await page.evaluate(axe);
    const found = await page.evaluate(() => globalThis.axe.run());
    assert.deepEqual(
      found.violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.html).join(" ")}`),
      [],
    );
    const shots = path.join(process.env.PARLEY_BINARY_DIR, "screenshots");
    mkdirSync(shots, { recursive: true });
    await page.screenshot({ path: path.join(shots, `experiment-report-${colorScheme}.png`), fullPage: true });
    await context.close();
    assert.deepEqual(faults, []);
  });

test("the report follows a narrow window", async () => {
  const { context, page, faults } = await opened({ viewport: { width: 1280, height: 900 } });
  await page.setViewportSize({ width: 380, height: 800 });
  const chart = page.locator("figure.chart canvas").first();
  await page.waitForFunction((canvas) => canvas.getBoundingClientRect().width < 380, await chart.elementHandle());
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 380), "nothing sticks out");
  await context.close();
  assert.deepEqual(faults, []);
});
