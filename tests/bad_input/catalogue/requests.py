"""Requests of somebody who is identified and a member: every member of every op, spoilt in every way."""

from catalogue.ops import IDENTIFY, LONE_SURROGATE, MISSING, NOWHERE, OPS, SEQ_MAX, good_request
from support.promises import Case, closes, refused

WRONG_FOR_D = {"list": [], "text": "x", "number": 1, "true": True, "null": None}


def spoilt(request: dict, name: str, value) -> dict:
    d = {**request, name: value}
    if value is MISSING:
        del d[name]
    return d


def spoilt_members():
    """One member of one op is wrong; the others are good."""
    for op, members in OPS.items():
        for name, member in members.items():
            for how, (value, code) in member.bad.items():
                yield Case(f"{op}.{name}: {how}", {"op": op, "d": spoilt(good_request(op), name, value)}, refused(code))


def spoilt_wholes():
    """`op` or `d` themselves are wrong."""
    for op in OPS:
        for how, value in WRONG_FOR_D.items():
            yield Case(f"{op}: d is {how}", {"op": op, "d": value}, refused("bad_request"))
        if OPS[op] and any(member.good is not MISSING for member in OPS[op].values()):
            yield Case(f"{op}: d is empty", {"op": op, "d": {}}, refused("bad_request"))
            yield Case(f"{op}: no d", {"op": op}, refused("bad_request"))
    for how, value in {"number": 7, "null": None, "list": ["send"], "object": {}, "true": True}.items():
        yield Case(f"op is {how}", {"op": value, "d": {}}, refused("bad_request"))
    yield Case("no op", {"d": {}}, refused("bad_request"))
    unknown = {"a word": "dance", "empty": "", "upper case": "SEND", "a blank behind": "send ", "nul": "send\0"}
    unknown |= {"endless": "x" * 100_000, "sql": "send'; --", "lone surrogate": "send" + LONE_SURROGATE}
    for how, value in unknown.items():
        yield Case(f"op is unknown: {how}", {"op": value, "d": {}}, refused("unsupported"))


def members_that_exclude_each_other():
    group = {"conversation": "$group"}
    yield Case("history: before and after", {"op": "history", "d": {**group, "before": 5, "after": 1}}, refused("bad_request"))
    for name, value in {"have": {}, "epoch": "e", "tail": 3}.items():
        yield Case(f"sync: cursor and {name}", {"op": "sync", "d": {"cursor": "c", name: value}}, refused("bad_request"))


def what_the_log_does_not_hold():
    """Good requests that cannot be done."""
    group = {"conversation": "$group", "key": "$key"}
    for name, target in {"the create entry": 1, "an entry to come": SEQ_MAX}.items():
        yield Case(f"edit: {name}", {"op": "edit", "d": {**group, "target": target, "text": "x"}}, refused("bad_request"))
        yield Case(f"delete: {name}", {"op": "delete", "d": {**group, "target": target}}, refused("bad_request"))
    yield Case("add_member: a member", {"op": "add_member", "d": {**group, "user": "$other"}}, refused("conflict"))
    yield Case("remove_member: oneself", {"op": "remove_member", "d": {**group, "user": "$self"}}, refused("bad_request"))
    yield Case("block: oneself", {"op": "block", "d": {"user": "$self"}}, refused("bad_request"))
    yield Case("identify: again", {"op": "identify", "d": {"token": "$token"}}, refused("conflict"))
    yield Case("create_group: a hundred nobodies", {"op": "create_group", "d": {
        "key": "$key", "name": "x", "members": [NOWHERE] * 100}}, refused("not_found", "too_large"))


def by_strangers():
    """Members are checked before content: a stranger hears not_found, whatever the mistake."""
    for op, members in OPS.items():
        if "conversation" not in members or members["conversation"].good is MISSING:
            continue
        yield Case(f"stranger: {op}", {"op": op, "d": good_request(op)}, refused("not_found"))
        for name, member in members.items():
            if name == "conversation":
                continue
            how, (value, _) = next(iter(member.bad.items()))
            d = spoilt(good_request(op), name, value)
            yield Case(f"stranger: {op}.{name}: {how}", {"op": op, "d": d}, refused("not_found"))


def before_identify():
    for op in OPS:
        yield Case(f"not identified: {op}", {"op": op, "d": good_request(op)}, refused("unauthenticated"))
        yield Case(f"not identified: {op}: d is a list", {"op": op, "d": []}, refused("unauthenticated"))
    yield Case("not identified: an unknown op", {"op": "dance"}, refused("unauthenticated"))


def of_identify():
    """Answered, and then the connection is closed with 4100."""
    for name, member in IDENTIFY.items():
        for how, (value, code) in member.bad.items():
            d = spoilt({"token": "$token"}, name, value)
            yield Case(f"identify.{name}: {how}", {"op": "identify", "d": d}, (refused(code), closes(4100)))
    tokens = {"empty": "", "a word": "secret", "sql": "' OR '1'='1", "one letter more": "$tokenx", "endless": "t" * 7_000}
    for how, value in tokens.items():
        d = {"token": value}
        expected = (refused("unauthenticated", "bad_request"), closes(4100))
        yield Case(f"identify.token: {how}", {"op": "identify", "d": d}, expected)
    for how, value in WRONG_FOR_D.items():
        yield Case(f"identify: d is {how}", {"op": "identify", "d": value}, (refused("bad_request"), closes(4100)))
    yield Case("identify: no d", {"op": "identify"}, (refused("bad_request"), closes(4100)))
    large = {"token": "$token", "device": "x" * 8_192}
    yield Case("identify: more than 8 KiB", {"op": "identify", "d": large}, closes(1009))


BY_A_MEMBER = [
    *spoilt_members(),
    *spoilt_wholes(),
    *members_that_exclude_each_other(),
    *what_the_log_does_not_hold(),
]
BY_A_STRANGER = [*by_strangers()]
NOT_IDENTIFIED = [*before_identify()]
IDENTIFYING = [*of_identify()]
