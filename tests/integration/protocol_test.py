"""parley.v1 by python3-websockets against a real node with a real PostgreSQL."""

import asyncio
import json
import unittest

import websockets

from support.case import numbers, parley_test, start_node
from support.client import PASSWORD, Connection, Refused, sign_in
from support.node import Node

node: Node
NOWHERE = "4611686018427387905"
EMOJI = "\U0001f600"


def setUpModule():
    global node
    node = start_node()


def tearDownModule():
    node.remove()


class conversations(parley_test):
    async def test_two_people_talk_in_a_direct_conversation(self):
        alice, at_alice, bob, at_bob, conversation = await self.two()
        asked = await at_alice.request("send", conversation=conversation, key="k1", text="hello bob")
        self.assertEqual((asked["seq"], asked["duplicate"]), (2, False))
        answered = await at_bob.request("send", conversation=conversation, key="k1", text="hello alice")
        self.assertEqual(answered["seq"], 3)
        for connection in (at_alice, at_bob):
            await connection.wait_for_entry(conversation, 3)
            shown = connection.entries(conversation)
            self.assertEqual([each["seq"] for each in shown], [1, 2, 3])
            self.assertEqual(shown[0]["kind"], "create")
            self.assertEqual(sorted(shown[0]["members"]), sorted([alice.id, bob.id]))
            self.assertEqual([each["text"] for each in shown[1:]], ["hello bob", "hello alice"])
            self.assertEqual([each["sender"] for each in shown[1:]], [alice.id, bob.id])
            self.assertEqual(shown[1]["at"], asked["at"])

    async def test_a_conversation_is_announced_before_its_first_entry(self):
        _, _, _, at_bob, conversation = await self.two()
        await at_bob.wait_for_entry(conversation, 1)
        names = [(e["ev"], e["d"].get("conversation", e["d"].get("id"))) for e in at_bob.events]
        self.assertLess(names.index(("conversation", conversation)), names.index(("entry", conversation)))

    async def test_a_direct_conversation_is_the_same_whoever_opens_it(self):
        alice, at_alice, bob, at_bob, conversation = await self.two()
        again = await asyncio.gather(
            *(at_bob.request("open_direct", user=alice.id) for _ in range(5)),
            *(at_alice.request("open_direct", user=bob.id) for _ in range(5)),
        )
        self.assertEqual({each["conversation"] for each in again}, {conversation})

    async def test_a_group_hears_everybody_on_all_connections(self):
        people = [await self.person() for _ in range(3)]
        connections = [await self.connect(person) for person in people]
        second_device = await self.connect(people[0])
        made = await connections[0].request(
            "create_group", key="g", name="Friends", members=[person.id for person in people[1:]]
        )
        group = made["conversation"]
        self.assertFalse(made["duplicate"])
        for connection in connections:
            await connection.wait_for_entry(group, 1)
        await asyncio.gather(
            *(c.request("send", conversation=group, key=f"k{i}", text=f"from {i}") for i, c in enumerate(connections))
        )
        logs = []
        for connection in (*connections, second_device):
            await connection.wait_for_entry(group, 4)
            logs.append(connection.entries(group))
        self.assertEqual([each["seq"] for each in logs[0]], [1, 2, 3, 4])
        self.assertEqual(logs[0][0]["name"], "Friends")
        self.assertTrue(all(log == logs[0] for log in logs))
        again = await connections[0].request(
            "create_group", key="g", name="Friends", members=[people[2].id, people[1].id]
        )
        self.assertEqual(again, {"conversation": group, "duplicate": True})
        other = await connections[0].refusal("create_group", key="g", name="Others", members=[people[1].id])
        self.assertEqual(other["code"], "conflict")

    async def test_members_are_listed(self):
        alice, at_alice, bob, _, conversation = await self.two()
        listed = await at_alice.request("members", conversation=conversation)
        self.assertEqual({each["user"] for each in listed["members"]}, {alice.id, bob.id})
        self.assertEqual({each["name"] for each in listed["members"]}, {alice.name, bob.name})

    async def test_people_are_found_by_the_beginning_of_their_name(self):
        zoe = await self.person("zoe")
        connection = await self.connect(zoe)
        found = await connection.request("find_users", prefix=zoe.name[:4])
        self.assertIn({"id": zoe.id, "name": zoe.name}, found["users"])
        self.assertEqual((await connection.refusal("find_users", prefix="z"))["code"], "bad_request")


