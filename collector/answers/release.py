"""Firmware on offer: kept as files, and told to one kiosk as a manifest that is signed for it, and in pieces."""

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, Engine, delete, func, insert, select

from collector.database import store
from collector.database.tables import release, release_file
from wire import manifest
from wire.messages import MAX_PIECE

MANIFEST = "manifest"
"""Name under which a kiosk asks for the manifest; no file of a release may have it."""

_LAST = "main.py"  # a slot without it is never started


class ReleaseError(Exception):
    """Firmware cannot be offered or withdrawn. The message is a sentence that says why."""


class Release(NamedTuple):
    """``size`` is of all its ``files``, in bytes."""

    version: str
    offered_utc_ms: int
    files: int
    size: int


def offer(engine: Engine, version: str, files: Mapping[str, bytes], now_ms: int) -> bool:
    """Keeps ``files`` (by path within a slot) as ``version``; False when that very version is on offer already.

    Raises ReleaseError where no kiosk could take it.
    """
    empty = [path for path, data in files.items() if not data]
    if empty:
        raise ReleaseError(f"{empty[0]} is empty; an update has no empty file")
    entries = [(path, len(data), hashlib.sha256(data).hexdigest()) for path, data in files.items()]
    try:
        manifest.build(version, _in_order(entries), None)
    except manifest.ManifestError as error:
        raise ReleaseError(str(error)) from None
    with store.writing(engine) as connection:
        if connection.execute(select(release).where(release.c.version == version)).first():
            return False
        connection.execute(insert(release), {"version": version, "offered_utc_ms": now_ms})
        rows = [
            {"version": version, "path": path, "size": size, "sha256": sha256, "data": files[path]}
            for path, size, sha256 in entries
        ]
        connection.execute(insert(release_file), rows)
    return True


def on_offer(connection: Connection) -> list[Release]:
    """Every release, the newest first."""
    sums = (func.count(), func.sum(release_file.c.size))
    rows = (
        select(release.c.version, release.c.offered_utc_ms, *sums)
        .join(release_file, release_file.c.version == release.c.version)
        .group_by(release.c.version, release.c.offered_utc_ms)
        .order_by(release.c.offered_utc_ms.desc(), release.c.version)
    )
    return [Release(*row) for row in connection.execute(rows)]


def withdraw(connection: Connection, version: str) -> None:
    """From now on no kiosk gets any of it. A kiosk that runs it goes on. Raises ReleaseError."""
    connection.execute(delete(release_file).where(release_file.c.version == version))
    if not connection.execute(delete(release).where(release.c.version == version)).rowcount:
        raise ReleaseError(f"version {version} is not on offer; `hymio firmware list` tells what is")


def manifest_of(connection: Connection, version: str, key: bytes | None) -> bytes | None:
    """The manifest of ``version``, signed with a kiosk's ``key``; None where that version is not on offer."""
    columns = (release_file.c.path, release_file.c.size, release_file.c.sha256)
    rows = connection.execute(select(*columns).where(release_file.c.version == version))
    entries = [(path, size, sha256) for path, size, sha256 in rows]
    return manifest.build(version, _in_order(entries), key) if entries else None


def piece_of(connection: Connection, version: str, path: str, offset: int) -> tuple[int, bytes] | None:
    """Size of the whole file and its piece from ``offset`` on, empty at the end; None: there is no such piece."""
    data = func.substr(release_file.c.data, offset + 1, MAX_PIECE)
    wanted = (release_file.c.version == version, release_file.c.path == path, release_file.c.size >= offset)
    row = connection.execute(select(release_file.c.size, data).where(*wanted)).first()
    return None if row is None else (row[0], bytes(row[1]))


def _in_order(entries: list[tuple[str, int, str]]) -> list[tuple[str, int, str]]:
    """The same for whoever asks and whenever: pieces of a manifest are asked for one by one."""
    return sorted(entries, key=lambda entry: (entry[0] == _LAST, entry[0]))
