"""kill -9 under load: nothing that was acknowledged is lost, doubled or out of order.

The seed decides after how many further acknowledgements the next blow falls. PARLEY_SEED is the first
seed, PARLEY_SEEDS how many runs of each test there are (one by default).
"""

import asyncio
import os
import random
import signal
import unittest

from support.load import Load
from support.node import Node

NODE_KILLS = 20


def seeds() -> list[int]:
    first = int(os.environ.get("PARLEY_SEED", "1"))
    # A run takes half a minute: of the many seeds of a long run, one in fifty.
    runs = max(1, int(os.environ.get("PARLEY_SEEDS", "1")) // 50)
    return list(range(first, first + runs))


class a_node_under_load(unittest.IsolatedAsyncioTestCase):
    async def run_with(self, blows, seed: int) -> Load:
        node = Node()
        try:
            await node.start_async()
            load = Load(node)
            await load.begin()
            try:
                await blows(load, random.Random(seed))
                found = await load.end()
            finally:
                await load.stop()
            self.assertEqual(found, [], f"seed {seed}")
            print(f"seed {seed}: {len(load.recording.log)} entries, {len(load.recording.streams)} connections")
            return load
        finally:
            await asyncio.to_thread(node.remove)

    async def test_loses_nothing_acknowledged_when_it_is_killed(self):
        async def blows(load: Load, dice: random.Random) -> None:
            for _ in range(NODE_KILLS):
                await load.progress(dice.randint(5, 200))
                load.node_is_up.clear()
                load.node.kill()
                await load.node.start_async()
                load.node_is_up.set()
            await load.progress(100)

        for seed in seeds():
            with self.subTest(seed=seed):
                await self.run_with(blows, seed)

    async def test_loses_nothing_acknowledged_when_its_postgresql_is_killed(self):
        async def blows(load: Load, dice: random.Random) -> None:
            for blow in range(6):
                await load.progress(dice.randint(50, 200))
                victims = [load.node.postmaster()]
                if blow % 2:
                    children = f"/proc/{victims[0]}/task/{victims[0]}/children"
                    with open(children, encoding="ascii") as file:
                        victims = [int(pid) for pid in file.read().split()]
                    victims = [dice.choice(victims)]
                try:
                    os.kill(victims[0], signal.SIGKILL)
                except ProcessLookupError:
                    continue
                await load.progress(20)
            self.assertIsNone(load.node.process.poll(), "the node survives its database")

        for seed in seeds():
            with self.subTest(seed=seed):
                await self.run_with(blows, seed)


if __name__ == "__main__":
    unittest.main(verbosity=2)