class texts(parley_test):
    async def test_a_hundred_thousand_emoji_arrive_byte_exact_and_one_more_is_too_large(self):
        _, at_alice, _, at_bob, conversation = await self.two()
        text = EMOJI * 100_000
        sent = await at_alice.request("send", conversation=conversation, key="long", text=text)
        shown = await at_bob.wait_for_entry(conversation, sent["seq"])
        self.assertEqual(shown["text"].encode(), text.encode())
        read = await at_bob.request("history", conversation=conversation, limit=1)
        self.assertEqual(read["entries"][0]["text"].encode(), text.encode())
        refused = await at_alice.refusal("send", conversation=conversation, key="longer", text=text + EMOJI)
        self.assertEqual((refused["code"], refused["temporary"]), ("too_large", False))
        log = await self.whole_log(at_alice, conversation)
        self.assertEqual([each["seq"] for each in log], [1, 2])

    async def test_texts_come_back_as_they_were(self):
        _, at_alice, _, at_bob, conversation = await self.two()
        odd = [" ", "\"\\/\b\f\n\r\t", "\u0001\u001f\u007f", "\u2028\u2029", "é", "e\u0301", "\ufeff", "\uffff", "👩‍👩‍👧"]
        for number, text in enumerate(odd):
            await at_alice.request("send", conversation=conversation, key=f"k{number}", text=text)
        await at_bob.wait_for_entry(conversation, 1 + len(odd))
        self.assertEqual([each["text"] for each in at_bob.entries(conversation)[1:]], odd)

    async def test_texts_that_cannot_be_are_refused_without_a_trace(self):
        _, at_alice, _, _, conversation = await self.two()
        for text in ("", "a\0b"):
            self.assertEqual(
                (await at_alice.refusal("send", conversation=conversation, key="k", text=text))["code"], "bad_request"
            )
        answer = await at_alice.post("ping")
        await answer
        lone = '{"id":4000000,"op":"send","d":{"conversation":"%s","key":"k","text":"\\ud800"}}' % conversation
        at_alice.replies[4_000_000] = asyncio.get_running_loop().create_future()
        await at_alice.socket.send(lone)
        with self.assertRaises(Refused) as refused:
            await asyncio.wait_for(at_alice.replies[4_000_000], 10)
        self.assertEqual(refused.exception.code, "bad_request")
        good = await at_alice.request("send", conversation=conversation, key="k", text="now")
        self.assertEqual((good["seq"], good["duplicate"]), (2, False))


