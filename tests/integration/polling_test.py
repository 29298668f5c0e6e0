"""The same session without a WebSocket, by urllib against a real node."""

import asyncio
import itertools
import time
import unittest

from support.case import parley_test, start_node
from support.client import Person, sign_in
from support.node import Node
from support.polling import Caller

node: Node
keys = (f"key-{number}" for number in itertools.count(1))
REQUESTS_UNANSWERED = 32


def setUpModule():
    global node
    node = start_node("--limits.devices=3")


def tearDownModule():
    node.remove()


class polling_test(parley_test):
    async def caller(self, person: Person, **body) -> Caller:
        return await Caller.of(node, person, **body)

    async def a_pair(self):
        """Somebody who calls and somebody at a WebSocket, in a direct conversation, all events taken."""
        alice, bob = await self.person("alice"), await self.person("bob")
        calls, at_bob = await self.caller(alice), await self.connect(bob)
        talk = (await calls.request("open_direct", user=bob.id))["conversation"]
        await calls.wait_for_entry(talk, 1)
        await at_bob.wait_for_entry(talk, 1)
        return calls, at_bob, talk

    async def say(self, who, talk: str, text: str = "hello") -> int:
        return (await who.request("send", conversation=talk, key=next(keys), text=text))["seq"]


class chat(polling_test):
    async def test_hello_comes_first_and_the_session_is_identified(self):
        alice = await self.person("alice")
        calls = await self.caller(alice)
        self.assertEqual(calls.made["user"], {"id": alice.id, "name": alice.name})
        first = (await calls.poll())[0]
        self.assertEqual((first["n"], first["ev"], first["d"]["protocol"]), (1, "hello", "parley.v1"))
        for op, code in (("identify", "conflict"), ("dance", "unsupported")):
            answer = (await calls.ops((op, {"token": alice.token})))[0]
            self.assertEqual(answer["error"]["code"], code)

    async def test_people_with_and_without_a_websocket_talk(self):
        calls, at_bob, talk = await self.a_pair()
        for i in range(10):
            seq = await self.say(calls, talk, f"from alice {i}")
            self.assertEqual((await at_bob.wait_for_entry(talk, seq))["text"], f"from alice {i}")
            seq = await self.say(at_bob, talk, f"from bob {i}")
            self.assertEqual((await calls.wait_for_entry(talk, seq))["text"], f"from bob {i}")
        self.assertEqual([each["seq"] for each in calls.entries(talk)], list(range(1, 22)))

    async def test_two_sessions_of_one_person_see_the_same(self):
        calls, at_bob, talk = await self.a_pair()
        other = await self.caller(calls.person)
        seq = await self.say(calls, talk)
        for each in (calls, other):
            await each.wait_for_entry(talk, seq)
        self.assertNotEqual(calls.path, other.path)

    async def test_an_array_takes_effect_in_its_order(self):
        calls, at_bob, talk = await self.a_pair()
        answers = await calls.ops(
            *(("send", {"conversation": talk, "key": f"a{i}", "text": str(i)}) for i in range(REQUESTS_UNANSWERED))
        )
        self.assertEqual([each["d"]["seq"] for each in answers], list(range(2, 2 + REQUESTS_UNANSWERED)))
        await at_bob.wait_for_entry(talk, 1 + REQUESTS_UNANSWERED)
        texts = [each["text"] for each in at_bob.entries(talk)[1:]]
        self.assertEqual(texts, [str(i) for i in range(REQUESTS_UNANSWERED)])
        again = await calls.ops(("send", {"conversation": talk, "key": "a3", "text": "3"}))
        self.assertEqual((again[0]["d"]["seq"], again[0]["d"]["duplicate"]), (5, True))
        too_many = [{"id": i + 1, "op": "ping"} for i in range(REQUESTS_UNANSWERED + 1)]
        status, refused = await calls.call("POST", "/ops", too_many)
        self.assertEqual((status, refused["error"]["code"]), (413, "too_large"))

    async def test_a_text_of_the_greatest_length_fits(self):
        calls, at_bob, talk = await self.a_pair()
        text = "é" * 100_000
        seq = await self.say(calls, talk, text)
        self.assertEqual((await at_bob.wait_for_entry(talk, seq))["text"], text)


