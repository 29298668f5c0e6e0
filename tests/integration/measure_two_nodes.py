"""What a delivery costs when the members of a group are spread over two nodes, and what passes between the nodes.

Not a test: `PARLEY_BINARY_DIR=build/release python3 tests/integration/measure_two_nodes.py [ROUNDS]` prints two tables.
A node alone and two nodes are measured in turn, each with `parley bench group` for ten seconds, and the processor time
of all nodes, which share one core, is what counts: at the same rate of messages, and as fast as answers come (where two nodes
have more stages, so that fewer messages share a commit and a write); then the bytes between the two nodes per message, by the
size of the group.
"""

import asyncio
import json
import re
import statistics
import subprocess
import sys

from support.cluster import Cluster
from support.node import program

SECONDS = 10
MEMBERS = 100
GROUPS = (10, 30, 100)
LOADS = (("rate", 500), ("rate", 2_000), ("outstanding", 8), ("outstanding", 64))
# As many threads of actors as a node on one core has, in both cases; the generator has the other core.
NODES_ON = ["taskset", "--cpu-list", "0"]
GENERATOR_ON = ["taskset", "--cpu-list", "1"]


def bench(cluster: Cluster, load: tuple[str, int] = ("outstanding", 8), members: int = MEMBERS) -> dict:
    where = [each for node in cluster.nodes for each in ("--url", node.url, "--data", str(node.data))]
    command = [*GENERATOR_ON, program("parley"), "bench", "group", "--json", "--members", str(members), "--seconds", str(SECONDS)]
    done = subprocess.run([*command, f"--{load[0]}={load[1]}", *where], capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        raise RuntimeError(done.stdout + done.stderr)
    return json.loads(done.stdout)


def bytes_between(cluster: Cluster) -> int:
    """Sent over the links by all nodes so far."""
    total = 0
    for node in cluster.nodes:
        _, text = node.call("GET", "/metrics")
        total += sum(int(float(each)) for each in re.findall(r'^parley_link_bytes_total\{direction="sent"\} (\S+)$', text, re.M))
    return total


def processor_us(figures: dict) -> float:
    return figures["cpu"]["node_us_per_delivery"]


def main(rounds: int) -> None:
    alone, pair = Cluster(1), Cluster(2)
    try:
        for node in (*alone.nodes, *pair.nodes):
            node.prefix = NODES_ON
        asyncio.run(alone.start())
        asyncio.run(pair.start())
        print(f"{MEMBERS} members, nodes on one core, processor time of all nodes in us a delivery\n")
        print("| load | one node | two nodes | ratio, median of rounds |\n|---|---|---|---|")
        for load in LOADS:
            costs = [tuple(processor_us(bench(each, load)) for each in (alone, pair)) for _ in range(rounds)]
            one, two = (statistics.median(each) for each in zip(*costs))
            ratio = statistics.median(both / single for single, both in costs)
            print(f"| {load[0]} {load[1]} | {one:.2f} | {two:.2f} | {ratio:.2f} |", flush=True)
        print("\n| members over two nodes | bytes between the nodes a message |\n|---|---|")
        for members in GROUPS:
            before = bytes_between(pair)
            figures = bench(pair, members=members)
            print(f"| {members} | {(bytes_between(pair) - before) / figures['totals']['messages']:.0f} |", flush=True)
    finally:
        alone.remove()
        pair.remove()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
