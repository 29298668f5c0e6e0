// The page without a mouse.
import assert from "node:assert/strict";
import test from "node:test";
import { fixture } from "./support/fixture.mjs";
import { password, Person } from "./support/people.mjs";
import { eventually } from "./support/waiting.mjs";

const here = fixture();

test("everything can be done with the keyboard alone", async () => {
  await here.node.account("bob.keys", password);
  const ada = await Person.at(here.browser, here.node, "ada.keys");
  const { keyboard } = ada.page;
  const focused = () =>
    ada.page.evaluate(() => {
      const at = document.activeElement;
      if (at === document.body) return "";
      return at.getAttribute("aria-label") || at.labels?.[0]?.textContent.trim() || at.textContent.trim();
    });
  // The page moves the focus when it has drawn what was asked for, which takes as long as it takes.
  const hasFocus = (pattern, why) => eventually(`${pattern} has the focus: ${why}`, 20_000, async () => pattern.test(await focused()));
  const tabTo = async (name) => {
    for (let i = 0; i < 30; ++i) {
      if (name.test(await focused())) return;
      await keyboard.press("Tab");
    }
    assert.fail(`Tab never reaches ${name}`);
  };
  await ada.visit();
  await tabTo(/Create an account/);
  await keyboard.press("Enter");
  await ada.page.getByRole("heading", { name: "Create your account" }).waitFor();
  await ada.page.reload();
  await hasFocus(/^Name$/, "one can type at once");
  await tabTo(/Create an account/);
  await keyboard.press("Enter");
  await tabTo(/Name/);
  await keyboard.type("ada.keys");
  await keyboard.press("Tab");
  await keyboard.type(password);
  await keyboard.press("Enter");
  await ada.isOnline();

  await tabTo(/New conversation|Start one/);
  await keyboard.press("Enter");
  await ada.page.getByRole("dialog").waitFor();
  await keyboard.press("Escape");
  await ada.page.getByRole("dialog").waitFor({ state: "detached" });
  await hasFocus(/New conversation|Start one/, "the focus comes back");
  await keyboard.press("Enter");
  await ada.page.locator("dialog input:focus, [role=dialog] input:focus").waitFor();
  await keyboard.type("bob");
  await ada.page.getByText("1 person found").waitFor();
  await tabTo(/^(B\s*)?bob\.keys|bob\.keys$/);
  await keyboard.press("Enter");
  await ada.hasOpen("bob.keys");

  await hasFocus(/^Message to bob\.keys/, "where one goes on");
  await keyboard.type("first line");
  await keyboard.press("Shift+Enter");
  await keyboard.type("second line");
  await keyboard.press("Enter");
  await ada.seesOnly(["first line\nsecond line"]);
  await hasFocus(/^Message to bob\.keys/, "and one can go on");

  await keyboard.press("Shift+Tab");
  assert.equal(await focused(), "Messages", "the messages can be scrolled");
  await ada.page.evaluate(() => document.activeElement.blur());
  await keyboard.press("Tab");
  await ada.leave();
});

test("a dialog that is opened in the moment it was closed stays open", () =>
  here.withPeople(["ada.quick"], {}, async (ada) => {
    await ada.page.getByRole("button", { name: "New conversation" }).click();
    await ada.page.getByRole("dialog").waitFor();
    await ada.page.evaluate(async () => {
      document.querySelector("dialog [aria-label=Close]").click();
      for (let i = 0; i < 10; ++i) await undefined; // the page draws what a click changed; no task runs
      document.querySelector("[aria-label='New conversation']").click();
    });
    // What the browser tells of the first one comes as a task of its own, before a frame is drawn.
    await ada.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
    await ada.page.locator("dialog[open] input:focus").waitFor();
  }));

test("what comes is read out, and every control has a name", () =>
  here.withPeople(["ada.voice", "bob.voice"], {}, async (ada, bob) => {
    await ada.openDirect("bob.voice");
    await bob.open("ada.voice");
    await ada.send("can you hear me");
    await bob.page.locator("[aria-live=polite]").getByText("ada.voice: can you hear me").waitFor();
    const nameless = await bob.page.evaluate(() =>
      [...document.querySelectorAll("button, a, input, textarea")]
        .filter((each) => !(each.getAttribute("aria-label") || each.labels?.length || each.textContent.trim()))
        .map((each) => each.outerHTML),
    );
    assert.deepEqual(nameless, []);
  }));
