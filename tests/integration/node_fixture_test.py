"""The tests' own node: whatever makes parleyd end badly fails a test."""

import os
import pathlib
import tempfile
import unittest

from support.node import Node

STAND_IN = """#!/usr/bin/python3
import os, pathlib, signal, sys
data = pathlib.Path(sys.argv[1].removeprefix("--node.data="))
data.mkdir(exist_ok=True)
signal.signal(signal.SIGTERM, lambda *_: os._exit({code}))
print("==1==ERROR: LeakSanitizer: detected memory leaks", *range(100), sep="\\n", flush=True)
(data / "parleyd.pid").write_text(str(os.getpid()))
(data / "address").write_text("http://127.0.0.1:1")
while True:
    signal.pause()
"""


class a_node_of_the_tests(unittest.TestCase):
    def started(self, code: int) -> Node:
        """One whose program is a stand-in that ends with this code when it is asked to stop."""
        programs = tempfile.TemporaryDirectory()
        self.addCleanup(programs.cleanup)
        program = pathlib.Path(programs.name) / "bin" / "parleyd"
        program.parent.mkdir()
        program.write_text(STAND_IN.format(code=code))
        program.chmod(0o755)
        built = os.environ.get("PARLEY_BINARY_DIR")
        os.environ["PARLEY_BINARY_DIR"] = programs.name
        try:
            node = Node()
            node.start()
        finally:
            if built is None:
                del os.environ["PARLEY_BINARY_DIR"]
            else:
                os.environ["PARLEY_BINARY_DIR"] = built
        return node

    def end_by_itself(self, node: Node) -> None:
        node.process.terminate()
        node.process.wait(10)

    def test_is_removed_silently_when_it_ends_with_0(self):
        self.started(0).remove()

    def test_fails_the_test_with_what_the_sanitizer_said_when_it_ends_with_something_else(self):
        node = self.started(23)
        with self.assertRaisesRegex(AssertionError, "(?s)ended with 23.*LeakSanitizer.*\n78"):
            node.remove()
        self.assertFalse(node.folder.exists())

    def test_tells_the_code_to_who_stops_it_and_says_it_only_once(self):
        node = self.started(23)
        self.assertEqual(node.stop(), 23)
        node.remove()

    def test_fails_the_test_when_it_failed_by_itself_whatever_comes_next(self):
        for act in (Node.stop, Node.kill, Node.start, Node.remove):
            with self.subTest(act.__name__):
                node = self.started(23)
                self.end_by_itself(node)
                with self.assertRaisesRegex(AssertionError, "ended by itself with 23"):
                    act(node)
                node.remove()

    def test_may_end_well_by_itself(self):
        node = self.started(0)
        self.end_by_itself(node)
        node.remove()

    def test_may_be_killed(self):
        node = self.started(23)
        node.kill()
        node.remove()


if __name__ == "__main__":
    unittest.main(verbosity=2)
