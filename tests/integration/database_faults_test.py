"""PostgreSQL breaks under a node that serves: nothing false is said meanwhile, and the node comes back by itself.

Four people write to one group without pause, and what they saw is checked against the log at the end.
"""

import asyncio
import errno
import itertools
import pathlib
import subprocess
import tempfile
import time
import unittest

from support.client import PASSWORD, Connection, Person, make_person
from support.load import Load
from support.node import Node, program
from support.postgres import Refused, Server

REQUEST_TIMEOUT_S = 2.0
# A frozen server shows only in a call that does not end; the node gives its connection up after that.
HUNG_AFTER_S = 7.0
ANSWER_SLACK_S = 5.0
# What the product promises; a busy machine may take longer, ten times that is a defect.
BACK_WITHIN_S = 2.0
FAILS_ABOVE_S = 10 * BACK_WITHIN_S
TERMINATIONS = 5
DISK_BYTES = 256 * 1024 * 1024
TEXT_CHARACTERS = 2_000
WAL_DISK_BYTES = 32 * 1024 * 1024
FILLINGS = 3


class fault(unittest.IsolatedAsyncioTestCase):
    """A node on a server of the test's, under load."""

    async def begin(self, server: Server, text_padding: str = "") -> None:
        asyncio.get_running_loop().slow_callback_duration = FAILS_ABOVE_S  # making a server blocks on purpose
        self.server = server
        self.addCleanup(server.remove)
        self.node = Node(f"--storage.url={server.url}", f"--limits.request_timeout={int(REQUEST_TIMEOUT_S * 1000)}ms")
        self.addCleanup(self.node.remove)
        await self.node.start_async()
        self.load = Load(self.node, text_padding)
        await self.load.begin()
        self.addAsyncCleanup(self.load.stop)
        await self.load.progress(50)

    async def readiness(self, wanted: int) -> None:
        """Waits until /readyz says so."""
        seen = 0
        deadline = time.monotonic() + FAILS_ABOVE_S
        while seen != wanted:
            self.assertLess(time.monotonic(), deadline, f"/readyz says {seen} instead of {wanted}")
            seen, _ = await asyncio.to_thread(self.node.call, "GET", "/readyz")

    async def refusal(self, since: float) -> None:
        """Waits until somebody was told `unavailable` after this moment."""
        told = self.load.refused_at["unavailable"]
        await self.load.until(lambda: told and told[-1] > since, "a refusal")

    async def away(self, since: float) -> None:
        """Nothing can be written: waits until that is said, and lets another refusal pass without an acknowledgement."""
        await self.readiness(503)
        await self.refusal(since)
        before = len(self.load.recording.acknowledged)
        await self.refusal(time.monotonic())
        self.assertEqual(len(self.load.recording.acknowledged), before, "acknowledged by a database that is away")

    async def back(self, what: str, mend) -> None:
        """Calls `mend` and measures from its end to the next acknowledgement."""
        before = len(self.load.recording.acknowledged)
        await asyncio.to_thread(mend)
        mended = time.monotonic()
        await self.acknowledges_again(what, before, mended)
        await self.readiness(200)

    async def acknowledges_again(self, what: str, before: int, since: float) -> None:
        await self.load.until(lambda: len(self.load.recording.acknowledged) > before, "an acknowledgement")
        took = max(0.0, self.load.acknowledged_at[before] - since)
        print(f"{what}: acknowledging again after {took * 1000:.0f} ms (promised: {BACK_WITHIN_S:.0f} s)")
        self.assertLess(took, FAILS_ABOVE_S)

    async def check(self) -> None:
        """Everything acknowledged is in the log once, in order; nobody was told anything but `unavailable`."""
        await self.load.progress(50)
        self.assertEqual(await self.load.end(), [])
        self.assertLessEqual({code for code, times in self.load.refused_at.items() if times}, {"unavailable"})
        slowest = self.load.slowest_answer_s
        print(f"{len(self.load.recording.log)} entries; the slowest answer came after {slowest:.1f} s")
        self.assertLess(slowest, max(REQUEST_TIMEOUT_S, HUNG_AFTER_S) + ANSWER_SLACK_S)
        self.assertIsNone(self.node.process.poll(), "the node survives its database")


