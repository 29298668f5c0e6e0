"""parley topology: its files open as they are in Graphviz, NetworkX and as CSV; and at a real cluster all of it.

    PARLEY_BINARY_DIR=… /usr/bin/python3 topology_command_test.py [files | at_a_cluster]
"""

import asyncio
import csv
import json
import os
import pathlib
import re
import signal
import struct
import subprocess
import tempfile
import time
import unittest
import zlib

import networkx

from support.case import parley_test, start_cluster
from support.client import Connection, make_person
from support.command_line import WITHIN_S, Lines, environment
from support.node import program, select_nothing

SOURCE = pathlib.Path(os.environ.get("PARLEY_SOURCE_DIR", pathlib.Path(__file__).parents[2]))
SAMPLE = SOURCE / "tests/tools/topology/sample.json"
TOKEN = "0123456789abcdef-operator"
GRAPHS = ("flows", "messages")


def run(*arguments: str, url: str = "http://127.0.0.1:1", stdin: bytes = b"", **variables: str) -> subprocess.CompletedProcess:
    """As an operator, without anything of this machine's own settings."""
    return subprocess.run(
        [program("parley"), "topology", *arguments],
        env={**environment(PARLEY_URL=url, PARLEY_OPERATOR_TOKEN=TOKEN), **variables},
        input=stdin,
        capture_output=True,
        timeout=WITHIN_S,
        check=False,
    )


def vertices_of(snapshot: dict, graph: str) -> set[str]:
    """Everything that has to be a vertex: what is listed, and every end of an edge. Flows end at people, not at their sessions."""
    links = snapshot["flows" if graph == "flows" else "edges"]
    listed = "entity" if graph == "flows" else "id"
    shown = [actor for actor in snapshot["actors"] if actor[listed] and not (graph == "flows" and "person" in actor)]
    return {actor[listed] for actor in shown} | {link[end] for link in links for end in ("from", "to")}


def links_of(snapshot: dict, graph: str) -> list[tuple[str, str, int]]:
    return sorted((link["from"], link["to"], link["count"]) for link in snapshot["flows" if graph == "flows" else "edges"])


def graphviz_counts(dot: bytes) -> tuple[int, int]:
    """Nodes and edges, as Graphviz's own language counts them."""
    program_text = "BEGIN { int n = 0; int e = 0 } N { n++ } E { e++ } END { print(n, \" \", e) }"
    counted = subprocess.run(["gvpr", program_text], input=dot, capture_output=True, timeout=WITHIN_S, check=True)
    assert not counted.stderr, counted.stderr
    nodes, edges = counted.stdout.split()
    return int(nodes), int(edges)


def frames_of(recording: bytes):
    """A recording, read without parley: as tools/topology/COMMANDS.md shows it to researchers."""
    assert recording[:8] == b"PARLEYTP" and struct.unpack_from("<I", recording, 8) == (1,)
    offset = 12
    while offset + 12 <= len(recording):
        length, crc, header_crc = struct.unpack_from("<III", recording, offset)
        payload = recording[offset + 12 : offset + 12 + length]
        if len(payload) < length:
            break
        assert zlib.crc32(recording[offset : offset + 8]) == header_crc and zlib.crc32(payload) == crc
        yield chr(payload[0]), [json.loads(line) for line in zlib.decompress(payload[13:]).splitlines()]
        offset += 12 + length


