"""Lines between nodes, and between a node and PostgreSQL, are cut: who goes on, who gives way, and what clients see.

Each node is on a network of its own, which takes root (label `slow`).
"""

import asyncio
import time
import unittest

from support.client import Connection, make_person
from support.cluster import Cluster, ClusterNode
from support.cluster_load import Loads
from support.cluster_network import ClusterNetwork

# Five beats of a second, and time-outs of TCP of five seconds; a busy machine may take longer.
OUTCOME_WITHIN_S = 40.0
FAILS_ABOVE_S = 60.0
network: ClusterNetwork
cluster: Cluster


def setUpModule():
    global network, cluster
    network = ClusterNetwork(3)
    try:
        cluster = network.cluster("--limits.request_timeout=5s")
        try:
            asyncio.run(cluster.start())
        except BaseException:
            cluster.remove()
            raise
    except BaseException:
        network.remove()
        raise


def tearDownModule():
    cluster.remove()
    network.remove()


class a_node_that_is_cut_off(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        asyncio.get_running_loop().slow_callback_duration = FAILS_ABOVE_S
        await cluster.settled()
        self.loads = Loads(cluster)
        self.addAsyncCleanup(self.loads.stop)
        await self.loads.begin()

    def not_ready(self, node: ClusterNode) -> str:
        status, answer = node.call("GET", "/readyz")
        return "" if status == 200 else str(answer)

    async def outcome(self, victim: ClusterNode, word: str) -> None:
        """Others hold its shards, it says why it is not ready, and clients were asked to leave it."""
        person = await asyncio.to_thread(make_person, cluster.nodes[1], f"client-{time.monotonic_ns()}")
        client = await Connection.of(victim, person)
        self.addAsyncCleanup(client.close)
        with self.cut(victim):
            began = time.monotonic()
            await cluster.until(lambda: victim.name not in cluster.holders().values(), "others hold its shards", OUTCOME_WITHIN_S)
            lost = time.monotonic() - began
            why = ""

            def says_why() -> bool:
                nonlocal why
                why = self.not_ready(victim)
                return word in why

            await cluster.until(says_why, f"/readyz of {victim.name} says {word}", OUTCOME_WITHIN_S)
            await cluster.until(
                lambda: any(each["ev"] == "reconnect" for each in client.events), "clients are sent away", OUTCOME_WITHIN_S
            )
            print(f"no locks after {lost:.1f} s, clients sent away after {time.monotonic() - began:.1f} s: {why.strip()}")
            others = [node for node in cluster.nodes if node is not victim]
            await cluster.settled(others)
            victim.is_open = False  # as a balancer sees it, that asks /readyz
            await self.loads.progress(30)
        healed = time.monotonic()
        await cluster.settled()
        victim.is_open = True
        print(f"serves again {time.monotonic() - healed:.1f} s after the line was whole")
        await self.loads.progress(10)
        self.assertEqual(await self.loads.end(), [])

    async def test_from_its_peers_only_gives_way(self):
        self.cut = lambda victim: network.cut(victim, *(node for node in cluster.nodes if node is not victim))
        await self.outcome(cluster.nodes[2], "does not reach its peers")

    async def test_from_the_database_only_sends_its_clients_to_the_others(self):
        self.cut = network.cut_from_database
        await self.outcome(cluster.nodes[0], "database")

    async def test_from_one_peer_of_two_gives_way_or_the_other_does(self):
        first, second, third = cluster.nodes
        with network.cut(first, second):
            await cluster.until(
                lambda: sum(bool(self.not_ready(node)) for node in (first, second)) == 1, "one gives way", OUTCOME_WITHIN_S
            )
            gives_way, stays = (first, second) if self.not_ready(first) else (second, first)
            gives_way.is_open = False
            await cluster.settled([stays, third])
            await self.loads.progress(30)
            self.assertIn("secluded", gives_way.log())
        await cluster.settled()
        gives_way.is_open = True
        await self.loads.progress(10)
        self.assertEqual(await self.loads.end(), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
