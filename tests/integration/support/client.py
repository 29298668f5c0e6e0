"""A person at a WebSocket, by python3-websockets: requests, replies, and every event in order."""

import asyncio
import dataclasses
import itertools
import json

import websockets

from support.node import Node

ANSWER_WITHIN_S = 20.0
PASSWORD = "correct horse battery"
FRAME_MAX = 1024 * 1024  # what WebSocket libraries take, and a node never exceeds


class Refused(Exception):
    """The error of a reply."""

    def __init__(self, error: dict):
        super().__init__(f"{error.get('code')}: {error.get('message')}")
        self.error = error
        self.code = error.get("code")


@dataclasses.dataclass
class Person:
    name: str
    id: str
    token: str


def make_person(node: Node, name: str) -> Person:
    """A new account, signed in."""
    status, made = node.call("POST", "/v1/accounts", {"name": name, "password": PASSWORD})
    assert status == 201, (status, made)
    return sign_in(node, name)


def sign_in(node: Node, name: str) -> Person:
    status, made = node.call("POST", "/v1/tokens", {"name": name, "password": PASSWORD})
    assert status == 201, (status, made)
    return Person(made["user"]["name"], made["user"]["id"], made["token"])


class Connection:
    """A WebSocket. `events` holds all events since the beginning, in the order they came."""

    answer_within_s = ANSWER_WITHIN_S

    def __init__(self, socket):
        self.socket = socket
        self.events: list[dict] = []
        self.replies: dict[int, asyncio.Future] = {}
        self.reply_order: list[int] = []
        self.changed = asyncio.Condition()
        self.ids = itertools.count(1)
        self.reader = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, node: Node, **options) -> "Connection":
        options.setdefault("subprotocols", ["parley.v1"])
        options.setdefault("ssl", node.trusts)
        url = node.url.replace("http", "ws", 1) + "/v1/ws"
        socket = await websockets.connect(url, max_size=FRAME_MAX, max_queue=None, ping_interval=None, **options)
        return cls(socket)

    @classmethod
    async def of(cls, node: Node, person: Person, sync: dict | None = None) -> "Connection":
        """Open, identified, and with the first sync done: entries are pushed from here on."""
        self = await cls.open(node)
        self.identified = await self.request("identify", token=person.token)
        self.synced = await self.request("sync", **(sync or {}))
        return self

    async def post(self, op: str, **d) -> asyncio.Future:
        """Sends a request and returns what will be its answer, so that others can follow at once."""
        number = next(self.ids)
        answer = asyncio.get_running_loop().create_future()
        self.replies[number] = answer
        await self.socket.send(json.dumps({"id": number, "op": op, "d": d}, ensure_ascii=False))
        return answer

    async def request(self, op: str, **d) -> dict:
        """`d` of the reply; raises Refused."""
        return await asyncio.wait_for(await self.post(op, **d), self.answer_within_s)

    async def refusal(self, op: str, **d) -> dict:
        """The error of a request that must be refused."""
        try:
            answer = await self.request(op, **d)
        except Refused as refused:
            return refused.error
        raise AssertionError(f"{op} was not refused but answered {answer}")

    async def wait_for(self, condition, what: str = "condition"):
        """Waits until `condition(events)` is true, and returns it."""

        async def wait():
            async with self.changed:
                return await self.changed.wait_for(lambda: condition(self.events))

        try:
            return await asyncio.wait_for(wait(), ANSWER_WITHIN_S)
        except asyncio.TimeoutError:
            raise AssertionError(f"waited for {what}; the last events were {self.events[-5:]}") from None

    def entries(self, conversation: str | None = None) -> list[dict]:
        """The entries pushed so far."""
        return [
            event["d"]
            for event in self.events
            if event["ev"] == "entry" and conversation in (None, event["d"]["conversation"])
        ]

    async def wait_for_entry(self, conversation: str, seq: int) -> dict:
        """Waits until this entry was pushed."""
        await self.wait_for(
            lambda _: any(entry["seq"] >= seq for entry in self.entries(conversation)), f"entry {seq}"
        )
        return next(entry for entry in self.entries(conversation) if entry["seq"] == seq)

    async def close(self) -> None:
        await self.socket.close()
        await self.reader

    async def close_code(self) -> int:
        """Waits until the server has closed the connection; how it did."""
        await asyncio.wait_for(self.reader, ANSWER_WITHIN_S)
        return self.socket.close_code

    async def _read(self) -> None:
        try:
            async for text in self.socket:
                frame = json.loads(text)
                async with self.changed:
                    if "ev" in frame:
                        self.events.append(frame)
                    else:
                        self._answer(frame)
                    self.changed.notify_all()
        except websockets.ConnectionClosed:
            pass
        finally:
            for answer in self.replies.values():
                if not answer.done():
                    answer.set_exception(ConnectionError("the connection ended before the answer"))
                    answer.exception()  # looked at: whoever does not wait any more is not warned

    def _answer(self, frame: dict) -> None:
        answer = self.replies.pop(frame["id"], None)
        if answer is None:
            raise AssertionError(f"a second or unasked answer: {frame}")
        self.reply_order.append(frame["id"])
        if answer.done():
            return
        if frame["ok"]:
            answer.set_result(frame["d"])
        else:
            answer.set_exception(Refused(frame["error"]))
            answer.exception()
