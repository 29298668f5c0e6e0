// build.mjs FOLDER: bundles the pages into FOLDER, and writes FOLDER/pages.cpp, which parleyd links, and
// FOLDER/report.cpp, which parley does.
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

/** A page's folder, the path that it is served at, and the files that its bundles are made of. */
const pages = [
  { at: "/", folder: "page", bundles: { page: "main.tsx", page_style: "page.css" } },
  { at: "/topology", folder: "topology", bundles: { topology: "main.tsx", topology_style: "topology.css" } },
];

/** The page of an experiment: one file, with everything inside. */
const report = { folder: "report", bundles: { report: "main.tsx", report_style: "report.css" } };

/** Name → bytes of what a page consists of, without its HTML. */
async function bundle({ folder, bundles }) {
  const made = await build({
    absWorkingDir: source,
    entryPoints: Object.fromEntries(Object.entries(bundles).map(([name, file]) => [name, path.join(folder, file)])),
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
  const nameOf = (file) => path.basename(file.path).replace("_style.css", ".css");
  return Object.fromEntries(made.outputFiles.map((file) => [nameOf(file), file.contents]));
}

/** Paths with their bytes: a name that carries a hash of the bytes never means other bytes. */
async function placed() {
  const paths = new Map();
  const addresses = {};
  const place = (name, bytes) => {
    const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
    const { name: stem, ext } = path.parse(name);
    addresses[name] = `/assets/${stem}-${hash}${ext}`;
    paths.set(addresses[name], { bytes: Buffer.from(bytes), type: types[ext], keep: "forever" });
  };
  place("icon.svg", await readFile(path.join(source, "page", "icon.svg")));
  for (const page of pages) {
    for (const [name, bytes] of Object.entries(await bundle(page))) place(name, bytes);
    const html = (await readFile(path.join(source, page.folder, "index.html"), "utf8")).replace(/\{\{(.+?)\}\}/g, (_, name) => {
      if (!addresses[name]) throw new Error(`${page.folder}/index.html names ${name}, which is not built`);
      return addresses[name];
    });
    paths.set(page.at, { bytes: Buffer.from(html), type: types[".html"], keep: "revalidate" });
  }
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

/** The report's page, with a place for its data. */
async function reportPage() {
  const parts = Object.fromEntries(
    // No tag of the page may end within it.
    Object.entries(await bundle(report)).map(([name, bytes]) => [name, Buffer.from(bytes).toString().replaceAll(/<\/(script|style)/g, "<\\/$1")]),
  );
  const html = await readFile(path.join(source, report.folder, "index.html"), "utf8");
  return html.replace(/\{\{(report\..+?)\}\}/g, (_, name) => {
    if (!parts[name]) throw new Error(`${report.folder}/index.html names ${name}, which is not built`);
    return parts[name];
  });
}

function reportSource(page) {
  const bytes = Buffer.from(page);
  return `// Made by tools/web/build.mjs.
#include "tools/parley/experiment/report_page.hpp"

namespace parley::experiment {

std::string_view report_page() {
  static constexpr std::string_view page{\n${literal(bytes)}, ${bytes.length}};
  return page;
}

}  // namespace parley::experiment
`;
}

const folder = process.argv[2];
if (!folder) throw new Error("usage: node build.mjs FOLDER");
await rm(path.join(folder, "assets"), { recursive: true, force: true });
const paths = await placed();
for (const [where, { bytes }] of paths) {
  const file = path.join(folder, where === "/" ? "index.html" : path.extname(where) ? where : `${where}.html`);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, bytes);
}
await writeFile(path.join(folder, "pages.cpp"), asSource(paths));
const page = await reportPage();
await writeFile(path.join(folder, "report.html"), page);
await writeFile(path.join(folder, "report.cpp"), reportSource(page));
