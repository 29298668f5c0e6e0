"""A node that cannot start says so before it has done anything.

    PARLEY_BINARY_DIR=… /usr/bin/python3 start_test.py
"""

import pathlib
import subprocess
import tempfile
import unittest

from support.node import Node, program

ENDS_WITHIN_S = 60.0


class a_node_whose_port_is_taken(unittest.TestCase):
    def setUp(self):
        self.node = Node()
        self.addCleanup(self.node.remove)
        self.node.start()
        self.port = self.node.url.rsplit(":", 1)[1]

    def parleyd(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [program("parleyd"), f"--listen.port={self.port}", *arguments],
            capture_output=True, text=True, timeout=ENDS_WITHIN_S, check=False,
        )  # fmt: skip

    def test_makes_no_database_for_nothing(self):
        with tempfile.TemporaryDirectory(prefix="parley-test-") as folder:
            done = self.parleyd(f"--node.data={folder}/data")
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn(f"cannot listen on 127.0.0.1 port {self.port}", done.stderr)
            self.assertIn("--listen.port", done.stderr)
            self.assertNotIn("database_made", done.stderr)
            self.assertFalse((pathlib.Path(folder) / "data" / "postgres").exists())

    def test_is_told_of_by_a_check_which_may_be_of_the_node_that_runs(self):
        done = self.parleyd("--check", f"--node.data={self.node.data}")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"listen: 127.0.0.1 port {self.port} cannot be had now", done.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
