"""Who may come in: guessers, crowds, silence, no descriptors left; and those who are let in no longer."""

import asyncio
import concurrent.futures
import http.client
import json
import os
import pathlib
import resource
import socket
import stat
import time
import unittest

from support.case import parley_test, start_node
from support.client import PASSWORD, Connection, Refused, make_person, sign_in
from support.command_line import Home
from support.crowd import Ended, Socket, all_at_once
from support.node import Node
from support.polling import Caller

FULL = os.environ.get("PARLEY_FULL") == "1"
SILENT = 5_000 if FULL else 300
SLACK_S = 1.5
REVOKED_WITHIN_S = 1.0
FLOODING = 32


def call_from(address: str, node: Node, name: str, password: str) -> tuple[int, dict, str | None]:
    """Tries to sign in from this loopback address: status, body, Retry-After."""
    host, port = node.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=20, source_address=(address, 0))
    try:
        body = json.dumps({"name": name, "password": password})
        connection.request("POST", "/v1/tokens", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read()), answer.headers.get("Retry-After")
    finally:
        connection.close()


def cpu_seconds(pid: int) -> float:
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class own_node_test(unittest.IsolatedAsyncioTestCase):
    """A test with a node of its own."""

    def start(self, *arguments: str) -> Node:
        node = Node(*arguments)
        self.addCleanup(node.remove)
        node.start()
        return node


