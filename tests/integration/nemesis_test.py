"""Three nodes and their PostgreSQL under a nemesis whose seed decides what breaks next.

Nothing acknowledged is lost, nothing doubled or out of order, and everybody has everything in the end
without anybody writing again. PARLEY_SEED is the first seed, PARLEY_SEEDS how many there are (one by
default). PARLEY_FULL=1, as root, puts each node on a network of its own, whose lines are cut as well, and
takes more and longer blows.
"""

import asyncio
import os
import random
import sys
import time
import unittest

from support.cluster import Cluster, ClusterNode
from support.cluster_load import Loads
from support.cluster_network import ClusterNetwork
from support.node import select_nothing

FULL = os.environ.get("PARLEY_FULL") == "1"
FIRST_SEED = int(os.environ.get("PARLEY_SEED", "1"))
# A run takes half a minute or more: of the many seeds of a long run, one in fifty.
SEEDS = max(1, int(os.environ.get("PARLEY_SEEDS", "1")) // 50)
BLOWS = 30 if FULL else 7
FROZEN_FOR_S = (1.0, 15.0) if FULL else (1.0, 7.0)
CUT_FOR_S = (0.5, 20.0)


class Nemesis:
    """Strikes at one node or at all; whatever it broke for a while is whole again when a blow is over."""

    def __init__(self, cluster: Cluster, loads: Loads, network: ClusterNetwork | None, dice: random.Random):
        self.cluster = cluster
        self.loads = loads
        self.network = network
        self.dice = dice
        self.story: list[str] = []

    async def strike(self) -> None:
        blows = [self.kill, self.kill, self.freeze, self.freeze, self.database, self.stop, self.rolling_restart,
                 self.reconnect, self.freeze_one_and_kill_another, self.kill_with_the_database]  # fmt: skip
        if self.network:
            blows += [self.cut_two_apart, self.cut_off_from_peers, self.cut_off_from_database] * 2
        blow = self.dice.choice(blows)
        victim, other = self.dice.sample(self.cluster.nodes, 2)
        began = time.monotonic()
        self.story.append(f"{blow.__name__} {victim.name} {other.name}")
        await blow(victim, other)
        self.story[-1] += f" ({time.monotonic() - began:.1f} s)"
        ended = [node.name for node in self.cluster.nodes if not node.runs()]
        assert not ended, f"{ended} ended by themselves\n{self.cluster.log_ends()}"
        await self.loads.progress(self.dice.randint(1, 15))

    async def kill(self, victim: ClusterNode, _: ClusterNode) -> None:
        victim.kill()
        if self.dice.random() < 0.5:
            await self.loads.progress(self.dice.randint(1, 20))
        await victim.start_async()

    async def freeze(self, victim: ClusterNode, _: ClusterNode) -> None:
        victim.freeze()
        await self.pause(*FROZEN_FOR_S)
        victim.thaw()

    async def database(self, *_: ClusterNode) -> None:
        await self.cluster.restart_database()

    async def stop(self, victim: ClusterNode, _: ClusterNode) -> None:
        await self.cluster.stop(victim)
        await victim.start_async()

    async def rolling_restart(self, *_: ClusterNode) -> None:
        for node in self.cluster.nodes:
            await self.stop(node, node)

    async def reconnect(self, *_: ClusterNode) -> None:
        self.loads.drop_all()

    async def freeze_one_and_kill_another(self, victim: ClusterNode, other: ClusterNode) -> None:
        victim.freeze()
        other.kill()
        await self.pause(*FROZEN_FOR_S)
        await other.start_async()
        victim.thaw()

    async def kill_with_the_database(self, victim: ClusterNode, _: ClusterNode) -> None:
        victim.kill()
        await self.cluster.restart_database()
        await victim.start_async()

    async def cut_two_apart(self, victim: ClusterNode, other: ClusterNode) -> None:
        with self.network.cut(victim, other):
            await self.pause(*CUT_FOR_S)

    async def cut_off_from_peers(self, victim: ClusterNode, _: ClusterNode) -> None:
        with self.network.cut(victim, *(node for node in self.cluster.nodes if node is not victim)):
            await self.pause(*CUT_FOR_S)

    async def cut_off_from_database(self, victim: ClusterNode, _: ClusterNode) -> None:
        with self.network.cut_from_database(victim):
            await self.pause(*CUT_FOR_S)

    async def pause(self, least_s: float, most_s: float) -> None:
        """How long something stays broken."""
        await asyncio.to_thread(select_nothing, self.dice.uniform(least_s, most_s))


class three_nodes_under_a_nemesis(unittest.IsolatedAsyncioTestCase):
    async def run_seed(self, seed: int) -> None:
        asyncio.get_running_loop().slow_callback_duration = 60  # making a server blocks on purpose
        dice = random.Random(seed)
        network = await asyncio.to_thread(ClusterNetwork, 3) if FULL else None
        try:
            cluster = network.cluster("--limits.request_timeout=5s") if network else Cluster(3, "--limits.request_timeout=5s")
            try:
                await cluster.start()
                await self.run_on(cluster, network, seed, dice)
            finally:
                await asyncio.to_thread(cluster.remove)
        finally:
            if network:
                await asyncio.to_thread(network.remove)

    async def run_on(self, cluster: Cluster, network: ClusterNetwork | None, seed: int, dice: random.Random) -> None:
        loads = Loads(cluster)
        nemesis = Nemesis(cluster, loads, network, dice)
        try:
            await loads.begin()
            for _ in range(BLOWS):
                await nemesis.strike()
            # Nobody writes any more; whoever lacks something must be shown it.
            found = await loads.end()
            await cluster.settled()
        except BaseException:
            print("\n".join(nemesis.story))
            raise
        finally:
            await loads.stop()
        story = "\n  ".join(nemesis.story)
        self.assertEqual(found, [], f"\n  {story}\n{cluster.log_ends()}")
        print(f"seed {seed}: {loads.entries()} entries, {len(loads.lost())} connections lost\n  {story}")

    async def test_keep_what_was_promised(self):
        for seed in range(FIRST_SEED, FIRST_SEED + SEEDS):
            with self.subTest(seed=seed):
                try:
                    await self.run_seed(seed)
                except BaseException:
                    full = "PARLEY_FULL=1 " if FULL else ""
                    print(f"again: {full}PARLEY_SEED={seed} {sys.executable} {os.path.basename(__file__)}")
                    raise


if __name__ == "__main__":
    unittest.main(verbosity=2)
