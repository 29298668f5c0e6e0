"""Everything that people expect of chat beside sending, by python3-websockets against a real node."""

import asyncio
import unittest

from support.case import start_node
from support.client import Connection, Person
from support.node import Node
from support.people import keys, people_test

node: Node
NOWHERE = "4611686018427387905"
GRACE_S = 1


def setUpModule():
    global node
    node = start_node(f"--presence.grace={GRACE_S}s")


def tearDownModule():
    node.remove()


class edits(people_test):
    async def test_an_edit_replaces_the_text_and_stays_in_the_log(self):
        (_, member), (at_owner, at_member), talk = await self.group("member")
        seq = await self.say(at_member, talk, "first")
        done = await self.change(at_member, "edit", talk, target=seq, text="second")
        self.assertEqual((done["seq"], done["duplicate"]), (seq + 1, False))
        pushed = await at_owner.wait_for_entry(talk, seq + 1)
        self.assertEqual((pushed["kind"], pushed["target"], pushed["text"]), ("edit", seq, "second"))
        log = await self.whole_log(at_owner, talk)
        self.assertEqual((log[seq - 1]["text"], log[seq - 1]["edited"]), ("second", True))
        self.assertEqual(log[seq]["kind"], "edit")
        self.assertEqual(log[seq - 1]["sender"], member.id)

    async def test_a_deleted_text_is_nowhere_any_more(self):
        _, (at_owner, at_member), talk = await self.group("member")
        seq = await self.say(at_member, talk, "a secret")
        await self.change(at_member, "edit", talk, target=seq, text="a better secret")
        await self.change(at_owner, "delete", talk, target=seq)
        log = await self.whole_log(at_member, talk)
        self.assertTrue(log[seq - 1]["deleted"])
        self.assertNotIn("text", log[seq - 1])
        self.assertNotIn("secret", str(log))
        for op, d in (("edit", {"text": "again"}), ("delete", {})):
            self.assertEqual(await self.refused(at_member, op, talk, target=seq, **d), "conflict")

    async def test_who_may_edit_and_delete(self):
        _, (at_owner, at_member, at_other), talk = await self.group("member", "other")
        seq = await self.say(at_member, talk)
        for connection in (at_owner, at_other):
            self.assertEqual(await self.refused(connection, "edit", talk, target=seq, text="x"), "forbidden")
        self.assertEqual(await self.refused(at_other, "delete", talk, target=seq), "forbidden")
        for target in (1, seq + 100):
            self.assertEqual(await self.refused(at_member, "delete", talk, target=target), "bad_request")

    async def test_pipelined_edits_take_effect_in_order_and_once(self):
        _, (at_owner, at_member), talk = await self.group("member")
        posts = [await at_member.post("send", conversation=talk, key="m", text="0")]
        for i in range(1, 8):
            posts.append(await at_member.post("edit", conversation=talk, key=f"e{i}", target=2, text=str(i)))
        posts.append(await at_member.post("edit", conversation=talk, key="e3", target=2, text="3"))
        posts.append(await at_member.post("edit", conversation=talk, key="e3", target=2, text="other"))
        answers = await asyncio.gather(*posts, return_exceptions=True)
        self.assertEqual([each["seq"] for each in answers[:8]], list(range(2, 10)))
        self.assertEqual((answers[8]["seq"], answers[8]["duplicate"]), (5, True))
        self.assertEqual(answers[9].code, "conflict")
        log = await self.whole_log(at_owner, talk)
        self.assertEqual(log[1]["text"], "7")
        await at_owner.wait_for_entry(talk, 9)