class a_node_comes_back_when_its_database(fault):
    async def test_is_killed(self):
        await self.begin(Server())
        for _ in range(2):
            broke = time.monotonic()
            await asyncio.to_thread(self.server.kill_all)
            await self.away(broke)
            self.server.spawn()  # in this thread: it ends with the thread that started it
            await self.back("killed", self.server.wait_until_up)
            await self.load.progress(50)
        await self.check()

    async def test_is_frozen(self):
        await self.begin(Server())
        for longer_than_hung in (False, True):
            broke = time.monotonic()
            self.server.freeze()
            try:
                await self.refusal(broke)
                told = min(each for each in self.load.refused_at["unavailable"] if each > broke) - broke
                print(f"frozen: refused after {told:.1f} s (request timeout: {REQUEST_TIMEOUT_S:.0f} s)")
                self.assertLess(told, REQUEST_TIMEOUT_S + ANSWER_SLACK_S)
                if longer_than_hung:
                    await self.away(broke)
            finally:
                frozen = time.monotonic() - broke
                before = len(self.load.recording.acknowledged)
                self.server.thaw()
            await self.acknowledges_again(f"frozen for {frozen:.1f} s", before, time.monotonic())
            await self.readiness(200)
            await self.load.progress(50)
        await self.check()

    async def test_ends_all_its_connections(self):
        await self.begin(Server())
        for _ in range(TERMINATIONS):
            before = len(self.load.recording.acknowledged)
            ended = await asyncio.to_thread(self.server.end_backends)
            self.assertGreater(ended, 1)
            await self.load.progress(100)
            times = self.load.acknowledged_at[before:]
            pause = max(later - earlier for earlier, later in itertools.pairwise(times))
            print(f"{ended} backends ended: no acknowledgement for {pause * 1000:.0f} ms (promised: {BACK_WITHIN_S:.0f} s)")
            self.assertLess(pause, FAILS_ABOVE_S)
        await self.readiness(200)
        await self.check()

    async def test_has_no_connection_left_for_it(self):
        server = Server(max_connections="20")
        server.sql("create role others login")
        await self.begin(server)
        others = []

        def take_all() -> None:
            deadline = time.monotonic() + FAILS_ABOVE_S
            while time.monotonic() < deadline:
                try:
                    others.append(server.connect("others"))
                except Refused as refused:
                    self.assertIn("connection", str(refused))
                    if server.end_backends() == 0:
                        return
            raise AssertionError("the node kept its connections")

        def give_back() -> None:
            while others:
                others.pop().close()

        self.addCleanup(give_back)
        broke = time.monotonic()
        await asyncio.to_thread(take_all)
        await self.away(broke)
        await self.a_node_that_starts_now_says_why()
        await self.back("connection limit", give_back)
        await self.check()

    async def a_node_that_starts_now_says_why(self) -> None:
        with tempfile.TemporaryDirectory(prefix="parley-test-") as folder:
            command = [program("parleyd"), f"--node.data={folder}", "--listen.port=0", f"--storage.url={self.server.url}"]
            started = await asyncio.to_thread(
                subprocess.run, command, capture_output=True, text=True, timeout=FAILS_ABOVE_S * 3
            )
        self.assertEqual(started.returncode, 1)
        self.assertIn("connection", started.stdout + started.stderr)


