"""HTTP as nobody should speak it; `sends` are the bytes. "$token", "$session" are the node's."""

import json

from catalogue.ops import NOWHERE
from support.promises import Case, Ends, status

BAD_HEAD = status(400, code="bad_request", ends=True)
BAD_BODY = status(400, code="bad_request")
SMUGGLED = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"


def request(first: str, *lines: str, host: str | None = "parley", body: bytes | None = None) -> bytes:
    head = [first, *([f"Host: {host}"] if host is not None else []), *lines]
    if body is not None:
        head.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(head) + "\r\n\r\n").encode("utf-8", "surrogatepass") + (body or b"")


def post(path: str, body, *lines: str, content_type: str | None = "application/json") -> bytes:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = [f"Content-Type: {content_type}"] if content_type is not None else []
    return request(f"POST {path} HTTP/1.1", *kind, *lines, body=raw)


def of_smuggling():
    """Whatever two servers could read as requests of different lengths; what is hidden is not answered."""
    line = "POST /v1/tokens HTTP/1.1"
    chunks = b"0\r\n\r\n"
    lengths = {
        "CL and TE": ("Content-Length: 5", "Transfer-Encoding: chunked"),
        "TE and CL": ("Transfer-Encoding: chunked", "Content-Length: 5"),
        "two equal CL": ("Content-Length: 5", "Content-Length: 5"),
        "two CL": ("Content-Length: 5", "Content-Length: 6"),
        "a CL list": ("Content-Length: 5, 5",),
        "a negative CL": ("Content-Length: -5",),
        "a CL with a plus": ("Content-Length: +5",),
        "a hexadecimal CL": ("Content-Length: 0x5",),
        "a CL with a fraction": ("Content-Length: 5.0",),
        "an empty CL": ("Content-Length:",),
        "a CL of blanks": ("Content-Length: 5 5",),
        "an endless CL": ("Content-Length: " + "9" * 40,),
        "two TE": ("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
        "TE identity": ("Transfer-Encoding: identity",),
        "TE gzip, chunked": ("Transfer-Encoding: gzip, chunked",),
        "TE chunked, identity": ("Transfer-Encoding: chunked, identity",),
        "TE xchunked": ("Transfer-Encoding: xchunked",),
        "TE chunked with a vertical tab": ("Transfer-Encoding: \x0bchunked",),
        "TE in quotes": ('Transfer-Encoding: "chunked"',),
        "an empty TE": ("Transfer-Encoding:",),
        "TE with a blank before the colon": ("Transfer-Encoding : chunked",),
        "CL with a blank before the colon": ("Content-Length : 5",),
        "TE in a folded line": ("X: y\r\n Transfer-Encoding: chunked", "Content-Length: 5"),
        "a header after a bare LF": ("X: y\nTransfer-Encoding: chunked", "Content-Length: 5"),
        "a header after a bare CR": ("X: y\rTransfer-Encoding: chunked", "Content-Length: 5"),
    }
    for name, lines in lengths.items():
        yield Case(f"smuggling: {name}", request(line, *lines) + chunks + SMUGGLED, status(400, 413, ends=True))
    old = "POST /v1/tokens HTTP/1.0"
    yield Case("smuggling: chunked in HTTP/1.0", request(old, "Transfer-Encoding: chunked") + chunks + SMUGGLED, BAD_HEAD)
    bad_chunks = {
        "a size that is none": b"x\r\nhello\r\n0\r\n\r\n",
        "a negative size": b"-5\r\nhello\r\n0\r\n\r\n",
        "a size in 0x": b"0x5\r\nhello\r\n0\r\n\r\n",
        "a size beyond 64 bits": b"fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        "more than its size": b"2\r\nhello\r\n0\r\n\r\n",
        "a bare LF behind the size": b"5\nhello\r\n0\r\n\r\n",
    }
    for name, body in bad_chunks.items():
        head = request(line, "Content-Type: application/json", "Transfer-Encoding: chunked")
        yield Case(f"chunks: {name}", head + body + SMUGGLED, status(400, 413, ends=True))
    large = b"10001\r\n" + b"x" * 65_537 + b"\r\n0\r\n\r\n"
    head = request(line, "Content-Type: application/json", "Transfer-Encoding: chunked")
    yield Case("chunks: more than a body may have", head + large, status(413, code="too_large", ends=True))


def of_heads():
    get = "GET /livez HTTP/1.1"
    heads = {
        "no Host": request(get, host=None),
        "two Hosts": request(get, "Host: other"),
        "two equal Hosts": request(get, "Host: parley"),
        "a folded line": request(get, "X-A: b\r\n c"),
        "a line folded by a tab": request(get, "X-A: b\r\n\tc"),
        "a fold before the first header": b"GET /livez HTTP/1.1\r\n Host: parley\r\n\r\n",
        "a header without a colon": request(get, "nonsense"),
        "a header without a name": request(get, ": value"),
        "a blank in a name": request(get, "X A: b"),
        "a blank before a colon": request(get, "X-A : b"),
        "a NUL in a name": request(get, "X\0A: b"),
        "a NUL in a value": request(get, "X-A: b\0c"),
        "a control character in a value": request(get, "X-A: b\x01c"),
        "a bare LF": request(get, "X-A: b\nX-B: c"),
        "a bare CR": request(get, "X-A: b\rX-B: c"),
        "no version": b"GET /livez\r\nHost: parley\r\n\r\n",
        "HTTP/0.9": b"GET /livez\r\n\r\n",
        "HTTP/1.2": request("GET /livez HTTP/1.2"),
        "HTTP/2.0": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "HTTP/9.9": request("GET /livez HTTP/9.9"),
        "http in small letters": request("GET /livez http/1.1"),
        "two blanks": request("GET  /livez HTTP/1.1"),
        "a blank in front": b" " + request(get),
        "no target": request("GET HTTP/1.1"),
        "no method": request("/livez HTTP/1.1"),
        "a method with a control character": request("G\x01T /livez HTTP/1.1"),
        "a target with a NUL": request("GET /li\0vez HTTP/1.1"),
        "a target with a blank": request("GET /li vez HTTP/1.1"),
        "absolute-form": request("GET http://parley/livez HTTP/1.1"),
        "absolute-form of another": request("GET http://evil.example/ HTTP/1.1"),
        "asterisk-form": request("OPTIONS * HTTP/1.1"),
        "authority-form": request("CONNECT parley:443 HTTP/1.1"),
        "no slash": request("GET livez HTTP/1.1"),
        "an empty first line": b"\r\n\r\n",
        "nonsense": b"nonsense\r\n\r\n",
        "binary": bytes(range(128, 256)) + b"\r\n\r\n",
        "TLS": bytes.fromhex("16030100a5010000a10303") + b"\0" * 150 + b"\r\n\r\n",
        "JSON": b'{"id":1,"op":"ping"}\r\n\r\n',
    }
    for name, value in heads.items():
        yield Case(f"head: {name}", value, status(400, ends=True))
    for path in ("/../etc/passwd", "/v1/../livez", "/..", "/a/..", "/%2e%2e/livez", "/%2E%2E/", "/.%2e/x", "/a\\..\\b", "/v1/sessions/../x"):
        yield Case(f"path: {path}", request(f"GET {path} HTTP/1.1"), BAD_HEAD)
    for method in ("TRACE", "CONNECT"):
        yield Case(f"method: {method}", request(f"{method} /livez HTTP/1.1"), status(405, code="bad_request", ends=True))
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "get", "NONSENSE"):
        expected = status(405, code="bad_request")
        yield Case(f"method: {method} /livez", request(f"{method} /livez HTTP/1.1", body=b""), expected)
    for method, path in (("GET", "/v1/accounts"), ("PUT", "/v1/tokens"), ("GET", "/v1/tokens/current")):
        yield Case(f"method: {method} {path}", request(f"{method} {path} HTTP/1.1"), status(405, code="bad_request"))
    too_large = status(431, code="too_large", ends=True)
    yield Case("head: a huge header", request(get, "X-A: " + "x" * 9_000), too_large)
    yield Case("head: a huge name", request(get, "X" * 9_000 + ": a"), too_large)
    yield Case("head: a huge target", request(f"GET /{'x' * 9_000} HTTP/1.1"), too_large)
    yield Case("head: a thousand headers", request(get, *(f"X-{i}: {i}" for i in range(1_000))), too_large)
    yield Case("head: no end", b"GET /livez HTTP/1.1\r\n" + b"X-A: b\r\n" * 200_000, too_large)
    for path in ("/v1", "/v1/nothing", "/v1/accounts/", "/.env", "/index.php", "/v1/tokens/current/x", "/%00", "/<script>"):
        yield Case(f"path: {path}", request(f"GET {path} HTTP/1.1"), status(404, code="not_found"))