class membership(people_test):
    async def test_members_come_and_go_and_see_from_join_to_leave(self):
        (_, member), (at_owner, at_member), talk = await self.group("member")
        await self.say(at_owner, talk, "before")
        late = await self.person("late")
        at_late = await self.connect(late)
        joined = await self.change(at_owner, "add_member", talk, user=late.id)
        described = await self.event(at_late, "conversation", lambda d: d["id"] == talk)
        self.assertEqual((described["member_count"], described["kind"]), (3, "group"))
        await at_late.wait_for_entry(talk, joined["seq"])
        self.assertEqual((await self.whole_log(at_late, talk))[1]["text"], "before")
        left = await self.change(at_owner, "remove_member", talk, user=late.id)
        entry = await at_late.wait_for_entry(talk, left["seq"])
        self.assertEqual((entry["kind"], entry["user"]), ("leave", late.id))
        await self.say(at_member, talk, "not for the late one")
        self.assertEqual((await at_late.refusal("history", conversation=talk))["code"], "not_found")
        again = await self.change(at_owner, "add_member", talk, user=late.id)
        await at_late.wait_for_entry(talk, again["seq"])
        seqs = [each["seq"] for each in at_late.entries(talk)]
        self.assertEqual(seqs, list(range(joined["seq"], again["seq"] + 1)))
        self.assertEqual(await self.refused(at_owner, "add_member", talk, user=member.id), "conflict")
        self.assertEqual(await self.refused(at_owner, "add_member", talk, user=NOWHERE), "not_found")

    async def test_roles_decide_who_may_do_what(self):
        people, (at_owner, at_admin, at_other, at_member), talk = await self.group("admin", "other", "member")
        owner, admin, other, member = people
        self.assertEqual(await self.refused(at_admin, "set_role", talk, user=admin.id, role="admin"), "forbidden")
        await self.change(at_owner, "set_role", talk, user=admin.id, role="admin")
        await self.change(at_owner, "set_role", talk, user=other.id, role="admin")
        stranger = await self.person("stranger")
        self.assertEqual(await self.refused(at_member, "add_member", talk, user=stranger.id), "forbidden")
        self.assertEqual(await self.refused(at_member, "rename", talk, name="Mine"), "forbidden")
        await self.change(at_admin, "add_member", talk, user=stranger.id)
        await self.change(at_admin, "rename", talk, name="Ours")
        for user in (owner, other):
            self.assertEqual(await self.refused(at_admin, "remove_member", talk, user=user.id), "forbidden")
        await self.change(at_admin, "remove_member", talk, user=stranger.id)
        self.assertEqual(await self.refused(at_owner, "set_role", talk, user=member.id, role="king"), "bad_request")
        self.assertEqual(await self.refused(at_owner, "set_role", talk, user=owner.id, role="member"), "conflict")
        self.assertEqual(await self.refused(at_admin, "remove_member", talk, user=admin.id), "bad_request")
        listed = (await at_member.request("members", conversation=talk))["members"]
        self.assertEqual({each["user"]: each["role"] for each in listed}[admin.id], "admin")
        synced = await at_member.request("sync")
        self.assertIn("Ours", [each.get("name") for each in synced["conversations"]])

    async def test_a_leaving_owner_is_followed_by_the_longest_standing(self):
        people, (at_owner, at_one, at_admin), talk = await self.group("one", "admin")
        await self.change(at_owner, "set_role", talk, user=people[2].id, role="admin")
        left = await self.change(at_owner, "leave", talk)
        leave = await at_one.wait_for_entry(talk, left["seq"])
        role = await at_one.wait_for_entry(talk, left["seq"] - 1)
        self.assertEqual((role["kind"], role["user"], role["role"]), ("role", people[2].id, "owner"))
        self.assertNotIn("key", role)
        self.assertEqual((role["sender"], leave["kind"], leave["user"]), (people[0].id, "leave", people[0].id))
        await at_owner.wait_for_entry(talk, left["seq"])
        await self.change(at_admin, "leave", talk)
        listed = (await at_one.request("members", conversation=talk))["members"]
        self.assertEqual([each["role"] for each in listed], ["owner"])
        await self.change(at_one, "leave", talk)
        self.assertEqual(await self.refused(at_one, "send", talk, text="anybody?"), "not_found")

    async def test_a_full_group_takes_nobody(self):
        _, at_alice, _, _, direct = await self.two()
        for op, d in (("add_member", {"user": NOWHERE}), ("leave", {}), ("rename", {"name": "x"})):
            self.assertEqual(await self.refused(at_alice, op, direct, **d), "forbidden", op)


