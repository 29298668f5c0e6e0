"""Nodes of a cluster die, freeze, leave and come back under load: everybody goes on and has everything.

Three groups whose members are spread over three nodes write without pause; what they saw is checked at the end.
"""

import asyncio
import json
import time
import unittest

from support.client import Connection, Person, Refused, make_person
from support.cluster import Cluster, ClusterNode
from support.cluster_load import Loads
from support.command_line import Home
from support.load import LOST

GRACE_S = 2.0
# What the product promises for a release build; a busy machine may take longer, several times that is a defect.
AFTER_KILL_S, AFTER_FREEZE_S = 2.0, 8.0
SLACK = 3.0
BACK_WITHIN_S = 20.0
FAILS_ABOVE_S = 60.0
OFFLINE_WITHIN_S = 40.0
cluster: Cluster


def setUpModule():
    global cluster
    cluster = Cluster(3, f"--presence.grace={int(GRACE_S * 1000)}ms", "--limits.request_timeout=5s")
    try:
        asyncio.run(cluster.start())
    except BaseException:
        cluster.remove()
        raise


def tearDownModule():
    cluster.remove()


class cluster_case(unittest.IsolatedAsyncioTestCase):
    """Every test begins with three nodes that serve."""

    async def asyncSetUp(self):
        asyncio.get_running_loop().slow_callback_duration = FAILS_ABOVE_S
        for node in cluster.nodes:
            if node.is_frozen:
                node.kill()
            if not node.runs():
                await node.start_async()
        await cluster.settled()

    async def person(self, name: str) -> Person:
        person_name = f"{name}-{time.monotonic_ns()}"
        return await asyncio.to_thread(make_person, cluster.nodes[0], person_name)

    async def at(self, node: ClusterNode, person: Person, **sync) -> Connection:
        connection = await Connection.of(node, person, sync or None)
        self.addAsyncCleanup(connection.close)
        return connection

    async def group_owned_by(self, node: ClusterNode, at: Connection, *others: Person) -> str:
        for i in range(100):
            made = await at.request("create_group", key=f"g{i}", name="Room", members=[each.id for each in others])
            if cluster.owner_of(made["conversation"]) is node:
                return made["conversation"]
        raise AssertionError(f"{node.name} owns none of 100 groups")