def of_lines():
    yield Case("nothing but an end", b"", Ends())
    yield Case("half a head and an end", b"GET /livez HT", Ends())
    yield Case("half a body and an end", post("/v1/tokens", b"{}")[:-1], Ends())


CREDENTIALS = ("/v1/accounts", "/v1/tokens")


def of_credentials():
    good = {"name": "nobody-$number", "password": "hush-password"}
    bodies = {
        "empty": b"",
        "not JSON": b"hush-text",
        "cut": b'{"name":"a',
        "an array": [good],
        "null": b"null",
        "a text": b'"hush-text"',
        "something behind": json.dumps(good).encode() + b" x",
        "no name": {"password": "hush-password"},
        "no password": {"name": "nobody-$number"},
        "a name that is a number": {**good, "name": 7},
        "a name that is null": {**good, "name": None},
        "a name that is a list": {**good, "name": ["a"]},
        "a password that is a number": {**good, "password": 12_345_678},
        "a password that is an object": {**good, "password": {}},
        "a NUL in the name": {**good, "name": "a\0b"},
        "a NUL in the password": {**good, "password": "hush-password\0"},
        "a lone surrogate in the name": {**good, "name": "a\ud800"},
        "a lone surrogate in the password": {**good, "password": "hush-password\udfff"},
        "invalid UTF-8 in the name": b'{"name":"a\xff","password":"hush-password"}',
        "invalid UTF-8 in the password": b'{"name":"ab","password":"hush-password\xc0\xaf"}',
        "invalid UTF-8 elsewhere": b'{"name":"ab","password":"hush-password","x":"\xed\xa0\x80"}',
        "too deep": b'{"name":"ab","password":"hush-password","x":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
        "UTF-16": json.dumps(good).encode("utf-16"),
        "a byte order mark": b"\xef\xbb\xbf" + json.dumps(good).encode(),
    }
    for path in CREDENTIALS:
        for name, body in bodies.items():
            yield Case(f"POST {path}: {name}", post(path, body), BAD_BODY)
        for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonx", "", None, "json", "multipart/form-data; boundary=x"):
            expected = status(415, code="bad_request")
            yield Case(f"POST {path}: content type {kind!r}", post(path, good, content_type=kind), expected)
        yield Case(f"POST {path}: too large", post(path, {**good, "x": "x" * 65_536}), status(413, code="too_large", ends=True))
        huge = request(f"POST {path} HTTP/1.1", "Content-Type: application/json", "Content-Length: 1099511627776")
        yield Case(f"POST {path}: says that it is huge", huge, status(413, code="too_large", ends=True))
    accounts = {
        "an empty name": {**good, "name": ""},
        "a short password": {**good, "password": "hush-pw"},
        "an empty password": {**good, "password": ""},
    }
    for name, body in accounts.items():
        yield Case(f"POST /v1/accounts: {name}", post("/v1/accounts", body), BAD_BODY)
    long_name = post("/v1/accounts", {**good, "name": "n" * 65})
    yield Case("POST /v1/accounts: a name of 65", long_name, status(400, 413))
    yield Case("POST /v1/accounts: a name that is taken", post("/v1/accounts", {**good, "name": "$name"}), status(409, code="conflict"))
    wrong = {"an unknown name": good, "a wrong password": {"name": "$name", "password": "hush-password"}}
    wrong["SQL for a password"] = {"name": "$name", "password": "' OR '1'='1"}
    wrong["SQL for a name"] = {"name": "$name' --", "password": "hush-password"}
    for name, body in wrong.items():
        yield Case(f"POST /v1/tokens: {name}", post("/v1/tokens", body), status(401, code="unauthenticated"))


