"""Whether there is room where the database lies: space, and places for files."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from hymio.doctor.finding import Finding, bad, ok, warn

LEAST_BYTES = 256 << 20
LITTLE_BYTES = 2 << 30
LEAST_SHARE = 0.02
TRIAL_BYTES = 1 << 20
_TODO = "make room: move backups elsewhere, or the database to a larger disk"


def check(folder: Path) -> Iterator[Finding]:
    """A small file is really written there, since a quota is not in the figures."""
    try:
        with tempfile.TemporaryFile(dir=folder, prefix=".hymio-doctor-") as trial:
            trial.write(bytes(TRIAL_BYTES))
            trial.flush()
            os.fsync(trial.fileno())
    except OSError as fault:
        yield bad(f"nothing can be written into {folder}: {fault.strerror}", _TODO)
        return
    space = os.statvfs(folder)
    free, whole = space.f_bavail * space.f_frsize, space.f_blocks * space.f_frsize
    seen = f"{_amount(free)} of {_amount(whole)} are free where the database lies"
    if space.f_files and space.f_favail < 100:
        yield bad(f"only {space.f_favail} more files can be made where the database lies", _TODO)
    elif free < LEAST_BYTES or free < whole * LEAST_SHARE:
        yield bad(seen, _TODO)
    elif free < LITTLE_BYTES:
        yield warn(seen, _TODO)
    else:
        yield ok(seen)


def filesystem_of(folder: Path) -> str:
    """Its kind, such as ext4; empty where it cannot be told."""
    found, longest = "", -1
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/mounts").read_text().splitlines():
            _, where, kind, *_ = line.split(" ")
            where = where.encode().decode("unicode_escape")
            if folder.resolve().is_relative_to(where) and len(where) >= longest:
                found, longest = kind, len(where)
    return found


def _amount(size: int) -> str:
    return f"{size / (1 << 30):.1f} GiB" if size >= 1 << 30 else f"{size / (1 << 20):.0f} MiB"
