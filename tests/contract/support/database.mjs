// The private PostgreSQL of a node, as somebody sees it who may do anything to it.
import { execFile } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const programs = "/usr/lib/postgresql";

export class Database {
  #folder;
  #frozen = [];

  constructor(node) {
    this.#folder = path.join(node.data, "postgres");
  }

  /** Nothing of it runs any more, and yet its sockets are open: as when a disk or a machine hangs. */
  freeze() {
    const server = Number(this.#pidFile()[0]);
    this.#frozen = [server, ...childrenOf(server)];
    for (const pid of this.#frozen) signal(pid, "SIGSTOP");
  }

  wake() {
    for (const pid of this.#frozen.splice(0)) signal(pid, "SIGCONT");
  }

  async query(sql) {
    const newest = readdirSync(programs).sort((a, b) => Number(b) - Number(a))[0];
    const psql = path.join(programs, newest, "bin", "psql");
    await run(psql, ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", this.#pidFile()[4], "-U", "parley", "-c", sql, "postgres"]);
  }

  /** Lines of postmaster.pid: the first is the process, the fifth the folder of its socket. */
  #pidFile() {
    return readFileSync(path.join(this.#folder, "postmaster.pid"), "utf8").split("\n");
  }
}

function childrenOf(parent) {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ")[1]) === parent;
      } catch {
        return false; // It has ended between the two looks.
      }
    });
}

function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
}
