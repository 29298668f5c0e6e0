"""Texts that do something elsewhere (in SQL, in HTML, in a shell, in a terminal) come back byte-exact and do nothing.

Which members are texts is read from the catalogue's table of ops, so that a new one is not forgotten.
"""

import asyncio
import pathlib
import socket
import subprocess
import sys
import unittest

here = pathlib.Path(__file__).parent
sys.path[:0] = [str(here), str(here.parent / "integration")]

from catalogue.ops import OPS
from support.case import parley_test, start_node
from support.client import Connection, Person
from support.node import Node
from support.polling import Caller

node: Node

HOSTILE = (
    "'; DROP TABLE entries; --",
    "' OR '1'='1",
    "\"; DELETE FROM users; --",
    "$$; SELECT pg_sleep(30); $$",
    "1); TRUNCATE members CASCADE; --",
    "\\'; SELECT 1; --",
    "E'\\x27'",
    "{\"a\",NULL,\\\"b}",
    "%_\\%__",
    "$1 $2 ?::text :name",
    "<script>alert(document.cookie)</script>",
    "\"><img src=x onerror=alert(1)>",
    "</textarea><svg/onload=alert(1)>",
    "javascript:alert(1)//",
    "&lt;b&gt; &amp;amp; &#x3c;",
    "${7*7} {{7*7}} <%= 7*7 %>",
    "$(reboot) `reboot` | reboot; reboot",
    "../../../../etc/passwd",
    "%s%s%s%n {} {0} {:p}",
    "\\u003cscript\\u003e \\n \\0",
    "]]>--><!--",
    "null",
    "NaN",
    "=cmd|' /C calc'!A0",
)
# No key may hold these, and no name begins or ends with a blank.
BEYOND_ASCII = (
    "ＤＲＯＰ ＴＡＢＬＥ ‘; --",
    "\u202eevil\u202c \u200b\ufeff",
    "\x1b[2J\x1b]0;owned\x07",
    "a\r\nSet-Cookie: x=y\r\n\r\n<b>",
    "\u2400\uffff\U0010ffff",
    "e\u0301 \u212b \ufb01 İı",
)
ALL = (*HOSTILE, *BEYOND_ASCII)
# (op, member): each is sent by a test below.
COVERED = {
    ("send", "key"),
    ("send", "text"),
    ("edit", "key"),
    ("edit", "text"),
    ("delete", "key"),
    ("create_group", "key"),
    ("create_group", "name"),
    ("rename", "key"),
    ("rename", "name"),
    ("add_member", "key"),
    ("remove_member", "key"),
    ("set_role", "key"),
    ("leave", "key"),
    ("find_users", "prefix"),
    ("search", "text"),
    ("search", "cursor"),
    ("signal", "payload"),
    ("sync", "epoch"),
    ("sync", "cursor"),
    ("members", "cursor"),
}
TABLES = "entries members inbox direct created users tokens blocks revocations search".split()


def setUpModule():
    global node
    node = start_node()


def tearDownModule():
    node.remove()


def rows_of(tables) -> dict[str, int]:
    """How many rows each table has, asked of the node's own PostgreSQL."""
    lines = (node.data / "postgres" / "postmaster.pid").read_text().splitlines()
    port, folder = lines[3].strip(), lines[4].strip()
    query = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in tables)
    psql = ["psql", "-h", folder, "-p", port, "-U", "parley", "-d", "postgres", "-AtF,", "-c", query]
    done = subprocess.run(psql, capture_output=True, text=True, timeout=20, check=True, cwd="/")
    return {table: int(count) for table, count in (line.split(",") for line in done.stdout.split())}


