"""A crowd of WebSockets for one process: no library, no checks of the protocol, just enough of RFC 6455."""

import asyncio
import base64
import itertools
import json
import os
import random
import struct

from support.client import Person, Refused
from support.node import Node

HEAD_MAX = 8_192


class Ended(Exception):
    """The connection is gone; `code` is the one of the server's close frame, or 0."""

    def __init__(self, code: int = 0):
        super().__init__(f"closed with {code}")
        self.code = code


class Socket:
    """One WebSocket. Reading, and answering pings, happens only while somebody waits for something."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self.reader = reader
        self.writer = writer
        self.events: list[dict] = []
        self.ids = itertools.count(1)

    @classmethod
    async def open(cls, node: Node) -> "Socket":
        host, port = node.url.removeprefix("http://").split(":")
        try:
            reader, writer = await asyncio.open_connection(host, int(port), limit=256 * 1024)
            key = base64.b64encode(os.urandom(16)).decode()
            writer.write(
                f"GET /v1/ws HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
            )
            head = await reader.readuntil(b"\r\n\r\n")
        except (OSError, asyncio.IncompleteReadError) as problem:
            raise Ended() from problem
        if not head.startswith(b"HTTP/1.1 101 "):
            writer.close()
            raise Ended()
        return cls(reader, writer)

    def post(self, op: str, **d) -> int:
        number = next(self.ids)
        payload = json.dumps({"id": number, "op": op, "d": d}).encode()
        size = len(payload)
        length = bytes([0x80 | size]) if size < 126 else b"\xfe" + struct.pack(">H", size)
        # A mask of zeros is a mask.
        self.writer.write(b"\x81" + length + b"\0\0\0\0" + payload)
        return number

    async def request(self, op: str, **d) -> dict:
        """`d` of the reply; events that come before it are kept. Raises Refused or Ended."""
        return await self.answer(self.post(op, **d))

    async def answer(self, number: int) -> dict:
        while True:
            frame = await self.frame()
            if "ev" in frame:
                self.events.append(frame)
            elif frame["id"] == number:
                if frame["ok"]:
                    return frame["d"]
                raise Refused(frame["error"])

    async def frame(self) -> dict:
        """The next text frame. Raises Ended."""
        try:
            while True:
                first, second = await self.reader.readexactly(2)
                size = second & 0x7F
                if size == 126:
                    (size,) = struct.unpack(">H", await self.reader.readexactly(2))
                elif size == 127:
                    (size,) = struct.unpack(">Q", await self.reader.readexactly(8))
                payload = await self.reader.readexactly(size)
                if first & 0x0F == 9:
                    self.writer.write(bytes([0x8A, 0x80 | size]) + b"\0\0\0\0" + payload)
                if first & 0x0F == 8:
                    raise Ended(struct.unpack(">H", payload[:2])[0] if size >= 2 else 0)
                if first & 0x0F == 1:
                    return json.loads(payload)
        except (OSError, asyncio.IncompleteReadError) as problem:
            raise Ended() from problem

    def abort(self) -> None:
        self.writer.transport.abort()


async def all_at_once(calls, at_a_time: int = 10_000) -> list:
    """Runs all, and raises the first problem."""
    turn = asyncio.Semaphore(at_a_time)

    async def one(call):
        async with turn:
            return await call

    return await asyncio.gather(*(one(call) for call in calls))


async def come_in(pick_node, person: Person, group: str, have: int, first: float) -> tuple[Socket, int]:
    """In at one of the nodes by the protocol's rules, synced, and without a hole up to the second value."""
    wait, bound = first, 5.0
    while True:
        await asyncio.sleep(wait)
        one = None
        try:
            one = await Socket.open(pick_node())
            await one.request("identify", token=person.token)
            page = await one.request("sync", have={group: have}, tail=100)
            (view,) = [each for each in page["conversations"] if each["id"] == group]
            seqs = [entry["seq"] for entry in view["entries"]]
            assert seqs == list(range(have + 1, view["head"] + 1)), (seqs, have, view["head"])
            return one, view["head"]
        except Refused as refused:
            wait = refused.error["retry_after_ms"] / 1_000
        except Ended:
            wait, bound = random.uniform(0, bound), min(2 * bound, 60.0)
        if one:
            one.abort()


async def hears(one: Socket, have: int, head: int, within_s: float = 60) -> None:
    """Reads what was pushed up to the entry `head`; nothing may be missing."""
    entries = [event["d"] for event in one.events]
    one.events.clear()
    while True:
        for entry in entries:
            if "seq" not in entry or "sender" not in entry:
                continue
            assert entry["seq"] == have + 1, (entry["seq"], have)
            have += 1
        if have == head:
            return
        frame = await asyncio.wait_for(one.frame(), within_s)
        entries = [frame["d"]]
