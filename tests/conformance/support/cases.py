"""What a case of the conformance suite is, and the ways in which its bytes can be cut."""

import dataclasses
from collections.abc import Callable

from support.wire import BINARY, CLOSE, PING, PONG, TEXT, close_frame, frame

__all__ = ["BINARY", "CLOSE", "PING", "PONG", "TEXT", "close_frame", "frame"]

# What is expected, in order: an echo (opcode, payload), a pong (PONG, payload), or the end.
Expected = tuple[int, bytes]
NORMAL, GOING_AWAY, PROTOCOL_ERROR, INVALID_TEXT, TOO_LARGE = 1000, 1001, 1002, 1007, 1009
NO_CODE = 1005


@dataclasses.dataclass(frozen=True)
class Case:
    """`sends`: frames; `chop`: bytes a write (0: a frame a write; None: all at once).

    `expects` are the messages that come back before the close frame, whose code is one of `closes`; without
    `closes` the client closes with 1000 when it has seen all, and the server answers that. `prefixes` also
    allows any beginning of `expects`: what was before a mistake may be lost with it.
    """

    name: str
    sends: tuple[bytes, ...]
    expects: tuple[Expected, ...] = ()
    closes: tuple[int, ...] = ()
    chop: int | None = None
    prefixes: bool = False


def chopped(make: Callable[[str, int | None], Case]):
    """The same case with its bytes all at once, a frame a write, and a byte a write."""
    yield make("at once", None)
    yield make("frame by frame", 0)
    yield make("byte by byte", 1)


def fragments(payload: bytes, size: int, opcode: int = TEXT) -> tuple[bytes, ...]:
    """A message in fragments of so many bytes."""
    parts = [payload[i : i + size] for i in range(0, len(payload), size)] or [b""]
    last = len(parts) - 1
    return tuple(frame(part, opcode if i == 0 else 0, fin=i == last) for i, part in enumerate(parts))