class order_and_keys(parley_test):
    async def test_pipelined_sends_keep_their_order(self):
        _, at_alice, _, at_bob, conversation = await self.two()
        answers = [
            await at_alice.post("send", conversation=conversation, key=f"k{i}", text=f"text {i}") for i in range(32)
        ]
        acknowledged = await asyncio.wait_for(asyncio.gather(*answers), 20)
        self.assertEqual([each["seq"] for each in acknowledged], list(range(2, 34)))
        await at_bob.wait_for_entry(conversation, 33)
        self.assertEqual([each["text"] for each in at_bob.entries(conversation)[1:]], [f"text {i}" for i in range(32)])

    async def test_a_read_behind_a_send_sees_it(self):
        _, at_alice, _, _, conversation = await self.two()
        sent = await at_alice.post("send", conversation=conversation, key="k", text="first")
        read = await at_alice.post("history", conversation=conversation, limit=1)
        await sent
        self.assertEqual((await asyncio.wait_for(read, 10))["entries"][0]["text"], "first")

    async def test_a_key_used_twice_is_one_entry_also_at_once(self):
        _, at_alice, _, at_bob, conversation = await self.two()
        request = {"conversation": conversation, "key": "same", "text": "once"}
        answers = [await at_alice.post("send", **request) for _ in range(4)]
        answers = await asyncio.wait_for(asyncio.gather(*answers), 20)
        self.assertEqual({(each["seq"], each["at"]) for each in answers}, {(2, answers[0]["at"])})
        self.assertEqual([each["duplicate"] for each in answers], [False, True, True, True])
        conflict = await at_alice.refusal("send", conversation=conversation, key="same", text="other")
        self.assertEqual((conflict["code"], conflict["temporary"]), ("conflict", False))
        # A key belongs to its sender.
        bobs = await at_bob.request("send", conversation=conversation, key="same", text="mine")
        self.assertEqual((bobs["seq"], bobs["duplicate"]), (3, False))
        self.assertEqual(len(await self.whole_log(at_bob, conversation)), 3)

    async def test_a_key_is_remembered_across_a_restart(self):
        alice, at_alice, _, _, conversation = await self.two()
        first = await at_alice.request("send", conversation=conversation, key="same", text="once")
        self.assertEqual(await asyncio.to_thread(node.stop), 0)
        self.assertIn(await at_alice.close_code(), (1001, 1012))
        await node.start_async()
        again = await self.connect(alice)
        answer = await again.request("send", conversation=conversation, key="same", text="once")
        self.assertEqual(answer, {**first, "duplicate": True})
        conflict = await again.refusal("send", conversation=conversation, key="same", text="other")
        self.assertEqual(conflict["code"], "conflict")
        self.assertEqual([each["seq"] for each in await self.whole_log(again, conversation)], [1, 2])


class reading(parley_test):
    async def test_sync_answers_what_is_above_have(self):
        alice, at_alice, _, _, conversation = await self.two()
        for number in range(6):
            await at_alice.request("send", conversation=conversation, key=f"k{number}", text=str(number))
        epoch = at_alice.synced["epoch"]

        async def sync(**d) -> dict:
            connection = await self.connect(alice, **d)
            self.assertEqual(connection.synced["epoch"], epoch)
            return next(each for each in connection.synced["conversations"] if each["id"] == conversation)

        whole = await sync()
        self.assertEqual((whole["kind"], whole["head"], whole["member_count"]), ("direct", 7, 2))
        self.assertEqual([each["seq"] for each in whole["entries"]], [1, 2, 3, 4, 5, 6, 7])
        some = await sync(have={conversation: 5}, epoch=epoch)
        self.assertEqual([each["seq"] for each in some["entries"]], [6, 7])
        self.assertFalse(some.get("gap", False) or some.get("reset", False))
        gap = await sync(have={conversation: 2}, epoch=epoch, tail=3)
        self.assertEqual([each["seq"] for each in gap["entries"]], [5, 6, 7])
        self.assertTrue(gap["gap"])
        for wrong in ({"have": {conversation: 99}, "epoch": epoch}, {"have": {conversation: 5}, "epoch": "another"}):
            reset = await sync(**wrong)
            self.assertTrue(reset["reset"])
            self.assertEqual([each["seq"] for each in reset["entries"]], [1, 2, 3, 4, 5, 6, 7])

    async def test_history_goes_in_pages_both_ways(self):
        _, at_alice, _, _, conversation = await self.two()
        for number in range(24):
            await at_alice.request("send", conversation=conversation, key=f"k{number}", text=str(number))
        self.assertEqual([e["seq"] for e in await self.whole_log(at_alice, conversation, 7)], list(range(1, 26)))
        newest = await at_alice.request("history", conversation=conversation, limit=10)
        self.assertEqual(([e["seq"] for e in newest["entries"]], newest["more"]), (list(range(16, 26)), True))
        before = await at_alice.request("history", conversation=conversation, before=4, limit=10)
        self.assertEqual(([e["seq"] for e in before["entries"]], before["more"]), ([1, 2, 3], False))
        for wrong in ({"before": 4, "after": 2}, {"limit": 0}, {"limit": 101}):
            refused = await at_alice.refusal("history", conversation=conversation, **wrong)
            self.assertEqual(refused["code"], "bad_request", wrong)

    async def test_no_page_is_larger_than_1_mib_whatever_json_makes_of_the_texts(self):
        # Six bytes each on the wire, and two.
        texts = [char * 99_000 for char in "\x01\x1f\"\\\n\x02\x03\x04"]
        alice, at_alice, bob, _, talk = await self.two()
        for number, text in enumerate(texts):
            await at_alice.request("send", conversation=talk, key=f"k{number}", text=text)
        log = await self.whole_log(at_alice, talk)
        self.assertEqual([entry["text"] for entry in log[1:]], texts)
        # A client whose library closes with 1009 above that goes on as before.
        later = await self.connect(bob)
        (view,) = later.synced["conversations"]
        self.assertTrue(view["gap"])
        self.assertEqual(view["entries"][-1]["text"], texts[-1])

    async def test_a_stranger_is_told_to_the_letter_what_is_told_of_what_does_not_exist(self):
        _, _, _, _, conversation = await self.two()
        eve = await self.connect(await self.person("eve"))
        for op, d in (
            ("send", {"key": "k", "text": "hi"}),
            ("send", {"key": "k", "text": EMOJI * 100_001}),
            ("history", {}),
            ("members", {}),
        ):
            real = await eve.refusal(op, conversation=conversation, **d)
            unreal = await eve.refusal(op, conversation=NOWHERE, **d)
            self.assertEqual(real["code"], "not_found", op)
            self.assertEqual(real, unreal)
        self.assertNotIn(conversation, [each["id"] for each in eve.synced["conversations"]])


