"""Clients that write to one group without pause, through faults, and record all that they did and saw."""

import asyncio
import collections
import random
import time
from collections import OrderedDict

import websockets

from support.client import Connection, Person, Refused, make_person
from support.history_checker import Recording, Stream, violations
from support.node import Node

CLIENTS = 4
UNANSWERED_MAX = 8
ACKNOWLEDGED_AGAIN_WITHIN_S = 30.0
PROGRESS_WITHIN_S = 40.0
NODE_STOPS = 1012
LOST = (OSError, asyncio.TimeoutError, websockets.WebSocketException)


class TimedConnection(Connection):
    """Tells its load how long each answer took."""

    load: "Load"

    async def post(self, op: str, **d) -> asyncio.Future:
        asked = time.monotonic()
        answer = await super().post(op, **d)
        answer.add_done_callback(lambda done: self.load.answered(asked, done))
        return answer


class Member:
    """Somebody who sends without pause, repeats what is unknown with the same key, and heals like a client."""

    def __init__(self, load: "Load", person: Person):
        self.load = load
        self.person = person
        self.pending: OrderedDict[str, str] = OrderedDict()
        self.comes_back_at: float | None = None  # the node asked it to: nothing more is sent to that one
        self.view: dict[int, dict] = {}
        self.sent = load.recording.sent.setdefault(person.id, [])
        load.recording.views[person.id] = self.view

    async def live(self) -> None:
        """Connects, works until the connection is lost, and comes back, until all is done."""
        while not self.load.finished(self):
            await self.load.node_is_up.wait()
            while self.comes_back_at and time.monotonic() < self.comes_back_at:
                await self.load.breathe()
            self.comes_back_at = None
            try:
                await self._one_connection()
            except Refused as refused:
                if not refused.error["temporary"]:
                    raise
                await self.load.breathe()
            except LOST as problem:
                if not self.comes_back_at:
                    self.load.lost.append(f"{self.person.name}: {problem!r}")
                await self.load.breathe()

    async def _connect(self) -> Connection:
        connection = await TimedConnection.open(self.load.node)
        connection.load = self.load
        return connection

    async def _one_connection(self) -> None:
        connection = await self._connect()
        is_in = False
        try:
            await connection.request("identify", token=self.person.token)
            have = self._have()
            synced = await connection.request("sync", have={self.load.group: have}, tail=100)
            mine = next(each for each in synced["conversations"] if each["id"] == self.load.group)
            if mine.get("reset"):
                self.load.recording.acknowledged.append(("server", f"forgot {self.person.id} at {have}", 0))
            for entry in mine["entries"]:
                self.view[entry["seq"]] = entry
            if mine.get("gap"):
                await self._fetch(connection, have, mine["head"])
            stream = Stream(self.person.id, mine["head"])
            self.load.recording.streams.append(stream)
            is_in = True
            # The events live on in the stream: what came before a connection was lost counts.
            watcher = asyncio.create_task(self._watch(connection, stream))
            try:
                await self._send_all(connection)
            finally:
                watcher.cancel()
                self._take(connection, stream)
        except LOST as problem:
            # Who is not in yet when the node stops is told so by the close code alone, and comes back.
            if is_in or connection.socket.close_code != NODE_STOPS:
                raise
            self.comes_back_at = time.monotonic()
        finally:
            await connection.close()

    async def _fetch(self, connection: Connection, after: int, head: int) -> None:
        while after < head:
            page = await connection.request("history", conversation=self.load.group, after=after)
            for entry in page["entries"]:
                self.view[entry["seq"]] = entry
            after = page["entries"][-1]["seq"]

    def _have(self) -> int:
        seq = 0
        while seq + 1 in self.view:
            seq += 1
        return seq

    def _take(self, connection: Connection, stream: Stream) -> None:
        stream.pushed = connection.entries(self.load.group)
        for entry in stream.pushed:
            self.view[entry["seq"]] = entry
        asked = next((each["d"] for each in connection.events if each["ev"] == "reconnect"), None)
        if asked and self.comes_back_at is None:
            self.comes_back_at = time.monotonic() + random.random() * asked["retry_after_ms"] / 1000

    async def _watch(self, connection: Connection, stream: Stream) -> None:
        while True:
            async with connection.changed:
                await connection.changed.wait()
            self._take(connection, stream)

    async def _send_all(self, connection: Connection) -> None:
        """First what is still unknown, in its order, then more; ends when the load ends, or as the node asked."""
        answers: list[tuple[str, asyncio.Future]] = []
        for key, text in list(self.pending.items()):
            answers.append((key, await self._post(connection, key, text)))
        while not self.load.finished(self):
            while len(answers) < self.load.unanswered_max and self.load.sending and not self.comes_back_at:
                key = f"{len(self.sent)}"
                text = f"{self.person.name} says {key}{self.load.text_padding}"
                self.sent.append((key, text))
                self.pending[key] = text
                answers.append((key, await self._post(connection, key, text)))
            if not answers and self.comes_back_at:
                return
            if not answers:
                await self._wait_for_the_others(connection)
                continue
            key, answer = answers.pop(0)
            try:
                reply = await asyncio.wait_for(answer, self.load.patience_s)
            except Refused:
                # Everything unknown is sent again, in order, over a new connection. What was sent before the
                # refusal was seen, but read after it, may have been taken: this one comes behind it then.
                self.load.recording.refused.update((self.person.id, each) for each in [key, *(k for k, _ in answers)])
                raise
            self.pending.pop(key)
            self.load.acknowledge(self.person.id, key, reply["seq"])

    async def _wait_for_the_others(self, connection: Connection) -> None:
        async with connection.changed:
            if not self.load.finished(self) and connection.reader.done():
                raise ConnectionError("the connection ended")
            waiting = asyncio.create_task(connection.changed.wait())
            done, _ = await asyncio.wait({waiting, connection.reader}, timeout=1, return_when=asyncio.FIRST_COMPLETED)
            if waiting not in done:
                waiting.cancel()
                await asyncio.gather(waiting, return_exceptions=True)

    async def _post(self, connection: Connection, key: str, text: str) -> asyncio.Future:
        return await connection.post("send", conversation=self.load.group, key=key, text=text)