class authorisation(people_test):
    """For every op a stranger gets, to the letter, what is answered for what does not exist."""

    OPS = {
        "history": {}, "members": {}, "read": {"seq": 1}, "typing": {},
        "send": {"key": "", "text": "x"}, "edit": {"key": "", "target": 2, "text": "x"},
        "delete": {"key": "", "target": 2}, "add_member": {"key": "", "user": NOWHERE},
        "remove_member": {"key": "", "user": NOWHERE}, "set_role": {"key": "", "user": NOWHERE, "role": "admin"},
        "leave": {"key": ""}, "rename": {"key": "", "name": "x"}, "search": {"text": "x"},
    }  # fmt: skip
    MISTAKES = {
        "history": {"limit": 0}, "members": {"cursor": 7}, "read": {"seq": -1}, "send": {"text": ""},
        "edit": {"target": "x"}, "delete": {"target": 0}, "rename": {"name": ""}, "set_role": {"role": "king"},
        "search": {"limit": 99},
    }  # fmt: skip

    def request_of(self, op: str, conversation: str, **changes) -> dict:
        d = {**self.OPS[op], "conversation": conversation, **changes}
        if d.get("key") == "":
            d["key"] = next(keys)
        return d

    async def assert_stranger(self, connection: Connection, conversation: str):
        for op in self.OPS:
            there = await connection.refusal(op, **self.request_of(op, conversation))
            nowhere = await connection.refusal(op, **self.request_of(op, NOWHERE))
            self.assertEqual(there, nowhere, op)
            self.assertEqual(there["code"], "not_found", op)
        for op, mistake in self.MISTAKES.items():
            there = await connection.refusal(op, **self.request_of(op, conversation, **mistake))
            nowhere = await connection.refusal(op, **self.request_of(op, NOWHERE, **mistake))
            self.assertEqual((there["code"], there), ("not_found", nowhere), op)

    async def test_a_stranger_learns_nothing(self):
        _, (at_owner, _), talk = await self.group("member")
        await self.say(at_owner, talk)
        await self.assert_stranger(await self.connect(await self.person("stranger")), talk)

    async def test_an_ex_member_learns_nothing_but_the_answer_to_a_repeated_key(self):
        (_, member), (at_owner, at_member), talk = await self.group("member")
        sent = await at_member.request("send", conversation=talk, key="mine", text="once")
        renamed = await self.change(at_owner, "rename", talk, name="New")
        await self.change(at_owner, "remove_member", talk, user=member.id)
        await self.assert_stranger(at_member, talk)
        again = await at_member.request("send", conversation=talk, key="mine", text="once")
        self.assertEqual(again, {**sent, "duplicate": True})
        self.assertEqual(await self.refused(at_member, "send", talk, key="mine", text="twice"), "conflict")
        self.assertLess(sent["seq"], renamed["seq"])


