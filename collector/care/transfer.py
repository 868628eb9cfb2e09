"""Every table of one store into another one, of the same kind or not: from SQLite to PostgreSQL, and back.

Nobody else may use either meanwhile: what would be stored in the old one after it was read would be in no store. The
whole copy is one transaction of the new store, held against the old one before it is committed. So it is there or it
is not, and one that was cut short is simply begun again.
"""

import hashlib
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Table, func, make_url, select
from sqlalchemy.exc import SQLAlchemyError

from collector.care import room
from collector.database import migration, store
from collector.database.address import shown
from collector.database.rows import fill
from collector.database.tables import metadata

PAGE = 2000
"""Rows read and written at a time."""

_MODULUS = 1 << 128

Progress = Callable[[int, int], None]
"""Called with how many rows are copied and proven so far, each row twice, and of how many."""


class TransferError(Exception):
    """Nothing was copied. One sentence: what is in the way and what to do."""


class Contents(NamedTuple):
    """``digest``: the sum of a hash of each row, so that the order in which they come does not matter."""

    rows: int
    digest: int


def transfer(source_url: str, target_url: str, progress: Progress = lambda done, of: None) -> dict[str, Contents]:
    """Copies a store into an empty one; what each table holds. Raises TransferError, and what opening them raises."""
    if make_url(source_url) == make_url(target_url):
        raise TransferError("the new store is the old one; name another with --to")
    file = make_url(source_url).database if make_url(source_url).get_backend_name() == "sqlite" else None
    if file is not None and not Path(file).exists():
        raise TransferError(f"there is no store {file}")
    with _alone(source_url) as source, _roomy(source, target_url) as target:
        for engine in (source, target):
            _upgrade(engine)
        seeded = _seeded()
        with store.writing(source) as read, store.writing(target) as written:
            store.hold(read, _tables(), against_readers=False)
            store.hold(written, _tables(), against_readers=True)
            _refuse_what_is_not_empty(written, seeded)
            return _Copy(read, written, progress).make()


@contextmanager
def _alone(url: str) -> Iterator[Engine]:
    engine = store.open_alone(url)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _roomy(source: Engine, target_url: str) -> Iterator[Engine]:
    """The new store, once there is a source, and room for it where it is to be; before that nothing is made there."""
    if migration.revision(source) is None:
        raise TransferError(f"there is no store in {shown(source.url)}")
    target = make_url(target_url)
    with store.reading(source) as connection:
        size = store.size(connection)
    if target.get_backend_name() == "sqlite":
        # Until the one transaction has ended it is in the log, and then in the file as well. Of PostgreSQL's size that
        # is about the half, twice.
        _must_have_room(room.above(store.file_of(target)), size * (2 if source.dialect.name == "sqlite" else 1))
        with _alone(target_url) as engine:
            yield engine
        return
    with _alone(target_url) as engine:
        _server_must_have_room(engine, size)
        yield engine


def _server_must_have_room(engine: Engine, size: int) -> None:
    """As far as the server tells; from SQLite it takes more than ``size``, and nobody knows how much."""
    with store.reading(engine) as connection:
        folder, least = room.server_folder(connection), room.of_drill(connection, size)
    if folder is not None:
        _must_have_room(folder, least)


def _must_have_room(folder: Path, size: int) -> None:
    lacking = room.lacking(folder, size, "the new store", "Nothing was changed. Make room there, or name another place")
    if lacking is not None:
        raise TransferError(lacking)


def _upgrade(engine: Engine) -> None:
    try:
        migration.upgrade(engine)
    except migration.MigrationError as fault:
        raise TransferError(f"{shown(engine.url)} cannot be used: {fault}") from None


def _tables() -> list[Table]:
    """In an order in which each comes after those that it refers to."""
    return list(metadata.sorted_tables)


def _seeded() -> dict[str, Contents]:
    """What a store holds from its migrations alone."""
    with TemporaryDirectory(prefix="hymio-") as folder, _alone(f"sqlite:///{Path(folder) / 'empty.sqlite'}") as engine:
        migration.upgrade(engine)
        with store.reading(engine) as connection:
            return {table.name: _contents(connection, table) for table in _tables()}


def _refuse_what_is_not_empty(connection: Connection, seeded: dict[str, Contents]) -> None:
    for table in _tables():
        if _count(connection, table) != seeded[table.name].rows or (
            seeded[table.name].rows and _contents(connection, table) != seeded[table.name]
        ):
            raise TransferError(
                f"the new store is not empty: its table {table.name} has rows; name one that has nothing in it yet"
            )


class _Copy:
    """One run, between two transactions."""

    def __init__(self, source: Connection, target: Connection, progress: Progress) -> None:
        self._source, self._target, self._progress = source, target, progress
        self._rows = 0
        self._of = 2 * sum(_count(source, table) for table in _tables())

    def make(self) -> dict[str, Contents]:
        for table in reversed(_tables()):
            self._target.execute(table.delete())
        read = {table.name: self._copy(table) for table in _tables()}
        for table in _tables():
            found = _contents(self._target, table, self._passed)
            if found != read[table.name]:
                raise TransferError(
                    f"the table {table.name} is not in the new store what it is in the old one ({found.rows} rows, "
                    f"{read[table.name].rows} there); nothing was kept"
                )
        return read

    def _passed(self, rows: int) -> None:
        self._rows += rows
        self._progress(self._rows, self._of)

    def _copy(self, table: Table) -> Contents:
        hashed = _Hashed(self._passed)
        try:
            with closing(pages(self._source, table)) as found:
                fill(self._target, table, hashed.through(found))
        except (SQLAlchemyError, self._target.dialect.loaded_dbapi.Error) as fault:
            why = str(getattr(fault, "orig", None) or fault).strip().splitlines()[0]
            raise TransferError(f"the table {table.name} cannot be copied: {why}") from None
        return hashed.contents


class _Hashed:
    def __init__(self, passed: Callable[[int], None]) -> None:
        self._passed = passed
        self.contents = Contents(0, 0)

    def through(self, pages: Iterator[list[tuple[Any, ...]]]) -> Iterator[list[tuple[Any, ...]]]:
        for page in pages:
            digest = sum(_hash(row) for row in page)
            self.contents = Contents(self.contents.rows + len(page), (self.contents.digest + digest) % _MODULUS)
            yield page
            self._passed(len(page))


def _hash(row: tuple[Any, ...]) -> int:
    return int.from_bytes(hashlib.blake2b(repr(row).encode(), digest_size=16).digest(), "big")


def _contents(connection: Connection, table: Table, passed: Callable[[int], None] = lambda rows: None) -> Contents:
    hashed = _Hashed(passed)
    for _ in hashed.through(pages(connection, table)):
        pass
    return hashed.contents


def pages(connection: Connection, table: Table) -> Generator[list[tuple[Any, ...]], None, None]:
    """Every row with the values that Python has for them, which are the same for both databases."""
    keys = list(table.primary_key.columns)
    rows = connection.execute(select(table).order_by(*keys), execution_options={"yield_per": PAGE})
    for page in rows.partitions():
        yield [tuple(row) for row in page]


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())
