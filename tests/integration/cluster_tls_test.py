"""Nodes of a cluster under mutual TLS: they find each other, strangers cost them nothing, and mistakes are told."""

import asyncio
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import unittest

from support.authority import Authority
from support.case import parley_test, start_cluster
from support.client import Connection
from support.cluster import Cluster, ClusterNode
from support.node import program

certificates: pathlib.Path
cluster: Cluster
ENDED_WITHIN_S = 8.0  # a stranger has five seconds
# AddressSanitizer keeps what was freed for a while.
GROWTH_BYTES_MAX = (256 if os.environ.get("PARLEY_SANITIZE") else 8) * 1024 * 1024


def certs(folder: pathlib.Path, *nodes: str) -> None:
    subprocess.run([program("parley"), "certs", folder, "--nodes", ",".join(nodes)], check=True, capture_output=True)


def tls(folder: pathlib.Path, node: str) -> tuple[str, ...]:
    files = {"certificate": folder / f"{node}.crt", "key": folder / f"{node}.key", "ca": folder / "ca.crt"}
    return tuple(f"--cluster.tls.{key}={path}" for key, path in files.items())


def setUpModule():
    global cluster, certificates
    certificates = pathlib.Path(tempfile.mkdtemp(prefix="parley-certs-")) / "certs"
    certs(certificates, "node-1", "node-2", "node-3")
    cluster = start_cluster(2, per_node=lambda name: tls(certificates, name))


def tearDownModule():
    cluster.remove()
    shutil.rmtree(certificates.parent)


def port_of(node: ClusterNode) -> int:
    """Where the node's peers reach it."""
    address = cluster.server.sql(f"select address from nodes where name = '{node.name}'", "parley").strip()
    return int(address.rsplit(":", 1)[1])


def metric(node: ClusterNode, series: str) -> float:
    text = node.call("GET", "/metrics")[1]
    return next(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(series + " "))


def connect(port: int) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), 10)
    made.settimeout(ENDED_WITHIN_S)
    return made


def is_ended(stranger: socket.socket) -> bool:
    """Whether the node ends the connection, whatever it says before."""
    try:
        while stranger.recv(4096):
            pass
    except TimeoutError:
        return False
    except OSError:
        pass
    return True


