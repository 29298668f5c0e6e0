// People at the page: each with a browser profile of their own, by roles and labels as they meet them.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { chromium } from "playwright-core";
import { eventually } from "./waiting.mjs";

export const password = "correct horse battery";
export const desktop = { width: 1280, height: 800 };
export const phone = { width: 360, height: 740 };
const waitMs = 20_000;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export function launch() {
  return chromium.launch({
    executablePath: process.env.PARLEY_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-quic", "--disable-background-networking"],
  });
}

export class Person {
  /** What must not have happened by the end. */
  faults = [];

  /** `node`: what has an `url`. Options are the browser context's, and a `password` if it is not the usual one. */
  static async at(browser, node, name, { password: own = password, ...options } = {}) {
    const self = new Person();
    self.name = name;
    self.node = node;
    self.password = own;
    self.context = await browser.newContext({ viewport: desktop, locale: "en-GB", timezoneId: "UTC", ...options });
    self.context.setDefaultTimeout(waitMs);
    await self.context.exposeBinding("parleyTestFault", (_, text) => self.faults.push(text));
    await self.context.addInitScript(() => {
      addEventListener("securitypolicyviolation", (event) =>
        globalThis.parleyTestFault(`policy: ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`),
      );
    });
    self.context.on("weberror", (error) => self.faults.push(`script: ${error.error()}`));
    self.context.on("console", (message) => {
      if (/Content Security Policy|TrustedHTML/.test(message.text())) self.faults.push(message.text());
    });
    self.context.on("request", (request) => {
      if (!request.url().startsWith(`${node.url}/`) && !request.url().startsWith("data:"))
        self.faults.push(`a request to ${request.url()}`);
    });
    self.page = await self.context.newPage();
    return self;
  }

  async visit() {
    await this.page.goto(`${this.node.url}/`);
  }

  /** Makes the account and signs in. */
  async signUp() {
    await this.visit();
    await this.page.getByRole("button", { name: "Create an account" }).click();
    await this.page.getByLabel("Name").fill(this.name);
    await this.page.getByLabel("Password").fill(this.password);
    await this.page.getByRole("button", { name: "Create account" }).click();
    await this.isOnline();
  }

  async signIn({ keep = false } = {}) {
    await this.visit();
    await this.page.getByLabel("Name").fill(this.name);
    await this.page.getByLabel("Password").fill(this.password);
    if (keep) await this.page.getByLabel("Keep me signed in").check();
    await this.page.getByRole("button", { name: "Sign in" }).click();
    await this.isOnline();
  }

  async isOnline() {
    await this.page.locator(".connection[data-state=online]").waitFor({ state: "attached" });
  }

  async openDirect(name) {
    await this.page.getByRole("button", { name: "New conversation" }).click();
    await this.page.getByLabel("Who do you want to talk to?").fill(name.slice(0, 3));
    await this.page.getByRole("list", { name: "People found" }).getByRole("button", { name, exact: true }).click();
    await this.hasOpen(name);
  }

  async createGroup(title, names) {
    await this.page.getByRole("button", { name: "New conversation" }).click();
    await this.page.getByRole("radio", { name: "Group" }).check();
    await this.page.getByLabel("Name of the group").fill(title);
    for (const name of names) {
      await this.page.getByLabel("Add people").fill(name);
      await this.page.getByRole("list", { name: "People found" }).getByRole("button", { name }).click();
    }
    await this.page.getByRole("button", { name: `Create group of ${names.length + 1}` }).click();
    await this.hasOpen(title);
  }

  /** From the list. */
  async open(title) {
    await this.listed(title).click();
    await this.hasOpen(title);
  }

  async hasOpen(title) {
    await this.page.getByRole("heading", { level: 2, name: title }).waitFor();
  }

  /** What the page has no button for yet: the same person, by another device. */
  async ask(op, d) {
    return this.page.evaluate(
      async ([op, d]) => {
        const { token } = JSON.parse(sessionStorage.getItem("parley.signed_in"));
        const socket = new WebSocket(`ws://${location.host}/v1/ws`, "parley.v1");
        await new Promise((done, failed) => Object.assign(socket, { onopen: done, onerror: failed }));
        socket.send(JSON.stringify({ id: 1, op: "identify", d: { token } }));
        socket.send(JSON.stringify({ id: 2, op, d }));
        const answer = await new Promise((done) => {
          socket.onmessage = ({ data }) => JSON.parse(data).id === 2 && done(JSON.parse(data));
        });
        socket.close();
        if (!answer.ok) throw new Error(`${op}: ${answer.error.code}: ${answer.error.message}`);
        return answer.d;
      },
      [op, d],
    );
  }

  /** The id of the conversation that is open. */
  get opened() {
    return new URL(this.page.url()).hash.slice(2);
  }

  listed(title) {
    return this.page.getByRole("navigation", { name: "Conversations" }).getByRole("link").filter({ hasText: title });
  }

  get box() {
    return this.page.getByRole("textbox", { name: /^Message to / });
  }

  get log() {
    return this.page.getByRole("log", { name: "Messages" });
  }

  async send(text) {
    await this.box.fill(text);
    await this.page.getByRole("button", { name: "Send" }).click();
  }

  /** As `send`, without the time that the browser takes to type tens of thousands of lines. */
  async sendAtOnce(text) {
    await this.box.evaluate((box, typed) => {
      box.value = typed;
      box.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }, text);
    await this.page.getByRole("button", { name: "Send" }).click();
  }

  /** As `send`, by the clipboard. */
  async paste(text) {
    await this.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await this.page.evaluate((copied) => navigator.clipboard.writeText(copied), text);
    await this.box.focus();
    await this.page.keyboard.press("Control+V");
    await this.page.getByRole("button", { name: "Send" }).click();
  }

  /** The texts of the messages shown, in order; with `settled` only those that are on the node. */
  async texts({ settled = true } = {}) {
    return this.log.locator(settled ? ".message:not(.waiting) .text" : ".message .text").allTextContents();
  }

  async sees(...texts) {
    await eventually(`${this.name} sees ${JSON.stringify(texts).slice(0, 300)}`, waitMs, async () => {
      const shown = await this.texts();
      return texts.every((text) => shown.includes(text));
    }).catch(async (late) => {
      throw new Error(`${late.message}\nbut ${JSON.stringify(await this.texts({ settled: false })).slice(0, 500)}`);
    });
  }

  /** Exactly these messages, in this order, and nothing still on its way. */
  async seesOnly(texts) {
    await this.sees(...texts.slice(-1));
    await eventually("everything is on the node", waitMs, async () => (await this.log.locator(".waiting").count()) === 0);
    assert.deepEqual(await this.texts(), texts);
  }

  /** What an audit by WCAG 2.2 AA finds wrong with what is on the screen. */
  async accessibilityFaults() {
    await this.page.evaluate(axe);
    return this.page.evaluate(async () => {
      const tags = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"];
      const { violations } = await globalThis.axe.run(document, { runOnly: tags });
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map((each) => `${each.html.slice(0, 120)} ${each.any[0]?.message ?? ""}`).join(" | ")}`);
    });
  }

  async screenshot(name) {
    const folder = path.join(process.env.PARLEY_BINARY_DIR, "screenshots");
    mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: path.join(folder, `${name}.png`) });
  }

  /** Ends, and says what was wrong meanwhile. */
  async leave() {
    await this.context.close();
    assert.deepEqual(this.faults, [], `at ${this.name}'s page`);
  }
}