class a_node_comes_back_when_its_databases_disk(fault):
    """On a small disk of its own, which takes root's rights to mount: label `slow`."""

    def small_disk(self, size: int) -> pathlib.Path:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="parley-disk-"))
        self.addCleanup(folder.rmdir)
        options = ["-t", "tmpfs", "-o", f"size={size},mode=777", "parley-test", str(folder)]
        made = subprocess.run(["mount", *options], capture_output=True, text=True)
        self.assertEqual(made.returncode, 0, f"mounting a small disk needs root: {made.stderr}")
        self.addCleanup(subprocess.run, ["umount", "--lazy", str(folder)], check=True)
        return folder

    async def test_was_full(self):
        """Tables cannot grow: statements fail, the server stays."""
        disk = await asyncio.to_thread(self.small_disk, DISK_BYTES)
        await self.begin(Server(disk, max_wal_size="64MB"), text_padding="." * TEXT_CHARACTERS)
        await self.fill_and_make_room(disk)

    async def test_was_full_where_it_writes_ahead(self):
        """The log of changes cannot grow: the server panics, and cannot even recover before there is room."""
        disk = await asyncio.to_thread(self.small_disk, WAL_DISK_BYTES)
        segments = ("--wal-segsize=1", f"--waldir={disk / 'wal'}")
        await self.begin(
            Server(None, segments, max_wal_size="8MB", min_wal_size="2MB", wal_recycle="off"),
            text_padding="." * TEXT_CHARACTERS,
        )
        await self.fill_and_make_room(disk)
        self.assertIn("PANIC", (self.server.folder / "log").read_text())

    async def fill_and_make_room(self, disk: pathlib.Path) -> None:
        filler = disk / "filler"
        for _ in range(FILLINGS):
            broke = time.monotonic()
            await asyncio.to_thread(fill, filler)
            await self.refusal(broke)
            await self.readiness(503)
            await self.refusal(time.monotonic())
            before = len(self.load.recording.acknowledged)
            filler.unlink()
            if self.server.process.poll() is not None:
                self.server.spawn()
            await asyncio.to_thread(self.server.wait_until_up)
            await self.acknowledges_again("disk full", before, time.monotonic())
            await self.load.progress(50)
        await self.readiness(200)
        await self.check()


def fill(file: pathlib.Path) -> None:
    """Writes until nothing goes in any more."""
    with open(file, "wb", buffering=0) as out:
        for size in (1 << 20, 1 << 12):
            try:
                while out.write(bytes(size)) == size:
                    pass
            except OSError as full:
                if full.errno != errno.ENOSPC:
                    raise