class opened(unittest.TestCase):
    """Checks of a snapshot's files by the programs that they are for."""

    def check_files(self, source: list[str], snapshot: dict, **where) -> None:
        with tempfile.TemporaryDirectory(prefix="parley-topology-") as folder:
            for graph in GRAPHS:
                for check in (self.check_graphml, self.check_gexf, self.check_dot, self.check_csv):
                    check(pathlib.Path(folder), [*source, "--graph", graph], snapshot, graph, where)

    def written(self, folder: pathlib.Path, source: list[str], format_: str, where: dict) -> pathlib.Path:
        file = folder / f"graph.{format_}"
        done = run(*source, "--format", format_, "--output", str(file), **where)
        self.assertEqual((done.returncode, done.stdout), (0, b""), done.stderr)
        return file

    def check_networkx(self, graph: networkx.Graph, snapshot: dict, which: str) -> None:
        self.assertTrue(graph.is_directed())
        self.assertEqual(set(graph.nodes), vertices_of(snapshot, which))
        edges = sorted((a, b, int(data["count"])) for a, b, data in graph.edges(data=True))
        self.assertEqual(edges, links_of(snapshot, which))

    def check_graphml(self, folder, source, snapshot, which, where) -> None:
        graph = networkx.read_graphml(self.written(folder, source, "graphml", where), force_multigraph=True)
        self.check_networkx(graph, snapshot, which)
        if which == "messages":
            for actor in snapshot["actors"]:
                found = graph.nodes[actor["id"]]
                self.assertEqual((found["kind"], found["handled"], found["listed"]), (actor["kind"], actor["handled"], True))

    def check_gexf(self, folder, source, snapshot, which, where) -> None:
        graph = networkx.MultiDiGraph(networkx.read_gexf(self.written(folder, source, "gexf", where)))
        self.check_networkx(graph, snapshot, which)

    def check_dot(self, folder, source, snapshot, which, where) -> None:
        file = self.written(folder, source, "dot", where)
        counts = (len(vertices_of(snapshot, which)), len(links_of(snapshot, which)))
        self.assertEqual(graphviz_counts(file.read_bytes()), counts)
        if counts[0] > 300:
            return
        drawn = subprocess.run(["dot", "-Tsvg", str(file)], capture_output=True, timeout=WITHIN_S, check=False)
        self.assertEqual((drawn.returncode, drawn.stderr), (0, b""))
        self.assertEqual(drawn.stdout.count(b'class="node"'), counts[0])
        self.assertEqual(drawn.stdout.count(b'class="edge"'), counts[1])

    def check_csv(self, folder, source, snapshot, which, where) -> None:
        tables = self.written(folder, source, "csv", where)
        with open(tables / "nodes.csv", encoding="utf-8", newline="") as nodes:
            rows = list(csv.DictReader(nodes))
        self.assertEqual({row["Id"] for row in rows}, vertices_of(snapshot, which))
        self.assertEqual(len(rows), len(vertices_of(snapshot, which)))
        for row in rows:
            for cell in row.values():
                self.assertNotRegex(cell, r"^[=+\-@\t\r]")
        with open(tables / "edges.csv", encoding="utf-8", newline="") as edges:
            rows = list(csv.DictReader(edges))
        self.assertEqual(sorted((row["Source"], row["Target"], int(row["Weight"])) for row in rows), links_of(snapshot, which))
        self.assertEqual({row["Type"] for row in rows} - {"Directed"}, set())


