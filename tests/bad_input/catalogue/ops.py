"""Every op of `parley.v1` with its members: the one table from which bad (and hostile) requests are made.

A good request is one that a member of "$group" may send; each case spoils one member of it.
"""

import dataclasses
from typing import Any

NOWHERE = "4611686018427387905"
LONE_SURROGATE = "\ud800"  # json.dumps writes it as an escape
WRONG_FOR_TEXT = {"number": 7, "fraction": 1.5, "true": True, "null": None, "list": ["9"], "object": {"a": "b"}}
WRONG_FOR_NUMBER = {"text": "7", "fraction": 1.5, "true": True, "null": None, "list": [7], "object": {"a": 7}}
WRONG_FOR_LIST = {"text": "5", "number": 5, "true": True, "null": None, "object": {"5": 1}}
WRONG_FOR_OBJECT = {"text": "9", "number": 9, "true": True, "null": None, "list": [{"9": 1}]}
MISSING = object()


@dataclasses.dataclass(frozen=True)
class Member:
    """A member of `d`: a good value, and what is answered to which bad one (name → value, code)."""

    good: Any
    bad: dict[str, tuple[Any, str]]
    is_text: bool = False  # whether any text may stand here


def _bad(values: dict[str, Any], code: str = "bad_request") -> dict[str, tuple[Any, str]]:
    return {name: (value, code) for name, value in values.items()}


def _presence(optional: bool) -> dict[str, tuple[Any, str]]:
    return {} if optional else _bad({"missing": MISSING})


def conversation(optional: bool = False, good: Any = "$group") -> Member:
    nowhere = {
        "nowhere": NOWHERE,
        "empty": "",
        "word": "group",
        "zero": "0",
        "negative": "-1",
        "leading_blank": " $group",
        "leading_zero": "0$group",
        "beyond_64_bits": "9" * 20,
        "sql": "1 OR 1=1",
        "endless": "1" * 5_000,
        "nul": "9\0",
    }
    bad = {**_bad(WRONG_FOR_TEXT), **_presence(optional), **_bad(nowhere, "not_found")}
    return Member(MISSING if optional else good, bad)


def user(nobody_counts: bool = True) -> Member:
    nobody = {"nobody": NOWHERE} if nobody_counts else {}
    nobody |= {"empty": "", "word": "bob", "zero": "0", "negative": "-5", "beyond_64_bits": "9" * 20}
    return Member("$other", {**_bad(WRONG_FOR_TEXT), **_presence(False), **_bad(nobody, "not_found")})


def key() -> Member:
    wrong = {
        "empty": "",
        "too_long": "k" * 65,
        "control": "a\nb",
        "delete": "\x7f",
        "accent": "\u00e9",
        "nul": "a\0b",
        "lone_surrogate": "k" + LONE_SURROGATE,
    }
    return Member("$key", {**_bad(WRONG_FOR_TEXT), **_presence(False), **_bad(wrong)}, is_text=True)


def text(most: int, least: int = 1, good: str = "hello", letter: str = "x") -> Member:
    wrong = {"empty": "", "nul": "a\0b", "only_nul": "\0", "lone_surrogate": "a" + LONE_SURROGATE + "b"}
    if least > 1:
        wrong["too_short"] = letter * (least - 1)
    large = {"too_long": letter * (most + 1), "too_long_in_four_bytes": "\U0001f600" * (most + 1)}
    bad = {**_bad(WRONG_FOR_TEXT), **_presence(False), **_bad(wrong), **_bad(large, "too_large")}
    return Member(good, bad, is_text=True)


def number(least: int, most: int, optional: bool = False, good: Any = None) -> Member:
    wrong = {
        "below": least - 1,
        "above": most + 1,
        "far_above": 2**63,
        "beyond_64_bits": 10**30,
        "very_negative": -(2**63),
        "exponent": 1e3,
        "huge_exponent": 1e300,
    }
    bad = {**_bad(WRONG_FOR_NUMBER), **_presence(optional), **_bad(wrong)}
    return Member(MISSING if optional else good, bad)


def opaque(garbage: str | None = "bad_request", optional: bool = True) -> Member:
    """A text that only the server can have made, such as a cursor; None: garbage is good."""
    bad = {**_bad(WRONG_FOR_TEXT), **_bad({"nul": "a\0b"}), **_presence(optional)}
    if garbage:
        bad |= _bad({"empty": "", "garbage": "'; DROP TABLE entries; --", "endless": "9" * 5_000}, garbage)
    return Member(MISSING, bad, is_text=True)


