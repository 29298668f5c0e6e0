// The page at 360 pixels and on a desktop, light and dark, as pictures in build/…/screenshots.
import assert from "node:assert/strict";
import test from "node:test";
import { fixture } from "./support/fixture.mjs";
import { desktop, password, Person, phone } from "./support/people.mjs";

const here = fixture();

// Their names begin differently, so that a search finds one at a time.
const casts = {
  desktop: ["Ada Lovelace", "Charles Babbage", "Grace Hopper", "Mary Somerville"],
  "desktop-dark": ["Alan Turing", "Joan Clarke", "Konrad Zuse", "Dorothy Vaughan"],
  phone: ["Emmy Noether", "David Hilbert", "Sofia Kovalevskaya", "Felix Klein"],
  "phone-dark": ["Hedy Lamarr", "Claude Shannon", "Radia Perlman", "Vint Cerf"],
};
const talk = [
  [0, "Good morning. The engine is ready for its first programme."],
  [0, "Shall we try it on Bernoulli numbers?"],
  [1, "Please do. I have kept the mill free until noon."],
  [0, "Then I will need about twenty-five cards, and somebody who turns the handle."],
  [1, "I turn it myself.\nTell me when to stop."],
  [2, "Found a moth in relay 70. Taped it into the logbook, continuing."],
];

/** A picture of what is no wider than the screen, and accessible to everybody. */
async function shoot(person, name) {
  await person.screenshot(name);
  const [inner, scroll] = await person.page.evaluate(() => [innerWidth, document.documentElement.scrollWidth]);
  assert.ok(scroll <= inner, `${scroll} pixels on a screen of ${inner}`);
  assert.deepEqual(await person.accessibilityFaults(), [], name);
}

for (const [where, viewport, scheme] of [["desktop", desktop, "light"], ["desktop-dark", desktop, "dark"], ["phone", phone, "light"], ["phone-dark", phone, "dark"]])
  test(`the page at ${viewport.width} pixels, ${scheme}`, async () => {
    const options = { viewport, colorScheme: scheme, hasTouch: viewport === phone };
    const names = casts[where];
    const people = [];
    for (const name of names.slice(0, 3)) people.push(await Person.at(here.browser, here.node, name, options));
    const [first, second, third] = people;
    await first.visit();
    await shoot(first, `${where}-sign-in`);
    for (const each of people) await each.signUp();
    await shoot(first, `${where}-empty`);
    await here.node.account(names[3], password);
    const { page } = first;
    await page.getByRole("button", { name: "New conversation" }).click();
    await page.getByRole("radio", { name: "Group" }).check();
    await page.getByLabel("Name of the group").fill("Analytical Engine");
    for (const name of names.slice(1, 3)) {
      await page.getByLabel("Add people").fill(name);
      await page.getByRole("list", { name: "People found" }).getByRole("button", { name }).click();
    }
    await page.getByLabel("Add people").fill(names[3].slice(0, 2));
    await page.getByText("1 person found").waitFor();
    await shoot(first, `${where}-new-group`);
    await page.getByRole("button", { name: "Create group of 3" }).click();
    await first.hasOpen("Analytical Engine");
    for (const each of [second, third]) await each.open("Analytical Engine");
    let last = "";
    for (const [who, text] of talk) {
      if (last) await people[who].sees(last);
      await people[who].send((last = text));
    }
    await first.sees(last);
    const back = { name: "Back to the conversations" };
    if (viewport === phone) await second.page.getByRole("link", back).click();
    await second.openDirect(names[0]);
    await second.send("Are you coming to the soirée on Saturday? There will be a silver dancer, and sandwiches.");
    if (viewport === phone) {
      await shoot(first, `${where}-chat`);
      await page.getByRole("link", back).click();
    }
    await first.listed(names[1]).getByText("1 unread").waitFor();
    await shoot(first, viewport === phone ? `${where}-list` : `${where}-chat`);
    await first.open("Analytical Engine");
    await page.getByRole("button", { name: "Members" }).click();
    await shoot(first, `${where}-members`);
    for (const each of people) await each.leave();
  });
