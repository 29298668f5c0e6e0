"""`parley` as people and scripts run it: through pipes, and at a terminal of its own."""

import contextlib
import os
import pathlib
import pty
import re
import select
import subprocess
import tempfile
import threading
import time
import unittest

from support.client import PASSWORD
from support.node import Node, program

WITHIN_S = 90.0  # coming back may take a random wait or two
CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def environment(**variables: str) -> dict[str, str]:
    """This process's, without what this machine has set for Parley, and with these."""
    return {**{name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")}, **variables}


class own_folder(unittest.TestCase):
    """Runs clusters in a folder of the test's own, so that whatever is left of them can be found."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="parley-cluster-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.folder.chmod(0o755)
        self.temporary = self.folder / "tmp"
        self.temporary.mkdir(mode=0o755)
        self.environment = environment(TMPDIR=str(self.temporary), XDG_STATE_HOME=str(self.folder / "state"))

    def processes(self) -> list[str]:
        """Command lines that name the test's folder."""
        found = []
        for each in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = each.read_bytes().decode(errors="replace")
            except OSError:
                continue
            if str(self.folder) in words and int(each.parent.name) != os.getpid():
                found.append(words.replace("\0", " "))
        return found


class Lines:
    """What a process writes, as lines, in the order it came."""

    def __init__(self, stream):
        self.lines: list[str] = []
        self.changed = threading.Condition()
        self.is_over = False
        self.thread = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self.thread.start()

    def _read(self, stream) -> None:
        with contextlib.suppress(OSError, ValueError):
            for line in stream:
                with self.changed:
                    self.lines.append(line.rstrip("\r\n"))
                    self.changed.notify_all()
        with self.changed:
            self.is_over = True
            self.changed.notify_all()

    def wait_for(self, condition, what: str) -> list[str]:
        with self.changed:
            if not self.changed.wait_for(lambda: condition(self.lines) or self.is_over, WITHIN_S) or not condition(
                self.lines
            ):
                raise AssertionError(f"waited for {what}; the last lines were {self.lines[-12:]}")
            return list(self.lines)


class Chat:
    """`parley chat` through pipes."""

    def __init__(self, home: "Home", *arguments: str):
        self.process = subprocess.Popen(
            [program("parley"), "chat", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=home.environment,
            text=True,
            errors="strict",
            bufsize=1,
            start_new_session=True,
        )
        self.out = Lines(self.process.stdout)
        self.err = Lines(self.process.stderr)

    def type(self, line: str) -> None:
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def texts(self) -> list[str]:
        """The texts shown, by what follows the second tab."""
        return [line.split("\t", 2)[2] for line in self.out.lines if line.count("\t") >= 2]

    def wait_for_texts(self, *texts: str) -> None:
        self.out.wait_for(lambda _: all(text in self.texts() for text in texts), f"{texts}, stderr {self.err.lines}")

    def end(self) -> int:
        self.process.stdin.close()
        return self.process.wait(WITHIN_S)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        for lines, stream in ((self.out, self.process.stdout), (self.err, self.process.stderr)):
            lines.thread.join(WITHIN_S)
            stream.close()


class TerminalChat:
    """`parley chat` under a pseudo-terminal of 80 columns and 24 rows."""

    def __init__(self, home: "Home", *arguments: str):
        self.master, slave = pty.openpty()
        os.set_inheritable(slave, True)
        self.process = subprocess.Popen(
            ["/usr/bin/setsid", "--ctty", program("parley"), "chat", *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**home.environment, "TERM": "xterm", "NO_COLOR": "1", "COLUMNS": "80", "LINES": "24"},
        )
        os.close(slave)
        self.raw = b""

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def rows(self) -> list[str]:
        """What was ever shown in a row of its own, without commands to the terminal."""
        text = CONTROLS.sub("", self.raw.decode(errors="replace"))
        return [row for row in re.split(r"[\r\n]+", text) if row]

    def wait_for(self, condition, what: str) -> None:
        deadline = time.monotonic() + WITHIN_S
        while not condition(self.rows()):
            ready, _, _ = select.select([self.master], [], [], max(0.0, deadline - time.monotonic()))
            try:
                part = os.read(self.master, 65536) if ready else b""
            except OSError:
                part = b""
            if not part:
                raise AssertionError(f"waited for {what}; the last rows were {self.rows()[-12:]}")
            self.raw += part

    def wait_for_text(self, text: str) -> None:
        self.wait_for(lambda rows: any(row.endswith(": " + text) for row in rows), text)

    def shown(self, text: str) -> int:
        return sum(row.endswith(": " + text) for row in self.rows())

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)


class Home:
    """Somebody's environment, with a folder of its own for what parley keeps."""

    def __init__(self, node: Node, password: str | None = PASSWORD):
        self.folder = tempfile.TemporaryDirectory(prefix="parley-home-")
        self.environment = environment(PARLEY_URL=node.url, XDG_STATE_HOME=self.folder.name, TZ="UTC")
        if password is not None:
            self.environment["PARLEY_PASSWORD"] = password

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess:
        return subprocess.run(
            [program("parley"), *arguments],
            input=stdin,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
            start_new_session=True,
            check=False,
        )