def users(most: int | None, good: Any, nobody: str | None) -> Member:
    wrong = {"of_numbers": [5], "of_nulls": [None], "of_lists": [["5"]], "mixed": ["$other", 5]}
    bad = {**_bad(WRONG_FOR_LIST), **_presence(False), **_bad(wrong)}
    if nobody:
        bad |= _bad({"of_nobody": [NOWHERE], "of_words": ["bob"]}, nobody)
    if most:
        bad |= _bad({"too_many": [str(10**15 + i) for i in range(most + 1)]}, "too_large")
    return Member(good, bad)


def role() -> Member:
    wrong = {"unknown": "king", "empty": "", "upper_case": "OWNER", "nul": "owner\0", "endless": "o" * 5_000}
    return Member("member", {**_bad(WRONG_FOR_TEXT), **_presence(False), **_bad(wrong)})


def payload() -> Member:
    large = {"too_large": "x" * 16_384, "too_large_list": [0] * 9_000, "too_large_object": {"a": "x" * 16_380}}
    return Member({"type": "offer"}, {**_presence(False), **_bad(large, "too_large")}, is_text=True)


def heads() -> Member:
    wrong = {
        "of_texts": {"$group": "1"},
        "of_nulls": {"$group": None},
        "of_fractions": {"$group": 1.5},
        "of_negatives": {"$group": -1},
        "of_lists": {"$group": [1]},
        "beyond_64_bits": {"$group": 10**30},
    }
    return Member(MISSING, {**_bad(WRONG_FOR_OBJECT), **_bad(wrong)})


SEQ_MAX = 2**53 - 1
TEXT_MAX, NAME_MAX, SEARCH_MAX = 100_000, 64, 256
MEMBERS_MAX, WATCHED_MAX = 100, 500

OPS: dict[str, dict[str, Member]] = {
    "ping": {},
    "sync": {"have": heads(), "epoch": opaque(garbage=None), "tail": number(0, 100, optional=True), "cursor": opaque()},
    "members": {"conversation": conversation(), "cursor": opaque()},
    "history": {
        "conversation": conversation(),
        "before": number(0, SEQ_MAX, optional=True),
        "after": number(0, SEQ_MAX, optional=True),
        "limit": number(1, 100, optional=True),
    },
    "send": {"conversation": conversation(), "key": key(), "text": text(TEXT_MAX)},
    "edit": {
        "conversation": conversation(),
        "key": key(),
        "target": number(1, SEQ_MAX, good="$message"),
        "text": text(TEXT_MAX),
    },
    "delete": {"conversation": conversation(), "key": key(), "target": number(1, SEQ_MAX, good="$message")},
    "read": {"conversation": conversation(), "seq": number(0, SEQ_MAX, good=1)},
    "typing": {"conversation": conversation()},
    "open_direct": {"user": user()},
    "create_group": {
        "key": key(),
        "name": text(NAME_MAX),
        "members": users(MEMBERS_MAX, ["$other"], "not_found"),
    },
    "add_member": {"conversation": conversation(), "key": key(), "user": user()},
    "remove_member": {"conversation": conversation(), "key": key(), "user": user()},
    "set_role": {"conversation": conversation(), "key": key(), "user": user(), "role": role()},
    "leave": {"conversation": conversation(), "key": key()},
    "rename": {"conversation": conversation(), "key": key(), "name": text(NAME_MAX)},
    "watch_presence": {"users": users(WATCHED_MAX, ["$other"], None)},
    "unwatch_presence": {"users": users(WATCHED_MAX, ["$other"], None)},
    "find_users": {"prefix": text(NAME_MAX, least=2), "limit": number(1, 20, optional=True)},
    "search": {
        "text": text(SEARCH_MAX),
        "conversation": conversation(optional=True),
        "cursor": opaque(),
        "limit": number(1, 50, optional=True),
    },
    "block": {"user": user()},
    "unblock": {"user": user(nobody_counts=False)},
    "blocked": {},
    "signal": {"user": user(), "payload": payload()},
    "logout": {},
}

# Of `identify`, whose answer ends the connection.
IDENTIFY: dict[str, Member] = {
    "token": Member("$token", {**_bad(WRONG_FOR_TEXT), **_presence(False), **_bad({"nul": "a\0b"})}),
    "device": Member(MISSING, {**_bad(WRONG_FOR_TEXT), **_bad({"nul": "a\0b", "lone_surrogate": LONE_SURROGATE})}),
}


def good_request(op: str) -> dict[str, Any]:
    """What may be sent, with the members that may be left out left out."""
    return {name: member.good for name, member in OPS[op].items() if member.good is not MISSING}
