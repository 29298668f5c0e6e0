"""`parley top` as people and scripts run it: at a terminal of 80×24, through a pipe, at real nodes.

    PARLEY_BINARY_DIR=… /usr/bin/python3 top_test.py
"""

import asyncio
import json
import signal
import subprocess
import unittest

from support.case import parley_test, start_node
from support.cluster import Cluster
from support.command_line import Home, Lines
from support.node import program
from support.terminal import Terminal

TOKEN = "0123456789abcdef-operator"
node = None


def setUpModule():
    global node
    node = start_node(f"--operator.token={TOKEN}", "--node.name=node-1")


def tearDownModule():
    node.remove()


class top_case(parley_test):
    def environment(self, at=None, **variables: str) -> dict:
        home = Home(at or node, password=None)
        self.addCleanup(home.folder.cleanup)
        return {**home.environment, "PARLEY_OPERATOR_TOKEN": TOKEN, "TERM": "xterm", "LC_ALL": "C.UTF-8", **variables}

    def top(self, *arguments: str, at=None, columns: int = 80, rows: int = 24, **variables: str) -> Terminal:
        shown = Terminal([program("parley"), "top", *arguments], self.environment(at, **variables), columns, rows)
        self.addCleanup(shown.remove)
        return shown

    def run_top(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [program("parley"), "top", *arguments],
            env=self.environment(**variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


class at_a_terminal(top_case):
    async def test_one_goes_down_from_the_cluster_to_one_actor_and_back(self):
        alice, at_alice, bob, at_bob, talk = await self.two()
        await at_alice.request("send", conversation=talk, key="k", text="x")
        await at_bob.wait_for_entry(talk, 2)
        await asyncio.to_thread(self.go_down)

    def go_down(self) -> None:
        top = self.top()
        head = top.wait_for_text("parley top · node-1 · 1 node ·", "level kinds", "msg/s", "? help").splitlines()
        self.assertEqual(len(head), 24)
        self.assertRegex(head[1], r"level kinds · skew 0 ms · read in \d+ ms, .*B, every 1 s")
        self.assertRegex(head[4], r"^› node-1 +kinds +1,\d\d\d ")
        top.type("\r")
        kinds = top.wait_for_text("node-1 › kinds", "session", "log_writer")
        self.assertRegex(kinds, r"session +2 ")
        top.type("/kind=session\r")
        top.wait_for(lambda screen: "log_writer" not in screen and "› session" in screen, "the filter")
        top.type("c")
        top.wait_for_text("log_writer")
        # From here with Enter, whatever the busiest is: a list of its kind.
        top.type("3/session\r")
        top.wait_for_text("all nodes › all kinds › actors", "session:", "› node-1/")
        top.type("\r")
        page = top.wait_for_text("node-1 › session › node-1/", "stands for", "handled of")
        self.assertIn("not counted below level counts", page)
        top.type("l")
        top.wait_for_text("all nodes are at level counts until", "\nlevel counts")
        top.type("l")
        top.wait_for_text("all nodes are at level edges until", "\nlevel edges")
        top.type("L")
        top.wait_for_text("all nodes are at level kinds, as configured")
        top.type("\x7f")
        top.wait_for_text("all nodes › all kinds › actors")
        top.type("1?")
        top.wait_for_text("Numbers", "MAILBOX")
        top.type("x")
        top.wait_for_text("NODE", "SKEW")
        top.type("q")
        self.assertEqual(top.ended(), 0)
        self.assertTrue(top.is_as_before())

    async def test_it_takes_whatever_size_the_terminal_gets(self):
        top = self.top("--view", "kinds")
        top.wait_for_text("log_writer", "? help")
        for columns, rows in ((40, 10), (200, 60), (10, 3), (1, 1), (80, 24)):
            top.resize(columns, rows)
            drawn = len(top.raw)
            top.wait_for(lambda _, at=drawn: len(top.raw) > at, "something is drawn again")
        text = top.wait_for_text("log_writer", "? help", "LAST RATES")
        self.assertEqual(len(text.splitlines()), 24)
        top.type("q")
        self.assertEqual(top.ended(), 0)

    async def test_the_terminal_is_as_before_on_every_way_out(self):
        for name, keys, sent, code in (
            ("Ctrl-C", "\x03", None, 0),
            ("a stop", "", signal.SIGTERM, -signal.SIGTERM),
            ("hanging up", "", signal.SIGHUP, -signal.SIGHUP),
            ("a crash", "", signal.SIGSEGV, -signal.SIGSEGV),
            ("an abort", "", signal.SIGABRT, -signal.SIGABRT),
        ):
            with self.subTest(name):
                top = self.top()
                top.wait_for_text("parley top", "? help")
                self.assertTrue(top.screen.is_alternate)
                self.assertFalse(top.is_as_before())
                if keys:
                    top.type(keys)
                if sent:
                    top.process.send_signal(sent)
                self.assertEqual(top.ended(), code)
                self.assertTrue(top.is_as_before(), top.raw[-100:])

    async def test_it_stops_for_ctrl_z_and_goes_on(self):
        # A shell in between: without one nobody would wake it again.
        inner = f"{program('parley')} top; echo ended with $?"
        top = Terminal(["/bin/bash", "--norc", "-i", "-c", f"set -m; {inner}; fg >/dev/null; echo over"], self.environment())
        self.addCleanup(top.remove)
        top.wait_for_text("parley top", "? help")
        top.type("\x1a")
        # The shell takes the terminal, says how that ended, and wakes it.
        top.wait_for(lambda _: b"ended with 14" in top.raw, "it stopped")
        top.wait_for_text("parley top", "? help")
        top.type("q")
        top.wait_for_text("over")

    async def test_pause_holds_the_numbers(self):
        top = self.top("--every", "0.2")
        top.wait_for_text("? help")
        top.type("p")
        text = top.wait_for_text("PAUSED")
        clock = text.splitlines()[0][-9:]
        top.type("2")
        self.assertIn(clock, top.wait_for_text("log_writer"))
        top.type("p")
        top.wait_for(lambda screen: "PAUSED" not in screen and clock not in screen, "the time goes on")

    async def test_without_colours_and_utf8_it_says_the_same(self):
        for variables in ({"NO_COLOR": "1"}, {"TERM": "vt100"}):
            top = self.top("--view", "kinds", **variables)
            top.wait_for_text("log_writer", "? help")
            self.assertNotRegex(top.raw, rb"\x1b\[[0-9;]*3[0-7]m")
        coloured = self.top("--view", "kinds")
        coloured.wait_for_text("log_writer", "? help")
        self.assertRegex(coloured.raw, rb"\x1b\[[0-9;]*3[0-7]m")
        plain = self.top(LC_ALL="C")
        plain.wait_for_text("parley top - node-1", "> node-1", "? help")
        self.assertTrue(plain.raw.isascii())

    async def test_what_hinders_it_is_said_in_the_shell(self):
        for variables, arguments, code, words in (
            ({"PARLEY_OPERATOR_TOKEN": "wrong"}, (), 1, "refuses the operator's token"),
            ({}, ("--url", "http://127.0.0.1:1"), 3, "does not answer"),
            ({"TERM": "no-such-terminal"}, (), 1, "the terminal 'no-such-terminal' (TERM) is not known"),
            ({}, ("--sort", "luck"), 2, "'luck' is nothing that this view is sorted by; there are name"),
            ({}, ("--filter", "color=red"), 2, "nothing is filtered by 'color'"),
            ({}, ("--every", "0"), 2, "--every"),
            ({}, ("--view", "moon"), 2, "--view"),
        ):
            with self.subTest(words):
                top = self.top(*arguments, columns=200, **variables)
                self.assertEqual(top.ended(), code)
                self.assertIn(words, top.screen.text())
                self.assertTrue(top.is_as_before())


class through_a_pipe(top_case):
    async def test_once_is_a_block_of_tables(self):
        done = await asyncio.to_thread(self.run_top, "--once", "--every", "0.2", "--kind", "shard,relay", "--actors", "3")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        first, *rest = done.stdout.splitlines()
        self.assertRegex(first, r"^20\S+Z  1 nodes, 1,\d+ actors, \S+ messages/s, \d+ wait; skew 0 ms$")
        blocks = "\n".join(rest).strip().split("\n\n")
        self.assertEqual([block.split()[0] for block in blocks], ["NODE", "KIND", "ACTOR"])
        self.assertEqual({row.split()[0] for row in blocks[1].splitlines()[1:]}, {"shard", "relay"})
        self.assertEqual(len(blocks[2].splitlines()), 4)
        self.assertNotIn("\x1b", done.stdout)

    async def test_lines_of_json_come_until_it_is_ended(self):
        command = [program("parley"), "top", "--json", "--every", "0.2"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=self.environment(), text=True) as process:
            try:
                lines = await asyncio.to_thread(Lines(process.stdout).wait_for, lambda seen: len(seen) >= 3, "three lines")
            finally:
                process.send_signal(signal.SIGINT)
        looks = [json.loads(line) for line in lines[:3]]
        self.assertEqual(len({look["at"] for look in looks}), 3)
        for look in looks:
            self.assertEqual([each["name"] for each in look["nodes"]], ["node-1"])
            self.assertGreater(look["nodes"][0]["messages_per_second"], 0)
            shards = [each for each in look["kinds"] if each["kind"] == "shard"]
            self.assertEqual(shards[0]["alive"], 1024)
            self.assertEqual(len(look["actors"]), 10)

    async def test_what_is_wrong_is_said_on_stderr(self):
        for variables, arguments, code, words in (
            ({"PARLEY_OPERATOR_TOKEN": "wrong"}, (), 1, "refuses the operator's token"),
            ({}, ("--url", "http://127.0.0.1:1"), 3, "does not answer"),
        ):
            done = await asyncio.to_thread(self.run_top, "--once", *arguments, **variables)
            self.assertEqual((done.returncode, done.stdout), (code, ""))
            self.assertIn(words, done.stderr)


class when_nodes_go(top_case):
    def addresses(self, of: Cluster) -> list[str | None]:
        status, answer = of.nodes[0].call("GET", "/v1/operator/nodes", token=TOKEN)
        self.assertEqual(status, 200, answer)
        return [each["url"] for each in answer["nodes"]]

    def test_they_are_shown_as_gone_and_another_one_is_asked(self):
        two = Cluster(2, f"--operator.token={TOKEN}")
        self.addCleanup(two.remove)
        asyncio.run(two.start())
        asyncio.run(two.until(lambda: all(self.addresses(two)), "both have told where they listen"))
        top = self.top("--every", "0.2", at=two.nodes[0], columns=120)
        top.wait_for_text("2 nodes", "node-1", "node-2", "? help")
        two.nodes[0].kill()
        top.wait_for(lambda screen: "· node-2 ·" in screen.splitlines()[0] and "1 node, 1 gone" in screen, "node-2 answers")
        top.wait_for(lambda screen: any("node-1" in row and " gone " in row for row in screen.splitlines()), "it is gone")
        top.type("q")
        self.assertEqual(top.ended(), 0)
        self.assertTrue(top.is_as_before())


if __name__ == "__main__":
    unittest.main()
