"""The rules of the house: who may include whom, and a few of style.

    check_house.py FOLDER     prints one line `file:line: what is wrong` a violation; exit code 1 if any

Arrows: transport → contract/values ← persistence, actors → contract; only tools/parleyd sees all.
Only #include lines are read, so a rule here is one that anybody can check by eye.
"""

import dataclasses
import os
import pathlib
import re
import sys

SOURCES = {".hpp", ".cpp"}
TEXTS = SOURCES | {".py", ".mjs", ".js", ".ts", ".sql", ".sh", ".cmake", ".md", ".yaml", ""}
# The two largest kinds of file that nobody writes by hand.
NOT_OURS = {"build", "node_modules", ".git", "__pycache__", "parley-data"}
LINES_MAX = 400

CAF = r"caf/"
BEAST = r"boost/(beast|asio)[/.]"
POSTGRES = r"(pqxx/|libpq)"
YAML = r"yaml-cpp/"
VALUES = "actors/contract/values/"


@dataclasses.dataclass(frozen=True)
class room:
    """A folder: which parts of the project it may include, and which libraries it must not."""

    folder: str
    may_include: tuple[str, ...]
    libraries_forbidden: tuple[str, ...]


# The first that fits decides.
ROOMS = (
    room("actors/contract/values/", (VALUES,), (CAF, BEAST, POSTGRES, YAML)),
    room("actors/contract/", ("actors/contract/",), (BEAST, POSTGRES, YAML)),
    room("actors/", ("actors/",), (BEAST, POSTGRES, YAML)),
    room("transport/protocol/", (VALUES, "transport/protocol/"), (CAF, BEAST, POSTGRES, YAML)),
    room("transport/", (VALUES, "transport/"), (CAF, POSTGRES, YAML)),
    room("persistence/", (VALUES, "persistence/"), (CAF, BEAST, YAML)),
    room("config/", (VALUES, "config/"), (CAF, BEAST, POSTGRES)),
    # An experiment is a YAML file of its user's; one reader of YAML serves both.
    room("tools/parley/experiment/", ("tools/parley/", "config/yaml_file.hpp"), (CAF, POSTGRES, YAML)),
    room("tools/parley/", ("tools/parley/",), (CAF, POSTGRES, YAML)),
)
YAML_FILE = "config/yaml_file.cpp"

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')
PROJECT_PARTS = ("actors/", "config/", "persistence/", "tests/", "tools/", "transport/")
# Put together here, so that this file does not hold what it looks for.
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK")) + r")\b")
NOT_IN_TESTS = re.compile(
    "|".join(("GTEST_" + "SKIP", r"\bsleep" + r"_for\b", r"\bsleep" + r"_until\b", r"\busleep\(", r"\btime\." + r"sleep\("))
)
SOMEBODYS_HOME = re.compile(r"(?<![\w.])/(home|Users)/" + r"\w+/")


def files_of(root: pathlib.Path):
    """Every file that people write, as a path relative to the root, in order."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in NOT_OURS)
        for name in sorted(names):
            yield (pathlib.Path(folder) / name).relative_to(root)


def check_include(path: str, quoted: str | None, angled: str | None):
    """What is wrong with an include in this file, one text each."""
    ours = quoted if quoted else (angled if angled.startswith(PROJECT_PARTS) else None)
    if ours is not None:
        if ".." in ours.split("/") or not ours.startswith(PROJECT_PARTS):
            yield f'includes "{ours}", which is not written from the root of the project'
            return
        if angled:
            yield f'includes <{ours}>: write what is ours with quotes'
        if ours.startswith("tests/") and not path.startswith("tests/"):
            yield f'includes "{ours}": only tests know tests'
        if ours.startswith("tools/parleyd/") and not path.startswith(("tools/parleyd/", "tests/")):
            yield f'includes "{ours}": nobody knows the program that knows everybody'
    for place in ROOMS:
        if not path.startswith(place.folder):
            continue
        if ours is not None and not ours.startswith(place.may_include):
            yield f'includes "{ours}": {place.folder} may know only {", ".join(place.may_include)}'
        for library in place.libraries_forbidden:
            if angled and re.match(library, angled):
                yield f"includes <{angled}>, which {place.folder} must not know"
        break
    if angled and re.match(YAML, angled) and path != YAML_FILE and path.startswith("config/"):
        yield f"includes <{angled}>: only {YAML_FILE} does"
    if angled and re.match(YAML, angled) and path.startswith("tools/parleyd/"):
        yield f"includes <{angled}>: only {YAML_FILE} does"


def check_source(path: str, lines: list[str]):
    """Violations of a C++ file, as (line, text)."""
    for number, line in enumerate(lines, 1):
        found = INCLUDE.match(line)
        if found:
            for text in check_include(path, found.group(1), found.group(2)):
                yield number, text
    if len(lines) > LINES_MAX:
        yield len(lines), f"has {len(lines)} lines; above {LINES_MAX} it is more than one idea"
    if path.endswith(".hpp") and not any(line.startswith("#pragma once") for line in lines):
        yield 1, "a header without #pragma once"


def check_text(path: str, lines: list[str]):
    """Violations that any text can have, as (line, text)."""
    is_test_code = path.startswith("tests/") and not path.endswith(".md")
    for number, line in enumerate(lines, 1):
        found = UNFINISHED.search(line)
        if found:
            yield number, f"says {found.group(0)}: finish it, or write an issue"
        if is_test_code and NOT_IN_TESTS.search(line):
            yield number, "a test waits for a condition with a deadline; it neither sleeps nor skips"
        if SOMEBODYS_HOME.search(line):
            yield number, "names a folder of somebody's machine"


def check_readmes(root: pathlib.Path, paths: list[pathlib.Path]):
    """Top folders, and folders with a library of sources, say what they are for."""
    wanted = {path.parts[0] for path in paths if len(path.parts) > 1 and not path.parts[0].startswith(".")}
    for path in paths:
        if path.suffix in SOURCES and path.parts[0] != "tests":
            wanted.add(str(path.parent))
    for folder in sorted(wanted):
        # ports/ belongs to the words of the house and is told of there.
        if not (root / folder / "README.md").exists() and not folder.endswith("/ports"):
            yield folder, 1, "has no README.md that says what it is for"


def check(root: pathlib.Path) -> list[str]:
    """All violations below the folder, as `file:line: text`."""
    paths = list(files_of(root))
    found = list(check_readmes(root, paths))
    for relative in paths:
        path = relative.as_posix()
        if relative.suffix not in TEXTS:
            continue
        try:
            lines = (root / relative).read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            found.append((path, 1, "is not UTF-8"))
            continue
        if relative.suffix in SOURCES:
            found.extend((path, line, text) for line, text in check_source(path, lines))
        found.extend((path, line, text) for line, text in check_text(path, lines))
    return [f"{path}:{line}: {text}" for path, line, text in found]


def main(root: str) -> int:
    violations = check(pathlib.Path(root).resolve())
    for violation in violations:
        print(violation)
    print(f"{len(violations)} violations of the rules of the house")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "."))
