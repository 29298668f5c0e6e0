"""Polling, long polling and WebSocket for the same chat, measured on one node.

    compare_protocols.py [--people 50] [--rate 2] [--seconds 27]

One person writes to a group at a WebSocket; everybody else reads it in one of the three ways. Prints for each:
from sending to having it (milliseconds), bytes on the wire and node CPU for each delivery, and what a reader costs
to whom nobody writes. Bytes are TCP's, both ways, without its headers (TCP_INFO); CPU is parleyd's, all of it.
Not a test: figures by hand, for DECISIONS.md.
"""

import argparse
import asyncio
import itertools
import json
import os
import pathlib
import socket
import time
import urllib.parse

from support.client import Connection, Person, make_person
from support.node import Node

INTERVAL_S = 1.0
BYTES_ACKED_AND_RECEIVED = slice(120, 136)  # of struct tcp_info
TEXT = "x" * 100


def wire_bytes(of) -> int:
    """What a connection has sent and received so far."""
    info = of.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192)[BYTES_ACKED_AND_RECEIVED]
    return int.from_bytes(info[:8], "little") + int.from_bytes(info[8:], "little")


class Reader:
    """Somebody who notes when each entry came."""

    def __init__(self):
        self.came: dict[int, float] = {}

    def take(self, events: list[dict]) -> None:
        for each in events:
            if each["ev"] == "entry":
                self.came.setdefault(each["d"]["seq"], time.monotonic())


class WebSocketReader(Reader):
    async def start(self, node: Node, person: Person) -> None:
        self.connection = await Connection.of(node, person)
        self.task = asyncio.create_task(self.read())

    async def read(self) -> None:
        taken = 0
        while True:
            async with self.connection.changed:
                await self.connection.changed.wait_for(lambda: len(self.connection.events) > taken)
                self.take(self.connection.events[taken:])
                taken = len(self.connection.events)

    def bytes(self) -> int:
        return wire_bytes(self.connection.socket.transport.get_extra_info("socket"))

    async def stop(self) -> None:
        self.task.cancel()
        await self.connection.close()


class HttpReader(Reader):
    """Over one connection that stays open, with no header that is not needed."""

    wait_s = 0

    async def start(self, node: Node, person: Person) -> None:
        where = urllib.parse.urlsplit(node.url)
        self.streams = await asyncio.open_connection(where.hostname, where.port)
        self.head = f"Host: {where.netloc}\r\nAuthorization: Bearer {person.token}\r\n"
        self.path = "/v1/sessions"
        self.path += "/" + (await self.call("POST", ""))["session"]
        await self.call("POST", "/ops", {"id": 1, "op": "sync"})
        self.task = asyncio.create_task(self.read())

    async def call(self, method: str, rest: str, body=None) -> dict:
        text = json.dumps(body).encode() if body else b""
        more = f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n" if body else ""
        if method == "POST" and not body:
            more = "Content-Length: 0\r\n"
        self.streams[1].write(f"{method} {self.path}{rest} HTTP/1.1\r\n{self.head}{more}\r\n".encode() + text)
        head = (await self.streams[0].readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length: ")[1].split("\r\n")[0])
        answer = json.loads(await self.streams[0].readexactly(length))
        assert " 20" in head.split("\r\n")[0], (head, answer)
        return answer

    async def read(self) -> None:
        after = 0
        while True:
            answer = await self.call("GET", f"/events?wait={self.wait_s}&after={after}")
            after = answer["next"]
            self.take(answer["events"])
            await self.pause()

    async def pause(self) -> None:
        await asyncio.sleep(INTERVAL_S)

    def bytes(self) -> int:
        return wire_bytes(self.streams[1].get_extra_info("socket"))

    async def stop(self) -> None:
        self.task.cancel()
        self.streams[1].close()


class LongPollingReader(HttpReader):
    wait_s = 25

    async def pause(self) -> None:
        pass


def cpu_s(node: Node) -> float:
    fields = pathlib.Path(f"/proc/{node.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(name: str, kind, node: Node, arguments, numbers) -> None:
    people = [
        await asyncio.to_thread(make_person, node, f"person-{next(numbers)}") for _ in range(arguments.people + 1)
    ]
    writer = await Connection.of(node, people[0])
    members = [each.id for each in people[1:]]
    talk = (await writer.request("create_group", key="g", name="G", members=members))["conversation"]
    readers = [kind() for _ in members]
    for i, reader in enumerate(readers):
        await reader.start(node, people[1 + i])
        # Whoever polls does not do so in step with the others.
        await asyncio.sleep(INTERVAL_S / len(readers))

    async def used():
        return cpu_s(node), sum(each.bytes() for each in readers)

    await asyncio.sleep(2)
    before = await used()
    await asyncio.sleep(arguments.seconds)
    idle = await used()
    sent: dict[int, float] = {}
    count = int(arguments.seconds * arguments.rate)
    for i in range(count):
        at = time.monotonic()
        sent[(await writer.request("send", conversation=talk, key=f"k{i}", text=TEXT))["seq"]] = at
        await asyncio.sleep(max(0.0, at + 1 / arguments.rate - time.monotonic()))
    await asyncio.sleep(INTERVAL_S + 0.5)
    busy = await used()
    waits = sorted(1e3 * (reader.came[seq] - at) for reader in readers for seq, at in sent.items())
    deliveries = len(waits)
    minutes = arguments.people * arguments.seconds / 60
    print(
        f"| {name} | {waits[deliveries // 2]:.1f} | {waits[deliveries * 99 // 100]:.1f}"
        f" | {(busy[1] - idle[1]) / deliveries:.0f} | {1e6 * (busy[0] - idle[0]) / deliveries:.0f}"
        f" | {(idle[1] - before[1]) / minutes:.0f} | {1e3 * (idle[0] - before[0]) / minutes:.1f} |",
        flush=True,
    )
    for reader in readers:
        await reader.stop()
    await writer.close()


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--rate", type=float, default=2.0, help="messages a second")
    parser.add_argument("--seconds", type=int, default=27)  # a wait is 25
    arguments = parser.parse_args()
    print(f"{arguments.people} readers, {arguments.rate} messages/s of {len(TEXT)} bytes, {os.cpu_count()} cores")
    print("| | p50 ms | p99 ms | bytes a delivery | µs of node CPU a delivery | idle: bytes a minute | ms CPU a minute |")
    print("|---|---|---|---|---|---|---|")
    node = Node()
    try:
        node.start()
        numbers = itertools.count(1)
        for name, kind in (
            ("polling, 1 s", HttpReader),
            ("long polling", LongPollingReader),
            ("WebSocket", WebSocketReader),
        ):
            await measure(name, kind, node, arguments, numbers)
    finally:
        node.remove()


if __name__ == "__main__":
    asyncio.run(main())
