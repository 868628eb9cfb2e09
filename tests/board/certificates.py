"""Certificates for a broker, by OpenSSL: a small authority, and what it signs for which name and time."""

import shutil
import subprocess
from pathlib import Path

from tests.interpreters import missing_part

_CONFIG = """
[ca]
default_ca = here
[here]
new_certs_dir = {folder}
database = {folder}/index.txt
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
"""


def openssl(*words):
    if shutil.which("openssl") is None:
        missing_part("openssl is missing: install the Debian package openssl")
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


RSA = ("rsa:3072", "rsa:2048")  # an authority's key and a server's, as ``hymio broker config`` makes them
P256 = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")
EC = (P256, P256)


class Authority:
    """Signs certificates. ``certificate`` is its own, PEM text: what a kiosk gets as its ca. ``keys``: RSA or EC."""

    def __init__(self, folder: Path, name: str, keys=RSA):
        self._kinds = [[kind] if isinstance(kind, str) else kind for kind in keys]
        self.folder = folder / name
        self.folder.mkdir()
        (self.folder / "index.txt").touch()
        (self.folder / "ca.conf").write_text(_CONFIG.format(folder=self.folder))
        self._pem, self._key = self.folder / "ca.pem", self.folder / "ca.key"
        openssl(
            "req",
            "-x509",
            *_new_key(self._key, self._kinds[0]),
            "-days",
            3650,
            "-subj",
            f"/CN={name}",
            "-out",
            self._pem,
        )
        self.certificate = self._pem.read_text()

    def sign(self, name: str, begins: str = "20200101000000Z", ends: str = "20991231000000Z") -> tuple[Path, Path]:
        """PEM files of a certificate for ``name`` and of its key."""
        key, asked, pem = (self.folder / f"{name}.{end}" for end in ("key", "csr", "pem"))
        alternative = f"subjectAltName=DNS:{name}"
        openssl("req", *_new_key(key, self._kinds[1]), "-subj", f"/CN={name}", "-addext", alternative, "-out", asked)
        openssl(
            "ca", "-batch", "-config", self.folder / "ca.conf", "-cert", self._pem, "-keyfile", self._key,
            "-startdate", begins, "-enddate", ends, "-in", asked, "-out", pem, "-notext",
        )  # fmt: skip
        return pem, key


def _new_key(path, kind):
    return ["-newkey", *kind, "-nodes", "-keyout", path]
