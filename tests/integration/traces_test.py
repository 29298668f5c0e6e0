"""The way of single messages over three real nodes, step by step, as the operator's calls tell it."""

import asyncio
import statistics
import unittest
import urllib.parse

from support.case import parley_test, start_cluster
from support.client import Connection, Person
from support.cluster import Cluster, ClusterNode

TRACES = "/v1/operator/traces"
TOKEN = "0123456789abcdef-operator"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
cluster: Cluster


def setUpModule():
    global cluster
    cluster = start_cluster(3, f"--operator.token={TOKEN}")


def tearDownModule():
    cluster.remove()


def sample(asked: ClusterNode, /, **wanted) -> dict:
    status, body = asked.call("POST", TRACES + "/sampling", wanted, headers=BEARER)
    if status != 200:
        raise AssertionError(f"{status} {body}")
    return body


def read(node: ClusterNode, **parameters) -> dict:
    query = "?" + urllib.parse.urlencode(parameters) if parameters else ""
    status, body = node.call("GET", TRACES + query, headers=BEARER)
    if status != 200:
        raise AssertionError(f"{status} {body}")
    return body


def critical_path(spans: list[dict]) -> list[dict]:
    """From the request's reading to its answer's writing, by the parents of the latter."""
    by_id = {each["span"]: each for each in spans}
    step = next(each for each in spans if each["name"] == "write_reply")
    path = [step]
    while step["parent"] is not None:
        step = by_id[step["parent"]]
        path.insert(0, step)
    return path


def end_of(span: dict) -> int:
    return int(span["at_ns"]) + span["waited_ns"] + span["took_ns"]