def shakes_hands(port: int, certificate: str = "", key: str = "") -> bool:
    """Whether somebody who shows this gets through, and is left there."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if certificate:
        context.load_cert_chain(certificate, key)
    try:
        with context.wrap_socket(connect(port)) as stranger:
            return not is_ended(stranger)
    except (ssl.SSLError, ConnectionError):
        return False


class nodes_under_tls(parley_test):
    async def talk(self, texts: int) -> None:
        """Alice at one node and Bob at the other write to each other."""
        alice, bob = await self.person("alice"), await self.person("bob")
        connections = []
        for person, node in ((alice, cluster.nodes[0]), (bob, cluster.nodes[1])):
            connection = await Connection.of(node, person, None)
            self.addAsyncCleanup(connection.close)
            connections.append(connection)
        talk = (await connections[0].request("open_direct", user=bob.id))["conversation"]
        for i in range(texts):
            await connections[i % 2].request("send", conversation=talk, key=f"k{i}", text=f"text {i}")
        for each in connections:
            await each.wait_for_entry(talk, texts + 1)

    async def test_people_on_two_nodes_talk_over_links_that_are_encrypted(self):
        await self.talk(20)
        for node in cluster.nodes:
            self.assertEqual(metric(node, 'parley_links{state="up"}'), 1)
            self.assertGreater(metric(node, 'parley_link_messages_total{direction="received"}'), 10)

    async def test_strangers_cost_a_node_nothing_and_its_link_goes_on(self):
        node = cluster.nodes[0]
        port = await asyncio.to_thread(port_of, node)
        await self.talk(20)
        begun = [metric(each, f'parley_link_streams_total{{begun="{how}"}}') for each in cluster.nodes for how in ("resumed", "anew")]
        used = metric(node, "process_cpu_seconds_total")
        descriptors, memory = metric(node, "process_open_fds"), metric(node, "process_resident_memory_bytes")
        other = await asyncio.to_thread(Authority)
        self.addCleanup(other.kept.cleanup)
        await asyncio.to_thread(other.sign, certificates.parent / "other.crt", certificates.parent / "other.key", "DNS:node-2")
        stolen = str(certificates.parent / "other.crt"), str(certificates.parent / "other.key")

        def annoy() -> None:
            silent = [connect(port) for _ in range(60)]
            for said in (b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 32, b"\0" * 100_000, b"\x16\x03\x01\xff\xff\x01"):
                for _ in range(10):
                    with connect(port) as stranger:
                        try:
                            stranger.sendall(said)
                        except OSError:
                            pass
                        self.assertTrue(is_ended(stranger), said[:8])
            for _ in range(20):
                self.assertFalse(shakes_hands(port))
                self.assertFalse(shakes_hands(port, *stolen))
            for each in silent:
                self.assertTrue(is_ended(each))
                each.close()

        await asyncio.gather(asyncio.to_thread(annoy), self.talk(50))
        await self.talk(20)
        await cluster.until(lambda: metric(node, "process_open_fds") <= descriptors + 6, "their descriptors are free")
        self.assertLess(metric(node, "process_resident_memory_bytes"), memory + GROWTH_BYTES_MAX)
        self.assertLess(metric(node, "process_cpu_seconds_total") - used, 5.0)
        self.assertGreaterEqual(metric(node, "parley_link_strangers_total"), 140)
        after = [metric(each, f'parley_link_streams_total{{begun="{how}"}}') for each in cluster.nodes for how in ("resumed", "anew")]
        self.assertEqual(after, begun, "the link was never cut")
        self.assertIn("link_stranger", node.log())

    async def test_a_certificate_is_replaced_while_the_node_serves(self):
        node = cluster.nodes[1]
        for ending in ("crt", "key"):
            (certificates / f"node-2.{ending}").rename(certificates.parent / f"node-2.{ending}.old")
        await asyncio.to_thread(certs, certificates, "node-2")
        node.process.send_signal(signal.SIGHUP)
        await cluster.until(lambda: "certificate_reloaded" in node.log(), "it has read the files again")
        port = await asyncio.to_thread(port_of, node)
        self.assertEqual(await asyncio.to_thread(self.shown_at, port), (certificates / "node-2.crt").read_text())

    @staticmethod
    def shown_at(port: int) -> str:
        """The certificate that a node shows to another one."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(certificates / "ca.crt")
        context.load_cert_chain(certificates / "node-3.crt", certificates / "node-3.key")
        with context.wrap_socket(connect(port)) as peer:
            return ssl.DER_cert_to_PEM_cert(peer.getpeercert(binary_form=True))

    async def test_a_node_of_another_authority_says_what_to_look_at(self):
        folder = certificates.parent / "elsewhere"
        await asyncio.to_thread(certs, folder, "node-9")
        stranger = ClusterNode("node-9", cluster.server.url, "127.0.0.1", *tls(folder, "node-9"))
        self.addCleanup(stranger.remove)
        stranger._spawn()
        hint = "do both nodes have the same cluster.tls.ca"
        await cluster.until(
            lambda: any("link_dial_failed" in node.log() and hint in node.log() for node in (*cluster.nodes, stranger)),
            "the log says so",
        )
        stranger.kill()


class nodes_that_cannot_start(parley_test):
    def refusal(self, *arguments: str) -> str:
        """The last line of a node that ends by itself with exit code 1."""
        node = ClusterNode("node-8", cluster.server.url, "127.0.0.1", *arguments)
        self.addCleanup(node.remove)
        node._spawn()
        self.assertEqual(node.ended_within(30), 1, node.log())
        return node.log().strip().splitlines()[-1]

    async def said(self, *arguments: str) -> str:
        return await asyncio.to_thread(self.refusal, *arguments)

    async def test_because_of_files_say_which(self):
        missing = (*tls(certificates, "node-3")[:2], "--cluster.tls.ca=/nowhere/ca.crt")
        self.assertIn("cluster.tls.ca: there is no file '/nowhere/ca.crt'", await self.said(*missing))
        mixed = (tls(certificates, "node-3")[0], tls(certificates, "node-1")[1], tls(certificates, "node-3")[2])
        self.assertRegex(await self.said(*mixed), r"cluster\.tls\.key: the key in '.*' does not belong to the certificate in")
        folder = certificates.parent / "another"
        await asyncio.to_thread(certs, folder, "node-8")
        unknown = (*tls(folder, "node-8")[:2], tls(certificates, "node-8")[2])
        self.assertRegex(await self.said(*unknown), r"cluster\.tls\.certificate: no other node would accept the certificate in")

    async def test_because_of_the_port_say_so(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            line = await self.said(*tls(certificates, "node-3"), f"--cluster.port={port}")
        self.assertIn(f"cluster.port: 127.0.0.1:{port} is in use by another program; give another port", line)


if __name__ == "__main__":
    unittest.main()