class reading_marks(people_test):
    async def test_receipts_reach_the_others_and_never_go_back(self):
        (owner, member), (at_owner, at_member), talk = await self.group("member")
        for _ in range(3):
            await self.say(at_owner, talk)
        seen = await self.connect(member)
        self.assertEqual((await at_member.request("read", conversation=talk, seq=3))["seq"], 3)
        for connection in (at_owner, seen):
            told = await self.event(connection, "receipts", lambda d: d["conversation"] == talk)
            self.assertEqual(told["read"], {member.id: 3})
        self.assertEqual((await at_member.request("read", conversation=talk, seq=2))["seq"], 3)
        self.assertEqual((await at_member.request("read", conversation=talk, seq=10**9))["seq"], 4)
        await self.event(at_owner, "receipts", lambda d: d["read"].get(member.id) == 4)
        view = next(c for c in (await at_member.request("sync"))["conversations"] if c["id"] == talk)
        self.assertEqual((view["read"], view["unread"], view["head"]), (4, 0, 4))

    async def test_unread_counts_messages_above_read(self):
        _, (at_owner, at_member), talk = await self.group("member")
        for _ in range(5):
            await self.say(at_owner, talk)
        await self.change(at_owner, "rename", talk, name="No message")
        await at_member.request("read", conversation=talk, seq=3)
        view = next(c for c in (await at_member.request("sync"))["conversations"] if c["id"] == talk)
        self.assertEqual(view["unread"], 3)
        mine = next(c for c in (await at_owner.request("sync"))["conversations"] if c["id"] == talk)
        self.assertEqual(mine["unread"], 0)

    async def test_typing_reaches_the_others_at_most_once_in_three_seconds(self):
        (owner, _), (at_owner, at_member), talk = await self.group("member")
        for _ in range(5):
            self.assertEqual(await at_owner.request("typing", conversation=talk), {})
        await self.event(at_member, "typing", lambda d: d == {"conversation": talk, "user": owner.id})
        seq = await self.say(at_owner, talk)
        await at_member.wait_for_entry(talk, seq)
        self.assertEqual(len([e for e in at_member.events if e["ev"] == "typing"]), 1)
        self.assertFalse([e for e in at_owner.events if e["ev"] == "typing"])


class presence(people_test):
    async def watch(self, connection: Connection, *people: Person) -> dict[str, bool]:
        reply = await connection.request("watch_presence", users=[each.id for each in people])
        return {each["user"]: each["online"] for each in reply["states"]}

    async def test_who_comes_and_goes_is_told_after_the_grace(self):
        alice, at_alice, bob, at_bob, _ = await self.two()
        self.assertEqual(await self.watch(at_alice, bob), {bob.id: True})
        await at_bob.close()
        gone = await self.event(at_alice, "presence", lambda d: d["user"] == bob.id)
        self.assertFalse(gone["online"])
        self.assertRegex(gone["last_seen"], r"^\d{4}-\d\d-\d\dT[\d:]+\.\d{3}Z$")
        await self.connect(bob)
        await self.event(at_alice, "presence", lambda d: d["user"] == bob.id and d["online"])

    async def test_a_short_absence_is_never_seen(self):
        alice, at_alice, bob, at_bob, _ = await self.two()
        await self.watch(at_alice, bob)
        await at_bob.close()
        at_bob = await self.connect(bob)
        carol = await self.person("carol")
        at_carol = await self.connect(carol)
        await at_carol.request("open_direct", user=alice.id)
        await self.watch(at_alice, carol)
        await at_carol.close()
        await self.event(at_alice, "presence", lambda d: d["user"] == carol.id and not d["online"])
        self.assertFalse([e for e in at_alice.events if e["ev"] == "presence" and e["d"]["user"] == bob.id])

    async def test_strangers_and_blocked_people_see_nobody(self):
        alice, at_alice, bob, at_bob, _ = await self.two()
        stranger = await self.connect(await self.person("stranger"))
        self.assertEqual(await self.watch(stranger, alice), {alice.id: False})
        self.assertEqual(await self.watch(at_bob, alice), {alice.id: True})
        await at_alice.request("block", user=bob.id)
        await self.event(at_bob, "presence", lambda d: d["user"] == alice.id and not d["online"])
        await at_alice.request("unblock", user=bob.id)
        await self.event(at_bob, "presence", lambda d: d["user"] == alice.id and d["online"])

    async def test_limits_of_watching(self):
        connection = await self.connect(await self.person())
        many = [str(number) for number in range(1, 502)]
        self.assertEqual((await connection.refusal("watch_presence", users=many))["code"], "too_large")
        for start in range(0, 2000, 500):
            users = [str(10**6 + start + i) for i in range(500)]
            await connection.request("watch_presence", users=users)
        self.assertEqual((await connection.refusal("watch_presence", users=["77"]))["code"], "too_large")
        await connection.request("unwatch_presence", users=[str(10**6)])
        await connection.request("watch_presence", users=["77"])


