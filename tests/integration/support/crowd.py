"""A crowd of WebSockets for one process: no library, no checks of the protocol, just enough of RFC 6455."""

import asyncio
import base64
import itertools
import json
import os
import struct

from support.client import Refused
from support.node import Node

HEAD_MAX = 8_192


class Ended(Exception):
    """The connection is gone; `code` is the one of the server's close frame, or 0."""

    def __init__(self, code: int = 0):
        super().__init__(f"closed with {code}")
        self.code = code


class Socket:
    """One WebSocket. Reading happens only while somebody waits for something."""

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
