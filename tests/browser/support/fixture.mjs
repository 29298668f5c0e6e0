import { after, before } from "node:test";
import { Node } from "./node.mjs";
import { launch, Person } from "./people.mjs";

/** A node and a browser for the tests of a file. */
export function fixture() {
  const of = { node: new Node(), browser: undefined };
  before(async () => {
    await of.node.start();
    of.browser = await launch();
  });
  after(async () => {
    await of.browser?.close();
    await of.node.remove();
  });

  /** Runs a test with people of these names; whatever was wrong at their pages fails it. */
  of.withPeople = async (names, options, test) => {
    const people = await Promise.all(names.map((name) => Person.at(of.browser, of.node, name, options)));
    try {
      for (const each of people) await each.signUp();
      await test(...people);
    } catch (wrong) {
      for (const each of people) await each.screenshot(`failed-${each.name}`).catch(() => undefined);
      throw Object.assign(wrong, { message: `${wrong.message}\n${of.node.logEnd()}` });
    }
    for (const each of people) await each.leave();
  };
  return of;
}
