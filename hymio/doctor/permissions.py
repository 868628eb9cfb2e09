"""Who on this computer can read the files that hold secrets."""

import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from hymio.doctor.finding import Finding, bad, ok, warn

OWNER, GROUP = 0o600, 0o640


def check(files: Mapping[Path, int]) -> Iterator[Finding]:
    """``files``: the rights that each should have at most; one that is not there is left out."""
    fine = []
    for path, most in files.items():
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
        except FileNotFoundError:
            continue
        except OSError as fault:
            yield warn(f"{path} cannot be looked at: {fault.strerror}", "run `hymio doctor` as the user of the service")
            continue
        todo = f"chmod {most:o} {path}"
        if mode & 0o007:
            yield bad(f"{path} can be reached by everybody on this computer ({mode:o})", todo)
        elif mode & ~most & 0o077:
            yield warn(f"{path} can be reached by its group ({mode:o})", todo)
        else:
            fine.append(path.name)
    if fine:
        yield ok(f"nobody else can read {', '.join(fine)}")
