"""Programs started wrongly, and configurations that are wrong: exit code 2 and one line that helps.

    PARLEY_BINARY_DIR=… /usr/bin/python3 command_line_test.py
"""

import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

here = pathlib.Path(__file__).parent
sys.path[:0] = [str(here), str(here.parent / "integration")]

from catalogue import configurations
from support.node import program

WITHIN_S = 10.0
LINE_MAX = 600
HINT_OF_PARLEYD = "parleyd: not started; see parleyd --help"
HINT_OF_PARLEY = "Run with --help for more information."


def environment(more=()) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")}
    return {**kept, "XDG_STATE_HOME": "/nonexistent", **dict(more)}


def run(name: str, arguments, folder: str, more=()) -> tuple[int, str, str]:
    done = subprocess.run(
        [program(name), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=WITHIN_S,
        cwd=folder,
        env=environment(more),
        check=False,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def wrong_lines(errors: str, hint: str) -> list[str]:
    """The lines that say what is wrong; the last one, which says where to read on, is none of them."""
    lines = errors.splitlines()
    return lines[:-1] if lines and lines[-1] == hint else lines


class command_lines(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def all(self, cases, check) -> None:
        """Every case, several at once; all that went wrong is told."""
        self.assertEqual(len({case.name for case in cases}), len(cases), "two cases have one name")

        def tried(numbered) -> str:
            number, case = numbered
            try:
                check(number, case)
            except (AssertionError, subprocess.TimeoutExpired, UnicodeDecodeError) as problem:
                return f"{case.name}: {problem}"
            return ""

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            failures = [each for each in pool.map(tried, enumerate(cases)) if each]
        self.assertEqual(failures, [], "\n" + "\n".join(failures))
        print(f"{len(cases)} cases")

    def is_refused(self, outcome, hint: str, says: str) -> str:
        code, out, errors = outcome
        assert code == 2, f"exit code {code}: {errors[:500]}"
        assert out == "", f"on stdout: {out[:200]}"
        assert "hush-" not in errors, f"a secret: {errors[:500]}"
        lines = wrong_lines(errors, hint)
        assert len(lines) == 1, f"{len(lines)} lines: {errors[:500]}"
        assert len(lines[0]) <= LINE_MAX and lines[0].isprintable(), f"not a line to read: {lines[0][:LINE_MAX]!r}"
        assert says in lines[0], f"does not say {says!r}: {lines[0]}"
        return lines[0]

    def test_wrong_configurations_are_refused_by_one_line(self):
        def check(number, case):
            name = f"{number}.yaml"
            (pathlib.Path(self.folder.name) / name).write_bytes(case.content)
            line = self.is_refused(run("parleyd", [f"--config={name}"], self.folder.name), HINT_OF_PARLEYD, case.says)
            starts = f"parleyd: {case.starts.replace('FILE', name)}"
            assert line.startswith(starts), f"does not begin with {starts!r}: {line}"

        self.all(configurations.OF_PARLEYD_FILES, check)

    def test_wrong_command_lines_of_parleyd_are_refused_by_one_line(self):
        def check(_, case):
            outcome = run("parleyd", case.arguments, self.folder.name, case.environment)
            assert self.is_refused(outcome, HINT_OF_PARLEYD, case.says).startswith("parleyd: ")

        self.all(configurations.OF_PARLEYD, check)
        self.assertEqual(os.listdir(self.folder.name), [], "a program that was not started left something")

    def test_wrong_command_lines_of_parley_are_refused_by_one_line(self):
        def check(_, case):
            self.is_refused(run("parley", case.arguments, self.folder.name, case.environment), HINT_OF_PARLEY, case.says)

        self.all(configurations.OF_PARLEY, check)

    def test_several_mistakes_are_told_at_once(self):
        file = pathlib.Path(self.folder.name) / "node.yaml"
        file.write_text("limits: {devices: -1, devics: 2}\nlog: {level: loud}\n")
        code, _, errors = run("parleyd", ["--config=node.yaml", "--nonsense=1"], self.folder.name)
        self.assertEqual(code, 2)
        self.assertEqual(len(wrong_lines(errors, HINT_OF_PARLEYD)), 4, errors)

    def test_a_node_that_nobody_can_reach_is_exit_code_3(self):
        code, out, errors = run(
            "parley",
            ["people", "--user", "alice", "--url", "http://127.0.0.1:1", "bo"],
            self.folder.name,
            [("PARLEY_PASSWORD", "hush-password"), ("XDG_STATE_HOME", self.folder.name)],
        )
        self.assertEqual((code, out), (3, ""), errors)
        self.assertEqual(len(errors.splitlines()), 1, errors)
        self.assertNotIn("hush-", errors)


if __name__ == "__main__":
    unittest.main(verbosity=2)
