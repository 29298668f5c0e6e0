"""parley certs: a cluster's authority and its nodes' certificates, as people and programs call it."""

import json
import os
import pathlib
import ssl
import subprocess
import tempfile
import unittest

PARLEY = pathlib.Path(os.environ.get("PARLEY_BINARY_DIR", "build/release")) / "bin" / "parley"


class certs(unittest.TestCase):
    def setUp(self):
        kept = tempfile.TemporaryDirectory(prefix="parley-certs-")
        self.addCleanup(kept.cleanup)
        self.folder = pathlib.Path(kept.name) / "certs"

    def run_certs(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run([PARLEY, "certs", self.folder, *arguments], capture_output=True, text=True, timeout=30)

    def made(self, *arguments: str) -> list[dict]:
        done = self.run_certs("--json", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_makes_an_authority_and_certificates_that_openssl_accepts_for_both_sides(self):
        first, *nodes = self.made("--nodes", "node-1,node-2", "--days", "30")
        self.assertEqual((first["node"], first["new"]), (None, True))
        self.assertEqual([each["node"] for each in nodes], ["node-1", "node-2"])
        for each in nodes:
            for purpose in ("sslserver", "sslclient"):
                checked = subprocess.run(
                    ["openssl", "verify", "-purpose", purpose, "-CAfile", first["certificate"], each["certificate"]],
                    capture_output=True, text=True, timeout=30,
                )  # fmt: skip
                self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(each["certificate"], each["key"])
            self.assertEqual(pathlib.Path(each["key"]).stat().st_mode & 0o777, 0o600)

    def test_signs_for_more_nodes_later_with_the_same_authority(self):
        first, *_ = self.made("--nodes", "node-1")
        again, added = self.made("--nodes", "node-2")
        self.assertEqual((again["certificate"], again["new"]), (first["certificate"], False))
        self.assertEqual(added["node"], "node-2")

    def test_writes_nothing_over(self):
        _, node = self.made("--nodes", "node-1")
        before = pathlib.Path(node["key"]).read_bytes()
        again = self.run_certs("--nodes", "node-1")
        self.assertEqual((again.returncode, again.stdout), (1, ""))
        self.assertRegex(again.stderr, r"^parley: '.*node-1.*' is there already and is never written over")
        self.assertEqual(pathlib.Path(node["key"]).read_bytes(), before)

    def test_says_to_people_what_goes_where(self):
        done = self.run_certs("--nodes", "node-1")
        self.assertEqual(done.returncode, 0)
        self.assertEqual([line.split("  ")[0] for line in done.stdout.splitlines()], ["NODE", "(authority, new)", "node-1"])
        self.assertIn("keep ca.key away from them", done.stderr)

    def test_refuses_names_and_days_that_cannot_be(self):
        for arguments in (("--nodes", "../x"), ("--nodes", "a,a"), ("--nodes", "ca"), ("--days", "0"), ("--days", "99999")):
            done = self.run_certs(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""), arguments)
            self.assertTrue(done.stderr)
        self.assertFalse(self.folder.exists())


if __name__ == "__main__":
    unittest.main()
