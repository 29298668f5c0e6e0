"""parley nodes, shards, where, drain: what an operator sees and does, at a cluster of two nodes.

    PARLEY_BINARY_DIR=… /usr/bin/python3 operators_test.py
"""

import json
import signal
import subprocess
import time
import unittest

from support.client import make_person
from support.command_line import Home, Lines
from support.node import Node, program, select_nothing
from support.postgres import Server

SHARDS = 1024
SETTLED_WITHIN_S = 40.0


class operators(unittest.TestCase):
    """Each test leaves two nodes that serve and share the shards."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server(max_connections="60")
        cls.addClassCleanup(cls.server.remove)
        cls.nodes = [
            Node(f"--node.name=node-{i}", f"--storage.url={cls.server.url}", "--cluster.address=127.0.0.1", "--cluster.port=0")
            for i in (1, 2)
        ]
        for node in cls.nodes:
            cls.addClassCleanup(node.remove)
            node.start()
        cls.first, cls.second = cls.nodes

    def setUp(self):
        self.settle()

    def run_parley(self, *arguments: str, at: Node | None = None, **variables: str) -> subprocess.CompletedProcess:
        """As an operator with the cluster's token, at the first node unless told otherwise."""
        home = Home(at or self.first, password=None)
        self.addCleanup(home.folder.cleanup)
        home.environment["PARLEY_OPERATOR_TOKEN"] = self.token()
        home.environment.update(variables)
        return home.run(*arguments)

    def token(self) -> str:
        """The first node of the cluster wrote it."""
        return (self.first.data / "operator.token").read_text(encoding="ascii").strip()

    def lines(self, *arguments: str, at: Node | None = None) -> list[dict]:
        done = self.run_parley(*arguments, "--json", at=at)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return [json.loads(line) for line in done.stdout.splitlines()]

    def settle(self) -> list[dict]:
        """Waits until both serve, know where they listen, reach each other, and hold all shards; what is then shown."""
        deadline = time.monotonic() + SETTLED_WITHIN_S
        while True:
            status, answer = self.first.call("GET", "/v1/operator/nodes", token=self.token())
            self.assertEqual(status, 200, answer)
            nodes = answer["nodes"]
            if (
                [node["state"] for node in nodes] == ["serving", "serving"]
                and all(node["links"] and node["url"] and node["shards"] for node in nodes)
                and answer["free_shards"] == 0
                and all(shard["is_rightful"] for shard in self.first.call("GET", "/v1/operator/shards", token=self.token())[1]["shards"])
            ):
                return nodes
            if time.monotonic() > deadline:
                raise AssertionError(f"the cluster does not settle: {answer}\n{self.first.log_end()}\n{self.second.log_end()}")
            select_nothing(0.05)

    def test_any_node_shows_all_nodes(self):
        for at in self.nodes:
            one, other = self.lines("nodes", at=at)
            self.assertEqual([one["name"], other["name"]], ["node-1", "node-2"])
            self.assertEqual([one["url"], other["url"]], [self.first.url, self.second.url])
            self.assertEqual([one["links"], other["links"]], [["node-2"], ["node-1"]])
            for node, peer in ((one, "node-2"), (other, "node-1")):
                self.assertEqual([each["peer"] for each in node["link_lags"]], [peer])
                self.assertEqual(node["link_lag_ms"], node["link_lags"][0]["lag_ms"])
            self.assertEqual(one["shards"] + other["shards"], SHARDS)
            for node in (one, other):
                self.assertEqual(node["state"], "serving")
                self.assertLess(node["beat_age_ms"], 5000)
                self.assertEqual(node["messages_per_second"], 0)
                self.assertTrue(node["version"] and node["address"] and node["incarnation"] != "0")

    def test_people_get_a_table(self):
        done = self.run_parley("nodes")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        head, one, other = done.stdout.splitlines()
        self.assertEqual(head.split()[:4], ["NODE", "STATE", "VERSION", "SHARDS"])
        self.assertEqual([one.split()[:2], other.split()[:2]], [["node-1", "serving"], ["node-2", "serving"]])
        self.assertTrue(one.endswith(self.first.url), one)
        self.assertEqual(one.index("serving"), head.index("STATE"))

    def test_it_can_be_watched(self):
        home = Home(self.first, password=None)
        self.addCleanup(home.folder.cleanup)
        home.environment["PARLEY_OPERATOR_TOKEN"] = self.token()
        with subprocess.Popen(
            [program("parley"), "nodes", "--watch", "--json"], stdout=subprocess.PIPE, env=home.environment, text=True
        ) as watching:
            try:
                seen = Lines(watching.stdout).wait_for(lambda lines: len(lines) >= 4, "two looks at two nodes")
            finally:
                watching.send_signal(signal.SIGINT)
        self.assertEqual([json.loads(line)["name"] for line in seen[:4]], ["node-1", "node-2"] * 2)

    def test_messages_are_counted_by_who_commits_them(self):
        before = sum(node["messages"] for node in self.settle())
        alice, bob = make_person(self.first, "alice-counts"), make_person(self.first, "bob-counts")
        self.assertNotEqual(alice.id, bob.id)
        sent = self.run_parley("send", "--user", alice.name, "--with", bob.name, "counted", PARLEY_PASSWORD="correct horse battery")
        self.assertEqual(sent.returncode, 0, sent.stderr)
        deadline = time.monotonic() + 10
        # The conversation's beginning, and the message.
        while sum(node["messages"] for node in self.settle()) != before + 2:
            self.assertLess(time.monotonic(), deadline, "the message is not counted")
            select_nothing(0.05)

    def test_shards_are_shown_by_owner_and_one_by_one(self):
        shards = self.lines("shards", at=self.second)
        self.assertEqual([shard["shard"] for shard in shards], list(range(SHARDS)))
        held = {name: sum(shard["owner"] == name for shard in shards) for name in ("node-1", "node-2")}
        self.assertEqual(sum(held.values()), SHARDS)
        done = self.run_parley("shards")
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [row.split() for row in done.stdout.splitlines()[1:]]
        self.assertEqual([row[:3] for row in rows], [[name, str(count), "0"] for name, count in held.items()])
        each = self.run_parley("shards", "--each").stdout.splitlines()
        self.assertEqual(len(each), SHARDS + 1)
        self.assertEqual(each[1].split()[:2], ["0", shards[0]["owner"]])

    def test_where_somebody_and_something_lives(self):
        alice, bob = make_person(self.first, "alice-where"), make_person(self.second, "bob-where")
        by_name, by_id = self.lines("where", "ALICE-where")[0], self.lines("where", alice.id, at=self.second)[0]
        for place in (by_name, by_id):
            self.assertEqual((place["user"], place["name"], place["is_rightful"]), (alice.id, alice.name, True))
            self.assertIn(place["url"], (self.first.url, self.second.url))
        made = self.run_parley(
            "groups", "--user", alice.name, "create", "Where", "--members", bob.name, PARLEY_PASSWORD="correct horse battery"
        )
        self.assertEqual(made.returncode, 0, made.stderr)
        group = made.stdout.strip()
        self.assertEqual(self.lines("where", group)[0]["conversation"], group)
        shown = self.run_parley("where", group)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertRegex(shown.stdout, rf"^conversation {group} \(Where\)\n  shard:  \d+\n  owner:  node-\d \(http.*\), for .*\n  why:    .*gives this shard to node-\d\n$")

    def test_what_is_wrong_is_said_with_what_to_do_next(self):
        for arguments, code, words in (
            (("where", "nobody-at-all"), 1, "parley accounts list"),
            (("where", "17"), 1, "there is no conversation and no user '17'"),
            (("drain", "node-9"), 1, "parley nodes"),
            (("drain", "a/b"), 1, "there is no node 'a/b'"),
            (("drain",), 2, "node is required"),
            (("drain", "node-2", "--timeout", "5"), 2, "--timeout"),
            (("where",), 2, "what is required"),
            (("nodes", "--url", "http://127.0.0.1:1"), 3, "127.0.0.1:1"),
        ):
            done = self.run_parley(*arguments)
            self.assertEqual((done.returncode, done.stdout), (code, ""), arguments)
            self.assertIn(words, done.stderr, arguments)
        for what in ("nodes", "shards", "where alice", "drain node-1"):
            refused = self.run_parley(*what.split(), PARLEY_OPERATOR_TOKEN="wrong")
            self.assertEqual((refused.returncode, refused.stdout), (1, ""), what)
            self.assertIn("refuses the operator's token", refused.stderr, what)

    def test_a_node_is_drained_by_name_through_any_node(self):
        for at in (self.second, self.first):
            done = self.run_parley("drain", "node-2", "--wait", "--timeout", "45s", at=at)
            self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
            self.assertIn("node-2: draining", done.stderr)
            self.assertTrue(done.stderr.endswith("node-2 is gone\n"), done.stderr)
            self.assertEqual(self.second.process.wait(20), 0, self.second.log_end())
            self.assertIn("an operator asked the node to drain", (self.second.folder / "log").read_text())
            (left,) = self.lines("nodes")
            self.assertEqual((left["name"], left["state"], left["shards"]), ("node-1", "serving", SHARDS))
            self.second.start()
            self.settle()

    def test_a_killed_node_is_said_to_be_gone_long_before_its_silence_says_so(self):
        self.second.kill()
        deadline = time.monotonic() + SETTLED_WITHIN_S
        while True:
            _, answer = self.first.call("GET", "/v1/operator/nodes", token=self.token())
            (dead,) = [node for node in answer["nodes"] if node["name"] == "node-2"]
            if dead["state"] == "gone":
                break
            self.assertLess(time.monotonic(), deadline, answer)
            select_nothing(0.05)
        self.assertLess(dead["beat_age_ms"], 10_000)
        self.second.start()


if __name__ == "__main__":
    unittest.main()