def of_tokens():
    refused = status(401, code="unauthenticated")
    headers = {
        "none": (),
        "empty": ("Authorization:",),
        "no token": ("Authorization: Bearer",),
        "an unknown token": ("Authorization: Bearer hush-token",),
        "another scheme": ("Authorization: Basic aHVzaDpodXNo",),
        "no scheme": ("Authorization: $token",),
        "one letter more": ("Authorization: Bearer $tokenx",),
        "SQL": ("Authorization: Bearer ' OR '1'='1",),
        "two of them": ("Authorization: Bearer hush-token", "Authorization: Bearer $token"),
        "endless": ("Authorization: Bearer " + "t" * 7_000,),
    }
    for name, lines in headers.items():
        yield Case(f"DELETE /v1/tokens/current: token: {name}", request("DELETE /v1/tokens/current HTTP/1.1", *lines), refused)
        yield Case(f"POST /v1/sessions: token: {name}", request("POST /v1/sessions HTTP/1.1", *lines, body=b""), refused)
    yield Case("a token in the URL", request("POST /v1/sessions?token=$token HTTP/1.1", body=b""), refused)


def of_polling():
    bearer = "Authorization: Bearer $token"
    ops = "/v1/sessions/$session/ops"
    nobody = status(404, code="not_found")
    nobody_before_body = status(404, code="not_found", ends=True)
    for name, session in {"unknown": NOWHERE, "a word": "x", "empty": "", "negative": "-1", "endless": "9" * 500}.items():
        path = f"/v1/sessions/{session}"
        yield Case(f"a session that is {name}: ops", post(f"{path}/ops", {"id": 1, "op": "ping"}, bearer), nobody_before_body)
        yield Case(f"a session that is {name}: events", request(f"GET {path}/events?wait=0&after=0 HTTP/1.1", bearer), nobody)
    yield Case("a session of somebody else", post(ops, {"id": 1, "op": "ping"}, "Authorization: Bearer $other_token"), nobody_before_body)
    bodies = {
        "empty": b"",
        "not JSON": b"hush-text",
        "a text": b'"x"',
        "no id": {"op": "ping"},
        "id 0": {"id": 0, "op": "ping"},
        "id 2^53": {"id": 2**53, "op": "ping"},
        "id a text": {"id": "1", "op": "ping"},
        "an array of numbers": [1, 2],
        "an array of arrays": [[{"id": 1, "op": "ping"}]],
        "an array that does not end": b'[{"id":1,"op":"ping"}',
        "an array with a comma behind": b'[{"id":1,"op":"ping"},]',
        "something behind the array": b'[{"id":1,"op":"ping"}] x',
        "a good and a bad one": [{"id": 1, "op": "ping"}, {"op": "ping"}],
        "invalid UTF-8": b'{"id":1,"op":"ping","x":"\xff"}',
        "two objects": b'{"id":1,"op":"ping"}{"id":2,"op":"ping"}',
        "too deep": b'{"id":1,"op":"ping","d":' + b"[" * 3_000 + b"]" * 3_000 + b"}",
    }
    for name, body in bodies.items():
        yield Case(f"ops: {name}", post(ops, body, bearer), BAD_BODY)
    many = [{"id": i, "op": "ping"} for i in range(1, 34)]
    yield Case("ops: 33 requests", post(ops, many, bearer), status(413, code="too_large"))
    yield Case("ops: content type", post(ops, {"id": 1, "op": "ping"}, bearer, content_type="text/plain"), status(415, code="bad_request"))
    yield Case("ops: GET", request(f"GET {ops} HTTP/1.1", bearer), status(405, code="bad_request"))
    events = "/v1/sessions/$session/events"
    for query in ("wait=x&after=0", "wait=-1&after=0", "wait=61&after=0", "wait=0&after=x", "wait=0&after=-1", "wait=0&after=" + "9" * 30,
                  "wait=0&after=999999", "wait=1.5&after=0"):
        yield Case(f"events: {query[:40]}", request(f"GET {events}?{query} HTTP/1.1", bearer), BAD_BODY)
    foreign = status(403, code="forbidden", ends=True)
    yield Case("POST /v1/sessions: a foreign origin", request("POST /v1/sessions HTTP/1.1", bearer, "Origin: https://evil.example", body=b""), foreign)
    for name, device in {"a number": 7, "null": None, "with a NUL": "a\0"}.items():
        yield Case(f"POST /v1/sessions: device {name}", post("/v1/sessions", {"device": device}, bearer), BAD_BODY)


