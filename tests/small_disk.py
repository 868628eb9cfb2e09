"""A disk that is soon full: a real file system of its own in memory, which takes none before it is written to."""

import os
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

from tests.interpreters import missing_part


@contextmanager
def mounted(mib):
    """A folder on such a disk, which any account may reach."""
    folder = Path(tempfile.mkdtemp(prefix="hymio-disk-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={mib}m,mode=755", "hymio-test", str(folder)]
    if subprocess.run(mount, capture_output=True).returncode:
        folder.rmdir()
        missing_part("no small disk: only root may mount one")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)
        folder.rmdir()


def leave(folder, size, name="filler"):
    """Fills the disk under ``folder`` until about ``size`` bytes are free, by a file whose path it gives."""
    filler = folder / name
    filler.touch()
    space = os.statvfs(folder)
    with filler.open("r+b") as out:
        os.posix_fallocate(out.fileno(), 0, space.f_bavail * space.f_frsize - size)
    return filler
