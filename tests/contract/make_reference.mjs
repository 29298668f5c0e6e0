// Makes transport/protocol/REFERENCE.md of guide.md and the two specifications.
//
//   make_reference.mjs            writes it
//   make_reference.mjs --check    fails when what is there is something else
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { callsText } from "./reference/calls.mjs";
import { errorsText, closeCodesText, eventsText, opsText, shapesText } from "./reference/frames.mjs";
import { protocolFolder } from "./support/specifications.mjs";

const file = path.join(protocolFolder, "REFERENCE.md");
const guide = readFileSync(path.join(protocolFolder, "guide.md"), "utf8").trimEnd();
const notice =
  "<!-- Made by tests/contract/make_reference.mjs of guide.md, asyncapi.yaml and openapi.yaml: change those. -->";
const parts = [notice, guide, opsText(), eventsText(), shapesText(), errorsText(), closeCodesText(), callsText()];
const text = `${parts.join("\n\n")}\n`;

/** Links to headings of the page itself that are not there. */
function deadLinks() {
  const anchor = (heading) => heading.toLowerCase().replaceAll(/[^\w\- ]/g, "").replaceAll(" ", "-");
  const anchors = new Set([...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchor(heading)));
  return [...text.matchAll(/\]\(#([^)]*)\)/g)].map(([, to]) => to).filter((to) => !anchors.has(to));
}

const dead = [...new Set(deadLinks())];
if (dead.length > 0) {
  console.error(`these headings are linked and not there: ${dead.join(", ")}`);
  process.exitCode = 1;
}
if (process.argv[2] !== "--check") {
  writeFileSync(file, text);
} else if (readFileSync(file, "utf8") !== text) {
  console.error(`${file} is not what is made of the specifications; type: node tests/contract/make_reference.mjs`);
  process.exitCode = 1;
}
