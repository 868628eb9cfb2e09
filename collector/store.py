"""The database: opened durable, written in short transactions. SQLite and PostgreSQL differ only in this file.

SQLite runs in WAL with ``synchronous=FULL``: a commit has reached the disk before it returns, which is what a stored
ack says. PostgreSQL says the same with ``synchronous_commit=on``. What a statement was given is never in an error's
words, which go into logs: it may be when somebody pressed, or an account's hash.
"""

import operator
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, OperationalError

BUSY_TIMEOUT_MS = 5000
"""How long a writer waits for another one's transaction to end before the database counts as away."""

CACHE_KIB = 32_000
"""What a connection to SQLite may keep of the file: where taps, days and quarters of all kiosks are added to now. With
SQLite's own 2 MB these leave and are read again in every transaction as soon as the store holds some years."""

_AWHILE_MS = 200
"""How long the log's clearing may hold up writers while somebody reads an old state."""

_FROZEN_MS = 30_000
"""After which PostgreSQL ends the transaction of a collector that stopped in the middle of it and holds locks."""

_WRITES = "hymio_writes"
_ALONE = 0x68796D696F  # a number that nobody else's lock has: hymio in ASCII


class StoreError(Exception):
    """The store cannot be opened; the message is one sentence that names what is wrong and what would be right."""


def open_store(url: str) -> Engine:
    """The engine for ``url`` (``sqlite:///path`` or ``postgresql+psycopg://…``).

    Makes SQLite's folder, and its file so that only its owner may read it. Raises StoreError when the address is of
    neither, OSError when folder or file cannot be made.
    """
    try:
        address = make_url(url)
    except ArgumentError as e:
        raise StoreError(
            "the database address must look like sqlite:///folder/hymio.db or postgresql+psycopg://…"
        ) from e
    if address.get_backend_name() == "sqlite":
        return _open_sqlite(address)
    if address.get_backend_name() == "postgresql":
        return _open_postgresql(address)
    raise StoreError(f"the database must be sqlite or postgresql, not {address.get_backend_name()}")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes nothing."""
    with engine.connect() as connection:
        yield connection


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """As ``reading``, and every statement in it sees the same state, whatever is written meanwhile."""
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that may write; committed at the end, rolled back when the block raises.

    On SQLite it takes the write lock at once (BEGIN IMMEDIATE): a transaction that reads first and writes later could
    otherwise be refused half way, without waiting.
    """
    with engine.connect().execution_options(**{_WRITES: True}) as connection, connection.begin():
        yield connection


def prove(engine: Engine) -> None:
    """A transaction that changes nothing. Raises what the database raises, and hangs where that hangs.

    PostgreSQL commits it as any other, since a server that has lost the replica it must wait for answers every
    question and commits nothing. SQLite's one writer may be whoever asks, so there it only reads.
    """
    if engine.dialect.name == "postgresql":
        with writing(engine) as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = version_num")
    else:
        with reading(engine) as connection:
            connection.exec_driver_sql("SELECT count(*) FROM sqlite_schema")


def size(connection: Connection) -> int:
    """Bytes of the whole database on its disk."""
    if connection.dialect.name == "postgresql":
        return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar() or 0)
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar() or 0
    return int(pages) * int(connection.exec_driver_sql("PRAGMA page_size").scalar() or 0)


def alone(connection: Connection) -> None:
    """To the end of its transaction this is the only one that called this; others wait for as long as it takes."""
    if connection.dialect.name == "postgresql":  # on SQLite whoever writes is alone
        connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ALONE})")


def forget(engine: Engine, tables: list[Table]) -> bool:
    """Leaves nothing of what was overwritten in ``tables`` in SQLite's log; PostgreSQL may write over it from now on.

    False where somebody read an old state meanwhile; to be tried again later.
    """
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            raw: Any = connection.connection.driver_connection
            raw.execute(f"PRAGMA busy_timeout={_AWHILE_MS}")  # writers wait as long as we do
            try:
                return bool(raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0)
            finally:
                raw.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection, suppress(OperationalError):
        connection.exec_driver_sql("VACUUM " + ", ".join(table.name for table in tables))
        return True
    return False


def upsert(connection: Connection, table: Table, rows: Any) -> None:
    """Inserts ``rows``; where a row of that primary key is there, the new one replaces it."""
    connection.execute(_upsert(connection.dialect.name, table, _replace), rows)


