"""A node that stops, and a crowd that comes back."""

import asyncio
import os
import random
import time
import unittest

from support.client import Connection, make_person
from support.crowd import Ended, Socket, all_at_once, come_in, hears
from support.node import Node
from support.polling import Caller
from support.postgres import Server

FULL = os.environ.get("PARLEY_FULL") == "1"
CROWD = 10_000 if FULL else 300
BACK_WITHIN_S = 60.0
PEOPLE = 20


class stopping(unittest.IsolatedAsyncioTestCase):
    def start(self, *arguments: str) -> Node:
        node = Node(*arguments)
        self.addCleanup(node.remove)
        node.start()
        return node

    async def asked_to_stop(self, node: Node) -> int:
        return await asyncio.to_thread(node.stop)

    async def test_answers_what_it_read_asks_everybody_to_come_back_and_exits_with_0(self):
        node = self.start()
        alice, bob, carol = (make_person(node, name) for name in ("alice", "bob", "carol"))
        at_alice = await Connection.of(node, alice)
        self.addAsyncCleanup(at_alice.close)
        calls = await Caller.of(node, carol)
        await calls.poll()
        talk = (await at_alice.request("open_direct", user=bob.id))["conversation"]
        stranger = await Connection.open(node)
        self.addAsyncCleanup(stranger.close)
        waiting = asyncio.create_task(calls.fetch(wait=25))
        await calls.request("ping")

        sent = [await at_alice.post("send", conversation=talk, key=f"k{i}", text=str(i)) for i in range(20)]
        await sent[0]
        began = time.monotonic()
        exit_code = await self.asked_to_stop(node)
        took = time.monotonic() - began
        self.assertEqual(exit_code, 0)
        self.assertLess(took, 10.0)

        told = [event["d"]["retry_after_ms"] for event in at_alice.events if event["ev"] == "reconnect"]
        self.assertEqual(told, [5_000])
        self.assertEqual(await at_alice.close_code(), 1012)
        self.assertEqual(await stranger.close_code(), 1012)
        status, answer = await waiting
        self.assertEqual((status, [event["ev"] for event in answer["events"]]), (200, ["reconnect"]))
        with self.assertRaises(OSError):
            node.call("GET", "/readyz")

        # What was answered is there, what was not is repeated with the same keys, and nothing is doubled.
        answered = [future.result()["seq"] for future in sent if not future.exception()]
        node.start()
        again = await Connection.of(node, alice)
        self.addAsyncCleanup(again.close)
        for i in range(20):
            await again.request("send", conversation=talk, key=f"k{i}", text=str(i))
        page = await again.request("history", conversation=talk)
        self.assertEqual([each["text"] for each in page["entries"][1:]], [str(i) for i in range(20)])
        self.assertEqual(answered, list(range(2, 2 + len(answered))))
        print(f"stopped in {took:.2f} s; {len(answered)} of 20 answered before the end")

    async def test_takes_nobody_new_while_it_waits_for_an_answer_and_ends_at_once_when_asked_twice(self):
        server = Server()
        self.addCleanup(server.remove)
        server.start()
        node = self.start(f"--storage.url={server.url}")
        alice = make_person(node, "alice")
        at_alice = await Connection.of(node, alice)
        self.addAsyncCleanup(at_alice.close)
        group = (await at_alice.request("create_group", key="g", name="Room", members=[]))["conversation"]
        server.freeze()
        await at_alice.post("send", conversation=group, key="a", text="is on its way")
        began = time.monotonic()
        node.ask_to_stop()
        await at_alice.wait_for(lambda events: any(each["ev"] == "reconnect" for each in events), "reconnect")
        with self.assertRaises(Ended):
            await Socket.open(node)
        self.assertIsNone(node.process.poll())
        node.ask_to_stop()
        self.assertEqual(await asyncio.to_thread(node.ended_within, 10), 1)
        self.assertLess(time.monotonic() - began, 5.0)


class crowd_that_drops(unittest.IsolatedAsyncioTestCase):
    """Thousands of connections end at once (a switch, a node) and come back by the protocol's rules."""

    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)  # thousands of connections are slow enough without

    async def test_is_back_without_a_hole(self):
        node = Node("--limits.devices=0", "--limits.admissions_per_second=500")
        self.addCleanup(node.remove)
        node.start()
        people = [await asyncio.to_thread(make_person, node, f"person-{i}") for i in range(PEOPLE)]
        writer = await Connection.of(node, people[0])
        members = [person.id for person in people[1:]]
        group = (await writer.request("create_group", key="g", name="All", members=members))["conversation"]
        head = 1

        async def say(key: str) -> None:
            nonlocal head
            head = (await writer.request("send", conversation=group, key=key, text=key))["seq"]

        await say("first")
        crowd = await all_at_once(
            (come_in(lambda: node, people[i % PEOPLE], group, 0, first=0.0) for i in range(CROWD)), at_a_time=500
        )
        self.assertEqual({have for _, have in crowd}, {head})

        for one, _ in crowd:
            one.abort()
        began = time.monotonic()
        had = head
        coming = asyncio.gather(
            *(
                come_in(lambda: node, people[i % PEOPLE], group, had, first=random.uniform(0, 5))
                for i in range(CROWD)
            )
        )
        for i in range(30):
            await say(f"meanwhile {i}")
            await asyncio.wait([coming], timeout=0.05)
        back = await coming
        took = time.monotonic() - began
        await say("last")
        await all_at_once(hears(one, have, head) for one, have in back)
        self.assertLess(took, BACK_WITHIN_S)
        print(f"{CROWD} connections dropped at once, all back in {took:.1f} s, each without a hole")
        for one, _ in back:
            one.abort()
        await writer.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
