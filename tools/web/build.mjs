// build.mjs FOLDER: bundles the page into FOLDER, and writes FOLDER/pages.cpp, which parleyd links.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const source = path.dirname(fileURLToPath(import.meta.url));
const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Name → bytes of everything that the page consists of. */
async function bundle() {
  const page = path.join(source, "page");
  const made = await build({
    absWorkingDir: source,
    entryPoints: { page: "page/main.tsx", "page_style": "page/page.css" },
    bundle: true,
    minify: true,
    format: "esm",
    target: ["chrome100", "firefox100", "safari15.4"],
    jsx: "automatic",
    jsxImportSource: "preact",
    define: { "process.env.NODE_ENV": '"production"' },
    legalComments: "none",
    outdir: "out",
    write: false,
  });
  const bytesOf = (name) => made.outputFiles.find((file) => path.basename(file.path) === name).contents;
  return {
    "page.js": bytesOf("page.js"),
    "page.css": bytesOf("page_style.css"),
    "icon.svg": await readFile(path.join(page, "icon.svg")),
    "index.html": await readFile(path.join(page, "index.html"), "utf8"),
  };
}

/** Paths with their bytes: a name that carries a hash of the bytes never means other bytes. */
function placed(files) {
  const paths = new Map();
  const addresses = {};
  for (const [name, bytes] of Object.entries(files)) {
    if (name === "index.html") continue;
    const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
    const { name: stem, ext } = path.parse(name);
    addresses[name] = `/assets/${stem}-${hash}${ext}`;
    paths.set(addresses[name], { bytes: Buffer.from(bytes), type: types[ext], keep: "forever" });
  }
  const html = files["index.html"].replace(/\{\{(.+?)\}\}/g, (_, name) => {
    if (!addresses[name]) throw new Error(`index.html names ${name}, which is not built`);
    return addresses[name];
  });
  paths.set("/", { bytes: Buffer.from(html), type: types[".html"], keep: "revalidate" });
  return paths;
}

/** A C++ string literal, in lines. Octal escapes end after three digits, so the next byte is safe. */
function literal(bytes) {
  const lines = [];
  for (let from = 0; from < bytes.length; from += 4_000) {
    let line = "";
    for (const byte of bytes.subarray(from, from + 4_000)) {
      const isPlain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c && byte !== 0x3f;
      line += isPlain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, "0")}`;
    }
    lines.push(`    "${line}"`);
  }
  return lines.join("\n");
}

function asSource(paths) {
  const entries = [...paths].map(
    ([where, { bytes, type, keep }]) =>
      `  {"${where}", "${type}", page_keeping::${keep}, std::string_view{\n${literal(bytes)}, ${bytes.length}}},\n`,
  );
  return `// Made by tools/web/build.mjs.
#include "tools/web/web_pages.hpp"

namespace parley {

namespace {

constexpr page_file files[] = {
${entries.join("")}};

}  // namespace

std::span<const page_file> web_pages() { return files; }

}  // namespace parley
`;
}

const folder = process.argv[2];
if (!folder) throw new Error("usage: node build.mjs FOLDER");
await rm(path.join(folder, "assets"), { recursive: true, force: true });
const paths = placed(await bundle());
for (const [where, { bytes }] of paths) {
  const file = path.join(folder, where === "/" ? "index.html" : where);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, bytes);
}
await writeFile(path.join(folder, "pages.cpp"), asSource(paths));
