"""What is sent on a WebSocket and is no request of `parley.v1`: frames, and JSON without a usable id.

`sends` are the bytes behind the handshake; every one of them ends the connection.
"""

import json
import struct

from support.promises import Case, closes
from support.wire import BINARY, CLOSE, PING, PONG, TEXT, close_frame, frame

PING_REQUEST = b'{"id":1,"op":"ping"}'
PROTOCOL_ERROR = closes(1002)
NOT_THE_PROTOCOL = closes(4400)
NOT_UTF8 = closes(1007)
TOO_LARGE = closes(1009)
FRAME_MAX = 1_310_720


def raw(first: int, second: int, rest: bytes = b"") -> bytes:
    return bytes([first, second]) + rest


def of_framing():
    for bits in range(1, 8):
        for name, opcode in {"text": TEXT, "ping": PING, "close": CLOSE}.items():
            yield Case(f"reserved bits {bits} in {name}", frame(PING_REQUEST, opcode, reserved=bits), PROTOCOL_ERROR)
    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        yield Case(f"opcode {opcode}", frame(b"", opcode), PROTOCOL_ERROR)
        yield Case(f"opcode {opcode} with a payload", frame(PING_REQUEST, opcode), PROTOCOL_ERROR)
    for name, opcode in {"text": TEXT, "binary": BINARY, "ping": PING, "close": CLOSE}.items():
        yield Case(f"{name} not masked", frame(PING_REQUEST, opcode, mask=None), PROTOCOL_ERROR)
    for name, opcode in {"ping": PING, "pong": PONG, "close": CLOSE}.items():
        yield Case(f"{name} in fragments", frame(b"\x03\xe8", opcode, fin=False), PROTOCOL_ERROR)
        yield Case(f"{name} of 126", frame(b"x" * 126, opcode), PROTOCOL_ERROR)
        yield Case(f"{name} of 65,536", frame(b"x" * 65_536, opcode), PROTOCOL_ERROR)
    yield Case("a continuation of nothing", frame(b"x", 0), PROTOCOL_ERROR)
    yield Case("a continuation of nothing, to be continued", frame(b"x", 0, fin=False), PROTOCOL_ERROR)
    yield Case("a text within a text", frame(b"{", fin=False) + frame(PING_REQUEST), PROTOCOL_ERROR)
    yield Case("a binary within a text", frame(b"{", fin=False) + frame(b"x", BINARY), PROTOCOL_ERROR)


def of_lengths():
    zero_mask = b"\0\0\0\0"
    yield Case("a length of 5 in two bytes", raw(0x81, 0xFE, struct.pack("!H", 5) + zero_mask + b"hello"), PROTOCOL_ERROR)
    yield Case("a length of 5 in eight bytes", raw(0x81, 0xFF, struct.pack("!Q", 5) + zero_mask + b"hello"), PROTOCOL_ERROR)
    yield Case("a length of 126 in eight bytes", raw(0x81, 0xFF, struct.pack("!Q", 126) + zero_mask + b"x" * 126), PROTOCOL_ERROR)
    yield Case("a length of 2^63", raw(0x81, 0xFF, struct.pack("!Q", 2**63) + zero_mask), closes(1002, 1009))
    yield Case("a length of 2^64-1", raw(0x81, 0xFF, struct.pack("!Q", 2**64 - 1) + zero_mask), closes(1002, 1009))
    yield Case("a length of 2^62", raw(0x81, 0xFF, struct.pack("!Q", 2**62) + zero_mask), TOO_LARGE)
    yield Case("a ping of 2^40", raw(0x89, 0xFF, struct.pack("!Q", 2**40) + zero_mask), PROTOCOL_ERROR)
    yield Case("a stranger's 8 KiB and one", frame(b'{"id":1,"op":"ping","d":{"a":"' + b"x" * 8_193), TOO_LARGE)
    yield Case("a stranger's 8 KiB and one, in fragments", frame(b"x" * 8_000, fin=False) + frame(b"x" * 193, 0), TOO_LARGE)
    yield Case("a stranger's endless fragments", frame(b"x", fin=False) + frame(b"x" * 100, 0, fin=False) * 100, TOO_LARGE)


def of_closing():
    for code in (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999):
        yield Case(f"a close code of {code}", close_frame(code), PROTOCOL_ERROR)
    # Beyond what is defined; they mean nothing, and are sent back.
    yield Case("a close code of 5000", close_frame(5000), closes(1002, 5000))
    yield Case("a close code of 65535", close_frame(65_535), closes(1002, 65_535))
    yield Case("a close frame of one byte", frame(b"\x03", CLOSE), PROTOCOL_ERROR)
    yield Case("a close reason that is not UTF-8", close_frame(1000, b"\xff\xfe"), closes(1002, 1007))
    yield Case("a close reason cut within a character", close_frame(1000, "ä".encode()[:1]), closes(1002, 1007))


def of_texts():
    invalid = {
        "a lone byte": b"\xff",
        "a continuation": b"\x80",
        "overlong": b"\xc0\xaf",
        "overlong in three": b"\xe0\x80\xaf",
        "a surrogate": b"\xed\xa0\x80",
        "beyond Unicode": b"\xf4\x90\x80\x80",
        "five bytes": b"\xf8\x88\x80\x80\x80",
        "cut": b"\xf0\x9f\x98",
        "latin-1": "é".encode("latin-1"),
        "UTF-16": '{"id":1}'.encode("utf-16"),
    }
    for name, value in invalid.items():
        yield Case(f"not UTF-8: {name}", frame(value), NOT_UTF8)
        yield Case(f"not UTF-8 within a request: {name}", frame(b'{"id":1,"op":"ping","d":{"a":"' + value + b'"}}'), NOT_UTF8)
    yield Case("not UTF-8 over two fragments", frame(b"\xf0\x9f", fin=False) + frame(b"\xff", 0), NOT_UTF8)