def accumulate(connection: Connection, table: Table, names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """Inserts ``rows``, each with the columns ``names``; where a row of that primary key is there, the other columns
    are added to its own.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(
            _upsert("postgresql", table, operator.add), [dict(zip(names, row, strict=True)) for row in rows]
        )
    else:
        connection.exec_driver_sql(_sqlite_accumulate(table, names), rows)


@cache
def _sqlite_accumulate(table: Table, names: tuple[str, ...]) -> str:
    """As in ``insert_all``: half the work of SQLAlchemy's way."""
    keys = [column.name for column in table.primary_key]
    added = ", ".join(f"{name} = {name} + excluded.{name}" for name in names if name not in keys)
    values = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    return f"{values} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {added}"


def unite(connection: Connection, table: Table, rows: Any) -> None:
    """Inserts ``rows``; where a row of that primary key is there, the other columns' bits are set in its own."""
    connection.execute(_upsert(connection.dialect.name, table, _unite), rows)


def insert_new(connection: Connection, table: Table, rows: Any) -> None:
    """Inserts ``rows``, except those that are there already by any key."""
    connection.execute(_insert(connection.dialect.name, table).on_conflict_do_nothing(), rows)


def _replace(_stored: Any, new: Any) -> Any:
    return new


def _unite(stored: Any, new: Any) -> Any:
    return stored.bitwise_or(new)


def _insert(dialect: str, table: Table) -> Any:
    return (sqlite if dialect == "sqlite" else postgresql).insert(table)


@cache
def _upsert(dialect: str, table: Table, combined: Callable[[Any, Any], Any]) -> Any:
    """Building a statement takes longer than running it, so these are kept."""
    new = _insert(dialect, table)
    keys = [column.name for column in table.primary_key]
    others = [name for name in table.c.keys() if name not in keys]  # noqa: SIM118
    values = {name: combined(table.c[name], new.excluded[name]) for name in others}
    return new.on_conflict_do_update(index_elements=keys, set_=values)


def insert_all(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Inserts ``rows``, each with every column of ``table``; twice as fast as SQLAlchemy's way where that is SQLite."""
    if connection.dialect.name != "sqlite":
        connection.execute(table.insert(), rows)
        return
    names = table.c.keys()
    marks = ", ".join("?" * len(names))
    statement = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})"
    connection.exec_driver_sql(statement, list(map(itemgetter(*names), rows)))


def _open_sqlite(address: Any) -> Engine:
    if not address.database or address.database == ":memory:":
        raise StoreError("the database needs a file: sqlite:///folder/hymio.db")
    sqlite3.register_adapter(date, date.isoformat)  # as SQLAlchemy writes them
    _make_file(Path(address.database))
    engine = create_engine(address, pool_reset_on_return="rollback", hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(raw: Any, _record: Any) -> None:
        raw.isolation_level = None  # the driver's own BEGIN comes too late; ours is below
        # The busy timeout comes first: turning WAL on needs the lock that another process may hold.
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"cache_size=-{CACHE_KIB}",
            "secure_delete=ON",  # what is overwritten or deleted is zeros in the file: exact times that were given up
        ):
            raw.execute("PRAGMA " + pragma)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _make_file(path: Path) -> None:
    """An empty file is an empty database to SQLite, and what it makes beside it (-wal, -shm) gets the same rights."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _open_postgresql(address: Any) -> Engine:
    alive = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 25_000}
    engine = create_engine(
        address, pool_pre_ping=True, hide_parameters=True, connect_args={"connect_timeout": 10, **alive}
    )

    @event.listens_for(engine, "connect")
    def prepare(raw: Any, _record: Any) -> None:
        raw.autocommit = True
        for setting in (
            "synchronous_commit = on",
            # What pages read is in memory: at its default of 4 the planner reads years in order instead of a few rows
            "random_page_cost = 1.1",
            f"lock_timeout = {BUSY_TIMEOUT_MS}",
            f"idle_in_transaction_session_timeout = {_FROZEN_MS}",
            "tcp_keepalives_idle = 10",
            "tcp_keepalives_interval = 5",
            "tcp_keepalives_count = 3",
        ):
            raw.execute("SET " + setting)
        raw.autocommit = False

    return engine
