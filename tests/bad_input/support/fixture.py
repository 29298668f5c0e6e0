"""A node with two people, a group and a bystander, in whose words the cases of the catalogue are written."""

import asyncio
import itertools
import json
import pathlib
import re

from support.promises import Case, Closes, Ends, Refused, Status
from support.wire import WITHIN_S, BrokenPromise, Wire, frame

PASSWORD = "hush-correct-horse"
# What was typed and must stand in no log: passwords, texts. Tokens are added when they are made.
SECRETS = {PASSWORD, "hush-"}
WORD = re.compile(r"\$(group|message|key|other_token|other|operator|self|token|session|name|number)")


numbers = itertools.count(1_000)


class Fixture:
    """What "$group" and the other words stand for. One connection serves all cases that leave it open."""

    def __init__(self, node):
        self.node = node
        self.host, port = node.url.removeprefix("http://").rsplit(":", 1)
        self.port = int(port)
        self.numbers = numbers
        self.words: dict[str, str] = {}
        self.secrets = set(SECRETS)
        self.shared: dict[str, Wire] = {}

    @classmethod
    async def of(cls, node) -> "Fixture":
        self = cls(node)
        people = {name: await asyncio.to_thread(self._person, name) for name in ("alice", "bob", "mallory", "carol")}
        self.people = people
        alice, bob, mallory = people["alice"], people["bob"], people["mallory"]
        self.words = {
            "self": alice["user"]["id"],
            "name": alice["user"]["name"],
            "token": alice["token"],
            "other": bob["user"]["id"],
            "other_token": bob["token"],
        }
        at_alice = await self.connection("alice")
        made = await self.ask(at_alice, "create_group", key="g", name="Group", members=[bob["user"]["id"], people["carol"]["user"]["id"]])
        self.words["group"] = made["d"]["conversation"]
        message = await self.ask(at_alice, "send", conversation=self.words["group"], key="m", text="hush-first")
        self.words["message"] = str(message["d"]["seq"])
        assert mallory["user"]["id"]
        status, session = await asyncio.to_thread(node.call, "POST", "/v1/sessions", None, alice["token"])
        assert status == 201, session
        self.words["session"] = session["session"]
        self.words["operator"] = (node.data / "operator.token").read_text(encoding="ascii").strip()
        self.secrets.add(self.words["operator"])
        return self

    def _person(self, name: str) -> dict:
        who = {"name": f"{name}-{next(self.numbers)}", "password": PASSWORD}
        status, made = self.node.call("POST", "/v1/accounts", who)
        assert status == 201, (status, made)
        status, signed_in = self.node.call("POST", "/v1/tokens", who)
        assert status == 201, (status, signed_in)
        self.secrets.add(signed_in["token"])
        return signed_in

    # Words.
    def word(self, found: re.Match) -> str:
        if found[1] in ("key", "number"):
            return str(next(self.numbers))
        return self.words[found[1]]

    def filled(self, value):
        """The value with every word replaced; "$message" alone becomes a number."""
        if value == "$message":
            return int(self.words["message"])
        if isinstance(value, str):
            return WORD.sub(self.word, value)
        if isinstance(value, list):
            return [self.filled(each) for each in value]
        if isinstance(value, dict):
            return {self.filled(name): self.filled(each) for name, each in value.items()}
        return value

    def filled_bytes(self, value: bytes) -> bytes:
        """An HTTP request with its words replaced, and the length of its body with them."""
        if b"$" not in value:
            return value
        head, blank, body = value.partition(b"\r\n\r\n")
        head = WORD.sub(self.word, head.decode("latin-1")).encode("latin-1")
        longer = WORD.sub(self.word, body.decode("latin-1")).encode("latin-1")
        if longer != body:
            head = head.replace(b"Content-Length: %d" % len(body), b"Content-Length: %d" % len(longer))
        return head + blank + longer

    # Connections.
    async def wire(self) -> Wire:
        return await Wire.open(self.host, self.port)

    async def websocket(self) -> Wire:
        wire = await self.wire()
        await wire.upgrade()
        return wire

    async def connection(self, who: str) -> Wire:
        """The identified connection of this person that all cases share; made anew if it has ended."""
        wire = self.shared.get(who)
        if wire is None or wire.reader.at_eof():
            wire = self.shared[who] = await self.identified(who)
        return wire

    async def identified(self, who: str) -> Wire:
        wire = await self.websocket()
        answer = await self.ask(wire, "identify", token=self.people[who]["token"])
        assert answer["ok"], answer
        return wire

    async def ask(self, wire: Wire, op: str, **d) -> dict:
        return await self.ask_frame(wire, {"op": op, "d": d})

    async def ask_frame(self, wire: Wire, members: dict) -> dict:
        number = next(self.numbers)
        await wire.send(frame(json.dumps({"id": number, **members}).encode()))
        return await asyncio.wait_for(wire.reply(number), WITHIN_S)

    def close(self) -> None:
        for wire in self.shared.values():
            wire.close()

    # Whether all is well.
    async def serves_on(self) -> None:
        """Somebody who did nothing wrong writes, and is answered after the commit."""
        at_bob = await self.connection("bob")
        sent = await self.ask(at_bob, "send", conversation=self.words["group"], key=str(next(self.numbers)), text="hush-on")
        if not sent["ok"]:
            raise BrokenPromise(f"the others are not served any more: {sent}")

    def resident_bytes(self) -> int:
        status = pathlib.Path(f"/proc/{self.node.process.pid}/status").read_text()
        return 1024 * int(re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)[1])

    def log(self) -> str:
        return (self.node.folder / "log").read_text(errors="replace")