def of_binary():
    yield Case("a binary frame", frame(PING_REQUEST, BINARY), NOT_THE_PROTOCOL)
    yield Case("an empty binary frame", frame(b"", BINARY), NOT_THE_PROTOCOL)
    yield Case("a binary message in fragments", frame(b"{", BINARY, fin=False) + frame(b"}", 0), NOT_THE_PROTOCOL)


def of_json():
    texts = {
        "empty": "",
        "blank": " ",
        "a word": "hello",
        "a text": '"hello"',
        "a number": "1",
        "null": "null",
        "true": "true",
        "an array": "[]",
        "an array of requests": f"[{PING_REQUEST.decode()}]",
        "an empty object": "{}",
        "cut": '{"id":1,"op":"ping"',
        "cut within a text": '{"id":1,"op":"pi',
        "two objects": PING_REQUEST.decode() * 2,
        "something behind": PING_REQUEST.decode() + " x",
        "a comma behind": '{"id":1,"op":"ping",}',
        "single quotes": "{'id':1,'op':'ping'}",
        "no quotes": "{id:1,op:ping}",
        "a comment": '{"id":1,/* */"op":"ping"}',
        "NaN": '{"id":1,"op":"ping","d":{"a":NaN}}',
        "Infinity": '{"id":1,"op":"ping","d":{"a":Infinity}}',
        "hexadecimal": '{"id":0x1,"op":"ping"}',
        "a leading zero": '{"id":01,"op":"ping"}',
        "a plus": '{"id":+1,"op":"ping"}',
        "a byte order mark": "\ufeff" + PING_REQUEST.decode(),
        "a newline in a text": '{"id":1,"op":"pi\nng"}',
        "an unknown escape": r'{"id":1,"op":"\x70ing"}',
        "half an escape": r'{"id":1,"op":"\u12"}',
        "a NUL": PING_REQUEST.decode() + "\0",
        "deep arrays": '{"id":1,"op":"ping","d":' + "[" * 3_500 + "]" * 3_500 + "}",
        "deep objects": '{"id":1,"op":"ping","d":' + '{"a":' * 1_300 + "1" + "}" * 1_300 + "}",
        "unclosed arrays": "[" * 8_000,
        "unclosed objects": '{"a":' * 1_600,
        "a number without end": '{"id":1,"op":"ping","d":{"a":' + "9" * 8_000 + "e}}",
    }
    for name, value in texts.items():
        yield Case(f"JSON: {name}", frame(value.encode()), NOT_THE_PROTOCOL)
    ids = {
        "none": None,
        "zero": "0",
        "minus zero": "-0",
        "negative": "-1",
        "2^53": str(2**53),
        "2^63": str(2**63),
        "2^64": str(2**64),
        "beyond all": "9" * 400,
        "a fraction": "1.5",
        "one as a fraction": "1.0",
        "one with an exponent": "1e0",
        "a text": '"1"',
        "null": "null",
        "true": "true",
        "an array": "[1]",
        "an object": "{}",
    }
    for name, value in ids.items():
        members = ('"id":%s,' % value if value is not None else "") + '"op":"ping"'
        yield Case(f"id: {name}", frame(("{%s}" % members).encode()), NOT_THE_PROTOCOL)
    yield Case("ID in capitals", frame(json.dumps({"ID": 1, "op": "ping"}).encode()), NOT_THE_PROTOCOL)


BY_A_STRANGER = [*of_framing(), *of_lengths(), *of_closing(), *of_texts(), *of_binary(), *of_json()]

# After `identify`, frames may have 1.25 MiB.
IDENTIFIED = [
    Case("a frame larger than 1.25 MiB", frame(b'"' + b"x" * (FRAME_MAX - 1) + b'"'), TOO_LARGE),
    Case("fragments larger than 1.25 MiB", frame(b"x" * FRAME_MAX, fin=False) + frame(b"x", 0), TOO_LARGE),
    Case("a frame that says it has 1 TiB", bytes([0x81, 0xFF]) + struct.pack("!Q", 2**40) + b"\0" * 4, TOO_LARGE),
    Case("a large frame that is not JSON", frame(b"[" * 1_000_000), NOT_THE_PROTOCOL),
    Case("a large frame that is not UTF-8", frame(b'"' + b"x" * 500_000 + b'\xff"'), NOT_UTF8),
    *[case for case in BY_A_STRANGER if "stranger" not in case.name][::5],
]

# Whose meaning is not obvious, and is this: they are answered.
GOOD_AFTER_ALL = {
    "two ids: the first counts": ('{"id":%d,"id":0,"op":"ping"}', "ok"),
    "two ops: the first counts": ('{"id":%d,"op":"ping","op":"dance"}', "ok"),
    "unknown members are ignored": ('{"id":%d,"op":"ping","d":{"x":[1,{"y":null}]},"z":1}', "ok"),
    "blanks around": (' \r\n\t{ "id" : %d , "op" : "ping" } \n', "ok"),
    "escapes": (r'{"id":%d,"op":"\u0070ing"}', "ok"),
    "a large number that nobody reads": ('{"id":%d,"op":"ping","d":{"x":1e308}}', "ok"),
    "a member that is a lone surrogate": (r'{"id":%d,"op":"ping","d":{"\ud800":1}}', "ok"),
}
