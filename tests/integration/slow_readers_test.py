"""Half of a group stops reading while the others write on: bounded memory, nobody else notices, nothing is missing.

20 of 40 members for a few seconds; with PARLEY_FULL=1 100 of 200 for a minute. Entries carry the moment of
their sending, so that every reading member measures how late they are.
"""

import asyncio
import ctypes
import itertools
import json
import os
import pathlib
import socket
import subprocess
import threading
import time
import unittest
import zlib

import websockets

from support.client import Connection, Person, make_person
from support.node import Node

FULL = os.environ.get("PARLEY_FULL") == "1"
MEMBERS = 200 if FULL else 40
SLOW = MEMBERS // 2
WRITERS = 4
STOPPED_S = 60.0 if FULL else 6.0
COMPARED_S = 15.0 if FULL else 3.0
ENTRIES_PER_S = 4 if FULL else 30
TEXT_CHARACTERS = 50_000  # the system alone takes in some MB for who does not read
OUTBOX_BYTES = (1024 if FULL else 128) * 1024
RECEIVE_BUFFER_BYTES = 32 * 1024
# Beside a full outbox a connection may hold one frame more, its buffers, and a page that is read to heal it.
OF_A_CONNECTION_BYTES = 256 * 1024
# A sanitizer keeps what was freed for a while.
# What is read from the log for a hundred at once before it is in their outboxes, and what the allocator keeps.
HEALING_BYTES = (48 if FULL else 0) * 1024 * 1024
SLACK_BYTES = (512 if os.environ.get("PARLEY_SANITIZE") else 16) * 1024 * 1024 + HEALING_BYTES
# What the product promises of the others' p99; a busy machine may show more, ten times is a defect.
LATER_AT_MOST = 2.0
FAILS_ABOVE = 10.0
SHORTEST_P99_S = 0.02  # below, one scheduling of this test's own process decides
HEALED_WITHIN_S = 120.0 if FULL else 40.0
PING_EVERY_S = 25.0
PING_TIMEOUT_S = 10.0
SLACK_S = 15.0
SETTLES_AFTER_S = 15.0  # a node that has just started may not yet say who is offline
LISTENING = 1
FILLING_BYTES = 8 * 1024 * 1024
HERE, THERE = "198.18.77.1", "198.18.77.2"  # RFC 2544: in no network that a machine really has
CLONE_NEWNET = 0x40000000


class Listener(Connection):
    """Keeps of an entry its number and a checksum, and how late it came; reads only while it is told to."""

    def __init__(self, socket):
        self.reads = asyncio.Event()
        self.reads.set()
        self.shown: list[tuple[int, str, int]] = []
        self.latencies: list[float] = []
        self.lagging = 0
        super().__init__(socket)

    @classmethod
    async def of(cls, node: Node, person: Person, sync: dict | None = None, **options) -> "Listener":
        self = await cls.open(node, **options)
        await self.request("identify", token=person.token)
        self.synced = await self.request("sync", **(sync or {}))
        return self

    @classmethod
    async def open(cls, node: Node, **options) -> "Listener":
        url = node.url.replace("http://", "ws://") + "/v1/ws"
        options = {"subprotocols": ["parley.v1"], "max_size": 4 << 20, "ping_interval": None, **options}
        return cls(await websockets.connect(url, **options))

    async def _read(self) -> None:
        try:
            while True:
                await self.reads.wait()
                frame = json.loads(await self.socket.recv())
                if frame.get("ev") == "entry":
                    self._entry(frame["d"])
                elif frame.get("ev") == "lagging":
                    self.lagging += 1
                elif "ev" not in frame:
                    self._answer(frame)
        except websockets.ConnectionClosed:
            pass

    def _entry(self, entry: dict) -> None:
        if entry["kind"] != "message":
            return
        self.latencies.append(time.monotonic() - float(entry["text"].split(" ", 1)[0]))
        self.shown.append((entry["seq"], entry["key"], zlib.crc32(entry["text"].encode())))


def connect_small(node: Node) -> socket.socket:
    """A connection that takes little in while nobody reads."""
    host, port = node.url.removeprefix("http://").split(":")
    link = socket.socket()
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    link.connect((host, int(port)))
    link.setblocking(False)
    return link


