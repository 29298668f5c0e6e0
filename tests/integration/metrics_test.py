"""What operators see of a real node: its metrics, the dashboard that shows them, its log."""

import asyncio
import datetime
import json
import os
import pathlib
import re
import shutil
import subprocess
import unittest

import websockets

from support.case import parley_test, start_node
from support.client import PASSWORD, make_person
from support.node import Node, select_nothing

node: Node
SOURCE = pathlib.Path(os.environ.get("PARLEY_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
DASHBOARD = SOURCE / "config" / "dashboards" / "parley.json"
GUIDE = SOURCE / "config" / "OPERATIONS.md"
METRIC = re.compile(r"\b(?:parley|process)_[a-z0-9_]+")
TEXT = "a text that nobody else reads, \N{SNOWMAN}"
WITHIN_S = 10


def setUpModule():
    global node
    node = start_node("--log.format=json", "--log.level=debug", "--presence.grace=1s")


def tearDownModule():
    node.remove()


def promtool() -> str:
    """The checker of metrics; `tools/test` puts it into build/tools."""
    found = shutil.which("promtool") or shutil.which("promtool", path=SOURCE / "build" / "tools")
    assert found, "promtool is missing: tools/test fetches it into build/tools"
    return found


def scrape(of: Node | None = None) -> str:
    status, text = (of or node).call("GET", "/metrics")
    assert status == 200, (status, text)
    return text


def families(text: str) -> dict[str, str]:
    """The type of each metric."""
    return dict(line.split()[2:4] for line in text.splitlines() if line.startswith("# TYPE "))


def names_in(text: str) -> set[str]:
    """Every name that a query may use."""
    return {re.split("[{ ]", line, maxsplit=1)[0] for line in text.splitlines() if line and not line.startswith("#")}


def samples(text: str) -> dict[str, float]:
    return {
        line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1])
        for line in text.splitlines()
        if line and not line.startswith("#")
    }


def expressions(of) -> list[str]:
    """Whatever Grafana would ask Prometheus, wherever it stands in the dashboard."""
    if isinstance(of, list):
        return [found for each in of for found in expressions(each)]
    if not isinstance(of, dict):
        return []
    own = [of[key] for key in ("expr", "query") if isinstance(of.get(key), str)]
    return own + [found for value in of.values() for found in expressions(value)]


def family_of(name: str, known: dict[str, str]) -> str:
    """The metric that a series belongs to: those of a histogram have endings of their own."""
    base = re.sub("_(bucket|sum|count)$", "", name)
    return base if known.get(base) == "histogram" else name


