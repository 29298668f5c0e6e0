"""A node that speaks TLS, met by Python's ssl, by websockets and by parley; its certificate replaced."""

import asyncio
import contextlib
import http.client
import json
import pathlib
import signal
import socket
import ssl
import subprocess
import tempfile
import unittest

from support.authority import Authority
from support.client import Connection, make_person
from support.command_line import Chat, Home
from support.node import START_WITHIN_S, Node, program, select_nothing

authority: Authority
node: Node
folder: tempfile.TemporaryDirectory


def setUpModule():
    global authority, node, folder
    authority = Authority()
    folder = tempfile.TemporaryDirectory(prefix="parley-tls-")
    authority.sign(path("certificate.pem"), path("key.pem"), "DNS:localhost,IP:127.0.0.1")
    node = Node(f"--listen.tls.certificate={path('certificate.pem')}", f"--listen.tls.key={path('key.pem')}",
                "--log.level=debug")  # fmt: skip
    node.trusts = authority.trusted()
    try:
        node.start()
    except BaseException:
        node.remove()
        raise


def tearDownModule():
    node.remove()
    folder.cleanup()
    authority.kept.cleanup()


def path(name: str) -> pathlib.Path:
    return pathlib.Path(folder.name) / name


def port() -> int:
    return int(node.url.rsplit(":", 1)[1])


def certificate_shown() -> bytes:
    """What a new connection is shown, verified."""
    with socket.create_connection(("127.0.0.1", port()), 10) as plain:
        with node.trusts.wrap_socket(plain, server_hostname="127.0.0.1") as wrapped:
            return wrapped.getpeercert(binary_form=True)


def reload_and_wait_for(event: str) -> None:
    """Sends SIGHUP and waits until the log says what became of it."""
    log = node.folder / "log"
    before = log.read_text().count(event)
    node.process.send_signal(signal.SIGHUP)
    deadline = START_WITHIN_S
    while log.read_text().count(event) == before:
        deadline -= 0.01
        assert deadline > 0, f"the log does not say {event}\n{node.log_end()}"
        select_nothing(0.01)


class clients_over_tls(unittest.IsolatedAsyncioTestCase):
    async def test_two_people_talk_over_wss(self):
        self.assertEqual(node.url, f"https://127.0.0.1:{port()}")
        alice, bob = make_person(node, "alice"), make_person(node, "bob")
        at_alice, at_bob = await Connection.of(node, alice), await Connection.of(node, bob)
        self.addAsyncCleanup(at_alice.close)
        self.addAsyncCleanup(at_bob.close)
        talk = (await at_alice.request("open_direct", user=bob.id))["conversation"]
        for i in range(50):
            await at_alice.request("send", conversation=talk, key=f"k{i}", text=f"{i} " + "😀" * 2_000)
        last = await at_bob.wait_for_entry(talk, 51)
        self.assertEqual(last["text"], "49 " + "😀" * 2_000)
        status, metrics = await asyncio.to_thread(node.call, "GET", "/metrics")
        self.assertEqual(status, 200)
        self.assertRegex(metrics, r'parley_connections\{transport="websocket",tls="true"\} [1-9]')

    async def test_pages_of_its_own_address_may_connect_and_others_not(self):
        own = await Connection.open(node, origin=node.url)
        await own.close()
        for other in ("https://elsewhere.example", node.url.replace("https://", "http://")):
            with self.assertRaisesRegex(Exception, "403"):
                await Connection.open(node, origin=other)

    async def test_speaks_1_2_and_1_3_and_names_http(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = authority.trusted()
            context.minimum_version = context.maximum_version = version
            context.set_alpn_protocols(["h2", "http/1.1"])
            with socket.create_connection(("127.0.0.1", port()), 10) as plain:
                with context.wrap_socket(plain, server_hostname="localhost") as wrapped:
                    self.assertEqual(wrapped.selected_alpn_protocol(), "http/1.1")

    async def test_shows_who_comes_plainly_the_way(self):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port(), timeout=10)) as plain:
            plain.request("GET", "/readyz")
            with plain.getresponse() as answer:
                self.assertEqual((answer.status, answer.headers["Location"]), (308, f"{node.url}/readyz"))
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port(), timeout=10)) as plain:
            with self.assertRaises((http.client.RemoteDisconnected, ConnectionError)):
                plain.request("POST", "/v1/tokens", json.dumps({"name": "alice", "password": "secret"}))
                plain.getresponse()

    async def test_another_certificate_takes_its_place_and_nobody_is_cut_off(self):
        carol = make_person(node, "carol")
        connection = await Connection.of(node, carol)
        self.addAsyncCleanup(connection.close)
        first = certificate_shown()
        await asyncio.to_thread(authority.sign, path("certificate.pem"), path("key.pem"), "DNS:localhost,IP:127.0.0.1")
        await asyncio.to_thread(reload_and_wait_for, "certificate_reloaded")
        second = certificate_shown()
        self.assertNotEqual(first, second)
        await connection.request("ping")

        key = path("key.pem").read_bytes()
        path("key.pem").write_text("not a key\n")
        await asyncio.to_thread(reload_and_wait_for, "certificate_kept")
        self.assertIn("holds no private key; right is PEM", node.log_end())
        self.assertEqual(certificate_shown(), second)
        await connection.request("ping")
        path("key.pem").write_bytes(key)


