"""What an update consists of, as text with a signature of the kiosk's own key.

The first line is the signature: HMAC-SHA256 in hex over every byte after the first newline. The second is
``hymio 1 VERSION``; then follows a line a file, ``PATH SIZE SHA256``, in the order in which files are fetched. The
last is ``main.py``: a slot without it is never started.
A signature says who made the manifest, not when: an older one of the same key is as good as a newer one.
"""

import binascii
import hashlib
from collections import namedtuple

FORMAT = "hymio 1 "
MAX_BYTES = 65536
MAX_FILE_BYTES = 1048576
MAX_VERSION = 24
MAX_PATH = 64
UNSIGNED = "0" * 64
"""Stands for the signature in a slot that was written over USB."""

_SHA256_BLOCK = 64
_HEX = "0123456789abcdef"
_PATH = "abcdefghijklmnopqrstuvwxyz0123456789_./"
_VERSION = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.+-_"

Entry = namedtuple("Entry", ("path", "size", "sha256"))
Manifest = namedtuple("Manifest", ("version", "entries"))


class ManifestError(ValueError):
    """The argument is one sentence that says what is wrong."""


def build(version, entries, key):
    """The bytes of a manifest of (path, size, sha256 in hex). ``key``: bytes, or None to leave it unsigned."""
    lines = [FORMAT + version] + ["%s %d %s" % tuple(entry) for entry in entries]
    body = ("\n".join(lines) + "\n").encode()
    read_body(body)
    signature = UNSIGNED if key is None else hmac_hex(key, body)
    return signature.encode() + b"\n" + body


def parse(data):
    """A Manifest from its bytes, whoever signed it. Raises ManifestError."""
    return read_body(_split(data)[1])


def is_signed(data, key):
    """Whether its first line is the signature with ``key`` (bytes). Raises ManifestError if there is no such line."""
    signature, body = _split(data)
    return _same(signature, hmac_hex(key, body).encode())


def kiosk_key(master, kiosk):
    """One kiosk's key in hex, from the site's 32 bytes. Its bytes (not its digits) sign for that kiosk only."""
    return hmac_hex(master, b"hymio update " + kiosk.encode())


def hmac_hex(key, message):
    """HMAC-SHA256 (RFC 2104) by hand: stock MicroPython has SHA-256 and no hmac module."""
    if len(key) > _SHA256_BLOCK:
        key = hashlib.sha256(key).digest()
    key = key + bytes(_SHA256_BLOCK - len(key))
    inner = hashlib.sha256(bytes([byte ^ 0x36 for byte in key]))
    inner.update(message)
    outer = hashlib.sha256(bytes([byte ^ 0x5C for byte in key]))
    outer.update(inner.digest())
    return binascii.hexlify(outer.digest()).decode()


def read_body(body):
    """A Manifest from all that follows the signature's line. Raises ManifestError."""
    if not body.endswith(b"\n"):
        raise ManifestError("the manifest does not end with a newline")
    try:
        lines = body.decode().split("\n")
    except UnicodeError:
        raise ManifestError("the manifest is not text") from None
    version = lines[0][len(FORMAT) :]
    if not lines[0].startswith(FORMAT) or not _is_made_of(version, _VERSION, MAX_VERSION):
        raise ManifestError("the manifest does not begin with '%sVERSION'" % FORMAT)
    entries = tuple([_entry(line) for line in lines[1:-1]])
    if len({entry.path for entry in entries}) != len(entries):
        raise ManifestError("the manifest names a file twice")
    if not entries or entries[-1].path != "main.py":
        raise ManifestError("the manifest does not end with main.py, which makes a slot whole")
    return Manifest(version, entries)


def _split(data):
    if len(data) > MAX_BYTES:
        raise ManifestError("the manifest is longer than %d bytes" % MAX_BYTES)
    if data[64:65] != b"\n" or not all([byte in _HEX.encode() for byte in data[:64]]):
        raise ManifestError("the manifest does not begin with a signature")
    return data[:64], data[65:]


def _entry(line):
    parts = line.split(" ")
    if len(parts) != 3 or not is_path(parts[0]) or not _is_size(parts[1]) or not _is_digest(parts[2]):
        raise ManifestError("the manifest has a wrong line: " + repr(line[:40]))
    return Entry(parts[0], int(parts[1]), parts[2])


def is_path(path):
    """Whether it names a file inside a slot: at most one folder, nothing hidden, nothing outside."""
    parts = path.split("/")
    return (
        _is_made_of(path, _PATH, MAX_PATH)
        and len(parts) <= 2
        and all([part and not part.startswith(".") for part in parts])
        and path not in ("manifest", "why")
    )


def _is_size(text):
    return _is_made_of(text, "0123456789", 7) and str(int(text)) == text and int(text) <= MAX_FILE_BYTES


def _is_digest(text):
    return len(text) == 64 and _is_made_of(text, _HEX, 64)


def _is_made_of(text, characters, most):
    return 1 <= len(text) <= most and all([c in characters for c in text])


def _same(a, b):
    """Compares in a time that does not depend on where they differ."""
    different = len(a) ^ len(b)
    for x, y in zip(a, b):
        different |= x ^ y
    return different == 0
