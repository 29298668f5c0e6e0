"""A client made of nothing but a socket: it sends any bytes, and holds what comes back against the RFCs."""

import asyncio
import base64
import dataclasses
import json
import os
import struct

# What is promised within a second fails at ten times that, so that a busy machine is no failure.
WITHIN_S = 10.0
TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA


def masked(payload: bytes, mask: bytes) -> bytes:
    if not payload:
        return b""
    size = len(payload)
    repeated = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(size, "big")


def frame(payload: bytes = b"", opcode: int = TEXT, fin: bool = True, reserved: int = 0, mask: bytes | None = b"") -> bytes:
    """A client's frame. `reserved` are the three bits behind FIN; `mask` None: not masked; b"": a random one."""
    first = (0x80 if fin else 0) | (reserved << 4) | opcode
    size = len(payload)
    if size < 126:
        head = bytes([first, size])
    elif size < 65_536:
        head = bytes([first, 126]) + struct.pack("!H", size)
    else:
        head = bytes([first, 127]) + struct.pack("!Q", size)
    if mask is None:
        return head + payload
    mask = mask or os.urandom(4)
    return bytes([head[0], head[1] | 0x80]) + head[2:] + mask + masked(payload, mask)


def close_frame(code: int | None = None, reason: bytes = b"") -> bytes:
    return frame(b"" if code is None else struct.pack("!H", code) + reason, CLOSE)


def text(**members) -> bytes:
    """A text frame that holds these members as a JSON object."""
    return frame(json.dumps(members).encode())


@dataclasses.dataclass(frozen=True)
class Received:
    """A frame of the server."""

    opcode: int
    payload: bytes

    @property
    def close_code(self) -> int:
        return struct.unpack("!H", self.payload[:2])[0] if len(self.payload) >= 2 else 1005


@dataclasses.dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class BrokenPromise(AssertionError):
    """The server sent what no server may send."""


class Wire:
    """One TCP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self.reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, host: str, port: int) -> "Wire":
        return cls(*await asyncio.open_connection(host, port, limit=64 * 1024 * 1024))

    async def send(self, data: bytes) -> None:
        """Sends what the server takes; that it has ended the connection meanwhile is seen by reading."""
        try:
            self.writer.write(data)
            await asyncio.wait_for(self.writer.drain(), WITHIN_S)
        except (ConnectionError, BrokenPipeError):
            pass

    def finish_sending(self) -> None:
        self.writer.write_eof()

    def close(self) -> None:
        self.writer.transport.abort()

    # HTTP.
    async def answer(self, of_head: bool = False) -> Answer | None:
        """The next HTTP answer; None when the server ended the connection instead."""
        try:
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except asyncio.IncompleteReadError as ended:
            if ended.partial:
                raise BrokenPromise(f"half an answer: {ended.partial!r}") from None
            return None
        except ConnectionError:
            return None
        first, *lines = head.rstrip("\r\n").split("\r\n")
        version, status, _ = first.split(" ", 2)
        if version != "HTTP/1.1" and version != "HTTP/1.0":
            raise BrokenPromise(f"not an HTTP answer: {first!r}")
        headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
        size = 0 if of_head or status in ("101", "204", "304") else int(headers.get("content-length", 0))
        return Answer(int(status), headers, await self.reader.readexactly(size))

    async def ended(self) -> bytes:
        """What comes before the server ends the connection."""
        try:
            return await self.reader.read()
        except ConnectionError:
            return b""

    # WebSocket.
    async def upgrade(self, *more: str, path: str = "/v1/ws") -> Answer:
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {path} HTTP/1.1",
            "Host: parley",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            *more,
        ]
        await self.send(("\r\n".join(lines) + "\r\n\r\n").encode())
        answer = await self.answer()
        if answer is None or answer.status != 101:
            raise BrokenPromise(f"no upgrade but {answer}")
        return answer

    async def frame(self) -> Received | None:
        """The next frame; None when the connection has ended. What no server may send raises."""
        try:
            first, second = await self.reader.readexactly(2)
            if first & 0x70:
                raise BrokenPromise(f"reserved bits in {first:#x}")
            if second & 0x80:
                raise BrokenPromise("a server masks nothing")
            opcode, size = first & 0x0F, second & 0x7F
            if opcode not in (TEXT, BINARY, CLOSE, PING, PONG) or not first & 0x80:
                raise BrokenPromise(f"opcode {opcode:#x} or a fragment, which this server never sends")
            if opcode >= CLOSE and size > 125:
                raise BrokenPromise(f"a control frame of {size}")
            if size == 126:
                size = struct.unpack("!H", await self.reader.readexactly(2))[0]
                shortest = size >= 126
            elif size == 127:
                size = struct.unpack("!Q", await self.reader.readexactly(8))[0]
                shortest = size >= 65_536
            else:
                shortest = True
            if not shortest:
                raise BrokenPromise("a length not in its shortest form")
            payload = await self.reader.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        if opcode == TEXT:
            payload.decode()
        if opcode == CLOSE and payload:
            payload[2:].decode()
        return Received(opcode, payload)

    async def reply(self, number: int) -> dict:
        """The reply to this request; events and other replies are passed over."""
        while True:
            got = await self.frame()
            if got is None:
                raise BrokenPromise("the connection ended without a reply")
            if got.opcode == CLOSE:
                raise BrokenPromise(f"closed with {got.close_code} ({got.payload[2:].decode()}) instead of a reply")
            if got.opcode == TEXT:
                answer = json.loads(got.payload)
                if answer.get("id") == number:
                    return answer

    async def close_code(self) -> int | None:
        """Reads up to the close frame and to the end behind it; None when there was no close frame."""
        while got := await self.frame():
            if got.opcode == CLOSE:
                await self.send(close_frame(got.close_code if got.payload else None))
                if await self.ended():
                    raise BrokenPromise("something follows the close frame")
                return got.close_code
        return None
