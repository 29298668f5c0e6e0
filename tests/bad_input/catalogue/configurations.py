"""Configurations and command lines that are wrong: exit code 2, and one line that says what and where.

`starts` is how that line begins behind the program's name ("FILE" stands for the file's name), `says` what
else stands in it. "hush-…" stands for a secret, which no line repeats.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class File:
    """A node's YAML file."""

    name: str
    content: bytes
    starts: str = "FILE:"
    says: str = ""


@dataclasses.dataclass(frozen=True)
class Arguments:
    """A command line, with what the environment says."""

    name: str
    arguments: tuple[str, ...]
    says: str = ""
    environment: tuple[tuple[str, str], ...] = ()


def alias_bomb() -> bytes:
    lines = ["a: &a [x, x]"]
    for before, letter in zip("abcdefghijklmnopqrstuvwxy", "bcdefghijklmnopqrstuvwxyz"):
        lines.append(f"{letter}: &{letter} [{', '.join([f'*{before}'] * 9)}]")
    return "\n".join(lines).encode()


# key → a value of a wrong type, one below and one above what it may be
NUMBERS = {
    "listen.port": ("http", -1, 65_536),
    "cluster.port": ("1.5", -1, 65_536),
    "storage.writers": ("one", 0, 65),
    "storage.readers": ("two", 0, 65),
    "threads.io": ("all", 0, 257),
    "threads.actors": ("all", -1, 257),
    "limits.text_characters": ("many", 0, 170_001),
    "limits.group_members": ("all", -1, 1_000_001),
    "limits.frame_bytes": ("1MiB", 16_383, 2_097_153),
    "limits.unanswered_requests": ("x", 0, 10_001),
    "limits.devices": ("true", -1, 10_001),
    "limits.sends_per_second": ("1/s", -1, 1_000_001),
    "limits.sends_burst": ("1e3", 0, 1_000_001),
    "limits.accounts_per_minute": ("0x10", -1, 1_000_001),
    "limits.sign_ins_per_minute": ("1_000", -1, 1_000_001),
    "limits.outbox_bytes": ("1 000 000", 16_383, 2**30 + 1),
    "limits.admissions_per_second": ("none", -1, 1_000_001),
    "limits.request_timeout": ("10", "99ms", "61m"),
    "presence.grace": ("soon", "-1s", "2h"),
    "cluster.drain_timeout": ("1.5s", "999ms", "3601s"),
}


def nested(key: str, value) -> bytes:
    *sections, last = key.split(".")
    text = "".join("  " * depth + f"{section}:\n" for depth, section in enumerate(sections))
    return (text + "  " * len(sections) + f"{last}: {value}\n").encode()


def of_values():
    for key, (word, below, above) in NUMBERS.items():
        for how, value in {"a word": word, "too little": below, "too much": above}.items():
            yield File(f"{key}: {how}", nested(key, value), "FILE:2:", key)
        yield File(f"{key}: a list", nested(key, "[1]"), "FILE:2:", key)
        yield File(f"{key}: a section", nested(key, "{a: 1}"), "FILE:2:", key)
        yield File(f"{key}: nothing", nested(key, ""), "FILE:2:", key)
    words = {
        "log.level": "loud",
        "log.format": "xml",
        "node.name": '"a b"',
        "listen.address": "nowhere",
        "listen.origins": '["no origin"]',
        "storage.url": "hush-url-without-scheme",
        "cluster.address": '"not a host!"',
    }
    for key, value in words.items():
        yield File(f"{key}: {value}", nested(key, value), "FILE:2:", key)
    yield File("a secret of a wrong type", nested("operator.token", "[hush-token]"), "FILE:2:", "operator.token")
    yield File("a secret with a control character", nested("operator.token", '"hush-\\ntoken"'), "FILE:2:", "operator.token")
    port = nested("storage.url", '"postgresql://u:hush-x@h:543x/db"')
    yield File("a connection with a port that is none", port, "FILE:2:", "port")
    pairs = nested("storage.url", '"host=h password=hush-x port=543x"')
    yield File("a connection in pairs with a port that is none", pairs, "FILE:2:", "port")
    secret = nested("storage.url", '"postgresql://u:hush@password@h/db"')
    yield File("a connection with a password", secret, "FILE:2:", "stray @")


