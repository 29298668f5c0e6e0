// Two people and a group at the page of a real node.
import assert from "node:assert/strict";
import test from "node:test";
import { fixture } from "./support/fixture.mjs";
import { Person } from "./support/people.mjs";
import { eventually } from "./support/waiting.mjs";

const here = fixture();

test("two people talk, both ways and live", () =>
  here.withPeople(["ada.direct", "bob.direct"], {}, async (ada, bob) => {
    await ada.openDirect("bob.direct");
    await ada.send("hello bob");
    await bob.listed("ada.direct").getByText("1 unread").waitFor();
    assert.match(await bob.page.title(), /^\(1\)/);
    await bob.open("ada.direct");
    await bob.sees("hello bob");
    await bob.send("hello ada");
    await ada.seesOnly(["hello bob", "hello ada"]);
    await bob.seesOnly(["hello bob", "hello ada"]);
    assert.equal(await bob.listed("ada.direct").getByText("unread").count(), 0);
    await ada.send("one line\nand another");
    await bob.sees("one line\nand another");
  }));

test("a group hears everybody", () =>
  here.withPeople(["ada.group", "bob.group", "eve.group"], {}, async (ada, bob, eve) => {
    await ada.createGroup("Friends", ["bob.group", "eve.group"]);
    await ada.send("hello all");
    for (const each of [bob, eve]) await each.open("Friends");
    await eve.sees("hello all");
    await eve.send("hello from eve");
    for (const each of [ada, bob, eve]) await each.seesOnly(["hello all", "hello from eve"]);
    await bob.log.getByText("eve.group").first().waitFor();
    await bob.page.getByRole("button", { name: "Members" }).click();
    const members = bob.page.getByRole("dialog").getByRole("list", { name: "Members" }).getByRole("listitem");
    assert.equal(await members.count(), 3);
    await bob.page.keyboard.press("Escape");
  }));

test("markup that somebody types is text, in names too", () => {
  const nasty = `<img src=x onerror="document.title='hacked'"><b>b</b>`;
  return here.withPeople([nasty, "eve.markup"], {}, async (mallory, eve) => {
    const texts = [
      `<script>document.title = "hacked"</script>`,
      `<img src=x onerror="document.title='hacked'">`,
      `"><svg onload=alert(1)>`,
      `<a href="javascript:alert(1)">click</a> &amp; &lt; \u202e reversed`,
      `</textarea></div><style>* { display: none }</style>`,
    ];
    await mallory.createGroup("<h1>title</h1>", ["eve.markup"]);
    for (const text of texts) await mallory.send(text);
    await eve.open("<h1>title</h1>");
    await eve.seesOnly(texts);
    await mallory.seesOnly(texts);
    for (const { page } of [mallory, eve]) {
      assert.equal(await page.locator("img, h2 h1, .text *, .item-preview *, b").count(), 0);
      assert.match(await page.title(), /^(\(\d+\) )?Parley$/);
    }
    await eve.log.getByText(nasty).first().waitFor();
  });
});

test("a script that makes markup of a text, or asks elsewhere, is stopped, and these tests notice", async () => {
  const eve = await Person.at(here.browser, here.node, "eve.guard");
  await eve.visit();
  const attempts = {
    "require-trusted-types-for": () => void (document.body.innerHTML = "<b>typed</b>"),
    "img-src": () => void (new Image().src = "http://127.0.0.1:9/x.png"),
    "connect-src": () => fetch("http://127.0.0.1:9/").catch(() => undefined),
    "style-src-elem": () => void document.head.append(Object.assign(document.createElement("style"), { textContent: "a{}" })),
  };
  for (const [directive, attempt] of Object.entries(attempts)) {
    await eve.page.evaluate(attempt).catch(() => undefined);
    await eventually(directive, 10_000, () => eve.faults.some((fault) => fault.startsWith(`policy: ${directive}`)));
  }
  assert.equal(await eve.page.locator("b").count(), 0);
  await assert.rejects(eve.leave(), { code: "ERR_ASSERTION" });
});

test("a hundred thousand characters arrive and hold nobody up", () =>
  here.withPeople(["ada.long", "bob.long"], {}, async (ada, bob) => {
    await ada.openDirect("bob.long");
    const worst = ["x".repeat(100_000), "\u{1f600}".repeat(100_000), "a\n".repeat(50_000), "word ".repeat(20_000)];
    await bob.open("ada.long");
    // The longest time in which the page could do nothing else.
    await bob.page.evaluate(() => {
      globalThis.longest = 0;
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) globalThis.longest = Math.max(globalThis.longest, duration);
      }).observe({ type: "longtask" });
    });
    for (const text of worst) await ada.sendAtOnce(text);
    const bubbles = bob.log.locator(".message");
    await eventually("all four came", 30_000, async () => (await bubbles.count()) === worst.length);
    for (const [nth, text] of worst.entries()) {
      const bubble = bubbles.nth(nth);
      await bubble.getByRole("button", { name: "Show all" }).click();
      assert.equal(await bubble.locator(".text").evaluate((each) => each.textContent), text);
    }
    await bob.send("still here");
    await ada.sees("still here");
    await ada.paste("ten letters".slice(1).repeat(10_000));
    await bob.log.getByText("en letters").last().waitFor();
    const longest = await bob.page.evaluate(() => globalThis.longest);
    console.log(`longest task with four texts of 100,000 characters: ${Math.round(longest)} ms`);
    assert.ok(longest < 1_500, `the page stood still for ${longest} ms`);
    await ada.box.fill("y".repeat(100_001));
    await ada.page.getByText("1 characters too many").waitFor();
    assert.equal(await ada.page.getByRole("button", { name: "Send" }).isDisabled(), true);
  }));