class traces(parley_test):
    async def at(self, node: int, person: Person) -> Connection:
        connection = await Connection.of(cluster.nodes[node], person, None)
        self.addAsyncCleanup(connection.close)
        return connection

    async def group(self, size: int) -> tuple[list[Person], list[Connection], str]:
        people = [await self.person("traced") for _ in range(size)]
        connections = [await self.at(i % 3, person) for i, person in enumerate(people)]
        members = [each.id for each in people[1:]]
        made = await connections[0].request("create_group", key="g", name="Traced", members=members)
        for connection in connections:
            await connection.wait_for_entry(made["conversation"], 1)
        return people, connections, made["conversation"]

    async def spans_after(self, cursor: str, is_whole) -> list[dict]:
        """What was recorded since, once that is all that there has to be."""
        spans = []
        for _ in range(400):
            told = await asyncio.to_thread(read, cluster.nodes[1], cursor=cursor, names="true")
            self.assertEqual((told["missing"], told["lost"]), ([], 0))
            cursor = told["cursor"]
            spans += told["spans"]
            if is_whole(spans):
                return spans
            await asyncio.sleep(0.05)
        self.fail(f"never whole: {sorted(each['name'] for each in spans)}")

    async def test_every_hop_of_a_message_to_a_group_over_three_nodes(self):
        people, connections, talk = await self.group(12)
        cursor = read(cluster.nodes[0], cursor="now")["cursor"]
        lease = sample(cluster.nodes[2], sample=1, conversation=talk, for_s=30)
        self.assertEqual((lease["sample"], lease["conversation"], lease["missing"]), (1, talk, []))
        await connections[0].request("send", conversation=talk, key="k", text="a secret text")
        for connection in connections:
            await connection.wait_for_entry(talk, 2)
        names = lambda spans: [each["name"] for each in spans]
        spans = await self.spans_after(
            cursor, lambda spans: names(spans).count("write_event") == 12 and "write_reply" in names(spans))
        sample(cluster.nodes[0], sample=0)
        self.check_tree(spans)
        self.assertNotIn("secret", str(spans))
        # Everybody, on the node where they are.
        shown = [each for each in spans if each["name"] == "entries_delivered"]
        self.assertEqual(sorted(each["node"] for each in shown), sorted(f"node-{i % 3 + 1}" for i in range(12)))
        self.assertEqual({each["kind"] for each in shown}, {"session"})
        encoded = [each for each in spans if each["name"] == "encode"]
        self.assertEqual(sorted(each["node"] for each in encoded), ["node-1", "node-2", "node-3"])
        self.assertEqual([each["details"]["sessions"] for each in encoded], [4, 4, 4])
        # One way to each of the two nodes that do not own the conversation, whatever the number of members.
        links = [each for each in spans if each["name"] == "link"]
        owner = cluster.owner_of(talk).name
        published = [each for each in links if each["details"]["peer"] == owner and each["node"] != owner]
        self.assertGreaterEqual(len(published), 2)
        root = next(each for each in spans if each["parent"] is None)
        self.assertEqual((root["name"], root["details"]["conversation"]), ("request", talk))
        self.assertEqual(root["details"]["op"], "message")
        path = names(critical_path(spans))
        self.assertEqual((path[0], path[-1]), ("request", "write_reply"))
        for step in ("requests_received", "ask_conversation", "commit", "batch_finished", "conversation_answered"):
            self.assertIn(step, path)

    def check_tree(self, spans: list[dict]) -> None:
        """One trace, one root, every parent known, and nobody begins before their parent."""
        self.assertEqual(len({each["trace"] for each in spans}), 1)
        by_id = {each["span"]: each for each in spans}
        self.assertEqual(len(by_id), len(spans))
        self.assertEqual(sum(each["parent"] is None for each in spans), 1)
        for each in spans:
            self.assertGreaterEqual(each["waited_ns"], 0)
            self.assertGreaterEqual(each["took_ns"], 0)
            if each["parent"] is not None:
                # All nodes of this test have the same clock.
                self.assertGreaterEqual(int(each["at_ns"]), int(by_id[each["parent"]]["at_ns"]))

    async def test_the_spans_of_a_send_explain_its_latency(self):
        people, connections, talk = await self.group(6)
        cursor = read(cluster.nodes[0], cursor="now")["cursor"]
        sample(cluster.nodes[0], sample=1, conversation=talk)
        sends = 40
        for i in range(sends):
            await connections[0].request("send", conversation=talk, key=f"k{i}", text="traced")
        replies = lambda spans: [each for each in spans if each["name"] == "write_reply"]
        spans = await self.spans_after(
            cursor,
            lambda spans: len(replies(spans)) == sends and sum(each["name"] == "write_event" for each in spans) >= 6 * sends)
        sample(cluster.nodes[0], sample=0)
        explained = []
        for trace in {each["trace"] for each in spans}:
            path = critical_path([each for each in spans if each["trace"] == trace])
            whole = end_of(path[-1]) - int(path[0]["at_ns"])
            # A step may go on after it has caused the next one; between two there may be what nobody recorded.
            ends = [min(end_of(step), int(following["at_ns"])) for step, following in zip(path, path[1:])]
            ends.append(end_of(path[-1]))
            explained.append(sum(end - int(step["at_ns"]) for step, end in zip(path, ends)) / whole)
        self.assertAlmostEqual(statistics.median(explained), 1, delta=0.1)
        self.assertLessEqual(max(explained), 1)

    async def test_only_the_session_that_is_meant_is_traced(self):
        people, connections, talk = await self.group(3)
        hello = connections[0].identified
        cursor = read(cluster.nodes[0], cursor="now")["cursor"]
        sample(cluster.nodes[1], sample=1, session=hello["session"], node=hello["node"])
        for i, connection in enumerate(connections):
            await connection.request("send", conversation=talk, key=f"k{i}", text="whose")
        await self.spans_after(cursor, lambda spans: any(each["name"] == "write_reply" for each in spans))
        roots = [each for each in read(cluster.nodes[0], cursor=cursor)["spans"] if each["parent"] is None]
        sample(cluster.nodes[1], sample=0)
        self.assertEqual([(each["node"], each["details"]["session"]) for each in roots],
                         [(hello["node"], hello["session"])])

    async def test_nothing_is_recorded_of_what_nobody_asked_for(self):
        people, connections, talk = await self.group(3)
        sample(cluster.nodes[0], sample=0)
        cursor = read(cluster.nodes[0], cursor="now")["cursor"]
        await connections[0].request("send", conversation=talk, key="k", text="unseen")
        for connection in connections:
            await connection.wait_for_entry(talk, 2)
        self.assertEqual(read(cluster.nodes[0], cursor=cursor)["spans"], [])

    async def test_what_is_wrong_is_said_and_changes_nothing(self):
        node = cluster.nodes[0]
        for wanted, said in (
            ({}, "'sample' is missing"),
            ({"sample": 1.5}, "'sample' must be a number from 0"),
            ({"sample": "1"}, "'sample' must be a number from 0"),
            ({"sample": 1, "conversation": "nobody"}, "'conversation' must be the id"),
            ({"sample": 1, "session": 5}, "'session' must be the id"),
            ({"sample": 1, "node": 5}, "'node' must be the name"),
            ({"sample": 1, "for_s": 0}, "'for_s' must be a whole number"),
            ({"sample": 1, "rate": 2}, "'rate' is no member"),
        ):
            status, body = node.call("POST", TRACES + "/sampling", wanted, headers=BEARER)
            self.assertEqual((status, body["error"]["code"]), (400, "bad_request"), wanted)
            self.assertIn(said, body["error"]["message"])
        for query, said in (
            ("cursor=x", "'cursor' is 'x'"),
            ("limit=0", "'limit' is '0'"),
            ("names=1", "'names' is '1'"),
            ("since=1", "'since' is no parameter"),
        ):
            status, body = node.call("GET", f"{TRACES}?{query}", headers=BEARER)
            self.assertEqual((status, body["error"]["code"]), (400, "bad_request"), query)
            self.assertIn(said, body["error"]["message"])
        for method, path in (("GET", TRACES), ("POST", TRACES + "/sampling")):
            body = {"sample": 1} if method == "POST" else None
            self.assertEqual(node.call(method, path, body)[0], 401)
            self.assertEqual(node.call(method, path, body, headers={"Authorization": "Bearer no"})[0], 401)
        self.assertEqual(node.call("GET", TRACES + "/sampling", headers=BEARER)[0], 405)
        self.assertEqual(node.call("POST", TRACES, {}, headers=BEARER)[0], 405)


if __name__ == "__main__":
    unittest.main()
