// A real parleyd with a PostgreSQL of its own, in a folder that is thrown away.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, openSync, closeSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { eventually } from "./waiting.mjs";

const startWithinMs = 60_000;
const stopWithinMs = 20_000;
const noLimits = ["--limits.accounts_per_minute=0", "--limits.sign_ins_per_minute=0", "--limits.sends_per_second=0"];

/**
 * `start`, `kill` and `stop` can follow each other. One that ends with another code than 0 fails the test, by itself or
 * when it is asked to (a sanitizer may have found a leak), unless the test looks at the code that `stop` returns.
 */
export class Node {
  #process;
  #endWasSeen = false;
  #folder;
  #port = 0;
  #options;
  url = "";

  /** With these options of parleyd; without any, nothing is too much for it. */
  constructor(options = noLimits) {
    this.#options = options;
    this.#folder = mkdtempSync(path.join(tmpdir(), "parley-browser-"));
    // PostgreSQL of a node that runs as root is the user postgres, who has to get in.
    chmodSync(this.#folder, 0o755);
  }

  get data() {
    return path.join(this.#folder, "data");
  }

  /** Returns when it serves. Started again, it has the port it had: a page knows no other. */
  async start() {
    this.#mustNotHaveFailed();
    for (const leftOver of ["address", "parleyd.pid"]) rmSync(path.join(this.data, leftOver), { force: true });
    const log = openSync(path.join(this.#folder, "log"), "a");
    assert.ok(process.env.PARLEY_BINARY_DIR, "PARLEY_BINARY_DIR must name the build folder, for instance build/release");
    const program = path.join(process.env.PARLEY_BINARY_DIR, "bin", "parleyd");
    const own = [`--node.data=${this.data}`, `--listen.port=${this.#port}`];
    this.#process = spawn(program, [...own, ...this.#options], { stdio: ["ignore", log, log] });
    closeSync(log);
    this.#endWasSeen = false;
    await eventually(`parleyd serves\n${program}`, startWithinMs, () => {
      this.#mustNotHaveFailed();
      assert.ok(!this.#isGone(), "parleyd ended instead");
      if (Number(this.#read("parleyd.pid")) !== this.#process.pid) return false;
      this.url = this.#read("address").trim();
      return this.url.startsWith("http://");
    });
    this.#port = Number(new URL(this.url).port);
  }

  /** kill -9, and waits until the process is gone. */
  async kill() {
    this.#mustNotHaveFailed();
    this.#process.kill("SIGKILL");
    await this.#gone();
  }

  /** Asks it to end, as an operator does, and returns its exit code. */
  async stop() {
    this.#mustNotHaveFailed();
    this.#process.kill("SIGTERM");
    await this.#gone();
    return this.#process.exitCode;
  }

  async remove() {
    const postmaster = Number(this.#read("postgres/postmaster.pid").split("\n")[0]);
    try {
      this.#mustNotHaveFailed();
      if (this.#process && !this.#endWasSeen)
        assert.equal(await this.stop(), 0, `parleyd ended badly when asked to stop\n${this.logEnd()}`);
    } finally {
      if (postmaster) await eventually("PostgreSQL ended", stopWithinMs, () => !isAlive(postmaster));
      rmSync(this.#folder, { recursive: true, force: true });
    }
  }

  /** The last lines of what it logged, or what a sanitizer had to say. */
  logEnd() {
    const lines = readFileSync(path.join(this.#folder, "log"), "utf8").split("\n");
    const found = lines.findIndex((line) => /ERROR: .*Sanitizer|runtime error: /.test(line));
    return (found < 0 ? lines.slice(-25) : lines.slice(found, found + 80)).join("\n");
  }

  async account(name, password) {
    const answer = await fetch(`${this.url}/v1/accounts`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ name, password }),
    });
    assert.equal(answer.status, 201, `account ${name}`);
    return (await answer.json()).user;
  }

  #isGone() {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  #mustNotHaveFailed() {
    if (!this.#process || this.#endWasSeen || !this.#isGone() || this.#process.exitCode === 0) return;
    this.#endWasSeen = true;
    const how = this.#process.exitCode ?? this.#process.signalCode;
    assert.fail(`parleyd ended by itself with ${how}\n${this.logEnd()}`);
  }

  async #gone() {
    if (!this.#isGone()) {
      const late = setTimeout(() => this.#process.kill("SIGKILL"), stopWithinMs);
      await once(this.#process, "exit");
      clearTimeout(late);
    }
    this.#endWasSeen = true;
  }

  #read(name) {
    try {
      return readFileSync(path.join(this.data, name), "utf8");
    } catch {
      return "";
    }
  }
}

function isAlive(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1][0] !== "Z";
  } catch {
    return false;
  }
}
