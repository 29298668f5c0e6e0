"""What the tests of the protocol share: a node for the module, people, connections."""

import asyncio
import itertools
import unittest

from support.client import Connection, Person, make_person
from support.cluster import Cluster
from support.node import Node

numbers = itertools.count(1)


def start_node(*arguments: str) -> Node:
    """The module's node; `remove` it in tearDownModule."""
    node = Node(*arguments)
    try:
        node.start()
    except BaseException:
        node.remove()
        raise
    parley_test.node = node
    return node


def start_cluster(size: int, *arguments: str, **options) -> Cluster:
    """The module's cluster, whose first node is where people are made; `remove` it in tearDownModule."""
    cluster = Cluster(size, *arguments, **options)
    try:
        asyncio.run(cluster.start())
    except BaseException:
        cluster.remove()
        raise
    parley_test.node = cluster.nodes[0]
    return cluster


class parley_test(unittest.IsolatedAsyncioTestCase):
    """A test with people of its own, whose connections are closed at its end."""

    node: Node

    async def person(self, name: str = "person") -> Person:
        return await asyncio.to_thread(make_person, self.node, f"{name}-{next(numbers)}")

    async def connect(self, person: Person, **sync) -> Connection:
        connection = await Connection.of(self.node, person, sync or None)
        self.addAsyncCleanup(connection.close)
        return connection

    async def stranger(self, **options) -> Connection:
        connection = await Connection.open(self.node, **options)
        self.addAsyncCleanup(connection.close)
        return connection

    async def two(self) -> tuple[Person, Connection, Person, Connection, str]:
        """Two people with a direct conversation."""
        alice, bob = await self.person("alice"), await self.person("bob")
        at_alice, at_bob = await self.connect(alice), await self.connect(bob)
        conversation = (await at_alice.request("open_direct", user=bob.id))["conversation"]
        return alice, at_alice, bob, at_bob, conversation

    async def whole_log(self, connection: Connection, conversation: str, limit: int = 100) -> list[dict]:
        log: list[dict] = []
        more = True
        while more:
            page = await connection.request("history", conversation=conversation, after=len(log), limit=limit)
            self.assertLessEqual(len(page["entries"]), limit)
            log += page["entries"]
            more = page["more"]
        return log
