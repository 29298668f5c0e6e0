"""1 framing, 2 pings and pongs, 3 reserved bits, 4 opcodes, 5 fragmentation (RFC 6455, section 5)."""

from support.cases import BINARY, CLOSE, PING, PONG, PROTOCOL_ERROR, TEXT, Case, chopped, fragments, frame

SIZES = (0, 1, 125, 126, 127, 128, 65_535, 65_536, 65_537)
FAILS = (PROTOCOL_ERROR,)
HELLO = b"Hello, world!"


def framing():
    for kind, opcode, letter in (("text", TEXT, b"*"), ("binary", BINARY, b"\xfe")):
        for size in SIZES:
            payload = letter * size
            yield Case(f"1 {kind} of {size}", (frame(payload, opcode),), ((opcode, payload),))
        payload = letter * 65_536
        yield Case(f"1 {kind} of 65536 in pieces of 997", (frame(payload, opcode),), ((opcode, payload),), chop=997)
        for mask in (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x01\x02\x03\x04"):
            yield Case(f"1 {kind} masked by {mask.hex()}", (frame(letter * 300, opcode, mask=mask),), ((opcode, letter * 300),))
        yield Case(f"1 {kind} not masked", (frame(letter, opcode, mask=None),), closes=FAILS)
    yield Case("1 a length longer than it need be", (b"\x81\xfe\x00\x05\0\0\0\0hello",), closes=FAILS)
    yield Case("1 a length much longer than it need be", (b"\x81\xff" + (300).to_bytes(8, "big") + b"\0" * 304,), closes=FAILS)
    yield Case("1 a length with its highest bit", (b"\x81\xff\x80" + b"\0" * 7 + b"\0" * 4,), closes=(PROTOCOL_ERROR, 1009))


def pings():
    binary = bytes((0, 255, 254, 253, 252, 251, 0, 255))
    for name, payload in (("nothing", b""), ("a text", HELLO), ("bytes", binary), ("125", b"\xfe" * 125)):
        yield Case(f"2 ping with {name}", (frame(payload, PING),), ((PONG, payload),))
        yield Case(f"2 pong with {name}, unasked", (frame(payload, PONG), frame(b"x", PING)), ((PONG, b"x"),))
    yield Case("2 ping of 126", (frame(b"\xfe" * 126, PING),), closes=FAILS)
    yield Case("2 pong of 126", (frame(b"\xfe" * 126, PONG),), closes=FAILS)
    yield Case("2 ping byte by byte", (frame(b"\xfe" * 125, PING),), ((PONG, b"\xfe" * 125),), chop=1)
    many = tuple(f"payload-{i}".encode() for i in range(10))
    yield from chopped(
        lambda how, chop: Case(
            f"2 ten pings, {how}", tuple(frame(each, PING) for each in many), tuple((PONG, each) for each in many), chop=chop
        )
    )
    hundred = tuple(str(i).encode() for i in range(200))
    yield Case("2 two hundred pings", tuple(frame(each, PING) for each in hundred), tuple((PONG, each) for each in hundred))


def reserved_bits():
    for bits in range(1, 8):
        for kind, opcode in (("text", TEXT), ("binary", BINARY), ("ping", PING), ("pong", PONG), ("close", CLOSE)):
            payload = b"\x03\xe8" if opcode == CLOSE else HELLO
            yield Case(f"3 bits {bits} in {kind}", (frame(payload, opcode, reserved=bits),), closes=FAILS)
        first = (frame(HELLO), frame(HELLO, reserved=bits), frame(b"", PING))
        yield from chopped(
            lambda how, chop, bits=bits, first=first: Case(
                f"3 bits {bits} behind a good text, {how}", first, ((TEXT, HELLO),), FAILS, chop, prefixes=True
            )
        )
        parts = (frame(HELLO, fin=False), frame(HELLO, 0, reserved=bits))
        yield Case(f"3 bits {bits} in a continuation", parts, closes=FAILS)


def opcodes():
    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        for name, payload in (("nothing", b""), ("a payload", HELLO)):
            yield Case(f"4 opcode {opcode} with {name}", (frame(payload, opcode),), closes=FAILS)
        behind = (frame(HELLO), frame(HELLO, opcode), frame(b"", PING))
        yield from chopped(
            lambda how, chop, opcode=opcode, behind=behind: Case(
                f"4 opcode {opcode} behind a good text, {how}", behind, ((TEXT, HELLO),), FAILS, chop, prefixes=True
            )
        )


def fragmentation():
    for kind, opcode in (("ping", PING), ("pong", PONG), ("close", CLOSE)):
        yield Case(f"5 {kind} in fragments", (frame(b"\x03", opcode, fin=False), frame(b"\xe8", 0)), closes=FAILS)
    first, last = b"fragment1", b"fragment2"
    two = (frame(first, fin=False), frame(last, 0))
    between = (frame(first, fin=False), frame(b"ping", PING), frame(last, 0))
    yield from chopped(lambda how, chop: Case(f"5 two fragments, {how}", two, ((TEXT, first + last),), chop=chop))
    yield from chopped(
        lambda how, chop: Case(
            f"5 a ping between two fragments, {how}", between, ((PONG, b"ping"), (TEXT, first + last)), chop=chop
        )
    )
    for fin in (True, False):
        end = "" if fin else ", to be continued"
        stray = (frame(b"non-continuation", 0, fin=fin), frame(HELLO))
        yield from chopped(lambda how, chop, stray=stray, end=end: Case(f"5 a continuation of nothing{end}, {how}", stray, closes=FAILS, chop=chop))
        behind = (*two, frame(b"fragment3", 0, fin=fin), frame(HELLO))
        yield Case(f"5 a continuation behind the end{end}", behind, ((TEXT, first + last),), FAILS, prefixes=True)
        twice = (frame(b"fragment1", 0, fin=fin), frame(b"fragment2", fin=True)) * 2
        yield Case(f"5 continuations of nothing and texts{end}", twice, closes=FAILS)
    for kind, opcode in (("text", TEXT), ("binary", BINARY)):
        yield from chopped(
            lambda how, chop, kind=kind, opcode=opcode: Case(
                f"5 a {kind} within a text, {how}", (frame(first, fin=False), frame(last, opcode)), closes=FAILS, chop=chop
            )
        )
    five = tuple(f"fragment{i}".encode() for i in range(1, 6))
    pinged = (
        frame(five[0], fin=False),
        frame(five[1], 0, fin=False),
        frame(b"pongme 1!", PING),
        frame(five[2], 0, fin=False),
        frame(five[3], 0, fin=False),
        frame(b"pongme 2!", PING),
        frame(five[4], 0),
    )
    pongs = ((PONG, b"pongme 1!"), (PONG, b"pongme 2!"))
    yield from chopped(
        lambda how, chop: Case(f"5 five fragments and two pings, {how}", pinged, (*pongs, (TEXT, b"".join(five))), chop=chop)
    )
    empty = (frame(b"", fin=False), *[frame(b"", 0, fin=False)] * 20, frame(b"", 0))
    yield Case("5 nothing in many fragments", empty, ((TEXT, b""),))
    yield Case("5 a pong between two fragments", (frame(first, fin=False), frame(b"x", PONG), frame(last, 0)), ((TEXT, first + last),))
    thousand = b"0123456789" * 100
    yield Case("5 a thousand fragments", fragments(thousand, 1), ((TEXT, thousand),))
    yield Case("5 two fragmented messages", (*fragments(HELLO, 3), *fragments(HELLO, 5, BINARY)), ((TEXT, HELLO), (BINARY, HELLO)))


CASES = [*framing(), *pings(), *reserved_bits(), *opcodes(), *fragmentation()]