def resident_bytes(node: Node) -> int:
    pages = int(pathlib.Path(f"/proc/{node.process.pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def processor_s(node: Node) -> float:
    """What the node has used so far."""
    fields = pathlib.Path(f"/proc/{node.process.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def p99(latencies: list[float]) -> float:
    return sorted(latencies)[int(len(latencies) * 0.99)]


class Writers:
    """Some members who write at a steady rate; what was acknowledged, and as which number."""

    def __init__(self, connections: list[Listener], conversation: str):
        self.connections = connections
        self.conversation = conversation
        self.keys = itertools.count(1)
        self.written: dict[int, tuple[str, int]] = {}
        self.answer_latencies: list[float] = []

    async def write(self, seconds: float, meanwhile=lambda: None) -> None:
        answers: set[asyncio.Task] = set()
        began = time.monotonic()
        for number in range(int(seconds * ENTRIES_PER_S)):
            await at(began + number / ENTRIES_PER_S)
            meanwhile()
            answers.add(asyncio.create_task(self._one(self.connections[number % len(self.connections)])))
        await asyncio.gather(*answers)

    async def _one(self, connection: Listener) -> None:
        key, sent = f"k{next(self.keys)}", time.monotonic()
        text = f"{sent} {key} ".ljust(TEXT_CHARACTERS, ".")
        reply = await connection.request("send", conversation=self.conversation, key=key, text=text)
        self.answer_latencies.append(time.monotonic() - sent)
        self.written[reply["seq"]] = (key, zlib.crc32(text.encode()))


async def at(moment: float) -> None:
    """Returns at this moment of the clock: a rate is what the test is about, not a wait for something."""
    loop = asyncio.get_running_loop()
    reached = loop.create_future()
    loop.call_at(moment, reached.set_result, None)  # the loop's clock is time.monotonic
    await reached


class nodes_test(unittest.IsolatedAsyncioTestCase):
    listen: tuple[str, ...] = ()

    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)  # thousands of frames a second
        limits = (f"--limits.outbox_bytes={OUTBOX_BYTES}", f"--limits.group_members={MEMBERS}")
        self.node = Node("--presence.grace=0ms", *limits, *self.listen)
        self.addCleanup(self.node.remove)
        await self.node.start_async()

    async def people(self, count: int) -> list[Person]:
        names = [f"member-{number}" for number in range(count)]
        return [await asyncio.to_thread(make_person, self.node, name) for name in names]

    async def until(self, condition, what: str, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), deadline, what)
            await at(time.monotonic() + 0.01)


class members_who_do_not_read(nodes_test):
    async def group_of(self, people: list[Person]) -> tuple[list[Listener], str]:
        connections = []
        for number, person in enumerate(people):
            options = {}
            if number >= len(people) - SLOW:  # these will stop reading
                options = {"sock": connect_small(self.node), "max_queue": 1, "read_limit": 4096}
            connections.append(await Listener.of(self.node, person, **options))
            self.addAsyncCleanup(connections[-1].close)
        made = await connections[0].request("create_group", key="g", name="All", members=[p.id for p in people[1:]])
        return connections, made["conversation"]

    async def test_are_shown_everything_later_and_nobody_else_notices(self):
        everybody, conversation = await self.group_of(await self.people(MEMBERS))
        fast, slow = everybody[:-SLOW], everybody[-SLOW:]
        writers = Writers(fast[:WRITERS], conversation)

        def all_have(members: list[Listener]) -> bool:
            return all(len(member.shown) >= len(writers.written) for member in members)

        used = processor_s(self.node)
        await writers.write(COMPARED_S)
        await self.until(lambda: all_have(everybody), "everybody is shown everything", HEALED_WITHIN_S)
        before = [latency for member in fast for latency in member.latencies]
        answered_before = list(writers.answer_latencies)
        used_before = (processor_s(self.node) - used) / COMPARED_S
        memory_before = resident_bytes(self.node)
        for member in everybody:
            member.latencies.clear()
        writers.answer_latencies.clear()

        peak = memory_before

        def look() -> None:
            nonlocal peak
            peak = max(peak, resident_bytes(self.node))

        for member in slow:
            member.reads.clear()
        used = processor_s(self.node)
        await writers.write(STOPPED_S, look)
        used_meanwhile = (processor_s(self.node) - used) / STOPPED_S
        await self.until(lambda: all_have(fast), "the others are shown everything", HEALED_WITHIN_S)
        meanwhile = [latency for member in fast for latency in member.latencies]
        behind = [len(writers.written) - len(member.shown) for member in slow]

        for member in slow:
            member.reads.set()
        began = time.monotonic()

        def healed() -> bool:
            look()
            return all_have(slow)

        await self.until(healed, "the slow ones are shown everything", HEALED_WITHIN_S)
        took = time.monotonic() - began
        ratio = p99(meanwhile) / p99(before)
        answers = p99(writers.answer_latencies) / p99(answered_before)
        grown = peak - memory_before
        allowed = SLOW * (OUTBOX_BYTES + OF_A_CONNECTION_BYTES) + SLACK_BYTES
        print(
            f"{SLOW} of {MEMBERS} read nothing for {STOPPED_S:.0f} s, {ENTRIES_PER_S} entries of {TEXT_CHARACTERS} characters a second\n"
            f"the others' p99: shown after {p99(before) * 1000:.1f} ms, then {p99(meanwhile) * 1000:.1f} ms ({ratio:.2f} times; "
            f"promised: {LATER_AT_MOST:.0f}); answered {answers:.2f} times as late\n"
            f"processor: {used_before:.2f} of a core, then {used_meanwhile:.2f}\n"
            f"memory: {memory_before / 2**20:.0f} MiB, {grown / 2**20:.0f} MiB more at most (allowed {allowed / 2**20:.0f})\n"
            f"{min(behind)} to {max(behind)} entries behind of {len(writers.written)}; everything {took:.1f} s after reading again, "
            f"{sum(member.lagging for member in slow)} times `lagging`"
        )
        self.assertGreater(min(member.lagging for member in slow), 0, "more was written than outbox and system hold")
        self.assertLess(grown, allowed)
        self.assertLess(p99(meanwhile), FAILS_ABOVE * max(p99(before), SHORTEST_P99_S))
        self.assertLess(p99(writers.answer_latencies), FAILS_ABOVE * max(p99(answered_before), SHORTEST_P99_S))
        whole_log = [(seq, *writers.written[seq]) for seq in sorted(writers.written)]
        for member in everybody:
            self.assertEqual(member.shown, whole_log)


class going_test(nodes_test):
    """Somebody who watches others go. Whether they are gone is told by presence, without grace."""

    async def watched(self, count: int) -> tuple[list[Person], Connection, str]:
        """A group; its first member, who reads, watches all others."""
        people = await self.people(count + 1)
        watcher = await Connection.of(self.node, people[0])
        self.addAsyncCleanup(watcher.close)
        ids = [person.id for person in people[1:]]
        group = (await watcher.request("create_group", key="g", name="All", members=ids))["conversation"]
        await watcher.request("watch_presence", users=ids)
        return people[1:], watcher, group

    async def come(self, person: Person, watcher: Connection, **options) -> Listener:
        connection = await Listener.of(self.node, person, **options)
        self.addCleanup(connection.socket.transport.abort)
        await watcher.wait_for(lambda _: self.presence_of(person, watcher) is True, f"{person.name} online")
        return connection

    def presence_of(self, person: Person, watcher: Connection) -> bool | None:
        told = [e["d"]["online"] for e in watcher.events if e["ev"] == "presence" and e["d"]["user"] == person.id]
        return told[-1] if told else None

    async def gone(self, person: Person, watcher: Connection, seconds: float) -> float:
        """Waits until the others were told; how long it took."""
        began = time.monotonic()
        await self.until(lambda: self.presence_of(person, watcher) is False, f"{person.name} is gone", seconds)
        return time.monotonic() - began

    async def fill(self, watcher: Connection, group: str) -> None:
        """Writes more to all than their outboxes and the system hold."""
        for number in range(FILLING_BYTES // TEXT_CHARACTERS):
            await watcher.request("send", conversation=group, key=f"f{number}", text="." * TEXT_CHARACTERS)

    def sockets(self) -> int:
        """How many the node holds, also broken ones; those to its database, which are of another family, do not count."""
        folder = pathlib.Path(f"/proc/{self.node.process.pid}/fd")
        to_database = {line.split()[6] for line in (folder.parent / "net" / "unix").read_text().splitlines()[1:]}
        held = [os.readlink(folder / name) for name in os.listdir(folder) if os.path.lexists(folder / name)]
        inodes = [link[len("socket:[") : -1] for link in held if link.startswith("socket:[")]
        return sum(inode not in to_database for inode in inodes)


class clients_that_go(going_test):
    async def test_and_never_read_leave_nothing(self):
        people, watcher, group = await self.watched(5)
        await self.until(lambda: self.sockets() == LISTENING + 1, "only the watcher is there", SLACK_S)
        connections = [await self.come(person, watcher, sock=connect_small(self.node)) for person in people]
        for connection in connections:
            connection.socket.transport.pause_reading()
        self.assertEqual(self.sockets(), LISTENING + 1 + len(people))
        await self.fill(watcher, group)
        for connection in connections:
            connection.socket.transport.abort()
        began = time.monotonic()
        await self.until(lambda: self.sockets() == LISTENING + 1, "their sockets are closed", SLACK_S)
        took = time.monotonic() - began
        for person in people:
            await self.gone(person, watcher, SETTLES_AFTER_S + SLACK_S)
        print(f"{len(people)} that never read, with full outboxes: closed {took * 1000:.0f} ms after they vanished")

    async def test_without_a_word_are_gone_after_the_ping_timeout(self):
        """A process that hangs: the system takes everything in, and nothing is answered. Idle, so nothing is full."""
        (person,), watcher, _ = await self.watched(1)
        connection = await self.come(person, watcher)
        connection.socket.transport.pause_reading()
        took = await self.gone(person, watcher, PING_EVERY_S + PING_TIMEOUT_S + SLACK_S)
        print(f"a client that hangs: gone after {took:.1f} s (pings every {PING_EVERY_S:.0f} s, {PING_TIMEOUT_S:.0f} s to answer)")
        self.assertGreater(took, PING_EVERY_S)


class clients_behind_a_cut_line(going_test):
    """Half-open: neither FIN nor RST ever comes. Takes a network of its own, which takes root: label `slow`."""

    name = f"parley{os.getpid()}"
    listen = (f"--listen.address={HERE}",)

    async def asyncSetUp(self):
        here, there = f"pa{os.getpid()}", f"pb{os.getpid()}"
        ip("netns", "add", self.name)
        self.addCleanup(ip, "netns", "delete", self.name)
        ip("link", "add", here, "type", "veth", "peer", "name", there, "netns", self.name)
        self.addCleanup(ip, "link", "delete", here)  # its sockets would keep the other network for minutes
        ip("address", "add", f"{HERE}/30", "dev", here)
        ip("link", "set", here, "up")
        ip("-n", self.name, "address", "add", f"{THERE}/30", "dev", there)
        ip("-n", self.name, "link", "set", there, "up")
        await super().asyncSetUp()

    async def test_are_gone_after_the_ping_timeout_with_full_outboxes_too(self):
        (idle, busy), watcher, group = await self.watched(2)
        at_busy = await self.come(busy, watcher, sock=await asyncio.to_thread(self.connect_from_there))
        at_busy.socket.transport.pause_reading()
        await self.fill(watcher, group)
        await self.come(idle, watcher, sock=await asyncio.to_thread(self.connect_from_there))
        ip("-n", self.name, "route", "add", "blackhole", f"{HERE}/32")
        limit = 2 * (PING_EVERY_S + PING_TIMEOUT_S) + SLACK_S
        took = await asyncio.gather(*(self.gone(person, watcher, limit) for person in (idle, busy)))
        print(f"cut off: the idle client is gone after {took[0]:.1f} s, the one with a full outbox after {took[1]:.1f} s")
        self.assertLess(took[0], PING_EVERY_S + PING_TIMEOUT_S + SLACK_S)

    def connect_from_there(self) -> socket.socket:
        """A connection whose other end is in the other network; only this thread goes there, and ends."""
        made: list[socket.socket] = []

        def connect() -> None:
            with open(f"/run/netns/{self.name}", encoding="ascii") as network:
                if ctypes.CDLL(None, use_errno=True).setns(network.fileno(), CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
            made.append(connect_small(self.node))

        thread = threading.Thread(target=connect)
        thread.start()
        thread.join()
        return made[0]


def ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, f"ip {' '.join(arguments)} (a network of its own needs root): {done.stderr}"


if __name__ == "__main__":
    unittest.main(verbosity=2)