class metrics(parley_test):
    async def talk(self) -> None:
        """A little of everything."""
        alice, at_alice, bob, at_bob, conversation = await self.two()
        for number in range(3):
            await at_alice.request("send", conversation=conversation, key=f"k{number}", text=TEXT)
        await at_bob.wait_for_entry(conversation, 4)
        await at_alice.refusal("send", conversation="77", key="nowhere", text=TEXT)
        await at_bob.request("read", conversation=conversation, seq=4)

    async def scraped(self) -> str:
        return await asyncio.to_thread(scrape)

    async def until(self, condition, what: str) -> str:
        """Scrapes until it is so; some things are counted a moment after the client knows."""
        deadline = asyncio.get_running_loop().time() + WITHIN_S
        while not condition(text := await self.scraped()):
            self.assertLess(asyncio.get_running_loop().time(), deadline, f"{what} within {WITHIN_S} s\n{text}")
            await asyncio.to_thread(select_nothing, 0.02)
        return text

    async def test_promtool_accepts_them(self):
        await self.talk()
        checked = subprocess.run(
            [promtool(), "check", "metrics"], input=await self.scraped(), capture_output=True, text=True, timeout=30
        )
        self.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, ""))

    async def test_the_dashboard_asks_only_for_what_exists_and_shows_everything(self):
        await self.talk()
        text = await self.scraped()
        known, served = families(text), names_in(text)
        asked = {name for each in expressions(json.loads(DASHBOARD.read_text())) for name in METRIC.findall(each)}
        self.assertEqual(asked - served, set(), "asked for, and not there")
        shown = {family_of(name, known) for name in asked}
        self.assertEqual(set(known) - shown, set(), "there, and not shown")

    async def test_labels_in_the_dashboard_exist(self):
        await self.talk()
        text = await self.scraped()
        labels = set(re.findall(r'[{,]([a-z_]+)="', text)) | {"instance"}
        for each in expressions(json.loads(DASHBOARD.read_text())):
            used = {label.strip() for group in re.findall(r"by \(([^)]*)\)", each) for label in group.split(",")}
            self.assertEqual(used - labels, set(), each)

    async def test_the_guide_explains_every_one_and_no_other(self):
        known = set(families(await self.scraped()))
        guide = GUIDE.read_text()
        part = guide[guide.index("## What each metric means") : guide.index("## Log lines")]
        explained = {name for row in re.findall(r"^\| ([^|]*)\|", part, re.MULTILINE) for name in METRIC.findall(row)}
        self.assertEqual(explained, known)

    async def test_a_talk_is_counted(self):
        before = samples(await self.scraped())
        await self.talk()
        ended = lambda text: samples(text)['parley_requests_total{op="read"}'] > before['parley_requests_total{op="read"}']
        after = samples(await self.until(ended, "the last request is counted"))
        grown = lambda series: after[series] - before.get(series, 0)
        self.assertEqual(grown('parley_requests_total{op="send"}'), 4)
        self.assertEqual(grown('parley_refusals_total{code="not_found"}'), 1)
        self.assertEqual(grown("parley_entries_committed_total"), 4)
        self.assertGreaterEqual(grown("parley_commit_seconds_count"), 1)
        self.assertEqual(grown("parley_commit_batch_entries_sum"), 4)
        live, log = (grown(f'parley_deliveries_total{{source="{each}"}}') for each in ("live", "log"))
        self.assertGreaterEqual(live + log, 6, "three texts to each of them")
        self.assertEqual(grown('parley_accounts_total{outcome="ok"}'), 2)
        self.assertEqual(grown('parley_sign_ins_total{outcome="ok"}'), 2)
        self.assertEqual(grown('parley_identifies_total{outcome="ok"}'), 2)
        self.assertGreater(grown('parley_actor_messages_total{kind="session"}'), 8)
        self.assertEqual(after["parley_shards_held"], 1024)
        self.assertEqual(after["parley_ready"], 1)

    async def test_connections_and_sessions_come_and_go(self):
        sockets = 'parley_connections{transport="websocket",tls="false"}'
        sessions = 'parley_sessions{transport="websocket"}'
        closed = 'parley_sessions_closed_total{code="%s"}'
        before = samples(await self.until(lambda text: samples(text)[sockets] == 0, "earlier connections are gone"))
        one, other = await self.stranger(), await self.stranger()
        await self.until(lambda text: samples(text)[sockets] == 2 and samples(text)[sessions] == 2, "both are counted")
        await one.socket.send(b"no text")
        await one.socket.wait_closed()
        self.assertEqual(one.socket.close_code, 4400)
        await other.close()
        text = await self.until(lambda text: samples(text)[sockets] == 0, "both are gone")
        after = samples(text)
        self.assertEqual(after[sessions], 0)
        self.assertEqual(after[closed % 4400] - before[closed % 4400], 1)
        self.assertEqual(after[closed % "none"] - before[closed % "none"], 1)

    async def test_a_polling_session_is_one_too(self):
        person = await self.person()
        series = 'parley_sessions{transport="polling"}'
        status, made = await asyncio.to_thread(node.call, "POST", "/v1/sessions", {}, person.token)
        self.assertEqual(status, 201, made)
        await self.until(lambda text: samples(text)[series] == 1, "it is counted")
        await asyncio.to_thread(node.call, "DELETE", f"/v1/sessions/{made['session']}", None, person.token)
        await self.until(lambda text: samples(text)[series] == 0, "it is gone")

    async def test_nothing_of_anybody_is_in_them(self):
        person = await self.person("somebody-by-name")
        await self.connect(person)
        text = await self.scraped()
        for secret in (person.name, person.token, person.id, PASSWORD):
            self.assertNotIn(secret, text)

    async def test_who_calls_through_a_proxy_needs_the_operators_token(self):
        ask = lambda token, **headers: asyncio.to_thread(node.call, "GET", "/metrics", None, token, headers)
        for header in ({"X-Forwarded-For": "192.0.2.1"}, {"Forwarded": "for=192.0.2.1"}, {"Via": "1.1 proxy"}):
            status, answer = await ask(None, **header)
            self.assertEqual((status, answer["error"]["code"]), (401, "unauthenticated"), header)
        status, _ = await ask("wrong", **{"X-Forwarded-For": "192.0.2.1"})
        self.assertEqual(status, 401)
        token = (node.data / "operator.token").read_text().strip()
        status, text = await ask(token, **{"X-Forwarded-For": "192.0.2.1"})
        self.assertEqual(status, 200)
        self.assertIn("parley_ready", text)


