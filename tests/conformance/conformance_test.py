"""RFC 6455 case by case, in the order of the Autobahn suite, against an echo made of the node's own classes.

    PARLEY_BINARY_DIR=… /usr/bin/python3 conformance_test.py [part of a case's name]
"""

import asyncio
import base64
import hashlib
import os
import pathlib
import subprocess
import sys
import unittest

here = pathlib.Path(__file__).parent
sys.path[:0] = [str(here), str(here.parent / "bad_input")]
# Both folders have a package `support` without an __init__.py: Python reads them as one.

from cases import closing, frames, large, texts
from support.cases import CLOSE, NORMAL, Case, close_frame
from support.wire import BrokenPromise, Wire

WITHIN_S = 60.0  # 16,384 fragments under ThreadSanitizer take half a minute on a busy machine
AT_ONCE = 16
ALL = (frames, texts, closing, large)
CASES_MIN = 600
part = sys.argv.pop(1) if len(sys.argv) > 1 and not sys.argv[1].startswith("-") else ""


def writes(case: Case):
    """The bytes of each write."""
    if case.chop == 0:
        yield from case.sends
        return
    whole = b"".join(case.sends)
    size = case.chop or max(len(whole), 1)
    for at in range(0, len(whole), size):
        yield whole[at : at + size]


class conformance(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        program = pathlib.Path(os.environ["PARLEY_BINARY_DIR"]) / "bin" / "conformance_echo_server"
        cls.server = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        cls.port = int(cls.server.stdout.readline())

    @classmethod
    def tearDownClass(cls):
        # It ends with its stdin; a sanitizer speaks up last.
        _, errors = cls.server.communicate(timeout=30)
        if cls.server.returncode != 0 or errors:
            raise AssertionError(f"the server ended with {cls.server.returncode}\n{errors.decode()[-3_000:]}")

    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)  # costs more than the server does

    async def open(self) -> Wire:
        wire = await Wire.open("127.0.0.1", self.port)
        await wire.upgrade()
        return wire

    async def converse(self, case: Case) -> None:
        wire = await self.open()
        sending = asyncio.create_task(self.send(wire, case))
        try:
            await self.receive(wire, case)
            await sending
        finally:
            sending.cancel()
            wire.close()

    async def send(self, wire: Wire, case: Case) -> None:
        for number, data in enumerate(writes(case)):
            await wire.send(data)
            # Now and then the server gets to see what it has.
            if number % 64 == 0:
                await asyncio.sleep(0)

    async def receive(self, wire: Wire, case: Case) -> None:
        seen = 0
        while seen < len(case.expects):
            got = await wire.frame()
            if got is None:
                raise BrokenPromise(f"the connection ended after {seen} of {len(case.expects)} frames")
            if got.opcode == CLOSE and case.closes and case.prefixes:
                return await self.check_end(wire, case, got.close_code)
            if (got.opcode, got.payload) != case.expects[seen]:
                wanted = case.expects[seen]
                raise BrokenPromise(f"expected {wanted[0]}:{wanted[1][:40]!r}, got {got.opcode}:{got.payload[:40]!r}")
            seen += 1
        if not case.closes:
            if case.prefixes and case.chop == 1:
                return None  # the message is not finished
            await wire.send(close_frame(NORMAL))
        while (got := await wire.frame()) and got.opcode != CLOSE:
            raise BrokenPromise(f"more than expected: {got.opcode}:{got.payload[:40]!r}")
        if got is None:
            raise BrokenPromise("the connection ended without a close frame")
        await self.check_end(wire, case, got.close_code)

    async def check_end(self, wire: Wire, case: Case, code: int) -> None:
        if code not in (case.closes or (NORMAL,)):
            raise BrokenPromise(f"expected to be closed with {case.closes or (NORMAL,)}, got {code}")
        if rest := await wire.ended():
            raise BrokenPromise(f"something follows the close frame: {rest[:40]!r}")

    async def test_every_case(self):
        cases = [case for module in ALL for case in module.CASES if part in case.name]
        names = [case.name for case in cases]
        self.assertEqual(sorted(set(names)), sorted(names), "two cases have one name")
        waiting = asyncio.Semaphore(AT_ONCE)

        async def tried(case: Case) -> str:
            async with waiting:
                try:
                    await asyncio.wait_for(self.converse(case), WITHIN_S)
                except (AssertionError, OSError, asyncio.TimeoutError, UnicodeDecodeError) as problem:
                    return f"{case.name}: {problem or 'not in time'}"
            return ""

        failures = [each for each in await asyncio.gather(*(tried(case) for case in cases)) if each]
        print(f"{len(cases)} cases, {len(failures)} failed")
        self.assertEqual(failures, [], "\n" + "\n".join(failures))
        if not part:
            self.assertGreaterEqual(len(cases), CASES_MIN)

    async def test_the_handshake_is_the_one_of_the_rfc(self):
        wire = await Wire.open("127.0.0.1", self.port)
        key = base64.b64encode(b"the sample nonce")
        accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()).decode()
        await wire.send(
            b"GET /v1/ws HTTP/1.1\r\nhost: a\r\nUPGRADE: WebSocket\r\nconnection: keep-alive , uPGRADE\r\n"
            b"sec-websocket-key: " + key + b"\r\nSec-WebSocket-Version:13\r\n"
            b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, x-nonsense\r\n\r\n"
        )
        answer = await wire.answer()
        self.assertEqual((answer.status, answer.headers["sec-websocket-accept"]), (101, accept))
        self.assertEqual(answer.headers["upgrade"].lower(), "websocket")
        # What was offered and is not spoken is not accepted, and so its bits stay reserved.
        self.assertNotIn("sec-websocket-extensions", answer.headers)
        self.assertNotIn("sec-websocket-protocol", answer.headers)
        wire.close()

    async def test_frames_right_behind_the_handshake_are_read(self):
        wire = await Wire.open("127.0.0.1", self.port)
        lines = b"GET /v1/ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        lines += b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        case = frames.CASES[1]
        await wire.send(lines + case.sends[0] + close_frame(NORMAL))
        self.assertEqual((await wire.answer()).status, 101)
        got = await wire.frame()
        self.assertEqual((got.opcode, got.payload), case.expects[0])
        self.assertEqual(await wire.close_code(), NORMAL)

    async def test_a_connection_that_just_ends_disturbs_nobody(self):
        for cut in (1, 2, 5, 9):
            wire = await self.open()
            await wire.send(frames.frame(b"hello")[:cut])
            wire.close()
        await self.converse(frames.CASES[1])


if __name__ == "__main__":
    unittest.main(verbosity=2)
