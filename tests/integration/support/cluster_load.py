"""The load of one group whose members are spread over the nodes of a cluster, as a balancer spreads clients."""

import asyncio
import itertools

from support.client import Connection
from support.cluster import Cluster, ClusterNode
from support.load import LOST, Load, Member, TimedConnection

CONNECT_WITHIN_S = 2.0
# A node that does not answer for so long is frozen or gone: clients go elsewhere.
PATIENCE_S = 4.0
numbers = itertools.count(1)


class ImpatientConnection(TimedConnection):
    """Gives a node up that does not answer, and goes without a word."""

    answer_within_s = PATIENCE_S

    async def close(self) -> None:
        self.socket.transport.abort()
        await self.reader


class SpreadMember(Member):
    """Connects to one node after the other, until one takes it."""

    load: "ClusterLoad"

    def __init__(self, load: "ClusterLoad", person):
        super().__init__(load, person)
        self.turn = len(load.members_made)
        load.members_made.append(self)
        self.connection: Connection | None = None
        self.node: ClusterNode | None = None

    async def _connect(self) -> Connection:
        last = None
        for node in self.load.open_nodes(self.turn):
            try:
                connection = await ImpatientConnection.open(node, open_timeout=CONNECT_WITHIN_S)
            except LOST as problem:
                last = problem
                continue
            connection.load = self.load
            self.connection, self.node = connection, node
            return connection
        raise ConnectionRefusedError(f"no node takes connections: {last!r}")

    async def _one_connection(self) -> None:
        self.turn += 1  # elsewhere than before
        await super()._one_connection()

    def drop(self) -> None:
        """The client's own network fails."""
        if self.connection:
            self.connection.socket.transport.abort()


class ClusterLoad(Load):
    """`node` is any node that runs."""

    patience_s = PATIENCE_S
    unanswered_max = 2
    member_type = SpreadMember

    def __init__(self, cluster: Cluster, name: str, clients: int = 3):
        self.cluster = cluster
        self.members_made: list[SpreadMember] = []
        super().__init__(cluster.nodes[0], name=name, clients=clients)

    @property
    def node(self) -> ClusterNode:
        return next(node for node in self.cluster.nodes if node.runs() and not node.is_frozen and node.is_open)

    @node.setter
    def node(self, _: ClusterNode) -> None:
        pass

    def open_nodes(self, turn: int) -> list[ClusterNode]:
        nodes = [node for node in self.cluster.nodes if node.is_open]
        return [nodes[(turn + i) % len(nodes)] for i in range(len(nodes))]

    def drop_all(self) -> None:
        for member in self.members_made:
            member.drop()


class Loads:
    """Several groups at once, so that every node owns some of what is written."""

    def __init__(self, cluster: Cluster, groups: int = 3, clients: int = 3):
        self.cluster = cluster
        self.all = [ClusterLoad(cluster, f"g{next(numbers)}", clients) for _ in range(groups)]

    async def begin(self) -> None:
        for load in self.all:
            await load.begin()
        await self.progress(5)

    async def progress(self, further: int) -> None:
        """Waits until each group has so many acknowledgements more."""
        await asyncio.gather(*(load.progress(further) for load in self.all))

    async def stop(self) -> None:
        await asyncio.gather(*(load.stop() for load in self.all))

    async def end(self) -> list[str]:
        """What is wrong with what all groups recorded."""
        found = await asyncio.gather(*(load.end() for load in self.all))
        return [f"{load.name}: {each}" for load, problems in zip(self.all, found) for each in problems]

    def drop_all(self) -> None:
        for load in self.all:
            load.drop_all()

    def refused(self) -> dict[str, int]:
        return {f"{load.name} {code}": len(times) for load in self.all for code, times in load.refused_at.items() if times}

    def lost(self) -> list[str]:
        return [each for load in self.all for each in load.lost]

    def entries(self) -> int:
        return sum(len(load.recording.log) for load in self.all)

    def longest_pause_s(self, since: float) -> float:
        """Of any group, between two acknowledgements after this moment."""
        pauses = [0.0]
        for load in self.all:
            times = [since, *(at for at in load.acknowledged_at if at > since)]
            pauses += [later - earlier for earlier, later in zip(times, times[1:])]
        return max(pauses)
