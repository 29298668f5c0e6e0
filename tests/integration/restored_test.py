"""Backups put back as the operators' guide says, and `parley restored`: what clients of a replaced history are told.

    PARLEY_BINARY_DIR=… /usr/bin/python3 restored_test.py
"""

import asyncio
import json
import os
import pathlib
import pty
import re
import shutil
import subprocess
import tempfile
import time
import unittest

from support.client import Connection, Person, make_person
from support.command_line import Home
from support.node import Node, program
from support.postgres import Server

GUIDE = pathlib.Path(__file__).parents[2] / "config" / "OPERATIONS.md"
TOLD_WITHIN_S = 2.0
SERVES_WITHIN_S = 30.0
ALL = 100


def commands(*begin: str) -> str:
    """Lines of the guide's chapter about backups, by how they begin; each must be there once."""
    chapter = re.search(r"^## Backup and restore$(.*?)^## ", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)[1]
    blocks = "\n".join(re.findall(r"^ *```\n(.*?)^ *```$", chapter, re.MULTILINE | re.DOTALL))
    lines = [line.strip() for line in blocks.splitlines()]
    found = []
    for each in begin:
        (line,) = [line for line in lines if line.startswith(each)]
        found.append(line)
    return "\n".join(found)


class backups(unittest.IsolatedAsyncioTestCase):
    """One story, told for each way in which a backup is taken and put back."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="parley-backup-")
        self.addCleanup(self.folder.cleanup)

    def shell(self, script: str, **variables: str) -> None:
        """What an operator types, in a folder that holds the backup."""
        if os.geteuid() != 0:
            script = 'runuser() { shift 3; "$@"; }\n' + script
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.folder.name,
            env={**os.environ, **{name: str(value) for name, value in variables.items()}},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        self.assertEqual(done.returncode, 0, f"{script}\n{done.stdout}{done.stderr}")

    async def connect(self, person: Person, **sync) -> Connection:
        connection = await Connection.of(self.node, person, {"tail": ALL, **sync})
        self.addAsyncCleanup(connection.close)
        return connection

    async def say_restored(self) -> str:
        """`parley restored`, to the node that runs; the new epoch."""
        home = Home(self.node, password=None)
        self.addCleanup(home.folder.cleanup)
        done = await asyncio.to_thread(home.run, "restored", "--yes", "--json", "--data", str(self.node.data))
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["epoch"]

    async def story(self, node: Node, back_up, put_back) -> None:
        self.node = node
        self.addCleanup(node.remove)
        await node.start_async()
        alice, bob = [await asyncio.to_thread(make_person, node, name) for name in ("alice", "bob")]
        at_alice, at_bob = await self.connect(alice), await self.connect(bob)
        old_epoch = at_alice.synced["epoch"]
        talk = (await at_alice.request("open_direct", user=bob.id))["conversation"]
        for number in range(2, 6):
            await at_alice.request("send", conversation=talk, key=f"k{number}", text=f"kept {number}")
        await asyncio.to_thread(back_up)
        for number in range(6, 9):
            await at_alice.request("send", conversation=talk, key=f"k{number}", text=f"gone {number}")
        carol = await asyncio.to_thread(make_person, node, "carol")
        await at_bob.wait_for_entry(talk, 8)

        await asyncio.to_thread(node.stop)
        await asyncio.to_thread(put_back)
        await node.start_async()
        # The numbers grow again to where clients already were; the database itself tells nothing.
        at_alice = await self.connect(alice)
        self.assertEqual(at_alice.synced["epoch"], old_epoch)
        for number in range(6, 9):
            await at_alice.request("send", conversation=talk, key=f"n{number}", text=f"written since {number}")
        at_bob = await self.connect(bob, have={talk: 8}, epoch=old_epoch)
        self.assertNotIn("reset", at_bob.synced["conversations"][0])

        said = time.monotonic()
        epoch = await self.say_restored()
        self.assertNotEqual(epoch, old_epoch)
        for each in (at_alice, at_bob):
            self.assertEqual(await each.close_code(), 1012)
            self.assertIn("restored", each.socket.close_reason)
        told = time.monotonic() - said
        self.assertLess(told, TOLD_WITHIN_S)

        at_alice = await self.connect(alice, have={talk: 8}, epoch=old_epoch)
        at_bob = await self.connect(bob, have={talk: 8}, epoch=old_epoch)
        whole = [None, *(f"kept {number}" for number in range(2, 6)), *(f"written since {number}" for number in range(6, 9))]
        for each in (at_alice, at_bob):
            self.assertEqual(each.synced["epoch"], epoch)
            (mine,) = each.synced["conversations"]
            self.assertEqual((mine.get("reset"), mine["head"]), (True, 8))
            self.assertEqual([entry["seq"] for entry in mine["entries"]], list(range(1, 9)))
            self.assertEqual([entry.get("text") for entry in mine["entries"]], whole)

        # What was kept is known by its key, what is gone is not.
        kept = await at_alice.request("send", conversation=talk, key="k5", text="kept 5")
        self.assertEqual((kept["seq"], kept["duplicate"]), (5, True))
        for key, text, seq in (("k6", "gone 6", 9), ("fresh", "after all", 10)):
            sent = await at_alice.request("send", conversation=talk, key=key, text=text)
            self.assertEqual((sent["seq"], sent["duplicate"]), (seq, False))
        for each in (at_alice, at_bob):
            await each.wait_for_entry(talk, 10)
            self.assertEqual([entry["seq"] for entry in each.entries(talk)], [9, 10])
        at_bob_again = await self.connect(bob, have={talk: 9}, epoch=epoch)
        (mine,) = at_bob_again.synced["conversations"]
        self.assertEqual((mine.get("reset"), [entry["seq"] for entry in mine["entries"]]), (None, [10]))

        # Who came after the backup is nobody.
        stranger = await Connection.open(node)
        self.addAsyncCleanup(stranger.close)
        self.assertEqual((await stranger.refusal("identify", token=carol.token))["code"], "unauthenticated")
        print(f"{self._testMethodName}: told within {told * 1000:.0f} ms of the command")

    async def test_as_a_dump_of_a_private_postgresql(self):
        node = Node()
        db = f"host={node.data}/socket user=parley dbname=postgres"
        await self.dump_and_restore(node, db)

    async def test_as_a_dump_of_one_whose_data_folder_is_closed_to_its_user(self):
        node = Node()
        node.folder.chmod(0o700)
        await self.dump_and_restore(node, f"host={node.data}/socket user=parley dbname=postgres")

    async def dump_and_restore(self, node: Node, db: str) -> None:
        self.addCleanup(lambda: shutil.rmtree(self.elsewhere, ignore_errors=True))
        restore = commands("bin=", "as=", "$as $bin/pg_ctl -w -D \"$(readlink -f \"$data/postgres\")\" -l", "psql", "pg_restore",
                           "$as $bin/pg_ctl -w -D \"$(readlink -f \"$data/postgres\")\" stop")  # fmt: skip

        def back_up():
            postgres = (node.data / "postgres").resolve()
            self.elsewhere = postgres.parent if postgres.parent != node.data.resolve() else "/nonexistent"
            self.shell(commands("pg_dump"), db=db)

        await self.story(node, back_up, lambda: self.shell(restore, db=db, data=node.data))

    async def test_as_a_base_backup_of_a_private_postgresql(self):
        node = Node()
        db = f"host={node.data}/socket user=parley dbname=postgres"
        await self.story(
            node,
            lambda: self.shell(commands("pg_basebackup"), db=db),
            lambda: self.shell(commands("pg=", "mv", "cp", "chown", "chmod"), data=node.data),
        )

    async def test_as_a_dump_of_a_server_of_ones_own(self):
        server = await asyncio.to_thread(Server)
        self.addCleanup(server.remove)
        await self.story(
            Node(f"--storage.url={server.url}"),
            lambda: self.shell(commands("pg_dump"), db=server.url),
            lambda: self.shell(commands("psql", "pg_restore"), db=server.url),
        )


class several_nodes(unittest.IsolatedAsyncioTestCase):
    """Of two nodes over one database, one is told; the other one notices by itself."""

    async def asyncSetUp(self):
        self.server = await asyncio.to_thread(Server)
        self.addCleanup(self.server.remove)
        cluster = (f"--storage.url={self.server.url}", "--cluster.address=127.0.0.1", "--cluster.port=0")
        self.nodes = [Node(f"--node.name=node-{number}", *cluster) for number in (1, 2)]
        for node in self.nodes:
            self.addCleanup(self.end, node)
            await node.start_async()

    @staticmethod
    def end(node: Node) -> None:
        if node.process and node.process.poll() is None:
            node.kill()
        node.remove()

    async def connect(self, node: Node, person: Person, **sync) -> Connection:
        """As soon as the node serves (again)."""
        deadline = time.monotonic() + SERVES_WITHIN_S
        while (await asyncio.to_thread(node.call, "GET", "/readyz"))[0] != 200:
            self.assertLess(time.monotonic(), deadline, node.log_end())
        connection = await Connection.of(node, person, sync or None)
        self.addAsyncCleanup(connection.close)
        return connection

    async def test_both_end_their_sessions_and_people_go_on_at_both(self):
        one, two = self.nodes
        alice, bob = [await asyncio.to_thread(make_person, one, name) for name in ("alice", "bob")]
        at_alice, at_bob = await self.connect(one, alice), await self.connect(two, bob)
        talk = (await at_alice.request("open_direct", user=bob.id))["conversation"]
        await at_alice.request("send", conversation=talk, key="k2", text="before")
        await at_bob.wait_for_entry(talk, 2)
        old_epoch = at_bob.synced["epoch"]
        home = Home(one, password=None)
        self.addCleanup(home.folder.cleanup)
        said = time.monotonic()
        done = await asyncio.to_thread(home.run, "restored", "--yes", "--json", "--data", str(one.data))
        self.assertEqual(done.returncode, 0, done.stderr)
        epoch = json.loads(done.stdout)["epoch"]
        for each in (at_alice, at_bob):
            self.assertEqual(await each.close_code(), 1012)
            self.assertIn("restored", each.socket.close_reason)
        told = time.monotonic() - said
        self.assertLess(told, TOLD_WITHIN_S)

        at_alice = await self.connect(one, alice, have={talk: 2}, epoch=old_epoch)
        at_bob = await self.connect(two, bob, have={talk: 2}, epoch=old_epoch)
        for each in (at_alice, at_bob):
            self.assertEqual(each.synced["epoch"], epoch)
            self.assertTrue(each.synced["conversations"][0]["reset"])
        for number, by in enumerate((at_alice, at_bob, at_alice, at_bob), 3):
            sent = await by.request("send", conversation=talk, key=f"k{number}", text=f"after {number}")
            self.assertEqual((sent["seq"], sent["duplicate"]), (number, False))
        for each in (at_alice, at_bob):
            await each.wait_for_entry(talk, 6)
            self.assertEqual([entry["seq"] for entry in each.entries(talk)], [3, 4, 5, 6])
        print(f"two nodes: told within {told * 1000:.0f} ms of the command")


class the_command(unittest.TestCase):
    """`parley restored` without a restored database: what it asks, and how it says no."""

    @classmethod
    def setUpClass(cls):
        cls.node = Node()
        cls.addClassCleanup(cls.node.remove)
        cls.node.start()
        cls.token = (cls.node.data / "operator.token").read_text(encoding="ascii").strip()

    def setUp(self):
        self.home = Home(self.node, password=None)
        self.addCleanup(self.home.folder.cleanup)

    def epoch(self) -> str:
        """As the database has it now."""
        psql = ["psql", "-XAtq", "-h", str(self.node.data / "socket"), "-U", "parley", "-d", "postgres", "-c", "select epoch from cluster"]
        return subprocess.run(psql, capture_output=True, text=True, check=True).stdout.strip()

    def run_it(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        self.home.environment.update(environment)
        return self.home.run("restored", *arguments)

    def test_does_nothing_without_a_terminal_unless_it_is_told_that_one_is_sure(self):
        before = self.epoch()
        refused = self.run_it("--data", str(self.node.data))
        self.assertEqual((refused.returncode, refused.stdout), (2, ""))
        self.assertEqual(len(refused.stderr.splitlines()), 1, refused.stderr)
        self.assertIn("--yes", refused.stderr)
        self.assertEqual(self.epoch(), before)
        done = self.run_it("--data", str(self.node.data), "--yes")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotEqual(self.epoch(), before)
        self.assertTrue(done.stdout.startswith(self.epoch()), done.stdout)
        self.assertEqual(len(done.stdout.splitlines()), 1)

    def test_asks_at_a_terminal_and_takes_no_for_an_answer(self):
        before = self.epoch()
        self.assertEqual(self.answer("n"), 1)
        self.assertEqual(self.epoch(), before)
        self.assertEqual(self.answer("yes"), 0)
        self.assertNotEqual(self.epoch(), before)

    def answer(self, words: str) -> int:
        """The exit code, with these words typed when it asks."""
        master, slave = pty.openpty()
        asking = subprocess.Popen(
            ["/usr/bin/setsid", "--ctty", program("parley"), "restored", "--data", str(self.node.data)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=self.home.environment,
        )
        os.close(slave)
        try:
            shown = b""
            while b"[y/N]" not in shown:
                shown += os.read(master, 4096)
            self.assertIn(b"restored from a backup?", shown)
            os.write(master, words.encode() + b"\n")
            return asking.wait(60)
        finally:
            os.close(master)

    def test_says_by_exit_codes_what_is_wrong(self):
        wrong = self.run_it("--yes", PARLEY_OPERATOR_TOKEN="not the token of this node")
        self.assertEqual((wrong.returncode, "operator's token" in wrong.stderr), (1, True), wrong.stderr)
        self.assertNotIn("not the token of this node", wrong.stderr)
        self.assertEqual(self.run_it("--yes", "--url", "http://127.0.0.1:1").returncode, 3)
        del self.home.environment["PARLEY_OPERATOR_TOKEN"]
        self.assertEqual(self.run_it("--yes").returncode, 2)
        self.assertEqual(self.run_it("--yes", "today").returncode, 2)
        help_text = self.run_it("--help").stdout
        for word in ("epoch", "1012", "--yes", "--json", "Exit codes", "parley restored --data"):
            self.assertIn(word, help_text)

    def test_is_refused_by_the_node_when_it_is_not_as_it_must_be(self):
        before = self.epoch()
        path = "/v1/operator/restored"
        self.assertEqual(self.node.call("POST", path)[0], 401)
        self.assertEqual(self.node.call("POST", path, token="wrong")[0], 401)
        self.assertEqual(self.node.call("POST", path, b"{}", token=self.token)[0], 400)
        for method in ("GET", "PUT", "DELETE"):
            self.assertEqual(self.node.call(method, path, token=self.token)[0], 405)
        self.assertEqual(self.epoch(), before)


if __name__ == "__main__":
    unittest.main(verbosity=2)
