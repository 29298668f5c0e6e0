// A scenario: a node, people, and steps that name examples. One line a step, read as a sentence:
//
//   alice connects                      a WebSocket; `and answers no pings` may follow
//   alice arrives                       makes the account and the token of that name, connects, identifies, syncs
//   alice asks send/hello               sends the example, and its reply must be the example of the same name
//   alice finds search/hello            the same, asked again until it is
//   alice posts send/hello              sends it, and `alice hears send/hello` waits for its reply
//   alice sees entry/hello              an event; those that nobody names may come in between
//   alice provokes 4400/not-json        sends the frame of the closing example, and is closed
//   alice is closed 4100/signed-out     and with which code
//   alice floods send/big 100           so many requests like this, with numbers and keys of their own
//   alice is told send/under-pressure   some reply is this refusal, whatever its number
//   alice stops reading · alice reads again · alice leaves
//   alice calls getEvents/hello         over HTTP, with alice's token; nobody has none, the operator another
//   alice polls getEvents/opened        the same, called again until the answer is the example's
//   alice begins getEvents/live         the call is made, and `alice gets getEvents/live` waits for its answer
//   the node stops · the database freezes · the database wakes · {the database runs: SQL}
//
// `alice`, `alice's tablet`, … are connections of their own; the token is that of the first name.
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

export const scenarioFolder = fileURLToPath(new URL("../scenarios/", import.meta.url));

const verbs = "asks|finds|posts|hears|sees|provokes|is closed|floods|is told|stops|reads|leaves|calls|polls|begins|gets|connects";
const sentence = new RegExp(`^(?<who>.+?) (?<verb>${verbs}|arrives|freezes|wakes|runs)(?: (?<what>.*))?$`);

function arrival(name) {
  return [
    `nobody calls createAccount/${name}`,
    `nobody calls createToken/${name}`,
    `${name} connects`,
    `${name} asks identify/${name}`,
    `${name} asks sync/first`,
  ];
}

function readStep(step) {
  if (typeof step !== "string") {
    const [[text, sql]] = Object.entries(step);
    return { text, ...sentence.exec(text)?.groups, what: sql };
  }
  const parts = sentence.exec(step)?.groups;
  if (!parts) throw new Error(`what does this mean: ${step}`);
  return { text: step, ...parts };
}

/** The scenario of that name: `about`, `node` (options of parleyd) and `steps`. */
export function readScenario(name) {
  const { about, node = [], steps } = parse(readFileSync(`${scenarioFolder}${name}.yaml`, "utf8"));
  const plain = steps.flatMap((step) => {
    const arriving = /^(\w+) arrives$/.exec(step);
    return arriving ? arrival(arriving[1]) : [step];
  });
  return { name, about, node, steps: plain.map(readStep) };
}

export function scenarioNames() {
  return readdirSync(scenarioFolder)
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => file.slice(0, -".yaml".length))
    .sort();
}
