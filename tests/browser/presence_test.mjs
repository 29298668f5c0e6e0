// Who is online, who is writing, what was seen.
import test from "node:test";
import { fixture } from "./support/fixture.mjs";

const here = fixture();

test("one sees who is online, and when that ends", () =>
  here.withPeople(["ada.there", "bob.there"], {}, async (ada, bob) => {
    await ada.openDirect("bob.there");
    await ada.page.locator("#chat-subtitle").getByText("Online").waitFor();
    await ada.page.getByRole("link", { name: /bob\.there \(online\)/ }).waitFor();
    await bob.page.goto("about:blank");
    bob.faults.length = 0;
    await ada.page.locator("#chat-subtitle").getByText("Last seen today").waitFor({ timeout: 40_000 });
    await bob.visit();
    await ada.page.locator("#chat-subtitle").getByText("Online").waitFor();
  }));

test("a group says how many are there", () =>
  here.withPeople(["ada.many", "bob.many", "eve.many"], {}, async (ada) => {
    await ada.createGroup("Everybody", ["bob.many", "eve.many"]);
    await ada.page.locator("#chat-subtitle").getByText("3 members, 3 online").waitFor();
  }));

test("one sees that somebody is writing, and that a message was seen", () =>
  here.withPeople(["ada.writes", "bob.writes"], {}, async (ada, bob) => {
    await ada.openDirect("bob.writes");
    await ada.send("question");
    await bob.open("ada.writes");
    await ada.log.getByText("Seen").waitFor();
    await bob.box.pressSequentially("ans");
    await ada.page.locator("#chat-subtitle").getByText("writing…").waitFor();
    await bob.send("answer");
    await ada.page.locator("#chat-subtitle").getByText("Online").waitFor();
  }));