class parley_over_tls(unittest.TestCase):
    def home(self, **environment: str) -> Home:
        home = Home(node)
        self.addCleanup(home.folder.cleanup)
        home.environment.update(environment)
        return home

    @classmethod
    def setUpClass(cls):
        make_person(node, "dora")

    def people(self, home: Home, *arguments: str) -> subprocess.CompletedProcess:
        return home.run("people", "--user", "dora", *arguments, "dora")

    def assert_fails(self, done: subprocess.CompletedProcess, exit_code: int, *says: str) -> None:
        self.assertEqual(done.returncode, exit_code, done)
        for each in says:
            self.assertIn(each, done.stderr)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)

    def test_speaks_to_a_node_whose_authority_it_is_given(self):
        for done in (
            self.people(self.home(), "--ca", str(authority.certificate)),
            self.people(self.home(PARLEY_CA=str(authority.certificate))),
            self.people(self.home(PARLEY_CA="/nowhere"), "--ca", str(authority.certificate),
                        "--url", f"wss://localhost:{port()}"),
        ):  # fmt: skip
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("dora", done.stdout)

    def test_trusts_nobody_else_and_says_what_to_do(self):
        home = self.home()
        ca = ("--ca", str(authority.certificate))
        self.assert_fails(self.people(home), 3, "cannot be trusted", "127.0.0.1", "--ca FILE or PARLEY_CA")
        self.assert_fails(self.people(home, "--ca", "/nowhere"), 2, "'/nowhere'", "there is no such file")
        self.assert_fails(self.people(home, "--ca", program("parley")), 2, "right is PEM")
        self.assert_fails(self.people(home, *ca, "--url", f"https://127.1:{port()}"), 3,
                          "is for localhost, 127.0.0.1, not for 127.1")  # fmt: skip
        self.assert_fails(self.people(home, *ca, "--url", f"http://127.0.0.1:{port()}"), 3,
                          f"does it speak TLS, at https://127.0.0.1:{port()}?")  # fmt: skip
        other = Authority("another one")
        self.addCleanup(other.kept.cleanup)
        self.assert_fails(self.people(home, "--ca", str(other.certificate)), 3, "is not signed by an authority in")

    def test_says_so_when_a_node_speaks_no_tls(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            # It answers as a server of plain HTTP does.
            answering = subprocess.Popen(
                ["/usr/bin/python3", "-c", "import socket,sys\n"
                 "s=socket.socket(fileno=int(sys.argv[1]))\n"
                 "a=s.accept()[0]\na.recv(9999)\na.sendall(b'HTTP/1.1 400 Bad Request\\r\\n\\r\\n')\na.close()",
                 str(listener.fileno())], pass_fds=[listener.fileno()])  # fmt: skip
            self.addCleanup(answering.wait)
            address = f"127.0.0.1:{listener.getsockname()[1]}"
            self.assert_fails(self.people(self.home(), "--url", f"https://{address}"), 3,
                              f"does not answer in TLS; does it speak plainly, at http://{address}?")  # fmt: skip

    def test_chats_on_while_the_certificate_is_replaced(self):
        home = self.home(PARLEY_CA=str(authority.certificate))
        make_person(node, "erin"), make_person(node, "finn")
        at_erin = Chat(home, "--user", "erin", "--with", "finn")
        self.addCleanup(at_erin.stop)
        at_finn = Chat(home, "--user", "finn", "--with", "erin")
        self.addCleanup(at_finn.stop)
        at_erin.type("before")
        at_finn.wait_for_texts("before")
        authority.sign(path("certificate.pem"), path("key.pem"), "DNS:localhost,IP:127.0.0.1")
        reload_and_wait_for("certificate_reloaded")
        at_erin.type("after")
        at_finn.wait_for_texts("before", "after")


class a_node_that_turns_to_tls(unittest.TestCase):
    def test_tells_parley_with_a_kept_token_where_it_is_now(self):
        turning = Node()
        self.addCleanup(turning.remove)
        turning.start()
        home = Home(turning)
        self.addCleanup(home.folder.cleanup)
        before = home.run("people", "--user", "gail", "--create", "gail")
        self.assertEqual(before.returncode, 0, before)
        turning.stop()
        address = turning.url.removeprefix("http://")
        turning.arguments += [f"--listen.port={address.rsplit(':', 1)[1]}", *node.arguments[-3:-1]]
        turning.start()
        after = home.run("people", "--user", "gail", "gail")
        self.assertEqual(after.returncode, 3, after)
        self.assertIn(f"speaks TLS: write https://{address}", after.stderr)
        after = home.run("people", "--user", "gail", "--url", f"https://{address}", "--ca", str(authority.certificate),
                         "gail")  # fmt: skip
        self.assertEqual(after.returncode, 0, after)


class a_node_without_a_good_certificate(unittest.TestCase):
    def test_does_not_start_and_says_why_in_one_line(self):
        good = (f"--listen.tls.certificate={path('certificate.pem')}", f"--listen.tls.key={path('key.pem')}")
        data = f"--node.data={path('data')}"
        for arguments, why in (
            (("--listen.tls.certificate=/nowhere.pem", good[1]), "there is no file '/nowhere.pem'"),
            ((good[0], f"--listen.tls.key={authority.key}"), "does not belong to the certificate in"),
            ((good[0], f"--listen.tls.key={path('certificate.pem')}"), "holds no private key"),
        ):
            for check in ((), ("--check",)):
                done = subprocess.run([program("parleyd"), data, *check, *arguments], capture_output=True,
                                      text=True, timeout=START_WITHIN_S, check=False)  # fmt: skip
                self.assertEqual(done.returncode, 2, done)
                self.assertEqual(sum("listen.tls." in line and why in line for line in done.stderr.splitlines()), 1)
                self.assertFalse(path("data").exists(), "nothing was begun")
        done = subprocess.run([program("parleyd"), data, "--check", *good], capture_output=True, text=True,
                              timeout=START_WITHIN_S, check=False)  # fmt: skip
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("tls: a certificate of localhost, until 20", done.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
