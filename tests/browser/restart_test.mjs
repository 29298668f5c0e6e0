// A node that is killed while people write: nothing is lost, nothing comes twice, nobody does anything about it.
import assert from "node:assert/strict";
import test from "node:test";
import { fixture } from "./support/fixture.mjs";
import { eventually } from "./support/waiting.mjs";

const here = fixture();

test("a node killed under two people is survived without a loss or a double", () =>
  here.withPeople(["ada.kill", "bob.kill"], {}, async (ada, bob) => {
    await ada.openDirect("bob.kill");
    await ada.send("before");
    await bob.open("ada.kill");
    await bob.seesOnly(["before"]);
    const written = { ada: ["before"], bob: [] };
    for (let round = 0; round < 3; ++round) {
      // Some are answered before the node dies, some are on their way, some are written without a node.
      for (let i = 0; i < 8; ++i) {
        await ada.send(`ada ${round}.${i}`);
        await bob.send(`bob ${round}.${i}`);
        written.ada.push(`ada ${round}.${i}`);
        written.bob.push(`bob ${round}.${i}`);
        if (i === 4) await here.node.kill();
      }
      for (const { page } of [ada, bob]) await page.getByRole("status").getByText("What you write is kept").waitFor();
      if (round === 0) await ada.screenshot("desktop-offline");
      // What is unsent survives a reload too, once there is a page again.
      if (round === 1) await assert.rejects(bob.page.reload(), /ERR_CONNECTION_REFUSED/);
      await here.node.start();
      if (round === 1) {
        await bob.visit();
        await bob.open("ada.kill");
      }
      await eventually("both have everything", 90_000, async () => {
        const [atAda, atBob] = [await ada.texts(), await bob.texts()];
        const all = written.ada.length + written.bob.length;
        return atAda.length >= all && atBob.length >= all && (await ada.log.locator(".waiting").count()) === 0;
      });
    }
    const [atAda, atBob] = [await ada.texts(), await bob.texts()];
    assert.deepEqual(atAda, atBob, "everybody sees the same order");
    assert.deepEqual(atAda.filter((text) => !text.startsWith("bob")), written.ada, "each once, in the order written");
    assert.deepEqual(atAda.filter((text) => text.startsWith("bob")), written.bob);
  }));