class guessers(own_node_test):
    RATE = 12

    async def test_are_slowed_to_the_configured_rate_and_two_users_elsewhere_are_not(self):
        node = self.start(f"--limits.sign_ins_per_minute={self.RATE}")
        for name in ("alice", "bob"):
            make_person(node, name)
        statuses: list[int] = []
        is_over = False
        began = time.monotonic()

        def guess():
            while not is_over:
                status, body, retry = call_from("127.0.0.9", node, "alice", f"guess {len(statuses)}")
                statuses.append(status)
                if status == 429:
                    error = body["error"]
                    self.assertEqual((error["code"], error["temporary"]), ("rate_limited", True))
                    self.assertGreater(error["retry_after_ms"], 0)
                    self.assertLessEqual(error["retry_after_ms"], int(retry) * 1_000)

        guessing = asyncio.create_task(asyncio.to_thread(guess))
        slowest = 0.0
        try:
            for _ in range(self.RATE // 2):
                for address, name in (("127.0.0.2", "alice"), ("127.0.0.3", "bob")):
                    asked = time.monotonic()
                    status, body, _ = await asyncio.to_thread(call_from, address, node, name, PASSWORD)
                    slowest = max(slowest, time.monotonic() - asked)
                    self.assertEqual((status, body.get("user", {}).get("name")), (201, name), body)
            while len(statuses) < 10 * self.RATE:
                await asyncio.sleep(0.01)
        finally:
            is_over = True
            await guessing
        allowed = self.RATE + (time.monotonic() - began) * self.RATE / 60 + 1
        self.assertEqual(set(statuses), {401, 429})
        self.assertLessEqual(statuses.count(401), allowed)
        self.assertLess(slowest, 5.0)
        print(f"{len(statuses)} guesses, {statuses.count(401)} looked at; others signed in within {slowest:.2f} s")

    async def test_at_many_addresses_are_slowed_too_and_lock_nobody_out(self):
        node = self.start(f"--limits.sign_ins_per_minute={self.RATE}")
        make_person(node, "alice")
        self.assertEqual(call_from("127.0.1.1", node, "alice", PASSWORD)[0], 201)
        answers = [call_from(f"127.0.2.{i}", node, "ALICE", "a guess, wrong")[0] for i in range(1, 40)]
        self.assertLessEqual(answers.count(401), self.RATE + 2)
        status, body, _ = call_from("127.0.2.99", node, "alice", PASSWORD)
        self.assertEqual((status, body["error"]["code"]), (429, "rate_limited"))
        # Where the owner was before, and for everybody else, nothing has changed.
        self.assertEqual(call_from("127.0.1.1", node, "alice", PASSWORD)[0], 201)
        self.assertEqual(call_from("127.0.2.5", node, "nobody", PASSWORD)[0], 401)


class crowds(own_node_test):
    async def come_in(self, node: Node, token: str) -> tuple[Socket, int]:
        """Does as the node says until it is in; the socket, and how often it was refused."""
        refusals = 0
        while True:
            one = await Socket.open(node)
            try:
                await one.request("identify", token=token)
                return one, refusals
            except Refused as refused:
                refusals += 1
                self.assertEqual((refused.code, refused.error["temporary"]), ("overloaded", True))
                with self.assertRaises(Ended) as ended:
                    await one.frame()
                self.assertEqual(ended.exception.code, 4000)
                one.abort()
                await asyncio.sleep(refused.error["retry_after_ms"] / 1_000)

    async def test_are_let_in_at_the_configured_rate_and_everybody_gets_in(self):
        node = self.start("--limits.admissions_per_second=20", "--limits.devices=0")
        token = make_person(node, "alice").token
        began = time.monotonic()
        sockets = await all_at_once(self.come_in(node, token) for _ in range(80))
        took = time.monotonic() - began
        for one, _ in sockets:
            one.abort()
        # The first 20 at once, 60 behind them.
        self.assertGreater(took, 2.5)
        self.assertLess(took, 10.0)
        self.assertLess(sum(refusals for _, refusals in sockets), 3 * 80)

    async def test_are_told_so_over_http_too(self):
        node = self.start("--limits.admissions_per_second=1")
        token = make_person(node, "alice").token
        answers = [node.call("POST", "/v1/sessions", None, token) for _ in range(4)]
        refused = [body["error"] for status, body in answers if status == 503]
        self.assertEqual(answers[0][0], 201)
        self.assertTrue(refused)
        self.assertEqual({error["code"] for error in refused}, {"overloaded"})
        self.assertTrue(all(error["retry_after_ms"] >= 500 for error in refused))


class silence(parley_test):
    """On the node of the module: what opens connections and says nothing."""

    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)  # thousands of connections are slow enough without

    async def read_to_the_end(self, began: float, reader: asyncio.StreamReader) -> float:
        while await reader.read(4_096):
            pass
        return time.monotonic() - began

    async def one(self, head: bytes) -> float:
        """How long it was left open."""
        host, port = self.node.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(head)
        try:
            return await self.read_to_the_end(time.monotonic(), reader)
        finally:
            writer.close()

    async def test_is_ended_within_ten_seconds_while_others_sign_in(self):
        person = await self.person("alice")
        host = self.node.url.removeprefix("http://")
        upgrade = (
            f"GET /v1/ws HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        ).encode()
        kinds = (b"", b"GET / HTTP/1.1\r\nHost: ", upgrade)
        silent = asyncio.gather(*(self.one(kinds[i % len(kinds)]) for i in range(SILENT)))
        sign_ins = []
        while not silent.done():
            began = time.monotonic()
            await asyncio.to_thread(sign_in, self.node, person.name)
            connection = await Connection.of(self.node, person)
            sign_ins.append(time.monotonic() - began)
            await connection.close()
            await asyncio.wait([silent], timeout=0.2)
        lived = await silent
        self.assertLessEqual(max(lived), 10.0 + SLACK_S)
        # Not refused, that is; a busy machine looks at its clock late.
        self.assertGreaterEqual(min(lived), 1.0)
        self.assertLess(max(sign_ins), 5.0)
        print(
            f"{SILENT} silent connections ended after {min(lived):.1f} to {max(lived):.1f} s; "
            f"{len(sign_ins)} sign-ins meanwhile, the slowest {max(sign_ins):.2f} s"
        )


class descriptors(own_node_test):
    async def test_that_run_out_are_waited_for_without_a_busy_loop(self):
        node = self.start()
        alice = make_person(node, "alice")
        connection = await Connection.of(node, alice)
        self.addAsyncCleanup(connection.close)
        pid = node.process.pid
        held = len(os.listdir(f"/proc/{pid}/fd"))
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (held + 20, held + 20))
        host, port = node.url.removeprefix("http://").split(":")
        many = [socket.create_connection((host, int(port))) for _ in range(60)]
        deadline = time.monotonic() + 10
        while len(os.listdir(f"/proc/{pid}/fd")) < held + 20:
            self.assertLess(time.monotonic(), deadline, "the descriptors were not used up")
            await asyncio.sleep(0.01)
        spent = cpu_seconds(pid)
        began = time.monotonic()
        # Who is in goes on meanwhile.
        while time.monotonic() < began + 1.5:
            await connection.request("ping")
            await asyncio.sleep(0.05)
        self.assertLess(cpu_seconds(pid) - spent, 0.5)
        self.assertLess(node.log_end().count("accept"), 5)
        for each in many:
            each.close()
        began = time.monotonic()
        self.assertEqual((await asyncio.to_thread(node.call, "GET", "/livez"))[0], 200)
        self.assertLess(time.monotonic() - began, 5.0)


