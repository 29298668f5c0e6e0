"""What watching costs: instructions of a node per delivery at each level of inspection, by callgrind.

Not a test: `PARLEY_BINARY_DIR=build/release python3 tests/integration/measure_inspection.py [WAY…]` prints a table; a way is
a level (`kinds`, `counts`, `edges`) or a share of requests that are traced (`0.01`). A
node runs under valgrind, a group of 100 talks by `parley bench group`, and while it does, the instructions of all of the
node's threads are counted over some ten thousand deliveries. Simulated, so that two runs differ by how the node's batches
fall and by nothing of the machine. `PARLEY_BASE_DIR` names another build, to be measured as it is.
"""

import os
import pathlib
import re
import statistics
import subprocess
import sys

from support.node import Node, program, select_nothing

LEVELS = ("kinds", "counts", "edges")
BASE = "base"  # another build
TOKEN = "0123456789abcdef-operator"
MEMBERS = 100
ROUNDS = int(os.environ.get("ROUNDS", "3"))  # of each level, in turn
WINDOW_S = 40
# So few a second that each message has a commit and a write of its own: else how many share one decides the figure.
RATE = 25
GENERATOR_ON = ["taskset", "--cpu-list", "1"]
CALLGRIND = ["valgrind", "--tool=callgrind", "--instr-atstart=no", "--collect-atstart=yes", "--callgrind-out-file=callgrind.%p"]


def deliveries(node: Node) -> int:
    _, text = node.call("GET", "/metrics")
    return sum(int(float(each)) for each in re.findall(r"^parley_deliveries_total\{.*\} (\S+)$", text, re.M))


def wait_for_deliveries(node: Node, count: int) -> int:
    while (now := deliveries(node)) < count:
        select_nothing(0.2)
    return now


def control(node: Node, *arguments: str) -> None:
    subprocess.run(["callgrind_control", *arguments, str(node.process.pid)], check=True, capture_output=True, cwd=node.folder)


def instructions(node: Node) -> int:
    """Of all dumps of the node."""
    total = 0
    for file in pathlib.Path(node.folder).glob("callgrind.*"):
        for line in file.read_text(errors="replace").splitlines():
            found = re.match(r"(?:summary|totals): (\d+)", line)
            if found and line.startswith("totals"):
                total += int(found.group(1))
    return total


def measure(way: str) -> float:
    """Instructions a delivery."""
    level = way if way in LEVELS else "kinds"
    here = os.environ["PARLEY_BINARY_DIR"]
    if way == BASE:
        os.environ["PARLEY_BINARY_DIR"] = os.environ["PARLEY_BASE_DIR"]
    node = Node("--threads.actors=1", f"--inspection.level={level}", f"--operator.token={TOKEN}")
    node.prefix = [*CALLGRIND[:-1], f"--callgrind-out-file={node.folder}/callgrind.%p"]
    load = None
    try:
        node.start()
        os.environ["PARLEY_BINARY_DIR"] = here
        if way != BASE and level != way:
            bearer = {"Authorization": f"Bearer {TOKEN}"}
            status, said = node.call("POST", "/v1/operator/traces/sampling", {"sample": float(way), "for_s": 600}, headers=bearer)
            assert status == 200, said
        command = [*GENERATOR_ON, program("parley"), "bench", "group", "--members", str(MEMBERS), "--rate", str(RATE), "--seconds", "600"]
        load = subprocess.Popen([*command, "--url", node.url], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for_deliveries(node, 4 * MEMBERS)
        # Asked before and after, since asking costs as much as hundreds of deliveries.
        began = [deliveries(node)]
        control(node, "-i", "on")
        began.append(deliveries(node))
        select_nothing(WINDOW_S)
        ended = [deliveries(node)]
        control(node, "-i", "off")
        ended.append(deliveries(node))
        load.kill()
        load.wait()
        control(node, "-d")
        node.kill()
        return instructions(node) / (statistics.mean(ended) - statistics.mean(began))
    finally:
        os.environ["PARLEY_BINARY_DIR"] = here
        if load and load.poll() is None:
            load.kill()
            load.wait()
        node.remove()


def main(ways: list[str]) -> None:
    print(f"{MEMBERS} members, {ROUNDS} rounds\n\n| way | instructions a delivery | more than the first |\n|---|---|---|")
    costs: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way in ways:
            costs[way].append(measure(way))
    least = statistics.median(costs[ways[0]])
    for way, all_of in costs.items():
        cost = statistics.median(all_of)
        print(f"| {way} | {cost:,.0f} ({min(all_of):,.0f}…{max(all_of):,.0f}) | {100 * (cost / least - 1):+.1f} % |")


if __name__ == "__main__":
    main([*([BASE] if "PARLEY_BASE_DIR" in os.environ else []), *(sys.argv[1:] or LEVELS)])
