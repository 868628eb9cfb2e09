"""Room on a disk for what is about to be written, looked for before it is begun: a full disk stops who writes there.

How large a dump of PostgreSQL becomes nobody knows before. It is taken to be no larger than its database: no indexes
are in it, and it is compressed. Where there is an earlier one, it is about as large, for its database, as that.
"""

import ipaddress
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from collector.care.proof import Proof

LEAST_BYTES = 256 << 20
"""Room that is left on a disk: the store may be on the same one, and on a full disk no tap is acknowledged."""

_MORE = 1.25  # than the earlier dump's share: what taps are like changes, and with it how far they can be compressed

# Nobody but those who may read all settings is told where a server's files lie
_LIES = "SELECT setting FROM pg_settings WHERE name = 'data_directory'"
_LOG = "SELECT pg_size_bytes(current_setting('max_wal_size'))"


def lacking(folder: Path, size: int, what: str, todo: str) -> str | None:
    """What to say where ``folder`` has no room for ``size`` bytes and LEAST_BYTES besides; None where it has.

    ``what`` takes the room; ``todo``: a sentence on what would make some.
    """
    free = shutil.disk_usage(folder).free
    if free >= size + LEAST_BYTES:
        return None
    mib = [amount / (1 << 20) for amount in (free, size, LEAST_BYTES)]
    return (
        f"{folder} has {mib[0]:.0f} MiB free; {what} takes {mib[1]:.0f} MiB and leaves {mib[2]:.0f} MiB, since the "
        f"store stops on a full disk. {todo}"
    )


def above(place: Path) -> Path:
    """The folder in which whatever is to be at ``place`` takes its room: the nearest one that is there."""
    return next(folder for folder in place.resolve().parents if folder.is_dir())


def of_dump(store_size: int, earlier: Iterable[Proof]) -> int:
    """About how many bytes a dump of a database of ``store_size`` takes; ``earlier``: dumps, the newest last."""
    shares = [proof.size / proof.store_size for proof in earlier if proof.store_size > 0]
    return min(store_size, int(store_size * shares[-1] * _MORE)) if shares else store_size


def of_drill(connection: Connection, store_size: int) -> int:
    """Bytes that a server takes to restore a database of that size: its files, and what its log keeps of it."""
    return store_size + min(store_size, int(connection.execute(text(_LOG)).scalar() or 0))


def server_folder(connection: Connection) -> Path | None:
    """Where the server of PostgreSQL keeps its files, if it is on this computer and tells; None otherwise."""
    on: Any = connection.connection.driver_connection
    if not _is_here(on.info.hostaddr or on.info.host):
        return None
    told = connection.execute(text(_LIES)).scalar()
    folder = Path(told) if told else None
    return folder if folder is not None and _is_folder(folder) else None


def _is_here(host: str) -> bool:
    """``host``: an IP address, or the folder of a socket."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.startswith(("/", "@"))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # in a folder that is closed to us
        return False
