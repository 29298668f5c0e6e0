"""A cluster whose nodes have a network each, so that the lines between them can be cut. Takes root.

The nodes hang on a bridge with addresses of their own and speak TLS to each other; the bridge has one
address for the clients of the test and one for PostgreSQL.
"""

import contextlib
import os
import pathlib
import subprocess
import tempfile

from support.cluster import Cluster, ClusterNode
from support.node import program


class ClusterNetwork:
    """The bridge, and for each node a network named as it is."""

    def __init__(self, size: int):
        number = os.getpid()
        self.prefix = f"10.{200 + number % 50}.{number // 50 % 250}"
        self.bridge = f"pl{number}"
        self.database = f"{self.prefix}.2"
        self.names = [f"node-{i + 1}" for i in range(size)]
        self.certificates = tempfile.TemporaryDirectory(prefix="parley-certs-")
        self.made: list[list[str]] = []
        try:
            self._make()
        except BaseException:
            self.remove()
            raise

    def cluster(self, *arguments: str) -> Cluster:
        folder = pathlib.Path(self.certificates.name) / "of-the-cluster"
        made = subprocess.run(
            [program("parley"), "certs", str(folder), "--nodes", ",".join(self.names)], capture_output=True, text=True
        )
        assert made.returncode == 0, made.stderr

        def per_node(name: str) -> tuple[str, ...]:
            return (
                f"--listen.address={self.address(name)}",
                f"--cluster.tls.certificate={folder / name}.crt",
                f"--cluster.tls.key={folder / name}.key",
                f"--cluster.tls.ca={folder / 'ca.crt'}",
            )

        cluster = Cluster(
            len(self.names), *arguments, addresses=[self.address(name) for name in self.names], per_node=per_node,
            reached_at=self.database,
        )  # fmt: skip
        for node in cluster.nodes:
            node.prefix = ["ip", "netns", "exec", self.network_of(node.name)]
        return cluster

    def address(self, name: str) -> str:
        return f"{self.prefix}.{10 + self.names.index(name)}"

    def network_of(self, name: str) -> str:
        return f"{self.bridge}-{name}"

    @contextlib.contextmanager
    def cut(self, node: ClusterNode, *others: ClusterNode):
        """Nothing gets from this node to the others nor back, and nobody is told."""
        pairs = [pair for other in others for pair in ((node.name, other.name), (other.name, node.name))]
        with contextlib.ExitStack() as healed:
            for here, there in pairs:
                healed.enter_context(self._blackhole(here, self.address(there)))
            yield

    def cut_from_database(self, node: ClusterNode):
        """Peers and clients reach it, and it does not reach PostgreSQL."""
        return self._blackhole(node.name, self.database)

    @contextlib.contextmanager
    def _blackhole(self, name: str, address: str):
        ip("-n", self.network_of(name), "route", "add", "blackhole", f"{address}/32")
        try:
            yield
        finally:
            ip("-n", self.network_of(name), "route", "delete", "blackhole", f"{address}/32")

    def _make(self) -> None:
        self._add(["link", "delete", self.bridge], "link", "add", self.bridge, "type", "bridge")
        ip("address", "add", f"{self.prefix}.1/24", "dev", self.bridge)
        ip("address", "add", f"{self.database}/24", "dev", self.bridge)
        ip("link", "set", self.bridge, "up")
        for i, name in enumerate(self.names):
            network, here = self.network_of(name), f"{self.bridge}h{i}"
            self._add(["netns", "delete", network], "netns", "add", network)
            self._add(["link", "delete", here], "link", "add", here, "type", "veth", "peer", "name", "eth0", "netns", network)
            ip("link", "set", here, "master", self.bridge, "up")
            for each in (("lo",), ("eth0",)):
                ip("-n", network, "link", "set", *each, "up")
            ip("-n", network, "address", "add", f"{self.address(name)}/24", "dev", "eth0")

    def _add(self, undo: list[str], *command: str) -> None:
        ip(*command)
        self.made.append(undo)

    def remove(self) -> None:
        while self.made:
            subprocess.run(["ip", *self.made.pop()], capture_output=True, check=False)
        self.certificates.cleanup()


def ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, f"ip {' '.join(arguments)} (a network of its own needs root): {done.stderr}"