class revocation(parley_test):
    async def test_ends_every_live_session_of_the_token_and_no_other(self):
        alice = await self.person("alice")
        other = await asyncio.to_thread(sign_in, self.node, alice.name)
        self.assertNotEqual(other.token, alice.token)
        here, there = await self.connect(alice), await self.connect(other)
        calls = await Caller.of(self.node, alice)
        await calls.poll()
        waiting = asyncio.create_task(calls.fetch(wait=25))
        # The call waits within the node once another one is answered.
        await calls.request("ping")
        began = time.monotonic()
        status, _ = await asyncio.to_thread(self.node.call, "DELETE", "/v1/tokens/current", None, alice.token)
        self.assertEqual(status, 204)
        self.assertEqual(await here.close_code(), 4100)
        status, body = await waiting
        took = time.monotonic() - began
        self.assertEqual((status, body["error"]["code"]), (401, "unauthenticated"))
        self.assertLess(took, REVOKED_WITHIN_S)
        self.assertEqual((await there.request("ping")).keys(), {"now"})
        self.assertEqual((await (await self.stranger()).refusal("identify", token=alice.token))["code"], "unauthenticated")


class sign_ins(parley_test):
    async def test_that_flood_the_node_leave_chat_and_signing_out_alone(self):
        alice, at_alice, _, _, talk = await self.two()
        is_over = False
        statuses: list[int] = []

        def flood(number: int):
            while not is_over:
                statuses.append(call_from("127.0.0.1", self.node, f"nobody-{number}", "wrong password")[0])

        async def say(count: int, tag: str) -> list[float]:
            took = []
            for i in range(count):
                asked = time.monotonic()
                await at_alice.request("send", conversation=talk, key=f"{tag}{i}", text="hello")
                took.append(time.monotonic() - asked)
            return sorted(took)

        calm = await say(100, "calm")
        # Threads of their own: those of the loop are few, and others need them.
        threads = concurrent.futures.ThreadPoolExecutor(FLOODING)
        self.addCleanup(threads.shutdown)
        loop = asyncio.get_running_loop()
        flooding = [loop.run_in_executor(threads, flood, number) for number in range(FLOODING)]
        try:
            while len(statuses) < FLOODING:
                await asyncio.sleep(0.01)
            busy = await say(100, "busy")
            asked = time.monotonic()
            self.assertEqual((await asyncio.to_thread(self.node.call, "DELETE", "/v1/tokens/current", None, alice.token))[0], 204)
            signed_out = time.monotonic() - asked
        finally:
            is_over = True
            await asyncio.gather(*flooding)
        self.assertTrue(set(statuses) <= {401, 503}, set(statuses))
        self.assertLess(busy[94], 0.5)
        self.assertLess(signed_out, 2.0)
        print(
            f"send, calm: p50 {calm[49] * 1000:.1f} ms, p95 {calm[94] * 1000:.1f} ms; while {len(statuses)} sign-ins "
            f"came: p50 {busy[49] * 1000:.1f} ms, p95 {busy[94] * 1000:.1f} ms; sign-out {signed_out * 1000:.0f} ms"
        )


