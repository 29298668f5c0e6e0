"""A polling session on one of three nodes, called at any of them: as if each call had reached its node."""

import asyncio
import time
import unittest
import urllib.error
import urllib.request

from support.case import parley_test, start_cluster
from support.client import Connection, Person
from support.cluster import Cluster, ClusterNode
from support.polling import Caller

# What a call may take beyond its own wait, whatever happens to the node that has its session.
ANSWERED_WITHIN_S = 6.0
GONE_WITHIN_S = 10.0
cluster: Cluster


def setUpModule():
    global cluster
    cluster = start_cluster(3)


def tearDownModule():
    cluster.remove()


class polling_test(parley_test):
    async def caller(self, person: Person | None = None, node: int = 0) -> Caller:
        return await Caller.of(cluster.nodes[node], person or await self.person("caller"))

    async def pair(self) -> tuple[Caller, Connection, str]:
        """Somebody whose session is on node 1 and somebody at a WebSocket of node 2, in a conversation."""
        alice, bob = await self.person("alice"), await self.person("bob")
        calls = await self.caller(alice)
        at_bob = await Connection.of(cluster.nodes[1], bob)
        self.addAsyncCleanup(at_bob.close)
        talk = (await at_bob.request("open_direct", user=alice.id))["conversation"]
        await calls.wait_for_entry(talk, 1)
        return calls, at_bob, talk

    async def until_quiet(self, calls: Caller) -> None:
        while await calls.poll():
            pass

    async def status_at(self, node: ClusterNode, calls: Caller, query: str = "wait=0&after=0") -> int:
        return (await asyncio.to_thread(node.call, "GET", f"{calls.path}/events?{query}", None, calls.person.token))[0]


