// Somebody at the topology page, by roles and labels as they meet them; nothing but the node may be asked for anything.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { Person } from "./people.mjs";
import { eventually } from "./waiting.mjs";

const waitMs = 20_000;

export class Watcher extends Person {
  static async at(browser, node, name, options = {}) {
    return Object.assign(new Watcher(), await Person.at(browser, node, name, { viewport: { width: 1440, height: 900 }, ...options }));
  }

  /** The token that the node made for its operator. */
  get token() {
    return readFileSync(path.join(this.node.data, "operator.token"), "utf8").trim();
  }

  async visit(token) {
    await this.page.goto(`${this.node.url}/topology${token === undefined ? "" : `#token=${token}`}`);
  }

  get panel() {
    return this.page.getByRole("complementary", { name: "Numbers" });
  }

  /** The value of a row of the panel. */
  async number(name) {
    return this.panel.locator("dl.numbers > div").filter({ has: this.page.getByText(name, { exact: true }) }).locator("dd").first().textContent();
  }

  /** How many times the picture was drawn anew. */
  async drawn() {
    return Number((await this.page.locator(".stage").getAttribute("data-drawn")) ?? 0);
  }

  async hasDrawn() {
    await eventually("the picture is drawn", waitMs, async () => (await this.drawn()) > 0);
  }

  /** Types into the search, and takes what is found first. */
  async finds(text) {
    await this.page.keyboard.press("/");
    await this.page.keyboard.type(text);
    await this.page.getByRole("listbox", { name: "Found" }).getByRole("option").first().waitFor();
    await this.page.keyboard.press("Enter");
  }

  /** [marks, lines] of the picture. */
  async marks() {
    return (await this.number("Drawn")).match(/\d[\d,]*/g).map((each) => Number(each.replace(/,/g, "")));
  }

  /** Opens a file as if it had been chosen from a folder: its name, and its text. */
  async openRecording(name, text) {
    await this.page.getByLabel("File of a recording or of traces").setInputFiles({ name, mimeType: "application/json", buffer: Buffer.from(text) });
  }

  /** What a button saves, as bytes, and the name that it gets. */
  async saved(button) {
    const [download] = await Promise.all([this.page.waitForEvent("download"), this.page.getByRole("button", { name: button }).click()]);
    return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
  }

  /** The share of the pixels of a PNG that are not of its commonest colour. */
  async colourful(png) {
    return this.page.evaluate(async (data) => {
      const image = new Image();
      image.src = `data:image/png;base64,${data}`;
      await image.decode();
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [image.width, image.height];
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      const pixels = new Uint32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
      const counts = new Map();
      for (const each of pixels) counts.set(each, (counts.get(each) ?? 0) + 1);
      return { colours: counts.size, share: 1 - Math.max(...counts.values()) / pixels.length };
    }, png.toString("base64"));
  }

  /** Presses a key, and returns how many ms it took until the picture was drawn anew. */
  async drawsAfter(key) {
    const before = await this.drawn();
    const began = performance.now();
    await this.page.keyboard.press(key);
    await eventually(`the picture is drawn after ${key}`, 10 * waitMs, async () => (await this.drawn()) > before);
    return performance.now() - began;
  }

  /** The longest ms that the page was busy between two frames while this was done. */
  async longestPause(what) {
    await this.page.evaluate(() => {
      globalThis.frames_ = { longest: 0, last: performance.now(), goesOn: true };
      const look = () => {
        const now = performance.now();
        globalThis.frames_.longest = Math.max(globalThis.frames_.longest, now - globalThis.frames_.last);
        globalThis.frames_.last = now;
        if (globalThis.frames_.goesOn) requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
    await what();
    return this.page.evaluate(() => {
      globalThis.frames_.goesOn = false;
      return globalThis.frames_.longest;
    });
  }

  async hasProblem(pattern) {
    const alert = this.page.getByRole("alert").filter({ hasText: pattern });
    await alert.waitFor();
    assert.match(await alert.textContent(), pattern);
  }
}
