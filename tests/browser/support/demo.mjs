// `parley demo`, as somebody types it: what it prints is all that the tests know of it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, chmodSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { eventually } from "./waiting.mjs";

const startWithinMs = 90_000;
const endWithinMs = 60_000;

export class Demo {
  #process;
  #folder;
  #out = "";
  #err = "";

  async start(...args) {
    this.#folder = mkdtempSync(path.join(tmpdir(), "parley-browser-demo-"));
    chmodSync(this.#folder, 0o755); // for PostgreSQL's user
    const program = path.join(process.env.PARLEY_BINARY_DIR, "bin", "parley");
    this.#process = spawn(program, ["demo", ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, TMPDIR: this.#folder },
    });
    this.#process.stdout.setEncoding("utf8").on("data", (text) => (this.#out += text));
    this.#process.stderr.setEncoding("utf8").on("data", (text) => (this.#err += text));
    await eventually("the demo runs", startWithinMs, () => {
      assert.equal(this.#process.exitCode, null, this.text);
      return this.#err.includes("Ctrl-C ends the demo");
    });
  }

  get text() {
    return this.#out + this.#err;
  }

  /** What a line of its text says, by an expression with one group. */
  said(expression) {
    const found = expression.exec(this.#out);
    assert.ok(found, `${expression} in\n${this.text}`);
    return found[1];
  }

  /** Ctrl-C, and waits until it is over. */
  async remove() {
    if (this.#process?.exitCode === null) {
      this.#process.kill("SIGINT");
      const late = setTimeout(() => this.#process.kill("SIGKILL"), endWithinMs);
      await once(this.#process, "exit");
      clearTimeout(late);
    }
    rmSync(this.#folder, { recursive: true, force: true });
    assert.equal(this.#process?.exitCode, 0, this.text);
  }
}
