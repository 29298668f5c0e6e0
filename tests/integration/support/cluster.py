"""Several parleyd over one PostgreSQL: a cluster on this machine, whose nodes come, go, freeze and die."""

import asyncio
import signal
import time

from support.node import Node, select_nothing
from support.postgres import Server

SHARDS = 1024
SETTLED_WITHIN_S = 40.0
SHARE_MIN = 150  # of three nodes each holds a third, give or take what hashing does
WORD = (1 << 64) - 1
HOLDERS = (
    "select l.objid, a.application_name from pg_locks l join pg_stat_activity a using (pid) "
    "where l.locktype = 'advisory' and l.granted and a.application_name like 'parley % writer' and l.objsubid = 2"
)


def shard_of(number: str) -> int:
    """The shard of a conversation's or a user's id: splitmix64's finaliser, as everywhere in the cluster."""
    bits = (int(number) + 0x9E3779B97F4A7C15) & WORD
    bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & WORD
    bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & WORD
    return (bits ^ (bits >> 31)) % SHARDS


class ClusterNode(Node):
    """One node of a cluster. `is_open`: whether a balancer in front of the cluster would send clients here."""

    def __init__(self, name: str, storage_url: str, address: str, *arguments: str):
        where = (f"--cluster.address={address}", "--cluster.port=0") if address else ()
        super().__init__(f"--node.name={name}", f"--storage.url={storage_url}", *where, *arguments)
        self.name = name
        self.is_open = False
        self.is_frozen = False

    async def start_async(self) -> None:
        await super().start_async()
        self.is_open = True

    def kill(self) -> None:
        self.is_open = self.is_frozen = False
        super().kill()

    def stop(self) -> int:
        self.is_open = False
        return super().stop()

    def freeze(self) -> None:
        """Stops the process where it is: its connections stand, and nothing is answered."""
        self.is_frozen = True
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.is_frozen = False

    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def remove(self) -> None:
        if self.runs() and self.is_frozen:
            self.kill()
        super().remove()

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")


class Cluster:
    """`size` nodes and their PostgreSQL. `remove` ends all of it."""

    def __init__(self, size: int = 3, *arguments: str, addresses: list[str] | None = None, per_node=lambda name: (),
                 reached_at: str = ""):  # fmt: skip
        self.server = Server(max_connections="100", listen_addresses=reached_at)
        self.storage_url = self.server.url_at(reached_at)
        self.nodes: list[ClusterNode] = []
        self.add(size, *arguments, addresses=addresses, per_node=per_node)

    def add(self, size: int, *arguments: str, addresses: list[str] | None = None, per_node=lambda name: ()) -> None:
        """More nodes, not started yet."""
        for address in addresses or ["127.0.0.1"] * size:
            name = f"node-{len(self.nodes) + 1}"
            self.nodes.append(ClusterNode(name, self.storage_url, address, *arguments, *per_node(name)))

    async def start(self) -> None:
        """All at once; returns when every one serves and holds its share."""
        await asyncio.gather(*(node.start_async() for node in self.nodes))
        await self.settled()

    def remove(self) -> None:
        # Nobody is left to take what the last one gives away, and nobody needs it.
        for node in self.nodes:
            if node.runs():
                node.kill()
            node.remove()
        self.server.remove()

    def addresses(self) -> list[str]:
        """Where each node's peers reach it."""
        rows = self.server.sql("select name, address from nodes order by started_at", "parley").splitlines()
        newest = dict(row.split("|") for row in rows)
        return [newest[node.name] for node in self.nodes]

    def named(self, name: str) -> ClusterNode:
        return next(node for node in self.nodes if node.name == name)

    def holders(self) -> dict[int, str]:
        """The name of the node whose writer's backend holds the lock, by shard."""
        rows = (line.split("|") for line in self.server.sql(HOLDERS, "parley").splitlines())
        return {int(shard): writer.split(" ")[1] for shard, writer in rows}

    def owner_of(self, number: str) -> ClusterNode | None:
        name = self.owned_by(number, self.holders())
        return self.named(name) if name else None

    @staticmethod
    def owned_by(number: str, holders: dict[int, str]) -> str | None:
        """The name of the owner of a conversation or user, by what `holders` said."""
        return holders.get(shard_of(number))

    async def settled(self, nodes: list[ClusterNode] | None = None) -> None:
        """Waits until these (all that run) hold all shards, each its share, and say that they are ready."""
        wanted = nodes if nodes is not None else [node for node in self.nodes if node.runs() and not node.is_frozen]
        least = SHARE_MIN if len(wanted) <= 3 else 1

        def is_settled() -> bool:
            held = list(self.holders().values())
            shares = {name: held.count(name) for name in held}
            return (
                len(held) == SHARDS
                and shares.keys() == {node.name for node in wanted}
                and min(shares.values()) >= least
                and all(node.call("GET", "/readyz")[0] == 200 for node in wanted)
            )

        await self.until(is_settled, f"{[node.name for node in wanted]} hold all shards")

    async def until(self, condition, what: str, within_s: float = SETTLED_WITHIN_S) -> float:
        """Looks until `condition()` is true; how long that took."""
        began = time.monotonic()
        while not await asyncio.to_thread(condition):
            if time.monotonic() - began > within_s:
                raise AssertionError(f"{what}: not in {within_s} s\n{self.log_ends()}")
            await asyncio.to_thread(select_nothing, 0.02)
        return time.monotonic() - began

    def log_ends(self) -> str:
        return "\n".join(f"{node.name}:\n{node.log_end()}" for node in self.nodes if (node.folder / "log").exists())

    async def restart_database(self) -> None:
        """`pg_ctl stop -m immediate` and start."""
        await asyncio.to_thread(self.server.kill_all)
        self.server.spawn()  # in this thread: it ends with the thread that started it
        await asyncio.to_thread(self.server.wait_until_up)

    async def stop(self, node: ClusterNode) -> None:
        """SIGTERM, and waits for the end; raises unless that is 0."""
        code = await asyncio.to_thread(node.stop)
        if code != 0:
            raise AssertionError(f"{node.name} ended with {code}\n{node.log_end()}")

    async def restart_one_after_the_other(self) -> None:
        """A rolling restart, as an operator does it: the next one when this one serves again."""
        for node in self.nodes:
            await self.stop(node)
            await node.start_async()
            await self.settled()
