"""9 large messages and limits, 10 crumbs and fragments of every size."""

from support.cases import BINARY, PING, PONG, TEXT, TOO_LARGE, Case, fragments, frame

KIB, MIB = 1_024, 1_024 * 1_024
LIMIT = 64 * MIB


def large():
    for kind, opcode in (("text", TEXT), ("binary", BINARY)):
        for size in (64 * KIB, 256 * KIB, MIB, 4 * MIB, 16 * MIB):
            payload = b"*" * size
            yield Case(f"9 {kind} of {size // KIB} KiB", (frame(payload, opcode),), ((opcode, payload),))
        payload = b"*" * MIB
        for size in (64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB):
            parts = fragments(payload, size, opcode)
            yield Case(f"9 {kind} of 1 MiB in fragments of {size}", parts, ((opcode, payload),))
        for size in (64, 128, 256, 512, KIB, 2 * KIB):
            payload = b"*" * (256 * KIB)
            yield Case(f"9 {kind} of 256 KiB in pieces of {size}", (frame(payload, opcode),), ((opcode, payload),), chop=size)


def many():
    for kind, opcode in (("text", TEXT), ("binary", BINARY)):
        for size in (0, 16, 64, 256, KIB, 4 * KIB, 16 * KIB):
            count = 1_000 if size <= KIB else 200
            payload = b"*" * size
            yield Case(f"9 {count} {kind} messages of {size}", (frame(payload, opcode),) * count, ((opcode, payload),) * count)


def limits():
    said = (LIMIT + 1).to_bytes(8, "big")
    yield Case("9 a frame that says it is larger than allowed", (b"\x82\xff" + said + b"\0" * 4,), closes=(TOO_LARGE,))
    yield Case("9 fragments that grow larger than allowed", (frame(b"x" * 1_000, BINARY, fin=False), b"\x80\xff" + LIMIT.to_bytes(8, "big") + b"\0" * 4), closes=(TOO_LARGE,))
    yield Case("9 a length that overflows with what was before", (frame(b"x", BINARY, fin=False), b"\x80\xff\x7f" + b"\xff" * 7 + b"\0" * 4), closes=(TOO_LARGE,))


def crumbs():
    for size in (1, 2, 3, 5, 7, 13, 127, 1_300):
        payload = bytes(i % 251 for i in range(min(65_536, size * 3_000)))
        yield Case(f"10 binary in fragments of {size}", fragments(payload, size, BINARY), ((BINARY, payload),))
        with_pings = []
        for i, part in enumerate(fragments(payload[: size * 40], size, BINARY)):
            with_pings += [part] if i == 39 else [part, frame(str(i).encode(), PING)]
        pongs = tuple((PONG, str(i).encode()) for i in range(39))
        yield Case(f"10 a ping behind each fragment of {size}", tuple(with_pings), (*pongs, (BINARY, payload[: size * 40])))
        yield Case(f"10 fragments and pings of {size}, byte by byte", tuple(with_pings)[:20], pongs[:10], chop=1, prefixes=True)


CASES = [*large(), *many(), *limits(), *crumbs()]
