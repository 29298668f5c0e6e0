"""What the tests of people in groups share."""

import itertools

from support.case import parley_test
from support.client import Connection, Person

keys = (f"key-{number}" for number in itertools.count(1))


class people_test(parley_test):
    async def group(self, *others: str) -> tuple[list[Person], list[Connection], str]:
        """A group: its owner first, then people of these names, all of them connected."""
        people = [await self.person(name) for name in ("owner", *others)]
        connections = [await self.connect(each) for each in people]
        made = await connections[0].request(
            "create_group", key=next(keys), name="Group", members=[each.id for each in people[1:]]
        )
        conversation = made["conversation"]
        for connection in connections:
            await connection.wait_for_entry(conversation, 1)
        return people, connections, conversation

    async def say(self, connection: Connection, conversation: str, text: str = "hello") -> int:
        return (await connection.request("send", conversation=conversation, key=next(keys), text=text))["seq"]

    async def change(self, connection: Connection, op: str, conversation: str, **d) -> dict:
        return await connection.request(op, conversation=conversation, key=next(keys), **d)

    async def refused(self, connection: Connection, op: str, conversation: str, **d) -> str:
        d.setdefault("key", next(keys))
        return (await connection.refusal(op, conversation=conversation, **d))["code"]

    async def event(self, connection: Connection, kind: str, condition=lambda d: True) -> dict:
        find = lambda events: next((e["d"] for e in events if e["ev"] == kind and condition(e["d"])), None)
        await connection.wait_for(find, f"an event {kind}")
        return find(connection.events)