class Load:
    """Some people who write to one group as fast as they are answered, and all that they recorded."""

    patience_s = ACKNOWLEDGED_AGAIN_WITHIN_S  # after which a client takes its connection for lost
    unanswered_max = UNANSWERED_MAX
    member_type = Member

    def __init__(self, node: Node, text_padding: str = "", name: str = "member", clients: int = CLIENTS):
        self.node = node
        self.name = name
        self.clients = clients
        self.text_padding = text_padding
        self.acknowledged_at: list[float] = []
        self.refused_at: dict[str, list[float]] = collections.defaultdict(list)
        self.lost: list[str] = []  # connections that ended, or could not be had
        self.slowest_answer_s = 0.0
        self.recording = Recording()
        self.node_is_up = asyncio.Event()
        self.node_is_up.set()
        self.sending = True
        self.acknowledged = asyncio.Condition()
        self.group = ""
        self.members: list[Member] = []
        self.tasks: list[asyncio.Task] = []

    async def begin(self) -> None:
        people = [await asyncio.to_thread(make_person, self.node, f"{self.name}-{i}") for i in range(self.clients)]
        first = await Connection.of(self.node, people[0])
        made = await first.request("create_group", key="g", name="All", members=[each.id for each in people[1:]])
        self.group = made["conversation"]
        await first.close()
        self.members = [self.member_type(self, person) for person in people]
        self.tasks = [asyncio.create_task(member.live()) for member in self.members]

    def acknowledge(self, sender: str, key: str, seq: int) -> None:
        self.recording.acknowledged.append((sender, key, seq))
        self.acknowledged_at.append(time.monotonic())

    def answered(self, asked: float, answer: asyncio.Future) -> None:
        """Notes how long an answer took, or was waited for in vain, and when which refusals came."""
        now = time.monotonic()
        self.slowest_answer_s = max(self.slowest_answer_s, now - asked)
        if not answer.cancelled() and isinstance(answer.exception(), Refused):
            self.refused_at[answer.exception().code].append(now)

    async def stop(self) -> None:
        """Ends the clients as they are."""
        going = set(self.tasks)
        while going:
            # More than once: `wait_for` loses a cancellation that comes together with what it waits for.
            for task in going:
                task.cancel()
            _, going = await asyncio.wait(going, timeout=1)

    def finished(self, member: Member) -> bool:
        """When nobody sends any more, nothing is unknown, and this member knows all that was acknowledged."""
        if self.sending or any(each.pending for each in self.members):
            return False
        newest = max((seq for _, _, seq in self.recording.acknowledged), default=0)
        return member._have() >= newest

    async def breathe(self) -> None:
        """A short pause between two attempts, as clients make: the node or its database may be away."""
        await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=0.01)

    async def progress(self, further: int) -> None:
        """Waits until this many more entries were acknowledged than now."""
        wanted = len(self.recording.acknowledged) + further
        await self.until(lambda: len(self.recording.acknowledged) >= wanted, f"{further} more acknowledgements")

    async def until(self, condition, what: str) -> None:
        """Waits until `condition()` is true, while everybody goes on."""
        deadline = time.monotonic() + PROGRESS_WITHIN_S
        while not condition():
            self.check_members()
            if time.monotonic() > deadline:
                raise AssertionError(f"{what}: not in {PROGRESS_WITHIN_S} s\n{self.node.log_end()}")
            await asyncio.wait(self.tasks, timeout=0.002, return_when=asyncio.FIRST_COMPLETED)

    def check_members(self) -> None:
        for task in self.tasks:
            if task.done() and not task.cancelled() and task.exception():
                raise task.exception()

    async def end(self) -> list[str]:
        """No more sending; waits until everybody knows everything, reads the log, and checks it all."""
        self.sending = False
        done, late = await asyncio.wait(self.tasks, timeout=PROGRESS_WITHIN_S)
        self.check_members()
        await self.stop()
        reader = await Connection.of(self.node, self.members[0].person)
        more = True
        while more:
            after = len(self.recording.log)
            page = await reader.request("history", conversation=self.group, after=after)
            self.recording.log += page["entries"]
            more = page["more"]
        await reader.close()
        found = violations(self.recording)
        if late:
            found.append(f"late: {len(late)} members do not know everything after {PROGRESS_WITHIN_S} s")
        return found
