"""Adds up what ctest and GoogleTest reported, and prints the closing line of tools/test.

The folder given holds one folder a build: `ctest.xml` (ctest's own JUnit file), `cases/*.xml` (one of
GoogleTest's files a program, named after it), or an empty file `build-failed`. A GoogleTest program
counts as its cases, any other test as one. What failed is shown once more, from where it says why. Exit code 0 only if something passed and nothing failed.
"""

import pathlib
import re
import sys
import xml.etree.ElementTree as xml

EXCERPT_LINES = 45
EXCERPT_COLUMNS = 300
# unittest, GoogleTest, a sanitizer: where each says what went wrong.
REASON = re.compile(r"^(FAIL|ERROR): |: Failure$|ERROR: .*Sanitizer|runtime error: ")


def cases_of(file: pathlib.Path) -> tuple[int, int] | None:
    """Passed and failed cases of a GoogleTest program; None if it left no whole report."""
    try:
        suites = xml.parse(file).getroot()
    except (OSError, xml.ParseError):
        return None
    passed = failed = 0
    for case in suites.iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif case.get("status") == "run" and case.find("skipped") is None:
            passed += 1
    return passed, failed


def excerpt_of(test: xml.Element) -> list[str]:
    """The lines of a failed test's output that say why, or its last ones."""
    lines = (test.findtext("system-out") or "").splitlines()
    found = next((at for at, line in enumerate(lines) if REASON.search(line)), max(0, len(lines) - EXCERPT_LINES))
    return [line[:EXCERPT_COLUMNS] for line in lines[found : found + EXCERPT_LINES]]


def count_build(folder: pathlib.Path) -> tuple[int, int, list[str]]:
    """Passed, failed, and for each ctest test that failed its name and an excerpt, for one build."""
    if (folder / "build-failed").exists():
        return 0, 1, [f"{folder.name}: the build failed"]
    passed = failed = 0
    names = []
    try:
        tests = xml.parse(folder / "ctest.xml").getroot().iter("testcase")
    except (OSError, xml.ParseError) as problem:
        return 0, 1, [f"{folder.name}: no report of ctest ({problem})"]
    for test in tests:
        name = test.get("name", "?")
        # ctest says "run" for what passed; all else (fail, disabled, notrun) did not prove anything.
        good = test.get("status") == "run"
        cases = cases_of(folder / "cases" / f"{name}.xml")
        if cases is None:
            passed += good
            failed += not good
        else:
            passed += cases[0]
            failed += cases[1]
            if not good and cases[1] == 0:
                failed += 1  # every case passed and yet the program failed, by a sanitizer for instance
            if good and cases == (0, 0):
                failed += 1
                good = False
        if not good:
            names.append("\n    ".join([f"{folder.name}: {name}", *excerpt_of(test)]))
    return passed, failed, names


def main(results: pathlib.Path) -> int:
    passed = failed = 0
    for folder in sorted(path for path in results.iterdir() if path.is_dir()):
        more_passed, more_failed, names = count_build(folder)
        passed += more_passed
        failed += more_failed
        for name in names:
            print(f"failed: {name}")
    if passed + failed == 0:
        print("nothing ran, which proves nothing")
    print(f"{passed} passed, {failed} failed")
    return 0 if passed > 0 and failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
