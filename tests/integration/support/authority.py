"""A private authority that signs certificates, by the openssl command."""

import pathlib
import ssl
import subprocess
import tempfile


class Authority:
    """Its own certificate is `certificate`; what it signs is written where the caller says."""

    def __init__(self, name: str = "an authority of the tests"):
        self.kept = tempfile.TemporaryDirectory(prefix="parley-authority-")
        self.folder = pathlib.Path(self.kept.name)
        self.certificate = self.folder / "ca.pem"
        self.key = self.folder / "ca.key"
        self._run("req", "-x509", *self._fresh_key(self.key), "-days", "30", "-subj", f"/CN={name}",
                  "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-out", str(self.certificate))  # fmt: skip

    def sign(self, certificate: pathlib.Path, key: pathlib.Path, names: str) -> None:
        """A certificate for `names`, as openssl writes them ("DNS:localhost,IP:127.0.0.1"), and its key."""
        request = self.folder / "request.pem"
        self._run("req", *self._fresh_key(key), "-subj", "/CN=a node of the tests",
                  "-addext", f"subjectAltName={names}", "-out", str(request))  # fmt: skip
        self._run("x509", "-req", "-in", str(request), "-CA", str(self.certificate), "-CAkey", str(self.key),
                  "-copy_extensions", "copyall", "-days", "30", "-out", str(certificate))  # fmt: skip

    def trusted(self) -> ssl.SSLContext:
        """What a client needs that believes this authority alone."""
        return ssl.create_default_context(cafile=str(self.certificate))

    @staticmethod
    def _fresh_key(path: pathlib.Path) -> list[str]:
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(path)]

    @staticmethod
    def _run(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=30)
