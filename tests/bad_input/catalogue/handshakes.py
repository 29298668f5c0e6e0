"""Requests for a WebSocket that are no good ones; `sends` is the whole head."""

from support.promises import Case, status

GOOD = {
    "Host": "parley",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}


def head(first: str = "GET /v1/ws HTTP/1.1", **changed) -> bytes:
    """The good head with headers changed; None leaves one out, a list gives it several times."""
    lines = [first]
    for name, value in {**GOOD, **{name.replace("_", "-"): value for name, value in changed.items()}}.items():
        for each in value if isinstance(value, list) else [value]:
            if each is not None:
                lines.append(f"{name}: {each}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def with_(name: str, value) -> bytes:
    return head(**{name: value})


def of_headers():
    yield Case("no Upgrade", with_("Upgrade", None), status(426))
    yield Case("Upgrade to something else", with_("Upgrade", "h2c"), status(426))
    yield Case("no Connection", with_("Connection", None), status(426))
    yield Case("Connection without Upgrade", with_("Connection", "keep-alive"), status(426))
    yield Case("no key", with_("Sec-WebSocket-Key", None), status(400, ends=True))
    yield Case("an empty key", with_("Sec-WebSocket-Key", ""), status(400, ends=True))
    yield Case("a short key", with_("Sec-WebSocket-Key", "dGhlIHNhbXBsZQ=="), status(400, ends=True))
    yield Case("a long key", with_("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ" * 9), status(400, ends=True))
    yield Case("a key that is not base64", with_("Sec-WebSocket-Key", "!!!!!!!!!!!!!!!!!!!!!!=="), status(400, ends=True))
    yield Case("two keys", with_("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBub25jZQ=="] * 2), status(400, ends=True))
    yield Case("no version", with_("Sec-WebSocket-Version", None), status(400, 426, ends=True))
    for version in ("0", "7", "8", "12", "14", "130", "-13", "13.0", "x", ""):
        name = f"version {version or 'empty'}"
        yield Case(name, with_("Sec-WebSocket-Version", version), status(400, 426, ends=True))
    yield Case("no Host", with_("Host", None), status(400, code="bad_request", ends=True))
    yield Case("two Hosts", with_("Host", ["parley", "other"]), status(400, code="bad_request", ends=True))


def of_protocols():
    for name, value in {
        "another subprotocol": "chat",
        "another version of it": "parley.v2",
        "in capitals": "PARLEY.V1",
        "several others": "chat, mqtt, parley.v9",
        "in two headers": ["chat", "mqtt"],
        "endless": ", ".join(f"p{i}" for i in range(1_000)),
    }.items():
        expected = status(400, code="bad_request", ends=True)
        yield Case(f"only unknown subprotocols: {name}", with_("Sec-WebSocket-Protocol", value), expected)


def of_origins():
    for name, value in {
        "another": "https://evil.example",
        "null": "null",
        "another port": "http://parley:81",
        "another scheme": "ftp://parley",
        "one that begins like ours": "http://parley.evil.example",
        "one that ends like ours": "http://evilparley",
        "ours behind a name": "http://evil@parley",
        "ours with a path": "http://parley/x",
        "not a URL": "parley",
        "ours and another": ["http://parley", "https://evil.example"],
        "another and ours": ["https://evil.example", "http://parley"],
        "empty": "",
        "html": "<script>alert(1)</script>",
    }.items():
        yield Case(f"origin: {name}", with_("Origin", value), status(403, code="forbidden", ends=True))


def of_requests():
    yield Case("HTTP/1.0", head("GET /v1/ws HTTP/1.0"), status(400, 426, ends=True))
    yield Case("HTTP/0.9", b"GET /v1/ws\r\n\r\n", status(400, ends=True))
    yield Case("HTTP/1.2", head("GET /v1/ws HTTP/1.2"), status(400, ends=True))
    yield Case("HTTP/2.0", head("GET /v1/ws HTTP/2.0"), status(400, ends=True))
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "get"):
        yield Case(method, head(f"{method} /v1/ws HTTP/1.1", Content_Length="0"), status(405, code="bad_request"))
    yield Case("HEAD", head("HEAD /v1/ws HTTP/1.1"), status(426))
    yield Case("TRACE", head("TRACE /v1/ws HTTP/1.1"), status(405, code="bad_request", ends=True))
    yield Case("CONNECT", head("CONNECT /v1/ws HTTP/1.1"), status(405, code="bad_request", ends=True))
    for path in ("/v1/ws/", "/v1/wsx", "/V1/WS", "/v2/ws", "/ws", "/v1//ws", "//v1/ws", "/v1/%77s"):
        yield Case(f"at {path}", head(f"GET {path} HTTP/1.1"), status(404, code="not_found"))
    yield Case("an upgrade with a body", head(Content_Length="5") + b"hello", status(400, code="bad_request", ends=True))
    yield Case("a chunked upgrade", head(Transfer_Encoding="chunked") + b"0\r\n\r\n", status(400, code="bad_request", ends=True))


CASES = [*of_headers(), *of_protocols(), *of_origins(), *of_requests()]