class a_session_anywhere(polling_test):
    async def test_nothing_is_lost_or_doubled(self):
        calls, at_bob, talk = await self.pair()

        async def write() -> None:
            for i in range(40):
                await at_bob.request("send", conversation=talk, key=f"b{i}", text=f"text {i}")

        async def answer() -> None:
            at_two = Caller(cluster.nodes[1], calls.person, calls.path.rsplit("/")[-1])
            for i in range(20):
                sent = await at_two.request("send", conversation=talk, key=f"a{i}", text="by node 2")
                self.assertFalse(sent["duplicate"])

        calls.node = cluster.nodes[2]
        writing = asyncio.gather(write(), answer())
        await calls.wait_for_entry(talk, 61)
        await writing
        self.assertEqual([entry["seq"] for entry in calls.entries(talk)], list(range(1, 62)))
        log = await self.whole_log(at_bob, talk)
        self.assertEqual([entry.get("text") for entry in calls.entries(talk)], [entry.get("text") for entry in log])

    async def test_what_is_not_acknowledged_comes_again_from_whatever_node(self):
        calls, at_bob, talk = await self.pair()
        await self.until_quiet(calls)
        for i in range(3):
            await at_bob.request("send", conversation=talk, key=f"k{i}", text="hello")
        given: dict = {"events": []}
        deadline = time.monotonic() + 20
        while sum(each["ev"] == "entry" for each in given["events"]) < 3:
            self.assertLess(time.monotonic(), deadline)
            calls.node = cluster.nodes[2]
            given = (await calls.fetch(wait=5))[1]
        for node in cluster.nodes:
            calls.node = node
            self.assertEqual((await calls.fetch())[1]["events"][: len(given["events"])], given["events"])
        await calls.wait_for_entry(talk, 4)
        self.assertEqual([entry["seq"] for entry in calls.entries(talk)], [1, 2, 3, 4])

    async def test_a_call_that_waits_is_woken_at_once(self):
        calls, at_bob, talk = await self.pair()
        calls.node = cluster.nodes[2]
        waits = []
        for i in range(20):
            await self.until_quiet(calls)
            waiting = asyncio.create_task(calls.poll(wait=25))
            await at_bob.request("send", conversation=talk, key=f"k{i}", text="hello")
            said = time.monotonic()
            await waiting
            waits.append(time.monotonic() - said)
        # A slow moment of the machine may spoil some, a timer would spoil all.
        self.assertLess(sorted(waits)[len(waits) // 2], 0.15, waits)

    async def test_a_newer_call_at_another_node_ends_the_older(self):
        calls, at_bob, talk = await self.pair()
        await self.until_quiet(calls)
        query = f"wait=60&after={calls.next}"
        first = asyncio.create_task(self.status_at(cluster.nodes[1], calls, query))
        other = asyncio.create_task(self.status_at(cluster.nodes[2], calls, query))
        done, waiting = await asyncio.wait({first, other}, timeout=15, return_when=asyncio.FIRST_COMPLETED)
        self.assertEqual([len(done), len(waiting), done.pop().result()], [1, 1, 200])
        await at_bob.request("send", conversation=talk, key="k", text="hello")
        self.assertEqual(await asyncio.wait_for(waiting.pop(), 15), 200)

    async def test_large_bodies_come_whole_both_ways(self):
        calls, at_bob, talk = await self.pair()
        calls.node = cluster.nodes[1]
        text = "é" * 100_000
        for i in range(6):
            await calls.request("send", conversation=talk, key=f"k{i}", text=text)
        calls.node = cluster.nodes[2]
        pages = await calls.ops(*[("history", {"conversation": talk, "after": 1, "limit": 100})] * 12)
        for page in pages:
            texts = [entry["text"] for entry in page["d"]["entries"]]
            self.assertGreaterEqual(len(texts), 4)
            self.assertEqual(set(texts), {text})

    async def test_every_node_gives_the_same_answer(self):
        calls = await self.caller()

        def ask(node: ClusterNode, method: str, path: str, body: bytes | None, kind: str):
            request = urllib.request.Request(node.url + calls.path + path, body, method=method)
            request.add_header("Authorization", "Bearer " + calls.person.token)
            if body is not None:
                request.add_header("Content-type", kind)
            try:
                answer = urllib.request.urlopen(request, timeout=20)
            except urllib.error.HTTPError as refused:
                answer = refused
            with answer:
                return answer.status, dict(answer.headers), answer.read()

        too_many = b"[" + b",".join(b'{"id":1,"op":"ping"}' for _ in range(33)) + b"]"
        for method, path, body, kind, status in (
            ("GET", "/events?after=0", None, "", 200),
            ("GET", "/events?wait=61", None, "", 400),
            ("GET", "/events?after=100000", None, "", 400),
            ("POST", "/ops", b"[]", "application/json", 200),
            ("POST", "/ops", b'{"id":1,"op":"dance"}', "application/json", 200),
            ("POST", "/ops", b"{", "application/json", 400),
            ("POST", "/ops", b"{}", "text/plain", 415),
            ("POST", "/ops", too_many, "application/json", 413),
            ("POST", "/events", b"{}", "application/json", 405),
            ("GET", "/nothing", None, "", 404),
        ):
            answers = [await asyncio.to_thread(ask, node, method, path, body, kind) for node in cluster.nodes]
            self.assertEqual(answers[0][0], status, (method, path, answers[0]))
            self.assertEqual(answers[1], answers[0])
            self.assertEqual(answers[2], answers[0])

    async def test_a_session_is_nobody_elses_wherever_one_asks(self):
        calls = await self.caller()
        stranger = await self.person("stranger")
        other = await self.caller(stranger, 1)
        name, others = calls.path.rsplit("/")[-1], other.path.rsplit("/")[-1]
        self.assertNotEqual(name[:16], others[:16])
        unknown = await asyncio.to_thread(
            cluster.nodes[0].call, "GET", "/v1/sessions/" + "0" * 64 + "/events", None, stranger.token
        )
        self.assertEqual(unknown[0], 404)
        forged = ("0" * 48, name[:16] + "0" * 48, others[:16] + name[16:], name[:16], name + "0", name[16:])
        large = [{"id": i + 1, "op": "typing", "d": {"x": "y" * 10_000}} for i in range(10)]
        for node in cluster.nodes:
            for each, token in [(name, stranger.token), (name, "never-good"), *((f, calls.person.token) for f in forged)]:
                path = f"/v1/sessions/{each}"
                for method, call, body in (("GET", "/events", None), ("POST", "/ops", {"id": 1, "op": "ping"}),
                                           ("DELETE", "", None)):  # fmt: skip
                    given = await asyncio.to_thread(node.call, method, path + call, body, token)
                    self.assertEqual(given, unknown, (node.name, each, method))
            self.assertEqual((await asyncio.to_thread(node.call, "GET", calls.path + "/events"))[0], 401)
            for token in (stranger.token, "never-good"):
                try:
                    refused = (await asyncio.to_thread(node.call, "POST", calls.path + "/ops", large, token))[0]
                except OSError:
                    continue  # it was refused, and the connection ended, before all of it was sent
                self.assertEqual(refused, 404)
        self.assertIn("now", await calls.request("ping"))

    async def test_it_ends_from_anywhere(self):
        calls = await self.caller()
        calls.node = cluster.nodes[2]
        self.assertEqual((await calls.call("DELETE"))[0], 204)
        for node in cluster.nodes:
            self.assertEqual(await self.status_at(node, calls), 404)

    async def test_signing_out_ends_it_and_the_next_call_is_told_why(self):
        calls = await self.caller()
        calls.node = cluster.nodes[1]
        self.assertEqual(await calls.request("logout"), {})
        calls.node = cluster.nodes[2]
        self.assertEqual([(await calls.fetch())[0], (await calls.fetch())[0]], [401, 404])


class nodes_that_go(polling_test):
    async def asyncSetUp(self):
        await cluster.settled()

    async def waiting_at(self, node: ClusterNode, calls: Caller) -> asyncio.Task:
        """A call at this node that waits at the session's (or will within milliseconds)."""
        await self.until_quiet(calls)
        before = await self.forwarded(node)
        path = f"{calls.path}/events?wait=15&after={calls.next}"
        waiting = asyncio.create_task(asyncio.to_thread(node.call, "GET", path, None, calls.person.token))
        # Acknowledges what was never given, which ends nobody's wait.
        self.assertEqual(await self.status_at(node, calls, "after=1000000"), 400)
        self.assertGreater(await self.forwarded(node), before)
        return waiting

    async def forwarded(self, node: ClusterNode) -> int:
        text = (await asyncio.to_thread(node.call, "GET", "/metrics"))[1]
        lines = [line for line in text.splitlines() if line.startswith("parley_calls_forwarded_total{")]
        return sum(int(float(line.rsplit(" ", 1)[1])) for line in lines)

    async def gone_everywhere(self, calls: Caller, nodes: list[ClusterNode]) -> None:
        deadline = time.monotonic() + GONE_WITHIN_S
        for node in nodes:
            while True:
                began = time.monotonic()
                status = await self.status_at(node, calls)
                self.assertLess(time.monotonic() - began, ANSWERED_WITHIN_S)
                if status == 404:
                    break
                self.assertEqual(status, 503)
                self.assertLess(time.monotonic(), deadline)

    async def test_the_sessions_of_a_node_that_was_killed_are_gone(self):
        calls, owner = await self.caller(), cluster.nodes[0]
        waiting = await self.waiting_at(cluster.nodes[1], calls)
        owner.kill()
        killed = time.monotonic()
        status, _ = await waiting
        self.assertIn(status, (404, 503))
        self.assertLess(time.monotonic() - killed, ANSWERED_WITHIN_S)
        await self.gone_everywhere(calls, cluster.nodes[1:])
        # Its next life has none of them.
        await owner.start_async()
        await cluster.settled()
        await self.gone_everywhere(calls, cluster.nodes)
        self.assertIn("now", await (await self.caller(calls.person)).request("ping"))

    async def test_who_waits_for_a_node_that_freezes_is_answered(self):
        calls, owner = await self.caller(), cluster.nodes[0]
        waiting = await self.waiting_at(cluster.nodes[1], calls)
        owner.freeze()
        try:
            frozen = time.monotonic()
            status, refused = await waiting
            self.assertLess(time.monotonic() - frozen, ANSWERED_WITHIN_S)
            self.assertEqual((status, refused["error"]["code"]), (503, "unavailable"))
            self.assertGreater(refused["error"]["retry_after_ms"], 0)
            began = time.monotonic()
            self.assertIn(await self.status_at(cluster.nodes[2], calls, "wait=15&after=0"), (404, 503))
            self.assertLess(time.monotonic() - began, ANSWERED_WITHIN_S)
        finally:
            owner.thaw()
        await cluster.settled()
        deadline = time.monotonic() + GONE_WITHIN_S
        while (status := await self.status_at(cluster.nodes[1], calls)) == 503:
            self.assertLess(time.monotonic(), deadline)
        self.assertIn(status, (200, 404))

    async def test_a_node_that_drains_asks_to_reconnect(self):
        calls, owner = await self.caller(), cluster.nodes[0]
        waiting = await self.waiting_at(cluster.nodes[1], calls)
        await cluster.stop(owner)
        status, given = await waiting
        self.assertEqual(status, 200)
        self.assertIn("reconnect", [each["ev"] for each in given["events"]])
        await self.gone_everywhere(calls, cluster.nodes[1:])
        await owner.start_async()


if __name__ == "__main__":
    unittest.main(verbosity=2)
