"""Who is there, seen from another node, when a node is killed with all its people."""

import asyncio
import unittest

from support.case import parley_test, start_cluster
from support.client import Connection, Person
from support.cluster import Cluster

GRACE_S = 3.0
# Who has just taken a shard calls nobody offline for 15 s; and those who go with a node have 5 s between them.
OFFLINE_WITHIN_S = 15.0 + 5.0 + GRACE_S + 20.0
CROWD = 60
cluster: Cluster


def setUpModule():
    global cluster
    cluster = start_cluster(3, f"--presence.grace={int(GRACE_S * 1000)}ms")


def tearDownModule():
    cluster.remove()


class people_seen_from_another_node(parley_test):
    async def asyncSetUp(self):
        for node in cluster.nodes:
            if not node.runs():
                await node.start_async()
        await cluster.settled()

    async def at(self, node: int, person: Person) -> Connection:
        connection = await Connection.of(cluster.nodes[node], person)
        self.addAsyncCleanup(connection.close)
        return connection

    async def crowd_at(self, node: int) -> tuple[Connection, list[Person], list[Connection]]:
        """Somebody at the first node who watches a crowd at another, whose members all are there."""
        watcher = await self.person("watcher")
        people = [await self.person("crowd") for _ in range(CROWD)]
        at_watcher = await self.at(0, watcher)
        await at_watcher.request("create_group", key="g", name="All", members=[each.id for each in people])
        connections = [await self.at(node, each) for each in people]
        states = (await at_watcher.request("watch_presence", users=[each.id for each in people]))["states"]
        there = {state["user"] for state in states if state["online"]} | {
            user for user, online in self.told(at_watcher) if online
        }
        self.assertEqual(there, {each.id for each in people})
        at_watcher.events.clear()
        return at_watcher, people, connections

    def told(self, watcher: Connection) -> list[tuple[str, bool]]:
        return [(event["d"]["user"], event["d"]["online"]) for event in watcher.events if event["ev"] == "presence"]

    async def until_told_of(self, watcher: Connection, count: int) -> None:
        async with watcher.changed:
            await asyncio.wait_for(watcher.changed.wait_for(lambda: len(self.told(watcher)) >= count), OFFLINE_WITHIN_S)

    async def test_of_a_node_that_is_killed_only_those_are_away_who_do_not_come_back(self):
        at_watcher, people, _ = await self.crowd_at(2)
        await asyncio.to_thread(cluster.nodes[2].kill)
        back, away = people[: CROWD // 2], people[CROWD // 2 :]
        for person in back:
            await self.at(1, person)
        await self.until_told_of(at_watcher, len(away))
        self.assertEqual(sorted(self.told(at_watcher)), sorted((each.id, False) for each in away))
        # Everybody's shard is settled by now; nobody is told of any more.
        again = (await at_watcher.request("watch_presence", users=[each.id for each in people]))["states"]
        self.assertEqual({each["user"] for each in again if each["online"]}, {each.id for each in back})
        self.assertEqual(len(self.told(at_watcher)), len(away))


if __name__ == "__main__":
    unittest.main(verbosity=2)
