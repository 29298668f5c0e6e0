"""Nodes that stop in the middle of everything hold no memory that nobody can reach: LeakSanitizer looks as they end.

Only a build with AddressSanitizer sees it. Such a program ends with another code than 0 when something is left, and
says where it was allocated.
"""

import asyncio
import os
import signal
import unittest

from support.client import Connection, make_person
from support.cluster import Cluster
from support.polling import Caller

GROUP = 6
# LeakSanitizer looks through all memory before the program ends.
ENDED_WITHIN_S = 60.0


class nodes_that_stop(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.cluster = Cluster(2)
        self.addCleanup(self.cluster.remove)
        await self.cluster.start()
        self.first, self.second = self.cluster.nodes
        people = [make_person(self.first, f"person{i}") for i in range(GROUP)]
        self.people = people
        self.connections = []
        for i, person in enumerate(people[:-1]):
            connection = await Connection.of(self.cluster.nodes[i % 2], person)
            self.addAsyncCleanup(connection.close)
            self.connections.append(connection)
        self.caller = await Caller.of(self.second, people[-1])
        at = self.connections[0]
        made = await at.request("create_group", key="g", name="Six", members=[p.id for p in people[1:]])
        self.group = made["conversation"]
        self.direct = (await at.request("open_direct", user=people[1].id))["conversation"]

    async def use_everything(self) -> None:
        """Whatever a node keeps something for: requests, events, signals, searches, refusals, calls that wait."""
        for i, each in enumerate(self.connections):
            sent = await each.request("send", conversation=self.group, key=f"k{i}", text=f"text {i}" * 500)
            await each.request("read", conversation=self.group, seq=sent["seq"])
            await each.request("typing", conversation=self.group)
            await each.request("history", conversation=self.group)
            await each.request("search", text="text 0")
            await each.refusal("history", conversation="1")
        await self.connections[0].request("block", user=self.people[1].id)
        await self.caller.request("send", conversation=self.group, key="polled", text="by a call")
        for each in self.connections:
            await each.wait_for_entry(self.group, 2 + len(self.connections))

    async def test_leave_nothing_behind_while_everybody_is_in_the_middle_of_something(self):
        await self.use_everything()
        silent = await Connection.open(self.first)
        self.addAsyncCleanup(silent.close)
        waiting = asyncio.create_task(self.caller.fetch(wait=25))
        under_way = [
            await each.post("send", conversation=self.group, key=f"late{i}", text="late")
            for i in range(20)
            for each in self.connections
        ]
        for node in (self.second, self.first):
            node.process.send_signal(signal.SIGTERM)
        for node in (self.second, self.first):
            code = await asyncio.to_thread(node.ended_within, ENDED_WITHIN_S)
            self.assertEqual(code, 0, node.log_end())
            self.assertNotIn("Sanitizer", node.log())
        await asyncio.gather(waiting, *under_way, return_exceptions=True)

    async def test_leave_nothing_behind_after_a_peer_was_killed(self):
        await self.use_everything()
        self.second.kill()
        at = self.connections[0]
        await asyncio.wait_for(at.request("send", conversation=self.group, key="after", text="after"), 30)
        code = await asyncio.to_thread(self.first.stop)
        self.assertEqual(code, 0, self.first.log_end())


class the_programs(unittest.TestCase):
    def test_are_built_with_a_sanitizer_that_looks_for_leaks(self):
        # Else the tests above could not fail.
        with open(os.path.join(os.environ["PARLEY_BINARY_DIR"], "bin", "parleyd"), "rb") as program:
            self.assertTrue(b"__asan_init" in program.read(), "parleyd is not built with AddressSanitizer")


if __name__ == "__main__":
    unittest.main(verbosity=2)