class files(opened):
    """Of a saved snapshot with hostile names; no node is asked."""

    def setUp(self):
        self.snapshot = json.loads(SAMPLE.read_text())
        folder = tempfile.TemporaryDirectory(prefix="parley-topology-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_graphviz_networkx_and_csv_readers_open_them(self):
        self.check_files(["--from", str(SAMPLE)], self.snapshot)

    def test_names_arrive_as_they_are(self):
        done = run("--from", str(SAMPLE), "--graph", "messages", "--format", "graphml")
        file = self.folder / "names.graphml"
        file.write_bytes(done.stdout)
        graph = networkx.read_graphml(file)
        for actor in self.snapshot["actors"]:
            if "name" in actor and "\u0001" not in actor["name"]:
                self.assertEqual(graph.nodes[actor["id"]]["name"], actor["name"])

    def test_json_is_what_was_read_and_lines_are_all_of_it(self):
        for source, stdin in ((str(SAMPLE), b""), ("-", SAMPLE.read_bytes())):
            self.assertEqual(json.loads(run("snapshot", "--from", source, stdin=stdin).stdout), self.snapshot)
        lines = [json.loads(line) for line in run("--from", str(SAMPLE), "--format", "jsonl").stdout.splitlines()]
        for is_, member in (("node", "nodes"), ("kind", "kinds"), ("actor", "actors"), ("edge", "edges"), ("flow", "flows")):
            self.assertEqual([{k: v for k, v in line.items() if k != "is"} for line in lines if line["is"] == is_], self.snapshot[member])

    def test_a_snapshot_does_not_differ_from_itself_and_does_from_a_part(self):
        self.assertIn(b"nothing differs", run("diff", str(SAMPLE), str(SAMPLE)).stdout)
        part = self.folder / "part.json"
        part.write_bytes(run("--from", str(SAMPLE), "--node", "node-1").stdout)
        found = json.loads(run("diff", "--json", str(SAMPLE), str(part)).stdout)
        self.assertEqual({actor["node"] for actor in found["actors_gone"]}, {"node-2"})

    def test_statistics_are_those_that_networkx_finds(self):
        found = json.loads(run("stats", "--from", str(SAMPLE), "--json").stdout)
        crossing = sum(e["count"] for e in self.snapshot["edges"] if e["from"].split("/")[0] != e["to"].split("/")[0])
        self.assertAlmostEqual(found["cut_ratio"], crossing / sum(e["count"] for e in self.snapshot["edges"]))
        graph = networkx.DiGraph((e["from"], e["to"]) for e in self.snapshot["edges"])
        for kind, degrees in found["message_degrees"].items():
            ids = [actor["id"] for actor in self.snapshot["actors"] if actor["kind"] == kind]
            if ids:
                self.assertEqual(degrees["out_max"], max(graph.out_degree(i) if i in graph else 0 for i in ids), kind)
        sessions = [actor["id"] for actor in self.snapshot["actors"] if actor["kind"] == "session"]
        hops: dict[str, int] = {}
        for one in sessions:
            for other, distance in networkx.single_source_shortest_path_length(graph, one).items():
                if other in sessions and other != one:
                    hops[str(distance)] = hops.get(str(distance), 0) + 1
        self.assertEqual(found["hops_between_sessions"], hops)

    def test_bad_input_is_answered_in_words_and_changes_nothing(self):
        broken = self.folder / "broken.json"
        broken.write_text("{\"schema\": oops}")
        foreign = self.folder / "foreign.rec"
        foreign.write_bytes(b"GIF89a not ours")
        kept = self.folder / "kept.csv"
        kept.write_text("precious")
        for arguments, code, words in (
            (("--format", "svg"), 2, "--format"),
            (("--graph", "friends"), 2, "--graph"),
            (("--top", "0"), 2, "--top"),
            (("--by", "time"), 2, "--by"),
            (("--for", "3"), 2, "'3' is no time: right is a number with its unit"),
            (("--format", "csv", "--from", str(SAMPLE)), 2, "--output"),
            (("--format", "dot", "watch"), 2, "after the subcommand"),
            (("--from", str(SAMPLE), "--at", "+1s"), 2, "--at is for recordings"),
            (("--from", str(broken)), 1, "at byte 11"),
            (("--from", str(self.folder / "none")), 1, "there is no file"),
            (("--from", str(SAMPLE), "--format", "csv", "-o", str(kept)), 1, "cannot be made"),
            (("replay", str(foreign)), 1, "byte 0"),
            (("replay", str(foreign), "--at", "+1s"), 1, "byte 0"),
            (("replay", str(self.folder / "none")), 1, "there is no file"),
            (("replay", str(foreign), "--format", "dot"), 2, "--at"),
            (("record", str(foreign)), 1, "is no recording"),
            (("diff", str(SAMPLE)), 2, "b is required"),
            ((), 3, "127.0.0.1:1"),
            (("watch", "--for", "1s"), 3, "127.0.0.1:1"),
        ):
            done = run(*arguments)
            self.assertEqual((done.returncode, done.stdout), (code, b""), (arguments, done.stderr))
            self.assertIn(words, done.stderr.decode(), arguments)
        self.assertEqual(foreign.read_bytes(), b"GIF89a not ours")
        self.assertEqual(kept.read_text(), "precious")


class at_a_cluster(parley_test):
    """Two nodes with people who talk; one of them dies and comes back."""

    @classmethod
    def setUpClass(cls):
        cls.cluster = start_cluster(2, f"--operator.token={TOKEN}")
        cls.addClassCleanup(cls.cluster.remove)
        folder = tempfile.TemporaryDirectory(prefix="parley-topology-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)

    def setUp(self):
        self.url = self.cluster.nodes[0].url

    def start(self, *arguments: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [program("parley"), "topology", *arguments],
            env=environment(PARLEY_URL=self.url, PARLEY_OPERATOR_TOKEN=TOKEN),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(self.finish, process)
        return process

    def finish(self, process: subprocess.Popen) -> None:
        if process.poll() is None:
            process.kill()
        process.wait(WITHIN_S)
        process.stdout.close()
        process.stderr.close()

    async def talk(self) -> str:
        """Two people on two nodes who have written to each other; their conversation."""
        alice, bob = await self.person("alice"), await self.person("bob")
        at_alice = await Connection.of(self.cluster.nodes[0], alice)
        at_bob = await Connection.of(self.cluster.nodes[1], bob)
        self.addAsyncCleanup(at_alice.close)
        self.addAsyncCleanup(at_bob.close)
        conversation = (await at_alice.request("open_direct", user=bob.id))["conversation"]
        for i in range(5):
            await at_alice.request("send", conversation=conversation, key=f"a{i}", text="hello")
            await at_bob.request("send", conversation=conversation, key=f"b{i}", text="hello too")
        return conversation

    def lines_until(self, lines: Lines, condition, what: str) -> list[dict]:
        return [json.loads(line) for line in lines.wait_for(lambda all_: condition([json.loads(line) for line in all_]), what)]

    async def test_a_snapshot_with_edges_opens_everywhere(self):
        first = await asyncio.to_thread(run, "--for", "1s", "--json", url=self.url)
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertIn(b"counting edges for 1 s", first.stderr)
        conversation = await self.talk()
        done = await asyncio.to_thread(run, "--for", "1s", "--json", "--names", url=self.url)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"count edges already", done.stderr)
        taken = json.loads(done.stdout)
        self.assertEqual([node["level"] for node in taken["nodes"]], ["edges", "edges"])
        self.assertTrue(taken["edges"] and taken["flows"])
        self.assertIn(f"conversation:{conversation}", vertices_of(taken, "flows"))
        saved = self.folder / "taken.json"
        saved.write_bytes(done.stdout)
        await asyncio.to_thread(opened.check_files, opened(), ["--from", str(saved)], taken)
        table = await asyncio.to_thread(run, "--format", "table", url=self.url)
        self.assertRegex(table.stdout.decode(), r"^NODE +LEVEL +CUT AT +ACTORS +SHOWN\nnode-1 +edges ")
        stats = await asyncio.to_thread(run, "stats", "--json", url=self.url)
        self.assertIsNotNone(json.loads(stats.stdout)["cut_ratio"], stats.stderr)

    async def test_what_is_asked_for_is_what_is_shown(self):
        await self.talk()
        for options, fits in (
            (("--kind", "session"), lambda actor: actor["kind"] == "session"),
            (("--kind", "session,conversation", "--node", "node-2"), lambda a: a["node"] == "node-2" and a["kind"] in ("session", "conversation")),
        ):
            actors = json.loads((await asyncio.to_thread(run, *options, url=self.url)).stdout)["actors"]
            self.assertTrue(actors, options)
            self.assertTrue(all(fits(actor) for actor in actors), options)
        top = json.loads((await asyncio.to_thread(run, "--top", "3", "--by", "messages", url=self.url)).stdout)["actors"]
        self.assertEqual(len(top), 3)
        refused = await asyncio.to_thread(run, url=self.url, PARLEY_OPERATOR_TOKEN="wrong")
        self.assertEqual((refused.returncode, refused.stdout), (1, b""))
        self.assertIn(b"refuses the operator's token", refused.stderr)
        unknown = await asyncio.to_thread(run, "--node", "node-9", url=self.url)
        self.assertEqual((unknown.returncode, unknown.stdout), (1, b""))
        self.assertIn(b"node-9", unknown.stderr)

    async def test_a_death_is_watched_recorded_and_replayed(self):
        conversation = await self.talk()
        entity = f"conversation:{conversation}"
        recording = self.folder / "run.rec"
        watching = self.start("watch", "--names", "--json", "--count-edges")
        lines = Lines(watching.stdout)
        recorder = self.start("record", str(recording), "--names", "--every", "2s")
        other_recorder = self.start("record", str(self.folder / "other.rec"), "--rotate-bytes", "1KB", "--every", "1s")
        owner = self.cluster.owner_of(conversation)
        other = next(node for node in self.cluster.nodes if node is not owner)
        await asyncio.to_thread(self.lines_until, lines, lambda all_: any(line["what"] == "rates" for line in all_), "rates")
        await asyncio.to_thread(self.wait_for, lambda: recording.exists() and recording.stat().st_size > 1000, "a recording")
        owner.kill()
        alive = await Connection.of(other, await asyncio.to_thread(self.person_at, other))
        self.addAsyncCleanup(alive.close)

        def is_told(all_: list[dict]) -> bool:
            return any(line["what"] == "node_gone" and line["node"] == owner.name for line in all_) and any(
                line["what"] == "actor_started" and line["node"] == other.name for line in all_
            )

        seen = await asyncio.to_thread(self.lines_until, lines, is_told, f"{owner.name} gone")
        self.assertEqual([line["n"] for line in seen], list(range(1, len(seen) + 1)))
        self.assertEqual(seen[0]["what"], "snapshot")
        self.assertIn(entity, {actor["entity"] for actor in seen[0]["snapshot"]["actors"]})
        await asyncio.to_thread(self.wait_for, lambda: self.recorded(recording, "node_gone"), "the death in the recording")
        recorder.send_signal(signal.SIGKILL)
        recorder.wait(WITHIN_S)
        other_recorder.send_signal(signal.SIGINT)
        self.assertEqual(other_recorder.wait(WITHIN_S), 0, "it ends by Ctrl-C as it should")
        self.assertRegex(other_recorder.stderr.read(), r"^recording to .*\nrecorded \d+ lines in \d+ kB\n$")
        await self.check_replay(recording, owner.name)
        rotated = frames_of((self.folder / "other.rec").read_bytes())
        self.assertEqual(next(rotated)[0], "S", "each file begins with a snapshot")
        self.assertTrue((self.folder / "other.rec.1").exists())
        await owner.start_async()
        await asyncio.to_thread(self.lines_until, lines, lambda all_: any(line["what"] == "node_came" for line in all_), "its return")
        await self.cluster.settled()

    def url_of_a_survivor(self, dead: str) -> str:
        return next(node.url for node in self.cluster.nodes if node.name != dead)

    def person_at(self, node):
        return make_person(node, f"late-{time.monotonic_ns()}")

    def wait_for(self, condition, what: str) -> None:
        deadline = time.monotonic() + WITHIN_S
        while not condition():
            self.assertLess(time.monotonic(), deadline, what)
            select_nothing(0.05)

    def recorded(self, recording: pathlib.Path, what: str) -> bool:
        return any(line["what"] == what for _, lines in frames_of(recording.read_bytes()) for line in lines)

    async def check_replay(self, recording: pathlib.Path, dead: str) -> None:
        """What the recording holds by its own description, parley replays; a torn end is said, and cut off."""
        whole = [line for _, lines in frames_of(recording.read_bytes()) for line in lines]
        replayed = await asyncio.to_thread(run, "replay", str(recording), "--speed", "0")
        self.assertEqual(replayed.returncode, 0, replayed.stderr)
        self.assertEqual([json.loads(line) for line in replayed.stdout.splitlines()], whole)
        self.assertEqual([line["n"] for line in whole], list(range(1, len(whole) + 1)))
        before = json.loads((await asyncio.to_thread(run, "replay", str(recording), "--at", "+0s", "--json")).stdout)
        after = json.loads((await asyncio.to_thread(run, "replay", str(recording), "--at", "-0s", "--json")).stdout)
        self.assertIn(dead, {actor["node"] for actor in before["actors"]})
        self.assertNotIn(dead, {actor["node"] for actor in after["actors"]})
        await asyncio.to_thread(opened.check_files, opened(), ["--from", str(recording), "--at", "-0s"], after)
        torn = self.folder / "torn.rec"
        torn.write_bytes(recording.read_bytes()[:-3])
        done = await asyncio.to_thread(run, "replay", str(torn), "--speed", "0")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"ends in the middle of a record", done.stderr)
        self.assertTrue(replayed.stdout.startswith(done.stdout))
        again = await asyncio.to_thread(run, "record", str(torn), "--for", "1s", url=self.url_of_a_survivor(dead))
        self.assertEqual((again.returncode, again.stdout), (0, b""), again.stderr)
        self.assertRegex(again.stderr.decode(), r"\d+ bytes are cut off\nrecording to [^\n]*\nrecorded \d+ lines in \d+ kB\n$")
        longer = await asyncio.to_thread(run, "replay", str(torn), "--speed", "0")
        self.assertEqual((longer.returncode, longer.stderr), (0, b""))
        self.assertTrue(longer.stdout.startswith(done.stdout) and len(longer.stdout) > len(done.stdout))
        damaged = bytearray(recording.read_bytes())
        damaged[40] ^= 1
        torn.write_bytes(damaged)
        done = await asyncio.to_thread(run, "replay", str(torn), "--speed", "0")
        self.assertEqual(done.returncode, 1)
        self.assertTrue(re.search(rb"is damaged at byte 12\b", done.stderr), done.stderr)


if __name__ == "__main__":
    unittest.main()