def of_files():
    yield File("an unknown key", b"limits:\n  devics: 2\n", "FILE:2:", "did you mean limits.devices?")
    yield File("an unknown section", b"nonsense:\n  devices: 2\n", "FILE:2:", "unknown key")
    yield File("a key twice", b"limits:\n  devices: 2\n  devices: 3\n", "FILE:3:", "stands twice")
    yield File("a section twice", b"limits: {devices: 2}\nnode: {name: a}\nlimits: {sends_burst: 3}\n", "FILE:3:", "stands twice")
    yield File("an alias bomb", alias_bomb(), "FILE:1:", "anchors")
    yield File("an alias of itself", b"node: &a {name: *a}\n", "FILE:1:", "anchors")
    yield File("a tag", b"node: {name: !!python/object:os.system x}\n", "FILE:1:", "tags")
    yield File("binary", bytes(range(256)) * 20, "FILE:1:", "text file")
    yield File("a NUL", b"node: {name: a\0}\n", "FILE:1:", "text file")
    yield File("not UTF-8", b"node: {name: \xff}\n", "FILE:1:", "text file")
    yield File("UTF-16", "node: {name: a}\n".encode("utf-16"), "FILE:1:", "text file")
    yield File("ELF", b"\x7fELF\x02\x01\x01" + bytes(64), "FILE:1:", "text file")
    yield File("JSON of another program", b'[{"name": "x"}]', "FILE:1:", "")
    yield File("HTML", b"<html><body>not found</body></html>", "FILE:1:", "")
    yield File("a list", b"- a\n- b\n", "FILE:1:", "key: value")
    yield File("a word", b"hello\n", "FILE:1:", "key: value")
    yield File("two documents", b"node: {name: a}\n---\nnode: {name: b}\n", "FILE:2:", "second document")
    yield File("too deep", b"[" * 100_000, "FILE:1:", "")
    yield File("too deep mappings", b"{a: " * 100_000, "FILE:1:", "nested too deep")
    yield File("too large", b"#" * 1_048_577, "FILE:1:", "larger than 1 MiB")
    yield File("a tab", b"listen:\n\tport: 1\n", "FILE:2:", "")
    yield File("an open quote", b'node: {name: "a\n', "FILE:", "not YAML")
    yield File("an open bracket", b"node: {name: a\n", "FILE:", "not YAML")
    yield File("no blank behind a colon", b"operator:\n  token:hush-token\n", "FILE:", "")


OF_PARLEYD_FILES = [*of_values(), *of_files()]

OF_PARLEYD = [
    Arguments("an unknown flag", ("--nonsense=1",), "nonsense"),
    Arguments("a flag that was misspelled", ("--limits.devics=1",), "limits.devices"),
    Arguments("no value", ("--limits.devices",), "needs a value"),
    Arguments("an empty value", ("--limits.devices=",), "limits.devices"),
    Arguments("a wrong value", ("--limits.devices=many",), "limits.devices"),
    Arguments("a value out of range", ("--listen.port=65536",), "listen.port"),
    Arguments("a section", ("--limits=3",), "limits"),
    Arguments("no flag", ("start",), "argument 1"),
    Arguments("one dash", ("-p=1",), "argument 1"),
    Arguments("only dashes", ("--",), ""),
    Arguments("only dashes and a value", ("--=1",), ""),
    Arguments("an empty argument", ("",), "argument 1"),
    Arguments("a control character", ("--log.level=\x1b[2J",), "log.level"),
    Arguments("a newline", ("--node.name=a\nb",), "node.name"),
    Arguments("not UTF-8", ("--node.name=\udcff",), "node.name"),
    Arguments("not UTF-8, without end", ("--node.name=" + "\udc80" * 100_000,), "node.name"),
    Arguments("an endless value", ("--node.name=" + "x" * 100_000,), "node.name"),
    Arguments("a secret", ("--operator.token=hush-\ntoken",), "operator.token"),
    Arguments("a secret that lost its equals sign", ("--operator.tokenhush-x=y",), "operator.token"),
    Arguments("a secret behind a colon", ("--operator.token:hush-x",), "operator.token"),
    Arguments("a password behind a misspelled key", ("--storage.ulrpostgresql://u:hush-x@h/d?a=b",), "storage."),
    Arguments("no file", ("--config",), "needs a value"),
    Arguments("a missing file", ("--config=/nowhere/node.yaml",), "/nowhere/node.yaml"),
    Arguments("a folder", ("--config=/",), "not a file"),
    Arguments("a device", ("--config=/dev/zero",), "not a file"),
    Arguments("an unreadable file", ("--config=/proc/self/mem",), "cannot be read"),
    Arguments("a wrong variable", (), "PARLEY_LIMITS_DEVICES", (("PARLEY_LIMITS_DEVICES", "many"),)),
    Arguments("a wrong secret variable", (), "PARLEY_OPERATOR_TOKEN", (("PARLEY_OPERATOR_TOKEN", "hush-\x01"),)),
    Arguments("check and a wrong flag", ("--check", "--limits.devices=x"), "limits.devices"),
    Arguments("print and a wrong flag", ("--print-config", "--limits.devices=x"), "limits.devices"),
]

