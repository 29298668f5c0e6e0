"""7 the close handshake (RFC 6455, sections 5.5.1 and 7)."""

from support.cases import CLOSE, INVALID_TEXT, NO_CODE, NORMAL, PING, PROTOCOL_ERROR, TEXT, Case, close_frame, fragments, frame

HELLO = b"Hello World!"
VALID = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 3000, 3999, 4000, 4999)
INVALID = (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999)
# Beyond what the RFC defines: sent back or refused.
UNDEFINED = (5000, 32_768, 65_535)


def orderly():
    yield Case("7 a text and a close frame", (frame(HELLO), close_frame(NORMAL)), ((TEXT, HELLO),), (NORMAL,))
    yield Case("7 two close frames", (close_frame(NORMAL), close_frame(NORMAL)), closes=(NORMAL,))
    yield Case("7 a ping behind a close frame", (close_frame(NORMAL), frame(b"", PING)), closes=(NORMAL,))
    yield Case("7 a text behind a close frame", (close_frame(NORMAL), frame(HELLO)), closes=(NORMAL,))
    yield Case("7 nonsense behind a close frame", (close_frame(NORMAL), b"\xff" * 1_000), closes=(NORMAL,))
    broken = (frame(b"fragment1", fin=False), close_frame(NORMAL), frame(b"fragment2", 0))
    yield Case("7 a close frame between two fragments", broken, closes=(NORMAL,))
    large = b"BAsd7&jh23" * 26_000
    behind = (frame(large), frame(HELLO), close_frame(NORMAL), frame(b"", PING))
    yield Case("7 a large text and a close frame", behind, ((TEXT, large), (TEXT, HELLO)), (NORMAL,))
    parts = (*fragments(large, 4_096), close_frame(NORMAL))
    yield Case("7 a large text in fragments and a close frame", parts, ((TEXT, large),), (NORMAL,))


def payloads():
    yield Case("7 no payload", (close_frame(),), closes=(NO_CODE, NORMAL))
    yield Case("7 one byte", (frame(b"\x03", CLOSE),), closes=(PROTOCOL_ERROR,))
    yield Case("7 a code", (close_frame(NORMAL),), closes=(NORMAL,))
    yield Case("7 a code and a reason", (close_frame(NORMAL, b"Hello World!"),), closes=(NORMAL,))
    yield Case("7 the longest reason", (close_frame(NORMAL, b"*" * 123),), closes=(NORMAL,))
    yield Case("7 a reason that is too long", (close_frame(NORMAL, b"*" * 124),), closes=(PROTOCOL_ERROR,))
    yield Case("7 a reason in UTF-8", (close_frame(NORMAL, "κόσμε 👋".encode()),), closes=(NORMAL,))
    wrong = {"a surrogate": b"\xed\xa0\x80", "a cut character": b"\xce", "bytes": b"\xff\xfe", "beyond": "κ".encode() + b"\xf4\x90\x80\x80"}
    for name, reason in wrong.items():
        yield Case(f"7 a reason with {name}", (close_frame(NORMAL, reason),), closes=(INVALID_TEXT, PROTOCOL_ERROR))
    yield Case("7 byte by byte", (close_frame(NORMAL, b"Hello World!"),), closes=(NORMAL,), chop=1)


def codes():
    for code in VALID:
        yield Case(f"7 code {code}", (close_frame(code),), closes=(code,))
        yield Case(f"7 code {code} with a reason", (close_frame(code, b"bye"),), closes=(code,))
    for code in INVALID:
        yield Case(f"7 invalid code {code}", (close_frame(code),), closes=(PROTOCOL_ERROR,))
        yield Case(f"7 invalid code {code} with a reason", (close_frame(code, b"bye"),), closes=(PROTOCOL_ERROR,))
    for code in UNDEFINED:
        yield Case(f"7 undefined code {code}", (close_frame(code),), closes=(PROTOCOL_ERROR, code))


CASES = [*orderly(), *payloads(), *codes()]
