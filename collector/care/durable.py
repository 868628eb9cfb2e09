"""Files that are on their disk, names included, before anybody is told that they are there."""

import contextlib
import hashlib
import os
from pathlib import Path


def sha256(path: Path) -> str:
    """As hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_synced(path: Path, words: str) -> None:
    with path.open("w") as out:
        out.write(words)
        out.flush()
        os.fsync(out.fileno())


def sync_folder(path: Path) -> None:
    """Else a power cut may take a new name in it away again."""
    folder = os.open(path, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # not every file system can
            os.fsync(folder)
    finally:
        os.close(folder)


def sync(path: Path) -> None:
    with path.open("rb") as file, contextlib.suppress(OSError):
        os.fsync(file.fileno())
