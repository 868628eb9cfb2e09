"""Whether the store is there, of this version, and keeps what it commits."""

from collections.abc import Iterator

from sqlalchemy import Connection, Engine, text

from collector.database import migration, store
from hymio.doctor.finding import Finding, bad, ok


def check(engine: Engine) -> Iterator[Finding]:
    """Raises what the database raises."""
    found, wanted = migration.revision(engine), migration.newest()
    if found is None:
        yield bad("the database is empty", "start `hymio serve`, which makes its tables, or mend the setting database")
        return
    if found != wanted:
        todo = "start this version's `hymio serve`, which brings the tables up; make a backup first"
        yield bad(f"the database is at revision {found}, this version works with {wanted}", todo)
        return
    with store.reading(engine) as connection:
        yield from _sqlite(connection) if engine.dialect.name == "sqlite" else _postgresql(connection)


def _sqlite(connection: Connection) -> Iterator[Finding]:
    mode = connection.execute(text("PRAGMA journal_mode")).scalar()
    level = connection.execute(text("PRAGMA synchronous")).scalar()
    if mode != "wal" or level != 2:
        todo = "put the file on a disk of this computer: SQLite's write-ahead log does not work over a network"
        yield bad(f"SQLite works with journal_mode {mode} and synchronous {level} instead of wal and 2", todo)
    else:
        yield ok("SQLite answers, with a write-ahead log and a full sync at every commit")


def _postgresql(connection: Connection) -> Iterator[Finding]:
    wrong = []
    for name in ("fsync", "full_page_writes"):
        value = connection.execute(text(f"SHOW {name}")).scalar()
        if value != "on":
            wrong.append(f"{name} = {value}")
    if wrong:
        todo = "set them to on in postgresql.conf: without, a stored ack is sent for what a power cut takes away"
        yield bad(f"PostgreSQL works with {' and '.join(wrong)}", todo)
    else:
        version = connection.execute(text("SHOW server_version")).scalar()
        yield ok(f"PostgreSQL {version} answers, with fsync and full_page_writes on")
