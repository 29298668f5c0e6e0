"""kill -9 under load: nothing that was acknowledged is lost, doubled or out of order.

The seed decides after how many further acknowledgements the next blow falls. PARLEY_SEED is the first
seed, PARLEY_SEEDS how many runs of each test there are (one by default).
"""

import asyncio
import contextlib
import os
import pathlib
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


def postmasters(node: Node) -> list[int]:
    """None for a while after one was killed: the next one begins when the last backend has gone, which may still commit."""
    running = node.postmaster()
    return [running] if running else []


def backends(node: Node) -> list[int]:
    """The children of its PostgreSQL, if it runs."""
    children: list[int] = []
    for postmaster in postmasters(node):
        with contextlib.suppress(FileNotFoundError):
            children += map(int, pathlib.Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split())
    return children


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
                processes = backends if blow % 2 else postmasters
                await load.until(lambda: processes(load.node), "a PostgreSQL that runs")
                try:
                    os.kill(dice.choice(processes(load.node)), signal.SIGKILL)
                except (IndexError, ProcessLookupError):
                    continue
                await load.progress(20)
            self.assertIsNone(load.node.process.poll(), "the node survives its database")

        for seed in seeds():
            with self.subTest(seed=seed):
                await self.run_with(blows, seed)


if __name__ == "__main__":
    unittest.main(verbosity=2)
