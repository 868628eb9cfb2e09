"""The database: opened durable, written in short transactions. SQLite and PostgreSQL differ only here and in rows.py.

SQLite runs in WAL with ``synchronous=FULL``: a commit has reached the disk before it returns, which is what a stored
ack says. PostgreSQL says the same with ``synchronous_commit=on``. What a statement was given is never in an error's
words, which go into logs: it may be when somebody pressed, or an account's hash.
"""

import os
import sqlite3
from collections.abc import Hashable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, Table, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, OperationalError

from collector.database.address import shown

BUSY_TIMEOUT_MS = 5000
"""How long a writer waits for another one's transaction to end before the database counts as away."""

CACHE_KIB = 16_000
"""What a connection to SQLite may keep of the file that writes time and again, or is alone: where taps, days and
quarters of all kiosks are added to now. SQLite's own 2 MB are 500 pages, fewer than there may be kiosks. With 2,000 of
them twice as much spared a fifth of what is read, all of it from the system's own cache, and no time."""

OTHERS_CACHE_KIB = 8_000
"""What every other one may keep: a service has one for each page that is read at once."""

_AWHILE_MS = 200
"""How long the log's clearing may hold up writers while somebody reads an old state."""

_FROZEN_MS = 30_000
"""After which PostgreSQL ends the transaction of a collector that stopped in the middle of it and holds locks."""

_ONLY_READS = "25006"  # read_only_sql_transaction, which psycopg has among its internal errors

_WRITES = "hymio_writes"

_ONE = {"pool_size": 1, "max_overflow": 0}
_OTHERS_ARE_CONNECTED = (
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid() AND usesysid IS NOT NULL"
)
_ALONE = 0x68796D696F  # a number that nobody else's lock has: hymio in ASCII


class StoreError(Exception):
    """The store cannot be opened; the message is one sentence that names what is wrong and what would be right."""


def open_store(url: str, *, alone: bool = False) -> Engine:
    """The engine for ``url`` (``sqlite:///path`` or ``postgresql://…``, which psycopg speaks). ``alone``: open_alone.

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
        return _open_sqlite(address, alone)
    if address.get_backend_name() == "postgresql":
        return _open_postgresql(_spoken(address), alone)
    raise StoreError(f"the database must be sqlite or postgresql, not {address.get_backend_name()}")


def open_alone(url: str) -> Engine:
    """As ``open_store``, with one connection, for whoever must be the only one to use the store.

    Raises StoreError where somebody else has it open. SQLite lets nobody in then; PostgreSQL does: ``hold`` its tables.
    """
    engine = open_store(url, alone=True)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite" or not connection.exec_driver_sql(_OTHERS_ARE_CONNECTED).scalar():
                return engine
    except OperationalError as fault:
        if "locked" not in str(fault.orig):
            raise
    engine.dispose()
    raise StoreError(f"somebody else has {shown(engine.url)} open; stop every hymio that works on it, then begin again")


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


class Writer:
    """``writing`` for one who writes time and again, on one thread at a time.

    On SQLite a connection is kept from each transaction to the next, since to take one up costs as much as a statement
    or two; what PostgreSQL's may have come to meanwhile is asked of the pool each time.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: Connection | None = None
        self._connections = 0
        event.listen(engine, "engine_disposed", lambda _engine: self.rest())

    @contextmanager
    def writing(self) -> Iterator[tuple[Connection, Hashable | None]]:
        """The transaction, and a state of the store: where the last transaction had the same, nobody else has written
        since. None where the database does not tell, as PostgreSQL."""
        if self._engine.dialect.name != "sqlite":
            with writing(self._engine) as connection:
                yield connection, None
            return
        if self._kept is None:
            self._kept = self._engine.connect().execution_options(**{_WRITES: True})
            raw: Any = self._kept.connection.driver_connection
            raw.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
            self._connections += 1
        try:
            with self._kept.begin():
                # SQLite's documentation of this pragma: the same as long as no other connection has committed
                others = self._kept.exec_driver_sql("PRAGMA data_version").scalar()
                yield self._kept, (self._connections, others)
        except BaseException:
            self.rest()
            raise

    def rest(self) -> None:
        """Closes the connection, as at the engine's end; the next transaction takes another."""
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.invalidate()
            kept.close()


@contextmanager
def undone(engine: Engine) -> Iterator[Connection]:
    """As ``writing``, and rolled back in any case."""
    with engine.connect().execution_options(**{_WRITES: True}) as connection:
        begun = connection.begin()
        try:
            yield connection
        finally:
            begun.rollback()


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


def _spoken(address: URL) -> URL:
    """What names no driver means the one that hymio brings along."""
    return address.set(drivername="postgresql+psycopg") if address.drivername == "postgresql" else address


def hold(connection: Connection, tables: list[Table], *, against_readers: bool) -> None:
    """To the end of its transaction, however long it takes, nobody else writes ``tables``, or reads them either.

    On SQLite whoever writes is alone anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        mode = "ACCESS EXCLUSIVE" if against_readers else "SHARE"
        connection.exec_driver_sql(f"LOCK TABLE {', '.join(table.name for table in tables)} IN {mode} MODE")


def file_of(address: URL) -> Path:
    """Where a store on SQLite lies. Raises StoreError where that is in no file."""
    if not address.database or address.database == ":memory:":
        raise StoreError("the database needs a file: sqlite:///folder/hymio.db")
    return Path(address.database)


def _open_sqlite(address: URL, alone: bool) -> Engine:
    file = file_of(address)
    sqlite3.register_adapter(date, date.isoformat)  # as SQLAlchemy writes them
    _make_file(file)
    one: Any = _ONE if alone else {}
    engine = create_engine(address, pool_reset_on_return="rollback", hide_parameters=True, **one)

    @event.listens_for(engine, "connect")
    def prepare(raw: Any, _record: Any) -> None:
        raw.isolation_level = None  # the driver's own BEGIN comes too late; ours is below
        # The busy timeout comes first: turning WAL on needs the lock that another process may hold.
        raw.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        if alone:  # the lock is taken by the first one that reads, and stays
            raw.execute("PRAGMA locking_mode=EXCLUSIVE")
            raw.execute("SELECT count(*) FROM sqlite_schema")
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"cache_size=-{CACHE_KIB if alone else OTHERS_CACHE_KIB}",
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


def _open_postgresql(address: URL, alone: bool) -> Engine:
    alive = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 25_000}
    one: Any = _ONE if alone else {}
    engine = create_engine(
        address, pool_pre_ping=True, hide_parameters=True, connect_args={"connect_timeout": 10, **alive}, **one
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

    @event.listens_for(engine, "handle_error")
    def away(context: ExceptionContext) -> None:
        """A server that only reads (its provider's disk is full, it has changed over to a replica) is as good as gone:
        another connection may find one that writes, and this one may never write again."""
        if getattr(context.original_exception, "sqlstate", None) == _ONLY_READS:
            context.is_disconnect = True

    return engine