class operators(parley_test):
    def setUp(self):
        self.home = Home(self.node, password=None)
        self.addCleanup(self.home.folder.cleanup)
        self.token_file = self.node.data / "operator.token"

    async def accounts(self, *arguments: str, code: int = 0) -> list[dict]:
        run = await asyncio.to_thread(
            self.home.run, "accounts", *arguments, "--json", "--token-file", str(self.token_file)
        )
        self.assertEqual(run.returncode, code, run.stderr)
        return [json.loads(line) for line in run.stdout.splitlines()]

    async def test_find_their_token_in_a_file_that_only_its_owner_reads(self):
        self.assertEqual(stat.S_IMODE(self.token_file.stat().st_mode), 0o600)
        token = self.token_file.read_text(encoding="ascii").strip()
        self.assertGreaterEqual(len(token), 43)
        self.assertNotIn(token, (self.node.folder / "log").read_text(errors="replace"))

    async def test_list_accounts_by_the_beginning_of_their_names(self):
        names = [(await self.person(f"Zo{letter} listed")).name for letter in "ëab"]
        found = await self.accounts("list", "zo")
        self.assertEqual([each["name"] for each in found], sorted(names, key=str.lower))
        self.assertEqual({each["disabled"] for each in found}, {False})
        self.assertEqual({each["tokens"] for each in found}, {1})
        self.assertEqual(len(await self.accounts("list", "zo", "--limit", "2")), 2)
        self.assertEqual(await self.accounts("list", "nobody is called so"), [])

    async def test_disable_an_account_whose_sessions_end_and_enable_it_again(self):
        alice = await self.person("alice")
        here = await self.connect(alice)
        began = time.monotonic()
        (account,) = await self.accounts("disable", alice.name)
        self.assertEqual((account["disabled"], account["tokens"]), (True, 0))
        answered = time.monotonic()
        self.assertEqual(await here.close_code(), 4100)
        self.assertLess(time.monotonic() - answered, REVOKED_WITHIN_S)
        self.assertLess(answered - began, 10.0)
        self.assertEqual(self.try_sign_in(alice.name, PASSWORD), 401)
        self.assertEqual((await (await self.stranger()).refusal("identify", token=alice.token))["code"], "unauthenticated")
        (account,) = await self.accounts("enable", alice.name.upper())
        self.assertFalse(account["disabled"])
        self.assertEqual(self.try_sign_in(alice.name, PASSWORD), 201)

    async def test_reset_a_password_and_nobody_stays_signed_in(self):
        alice = await self.person("alice")
        here = await self.connect(alice)
        self.home.environment["PARLEY_PASSWORD"] = "quite another one"
        await self.accounts("reset-password", alice.name)
        self.assertEqual(await here.close_code(), 4100)
        self.assertEqual(self.try_sign_in(alice.name, PASSWORD), 401)
        self.assertEqual(self.try_sign_in(alice.name, "quite another one"), 201)
        self.home.environment["PARLEY_PASSWORD"] = "short"
        await self.accounts("reset-password", alice.name, code=1)
        self.assertEqual(self.try_sign_in(alice.name, "quite another one"), 201)

    async def test_are_told_what_is_wrong_by_exit_codes(self):
        def run(*arguments: str, **environment: str):
            self.home.environment.update(environment)
            return self.home.run("accounts", *arguments)

        missing = run("disable", "nobody is called so", "--token-file", str(self.token_file))
        self.assertEqual((missing.returncode, "no account" in missing.stderr), (1, True), missing.stderr)
        self.assertEqual(run("list").returncode, 2)
        self.assertEqual(run("list", "--token-file", "/nowhere").returncode, 2)
        self.assertEqual(run("reset-password", "alice", "--token-file", str(self.token_file)).returncode, 2)
        self.assertEqual(run("vanish").returncode, 2)
        wrong = run("list", PARLEY_OPERATOR_TOKEN="not the token of this node")
        self.assertEqual((wrong.returncode, "operator's token" in wrong.stderr), (1, True), wrong.stderr)
        self.assertEqual(run("list", "--url", "http://127.0.0.1:1").returncode, 3)
        self.assertEqual(self.node.call("GET", "/v1/operator/accounts")[0], 401)
        self.assertEqual(self.node.call("GET", "/v1/operator/accounts", None, (await self.person()).token)[0], 401)

    def try_sign_in(self, name: str, password: str) -> int:
        return self.node.call("POST", "/v1/tokens", {"name": name, "password": password})[0]


class memory(parley_test):
    async def test_of_the_node_is_no_part_of_a_core_dump(self):
        kept = pathlib.Path(f"/proc/{self.node.process.pid}/coredump_filter").read_text(encoding="ascii")
        self.assertEqual(int(kept, 16), 0)


def setUpModule():
    start_node("--limits.devices=0")


def tearDownModule():
    parley_test.node.remove()


if __name__ == "__main__":
    unittest.main(verbosity=2)
