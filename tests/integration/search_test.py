"""Search, by python3-websockets against a real node."""

import asyncio
import unittest

from support.case import start_node
from support.client import Connection
from support.node import Node
from support.people import people_test

node: Node


def setUpModule():
    global node
    node = start_node()


def tearDownModule():
    node.remove()


class searching(people_test):
    async def found(self, connection: Connection, text: str, **d) -> list[str]:
        return [each["text"] for each in (await connection.request("search", text=text, **d))["entries"]]

    async def until_found(self, connection: Connection, text: str, expected: list[str], **d):
        deadline = asyncio.get_running_loop().time() + 20
        while (now := await self.found(connection, text, **d)) != expected:
            self.assertLess(asyncio.get_running_loop().time(), deadline, (text, now, expected))

    async def test_words_are_found_in_own_conversations_newest_first(self):
        _, (at_owner, at_member), talk = await self.group("member")
        _, at_other, _, _, elsewhere = await self.two()
        await self.say(at_owner, talk, "The Quick brown fox")
        await self.say(at_member, talk, "quick! says the FOX")
        await self.say(at_other, elsewhere, "quick fox of somebody else")
        await self.until_found(at_owner, "fox quick", ["quick! says the FOX", "The Quick brown fox"])
        self.assertEqual(await self.found(at_owner, "qui"), [])
        page = await at_owner.request("search", text="fox", limit=1)
        rest = await at_owner.request("search", text="fox", limit=1, cursor=page["cursor"])
        self.assertEqual(rest["entries"][0]["text"], "The Quick brown fox")
        self.assertEqual((await at_owner.refusal("search", text="fox", conversation=elsewhere))["code"], "not_found")

    async def test_edited_and_deleted_texts_are_found_as_they_are_now(self):
        _, (at_owner, _), talk = await self.group("member")
        seq = await self.say(at_owner, talk, "zanzibar")
        gone = await self.say(at_owner, talk, "zanzibar again")
        await self.until_found(at_owner, "zanzibar", ["zanzibar again", "zanzibar"])
        await self.change(at_owner, "edit", talk, target=seq, text="timbuktu")
        await self.change(at_owner, "delete", talk, target=gone)
        await self.until_found(at_owner, "timbuktu", ["timbuktu"])
        await self.until_found(at_owner, "zanzibar", [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