def of_operators():
    path = "/v1/operator/restored"
    bearer = "Authorization: Bearer $operator"
    headers = {
        "none": (),
        "a user's token": ("Authorization: Bearer $token",),
        "an unknown token": ("Authorization: Bearer hush-token",),
        "another scheme": ("Authorization: Basic $operator",),
    }
    for name, lines in headers.items():
        yield Case(f"POST {path}: token: {name}", request(f"POST {path} HTTP/1.1", *lines, body=b""), status(401, code="unauthenticated"))
    yield Case(f"POST {path}: a token in the URL", request(f"POST {path}?token=$operator HTTP/1.1", body=b""), status(401, code="unauthenticated"))
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        yield Case(f"{method} {path}", request(f"{method} {path} HTTP/1.1", bearer, body=b""), status(405, code="bad_request"))
    for name, body in {"JSON": {"epoch": "hush-mine"}, "nothing in JSON": {}, "a text": b"hush-text", "not UTF-8": b"\xff"}.items():
        yield Case(f"POST {path}: a body: {name}", post(path, body, bearer), BAD_BODY)
    for more in ("/", "/now", "x"):
        yield Case(f"POST {path}{more}", request(f"POST {path}{more} HTTP/1.1", bearer, body=b""), status(404, code="not_found"))


