"""Nodes that must not start beside others, and say why: names and databases in use, ports that anybody could reach."""

import asyncio
import subprocess
import tempfile
import unittest

from support.cluster import Cluster
from support.node import program

ENDS_WITHIN_S = 60.0


class a_node_does_not_start(unittest.TestCase):
    def refused(self, *arguments: str, code: int) -> str:
        """What a node says that must end by itself."""
        with tempfile.TemporaryDirectory(prefix="parley-test-") as folder:
            command = [program("parleyd"), f"--node.data={folder}/data", "--listen.port=0", *arguments]
            done = subprocess.run(command, capture_output=True, text=True, timeout=ENDS_WITHIN_S)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stderr

    def test_whose_name_or_database_is_in_use_and_says_by_whom(self):
        cluster = Cluster(2)
        self.addCleanup(cluster.remove)
        asyncio.run(cluster.start())
        storage = f"--storage.url={cluster.server.url}"
        said = self.refused("--node.name=node-1", storage, "--cluster.address=127.0.0.1", "--cluster.port=0", code=1)
        self.assertIn("node.name 'node-1' is in use by 'parley node-1 ", said)
        said = self.refused("--node.name=alone", storage, code=1)
        self.assertRegex(said, r"shards of this database are held by 'parley node-[12] ")
        # Nobody was disturbed by it.
        asyncio.run(cluster.settled())
        for node in cluster.nodes:
            self.assertTrue(node.runs())
            self.assertNotIn("shards_lost", node.log())

    def test_that_others_could_reach_without_tls_or_that_shares_no_database(self):
        url = "--storage.url=postgresql://nobody@127.0.0.1:1/none"
        for arguments, names in (
            (("--cluster.address=127.0.0.1",), ("cluster.address", "storage.url")),
            (("--cluster.address=10.0.0.1", url), ("cluster.address", "loopback", "cluster.tls")),
            (("--cluster.address=0.0.0.0", url), ("cluster.address",)),
            (("--cluster.address=127.0.0.1", url, "--cluster.tls.certificate=a.crt"), ("cluster.tls", "belong together")),
        ):
            with self.subTest(arguments=arguments):
                said = self.refused(*arguments, code=2).splitlines()
                self.assertEqual(len(said), 2, said)  # what is wrong, and that it was not started
                for name in names:
                    self.assertIn(name, said[0])


if __name__ == "__main__":
    unittest.main(verbosity=2)
