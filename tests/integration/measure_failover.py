"""How long nobody is answered when a node of three is killed, frozen, or asked to stop. No test: prints figures.

    PARLEY_BINARY_DIR=… /usr/bin/python3 measure_failover.py kill 100
    PARLEY_BINARY_DIR=… /usr/bin/python3 measure_failover.py freeze 20
    PARLEY_BINARY_DIR=… /usr/bin/python3 measure_failover.py drain 20

One client at each of the other two nodes writes to ten groups that the victim owns, one text after the other in each; the
longest time between two acknowledgements of a group, from the blow on, is that blow's figure. Any refusal
and any lost connection of these clients is counted: they are on nodes that stay.
"""

import asyncio
import os
import statistics
import sys
import time

from support.client import Connection, Person, Refused, make_person
from support.cluster import Cluster, ClusterNode

GROUPS = 10
PROGRESS_WITHIN_S = 60.0


class Writer:
    """Writes to one group without pause."""

    def __init__(self, connection: Connection, group: str):
        self.connection = connection
        self.group = group
        self.times: list[float] = []
        self.errors: list[str] = []

    async def write(self) -> None:
        number = 0
        while True:
            number += 1
            while True:
                try:
                    answer = await self.connection.post("send", conversation=self.group, key=f"{number}", text="text")
                    await answer
                    break
                except Refused as refused:
                    self.errors.append(refused.code)
            self.times.append(time.monotonic())

    def pause_s(self, since: float) -> float:
        times = [since, *(at for at in self.times if at > since)]
        return max((later - earlier for earlier, later in zip(times, times[1:])), default=PROGRESS_WITHIN_S)


async def one_blow(cluster: Cluster, people: list[Person], victim: ClusterNode, blow: str) -> tuple[float, int]:
    others = [node for node in cluster.nodes if node is not victim]
    connections = [await Connection.of(node, person) for node, person in zip(others, people)]
    groups: list[str] = []
    while len(groups) < GROUPS:
        key = f"{time.monotonic_ns()}"
        asked = [await connections[0].post("create_group", key=f"{key}-{i}", name="Room", members=[people[1].id]) for i in range(30)]
        made = [(await each)["conversation"] for each in asked]
        holders = await asyncio.to_thread(cluster.holders)
        groups += [each for each in made if cluster.owned_by(each, holders) == victim.name]
    writers = [Writer(connections[i % 2], each) for i, each in enumerate(groups[:GROUPS])]
    tasks = [asyncio.create_task(each.write()) for each in writers]

    async def progress(further: int, since: float) -> None:
        deadline = time.monotonic() + PROGRESS_WITHIN_S
        while not all(sum(at > since for at in each.times) >= further for each in writers):
            assert time.monotonic() < deadline, f"no progress\n{cluster.log_ends()}"
            await asyncio.wait(tasks, timeout=0.01)

    await progress(3, 0.0)
    began = time.monotonic()
    if blow == "kill":
        victim.kill()
    elif blow == "freeze":
        victim.freeze()
    else:
        await cluster.stop(victim)
    # What was in flight is answered a moment later; five more are answered by the new owner.
    await cluster.until(lambda: victim.name not in cluster.holders().values(), "its locks are gone")
    await progress(5, time.monotonic())
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    lost = sum(each.reader.done() for each in connections)
    for each in connections:
        await each.close()
    if blow == "freeze":
        victim.thaw()
    else:
        await victim.start_async()
    await cluster.settled()
    return max(each.pause_s(began) for each in writers), lost + sum(len(each.errors) for each in writers)


async def measure(blow: str, times: int) -> None:
    cluster = Cluster(3)
    try:
        await cluster.start()
        people = [await asyncio.to_thread(make_person, cluster.nodes[0], f"person-{i}") for i in range(2)]
        figures, errors = [], 0
        for i in range(times):
            pause, wrong = await one_blow(cluster, people, cluster.nodes[i % 3], blow)
            figures.append(pause * 1000)
            errors += wrong
            print(f"{i + 1}: {pause * 1000:.0f} ms", file=sys.stderr, flush=True)
        figures.sort()
        at = lambda share: figures[min(len(figures) - 1, int(share * len(figures)))]  # noqa: E731
        print(
            f"{blow}, {times} times, {os.cpu_count()} cores: acknowledging again after {statistics.median(figures):.0f} ms "
            f"(median), {at(0.99):.0f} ms (p99), {figures[-1]:.0f} ms (worst); {errors} errors"
        )
    finally:
        cluster.remove()


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("kill", "freeze", "drain"):
        sys.exit(__doc__)
    asyncio.run(measure(sys.argv[1], int(sys.argv[2])))
