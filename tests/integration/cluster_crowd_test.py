"""A node dies under thousands of sessions, and all of them come to the nodes that are left."""

import asyncio
import collections
import itertools
import os
import random
import time
import unittest

from support.client import Connection, make_person
from support.cluster import Cluster
from support.crowd import all_at_once, come_in, hears

FULL = os.environ.get("PARLEY_FULL") == "1"
CROWD = 15_000 if FULL else 300
ADMISSIONS_PER_S = 250 if FULL else 15  # so few that everybody at once is too many
PEOPLE = 20
BACK_WITHIN_S = 300.0 if FULL else 60.0


class sessions_of_a_node_that_dies(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)  # thousands of connections are slow enough without
        limits = ("--limits.devices=0", f"--limits.admissions_per_second={ADMISSIONS_PER_S}")
        # Nobody may be seen as offline who comes back: the last ones wait longest.
        self.cluster = Cluster(3, *limits, f"--presence.grace={int(BACK_WITHIN_S)}s")
        self.addCleanup(self.cluster.remove)
        await self.cluster.start()

    async def test_come_back_elsewhere_at_a_bounded_rate_and_nobody_is_seen_to_go(self):
        doomed, *others = self.cluster.nodes
        people = [await asyncio.to_thread(make_person, doomed, f"person-{i}") for i in range(PEOPLE)]
        writer = await Connection.of(others[0], people[0])
        self.addAsyncCleanup(writer.close)
        members = [person.id for person in people[1:]]
        group = (await writer.request("create_group", key="g", name="All", members=members))["conversation"]
        await writer.request("watch_presence", users=members)
        head = (await writer.request("send", conversation=group, key="first", text="first"))["seq"]
        coming = (come_in(lambda: doomed, people[1 + i % (PEOPLE - 1)], group, 0, first=0.0) for i in range(CROWD))
        crowd = await all_at_once(coming, at_a_time=500)
        self.assertEqual({have for _, have in crowd}, {head})
        seen_before = len(writer.events)

        doomed.kill()
        began = time.monotonic()
        for one, _ in crowd:
            one.abort()
        admitted: collections.Counter[int] = collections.Counter()

        async def comes_back(i: int):
            person = people[1 + i % (PEOPLE - 1)]
            back = await come_in(lambda: random.choice(others), person, group, head, first=random.uniform(0, 5))
            admitted[int(time.monotonic() - began)] += 1
            one, have = back
            # From now on, since whoever does not answer pings while the others come is taken for dead.
            return one, asyncio.create_task(hears(one, have, head + 1, within_s=BACK_WITHIN_S))

        back = await asyncio.gather(*(comes_back(i) for i in range(CROWD)))
        took = time.monotonic() - began
        last = (await writer.request("send", conversation=group, key="last", text="last"))["seq"]
        self.assertEqual(last, head + 1)
        await asyncio.gather(*(hearing for _, hearing in back))
        self.assertLess(took, BACK_WITHIN_S)
        # Two nodes admit, and at once one second's worth each. We may see it late, so that many come in one of our
        # seconds, but never early: it is the sum that shows whether they kept to their rate.
        so_far = itertools.accumulate(admitted[second] for second in range(max(admitted) + 1))
        for second, sum_of_all in enumerate(so_far):
            self.assertLessEqual(sum_of_all, 2 * ADMISSIONS_PER_S * (second + 1 + 1), f"{second} s after the kill")
        gone = [e for e in writer.events[seen_before:] if e["ev"] == "presence" and not e["d"].get("online", True)]
        self.assertEqual(gone, [])
        print(
            f"{CROWD} sessions of a killed node: all back at the other two in {took:.1f} s, at most "
            f"{max(admitted.values())} in a second, each without a hole, nobody seen to go"
        )
        for one, _ in back:
            one.abort()


if __name__ == "__main__":
    unittest.main(verbosity=2)