# What a case must be answered with.
def check_refusal(answer: dict, expected: Refused) -> None:
    if answer.get("ok") is not False or set(answer) != {"id", "ok", "error"}:
        raise BrokenPromise(f"not refused: {str(answer)[:300]}")
    check_error(answer["error"])
    if answer["error"]["code"] not in expected.codes:
        raise BrokenPromise(f"expected {expected.codes}, got {answer['error']}")


def check_error(error: dict) -> None:
    if not {"code", "message", "temporary"} <= set(error) <= {"code", "message", "temporary", "retry_after_ms"}:
        raise BrokenPromise(f"not the shape of an error: {error}")
    if error["temporary"] is not False:
        raise BrokenPromise(f"a mistake of the client that is temporary: {error}")
    if not error["message"] or len(error["message"]) > 300:
        raise BrokenPromise(f"a message that helps nobody: {error}")


async def check_close(wire: Wire, expected: Closes) -> None:
    code = await wire.close_code()
    if code not in expected.codes:
        raise BrokenPromise(f"expected to be closed with {expected.codes}, got {code}")


async def check_status(wire: Wire, case: Case, expected: Status) -> None:
    answer = await wire.answer(of_head=case.sends.startswith(b"HEAD"))
    if answer is None:
        raise BrokenPromise(f"expected {expected.statuses}, but the connection ended without an answer")
    if answer.status not in expected.statuses:
        raise BrokenPromise(f"expected {expected.statuses}, got {answer.status} {answer.body[:300]!r}")
    if answer.body and answer.headers.get("content-type") == "application/json":
        check_error(answer.json["error"])
        if expected.code and answer.json["error"]["code"] != expected.code:
            raise BrokenPromise(f"expected the code {expected.code}, got {answer.json}")
    elif expected.code:
        raise BrokenPromise(f"expected an error in JSON, got {answer}")
    if not expected.ends:
        # Nothing that was hidden in the request is answered; what comes next is.
        await wire.send(b"GET /livez HTTP/1.1\r\nHost: parley\r\nConnection: close\r\n\r\n")
        answer = await wire.answer()
        if answer is None or (answer.status, answer.body) != (200, b"alive\n"):
            raise BrokenPromise(f"a good request behind it got {answer}")
    rest = await wire.ended()
    if rest:
        raise BrokenPromise(f"something follows the answer: {rest[:200]!r}")


async def check_http(fixture: Fixture, case: Case) -> None:
    wire = await fixture.wire()
    try:
        await wire.send(fixture.filled_bytes(case.sends))
        if isinstance(case.expects, Ends):
            wire.finish_sending()
            answer = await wire.ended()
            if answer and not answer.startswith(b"HTTP/1.1 400 "):
                raise BrokenPromise(f"expected an end, got {answer[:200]!r}")
        else:
            await check_status(wire, case, case.expects)
    finally:
        wire.close()


async def check_frames(fixture: Fixture, case: Case, who: str | None = None) -> None:
    """Bytes behind the handshake, or behind `identify`."""
    wire = await (fixture.identified(who) if who else fixture.websocket())
    try:
        await wire.send(case.sends)
        await check_close(wire, case.expects)
    finally:
        wire.close()


async def check_request(fixture: Fixture, case: Case, who: str) -> None:
    """A request on a connection that goes on."""
    wire = await fixture.connection(who)
    try:
        check_refusal(await fixture.ask_frame(wire, fixture.filled(case.sends)), case.expects)
    except (BrokenPromise, asyncio.TimeoutError):
        fixture.shared.pop(who, None)
        wire.close()
        raise


async def check_stranger(fixture: Fixture, case: Case) -> None:
    """A request of nobody: refused, and then closed if that is promised."""
    wire = await fixture.websocket()
    try:
        expected = case.expects if isinstance(case.expects, tuple) else (case.expects,)
        number = next(fixture.numbers)
        await wire.send(frame(json.dumps({"id": number, **fixture.filled(case.sends)}).encode()))
        if isinstance(expected[0], Refused):
            check_refusal(await wire.reply(number), expected[0])
        if isinstance(expected[-1], Closes):
            await check_close(wire, expected[-1])
    finally:
        wire.close()

