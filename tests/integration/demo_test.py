"""parley demo: what it prints works as it stands there, and nothing of it is left.

    PARLEY_BINARY_DIR=… /usr/bin/python3 demo_test.py
"""

import os
import re
import shlex
import signal
import subprocess
import time
import unittest

from support.command_line import WITHIN_S, Lines, own_folder
from support.node import program, select_nothing

GONE_WITHIN_S = 30.0


class demo(own_folder):
    def begin(self, *arguments: str) -> subprocess.Popen:
        """Starts a demo, and returns when it has said everything."""
        process = subprocess.Popen(
            [program("parley"), "demo", "--nodes", "2", "--people", "3", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment,
            text=True,
            start_new_session=True,
        )
        self.addCleanup(self.finish, process)
        self.out, self.err = Lines(process.stdout), Lines(process.stderr)
        self.err.wait_for(lambda lines: any(line.startswith("Ctrl-C ends") for line in lines), "a demo that runs")
        self.text = "\n".join(self.out.wait_for(lambda lines: any("starts again after" in line for line in lines), "what to do"))
        return process

    def finish(self, process: subprocess.Popen) -> None:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(WITHIN_S)
        self.out.thread.join(WITHIN_S)
        self.err.thread.join(WITHIN_S)
        process.stdout.close()
        process.stderr.close()

    def printed(self, what: str) -> list[str]:
        """The command line with these words that was printed."""
        (line,) = [line.strip() for line in self.text.splitlines() if f"parley {what} " in line]
        return shlex.split(line)

    def run_printed(self, command: list[str]) -> subprocess.CompletedProcess:
        """As a shell does: variables first."""
        variables = dict(word.split("=", 1) for word in command[:1] if "=" in word)
        words = command[len(variables) :]
        return subprocess.run(
            words, env={**self.environment, **variables}, capture_output=True, text=True, timeout=WITHIN_S, check=False
        )

    def texts_at(self, url: str, password: str) -> list[str]:
        """What alice reads in everybody's group, at this node."""
        read = self.run_printed(
            [f"PARLEY_PASSWORD={password}", program("parley"), "history", "--user", "alice", "--group", "Everybody", "--all", "--url", url]
        )
        self.assertEqual(read.returncode, 0, read.stderr)
        return [line.split("\t")[-1] for line in read.stdout.splitlines()]

    def pages(self) -> dict[str, str]:
        return dict(re.findall(r"^(node-\d) +\d+ +(http://\S+)/$", self.text, re.MULTILINE))

    def password(self) -> str:
        return re.search(r"Everybody's password: (\S+)", self.text)[1]

    def wait_until(self, condition, what: str, within_s: float = GONE_WITHIN_S) -> None:
        deadline = time.monotonic() + within_s
        while not condition():
            self.assertLess(time.monotonic(), deadline, f"{what}; stderr {self.err.lines[-8:]}")
            select_nothing(0.05)

    def test_what_is_printed_works_and_nothing_is_left(self):
        # What somebody has for a cluster of their own is not for this one.
        self.environment["PARLEY_OPERATOR_TOKEN"] = "0123456789abcdef-of-another-cluster"
        process = self.begin("--rate", "20")
        del self.environment["PARLEY_OPERATOR_TOKEN"]
        self.assertRegex(self.text, r"/topology#token=[\w-]{20,}\n")
        pages = self.pages()
        self.assertEqual(sorted(pages), ["node-1", "node-2"], self.text)
        self.assertNotEqual(pages["node-1"], pages["node-2"])
        owner, victim = re.search(r"(node-\d) owns the group 'Everybody'; kill it: kill -9 (\d+)", self.text).groups()
        (other,) = set(pages) - {owner}
        # Bob's is the node that the accident ends; alice and who watches are at another.
        send = self.printed("send")
        self.assertEqual(send[-2], pages[owner])
        self.assertIn(f"  alice:     {pages[other]}/\n  bob:       {pages[owner]}/\n", self.text)
        self.assertIn(f"{pages[other]}/topology#token=", self.text)
        sent = self.run_printed(send)
        self.assertEqual(sent.returncode, 0, sent.stderr)
        texts = self.texts_at(pages["node-1"], self.password())
        self.assertIn("Hello from the other node", texts)
        # The people talk.
        self.wait_until(lambda: len(self.texts_at(pages["node-2"], self.password())) > len(texts), "nobody talks")
        for what in ("where", "nodes"):
            done = self.run_printed([word for word in self.printed(what) if word != "--watch"])
            self.assertEqual(done.returncode, 0, done.stderr)
        traced = self.run_printed([*self.printed("trace"), "--format=waterfall"])
        self.assertEqual(traced.returncode, 0, traced.stderr)
        # Whoever talks listens as well.
        self.assertRegex(traced.stdout, r"connection write_event")
        # The owner of their group is killed as printed: the group goes on, and the node comes back.
        before = len(self.texts_at(pages[other], self.password()))
        os.kill(int(victim), signal.SIGKILL)
        self.err.wait_for(lambda lines: any(f"{owner} (process {victim}) was killed" in line for line in lines), "the news")
        self.wait_until(lambda: len(self.texts_at(pages[other], self.password())) > before, "the group does not go on")
        self.err.wait_for(lambda lines: any(line.startswith(f"{owner} serves again at {pages[owner]} ") for line in lines), "its return")
        self.assertTrue(self.processes())
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(WITHIN_S), 0, self.err.lines)
        self.assertEqual(self.processes(), [])
        self.assertEqual(list(self.temporary.iterdir()), [])

    def test_a_kept_demo_goes_on_even_after_it_was_killed(self):
        kept = self.folder / "kept"
        process = self.begin("--keep", str(kept), "--rate", "0")
        password = self.password()
        self.assertEqual(self.run_printed(self.printed("send")).returncode, 0)
        second = subprocess.run(
            [program("parley"), "demo", "--keep", str(kept)], env=self.environment, capture_output=True, text=True, timeout=WITHIN_S
        )
        self.assertEqual(second.returncode, 1)
        self.assertIn("another demo runs in", second.stderr)
        process.kill()
        self.wait_until(lambda: not self.processes(), "programs stay behind a demo that was killed")
        self.finish(process)
        process = self.begin("--keep", str(kept), "--rate", "0")
        self.assertEqual(self.password(), password)
        self.assertEqual(self.texts_at(self.pages()["node-2"], password).count("Hello from the other node"), 1)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(WITHIN_S), 0, self.err.lines)
        self.assertEqual(self.processes(), [])
        self.assertTrue((kept / "postgres").is_dir())

    def test_what_cannot_be_is_said(self):
        for arguments in (("--nodes", "0"), ("--nodes", "17"), ("--people", "2"), ("--rate", "-1"), ("--keep", "/proc/nowhere")):
            done = subprocess.run(
                [program("parley"), "demo", *arguments], env=self.environment, capture_output=True, text=True, timeout=WITHIN_S
            )
            self.assertEqual((done.returncode, done.stdout), (2, ""), (arguments, done.stderr))
        self.assertEqual(list(self.temporary.iterdir()), [])


if __name__ == "__main__":
    unittest.main()
