"""A real parleyd with a PostgreSQL of its own, in a folder that is thrown away."""

import asyncio
import json
import os
import pathlib
import re
import shutil
import signal
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

START_WITHIN_S = 60.0
STOP_WITHIN_S = 20.0
NO_LIMITS = (
    "--limits.accounts_per_minute=0",
    "--limits.sign_ins_per_minute=0",
    "--limits.sends_per_second=0",
    "--limits.admissions_per_second=0",
)


def program(name: str) -> str:
    """The path of one of the built programs."""
    return str(pathlib.Path(os.environ["PARLEY_BINARY_DIR"]) / "bin" / name)


class Node:
    """One parleyd. `start`, `kill` and `stop` can follow each other: the data stays until `remove`.

    One that ends with another code than 0 fails the test, by itself or when it is asked to (a sanitizer may have
    found a leak), unless the test looks at the code: `stop` and `ended_within` return it.
    """

    def __init__(self, *arguments: str, limited: bool = False):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="parley-test-"))
        # PostgreSQL of a node that runs as root is the user postgres, who has to get in.
        self.folder.chmod(0o755)
        self.data = self.folder / "data"
        self.arguments = [*(() if limited else NO_LIMITS), *arguments]
        self.prefix: list[str] = []  # what it is started by, when that matters
        self.process: subprocess.Popen | None = None
        self._end_was_seen = False
        self.url = ""
        self.trusts: ssl.SSLContext | None = None  # whom callers of `call` believe, when it speaks TLS

    def start(self) -> None:
        """Starts it and returns when it serves; raises with its log when it does not."""
        self._spawn()
        deadline = time.monotonic() + START_WITHIN_S
        while not self._announced():
            self._check_start(deadline)
            select_nothing(0.01)

    async def start_async(self) -> None:
        """As `start`, while the other tasks of the loop go on."""
        self._spawn()
        deadline = time.monotonic() + START_WITHIN_S
        while not self._announced():
            self._check_start(deadline)
            await asyncio.to_thread(select_nothing, 0.01)

    def stop(self) -> int:
        """Asks it to end, as an operator does, and returns its exit code."""
        self.ask_to_stop()
        return self.ended_within(STOP_WITHIN_S)

    def ask_to_stop(self) -> None:
        """As an operator does; `ended_within` tells what came of it."""
        self._must_not_have_failed()
        self.process.send_signal(signal.SIGTERM)

    def ended_within(self, seconds: float) -> int:
        """The exit code of a node that is about to end."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._kill()
            raise AssertionError(f"parleyd did not stop within {seconds} s\n{self.log_end()}") from None
        self._end_was_seen = True
        return code

    def kill(self) -> None:
        """kill -9, and waits until the process is gone."""
        self._must_not_have_failed()
        self._kill()

    def remove(self) -> None:
        """Ends it if it runs, waits for its PostgreSQL to end, and removes the folder."""
        postmaster = self.postmaster()
        try:
            self._must_not_have_failed()
            if self.process and not self._end_was_seen:
                code = self.stop()
                assert code == 0, f"parleyd ended with {code} when asked to stop\n{self.log_end()}"
        finally:
            deadline = time.monotonic() + STOP_WITHIN_S
            while postmaster and is_alive(postmaster):
                if time.monotonic() > deadline:
                    os.kill(postmaster, signal.SIGQUIT)
                    break
                select_nothing(0.01)
            shutil.rmtree(self.folder, ignore_errors=True)

    def postmaster(self) -> int | None:
        """The process of its PostgreSQL, while there is one."""
        try:
            pid = int((self.data / "postgres" / "postmaster.pid").read_text().splitlines()[0])
        except (OSError, IndexError, ValueError):
            return None
        return pid if is_alive(pid) else None

    def log_end(self) -> str:
        """The last lines of what it logged, or what a sanitizer had to say."""
        lines = (self.folder / "log").read_text(errors="replace").splitlines()
        found = next((i for i, line in enumerate(lines) if re.search("ERROR: .*Sanitizer|runtime error: ", line)), None)
        return "\n".join(lines[-25:] if found is None else lines[found : found + 80])

    def call(self, method: str, path: str, body=None, token: str | None = None, headers=None) -> tuple[int, object]:
        """An HTTP request; the status and the JSON (or text) of the answer."""
        request = urllib.request.Request(self.url + path, method=method, headers=dict(headers or {}))
        if body is not None:
            request.data = body if isinstance(body, bytes) else json.dumps(body).encode()
            request.headers.setdefault("Content-type", "application/json")
        if token:
            request.add_header("Authorization", "Bearer " + token)
        try:
            with urllib.request.urlopen(request, timeout=20, context=self.trusts) as answer:
                status, text = answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            status, text = refused.code, refused.read().decode()
        try:
            return status, json.loads(text)
        except ValueError:
            return status, text

    def _kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._end_was_seen = True

    def _must_not_have_failed(self) -> None:
        if self.process and not self._end_was_seen and self.process.poll():
            self._end_was_seen = True
            raise AssertionError(f"parleyd ended by itself with {self.process.returncode}\n{self.log_end()}")

    def _spawn(self) -> None:
        self._must_not_have_failed()
        # What a killed node left would be taken for this one's: it announces itself with both, not at once.
        for left_over in ("address", "parleyd.pid"):
            (self.data / left_over).unlink(missing_ok=True)
        with open(self.folder / "log", "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [*self.prefix, program("parleyd"), f"--node.data={self.data}", "--listen.port=0", *self.arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._end_was_seen = False

    def _announced(self) -> bool:
        try:
            if int((self.data / "parleyd.pid").read_text()) != self.process.pid:
                return False
            self.url = (self.data / "address").read_text().strip()
        except (OSError, ValueError):
            return False
        return self.url.startswith(("http://", "https://"))

    def _check_start(self, deadline: float) -> None:
        if self.process.poll() is not None:
            self._end_was_seen = True
            raise AssertionError(f"parleyd ended with {self.process.returncode}\n{self.log_end()}")
        if time.monotonic() > deadline:
            raise AssertionError(f"parleyd does not serve after {START_WITHIN_S} s\n{self.log_end()}")


def select_nothing(seconds: float) -> None:
    """Between two looks at a condition that nothing announces (a file, a process that is no child)."""
    import select

    select.select([], [], [], seconds)


def is_alive(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"
