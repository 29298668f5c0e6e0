"""with_node.py COMMAND…: runs it with a node of its own, whose address is in PARLEY_URL."""

import os
import subprocess
import sys

from support.node import Node


def main() -> int:
    node = Node()
    try:
        node.start()
        code = subprocess.run(sys.argv[1:], env={**os.environ, "PARLEY_URL": node.url}, check=False).returncode
        stopped = node.stop()
        if stopped != 0:
            print(f"parleyd ended with {stopped}\n{node.log_end()}")
        return code or stopped
    finally:
        node.remove()


if __name__ == "__main__":
    sys.exit(main())
