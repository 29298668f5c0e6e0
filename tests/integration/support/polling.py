"""A person who calls over HTTP instead of keeping a WebSocket."""

import asyncio
import itertools

from support.client import Person, Refused
from support.node import Node

WITHIN_S = 20.0


class Caller:
    """A polling session. `events` holds all events acknowledged so far, in order."""

    def __init__(self, node: Node, person: Person, session: str):
        self.node = node
        self.person = person
        self.path = f"/v1/sessions/{session}"
        self.events: list[dict] = []
        self.next = 0
        self.ids = itertools.count(1)

    @classmethod
    async def of(cls, node: Node, person: Person, **body) -> "Caller":
        """Identified, and with the first sync done: entries are pushed from here on."""
        status, made = await asyncio.to_thread(node.call, "POST", "/v1/sessions", body or None, person.token)
        assert status == 201, (status, made)
        self = cls(node, person, made["session"])
        self.made = made
        self.synced = await self.request("sync")
        return self

    async def call(self, method: str, call: str = "", body=None, token: str | None = None) -> tuple[int, object]:
        return await asyncio.to_thread(self.node.call, method, self.path + call, body, token or self.person.token)

    async def ops(self, *requests: tuple[str, dict]) -> list[dict]:
        """Sends an array; the answers."""
        frames = [{"id": next(self.ids), "op": op, "d": d} for op, d in requests]
        status, answers = await self.call("POST", "/ops", frames)
        assert status == 200, (status, answers)
        assert [each["id"] for each in answers] == [each["id"] for each in frames]
        return answers

    async def request(self, op: str, **d) -> dict:
        """`d` of the reply; raises Refused."""
        status, answer = await self.call("POST", "/ops", {"id": next(self.ids), "op": op, "d": d})
        assert status == 200, (status, answer)
        if not answer["ok"]:
            raise Refused(answer["error"])
        return answer["d"]

    async def fetch(self, wait: int = 0, after: int | None = None) -> tuple[int, dict]:
        """One call for events, which acknowledges what `after` says (or all that came)."""
        return await self.call("GET", f"/events?wait={wait}&after={self.next if after is None else after}")

    async def poll(self, wait: int = 0) -> list[dict]:
        """One call for events, and takes what came."""
        status, answer = await self.fetch(wait)
        assert status == 200, (status, answer)
        numbers = [each["n"] for each in answer["events"]]
        assert numbers == list(range(self.next + 1, self.next + 1 + len(numbers))), (self.next, numbers)
        assert answer["next"] == (numbers[-1] if numbers else self.next), answer
        self.next = answer["next"]
        self.events += answer["events"]
        return answer["events"]

    def entries(self, conversation: str) -> list[dict]:
        shown = (each["d"] for each in self.events if each["ev"] == "entry")
        return [each for each in shown if each["conversation"] == conversation]

    async def wait_for_entry(self, conversation: str, seq: int) -> dict:
        """Polls until this entry was pushed."""
        deadline = asyncio.get_running_loop().time() + WITHIN_S
        while True:
            found = next((each for each in self.entries(conversation) if each["seq"] == seq), None)
            if found:
                return found
            assert asyncio.get_running_loop().time() < deadline, f"no entry {seq}; {self.events[-5:]}"
            await self.poll(wait=5)
