"""Credentials found right a moment ago: a program that asks every few seconds costs no password check each time.

Kept in memory as a keyed hash together with the password hash that they matched: a changed password ends them at once.
"""

import secrets
from hashlib import blake2b
from threading import Lock

KEPT_MS = 60_000


class Recognised:
    """One process's memory. Only right credentials get in, so it holds as many as there are administrators."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._since_ms: dict[bytes, int] = {}
        self._lock = Lock()

    def knows(self, name: str, password: str, password_hash: str, now_ms: int) -> bool:
        """Whether these matched ``password_hash`` in the last KEPT_MS."""
        with self._lock:
            since_ms = self._since_ms.get(self._mark(name, password, password_hash))
        return since_ms is not None and 0 <= now_ms - since_ms < KEPT_MS

    def remember(self, name: str, password: str, password_hash: str, now_ms: int) -> None:
        with self._lock:
            self._since_ms = {mark: ms for mark, ms in self._since_ms.items() if 0 <= now_ms - ms < KEPT_MS}
            self._since_ms[self._mark(name, password, password_hash)] = now_ms

    def _mark(self, *parts: str) -> bytes:
        texts = [part.encode("utf-8", "surrogatepass") for part in parts]
        framed = b"".join(len(text).to_bytes(8, "big") + text for text in texts)
        return blake2b(framed, key=self._key, digest_size=32).digest()
