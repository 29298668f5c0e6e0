"""6 UTF-8 (RFC 6455, section 8.1; RFC 3629; after Markus Kuhn's stress test)."""

from support.cases import BINARY, INVALID_TEXT, PING, PONG, TEXT, Case, fragments, frame

GREEK = "Hello-µ@ßöäüàá-UTF-8!!"
VALID = {
    "greek": "κόσμε",
    "mixed": GREEK,
    "first of two bytes": "\u0080",
    "first of three": "\u0800",
    "first of four": "\U00010000",
    "last of one": "\u007f",
    "last of two": "\u07ff",
    "last of three": "\uffff",
    "last of four": "\U0010ffff",
    "before the surrogates": "\ud7ff",
    "behind the surrogates": "\ue000",
    "the replacement": "\ufffd",
    "not characters": "\ufffe\uffff\U0001fffe\U0001ffff\U0010fffe",
    "a byte order mark": "\ufeffx",
    "emoji": "👩‍👩‍👧" * 20,
    "NUL": "\0",
    "all planes": "".join(chr(plane << 16 | 0xFFF) for plane in range(17)),
}
INVALID = {
    "a lone continuation": b"\x80",
    "the last continuation": b"\xbf",
    "two continuations": b"\x80\xbf",
    "many continuations": b"\x80\xbf" * 20,
    "all continuations": bytes(range(0x80, 0xC0)),
    "all two-byte beginnings": b" ".join(bytes([each]) for each in range(0xC0, 0xE0)),
    "all three-byte beginnings": b" ".join(bytes([each]) for each in range(0xE0, 0xF0)),
    "all four-byte beginnings": b" ".join(bytes([each]) for each in range(0xF0, 0xF8)),
    "all five-byte beginnings": b" ".join(bytes([each]) for each in range(0xF8, 0xFC)),
    "all six-byte beginnings": b"\xfc \xfd ",
    "FE": b"\xfe",
    "FF": b"\xff",
    "FE FE FF FF": b"\xfe\xfe\xff\xff",
    "two bytes, cut": b"\xc2",
    "three bytes, cut": b"\xe0\xa0",
    "four bytes, cut": b"\xf0\x90\x80",
    "four bytes, cut early": b"\xf0\x90",
    "three bytes, cut, and more": b"\xe0\xa0 x",
    "five bytes": b"\xf8\x88\x80\x80\x80",
    "six bytes": b"\xfc\x84\x80\x80\x80\x80",
    "beyond Unicode": b"\xf4\x90\x80\x80",
    "far beyond Unicode": b"\xf7\xbf\xbf\xbf",
    "overlong slash in two": b"\xc0\xaf",
    "overlong slash in three": b"\xe0\x80\xaf",
    "overlong slash in four": b"\xf0\x80\x80\xaf",
    "overlong slash in five": b"\xf8\x80\x80\x80\xaf",
    "overlong slash in six": b"\xfc\x80\x80\x80\x80\xaf",
    "highest overlong in two": b"\xc1\xbf",
    "highest overlong in three": b"\xe0\x9f\xbf",
    "highest overlong in four": b"\xf0\x8f\xbf\xbf",
    "overlong NUL in two": b"\xc0\x80",
    "overlong NUL in three": b"\xe0\x80\x80",
    "overlong NUL in four": b"\xf0\x80\x80\x80",
    "surrogate D800": b"\xed\xa0\x80",
    "surrogate DB7F": b"\xed\xad\xbf",
    "surrogate DB80": b"\xed\xae\x80",
    "surrogate DBFF": b"\xed\xaf\xbf",
    "surrogate DC00": b"\xed\xb0\x80",
    "surrogate DFFF": b"\xed\xbf\xbf",
    "two surrogates": b"\xed\xa0\x80\xed\xb0\x80",
    "greek and a surrogate": "κόσμε".encode() + b"\xed\xa0\x80" + b"edited",
    "greek and beyond Unicode": "κόσμε".encode() + b"\xf4\x90\x80\x80" + b"edited",
}


def empty():
    yield Case("6 nothing", (frame(b""),), ((TEXT, b""),))
    yield Case("6 nothing in three fragments", (frame(b"", fin=False), frame(b"", 0, fin=False), frame(b"", 0)), ((TEXT, b""),))
    some = (frame(b"", fin=False), frame(b"middle frame payload", 0, fin=False), frame(b"", 0))
    yield Case("6 something between nothing", some, ((TEXT, b"middle frame payload"),))


def valid():
    for name, text in VALID.items():
        payload = text.encode()
        expected = ((TEXT, payload),)
        yield Case(f"6 valid: {name}", (frame(payload),), expected)
        yield Case(f"6 valid: {name}, byte by byte", (frame(payload),), expected, chop=1)
        yield Case(f"6 valid: {name}, a fragment a byte", fragments(payload, 1), expected)
        if len(payload) > 1:
            middle = len(payload) // 2
            split = (frame(payload[:middle], fin=False), frame(b"x", PING), frame(payload[middle:], 0))
            yield Case(f"6 valid: {name}, a ping in the middle", split, ((PONG, b"x"), *expected))
        longer = text.encode() * (70_000 // len(payload))
        yield Case(f"6 valid: {name}, long, in pieces of 1021", (frame(longer),), ((TEXT, longer),), chop=1_021)


def invalid():
    for name, payload in INVALID.items():
        closes = (INVALID_TEXT,)
        yield Case(f"6 invalid: {name}", (frame(payload),), closes=closes)
        yield Case(f"6 invalid: {name}, byte by byte", (frame(payload),), closes=closes, chop=1)
        yield Case(f"6 invalid: {name}, a fragment a byte", fragments(payload, 1), closes=closes)
        yield Case(f"6 invalid: {name}, behind much", (frame(b"x" * 5_000 + payload),), closes=closes)
        yield Case(f"6 invalid: {name}, binary", (frame(payload, BINARY),), ((BINARY, payload),))


def fail_fast():
    """What can only be wrong is refused before its end has come: these never end."""
    good, bad = "κόσμε".encode(), b"\xf4\x90\x80\x80"
    yield Case("6 fails before the last fragment", (frame(good, fin=False), frame(bad, 0, fin=False)), closes=(INVALID_TEXT,))
    yield Case("6 fails before the end of the fragment", (frame(good + bad + b"x" * 5_000)[:-3_000],), closes=(INVALID_TEXT,))
    yield Case("6 fails over two fragments", (frame(good + bad[:1], fin=False), frame(bad[1:2], 0, fin=False)), closes=(INVALID_TEXT,))


CASES = [*empty(), *valid(), *invalid(), *fail_fast()]
