"""The closing line of tools/test counts everything, and never calls nothing a success."""

import contextlib
import io
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools" / "lib"))
import count_tests  # noqa: E402

PASSING = '<testcase name="a" status="run"/>'
FAILING = '<testcase name="b" status="run"><failure message="x"/></testcase>'


class the_closing_line(unittest.TestCase):
    def count(self, files: dict[str, str]) -> tuple[int, str]:
        code, lines = self.printed(files)
        return code, lines[-1]

    def printed(self, files: dict[str, str]) -> tuple[int, list[str]]:
        with tempfile.TemporaryDirectory() as folder:
            for path, text in files.items():
                file = pathlib.Path(folder) / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                code = count_tests.main(pathlib.Path(folder))
        return code, printed.getvalue().splitlines()

    def ctest(self, **status: str) -> str:
        return "<testsuite>" + "".join(f'<testcase name="{n}" status="{s}"/>' for n, s in status.items()) + "</testsuite>"

    def gtest(self, *cases: str) -> str:
        return "<testsuites><testsuite>" + "".join(cases) + "</testsuite></testsuites>"

    def test_counts_the_cases_of_a_program_and_a_script_as_one(self):
        result = self.count(
            {"asan/ctest.xml": self.ctest(program="run", script="run"), "asan/cases/program.xml": self.gtest(PASSING, PASSING)}
        )
        self.assertEqual(result, (0, "3 passed, 0 failed"))

    def test_adds_up_builds(self):
        files = {"asan/ctest.xml": self.ctest(one="run"), "release/ctest.xml": self.ctest(one="run", two="fail")}
        self.assertEqual(self.count(files), (1, "2 passed, 1 failed"))

    def test_counts_a_failed_case_once(self):
        files = {"asan/ctest.xml": self.ctest(p="fail"), "asan/cases/p.xml": self.gtest(PASSING, FAILING)}
        self.assertEqual(self.count(files), (1, "1 passed, 1 failed"))

    def test_counts_a_crash_after_good_cases_as_a_failure(self):
        files = {"asan/ctest.xml": self.ctest(p="fail"), "asan/cases/p.xml": self.gtest(PASSING)}
        self.assertEqual(self.count(files), (1, "1 passed, 1 failed"))

    def test_counts_a_program_that_left_no_report_as_a_failure(self):
        files = {"asan/ctest.xml": self.ctest(p="fail"), "asan/cases/p.xml": "<testsuites><te"}
        self.assertEqual(self.count(files), (1, "0 passed, 1 failed"))

    def test_fails_for_a_program_without_cases_and_for_what_did_not_run(self):
        files = {"asan/ctest.xml": self.ctest(p="run", q="notrun", r="disabled"), "asan/cases/p.xml": self.gtest()}
        self.assertEqual(self.count(files), (1, "0 passed, 3 failed"))

    def test_shows_why_something_failed(self):
        said = "a_test ... ok\n" * 99 + "FAIL: another_test\nTraceback\n" + "x" * 999 + "\nAssertionError: 1 != 2\n"
        case = f'<testcase name="p" status="fail"><system-out>{said}</system-out></testcase>'
        code, lines = self.printed({"asan/ctest.xml": f"<testsuite>{case}</testsuite>"})
        self.assertEqual((code, lines[0], lines[-1]), (1, "failed: asan: p", "0 passed, 1 failed"))
        self.assertEqual([line.strip() for line in lines[1:3]], ["FAIL: another_test", "Traceback"])
        self.assertIn("    AssertionError: 1 != 2", lines)
        self.assertLess(max(map(len, lines)), 400)

    def test_fails_when_nothing_ran_or_a_build_failed(self):
        self.assertEqual(self.count({}), (1, "0 passed, 0 failed"))
        self.assertEqual(self.count({"asan/build-failed": ""}), (1, "0 passed, 1 failed"))
        self.assertEqual(self.count({"asan/x": ""})[0], 1)


if __name__ == "__main__":
    unittest.main()
