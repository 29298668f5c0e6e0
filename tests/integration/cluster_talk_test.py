"""People on three nodes talk as if it were one: what a client may rely on, whichever node it reached."""

import asyncio
import unittest

from support.case import parley_test, start_cluster
from support.client import Connection, Person
from support.cluster import Cluster
from support.polling import Caller

GRACE_S = 1.0
# Who has just taken a shard calls nobody offline for 15 s.
OFFLINE_WITHIN_S = 15.0 + GRACE_S + 15.0
LOGGED_OUT_WITHIN_S = 5.0
cluster: Cluster


def setUpModule():
    global cluster
    cluster = start_cluster(3, f"--presence.grace={int(GRACE_S * 1000)}ms")


def tearDownModule():
    cluster.remove()


class people_on_three_nodes(parley_test):
    async def at(self, node: int, person: Person, **sync) -> Connection:
        connection = await Connection.of(cluster.nodes[node], person, sync or None)
        self.addAsyncCleanup(connection.close)
        return connection

    async def pair(self) -> tuple[Person, Connection, Person, Connection, str]:
        """Two people on two nodes with a direct conversation that the third node owns."""
        while True:
            alice, bob = await self.person("alice"), await self.person("bob")
            at_alice, at_bob = await self.at(0, alice), await self.at(1, bob)
            talk = (await at_alice.request("open_direct", user=bob.id))["conversation"]
            if (await asyncio.to_thread(cluster.owner_of, talk)) is cluster.nodes[2]:
                return alice, at_alice, bob, at_bob, talk
            await at_alice.close()
            await at_bob.close()

    async def test_two_who_write_to_each_other_see_the_same_log(self):
        alice, at_alice, bob, at_bob, talk = await self.pair()
        for i in range(10):
            speaker = (at_alice, at_bob)[i % 2]
            sent = await speaker.request("send", conversation=talk, key=f"k{i}", text=f"text {i}")
            self.assertEqual((sent["seq"], sent["duplicate"]), (i + 2, False))
        await at_alice.request("edit", conversation=talk, key="e", target=2, text="changed")
        await at_bob.request("delete", conversation=talk, key="d", target=3)
        for each in (at_alice, at_bob):
            await each.wait_for_entry(talk, 13)
            seqs = [entry["seq"] for entry in each.entries(talk)]
            self.assertEqual(seqs, list(range(seqs[0], 14)))
        self.assertEqual([e["kind"] for e in at_bob.entries(talk)][-2:], ["edit", "delete"])
        # The same key again, by another node, adds nothing.
        elsewhere = await self.at(2, alice)
        again = await elsewhere.request("send", conversation=talk, key="k8", text="text 8")
        self.assertEqual((again["seq"], again["duplicate"]), (10, True))
        log = await self.whole_log(elsewhere, talk)
        self.assertEqual([e["seq"] for e in log], list(range(1, 14)))
        self.assertEqual((log[1]["text"], log[2].get("deleted")), ("changed", True))

    async def test_a_group_of_six_who_all_write_at_once_is_shown_one_order(self):
        people = [await self.person(f"six{i}") for i in range(6)]
        connections = [await self.at(i % 3, person) for i, person in enumerate(people)]
        group = (
            await connections[0].request("create_group", key="g", name="Six", members=[p.id for p in people[1:]])
        )["conversation"]

        async def write(connection: Connection) -> None:
            answers = [await connection.post("send", conversation=group, key=f"k{i}", text=f"{i}") for i in range(20)]
            seqs = [(await asyncio.wait_for(each, 20))["seq"] for each in answers]
            self.assertEqual(seqs, sorted(seqs))

        await asyncio.gather(*map(write, connections))
        newest = 1 + 6 * 20
        for each in connections:
            await each.wait_for_entry(group, newest)
        views = [each.entries(group) for each in connections]
        for view in views:
            self.assertEqual([entry["seq"] for entry in view], list(range(view[0]["seq"], newest + 1)))
            self.assertEqual(view, views[0][-len(view) :])

    async def test_who_is_added_and_removed_on_another_node_sees_just_that(self):
        alice, bob = await self.person("alice"), await self.person("bob")
        at_alice, at_bob = await self.at(0, alice), await self.at(2, bob)
        group = (await at_alice.request("create_group", key="g", name="Room", members=[]))["conversation"]
        self.assertEqual((await at_bob.refusal("send", conversation=group, key="k", text="x"))["code"], "not_found")
        await at_alice.request("add_member", conversation=group, key="a", user=bob.id)
        await at_bob.wait_for_entry(group, 2)
        mine = [e for e in at_bob.events if e["d"].get("conversation", e["d"].get("id")) == group]
        self.assertEqual([e["ev"] for e in mine][:2], ["conversation", "entry"])
        await at_bob.request("send", conversation=group, key="k", text="hello")
        await at_alice.wait_for_entry(group, 3)
        await at_alice.request("remove_member", conversation=group, key="r", user=bob.id)
        await at_bob.wait_for_entry(group, 4)
        self.assertEqual((await at_bob.refusal("send", conversation=group, key="l", text="x"))["code"], "not_found")
        await at_alice.request("send", conversation=group, key="m", text="alone")
        await at_alice.wait_for_entry(group, 5)
        self.assertEqual([e["seq"] for e in at_bob.entries(group)][-1], 4)

    async def test_reading_and_typing_are_told_to_the_other_node(self):
        alice, at_alice, bob, at_bob, talk = await self.pair()
        sent = await at_alice.request("send", conversation=talk, key="k", text="read me")
        await at_bob.wait_for_entry(talk, sent["seq"])
        await at_bob.request("read", conversation=talk, seq=sent["seq"])
        await at_alice.wait_for(
            lambda events: any(e["ev"] == "receipts" and e["d"]["read"].get(bob.id) == sent["seq"] for e in events), "receipt"
        )
        await at_bob.request("typing", conversation=talk)
        await at_alice.wait_for(
            lambda events: any(e["ev"] == "typing" and e["d"] == {"conversation": talk, "user": bob.id} for e in events),
            "typing",
        )

    async def test_signals_reach_every_device_on_every_node(self):
        alice, at_alice, bob, at_bob, _ = await self.pair()
        elsewhere = await self.at(2, bob)
        payload = {"sdp": "v=0", "n": 1}
        self.assertEqual((await at_alice.request("signal", user=bob.id, payload=payload))["devices"], 2)
        for each in (at_bob, elsewhere):
            await each.wait_for(
                lambda events: any(e["ev"] == "signal" and e["d"] == {"from": alice.id, "payload": payload} for e in events),
                "signal",
            )

    async def test_somebody_blocked_on_one_node_is_refused_on_another(self):
        alice, at_alice, bob, at_bob, talk = await self.pair()
        watched = await at_bob.request("watch_presence", users=[alice.id])
        self.assertTrue(watched["states"][0]["online"])
        await at_alice.request("block", user=bob.id)
        for op, d in (
            ("send", {"conversation": talk, "key": "k", "text": "x"}),
            ("signal", {"user": alice.id, "payload": 1}),
        ):
            self.assertEqual((await at_bob.refusal(op, **d))["code"], "forbidden", op)
        await at_bob.wait_for(
            lambda events: any(e["ev"] == "presence" and not e["d"]["online"] for e in events), "offline for the blocked"
        )
        await at_alice.request("unblock", user=bob.id)
        await at_bob.request("send", conversation=talk, key="k", text="again")
        await at_alice.wait_for_entry(talk, 2)

    async def test_whoever_blocked_somebody_hears_nothing_more_after_the_answer(self):
        alice, at_alice, bob, at_bob, talk = await self.pair()
        for i in range(20):
            await at_alice.request("block", user=bob.id)
            self.assertEqual((await at_bob.refusal("send", conversation=talk, key=f"b{i}", text="x"))["code"], "forbidden")
            await at_alice.request("unblock", user=bob.id)
            await at_bob.request("send", conversation=talk, key=f"u{i}", text="x")

    async def test_a_block_is_answered_when_the_conversations_owner_knows_of_it(self):
        alice, at_alice, bob, at_bob, talk = await self.pair()
        cluster.nodes[2].freeze()
        try:
            block = await at_alice.post("block", user=bob.id)
            listed = await at_alice.request("blocked")
            self.assertEqual(listed["users"], [bob.id], "it is stored")
            self.assertFalse(block.done(), "the owner stands still, and would take what Bob sends")
        finally:
            cluster.nodes[2].thaw()
        self.assertEqual(await block, {})
        self.assertEqual((await at_bob.refusal("send", conversation=talk, key="k", text="x"))["code"], "forbidden")

    async def test_presence_is_seen_from_another_node(self):
        alice, at_alice, bob, at_bob, _ = await self.pair()
        self.assertTrue((await at_alice.request("watch_presence", users=[bob.id]))["states"][0]["online"])
        await at_bob.close()

        def seen(online: bool):
            return lambda events: any(e["ev"] == "presence" and e["d"]["online"] is online for e in events)

        at_alice.answer_within_s = OFFLINE_WITHIN_S
        await asyncio.wait_for(self.eventually(at_alice, seen(False)), OFFLINE_WITHIN_S)
        at_alice.events.clear()
        await self.at(2, bob)
        await at_alice.wait_for(seen(True), "online again")

    async def eventually(self, connection: Connection, condition) -> None:
        async with connection.changed:
            await connection.changed.wait_for(lambda: condition(connection.events))

    async def test_a_token_revoked_on_one_node_is_worth_nothing_on_all(self):
        alice = await self.person("alice")
        connections = [await self.at(i, alice) for i in range(3)]
        await connections[0].request("logout")
        for each in connections:
            self.assertEqual(await asyncio.wait_for(each.close_code(), LOGGED_OUT_WITHIN_S), 4100)

    async def test_the_same_device_on_another_node_replaces_the_older_connection(self):
        alice = await self.person("alice")
        older = await self.stranger()
        await older.request("identify", token=alice.token, device="phone")
        newer = await Connection.open(cluster.nodes[1])
        self.addAsyncCleanup(newer.close)
        await newer.request("identify", token=alice.token, device="phone")
        self.assertEqual(await older.close_code(), 4409)
        await newer.request("ping")

    async def test_who_polls_one_node_talks_with_who_is_connected_to_another(self):
        alice, bob = await self.person("alice"), await self.person("bob")
        at_alice = await self.at(0, alice)
        caller = await Caller.of(cluster.nodes[1], bob)
        talk = (await at_alice.request("open_direct", user=bob.id))["conversation"]
        for i in range(3):
            await at_alice.request("send", conversation=talk, key=f"k{i}", text="hi")
        await caller.wait_for_entry(talk, 4)
        sent = await caller.request("send", conversation=talk, key="b", text="by polling")
        await at_alice.wait_for_entry(talk, sent["seq"])
        self.assertEqual([e["seq"] for e in caller.entries(talk)], list(range(1, 5)))

    async def test_a_search_finds_what_was_written_on_another_node(self):
        alice, at_alice, bob, at_bob, talk = await self.pair()
        await at_alice.request("send", conversation=talk, key="k", text="zebras graze")
        found: list[dict] = []
        deadline = asyncio.get_running_loop().time() + 20
        while not found:
            self.assertLess(asyncio.get_running_loop().time(), deadline)
            found = (await at_bob.request("search", text="graze"))["entries"]
        self.assertEqual((found[0]["conversation"], found[0]["text"]), (talk, "zebras graze"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
