// run_tests.mjs FOLDER: bundles the *.test.ts of the folders named below into FOLDER and runs them with node --test.
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const source = path.dirname(fileURLToPath(import.meta.url));
const folder = path.resolve(process.argv[2] ?? path.join(source, "node_modules", ".tests"));
const names = [];
for (const part of ["client/test", "page/test", "topology/test"])
  for (const name of await readdir(path.join(source, part))) if (name.endsWith(".test.ts")) names.push(path.join(part, name));
if (names.length === 0) throw new Error("no tests were found");
await rm(folder, { recursive: true, force: true });
await build({
  absWorkingDir: source,
  entryPoints: names,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node18",
  sourcemap: "inline",
  outdir: folder,
  outExtension: { ".js": ".mjs" },
  logLevel: "warning",
});
const files = (await readdir(folder, { recursive: true }).catch(() => [])).filter((name) => name.endsWith(".test.mjs"));
const { status } = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...files.map((name) => path.join(folder, name))], {
  stdio: "inherit",
});
process.exit(status ?? 1);
