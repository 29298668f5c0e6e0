// play.mjs [--together] NAME…: plays the scenarios of these names, each against a node of its own, one after
// the other or (those that mostly wait) at the same time.
import { readScenario } from "./support/scenario.mjs";
import { Stage } from "./support/stage.mjs";

async function play(name) {
  const scenario = readScenario(name);
  const begun = Date.now();
  try {
    await new Stage(scenario).play();
    console.log(`${name}: ${scenario.steps.length} steps in ${Date.now() - begun} ms`);
  } catch (problem) {
    process.exitCode = 1;
    console.log(`${name} failed\n${problem.stack}\n`);
  }
}

const names = process.argv.slice(2);
if (names[0] === "--together") await Promise.all(names.slice(1).map(play));
else for (const name of names) await play(name);
