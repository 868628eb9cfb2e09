"""Where a run works that copies or restores a store: a folder beside what it makes, a database on the store's server.

Both go with their run. One that is killed leaves them behind, and the next takes them away: what nobody holds any more.
A folder is held by a lock on a file in it, a database by one of PostgreSQL's advisory locks; the system ends either
with the process, however that ends. Each has its name only while it is held, so a run that works now is never mistaken.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import randbelow
from tempfile import mkdtemp
from typing import NamedTuple

from sqlalchemy import URL, Connection, text

from collector.database import store
from collector.database.address import of_database

_MADE, _HELD_NAME = ".hymio-new-", ".hymio-run-"
_LOCK = "held"
_LOCKS = 0x68796D69  # whose advisory locks these are: hymi in ASCII, as much as goes into 31 bits
_NUMBERS = 1 << 31


class Folder(NamedTuple):
    """``lock``: the file that holds it, for programs that work in it and may outlive us."""

    path: Path
    lock: int


class Left(NamedTuple):
    """What a run that was killed has left, and is gone now. ``where``: a folder, or a database's name."""

    where: str
    size: int


@contextmanager
def folder(beside: Path) -> Iterator[Folder]:
    """A folder in the folder ``beside``, its owner's alone. Raises OSError where none can be made."""
    made = Path(mkdtemp(prefix=_MADE, dir=beside))
    lock = os.open(made / _LOCK, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    try:
        with suppress(OSError):  # not every file system has locks; there nobody takes anything away
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        held = made.with_name(made.name.replace(_MADE, _HELD_NAME, 1))
        made.rename(held)
        try:
            yield Folder(held, lock)
        finally:
            _remove(held)
    finally:
        os.close(lock)


def clear_folder(beside: Path) -> list[Left]:
    """Takes away what was left in the folder ``beside``, which need not be there."""
    return [left for path in sorted(beside.glob(_HELD_NAME + "*")) if (left := _clear(path)) is not None]


def _clear(path: Path) -> Left | None:
    try:
        lock = os.open(path / _LOCK, os.O_RDWR)
    except FileNotFoundError:  # its end was cut short, too: the lock is the last that goes
        with suppress(OSError):
            path.rmdir()
        return None
    except OSError:  # somebody else's
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        size = sum(thing.stat().st_size for thing in path.rglob("*") if thing.is_file())
        _remove(path)
    except OSError:  # held
        return None
    finally:
        os.close(lock)
    return Left(str(path), size)


def _remove(path: Path) -> None:
    for thing in path.iterdir():
        if thing.is_dir():
            shutil.rmtree(thing)
        elif thing.name != _LOCK:
            thing.unlink()
    shutil.rmtree(path)


@contextmanager
def database(address: URL) -> Iterator[URL]:
    """An empty database on the server of the store at ``address``."""
    with _speaking(address) as connection:
        number = randbelow(_NUMBERS)
        connection.execute(text("SELECT pg_advisory_lock(:locks, :number)"), {"locks": _LOCKS, "number": number})
        name = f"{_prefix(connection)}{number}"
        connection.execute(text(f'CREATE DATABASE "{name}"'))
        try:
            yield of_database(address, name)
        finally:
            _drop(connection, name)


def clear_databases(address: URL) -> list[Left]:
    """Takes away what was left on the server of the store at ``address``, by runs that worked on that very store."""
    with _speaking(address) as connection:
        mine = "starts_with(datname, :prefix) AND pg_get_userbyid(datdba) = current_user"
        prefix = _prefix(connection)
        names = connection.execute(text(f"SELECT datname FROM pg_database WHERE {mine}"), {"prefix": prefix})
        numbers = [name.removeprefix(prefix) for name in names.scalars()]
        found = [_clear_database(connection, prefix, int(number)) for number in sorted(numbers) if number.isdecimal()]
    return [left for left in found if left is not None]


def _clear_database(connection: Connection, prefix: str, number: int) -> Left | None:
    lock = {"locks": _LOCKS, "number": number}
    if not connection.execute(text("SELECT pg_try_advisory_lock(:locks, :number)"), lock).scalar():
        return None
    size = text("SELECT pg_database_size(oid) FROM pg_database WHERE datname = :name")
    bytes_ = connection.execute(size, {"name": f"{prefix}{number}"}).scalar()
    if bytes_ is None:  # its run has ended meanwhile
        return None
    _drop(connection, f"{prefix}{number}")
    return Left(f"the database {prefix}{number}", bytes_)


@contextmanager
def _speaking(address: URL) -> Iterator[Connection]:
    """Its advisory locks are held until its end."""
    engine = store.open_store(address.render_as_string(hide_password=False))
    try:
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _prefix(connection: Connection) -> str:
    """Advisory locks are of one database, so only runs on the same one can see whether they are held."""
    oid = connection.execute(text("SELECT oid FROM pg_database WHERE datname = current_database()")).scalar_one()
    return f"hymio_drill_{oid}_"


def _drop(connection: Connection, name: str) -> None:
    connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