class devices(people_test):
    async def test_the_same_device_replaces_its_older_connection(self):
        person = await self.person()
        first = await self.stranger()
        await first.request("identify", token=person.token, device="phone")
        second = await self.stranger()
        await second.request("identify", token=person.token, device="phone")
        self.assertEqual(await first.close_code(), 4409)
        await second.request("ping")

    async def test_an_eleventh_device_closes_the_oldest(self):
        person = await self.person()
        connections = []
        for _ in range(11):
            connections.append(await self.stranger())
            await connections[-1].request("identify", token=person.token)
        self.assertEqual(await connections[0].close_code(), 4408)
        for connection in connections[1:]:
            await connection.request("ping")


class blocks_and_signals(people_test):
    async def test_who_is_blocked_may_not_write_and_the_blocker_may(self):
        alice, at_alice, bob, at_bob, talk = await self.two()
        sent = await at_bob.request("send", conversation=talk, key="before", text="hi")
        self.assertEqual(await at_alice.request("block", user=bob.id), {})
        self.assertEqual(await at_alice.request("blocked"), {"users": [bob.id]})
        self.assertEqual(await self.refused(at_bob, "send", talk, text="please"), "forbidden")
        self.assertEqual(await self.refused(at_bob, "edit", talk, target=sent["seq"], text="x"), "forbidden")
        self.assertEqual((await at_bob.refusal("open_direct", user=alice.id))["code"], "forbidden")
        self.assertEqual((await at_bob.refusal("signal", user=alice.id, payload=1))["code"], "forbidden")
        again = await at_bob.request("send", conversation=talk, key="before", text="hi")
        self.assertEqual(again, {**sent, "duplicate": True})
        await self.say(at_alice, talk)
        await at_alice.request("unblock", user=bob.id)
        self.assertEqual(await at_alice.request("blocked"), {"users": []})
        await self.say(at_bob, talk)

    async def test_a_block_from_before_the_conversation_counts(self):
        alice, bob = await self.person(), await self.person()
        at_alice, at_bob = await self.connect(alice), await self.connect(bob)
        await at_alice.request("block", user=bob.id)
        self.assertEqual((await at_bob.refusal("open_direct", user=alice.id))["code"], "forbidden")
        talk = (await at_alice.request("open_direct", user=bob.id))["conversation"]
        self.assertEqual(await self.refused(at_bob, "send", talk, text="hi"), "forbidden")
        self.assertEqual((await at_alice.refusal("block", user=NOWHERE))["code"], "not_found")
        self.assertEqual((await at_alice.refusal("block", user=alice.id))["code"], "bad_request")

    async def test_a_signal_reaches_all_devices_and_is_kept_nowhere(self):
        alice, at_alice, bob, at_bob, _ = await self.two()
        second = await self.connect(bob)
        payload = {"sdp": "v=0\r\n", "list": [1, 2.5, None, "ü"]}
        self.assertEqual(await at_alice.request("signal", user=bob.id, payload=payload), {"devices": 2})
        for connection in (at_bob, second):
            self.assertEqual(await self.event(connection, "signal"), {"from": alice.id, "payload": payload})
        stranger = await self.person()
        self.assertEqual((await at_alice.refusal("signal", user=stranger.id, payload=1))["code"], "not_found")
        big = await at_alice.refusal("signal", user=bob.id, payload="x" * 16_385)
        self.assertEqual(big["code"], "too_large")


if __name__ == "__main__":
    unittest.main(verbosity=2)