class connections(parley_test):
    async def test_hello_comes_first(self):
        connection = await self.stranger()
        await connection.wait_for(lambda events: events, "hello")
        hello = connection.events[0]
        self.assertEqual((hello["ev"], hello["d"]["protocol"]), ("hello", "parley.v1"))
        self.assertLessEqual({"node", "epoch", "limits", "ping_ms"}, hello["d"].keys())

    async def test_nothing_is_answered_before_identify(self):
        connection = await self.stranger()
        for op, d in (("ping", {}), ("sync", {}), ("send", {"conversation": NOWHERE, "key": "k", "text": "hi"})):
            self.assertEqual((await connection.refusal(op, **d))["code"], "unauthenticated")

    async def test_identify_says_who_one_is_and_comes_once(self):
        alice = await self.person("alice")
        connection = await self.stranger()
        known = await connection.request("identify", token=alice.token)
        self.assertEqual(known["user"], {"id": alice.id, "name": alice.name})
        self.assertLessEqual({"session", "node"}, known.keys())
        self.assertEqual((await connection.refusal("identify", token=alice.token))["code"], "conflict")
        self.assertIn("now", await connection.request("ping"))

    async def test_a_wrong_token_is_answered_and_the_connection_closed(self):
        connection = await self.stranger()
        self.assertEqual((await connection.refusal("identify", token="x" * 43))["code"], "unauthenticated")
        self.assertEqual(await connection.close_code(), 4100)

    async def test_logout_closes_every_connection_of_the_token(self):
        alice = await self.person("alice")
        other_token = await asyncio.to_thread(sign_in, node, alice.name)
        one, two, other = [await self.connect(each) for each in (alice, alice, other_token)]
        await one.request("logout")
        self.assertEqual(await one.close_code(), 4100)
        self.assertEqual(await two.close_code(), 4100)
        self.assertIn("now", await other.request("ping"))
        late = await self.stranger()
        self.assertEqual((await late.refusal("identify", token=alice.token))["code"], "unauthenticated")

    async def test_mistakes_in_a_request_are_answered(self):
        connection = await self.connect(await self.person())
        self.assertEqual((await connection.refusal("fly"))["code"], "unsupported")
        _, at_alice, _, _, conversation = await self.two()
        for wrong in ({"text": "no key"}, {"key": "no text"}, {"key": "", "text": "hi"}, {"key": "k" * 65, "text": "hi"}):
            refused = await at_alice.refusal("send", conversation=conversation, **wrong)
            self.assertEqual(refused["code"], "bad_request", wrong)
        self.assertEqual((await connection.refusal("sync", tail=101))["code"], "bad_request")
        self.assertEqual((await connection.refusal("open_direct", user=NOWHERE))["code"], "not_found")

    async def test_what_is_not_the_protocol_closes_the_connection(self):
        for frame, code in (("not json", 4400), ("[]", 4400), ('{"op":"ping"}', 4400), (b'{"id":1,"op":"ping"}', 4400)):
            connection = await self.connect(await self.person())
            await connection.socket.send(frame)
            self.assertEqual(await connection.close_code(), code, frame)
        connection = await self.connect(await self.person())
        await connection.socket.write_frame(True, 1, b'{"id":1,"op":"\xff"}')
        self.assertEqual(await connection.close_code(), 1007)
        connection = await self.connect(await self.person())
        try:
            await connection.socket.send(json.dumps({"id": 1, "op": "ping", "d": {"x": "x" * 1_400_000}}))
        except websockets.ConnectionClosedError:
            pass  # The refusal may come before the last byte was sent.
        self.assertEqual(await connection.close_code(), 1009)

    async def test_the_upgrade_checks_subprotocol_and_origin(self):
        for options, status in (({"subprotocols": ["chat.v7"]}, 400), ({"origin": "https://evil.example"}, 403)):
            with self.assertRaises(websockets.InvalidStatusCode) as refused:
                await Connection.open(node, **options)
            self.assertEqual(refused.exception.status_code, status)
        plain = await self.stranger(subprotocols=None)
        await plain.wait_for(lambda events: events, "hello")


class http(unittest.TestCase):
    def test_accounts_and_tokens(self):
        name = f"http-{next(numbers)}"
        status, made = node.call("POST", "/v1/accounts", {"name": name, "password": PASSWORD})
        self.assertEqual((status, made["user"]["name"]), (201, name))
        status, refused = node.call("POST", "/v1/accounts", {"name": name, "password": PASSWORD})
        self.assertEqual((status, refused["error"]["code"], refused["error"]["temporary"]), (409, "conflict", False))
        self.assertEqual(node.call("POST", "/v1/accounts", {"name": name + "x", "password": "short"})[0], 400)
        self.assertEqual(node.call("POST", "/v1/accounts", b"{")[0], 400)
        self.assertEqual(node.call("POST", "/v1/accounts", b"x", headers={"Content-type": "text/plain"})[0], 415)
        self.assertEqual(node.call("POST", "/v1/tokens", {"name": name, "password": PASSWORD + "!"})[0], 401)
        self.assertEqual(node.call("POST", "/v1/tokens", {"name": name + "y", "password": PASSWORD})[0], 401)
        status, token = node.call("POST", "/v1/tokens", {"name": name, "password": PASSWORD})
        self.assertEqual((status, token["user"]), (201, made["user"]))
        self.assertEqual(node.call("DELETE", "/v1/tokens/current", token=token["token"])[0], 204)
        self.assertEqual(node.call("DELETE", "/v1/tokens/current", token=token["token"])[0], 401)

    def test_health(self):
        self.assertEqual(node.call("GET", "/livez")[0], 200)
        self.assertEqual(node.call("GET", "/readyz")[0], 200)
        self.assertEqual(node.call("GET", "/nowhere")[0], 404)


if __name__ == "__main__":
    unittest.main(verbosity=2)