NOWHERE = ("--url", "http://127.0.0.1:1")
ALICE = ("--user", "alice")

OF_PARLEY = [
    Arguments("nothing", (), "subcommand"),
    Arguments("an unknown command", ("nonsense",)),
    Arguments("an unknown flag", ("--nonsense",)),
    Arguments("chat: nobody", ("chat",), "--user"),
    Arguments("chat: no name", ("chat", "--user"), "--user"),
    Arguments("chat: an unknown flag", ("chat", *ALICE, "--nonsense")),
    Arguments("chat: a stray word", ("chat", *ALICE, "bob")),
    Arguments("chat: with and group", ("chat", *ALICE, "--with", "bob", "--group", "g")),
    Arguments("chat: an address that is none", ("chat", *ALICE, "--url", "nonsense://x"), "nonsense://x"),
    Arguments("chat: a port that is none", ("chat", *ALICE, "--url", "http://127.0.0.1:x")),
    Arguments("chat: a port out of range", ("chat", *ALICE, "--url", "http://127.0.0.1:65536")),
    Arguments("send: nobody", ("send", "--with", "bob", "hello"), "--user"),
    Arguments("send: no text", ("send", *ALICE, "--with", "bob"), "text"),
    Arguments("send: to nowhere", ("send", *ALICE, "hello"), "--with"),
    Arguments("send: to two", ("send", *ALICE, "--with", "bob", "--group", "g", "hello"), "--with"),
    Arguments("send: two texts", ("send", *ALICE, "--with", "bob", "hello", "there")),
    Arguments("send: an unknown flag", ("send", *ALICE, "--with", "bob", "--nonsense", "hello")),
    Arguments("history: of nothing", ("history", *ALICE), "--with"),
    Arguments("history: none", ("history", *ALICE, "--with", "bob", "--limit", "0"), "--limit"),
    Arguments("history: a word", ("history", *ALICE, "--with", "bob", "--limit", "x"), "--limit"),
    Arguments("history: all and a limit", ("history", *ALICE, "--with", "bob", "--limit", "5", "--all"), "--all"),
    Arguments("people: no prefix", ("people", *ALICE), "prefix"),
    Arguments("people: too many", ("people", *ALICE, "--limit", "21", "bo"), "--limit"),
    Arguments("groups: an unknown command", ("groups", *ALICE, "destroy")),
    Arguments("groups: create nothing", ("groups", *ALICE, "create")),
    Arguments("restored: nobody to ask", ("restored", *NOWHERE), "--yes", (("PARLEY_OPERATOR_TOKEN", "hush-token"),)),
    Arguments("restored: no token", ("restored", *NOWHERE, "--yes"), "PARLEY_OPERATOR_TOKEN"),
    Arguments("restored: a stray word", ("restored", *NOWHERE, "--yes", "today")),
    Arguments("restored: an unknown flag", ("restored", "--nonsense")),
    Arguments("bench: nothing", ("bench",), "subcommand"),
    Arguments("bench: something else", ("bench", "nonsense")),
    Arguments("bench: members", ("bench", "group", "--members", "x"), "--members"),
    Arguments("bench: no members", ("bench", "group", "--members", "0"), "--members"),
    Arguments("bench: seconds", ("bench", "group", "--seconds", "-1"), "--seconds"),
    Arguments("bench: text", ("bench", "group", "--text-bytes", "100001"), "--text-bytes"),
    Arguments("a password without a terminal", ("send", *ALICE, *NOWHERE, "--with", "bob", "hi"), "PARLEY_PASSWORD"),
]
