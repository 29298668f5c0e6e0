"""`parley bench` as it is typed, small: its figures must agree with each other, whatever they are.

No test here asks for a speed: what a shared machine does in a second says nothing.
"""

import asyncio
import copy
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

from support.faulty_node import FAULTY_SEQ, FaultyNode
from support.node import Node, is_alive, program

END_WITHIN_S = 120
SMALL = ("--seconds=1", "--warm-up=0.2")


class bench_test(unittest.TestCase):
    """Runs `parley bench` with a folder for temporary files in which nothing may be left."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="parley-bench-test-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.folder.chmod(0o755)

    def command(self, *arguments: str) -> dict:
        return {
            "args": [program("parley"), "bench", *arguments],
            "env": {**os.environ, "TMPDIR": str(self.folder)},
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "text": True,
        }

    def bench(self, *arguments: str, code: int = 0) -> subprocess.CompletedProcess:
        done = subprocess.run(**self.command(*arguments), timeout=END_WITHIN_S, check=False)
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        self.assertEqual(list(self.folder.iterdir()), [], "something of the node was left")
        self.assertNotIn("the node did not end well", done.stderr)
        return done

    def figures(self, *arguments: str) -> dict:
        return json.loads(self.bench(*arguments, "--json").stdout)

    def check_messages(self, figures: dict, deliveries_per_message: int) -> None:
        """What is true of every run of messages."""
        totals, window = figures["totals"], figures["window"]
        self.assertGreater(totals["messages"], 0)
        self.assertEqual(totals["messages"], totals["sent"])
        self.assertEqual(totals["deliveries"], totals["messages"] * deliveries_per_message)
        self.assertEqual(figures["checks"], {"violations": 0, "first": []})
        self.assertFalse(figures["interrupted"])
        self.assertGreater(window["messages"], 0)
        self.assertLessEqual(window["messages"], totals["messages"])
        self.assertLessEqual(window["deliveries"], totals["deliveries"])
        self.assertAlmostEqual(window["messages_per_second"], window["messages"] / window["seconds"], 3)
        for latency in figures["latency"].values():
            self.assertGreater(latency["p50_us"], 0)
            self.assertLessEqual(latency["p50_us"], latency["p99_us"])
            self.assertLessEqual(latency["p99_us"], latency["p999_us"])
            self.assertLessEqual(latency["p999_us"], latency["max_us"])
        self.assertGreater(figures["machine"]["cores"], 0)
        self.assertIn("--limits.sends_per_second=0", figures["settings"]["parleyd"])


class modes(bench_test):
    def test_group_counts_a_delivery_for_every_member_of_every_message(self):
        figures = self.figures("group", "--members=5", *SMALL)
        self.check_messages(figures, deliveries_per_message=5)
        self.assertEqual(figures["settings"]["senders"], 1)
        self.assertAlmostEqual(
            figures["cpu"]["node_us_per_message"] * figures["window"]["messages"],
            figures["cpu"]["node_us_per_delivery"] * figures["window"]["deliveries"],
            0,
        )
        self.assertIsNotNone(figures["cpu"]["postgres_us_per_message"])

    def test_more_under_way_than_one_connection_may_have_is_shared_among_senders(self):
        figures = self.figures("group", "--members=4", "--outstanding=100", *SMALL)
        self.check_messages(figures, deliveries_per_message=4)
        self.assertEqual(figures["settings"]["senders"], 4)

    def test_direct_sends_as_many_as_the_rate_says(self):
        figures = self.figures("direct", "--pairs=3", "--rate=100", *SMALL)
        self.check_messages(figures, deliveries_per_message=2)
        # 1.2 s of 100/s; the last one due may lie on either side of the end.
        self.assertIn(figures["totals"]["messages"], range(119, 123))
        for latency in figures["latency"].values():
            self.assertIn(latency["count"], range(99, 102))

    def test_direct_without_a_rate_keeps_every_pair_busy(self):
        figures = self.figures("direct", "--pairs=3", "--rate=0", "--outstanding=4", *SMALL)
        self.check_messages(figures, deliveries_per_message=2)
        self.assertGreater(figures["totals"]["messages"], 3 * 4)

    def test_idle_says_what_a_session_costs(self):
        figures = self.figures("idle", "--sessions=50", "--people=3", "--seconds=0.5")
        self.assertEqual(figures["settings"]["sessions"], 50)
        memory = figures["memory"]
        self.assertAlmostEqual(
            memory["bytes_per_session"] * 50, (memory["after_mib"] - memory["before_mib"]) * 1024 * 1024, 0
        )
        self.assertAlmostEqual(figures["opening"]["sessions_per_second"] * figures["opening"]["seconds"], 50, 3)
        self.assertGreaterEqual(figures["idle"]["seconds"], 0.5)

    def test_idle_opens_what_the_limit_of_open_files_allows_and_says_so(self):
        command = self.command("idle", "--sessions=100000", "--people=2", "--seconds=0.1", "--json")
        command["args"] = ["prlimit", "--nofile=160:160", *command["args"]]
        done = subprocess.run(**command, timeout=END_WITHIN_S, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        settings = json.loads(done.stdout)["settings"]
        self.assertEqual(settings["sessions_wanted"], 100000)
        self.assertIn(settings["sessions"], range(1, 160))
        self.assertIn("limit of 160 open files", done.stderr)

    def test_a_table_is_for_people(self):
        done = self.bench("group", "--members=2", *SMALL)
        for part in ("machine", "deliveries", "node, a delivery", "PostgreSQL, a message", "order kept, no hole"):
            self.assertIn(part, done.stdout)
        self.assertIn("sending", done.stderr)


class a_given_node(bench_test):
    def test_is_measured_with_the_processor_time_of_its_data_folder(self):
        node = Node()
        self.addCleanup(node.remove)
        node.start()
        done = self.bench("group", "--members=3", *SMALL, "--json", f"--url={node.url}", f"--data={node.data}")
        figures = json.loads(done.stdout)
        self.assertEqual(figures["totals"]["deliveries"], 3 * figures["totals"]["messages"])
        self.assertGreater(figures["cpu"]["node_us_per_delivery"], 0)
        without = json.loads(self.bench("group", "--members=3", *SMALL, "--json", f"--url={node.url}").stdout)
        self.assertIsNone(without["cpu"]["node_us_per_delivery"])
        self.assertEqual(node.stop(), 0)

    def test_that_limits_accounts_is_told_of_with_what_to_do(self):
        node = Node("--limits.accounts_per_minute=1", limited=True)
        self.addCleanup(node.remove)
        node.start()
        done = self.bench("group", "--members=20", *SMALL, f"--url={node.url}", code=1)
        self.assertIn("--limits.accounts_per_minute=0", done.stderr)

    def test_that_is_not_there_is_exit_code_3(self):
        self.assertIn("127.0.0.1:1", self.bench("group", "--url=http://127.0.0.1:1", code=3).stderr)


class mistakes(bench_test):
    def test_in_arguments_are_exit_code_2(self):
        for arguments in (
            ("group", "--members=0"),
            ("group", "--text-bytes=100001"),
            ("direct", "--pairs=x"),
            ("idle", "--node-cores=nowhere"),
            ("group", "--url=ftp://127.0.0.1"),
            (),
        ):
            with self.subTest(arguments):
                self.bench(*arguments, code=2)

    def test_in_arguments_of_the_node_are_shown_in_its_words(self):
        done = self.bench("group", "--node-argument=--no.such=1", code=1)
        self.assertIn("no.such", done.stderr)


class interruption(bench_test):
    def test_prints_what_there_is_and_leaves_nothing(self):
        with subprocess.Popen(**self.command("group", "--members=2", "--warm-up=0", "--seconds=300", "--json")) as run:
            self.addCleanup(lambda: run.poll() is None and run.kill())
            for line in run.stderr:
                if "messages/s" in line:
                    break
            (folder,) = self.folder.iterdir()
            node = int((folder / "data" / "parleyd.pid").read_text())
            postmaster = int((folder / "data" / "postgres" / "postmaster.pid").read_text().split()[0])
            run.send_signal(signal.SIGINT)
            printed, _ = run.communicate(timeout=END_WITHIN_S)
        self.assertEqual(run.returncode, 1)
        figures = json.loads(printed)
        self.assertTrue(figures["interrupted"])
        self.assertEqual(figures["totals"]["deliveries"], 2 * figures["totals"]["messages"])
        self.assertGreater(figures["window"]["messages"], 0)
        self.assertEqual(list(self.folder.iterdir()), [])
        self.assertFalse(is_alive(node))
        self.assertFalse(is_alive(postmaster))


def at(seq: int, change):
    """A fault done to one entry, for one member of three."""
    return lambda number, member, event: change(event) if (number, member) == (seq, 1) else [event]


def changed(event: dict, **content) -> list[dict]:
    other = copy.deepcopy(event)
    other["d"].update(content)
    return [other]


class faults_of_a_node(bench_test):
    """The check is shown what it must catch."""

    def run_against(self, node: FaultyNode, code: int) -> dict:
        async def run():
            url = await node.start()
            try:
                return await asyncio.to_thread(
                    self.bench, "group", "--members=3", *SMALL, "--patience=2", f"--url={url}", "--json", code=code
                )
            finally:
                await node.stop()

        return json.loads(asyncio.run(run()).stdout)

    def assert_caught(self, what: str, node: FaultyNode) -> None:
        checks = self.run_against(node, code=1)["checks"]
        self.assertGreater(checks["violations"], 0)
        self.assertIn(what, checks["first"][0])

    def test_none_are_found_where_there_are_none(self):
        figures = self.run_against(FaultyNode(), code=0)
        self.assertEqual(figures["checks"]["violations"], 0)
        self.assertGreater(figures["totals"]["messages"], FAULTY_SEQ)

    def test_a_repeat_is_caught(self):
        self.assert_caught("again", FaultyNode(at(FAULTY_SEQ, lambda event: [event, event])))

    def test_a_hole_in_the_numbers_is_caught(self):
        later = lambda seq, member, event: (
            changed(event, seq=seq + 1) if member == 1 and seq >= FAULTY_SEQ else [event]
        )
        self.assert_caught("over a hole", FaultyNode(later))

    def test_two_places_for_one_message_are_caught(self):
        # Two entries change places for one member, with numbers that look right.
        kept = []

        def swap(seq, member, event):
            if member != 1 or seq not in (FAULTY_SEQ, FAULTY_SEQ + 1):
                return [event]
            if seq == FAULTY_SEQ:
                kept.append(event)
                return []
            return changed(event, seq=seq - 1) + changed(kept[0], seq=seq)

        self.assert_caught("another place", FaultyNode(swap))

    def test_another_text_is_caught(self):
        self.assert_caught("another text", FaultyNode(at(FAULTY_SEQ, lambda event: changed(event, text="no"))))

    def test_another_sender_is_caught(self):
        self.assert_caught("wrong sender", FaultyNode(at(FAULTY_SEQ, lambda event: changed(event, sender="77"))))

    def test_a_message_that_nobody_sent_is_caught(self):
        self.assert_caught("never sent", FaultyNode(at(FAULTY_SEQ, lambda event: changed(event, key="m999999"))))

    def test_an_entry_of_another_conversation_is_caught(self):
        strange = lambda event: changed(event, conversation="10")
        self.assert_caught("none of this run's", FaultyNode(at(FAULTY_SEQ, strange)))

    def test_an_acknowledgement_of_another_place_is_caught(self):
        def lie(reply):
            if reply["d"]["seq"] == FAULTY_SEQ:
                reply["d"]["seq"] += 1
            return [reply]

        self.assert_caught("another place", FaultyNode(answer=lie))

    def test_a_second_acknowledgement_is_caught(self):
        self.assert_caught(
            "told that message", FaultyNode(answer=lambda reply: [reply] * (2 if reply["d"]["seq"] == FAULTY_SEQ else 1))
        )

    def test_a_lost_last_message_is_caught(self):
        # Nothing follows it, so that only the end of the run can tell.
        node = FaultyNode(lambda seq, member, event: [] if member == 1 and seq >= FAULTY_SEQ else [event])
        checks = self.run_against(node, code=1)["checks"]
        self.assertIn("not acknowledged and shown to everybody", checks["first"][0])


if __name__ == "__main__":
    unittest.main()
