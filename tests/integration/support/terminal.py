"""A terminal for programs that draw on a whole screen: a pseudo-terminal, and what one would see on it."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
import unicodedata

WITHIN_S = 60.0
SEQUENCE = re.compile(r"\x1b(?:\[([?>!]?)([0-9;]*)([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][A-Z0-9]|([A-Z=>78c]))")


class Screen:
    """The characters on an xterm after what was written to it. A sequence that it does not know is a failure."""

    def __init__(self, columns: int = 80, rows: int = 24):
        self.is_alternate = False
        self.is_cursor_shown = True
        self.rest = ""
        self.resize(columns, rows)

    def resize(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self.cells = [[" "] * columns for _ in range(rows)]
        self.top, self.bottom = 0, rows - 1
        self.x = self.y = 0
        self.last = " "

    def text(self) -> str:
        return "\n".join("".join(row).rstrip() for row in self.cells)

    def feed(self, text: str) -> None:
        self.rest += text
        while self.rest:
            if self.rest[0] == "\x1b":
                found = SEQUENCE.match(self.rest)
                if not found:
                    if len(self.rest) < 64:
                        return  # not all of it is there
                    raise AssertionError(f"a sequence that no terminal knows: {self.rest[:20]!r}")
                self.rest = self.rest[found.end() :]
                if found[3]:
                    self.control(found[1], [int(n or 0) for n in found[2].split(";")], found[3])
                elif found[4]:
                    self.escape(found[4])
            else:
                self.put(self.rest[0])
                self.rest = self.rest[1:]

    def put(self, letter: str) -> None:
        if letter == "\r":
            self.x = 0
        elif letter == "\n":
            self.line_feed()
        elif letter == "\b":
            self.x = max(min(self.x, self.columns - 1) - 1, 0)
        elif letter == "\t":
            self.x = min((self.x // 8 + 1) * 8, self.columns - 1)
        elif letter >= " ":
            width = 2 if unicodedata.east_asian_width(letter) in "WF" else 1
            if self.x + width > self.columns:
                self.x = 0
                self.line_feed()
            self.cells[self.y][self.x] = self.last = letter
            if width == 2:
                self.cells[self.y][self.x + 1] = ""
            self.x += width

    def line_feed(self) -> None:
        if self.y == self.bottom:
            self.scroll(1)
        else:
            self.y = min(self.y + 1, self.rows - 1)

    def scroll(self, by: int) -> None:
        """Moves the rows of the region up, or down when negative."""
        for _ in range(abs(by)):
            empty = [" "] * self.columns
            if by > 0:
                del self.cells[self.top]
                self.cells.insert(self.bottom, empty)
            else:
                del self.cells[self.bottom]
                self.cells.insert(self.top, empty)

    def escape(self, letter: str) -> None:
        if letter == "M":
            if self.y == self.top:
                self.scroll(-1)
            else:
                self.y -= 1

    def blank(self, y: int, first: int, last: int) -> None:
        for x in range(max(first, 0), min(last + 1, self.columns)):
            self.cells[y][x] = " "

    def control(self, private: str, numbers: list[int], what: str) -> None:
        n = max(numbers[0], 1)
        x = min(self.x, self.columns - 1)
        if private:
            for mode in numbers:
                if mode in (47, 1047, 1049):
                    self.is_alternate = what == "h"
                elif mode == 25:
                    self.is_cursor_shown = what == "h"
        elif what in "Hf":
            self.y, self.x = min(n, self.rows) - 1, min(max((numbers + [1])[1], 1), self.columns) - 1
        elif what in "ABCD":
            self.y = min(max(self.y + {"A": -n, "B": n}.get(what, 0), 0), self.rows - 1)
            self.x = min(max(x + {"C": n, "D": -n}.get(what, 0), 0), self.columns - 1)
        elif what in "G`":
            self.x = min(n, self.columns) - 1
        elif what == "d":
            self.y = min(n, self.rows) - 1
        elif what == "J":
            first, last = {0: (self.y + 1, self.rows), 1: (0, self.y), 2: (0, self.rows), 3: (0, 0)}[numbers[0]]
            for y in range(first, last):
                self.blank(y, 0, self.columns)
            if numbers[0] < 2:
                self.control("", numbers, "K")
        elif what == "K":
            self.blank(self.y, *{0: (x, self.columns), 1: (0, x), 2: (0, self.columns)}[numbers[0]])
        elif what == "X":
            self.blank(self.y, x, x + n - 1)
        elif what == "b":
            for _ in range(n):
                self.put(self.last)
        elif what in "@P":
            row = self.cells[self.y]
            row[x:] = ([" "] * n + row[x:] if what == "@" else row[x + n :] + [" "] * n)[: self.columns - x]
        elif what in "LM":
            top, self.top = self.top, self.y
            self.scroll(n if what == "M" else -n)
            self.top = top
        elif what in "ST":
            self.scroll(n if what == "S" else -n)
        elif what == "r":
            self.top, self.bottom = n - 1, (numbers + [0])[1] - 1 if len(numbers) > 1 else self.rows - 1
            self.x = self.y = 0
        elif what not in "mhlt":
            raise AssertionError(f"a sequence that is not known here: {numbers}{what}")


class Terminal:
    """A program at a pseudo-terminal of its own, and its screen."""

    def __init__(self, command: list[str], environment: dict, columns: int = 80, rows: int = 24):
        self.master, self.slave = pty.openpty()
        self.screen = Screen(columns, rows)
        self._tell_size(columns, rows)
        self.settings_before = termios.tcgetattr(self.slave)
        self.raw = b""
        # Kept open here too, so that the settings can be looked at after the program's end.
        self.process = subprocess.Popen(
            ["/usr/bin/setsid", "--ctty", *command], stdin=self.slave, stdout=self.slave, stderr=self.slave, env=environment
        )

    def _tell_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns: int, rows: int) -> None:
        self.read_what_is_there()
        self.screen.resize(columns, rows)
        self._tell_size(columns, rows)

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def read_what_is_there(self, within_s: float = 0.0) -> bool:
        ready, _, _ = select.select([self.master], [], [], max(within_s, 0.0))
        if not ready:
            return False
        part = os.read(self.master, 65536)
        self.raw += part
        self.screen.feed(part.decode(errors="replace"))
        return True

    def wait_for(self, condition, what: str) -> str:
        """Until the condition holds of the screen's text; that text."""
        deadline = time.monotonic() + WITHIN_S
        while not condition(self.screen.text()):
            if not self.read_what_is_there(deadline - time.monotonic()):
                raise AssertionError(f"waited for {what}; the screen was\n{self.screen.text()}")
        return self.screen.text()

    def wait_for_text(self, *texts: str) -> str:
        return self.wait_for(lambda screen: all(text in screen for text in texts), f"{texts}")

    def ended(self) -> int:
        """The exit code; what was written until then is on the screen."""
        code = self.process.wait(WITHIN_S)
        while self.read_what_is_there(0.0):
            pass
        return code

    def is_as_before(self) -> bool:
        """Whether the terminal is set as before the program, with the cursor and the screen of before."""
        return (
            termios.tcgetattr(self.slave) == self.settings_before
            and not self.screen.is_alternate
            and self.screen.is_cursor_shown
        )

    def remove(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)