class events(polling_test):
    async def test_a_lost_answer_comes_again(self):
        calls, at_bob, talk = await self.a_pair()
        for i in range(3):
            await self.say(at_bob, talk, str(i))
        deadline = time.monotonic() + 20
        while True:
            _, lost = await calls.fetch(wait=5)
            if sum(each["ev"] == "entry" for each in lost["events"]) == 3:
                break
            self.assertLess(time.monotonic(), deadline)
        self.assertEqual((await calls.fetch(wait=5))[1]["events"][: len(lost["events"])], lost["events"])
        await calls.wait_for_entry(talk, 4)
        self.assertEqual([each["text"] for each in calls.entries(talk)[1:]], ["0", "1", "2"])
        status, _ = await calls.fetch(after=calls.next + 100)
        self.assertEqual(status, 400)

    async def test_a_newer_call_ends_the_older(self):
        calls, at_bob, talk = await self.a_pair()
        await self.until_quiet(calls)
        older = asyncio.create_task(calls.fetch(wait=60))
        newer = asyncio.create_task(calls.fetch(wait=60))
        done, waiting = await asyncio.wait({older, newer}, timeout=20, return_when=asyncio.FIRST_COMPLETED)
        self.assertEqual([len(each) for each in (done, waiting)], [1, 1])
        self.assertEqual(done.pop().result(), (200, {"events": [], "next": calls.next}))
        seq = await self.say(at_bob, talk)
        _, answer = await waiting.pop()
        self.assertEqual(answer["events"][0]["d"]["seq"], seq)

    async def test_a_call_that_waits_is_woken_within_milliseconds(self):
        calls, at_bob, talk = await self.a_pair()
        waits = []
        for _ in range(20):
            await self.until_quiet(calls)
            waiting = asyncio.create_task(calls.poll(wait=25))
            seq = await self.say(at_bob, talk)
            said = time.monotonic()
            await waiting
            waits.append(time.monotonic() - said)
            await calls.wait_for_entry(talk, seq)
        # A slow moment of the machine may spoil some, a timer would spoil all.
        self.assertLess(sorted(waits)[len(waits) // 2], 0.1, waits)

    async def until_quiet(self, calls: Caller) -> None:
        while await calls.poll():
            pass

    async def test_a_wait_is_checked(self):
        calls = await self.caller(await self.person())
        for query in ("wait=61", "wait=-1", "wait=x", "after=-1"):
            self.assertEqual((await calls.call("GET", f"/events?{query}"))[0], 400)


class ends(polling_test):
    async def test_a_bad_token_gets_no_session(self):
        status, refused = node.call("POST", "/v1/sessions", token="never-good")
        self.assertEqual((status, refused["error"]["code"]), (401, "unauthenticated"))
        self.assertEqual(node.call("POST", "/v1/sessions")[0], 401)

    async def test_a_session_is_nobody_elses(self):
        calls = await self.caller(await self.person("alice"))
        stranger = await self.person("stranger")
        own_other = await asyncio.to_thread(sign_in, node, calls.person.name)
        nothing = await asyncio.to_thread(
            node.call, "GET", "/v1/sessions/" + "0" * 48 + "/events", None, stranger.token
        )
        self.assertEqual(nothing[0], 404)
        for token in (stranger.token, own_other.token, "never-good"):
            self.assertEqual(await calls.call("GET", "/events", token=token), nothing)
            self.assertEqual(await calls.call("POST", "/ops", {"id": 1, "op": "ping"}, token), nothing)
        self.assertIn("now", await calls.request("ping"))

    async def test_signing_out_ends_it(self):
        calls = await self.caller(await self.person())
        waiting = await self.caller(calls.person)
        await waiting.poll()
        asleep = asyncio.create_task(waiting.fetch(wait=60))
        self.assertEqual(await calls.request("logout"), {})
        status, told = await calls.fetch()
        self.assertEqual((status, told["error"]["code"]), (401, "unauthenticated"))
        self.assertEqual((await calls.fetch())[0], 404)
        self.assertEqual((await asyncio.wait_for(asleep, 20))[0], 401)

    async def test_the_same_device_and_one_too_many_replace_the_older(self):
        person = await self.person()
        first = await self.caller(person, device="phone")
        second = await self.caller(person, device="phone")
        self.assertEqual(await self.end_of(first), (404, "not_found"))
        others = [await self.caller(person) for _ in range(3)]
        self.assertEqual(await self.end_of(second), (404, "not_found"))
        for each in others:
            self.assertIn("now", await each.request("ping"))

    async def end_of(self, calls: Caller) -> tuple[int, str]:
        deadline = time.monotonic() + 20
        while True:
            status, answer = await calls.fetch(wait=1, after=0)
            if status != 200:
                return status, answer["error"]["code"]
            self.assertLess(time.monotonic(), deadline)

    async def test_its_client_ends_it(self):
        calls = await self.caller(await self.person())
        self.assertEqual((await calls.call("DELETE"))[0], 204)
        self.assertEqual((await calls.fetch())[0], 404)


if __name__ == "__main__":
    unittest.main(verbosity=2)