class log(unittest.IsolatedAsyncioTestCase):
    """The log of a node of its own, from its start to its end, in JSON."""

    GREETING = ("Parley serves at ", "  page: ", "  chat: ", "  data: ", "  messages: ", "  actors: ", "  stop: ")

    def lines(self) -> list[dict]:
        written = (self.node.folder / "log").read_text().splitlines()
        return [json.loads(line) for line in written if not line.startswith(self.GREETING)]

    def events(self, name: str) -> list[dict]:
        return [line for line in self.lines() if line["event"] == name]

    async def until(self, name: str, **fields) -> dict:
        """The first line of this event with these fields."""
        deadline = asyncio.get_running_loop().time() + WITHIN_S
        while True:
            found = [line for line in self.events(name) if fields.items() <= line.items()]
            if found:
                return found[0]
            self.assertLess(asyncio.get_running_loop().time(), deadline, f"no {name} {fields}\n{self.node.log_end()}")
            await asyncio.to_thread(select_nothing, 0.02)

    async def bad_visits(self) -> None:
        """A stranger with a wrong password, one who speaks no JSON, one who speaks no HTTP."""
        await asyncio.to_thread(self.node.call, "POST", "/v1/tokens", {"name": "alice", "password": "a guess of mine"})
        url = self.node.url.replace("http", "ws") + "/v1/ws"
        async with websockets.connect(url, subprotocols=["parley.v1"]) as socket:
            await socket.send("secret nonsense {")
            await socket.wait_closed()
        host, port = self.node.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nAuthorization: Bearer secret-header\r\n\r\n")
        await reader.read()
        writer.close()

    async def test_every_line_is_json_says_what_happened_and_tells_no_secret(self):
        self.node = Node("--log.format=json", "--log.level=debug")
        self.addCleanup(self.node.remove)
        await self.node.start_async()
        alice = await asyncio.to_thread(make_person, self.node, "alice")
        await self.bad_visits()
        refused = await self.until("sign_in_refused", code="unauthenticated")
        self.assertEqual(refused["address"], "127.0.0.1")
        abuse = await self.until("connection_closed", code="4400")
        self.assertTrue(int(abuse["session"]) > 0 and abuse["address"] == "127.0.0.1", abuse)
        await self.until("http_refused", status="400")
        await asyncio.to_thread(self.node.stop)
        lines = self.lines()
        for line in lines:
            datetime.datetime.strptime(line["time"], "%Y-%m-%dT%H:%M:%S.%fZ")
            self.assertIn(line["level"], ("debug", "info", "warn", "error"), line)
            self.assertRegex(line["event"], "^[a-z_]+$")
            self.assertTrue(line["message"], line)
        order = [line["event"] for line in lines]
        life = ["starting", "shards_taken", "ready", "stopping", "stopped"]
        self.assertEqual([event for event in order if event in life], life)
        whole = (self.node.folder / "log").read_text()
        token = (self.node.data / "operator.token").read_text().strip()
        for secret in (PASSWORD, alice.token, token, "a guess of mine", "secret nonsense", "secret-header"):
            self.assertNotIn(secret, whole)

    async def test_a_database_that_goes_and_comes_back_is_told_once_each(self):
        self.node = Node("--log.format=json")
        self.addCleanup(self.node.remove)
        await self.node.start_async()
        os.kill(self.node.postmaster(), 9)
        await self.until("database_lost")
        await self.until("shards_lost")
        await self.until("database_back")
        deadline = asyncio.get_running_loop().time() + WITHIN_S
        while len(self.events("shards_taken")) < 2:
            self.assertLess(asyncio.get_running_loop().time(), deadline, self.node.log_end())
            await asyncio.to_thread(select_nothing, 0.02)
        self.assertEqual(len(self.events("shards_lost")), 1)
        self.assertEqual(len(self.events("database_lost")), 1)
        text = await asyncio.to_thread(scrape, self.node)
        self.assertEqual(samples(text)["parley_shards_lost_total"], 1024)
        self.assertGreaterEqual(samples(text)['parley_postgres_connects_total{role="writer"}'], 2)
        self.assertGreaterEqual(samples(text)['parley_postgres_errors_total{role="writer"}'], 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
