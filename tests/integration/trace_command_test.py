"""parley trace: its files are what other programs read; and at a real cluster the way of a message, as it was.

    PARLEY_BINARY_DIR=… /usr/bin/python3 trace_command_test.py [files | at_a_cluster]
"""

import asyncio
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import unittest

from support import trace_files
from support.case import parley_test, start_cluster
from support.client import PASSWORD, Connection
from support.command_line import WITHIN_S, Lines, environment
from support.node import program

SOURCE = pathlib.Path(os.environ.get("PARLEY_SOURCE_DIR", pathlib.Path(__file__).parents[2]))
SAMPLE = SOURCE / "tests/tools/trace/sample.json"
TOKEN = "0123456789abcdef-operator"
MEMBERS_OF_EACH_NODE = 8
SENDS = 200


def environment_at(url: str, **variables: str) -> dict[str, str]:
    """An operator's who is somebody too."""
    return environment(**{"PARLEY_URL": url, "PARLEY_OPERATOR_TOKEN": TOKEN, "PARLEY_PASSWORD": PASSWORD, **variables})


def run(*arguments: str, url: str = "http://127.0.0.1:1", stdin: bytes = b"", **variables: str) -> subprocess.CompletedProcess:
    with tempfile.TemporaryDirectory(prefix="parley-trace-") as home:
        return subprocess.run(
            [program("parley"), "trace", *arguments],
            env={**environment_at(url), "XDG_CONFIG_HOME": home, "XDG_STATE_HOME": home, "HOME": home, **variables},
            input=stdin,
            capture_output=True,
            timeout=WITHIN_S,
            check=False,
        )


class formats(unittest.TestCase):
    """Checks of traces in a file in every format."""

    def check_all(self, file: pathlib.Path) -> dict:
        traces = json.loads(file.read_text())
        trace_files.check_spans(traces)
        for format_, check in (("chrome", trace_files.check_chrome), ("otlp", trace_files.check_otlp), ("shiviz", trace_files.check_shiviz)):
            done = run("show", str(file), "--format", format_)
            self.assertEqual(done.returncode, 0, done.stderr)
            check(done.stdout.decode(), traces["spans"])
        by_node = run("show", str(file), "--format", "shiviz", "--hosts", "nodes")
        trace_files.check_shiviz(by_node.stdout.decode(), traces["spans"])
        again = run("show", str(file), "--format", "json")
        self.assertEqual(json.loads(again.stdout)["sends"], traces["sends"])
        self.assertCountEqual(json.loads(again.stdout)["spans"], traces["spans"])
        return traces


