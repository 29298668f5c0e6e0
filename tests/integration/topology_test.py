"""What operators and researchers see of a cluster's actors: three real nodes, people who talk, one that is killed."""

import asyncio
import json
import os
import pathlib
import unittest
import urllib.parse

import jsonschema

from support.case import parley_test, start_cluster
from support.client import Connection, Person, Refused
from support.cluster import Cluster, ClusterNode, shard_of

TOPOLOGY = "/v1/operator/topology"
TOKEN = "0123456789abcdef-operator"
SOURCE = pathlib.Path(os.environ.get("PARLEY_SOURCE_DIR", pathlib.Path(__file__).parents[2]))
SCHEMA = json.loads((SOURCE / "tools/topology/snapshot.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
cluster: Cluster


def setUpModule():
    global cluster
    VALIDATOR.check_schema(SCHEMA)
    cluster = start_cluster(3, f"--operator.token={TOKEN}", "--inspection.level=edges")


def tearDownModule():
    cluster.remove()


def bearer(token: str = TOKEN) -> dict:
    return {"Authorization": f"Bearer {token}"}


def ask(node: ClusterNode, path: str = "", /, **parameters) -> dict:
    """The answer of a call that succeeds."""
    query = "?" + urllib.parse.urlencode(parameters, doseq=True) if parameters else ""
    status, body = node.call("GET", TOPOLOGY + path + query, headers=bearer())
    if status != 200:
        raise AssertionError(f"{path}{query}: {status} {body}")
    return body


def snapshot(node: ClusterNode, /, **parameters) -> dict:
    """A snapshot that is as its schema says."""
    taken = ask(node, **parameters)
    problems = [f"{'/'.join(map(str, each.absolute_path))}: {each.message}" for each in VALIDATOR.iter_errors(taken)]
    if problems:
        raise AssertionError(f"not as the schema says: {problems[:5]}")
    return taken


class topology(parley_test):
    async def at(self, node: int, person: Person) -> Connection:
        connection = await Connection.of(cluster.nodes[node], person, None)
        self.addAsyncCleanup(connection.close)
        return connection

    async def group(self, size: int) -> tuple[list[Person], list[Connection], str]:
        """People on all nodes in turn, and the group that they are in."""
        people = [await self.person("talker") for _ in range(size)]
        connections = [await self.at(i % 3, person) for i, person in enumerate(people)]
        members = [each.id for each in people[1:]]
        made = await connections[0].request("create_group", key="g", name="Seen", members=members)
        return people, connections, made["conversation"]

    async def test_shows_every_node_and_what_the_people_there_did(self):
        people, connections, talk = await self.group(6)
        sends = 7
        for i in range(sends):
            for connection in connections:
                await connection.request("send", conversation=talk, key=f"k{i}", text="a secret text")
        for connection in connections:
            await connection.wait_for_entry(talk, 1 + sends * len(people))
        with self.assertRaises(Refused):
            await connections[1].request("rename", conversation=talk, key="r", name="Not mine")
        asked = cluster.nodes[1]
        taken = await asyncio.to_thread(snapshot, asked, names="true", edges=20000)
        self.assertEqual(taken["answered_by"], "node-2")
        self.assertEqual([node["name"] for node in taken["nodes"]], ["node-1", "node-2", "node-3"])
        self.assertEqual([node["missing"] for node in taken["nodes"]], [None] * 3)
        self.assertNotIn("secret", json.dumps(taken))
        self.check_conversation(taken, talk, sends * len(people))
        self.check_sessions(taken, people)
        self.check_flows(taken, people, talk, sends)
        self.check_edges(taken)
        self.check_sums(taken)

    def check_conversation(self, taken: dict, talk: str, messages: int) -> None:
        """It is where its shard is, started by that, and its numbers fit together."""
        actors = [each for each in taken["actors"] if each["entity"] == f"conversation:{talk}"]
        self.assertEqual(len(actors), 1)
        actor = actors[0]
        self.assertEqual((actor["kind"], actor["shard"]), ("conversation", shard_of(talk)))
        self.assertEqual(actor["node"], cluster.owner_of(talk).name)
        parents = [each for each in taken["actors"] if each["id"] == actor["parent"]]
        self.assertEqual([(each["kind"], each["shard"]) for each in parents], [("shard", shard_of(talk))])
        self.assertEqual(actor["enqueued"], actor["handled"] + actor["mailbox"])
        self.assertEqual(sum(actor["types"].values()), actor["handled"])
        self.assertGreaterEqual(actor["types"]["ask_conversation"], 1 + 42)
        self.assertIsNotNone(actor["waited_us"])
        self.assertEqual(actor["name"], "Seen")
        # It looks into the log for the key first, and refuses when the log has answered.
        self.assertEqual(list(actor["refused"].values()), [1])
        refusing = [each["refused"] for each in taken["actors"] if each["kind"] == "session" and "refused" in each]
        self.assertEqual(refusing, [{"conversation_answered": 1}])
        stored = [e for e in taken["edges"] if e["from"] == actor["id"] and e["type"] == "append_entries"]
        self.assertEqual([each["bytes"] for each in stored], [len("Seen") + messages * len("a secret text")])

    def check_sessions(self, taken: dict, people: list[Person]) -> None:
        """Each person has one, on the node that they came to, and a user actor where their shard is."""
        for i, person in enumerate(people):
            who = f"person:{person.id}"
            used = [(each["kind"], each["node"]) for each in taken["actors"] if each.get("person") == who]
            self.assertEqual(used, [("session", cluster.nodes[i % 3].name)])
            names = [each["name"] for each in taken["actors"] if each.get("person") == who]
            self.assertEqual(names, [person.name])
            users = [each["node"] for each in taken["actors"] if each["entity"] == who]
            self.assertEqual(users, [cluster.owner_of(person.id).name])

    def check_flows(self, taken: dict, people: list[Person], talk: str, sends: int) -> None:
        """Who wrote how much, and who was shown how much: exact, since nothing had to make room."""
        self.assertEqual([node["edges_forgotten"] for node in taken["nodes"]], [0, 0, 0])
        for person in people:
            wrote = [f for f in taken["flows"] if f["from"] == f"person:{person.id}" and f["to"] == f"conversation:{talk}"]
            by_type = {f["type"]: (f["count"], f["error"]) for f in wrote}
            self.assertEqual(by_type["message"], (sends, 0), by_type)
            shown = [f for f in taken["flows"] if f["from"] == f"conversation:{talk}" and f["to"] == f"person:{person.id}"]
            by_type = {f["type"]: f["count"] for f in shown}
            # One delivery holds what one commit had: at most each message alone. None was read from the log.
            self.assertGreaterEqual(by_type["entries_delivered"], sends, by_type)
            self.assertLessEqual(by_type["entries_delivered"], 1 + sends * len(people), by_type)

    def check_edges(self, taken: dict) -> None:
        kinds = {each["id"]: each["kind"] for each in taken["actors"]}
        pairs = {(kinds[e["from"]], kinds[e["to"]], e["type"]) for e in taken["edges"]}
        for pair in (
            ("relay", "session", "entries_delivered"),
            ("shard", "conversation", "ask_conversation"),
            ("conversation", "log_writer", "append_entries"),
        ):
            self.assertIn(pair, pairs)
        between = [e for e in taken["edges"] if e["from"].split("/")[0] != e["to"].split("/")[0]]
        self.assertTrue(between)
        for edge in between:
            self.assertEqual((kinds[edge["from"]], kinds[edge["to"]]), ("link", "link"))
            self.assertGreaterEqual(edge["bytes"], edge["count"])
        for edge in taken["edges"]:
            if edge["type"] == "topics_ready":
                self.assertEqual(edge["bytes"], 0)
        self.assertEqual(len({(e["from"], e["to"], e["type"]) for e in taken["edges"]}), len(taken["edges"]))

    def check_sums(self, taken: dict) -> None:
        """What the parts say, the whole says."""
        for node in taken["nodes"]:
            actors = [each for each in taken["actors"] if each["node"] == node["name"]]
            self.assertEqual((node["actors"], node["actors_shown"]), (len(actors), len(actors)))
            kinds = [each for each in taken["kinds"] if each["node"] == node["name"]]
            self.assertEqual(sum(each["alive"] for each in kinds), len(actors))
            self.assertEqual(sum(1 for each in actors if each["kind"] == "shard"), 1024)
        self.assertLess(taken["skew_ms"], 20_000)
        sessions = [each["entity"] for each in taken["actors"] if each["kind"] == "session"]
        self.assertEqual(len(set(sessions)), len(sessions))

    async def test_people_are_pseudonyms_that_are_the_same_on_every_node(self):
        people, connections, talk = await self.group(3)
        for connection in connections:
            await connection.request("send", conversation=talk, key="k", text="x")
        for connection in connections:
            await connection.wait_for_entry(talk, 4)
        first, second = [await asyncio.to_thread(snapshot, node, edges=20000) for node in cluster.nodes[:2]]
        for taken in (first, second):
            self.assertFalse(taken["names"])
            self.assertFalse([each for each in taken["actors"] if "name" in each])
            for number in (talk, *(each.id for each in people)):
                self.assertNotIn(number, json.dumps(taken))
        entities = [{a["id"]: a["entity"] for a in each["actors"]} for each in (first, second)]
        shared = entities[0].keys() & entities[1].keys()
        self.assertEqual([entities[0][each] for each in shared], [entities[1][each] for each in shared])
        # Of one conversation, people write on three nodes and are shown it on three: its flows meet in one name.
        owner = await asyncio.to_thread(cluster.owner_of, talk)
        hidden = next(
            a["entity"] for a in first["actors"] if a["kind"] == "conversation" and a["shard"] == shard_of(talk) and a["node"] == owner.name
        )
        nodes = {flow["node"] for flow in first["flows"] if flow["from"] == hidden}
        self.assertEqual(nodes, {"node-1", "node-2", "node-3"})
        only = await asyncio.to_thread(snapshot, cluster.nodes[2], entity=hidden)
        self.assertEqual([each["entity"] for each in only["actors"]], [hidden])
        self.assertTrue(all(hidden in (flow["from"], flow["to"]) for flow in only["flows"]))

    async def test_parts_can_be_asked_for(self):
        node = cluster.nodes[0]
        shards = await asyncio.to_thread(snapshot, node, kind="shard,relay", node="node-3")
        self.assertEqual([each["name"] for each in shards["nodes"]], ["node-3"])
        self.assertEqual({(each["node"], each["kind"]) for each in shards["actors"]}, {("node-3", "shard"), ("node-3", "relay")})
        self.assertEqual(len(shards["actors"]), 1025)
        top = await asyncio.to_thread(snapshot, node, top=5, by="messages")
        handled = [each["handled"] for each in top["actors"]]
        self.assertEqual((len(handled), handled), (5, sorted(handled, reverse=True)))
        bare = await asyncio.to_thread(snapshot, node, actors="false", edges=0)
        self.assertEqual((bare["actors"], bare["edges"], bare["flows"]), ([], [], []))
        self.assertTrue(bare["kinds"])
        local = await asyncio.to_thread(snapshot, node, local="true")
        self.assertEqual([each["name"] for each in local["nodes"]], ["node-1"])
        small = await asyncio.to_thread(snapshot, node, local="true", bytes=65536, edges=0)
        shown = small["nodes"][0]["actors_shown"]
        self.assertTrue(0 < shown == len(small["actors"]) < small["nodes"][0]["actors"])

    async def test_what_cannot_be_asked_is_refused_with_what_can(self):
        node = cluster.nodes[0]
        cases = [
            ("kind=cow", "the kinds are conversation, "),
            ("kind=shard,", "there are no actors of the kind ''"),
            ("node=node-9", "there is no node 'node-9'; the nodes are node-1, node-2, node-3"),
            ("node=node-2&local=true", "with 'local' there is only node-1"),
            ("top=0", "'top' is '0'; it must be a whole number from 1 to 50000"),
            ("top=x", "'top' is 'x'"),
            ("by=luck", "'by' is 'luck'; it must be one of messages, mailbox, time"),
            ("edges=20001", "from 0 to 20000"),
            ("actors=yes", "it must be true or false"),
            ("color=red", "'color' is no parameter of this call; there are kind, node, "),
            ("top=1&top=2", "'top' is given more than once"),
            ("entity=", "'entity' is empty"),
            ("entity=%FF", "'entity' must be text, percent-encoded UTF-8"),
        ]
        for query, words in cases:
            with self.subTest(query=query):
                status, body = await asyncio.to_thread(node.call, "GET", f"{TOPOLOGY}?{query}", headers=bearer())
                self.assertEqual((status, body["error"]["code"]), (400, "bad_request"), body)
                self.assertIn(words, body["error"]["message"])
        for query in ("wait_s=26", "after=-1", "after=x", "wait=1"):
            with self.subTest(query=query):
                status, _ = await asyncio.to_thread(node.call, "GET", f"{TOPOLOGY}/changes?{query}", headers=bearer())
                self.assertEqual(status, 400)
        for token, words in ((None, "is missing"), ("wrong", "not the operator's token")):
            for path in ("", "/changes"):
                headers = bearer(token) if token else {}
                status, body = await asyncio.to_thread(node.call, "GET", TOPOLOGY + path, headers=headers)
                self.assertEqual(status, 401)
                self.assertIn(words, body["error"]["message"])
        self.assertEqual((await asyncio.to_thread(node.call, "POST", TOPOLOGY, {}, headers=bearer()))[0], 405)

    async def test_changes_are_told_as_they_happen(self):
        node = cluster.nodes[0]
        before = (await asyncio.to_thread(ask, node, "/changes"))["last"]
        waiting = asyncio.create_task(asyncio.to_thread(ask, node, "/changes", after=before, wait_s=25, names="true"))
        alice = await self.person("watched")
        at_alice = await self.at(0, alice)
        told = await asyncio.wait_for(waiting, 30)
        self.assertEqual(told["lost"], 0)
        self.assertEqual(told["changes"][0]["n"], before + 1)
        await at_alice.close()
        changes: list[dict] = []

        def session_is_gone() -> bool:
            # From the beginning again: dense, whoever asks and however often.
            changes[:] = ask(node, "/changes", after=before, names="true")["changes"]
            started = {c["actor"]["id"] for c in changes if c["what"] == "started" and c["actor"]["kind"] == "session"}
            stopped = {c["actor"]["id"] for c in changes if c["what"] == "stopped"}
            return bool(started) and started <= stopped

        await cluster.until(session_is_gone, "the session came and went")
        self.assertEqual([each["n"] for each in changes], list(range(before + 1, before + 1 + len(changes))))
        gone = next(c for c in changes if c["what"] == "stopped" and c["actor"]["kind"] == "session")
        self.assertEqual(gone["reason"], "normal")


def own_cluster(test: unittest.TestCase, size: int, *arguments: str) -> Cluster:
    """For one test, and gone after it."""
    started = Cluster(size, f"--operator.token={TOKEN}", *arguments)
    test.addCleanup(started.remove)
    asyncio.run(started.start())
    return started


class levels(unittest.TestCase):
    """On nodes that count little until they are asked."""

    def setUp(self):
        self.cluster = own_cluster(self, 2)

    def levels(self) -> list[str]:
        return [each["level"] for each in snapshot(self.cluster.nodes[0], kind="relay", edges=0)["nodes"]]

    def raise_to(self, body, expected: int = 200) -> dict:
        status, answer = self.cluster.nodes[0].call("POST", TOPOLOGY + "/level", body, headers=bearer())
        self.assertEqual(status, expected, answer)
        return answer

    def test_are_raised_on_all_nodes_for_a_while(self):
        self.assertEqual(self.levels(), ["kinds", "kinds"])
        until = self.raise_to({"level": "edges", "for_s": 600})["until"]
        self.assertEqual(self.levels(), ["edges", "edges"])
        less = self.raise_to({"level": "counts", "for_s": 5})
        self.assertEqual((less["level"], less["until"], less["missing"]), ("edges", until, []))
        self.assertEqual(self.raise_to({"level": "kinds"}), {"level": "kinds", "until": None, "missing": []})
        self.assertEqual(self.levels(), ["kinds", "kinds"])
        self.raise_to({"level": "counts", "for_s": 1})
        asyncio.run(self.cluster.until(lambda: self.levels() == ["kinds", "kinds"], "it ends by itself"))

    def test_are_refused_when_they_are_none(self):
        for body, words in (
            ({"level": "all"}, "one of kinds, counts, edges"),
            ({"for_s": 5}, "one of kinds, counts, edges"),
            ({"level": "edges", "for_s": 0}, "from 1 to 86400"),
            ({"level": "edges", "for_s": "60"}, "from 1 to 86400"),
            ({"level": "edges", "seconds": 60}, "'seconds' is no member; there are level and for_s"),
            ([], "must be a JSON object"),
        ):
            with self.subTest(body=body):
                self.assertIn(words, self.raise_to(body, 400)["error"]["message"])
        self.assertEqual(self.levels(), ["kinds", "kinds"])


class a_node_that_dies(unittest.TestCase):
    def test_is_shown_as_missing_and_its_shards_actors_elsewhere(self):
        asyncio.run(self.kill_one(own_cluster(self, 3, "--inspection.level=edges")))

    async def kill_one(self, three: Cluster) -> None:
        dead, asked = three.nodes[2], three.nodes[0]
        dead.kill()

        def is_missing() -> bool:
            nodes = {each["name"]: each["missing"] for each in snapshot(asked, edges=0, kind="shard")["nodes"]}
            return nodes["node-1"] is None and nodes["node-2"] is None and nodes.get("node-3", "gone") is not None

        await three.until(is_missing, "the dead node is missing, the others are there")
        await three.settled(three.nodes[:2])
        left = await asyncio.to_thread(snapshot, asked)
        self.assertEqual({each["node"] for each in left["actors"]}, {"node-1", "node-2"})


if __name__ == "__main__":
    unittest.main()
