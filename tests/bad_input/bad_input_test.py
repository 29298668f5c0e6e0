"""Every case of the catalogue against a real node: answered as promised, while the node serves on.

    PARLEY_BINARY_DIR=… /usr/bin/python3 bad_input_test.py [part of a case's name]
"""

import asyncio
import os
import pathlib
import sys
import time
import unittest

here = pathlib.Path(__file__).parent
sys.path[:0] = [str(here), str(here.parent / "integration")]
# Both folders have a package `support` without an __init__.py: Python reads them as one.

from catalogue import frames, handshakes, http_requests, requests
from support import fixture as checks
from support.fixture import Fixture
from support.node import Node
from support.wire import WITHIN_S, BrokenPromise, Wire, frame

CASES_MIN = 1_000
# The allocator keeps what it had at its peak; what leaks grows with every round.
# AddressSanitizer also keeps 256 MiB of what was freed, and looks for leaks by itself.
GROWTH_MAX = (24 + (256 if os.environ.get("PARLEY_SANITIZE") else 0)) * 1024 * 1024
SLOW_WITHIN_S = 20.0
part = sys.argv.pop(1) if len(sys.argv) > 1 and not sys.argv[1].startswith("-") else ""


def groups():
    """(group, cases, how a case is checked)"""
    yield "frames of a stranger", frames.BY_A_STRANGER, checks.check_frames
    yield "frames of somebody identified", frames.IDENTIFIED, lambda f, case: checks.check_frames(f, case, "carol")
    yield "handshakes", handshakes.CASES, checks.check_http
    yield "HTTP", http_requests.CASES, checks.check_http
    yield "requests of a member", requests.BY_A_MEMBER, lambda f, case: checks.check_request(f, case, "alice")
    yield "requests of no member", requests.BY_A_STRANGER, lambda f, case: checks.check_request(f, case, "mallory")
    yield "requests before identify", requests.NOT_IDENTIFIED, checks.check_stranger
    yield "identify", requests.IDENTIFYING, checks.check_stranger


class bad_input(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        # Carol comes more often than ten times while her old connections are still ending.
        cls.node = Node("--limits.devices=0")
        try:
            cls.node.start()
        except BaseException:
            cls.node.remove()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.node.remove()

    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)  # costs more than the node does
        self.fixture = await Fixture.of(self.node)
        self.failures: list[str] = []
        self.slowest: tuple[float, str] = (0.0, "")

    async def asyncTearDown(self):
        self.fixture.close()

    async def round(self) -> int:
        """Every case once; how many there were."""
        done = 0
        for group, cases, check in groups():
            names = [case.name for case in cases]
            self.assertEqual(len(names), len(set(names)), f"two cases of {group} have one name")
            for case in cases:
                if part in f"{group}: {case.name}":
                    await self.one(group, case, check)
                    done += 1
        return done

    async def one(self, group: str, case, check) -> None:
        lines = self.fixture.log().count("\n")
        try:
            began = time.monotonic()
            await asyncio.wait_for(check(self.fixture, case), WITHIN_S)
            self.slowest = max(self.slowest, (time.monotonic() - began, case.name))
            await asyncio.wait_for(self.fixture.serves_on(), WITHIN_S)
            written = self.fixture.log().count("\n") - lines
            if written > 1:
                raise BrokenPromise(f"{written} lines in the log")
        except (AssertionError, asyncio.TimeoutError, OSError) as problem:
            if self.node.process.poll() is not None:
                raise AssertionError(f"{group}: {case.name}: the node is dead\n{self.node.log_end()}") from problem
            self.failures.append(f"{group}: {case.name}: {problem or 'no answer in time'}")

    async def test_every_case_is_answered_as_promised_and_leaves_nothing_behind(self):
        slow = asyncio.gather(*(self.one_slow(*case) for case in http_requests.SLOW.items()), self.silent_websocket())
        done = await self.round()
        await slow
        self.assertEqual(self.failures, [], f"{len(self.failures)} of {done} cases:\n" + "\n".join(self.failures))
        if not part:
            self.assertGreaterEqual(done, CASES_MIN)
        before = self.fixture.resident_bytes()
        for _ in range(2):
            await self.round()
        self.assertEqual(self.failures, [], "in a later round:\n" + "\n".join(self.failures))
        grown = self.fixture.resident_bytes() - before
        print(f"{done} cases, 3 times; slowest {self.slowest[0]:.3f} s ({self.slowest[1]}); resident {grown / 1024:+.0f} KiB")
        self.assertLess(grown, GROWTH_MAX)
        log = self.fixture.log()
        self.assertEqual([secret for secret in self.fixture.secrets if secret in log], [])

    async def one_slow(self, name: str, data: bytes) -> None:
        """Who never finishes a request is cut off; the other cases run meanwhile."""
        wire = await self.fixture.wire()
        try:
            await wire.send(data)
            await asyncio.wait_for(wire.ended(), SLOW_WITHIN_S)
        except asyncio.TimeoutError:
            self.failures.append(f"slow: {name}: still connected after {SLOW_WITHIN_S} s")
        finally:
            wire.close()

    async def silent_websocket(self) -> None:
        """Who does not say who he is, and who begins a frame and does not end it, is closed with 4101."""
        silent, half = await self.fixture.websocket(), await self.fixture.websocket()
        await half.send(frame(b'{"id":1,"op":"identify"', fin=False) + frame(b"x" * 100, 0)[:50])
        for wire in (silent, half):
            code = await asyncio.wait_for(wire.close_code(), SLOW_WITHIN_S)
            self.assertEqual(code, 4101)
            wire.close()

    async def test_what_looks_bad_and_is_good_is_answered(self):
        wire = await self.fixture.connection("alice")
        for name, (text, _) in frames.GOOD_AFTER_ALL.items():
            number = next(self.fixture.numbers)
            await wire.send(frame((text % number).encode()))
            answer = await asyncio.wait_for(wire.reply(number), WITHIN_S)
            self.assertTrue(answer["ok"], (name, answer))

    async def test_no_header_chooses_what_is_served(self):
        """Headers by which proxies are fooled change nothing, and come back nowhere."""
        for header in ("X-Forwarded-Host: evil.example", "X-Original-URL: /v1/tokens", "X-HTTP-Method-Override: DELETE"):
            wire = await Wire.open(self.fixture.host, self.fixture.port)
            await wire.send(f"GET /livez HTTP/1.1\r\nHost: parley\r\n{header}\r\n\r\n".encode())
            answer = await asyncio.wait_for(wire.answer(), WITHIN_S)
            self.assertEqual((answer.status, answer.body), (200, b"alive\n"))
            self.assertNotIn("evil.example", str(answer))
            wire.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