class files(formats):
    """Of a saved collection; no node is asked."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="parley-trace-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_every_format_is_what_its_programs_read(self):
        self.check_all(SAMPLE)

    def test_a_validator_finds_what_is_wrong(self):
        """A check that accepts everything is none."""
        spans = json.loads(SAMPLE.read_text())["spans"]
        shiviz = run("show", str(SAMPLE), "--format", "shiviz").stdout.decode()
        otlp = run("show", str(SAMPLE), "--format", "otlp").stdout.decode()
        chrome = run("show", str(SAMPLE), "--format", "chrome").stdout.decode()
        for check, broken in (
            (trace_files.check_shiviz, re.sub(r'"node-1/17":2', '"node-1/17":3', shiviz, count=1)),
            (trace_files.check_shiviz, re.sub(r', "node-1/io":\d+\}', "}", shiviz, count=1)),
            (trace_files.check_otlp, otlp.replace('"startTimeUnixNano":"', '"startTimeUnixNano":"9', 1)),
            (trace_files.check_otlp, otlp.replace('"traceId":"00', '"traceId":"', 1)),
            (trace_files.check_chrome, chrome.replace('"ph":"s"', '"ph":"t"', 1)),
            (trace_files.check_chrome, re.sub(r'"tid":\d+', '"tid":9999', chrome, count=3)),
        ):
            with self.assertRaises((AssertionError, KeyError)):
                check(broken, spans)

    def test_a_waterfall_shows_every_trace_and_the_table_of_what_was_sent(self):
        done = run("show", str(SAMPLE), "--format", "waterfall")
        self.assertEqual(done.returncode, 0, done.stderr)
        text = done.stdout.decode()
        self.assertEqual(re.findall(r"^trace (\w+)  (\w+)", text, re.MULTILINE), [(f"9f2c01a4b7e6d35{i}", op) for i, op in ((0, "message"), (1, "message"), (2, "edit"))])
        self.assertIn("2 messages, 2 traced", text)
        self.assertIn("without the spans of node-4", done.stderr.decode())
        self.assertIn("12 spans were lost", done.stderr.decode())
        one = run("show", str(SAMPLE), "--format", "waterfall", "--trace", "9f2c01a4b7e6d350", "--all").stdout.decode()
        self.assertEqual(one.count("session entries_delivered"), 13)
        self.assertNotIn(" × ", one)

    def test_an_answer_of_the_call_itself_is_read_too(self):
        answer = json.loads(SAMPLE.read_text())
        del answer["schema"], answer["sends"]
        answer.update(answered_by="node-1", cursor="node-1=17")
        done = run("show", "-", "--json", stdin=json.dumps(answer).encode())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(json.loads(done.stdout)["spans"]), len(answer["spans"]))

    def test_spans_one_a_line_are_read_as_experiments_keep_them(self):
        spans = json.loads(SAMPLE.read_text())["spans"]
        lines = self.folder / "spans.jsonl"
        lines.write_text("".join(json.dumps(each) + "\n" for each in spans))
        done = run("show", str(lines), "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertCountEqual(json.loads(done.stdout)["spans"], spans)
        lines.write_text(json.dumps(spans[0]) + "\n{\"trace\":")
        done = run("show", str(lines))
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.assertIn("line 2 is no span", done.stderr.decode())

    def test_bad_input_is_answered_in_words_and_changes_nothing(self):
        broken = self.folder / "broken.json"
        broken.write_text("{\"spans\": oops}")
        other = self.folder / "other.json"
        other.write_text("{\"taken_at\": 1, \"lost\": 0, \"missing\": [], \"spans\": [{\"trace\": 7}]}")
        twice = self.folder / "twice.json"
        twice.write_bytes(SAMPLE.read_bytes() * 2)
        for arguments, code, words in (
            ((), 2, "--sample"),
            (("--sample", "0"), 2, "--sample"),
            (("--sample", "1.5"), 2, "--sample"),
            (("--sample", "0.5", "show", str(SAMPLE)), 2, "after the subcommand"),
            (("--sample", "1", "--format", "svg"), 2, "--format"),
            (("--sample", "1", "--for", "3"), 2, "'3' is no time: right is a number with its unit"),
            (("--sample", "1", "--count", "0"), 2, "--count"),
            (("--sample", "1"), 3, "127.0.0.1:1"),
            (("--sample", "1", "-o", str(self.folder / "no/where")), 1, "cannot be written"),
            (("send", "--user", "a", "hello"), 2, "conversation"),
            (("send", "--user", "a", "--conversation", "1", "-o", str(self.folder), "hello"), 1, "is a folder"),
            (("send", "--user", "a", "--conversation", "1", "--repeat", "10001", "hello"), 2, "--repeat"),
            (("send", "--user", "a", "--conversation", "1", "hello"), 3, "127.0.0.1:1"),
            (("show", str(broken)), 1, "at byte 10"),
            (("show", str(other)), 1, "spans[0].trace is no text"),
            (("show", str(twice)), 1, "more follows"),
            (("show", str(self.folder / "none")), 1, "there is no file"),
            (("show", str(SAMPLE), "--trace", "00"), 1, "there is no trace 00"),
            (("show", str(SAMPLE), "-o", str(self.folder / "no/where")), 1, "cannot be written"),
        ):
            done = run(*arguments)
            self.assertEqual((done.returncode, done.stdout), (code, b""), (arguments, done.stderr))
            self.assertIn(words, done.stderr.decode(), arguments)


class at_a_cluster(formats, parley_test):
    """Three nodes and a group with members on each, who all listen."""

    @classmethod
    def setUpClass(cls):
        cls.cluster = start_cluster(3, f"--operator.token={TOKEN}")
        cls.addClassCleanup(cls.cluster.remove)
        folder = tempfile.TemporaryDirectory(prefix="parley-trace-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)

    def setUp(self):
        self.url = self.cluster.nodes[0].url

    async def parley(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
        return await asyncio.to_thread(run, *arguments, url=self.url, **variables)

    async def group(self) -> tuple[str, str, list[Connection]]:
        """Who sends, the group, and the connections of its members."""
        alice = await self.person("alice")
        members = [await self.person("member") for _ in range(3 * MEMBERS_OF_EACH_NODE)]
        connections = []
        for i, member in enumerate(members):
            connections.append(await Connection.of(self.cluster.nodes[i % 3], member))
            self.addAsyncCleanup(connections[-1].close)
        at_alice = await Connection.of(self.cluster.nodes[0], alice)
        self.addAsyncCleanup(at_alice.close)
        made = await at_alice.request("create_group", key="g", name="All", members=[each.id for each in members])
        return alice.name, made["conversation"], connections

    def one_trace(self, traces: dict) -> list[dict]:
        trace = traces["sends"][0]["trace"]
        return [span for span in traces["spans"] if span["trace"] == trace]

    async def test_a_message_is_followed_to_every_member(self):
        alice, group, members = await self.group()
        file = self.folder / "one.json"
        done = await self.parley("send", "--user", alice, "--conversation", group, "--format", "json", "-o", str(file), "where do you go?")
        self.assertEqual((done.returncode, done.stdout), (0, b""), done.stderr)
        traces = await asyncio.to_thread(self.check_all, file)
        self.assertEqual((traces["missing"], traces["lost"]), ([], 0))
        sent = traces["sends"][0]
        self.assertEqual(sent["conversation"], group)
        for member in members:
            await member.wait_for_entry(group, sent["seq"])
        spans = self.one_trace(traces)
        names = [span["name"] for span in spans]
        self.assertEqual({span["node"] for span in spans}, {"node-1", "node-2", "node-3"})
        for name in ("request", "commit", "write_reply"):
            self.assertEqual(names.count(name), 1, names)
        self.assertGreaterEqual(names.count("write_event"), len(members))
        self.assertEqual({span["node"] for span in spans if span["name"] == "write_event"}, {"node-1", "node-2", "node-3"})
        known = {span["span"] for span in spans}
        self.assertEqual([span for span in spans if span["parent"] is not None and span["parent"] not in known], [])
        shown = await self.parley("show", str(file), "--format", "waterfall")
        text = shown.stdout.decode()
        self.assertRegex(text, r"\* node-\d +.*log_writer commit")
        self.assertRegex(text, r"\* node-1 +.*connection write_reply")
        self.assertRegex(text, r"\d+ × session entries_delivered")
        self.assertNotIn("came without", text)

    async def test_many_messages_have_a_table_and_spans_explain_their_latency(self):
        alice, group, _ = await self.group()
        done = await self.parley("send", "--user", alice, "--conversation", group, "--repeat", str(SENDS), "--format", "waterfall", "ping")
        self.assertEqual(done.returncode, 0, done.stderr)
        text = done.stdout.decode()
        self.assertRegex(text, rf"{SENDS} messages, {SENDS} traced")
        explained = re.search(r"spans explain ([0-9.]+) % of the node's latency", text)
        self.assertGreaterEqual(float(explained[1]), 90.0, text)
        self.assertRegex(text, r"log_writer commit +[0-9.]+[mµ]s +[0-9.]+[mµ]s")
        self.assertIn("to " + str(int(re.search(r"seq (\d+) to", done.stderr.decode())[1]) + SENDS - 1), done.stderr.decode())

    async def test_a_part_of_all_requests_is_shown_until_ctrl_c(self):
        alice, group, members = await self.group()
        process = await asyncio.to_thread(
            subprocess.Popen,
            [program("parley"), "trace", "--sample", "1", "--conversation", group, "--format", "waterfall"],
            env=environment_at(self.url),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait, WITHIN_S)
        lines = Lines(process.stdout)
        # Sampling begins at a moment that nobody tells; whoever writes until it is seen needs no such moment.
        sent = 0

        def is_seen(all_: list[str]) -> bool:
            return any("write_reply" in line for line in all_)

        while not is_seen(lines.lines):
            self.assertLess(sent, 2_000, "nothing of it was traced")
            await members[0].request("send", conversation=group, key=f"k{sent}", text="hello")
            sent += 1
        process.send_signal(signal.SIGINT)
        self.assertEqual(await asyncio.to_thread(process.wait, WITHIN_S), 0)
        self.assertRegex(process.stderr.read(), r"\d+ traces?; \d+ spans? lost\n")
        await members[0].request("send", conversation=group, key="after", text="nobody looks")
        after = await self.parley("--sample", "0.000001", "--for", "1s", "--json")
        self.assertEqual(after.returncode, 0, after.stderr)
        self.assertEqual(json.loads(after.stdout)["spans"], [], "sampling ended with the tool")

    async def test_a_number_of_traces_is_enough(self):
        alice, group, members = await self.group()
        file = self.folder / "three.json"
        waiting = asyncio.create_task(self.parley("--sample", "1", "--count", "3", "--names", "-o", str(file)))
        sent = 0
        while not waiting.done():
            await members[1].request("send", conversation=group, key=f"k{sent}", text="hello")
            sent += 1
        done = await waiting
        self.assertEqual((done.returncode, done.stdout), (0, b""), done.stderr)
        self.assertIn(b"3 traces", done.stderr)
        traces = await asyncio.to_thread(self.check_all, file)
        shared = {span["details"]["continues_trace"] for span in traces["spans"] if span["name"] == "shared"}
        self.assertEqual(len({span["trace"] for span in traces["spans"] if span["name"] == "write_reply"} - shared), 3)
        self.assertIn(f"conversation:{group}", {span["entity"] for span in traces["spans"]})

    async def test_a_wrong_token_and_a_strange_conversation_are_refused(self):
        alice, group, _ = await self.group()
        refused = await self.parley("--sample", "1", PARLEY_OPERATOR_TOKEN="wrong")
        self.assertEqual((refused.returncode, refused.stdout), (1, b""))
        self.assertIn(b"refuses the operator's token", refused.stderr)
        strange = await self.parley("send", "--user", alice, "--conversation", "999999", "hello")
        self.assertEqual((strange.returncode, strange.stdout), (1, b""), strange.stderr)
        self.assertIn(b"not_found", strange.stderr)


if __name__ == "__main__":
    unittest.main()