class nodes_under_load(cluster_case):
    async def asyncSetUp(self):
        await super().asyncSetUp()
        self.loads = Loads(cluster)
        self.addAsyncCleanup(self.loads.stop)
        await self.loads.begin()

    async def check(self, began: float, what: str) -> None:
        self.assertEqual(await self.loads.end(), [])
        pause = self.loads.longest_pause_s(began)
        print(f"{what}: {self.loads.entries()} entries; the longest pause of a group {pause * 1000:.0f} ms")

    def owner(self) -> ClusterNode:
        return cluster.owner_of(self.loads.all[0].group)

    async def test_the_owner_of_a_conversation_is_killed(self):
        victim = self.owner()
        began = time.monotonic()
        victim.kill()
        await self.loads.progress(30)
        self.assertLess(self.loads.longest_pause_s(began), AFTER_KILL_S * SLACK)
        self.assertIsNot(self.owner(), victim)
        await cluster.settled()
        await victim.start_async()
        await cluster.settled()
        await self.loads.progress(20)
        await self.check(began, "killed")

    async def test_a_killed_node_is_back_under_its_name_within_a_second(self):
        began = time.monotonic()
        for victim in cluster.nodes:
            killed = time.monotonic()
            victim.kill()
            await victim.start_async()
            print(f"{victim.name} serves {time.monotonic() - killed:.1f} s after it was killed")
            await cluster.settled()
            await self.loads.progress(10)
        await self.check(began, "killed and started at once")

    async def test_a_frozen_node_loses_its_shards_and_writes_nothing_when_it_wakes(self):
        victim = self.owner()
        alice, bob = await self.person("alice"), await self.person("bob")
        at_victim = await self.at(victim, alice)
        elsewhere = await self.at(next(node for node in cluster.nodes if node is not victim), bob)
        group = await self.group_owned_by(victim, at_victim, bob)
        began = time.monotonic()
        victim.freeze()
        # It lies in the frozen node's socket until it wakes, when the group has another owner.
        late = await at_victim.post("send", conversation=group, key="late", text="from before the thaw")
        took = await cluster.until(lambda: victim.name not in cluster.holders().values(), "the frozen node's shards are lost")
        sent = await elsewhere.request("send", conversation=group, key="b", text="meanwhile")
        await self.loads.progress(20)
        await cluster.settled()
        print(f"frozen: no locks after {took:.1f} s")
        self.assertLess(self.loads.longest_pause_s(began), AFTER_FREEZE_S * SLACK)
        written = len(victim.log())
        victim.thaw()
        # Its clients go on where they are.
        answer = await asyncio.wait_for(late, BACK_WITHIN_S)
        self.assertEqual(answer["seq"], sent["seq"] + 1)
        await at_victim.wait_for_entry(group, answer["seq"])
        await elsewhere.wait_for_entry(group, answer["seq"])
        for each in (at_victim, elsewhere):
            seqs = [entry["seq"] for entry in each.entries(group)]
            self.assertEqual(seqs, list(range(seqs[0], answer["seq"] + 1)))
        await cluster.settled()
        self.assertIn("shards_lost", victim.log()[written:])
        await self.loads.progress(20)
        await self.check(began, "frozen")

    async def test_a_node_that_is_asked_to_stop_shows_nobody_an_error(self):
        began = time.monotonic()
        victim = self.owner()
        await cluster.stop(victim)
        print(f"stopped in {time.monotonic() - began:.1f} s")
        await cluster.settled()
        await self.loads.progress(20)
        self.assertEqual((self.loads.refused(), self.loads.lost()), ({}, []))
        await self.check(began, "stopped")

    async def test_a_rolling_restart_shows_nobody_an_error(self):
        began = time.monotonic()
        await cluster.restart_one_after_the_other()
        print(f"restarted three nodes in {time.monotonic() - began:.1f} s")
        await self.loads.progress(20)
        self.assertEqual((self.loads.refused(), self.loads.lost()), ({}, []))
        await self.check(began, "rolling restart")

    async def test_all_clients_reconnect_at_once(self):
        began = time.monotonic()
        for _ in range(5):
            self.loads.drop_all()
            await self.loads.progress(20)
        await self.check(began, "everybody reconnects")

    async def test_postgresql_ends_at_once_and_comes_back(self):
        began = time.monotonic()
        for _ in range(2):
            await cluster.restart_database()
            up = time.monotonic()
            await cluster.settled()
            print(f"settled {time.monotonic() - up:.1f} s after PostgreSQL was back")
            await self.loads.progress(20)
        self.assertTrue(all(node.runs() for node in cluster.nodes))
        await self.check(began, "PostgreSQL")


