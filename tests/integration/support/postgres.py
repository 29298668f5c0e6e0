"""A PostgreSQL that belongs to a test, for what a node's own one would mend by itself: it stays down until started."""

import ctypes
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

from support.node import select_nothing

START_WITHIN_S = 60.0
STOP_WITHIN_S = 30.0
OWNER = "postgres" if os.geteuid() == 0 else None  # PostgreSQL does not run as root
ADMIN = "admin"
ROLE = "chat"  # the node's: no superuser
SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "32MB",
    "max_connections": "40",
    "superuser_reserved_connections": "3",
    "wal_level": "replica",
}


def programs() -> pathlib.Path:
    """The folder of the newest PostgreSQL's programs."""
    return max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))


class Refused(Exception):
    """The server answered, and it was no."""


class Server:
    """One server in `folder`. `start`, `kill_all` and `stop` can follow each other; `remove` ends and removes it."""

    def __init__(self, folder: pathlib.Path | None = None, initdb: tuple[str, ...] = (), **settings: str):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="parley-pg-", dir=folder))
        self.data = self.folder / "data"
        self.settings = {**SETTINGS, **settings, "unix_socket_directories": str(self.folder)}
        self.process: subprocess.Popen | None = None
        if OWNER:
            shutil.chown(self.folder, OWNER)
        self.run("initdb", "-D", str(self.data), "-U", ADMIN, "-E", "UTF8", "--locale=C.UTF-8", "--auth=trust", "--no-sync", *initdb)
        if self.settings["listen_addresses"]:
            with open(self.data / "pg_hba.conf", "a", encoding="ascii") as rules:
                rules.write(f"host parley {ROLE} samenet trust\n")
        self.start()
        self.sql(f"create role {ROLE} login")
        self.sql(f"create database parley owner {ROLE}")

    @property
    def url(self) -> str:
        """What a node is given as storage.url."""
        return f"postgresql://{ROLE}@/parley?host={self.folder}"

    def url_at(self, address: str) -> str:
        """As `url`, by TCP to this address of `listen_addresses` (none: by the socket)."""
        return f"postgresql://{ROLE}@{address}/parley" if address else self.url

    def start(self) -> None:
        """Starts it and returns when it takes connections."""
        self.spawn()
        self.wait_until_up()

    def spawn(self) -> None:
        settings = [word for name, value in self.settings.items() for word in ("-c", f"{name}={value}")]
        with open(self.folder / "log", "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [str(programs() / "postgres"), "-D", str(self.data), *settings],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_end_with_parent,
                **_as_owner(),
            )

    def wait_until_up(self) -> None:
        deadline = time.monotonic() + START_WITHIN_S
        while not self.takes_connections():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"PostgreSQL does not start\n{self.log_end()}")
            select_nothing(0.005)

    def takes_connections(self) -> bool:
        try:
            self.connect(ADMIN, "postgres").close()
            return True
        except (OSError, Refused):
            return False

    def connect(self, role: str, database: str = "parley") -> socket.socket:
        """A connection that does nothing; raises Refused with the server's words."""
        link = socket.socket(socket.AF_UNIX)
        link.settimeout(5)
        try:
            link.connect(str(self.folder / ".s.PGSQL.5432"))
            words = b"user\0" + role.encode() + b"\0database\0" + database.encode() + b"\0\0"
            link.sendall(struct.pack("!ii", 8 + len(words), 196608) + words)
            answers = link.makefile("rb")
            while True:
                head = answers.read(5)
                if len(head) < 5:
                    raise ConnectionError("the server closed the connection")
                kind, length = head[:1], struct.unpack("!i", head[1:])[0]
                content = answers.read(length - 4)
                if kind == b"E":
                    raise Refused(content.replace(b"\0", b" ").decode(errors="replace"))
                if kind == b"Z":
                    return link
        except BaseException:
            link.close()
            raise

    def sql(self, text: str, database: str = "postgres") -> str:
        """Runs it as the superuser."""
        return self.run("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder), "-U", ADMIN, "-d", database, "-c", text)

    def end_backends(self, role: str = ROLE) -> int:
        """Terminates all connections of this role; how many there were."""
        found = self.sql(f"select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = '{role}'")
        return int(found)

    def run(self, name: str, *arguments: str) -> str:
        """Runs one of PostgreSQL's programs as the server's owner; its output."""
        done = subprocess.run(
            [str(programs() / name), *arguments], capture_output=True, text=True, timeout=120, cwd="/", **_as_owner()
        )
        if done.returncode != 0:
            raise AssertionError(f"{name} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout.strip()

    def kill_all(self) -> None:
        """As `pg_ctl stop -m immediate`: every process of it ends where it stands, and nothing is flushed."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(STOP_WITHIN_S)

    def back_up(self) -> pathlib.Path:
        """A base backup, taken while it runs."""
        to = self.folder / f"backup-{time.monotonic_ns()}"
        self.run("pg_basebackup", "-h", str(self.folder), "-U", ADMIN, "-D", str(to), "-X", "stream", "-c", "fast")
        return to

    def put_back(self, backup: pathlib.Path, new_timeline: bool = True) -> None:
        """Replaces the data of a stopped server by a backup's: when started, it recovers to the backup's end.

        Without `new_timeline` as a snapshot of the disk is put back: nothing in the server tells that it was."""
        self.data.rename(self.folder / f"replaced-{time.monotonic_ns()}")
        backup.rename(self.data)
        if not new_timeline:
            return
        signal_file = self.data / "recovery.signal"
        signal_file.touch()
        if OWNER:
            shutil.chown(signal_file, OWNER)
        self.settings["restore_command"] = "false"  # nothing but what the backup holds

    def freeze(self) -> None:
        """Stops all its processes where they are: connections stand, and nothing is answered."""
        for pid in self.processes():
            _signal(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        for pid in reversed(self.processes()):
            _signal(pid, signal.SIGCONT)

    def processes(self) -> list[int]:
        postmaster = self.process.pid
        children = pathlib.Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text(encoding="ascii")
        return [postmaster, *map(int, children.split())]

    def log_end(self) -> str:
        return "\n".join((self.folder / "log").read_text(errors="replace").splitlines()[-15:])

    def remove(self) -> None:
        if self.process and self.process.poll() is None:
            self.thaw()
            self.kill_all()
        shutil.rmtree(self.folder, ignore_errors=True)


def _as_owner() -> dict:
    return {"user": OWNER, "group": OWNER, "extra_groups": []} if OWNER else {}


def _end_with_parent() -> None:
    """PR_SET_PDEATHSIG: a test that is killed leaves no server."""
    ctypes.CDLL(None).prctl(1, signal.SIGQUIT)


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass
