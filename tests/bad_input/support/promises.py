"""What a case of the catalogue is: what somebody sends, and the answer that is promised for it."""

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True)
class Refused:
    """The request is answered with one of these error codes, and the connection goes on."""

    codes: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Closes:
    """The WebSocket is closed with one of these codes."""

    codes: tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class Status:
    """An HTTP answer with one of these statuses, and nothing behind it.

    `code` is that of the error in its body; `ends`: the connection is ended behind the answer.
    """

    statuses: tuple[int, ...]
    code: str | None = None
    ends: bool = False


@dataclasses.dataclass(frozen=True)
class Ends:
    """The connection ends without an answer."""


@dataclasses.dataclass(frozen=True)
class Case:
    """`sends` is bytes, or a value in which words such as "$group" stand for what the node made."""

    name: str
    sends: Any
    expects: Any
    note: str = ""


def refused(*codes: str) -> Refused:
    return Refused(codes)


def closes(*codes: int) -> Closes:
    return Closes(codes)


def status(*statuses: int, code: str | None = None, ends: bool = False) -> Status:
    return Status(statuses, code, ends)
