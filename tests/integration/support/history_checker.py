"""The promise of the log, checked on what clients recorded. Pure: no network, no clock.

Entries are dicts with at least `seq`, `sender`, `text` and (for messages) `key`, as on the wire.
"""

import dataclasses


@dataclasses.dataclass
class Stream:
    """One connection's view of one conversation: the head that its sync answered, then what was pushed."""

    client: str
    head: int
    pushed: list[dict] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Recording:
    """What all clients of one conversation did and saw.

    sent: by sender's id the (key, text) pairs in the order of sending; acknowledged: (sender, key) → seq,
    of each acknowledgement one item; refused: (sender, key) of what was, or may have been, refused for
    now and sent again; streams: one a connection; views: by client, seq → entry as the client knows it at
    the end; log: the whole history as read at the end.
    """

    sent: dict[str, list[tuple[str, str]]] = dataclasses.field(default_factory=dict)
    acknowledged: list[tuple[str, str, int]] = dataclasses.field(default_factory=list)
    refused: set[tuple[str, str]] = dataclasses.field(default_factory=set)
    streams: list[Stream] = dataclasses.field(default_factory=list)
    views: dict[str, dict[int, dict]] = dataclasses.field(default_factory=dict)
    log: list[dict] = dataclasses.field(default_factory=list)


def same(one: dict, other: dict) -> bool:
    """Whether two sightings are the same entry."""
    return all(one.get(member) == other.get(member) for member in ("seq", "sender", "kind", "key", "text", "at"))


def check_log(recording: Recording):
    """Dense from 1, no key twice, nothing that nobody sent, each sender's entries in the order sent
    (but for what was refused for now: sending it again is sending it later)."""
    for expected, entry in enumerate(recording.log, 1):
        if entry["seq"] != expected:
            yield f"hole: the log has {entry['seq']} where {expected} belongs"
            break
    texts = {(sender, key): text for sender, pairs in recording.sent.items() for key, text in pairs}
    place = {(sender, key): i for sender, pairs in recording.sent.items() for i, (key, _) in enumerate(pairs)}
    seen: set[tuple[str, str]] = set()
    last: dict[str, int] = {}
    for entry in recording.log:
        if entry.get("kind", "message") != "message":
            continue
        name = (entry["sender"], entry.get("key"))
        if name in seen:
            yield f"double: {name} is in the log again at {entry['seq']}"
            continue
        seen.add(name)
        if name not in texts:
            yield f"invented: nobody sent {name}, which is at {entry['seq']}"
            continue
        if texts[name] != entry["text"]:
            yield f"altered: {name} was sent with another text"
        before = last.get(entry["sender"], -1)
        if place[name] < before and name not in recording.refused:
            yield f"order: {name} is at {entry['seq']}, behind what was sent after it"
        last[entry["sender"]] = max(before, place[name])


def check_acknowledged(recording: Recording):
    """What was acknowledged is in the log, where the acknowledgement said."""
    at = {entry["seq"]: entry for entry in recording.log}
    for sender, key, seq in recording.acknowledged:
        entry = at.get(seq)
        if entry is None or (entry["sender"], entry.get("key")) != (sender, key):
            yield f"lost: {(sender, key)} was acknowledged as {seq}, where the log has {entry}"


def check_streams(recording: Recording):
    """Every connection was shown what follows its head, one after the other, as the log has it."""
    at = {entry["seq"]: entry for entry in recording.log}
    for stream in recording.streams:
        for expected, entry in enumerate(stream.pushed, stream.head + 1):
            if entry["seq"] != expected:
                yield f"push: {stream.client} was shown {entry['seq']} where {expected} belongs"
                break
            if expected not in at or not same(at[expected], entry):
                yield f"push: {stream.client} was shown at {expected} what the log does not have"


def check_views(recording: Recording):
    """In the end everybody knows the whole log, and nothing else."""
    for client, view in recording.views.items():
        for entry in recording.log:
            known = view.get(entry["seq"])
            if known is None:
                yield f"missed: {client} does not know {entry['seq']}"
            elif not same(known, entry):
                yield f"view: {client} knows {entry['seq']} otherwise than the log"
        for seq in view.keys() - {entry["seq"] for entry in recording.log}:
            yield f"phantom: {client} knows {seq}, which the log does not have"


def violations(recording: Recording) -> list[str]:
    """Every way in which the promise was broken."""
    checks = (check_log, check_acknowledged, check_streams, check_views)
    return [text for check in checks for text in check(recording)]