def of_actors():
    """What operators and researchers ask about actors and traces."""
    bearer = "Authorization: Bearer $operator"
    actors, traces = "/v1/operator/topology", "/v1/operator/traces"
    for path in (actors, f"{actors}/changes", traces):
        for name, lines in {"none": (), "a user's": ("Authorization: Bearer $token",), "unknown": ("Authorization: Bearer hush-token",)}.items():
            yield Case(f"GET {path}: token: {name}", request(f"GET {path} HTTP/1.1", *lines), status(401, code="unauthenticated"))
        yield Case(f"DELETE {path}", request(f"DELETE {path} HTTP/1.1", bearer), status(405, code="bad_request"))
    queries = {
        actors: ("kind=hush", "kind=", "node=nobody", "node=", "entity=", "top=0", "top=50001", "top=x", "top=-1", "by=hush", "actors=1", "edges=20001",
                 "edges=1.5", "names=yes", "local=", "bytes=1", "hush=1", "top=1&top=2", "node=%ff", "entity=%00"),
        f"{actors}/changes": ("after=-1", "after=x", "after=99999999999999999999", "wait_s=26", "wait_s=", "names=1", "hush=1"),
        traces: ("cursor=hush", "cursor=node-1", "cursor=%3D1", "cursor=node-1%3Dx", "cursor=node-1%3D-1", "cursor=node-1%3D1", "cursor=node-1%3D1.x", "cursor=node-1%3D0.1", "cursor=.1%3D1", "limit=0", "limit=20001", "limit=x", "names=1", "hush=1"),
    }
    for path, all_of_it in queries.items():
        for query in all_of_it:
            yield Case(f"GET {path}?{query}", request(f"GET {path}?{query} HTTP/1.1", bearer), BAD_BODY)
    bodies = {
        f"{actors}/level": ({}, {"level": "hush"}, {"level": 1}, {"level": "edges", "for_s": 0}, {"level": "edges", "for_s": 86_401}, {"level": "edges", "for_s": "1"},
                            {"level": "edges", "hush": 1}, [], b"hush-text", b"", b"\xff"),
        f"{traces}/sampling": ({}, {"sample": -0.1}, {"sample": 1.1}, {"sample": "1"}, {"sample": None}, {"sample": 1, "conversation": "hush"}, {"sample": 1, "conversation": 1},
                               {"sample": 1, "session": "0"}, {"sample": 1, "node": 1}, {"sample": 1, "for_s": 0}, {"sample": 1, "for_s": 1.5}, {"sample": 1, "hush": 1},
                               [], b"hush-text", b"", b"\xff"),
    }
    for path, all_of_it in bodies.items():
        for body in all_of_it:
            yield Case(f"POST {path}: {body!r}", post(path, body, bearer), BAD_BODY)
        yield Case(f"POST {path}: content type", post(path, {"level": "kinds", "sample": 0}, bearer, content_type="text/plain"), status(415, code="bad_request"))
        yield Case(f"POST {path}: a parameter", post(f"{path}?local=1", {"level": "kinds", "sample": 0}, bearer), BAD_BODY)
        yield Case(f"GET {path}", request(f"GET {path} HTTP/1.1", bearer), status(405, code="bad_request"))


CASES = [*of_smuggling(), *of_heads(), *of_lines(), *of_credentials(), *of_tokens(), *of_polling(), *of_operators(), *of_actors()]

# Who takes his time: closed when the time for a head is over (10 s), which others do not notice.
SLOW = {
    "nothing is sent": b"",
    "half a head": b"GET /livez HTTP/1.1\r\nHost: par",
    "a head that goes on": b"GET /livez HTTP/1.1\r\nHost: parley\r\nX-A: b\r\n",
    "bare LFs": b"GET /livez HTTP/1.1\nHost: parley\n\n",
    "half a body": b"POST /v1/tokens HTTP/1.1\r\nHost: parley\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{",
    "half a chunk": b"POST /v1/tokens HTTP/1.1\r\nHost: parley\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
}