class hostile_strings(parley_test):
    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)  # costs more than the node does

    async def group(self, key: str, name: str, *others: Person) -> tuple[Person, Connection, str]:
        owner = await self.person("owner")
        at_owner = await self.connect(owner)
        made = await at_owner.request("create_group", key=key, name=name, members=[each.id for each in others])
        return owner, at_owner, made["conversation"]

    def test_every_text_of_every_op_is_covered(self):
        texts = {(op, name) for op, members in OPS.items() for name, member in members.items() if member.is_text}
        self.assertEqual(texts, COVERED)

    async def test_texts_and_keys_come_back_as_they_were(self):
        _, at_alice, bob, at_bob, talk = await self.two()
        before = await asyncio.to_thread(rows_of, TABLES)
        seqs = {}
        for number, text in enumerate(ALL):
            key = text if text in HOSTILE else f"k{number}"
            sent = await at_alice.request("send", conversation=talk, key=key, text=text)
            again = await at_alice.request("send", conversation=talk, key=key, text=text)
            self.assertEqual(again, {**sent, "duplicate": True}, text)
            seqs[text] = sent["seq"]
        for text, seq in seqs.items():
            pushed = await at_bob.wait_for_entry(talk, seq)
            self.assertEqual(pushed["text"].encode(), text.encode())
            self.assertEqual(pushed["key"], text if text in HOSTILE else pushed["key"])
        synced = (await self.connect(bob, tail=100)).synced["conversations"]
        for entries in (await self.whole_log(at_bob, talk), synced[0]["entries"]):
            shown = {each["seq"]: each for each in entries}
            for text, seq in seqs.items():
                self.assertEqual(shown[seq]["text"].encode(), text.encode())
        after = await asyncio.to_thread(rows_of, TABLES)
        self.assertEqual(after["entries"] - before["entries"], len(ALL))
        self.assertEqual({**after, "entries": 0, "search": 0}, {**before, "entries": 0, "search": 0})

    async def test_edits_and_deletions(self):
        _, at_alice, _, at_bob, talk = await self.two()
        for number, text in enumerate(ALL):
            key = text if text in HOSTILE else f"k{number}"
            seq = (await at_alice.request("send", conversation=talk, key=f"m{number}", text="plain"))["seq"]
            edited = await at_alice.request("edit", conversation=talk, key=key, target=seq, text=text)
            self.assertEqual((await at_bob.wait_for_entry(talk, edited["seq"]))["text"].encode(), text.encode())
            if text in HOSTILE:
                gone = await at_alice.request("delete", conversation=talk, key="d " + text, target=seq)
                entry = await at_bob.wait_for_entry(talk, gone["seq"])
                self.assertEqual((entry["key"], entry["target"]), ("d " + text, seq))
        log = {each["seq"]: each for each in await self.whole_log(at_bob, talk, 100)}
        kept = [each["text"] for each in log.values() if each["kind"] == "message" and "text" in each]
        self.assertEqual(kept, list(BEYOND_ASCII))

    async def test_names_of_groups_and_keys_of_changes(self):
        bob = await self.person("bob")
        at_bob = await self.connect(bob)
        for text in ALL:
            key = text if text in HOSTILE else f"group {ALL.index(text)}"
            _, at_owner, talk = await self.group(key, text, bob)
            created = await at_bob.wait_for_entry(talk, 1)
            self.assertEqual((created["name"].encode(), created["key"]), (text.encode(), key))
            announced = [e["d"] for e in at_bob.events if e["ev"] == "conversation" and e["d"]["id"] == talk]
            self.assertEqual(announced[0]["name"].encode(), text.encode())
            renamed = await at_owner.request("rename", conversation=talk, key="r " + key, name=text[::-1])
            self.assertEqual((await at_bob.wait_for_entry(talk, renamed["seq"]))["name"].encode(), text[::-1].encode())
        listed = [row["name"] for row in (await self.connect(bob)).synced["conversations"]]
        self.assertEqual(sorted(listed), sorted(text[::-1] for text in ALL))

    async def test_keys_of_memberships(self):
        bob = await self.person("bob")
        at_bob = await self.connect(bob)
        _, at_owner, talk = await self.group("g", "Group")
        for text in HOSTILE[::3]:
            for number, (op, more) in enumerate(
                (("add_member", {}), ("set_role", {"role": "admin"}), ("remove_member", {}), ("add_member", {}))
            ):
                key = f"{number}{text}"
                done = await at_owner.request(op, conversation=talk, key=key, user=bob.id, **more)
                again = await at_owner.request(op, conversation=talk, key=key, user=bob.id, **more)
                self.assertEqual(again, {**done, "duplicate": True})
            left = await at_bob.request("leave", conversation=talk, key=text)
            self.assertEqual((await at_bob.wait_for_entry(talk, left["seq"]))["key"], text)

    async def test_names_of_people_prefixes_and_passwords(self):
        searcher = await self.connect(await self.person())
        for number, text in enumerate(ALL):
            name = f"{number}{text}"
            who = {"name": name, "password": "pass: " + text}
            status, made = await asyncio.to_thread(node.call, "POST", "/v1/accounts", who)
            if status == 400:
                # Control characters and what nobody can see are refused as names; as passwords they are not.
                self.assertIn(text, BEYOND_ASCII, made)
                who["name"] = f"plain {number}"
                status, made = await asyncio.to_thread(node.call, "POST", "/v1/accounts", who)
            self.assertEqual(status, 201, (text, made))
            self.assertEqual(made["user"]["name"].encode(), who["name"].encode())
            status, token = await asyncio.to_thread(node.call, "POST", "/v1/tokens", who)
            self.assertEqual((status, token["user"]), (201, made["user"]), text)
            wrong = {**who, "password": "' OR '1'='1"}
            self.assertEqual((await asyncio.to_thread(node.call, "POST", "/v1/tokens", wrong))[0], 401)
            if who["name"] == name:
                found = (await searcher.request("find_users", prefix=name))["users"]
                self.assertEqual([each["name"].encode() for each in found], [name.encode()])

    async def test_a_prefix_is_no_pattern(self):
        connection = await self.connect(await self.person("percent"))
        for prefix in ("%%", "__", "%ercent", "_ercent", "\\\\", "perc%", "' OR 1=1 --", "p.*", "[a-z]*"):
            self.assertEqual((await connection.request("find_users", prefix=prefix))["users"], [], prefix)

    async def test_searches_find_words_and_do_nothing_else(self):
        _, at_alice, _, _, talk = await self.two()
        for number, text in enumerate(ALL):
            await at_alice.request("send", conversation=talk, key=f"k{number}", text=text)
        last = await at_alice.request("send", conversation=talk, key="last", text="needle")

        async def found(**d) -> list[int]:
            return [each["seq"] for each in (await at_alice.request("search", **d))["entries"]]

        async def is_filled():
            while last["seq"] not in await found(text="needle"):
                await asyncio.to_thread(node.call, "GET", "/livez")

        await asyncio.wait_for(is_filled(), 20)
        for text in ALL:
            answer = await at_alice.request("search", text=text)
            for entry in answer["entries"]:
                self.assertIn(entry["text"], ALL)
        self.assertIn(2, await found(text="DROP entries TABLE"))
        for operators in ("!needle", "needle & !x", "nee:*", "needle | x", "'needle' <-> x", "<-> & | !", "((("):
            await found(text=operators)
        for cursor in HOSTILE:
            refused = await at_alice.refusal("search", text="needle", cursor=cursor)
            self.assertEqual(refused["code"], "bad_request", cursor)

    async def test_cursors_and_epochs(self):
        _, at_alice, _, _, talk = await self.two()
        for text in ALL:
            self.assertEqual((await at_alice.refusal("sync", cursor=text))["code"], "bad_request")
            self.assertEqual((await at_alice.refusal("members", conversation=talk, cursor=text))["code"], "bad_request")
            synced = await at_alice.request("sync", epoch=text, have={talk: 1, text: 3})
            self.assertTrue(synced["conversations"][0]["reset"], text)

    async def test_payloads_of_signals_are_the_same_json(self):
        alice, at_alice, bob, at_bob, _ = await self.two()
        for text in ALL:
            payload = {text: [text, {"x": text}]}
            count = len(at_bob.events)
            self.assertEqual((await at_alice.request("signal", user=bob.id, payload=payload))["devices"], 1)
            await at_bob.wait_for(lambda events: any(e["ev"] == "signal" for e in events[count:]), "a signal")
            told = next(e["d"] for e in at_bob.events[count:] if e["ev"] == "signal")
            self.assertEqual(told, {"from": alice.id, "payload": payload})

    async def test_devices(self):
        alice = await self.person("alice")
        for text in ALL:
            first, second = await self.stranger(), await self.stranger()
            for connection in (first, second):
                await connection.request("identify", token=alice.token, device=text)
            # The same name is the same device: the older connection ends.
            self.assertEqual(await first.close_code(), 4409, text)
            await second.close()

    async def test_texts_over_http_too(self):
        alice, bob = await self.person("alice"), await self.person("bob")
        calls, at_bob = await Caller.of(node, alice, device=HOSTILE[0]), await self.connect(bob)
        talk = (await calls.request("open_direct", user=bob.id))["conversation"]
        for number, text in enumerate(ALL):
            sent = await calls.request("send", conversation=talk, key=f"k{number}", text=text)
            shown = await calls.wait_for_entry(talk, sent["seq"])
            self.assertEqual(shown["text"].encode(), text.encode())

    async def test_errors_repeat_no_markup(self):
        """What an error says is text, in JSON, that no browser takes for something else."""
        for path in ("/<script>alert(1)</script>", "/v1/sessions/<svg onload=alert(1)>/ops", "/v1/tokens?<script>"):
            quoted = path.replace(" ", "%20")
            answer = await asyncio.to_thread(raw_get, quoted)
            self.assertIn(b"content-type: application/json", answer.lower())
            self.assertIn(b"x-content-type-options: nosniff", answer.lower())
            self.assertNotIn(b"<s", answer)
        connection = await self.connect(await self.person())
        refused = await connection.refusal("<script>alert(1)</script>")
        self.assertEqual(refused["code"], "unsupported")


def raw_get(path: str) -> bytes:
    host, port = node.url.removeprefix("http://").rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: parley\r\nConnection: close\r\n\r\n".encode())
        parts = []
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


if __name__ == "__main__":
    unittest.main(verbosity=2)
