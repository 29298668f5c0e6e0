"""Something that speaks enough of parley.v1 for `parley bench group`, and breaks its promises on purpose.

Nothing is stored and nobody is checked: what is tested with it is the client's own check.
"""

import asyncio
import base64
import hashlib
import itertools
import json
import struct

ACCEPT_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
# The message that the fault is done to: late enough that everything is under way.
FAULTY_SEQ = 20


def server_frame(payload: bytes) -> bytes:
    size = len(payload)
    length = bytes([size]) if size < 126 else b"\x7e" + struct.pack(">H", size)
    return b"\x81" + length + payload


class FaultyNode:
    """`fault(seq, member, event)` gives the events that this member is shown in the place of that one;
    `answer(reply)` the replies that a sender gets in the place of that one."""

    def __init__(self, fault=lambda seq, member, event: [event], answer=lambda reply: [reply]):
        self.fault = fault
        self.answer = answer
        self.people = itertools.count(1)
        self.sockets: list[asyncio.StreamWriter] = []
        self.head = 0
        self.server: asyncio.Server | None = None

    async def start(self) -> str:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return "http://127.0.0.1:%d" % self.server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self.server.close()
        for writer in self.sockets:
            writer.close()
        await self.server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            if head.startswith("GET /v1/ws"):
                await self._websocket(head, reader, writer)
            else:
                await self._http(head, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _http(self, head: str, reader, writer) -> None:
        fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
        name = json.loads(await reader.readexactly(int(fields["content-length"])))["name"]
        user = {"id": str(next(self.people)), "name": name}
        body = json.dumps({"user": user, "token": user["id"]}).encode()
        writer.write(b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nConnection: close\r\n")
        writer.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()

    async def _websocket(self, head: str, reader, writer) -> None:
        key = next(line.split(": ", 1)[1] for line in head.split("\r\n") if line.lower().startswith("sec-websocket-key"))
        accept = base64.b64encode(hashlib.sha1((key + ACCEPT_GUID).encode()).digest()).decode()
        writer.write(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: parley.v1\r\n\r\n".encode()
        )
        self._send(writer, {"ev": "hello", "d": {"limits": {"unanswered_requests": 32}}})
        user = ""
        while True:
            request = await self._read(reader)
            if request is None:
                return
            user = request.get("d", {}).get("token", user)
            self._take(request, user, writer)

    @staticmethod
    async def _read(reader) -> dict | None:
        opcode, size = await reader.readexactly(2)
        size &= 0x7F
        if size == 126:
            (size,) = struct.unpack(">H", await reader.readexactly(2))
        mask = await reader.readexactly(4)
        payload = await reader.readexactly(size)
        if opcode & 0x0F != 1:
            return None
        return json.loads(bytes(byte ^ mask[i & 3] for i, byte in enumerate(payload)))

    @staticmethod
    def _send(writer, value) -> None:
        writer.write(server_frame(json.dumps(value).encode()))

    def _take(self, request: dict, user: str, writer) -> None:
        reply = {"id": request["id"], "ok": True, "d": {}}
        match request["op"]:
            case "sync":
                self.sockets.append(writer)
                listed = [{"id": "9", "head": self.head}] if self.head else []
                reply["d"] = {"conversations": listed}
            case "create_group":
                self._publish({"kind": "create", "sender": user})
                reply["d"] = {"conversation": "9", "duplicate": False}
            case "send":
                d = request["d"]
                self._publish({"kind": "message", "sender": user, "key": d["key"], "text": d["text"]})
                reply["d"] = {"seq": self.head, "at": "2000-01-01T00:00:00.000Z", "duplicate": False}
                for each in self.answer(reply):
                    self._send(writer, each)
                return
        self._send(writer, reply)

    def _publish(self, content: dict) -> None:
        self.head += 1
        for member, writer in enumerate(self.sockets):
            event = {"ev": "entry", "d": {"conversation": "9", "seq": self.head, **content}}
            for shown in self.fault(self.head, member, event):
                self._send(writer, shown)