class a_database_restored_under_a_node(unittest.IsolatedAsyncioTestCase):
    """What was written after the backup is gone, and nobody takes it for what is written since."""

    async def asyncSetUp(self):
        asyncio.get_running_loop().slow_callback_duration = FAILS_ABOVE_S
        self.server = Server()
        self.addCleanup(self.server.remove)
        self.node = Node(f"--storage.url={self.server.url}")
        self.addCleanup(self.node.remove)
        await self.node.start_async()

    async def person(self, name: str) -> Person:
        return await asyncio.to_thread(make_person, self.node, name)

    async def connect(self, person: Person, **sync) -> Connection:
        connection = await Connection.of(self.node, person, sync or None)
        self.addAsyncCleanup(connection.close)
        return connection

    async def restore(self, backup, new_timeline: bool = True) -> None:
        await asyncio.to_thread(self.server.kill_all)
        await asyncio.to_thread(self.server.put_back, backup, new_timeline)
        self.server.spawn()
        await asyncio.to_thread(self.server.wait_until_up)

    async def back_again(self, person: Person, **sync) -> Connection:
        """Connects as soon as the node serves again, as clients do."""
        deadline = time.monotonic() + FAILS_ABOVE_S
        while (await asyncio.to_thread(self.node.call, "GET", "/readyz"))[0] != 200:
            self.assertLess(time.monotonic(), deadline, "not ready again")
        return await self.connect(person, **sync)

    async def test_begins_a_new_epoch_for_everybody(self):
        alice, bob = await self.person("alice"), await self.person("bob")
        at_alice, at_bob = await self.connect(alice), await self.connect(bob)
        old_epoch = at_alice.synced["epoch"]
        conversation = (await at_alice.request("open_direct", user=bob.id))["conversation"]
        for number in range(2, 6):
            await at_alice.request("send", conversation=conversation, key=f"k{number}", text=f"kept {number}")
        backup = await asyncio.to_thread(self.server.back_up)
        for number in range(6, 11):
            await at_alice.request("send", conversation=conversation, key=f"k{number}", text=f"gone {number}")
        carol = await self.person("carol")
        at_carol = await self.connect(carol)
        lost = (await at_carol.request("open_direct", user=bob.id))["conversation"]
        await at_bob.wait_for_entry(conversation, 10)

        restored = time.monotonic()
        await self.restore(backup)
        for connection in (at_alice, at_bob, at_carol):
            self.assertEqual(await connection.close_code(), 1012)
        print(f"restored: everybody was told to come back {(time.monotonic() - restored) * 1000:.0f} ms after the kill")

        # `have` above the head, below it, and at it: the same answer to all, since the epoch is another one.
        for have in (10, 3, 5):
            at_bob = await self.back_again(bob, have={conversation: have}, epoch=old_epoch)
            self.assertNotEqual(at_bob.synced["epoch"], old_epoch)
            (mine,) = at_bob.synced["conversations"]
            self.assertTrue(mine["reset"], f"have {have}")
            self.assertEqual(mine["head"], 5)
            self.assertEqual([entry.get("text") for entry in mine["entries"]], [None, *(f"kept {n}" for n in range(2, 6))])
        again = await self.connect(bob, have={conversation: 5}, epoch=at_bob.synced["epoch"])
        self.assertFalse(again.synced["conversations"][0].get("reset", False), "the new epoch is good")

        at_alice = await self.back_again(alice, have={conversation: 10}, epoch=old_epoch)
        kept = await at_alice.request("send", conversation=conversation, key="k5", text="kept 5")
        self.assertEqual((kept["seq"], kept["duplicate"]), (5, True))
        # A key that is gone with its entry is free again, also for another text.
        fresh = await at_alice.request("send", conversation=conversation, key="k8", text="written since")
        self.assertEqual((fresh["seq"], fresh["duplicate"]), (6, False))
        for connection in (at_bob, again):
            self.assertEqual((await connection.wait_for_entry(conversation, 6))["text"], "written since")
            self.assertEqual([entry["seq"] for entry in connection.entries(conversation)], [6])
        history = await at_bob.request("history", conversation=conversation)
        self.assertEqual([entry["seq"] for entry in history["entries"]], list(range(1, 7)))

        # Who came after the backup is nobody now, and what she made was never there.
        self.assertEqual((await at_bob.refusal("history", conversation=lost))["code"], "not_found")
        stranger = await Connection.open(self.node)
        self.addAsyncCleanup(stranger.close)
        self.assertEqual((await stranger.refusal("identify", token=carol.token))["code"], "unauthenticated")
        status, _ = await asyncio.to_thread(
            self.node.call, "POST", "/v1/tokens", {"name": "carol", "password": PASSWORD}
        )
        self.assertEqual(status, 401)
        newcomer = await self.person("carol")
        at_newcomer = await self.connect(newcomer)
        self.assertEqual(at_newcomer.synced["conversations"], [])

    async def test_is_noticed_even_if_it_was_a_snapshot_of_the_disk(self):
        """Same server, same timeline, same name of the epoch: the node misses what it committed last."""
        alice, bob = await self.person("alice"), await self.person("bob")
        at_alice, at_bob = await self.connect(alice), await self.connect(bob)
        old_epoch = at_alice.synced["epoch"]
        conversation = (await at_alice.request("open_direct", user=bob.id))["conversation"]
        backup = await asyncio.to_thread(self.server.back_up)
        await at_alice.request("send", conversation=conversation, key="k2", text="gone")
        await at_bob.wait_for_entry(conversation, 2)
        await self.restore(backup, new_timeline=False)
        for connection in (at_alice, at_bob):
            self.assertEqual(await connection.close_code(), 1012)
        at_alice = await self.back_again(alice)
        sent = await at_alice.request("send", conversation=conversation, key="k3", text="written since")
        self.assertEqual(sent["seq"], 2)
        # The numbers are the same again; only the epoch tells that the entries are not.
        at_bob = await self.back_again(bob, have={conversation: 2}, epoch=old_epoch)
        (mine,) = at_bob.synced["conversations"]
        self.assertTrue(mine["reset"])
        self.assertEqual([entry.get("text") for entry in mine["entries"]], [None, "written since"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