test("scrolling back reads the whole history, in order, and stays where one looks", () =>
  here.withPeople(["ada.scroll", "bob.scroll"], {}, async (ada, bob) => {
    await ada.openDirect("bob.scroll");
    const texts = Array.from({ length: 180 }, (_, i) => `message number ${i}`);
    for (const text of texts) await ada.send(text);
    await ada.seesOnly(texts);
    await bob.page.reload(); // so that the node shows only the newest
    await bob.open("ada.scroll");
    await bob.sees("message number 179");
    assert.ok((await bob.texts()).length < 180, "what is far up is not read yet");
    const oldest = () => bob.log.locator("[data-seq]").first().getAttribute("data-seq");
    const topOf = (seq) => bob.log.locator(`[data-seq="${seq}"]`).evaluate((each) => each.getBoundingClientRect().top);
    for (let pages = 0; (await oldest()) !== "1"; ++pages) {
      assert.ok(pages < 10, "it never reaches the beginning");
      const seq = await oldest();
      const before = await bob.log.evaluate((box) => {
        box.scrollTop = 0;
        return box.querySelector("[data-seq]").getBoundingClientRect().top;
      });
      await eventually("older messages come", 20_000, async () => (await oldest()) !== seq);
      assert.ok(Math.abs((await topOf(seq)) - before) < 3, "what one looks at stays where it is");
    }
    await bob.seesOnly(texts);
    await ada.send("while bob looks up");
    await bob.page.getByRole("button", { name: "1 new" }).waitFor();
    assert.ok((await bob.log.evaluate((box) => box.scrollTop)) < 400, "what comes below moves nothing");
    await bob.page.getByRole("button", { name: "1 new" }).click();
    await bob.log.getByText("while bob looks up").waitFor();
  }));

test("a name and a password that do not fit are refused, and a taken name is said to be taken", async () => {
  await here.node.account("ada.taken", "another password");
  const ada = await Person.at(here.browser, here.node, "ada.taken");
  await ada.visit();
  await ada.page.getByLabel("Name").fill("ada.taken");
  await ada.page.getByLabel("Password").fill("wrong password");
  await ada.page.getByRole("button", { name: "Sign in" }).click();
  await ada.page.getByRole("alert").getByText("do not fit together").waitFor();
  await ada.page.getByRole("button", { name: "Create an account" }).click();
  await ada.page.getByRole("button", { name: "Create account" }).click();
  await ada.page.getByRole("alert").getByText("taken").waitFor();
  await ada.leave();
});

test("a reload keeps who is signed in; signing out ends it everywhere", () =>
  here.withPeople(["ada.reload", "bob.reload"], {}, async (ada) => {
    await ada.openDirect("bob.reload");
    await ada.send("before the reload");
    await ada.seesOnly(["before the reload"]);
    await ada.page.reload();
    await ada.seesOnly(["before the reload"]);
    const second = await ada.context.newPage();
    await second.goto(`${here.node.url}/`);
    await second.getByRole("button", { name: "Sign in" }).waitFor(); // this tab only: nothing was to be kept
    await ada.page.getByRole("button", { name: "Sign out" }).click();
    await ada.page.getByRole("button", { name: "Sign in" }).waitFor();
    await ada.signIn({ keep: true });
    await second.reload();
    await second.locator(".connection[data-state=online]").waitFor({ state: "attached" });
    await second.getByRole("button", { name: "Sign out" }).click();
    await ada.page.getByText("You were signed out").waitFor();
  }));

test("what was edited or deleted is shown as such, live and later", () =>
  here.withPeople(["ada.edits", "bob.edits"], {}, async (ada, bob) => {
    await ada.openDirect("bob.edits");
    for (const text of ["first", "second", "third"]) await ada.send(text);
    await bob.open("ada.edits");
    await bob.seesOnly(["first", "second", "third"]);
    const conversation = ada.opened;
    await ada.ask("edit", { conversation, key: "e", target: 2, text: "better" });
    await ada.ask("delete", { conversation, key: "d", target: 3 });
    for (const how of ["live", "later"]) {
      await bob.log.locator("[data-seq='2']").getByText("edited").waitFor();
      await bob.log.locator("[data-seq='3']").getByText("This message was deleted").waitFor();
      assert.deepEqual(await bob.texts(), ["better", "third"], how);
      await bob.page.reload();
      await bob.sees("third");
    }
  }));

test("a group tells who comes, goes, and what it is called", () =>
  here.withPeople(["ada.group2", "bob.group2", "eve.group2"], {}, async (ada, bob, eve) => {
    await ada.createGroup("Old name", ["bob.group2"]);
    await ada.send("before eve");
    await bob.open("Old name");
    const conversation = ada.opened;
    const user = (name) => ada.ask("find_users", { prefix: name }).then(({ users }) => users[0].id);
    await ada.ask("rename", { conversation, key: "r", name: "New name" });
    await bob.hasOpen("New name");
    await ada.ask("add_member", { conversation, key: "a", user: await user("eve.group2") });
    await eve.open("New name");
    await eve.sees("before eve");
    await bob.log.getByText("ada.group2 added eve.group2").waitFor();
    await bob.page.locator("#chat-subtitle").getByText("3 members").waitFor();
    await ada.ask("remove_member", { conversation, key: "x", user: await user("bob.group2") });
    await bob.page.getByText("You are no member of this conversation any more.").waitFor();
    await eve.log.getByText("ada.group2 removed").waitFor();
    await ada.send("without bob");
    await eve.sees("without bob");
    assert.deepEqual(await bob.texts(), ["before eve"]);
  }));
