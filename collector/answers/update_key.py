"""The site's own 32 bytes, from which every kiosk's key for updates is made. They are in no log, table or message."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from wire.manifest import kiosk_key

BYTES = 32


class UpdateKeyError(Exception):
    """The file cannot be used. The message is a sentence that names the file and what would be right."""


class UpdateKey:
    """Kept in the file ``path``, which is made on first need and which its owner alone may read.

    Whoever has it can sign firmware for every kiosk; without it no kiosk takes another update over the air.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def of(self, kiosk: str) -> str:
        """The key of one kiosk, 64 hex digits. Raises UpdateKeyError."""
        return kiosk_key(self._master(), kiosk)

    def _master(self) -> bytes:
        try:
            if not self._path.exists():
                self._make()
            master = self._path.read_bytes()
        except OSError as error:
            raise UpdateKeyError(f"update_key: {self._path} cannot be used ({error.strerror})") from None
        if len(master) != BYTES:
            raise UpdateKeyError(
                f"update_key: {self._path} has {len(master)} bytes; it must be the file of {BYTES} that hymio made"
            )
        return master

    def _make(self) -> None:
        """Whole or not at all, and the first one's where two processes make it at once."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_name(f"{self._path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(BYTES))
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(new, self._path)
        finally:
            os.unlink(new)