class a_replaced_history(cluster_case):
    """Whichever node is told, or notices it, everybody on every node begins anew."""

    async def everybody(self) -> tuple[list[Person], list[Connection], str]:
        people = [await self.person(f"person{i}") for i in range(3)]
        connections = [await self.at(node, person) for node, person in zip(cluster.nodes, people)]
        made = await connections[0].request("create_group", key="g", name="All", members=[p.id for p in people[1:]])
        for i in range(3):
            await connections[i].request("send", conversation=made["conversation"], key=f"k{i}", text="kept")
        return people, connections, made["conversation"]

    async def again(self, node: ClusterNode, person: Person, **sync) -> Connection:
        """Connects as soon as the node serves again, as clients do."""
        deadline = time.monotonic() + FAILS_ABOVE_S
        while True:
            try:
                return await self.at(node, person, **sync)
            except (Refused, *LOST) as problem:
                self.assertLess(time.monotonic(), deadline, f"{problem!r}")
                if isinstance(problem, Refused):
                    self.assertTrue(problem.error["temporary"], problem)

    async def begin_anew(self, people: list[Person], connections: list[Connection], group: str, head: int) -> None:
        old = connections[0].synced["epoch"]
        for connection in connections:
            self.assertEqual(await connection.close_code(), 1012)
        await cluster.settled()
        deadline = time.monotonic() + FAILS_ABOVE_S
        epochs = {old}
        while old in epochs or len(epochs) > 1:
            self.assertLess(time.monotonic(), deadline, f"{epochs}, before {old}\n{cluster.log_ends()}")
            back = [await self.again(node, each, have={group: 9}, epoch=old) for node, each in zip(cluster.nodes, people)]
            epochs = {connection.synced["epoch"] for connection in back}
        for connection in back:
            (mine,) = [each for each in connection.synced["conversations"] if each["id"] == group]
            self.assertEqual((mine["reset"], mine["head"]), (True, head))
        for i, connection in enumerate(back):
            sent = await connection.request("send", conversation=group, key=f"n{i}", text="since")
            self.assertEqual(sent["seq"], head + 1 + i)
        for connection in back:
            await connection.wait_for_entry(group, head + 3)

    async def test_is_told_to_one_node(self):
        people, connections, group = await self.everybody()
        token = next(path for node in cluster.nodes if (path := node.data / "operator.token").exists())
        home = Home(cluster.nodes[1], password=None)
        self.addCleanup(home.folder.cleanup)
        home.environment["PARLEY_OPERATOR_TOKEN"] = token.read_text(encoding="ascii").strip()
        done = await asyncio.to_thread(home.run, "restored", "--yes", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        await self.begin_anew(people, connections, group, head=4)
        self.assertIn("epoch", json.loads(done.stdout))

    async def test_comes_with_a_database_put_back_under_them(self):
        people, connections, group = await self.everybody()
        backup = await asyncio.to_thread(cluster.server.back_up)
        for i in range(2):
            await connections[0].request("send", conversation=group, key=f"l{i}", text="lost")
        await asyncio.to_thread(cluster.server.kill_all)
        await asyncio.to_thread(cluster.server.put_back, backup)
        cluster.server.spawn()
        await asyncio.to_thread(cluster.server.wait_until_up)
        await self.begin_anew(people, connections, group, head=4)


class a_node_that_dies(cluster_case):
    async def test_turns_its_users_offline_unless_they_are_back_elsewhere(self):
        victim, other, third = cluster.nodes
        gone, back, watcher = [await self.person(name) for name in ("gone", "back", "watcher")]
        await self.at(victim, gone)
        await self.at(victim, back)
        at_watcher = await self.at(third, watcher)
        for each in (gone, back):
            await at_watcher.request("open_direct", user=each.id)
        states = (await at_watcher.request("watch_presence", users=[gone.id, back.id]))["states"]
        self.assertTrue(all(each["online"] for each in states), states)
        killed = time.monotonic()
        victim.kill()
        await self.at(other, back)
        told = lambda events: [e["d"] for e in events if e["ev"] == "presence" and not e["d"]["online"]]  # noqa: E731

        async def offline():
            async with at_watcher.changed:
                await at_watcher.changed.wait_for(lambda: told(at_watcher.events))

        await asyncio.wait_for(offline(), OFFLINE_WITHIN_S)
        took = time.monotonic() - killed
        print(f"offline {took:.1f} s after the node was killed")
        self.assertGreater(took, GRACE_S)
        # Whoever would be told with it has been: the watched are asked for once more.
        states = (await at_watcher.request("watch_presence", users=[gone.id, back.id]))["states"]
        self.assertEqual({each["user"]: each["online"] for each in states}, {gone.id: False, back.id: True})
        self.assertEqual({each["user"] for each in told(at_watcher.events)}, {gone.id})


if __name__ == "__main__":
    unittest.main(verbosity=2)
