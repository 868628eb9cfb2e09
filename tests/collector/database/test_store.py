"""The databases as the collector needs them: durable, strict about references, forgetful of what was deleted."""

import sqlite3
import threading
import time

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError

from collector.database.store import (
    CACHE_KIB,
    OTHERS_CACHE_KIB,
    StoreError,
    Writer,
    open_alone,
    open_store,
    reading,
    writing,
)
from collector.intake.ingest import Ingest
from tests.collector.site import NOW_MS, furnish, taps


@pytest.fixture
def engine(tmp_path):
    engine = open_store(f"sqlite:///{tmp_path}/a/b/hymio.db")
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE t (a INTEGER PRIMARY KEY, b INTEGER REFERENCES t (a))"))
    yield engine
    engine.dispose()


def test_a_commit_is_on_the_disk_before_it_returns(engine):
    with reading(engine) as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
        assert connection.execute(text("PRAGMA busy_timeout")).scalar() == 5000


def test_a_commit_waits_for_the_disk_of_a_server_that_waits_for_none_by_itself(server):
    """As an administrator of a PostgreSQL may have set it for all its databases. Asked when ingest commits a tap."""
    url = furnish(server.url(server.fresh()))
    engine, levels = open_store(url), []
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(f"ALTER DATABASE {engine.url.database} SET synchronous_commit = off"))
    engine.dispose()
    level = "SHOW synchronous_commit"
    event.listen(engine, "commit", lambda connection: levels.append(connection.exec_driver_sql(level).scalar()))
    Ingest(engine, lambda: NOW_MS).take([taps(1, [4])])
    assert levels and set(levels) == {"on"}
    engine.dispose()


def test_what_was_deleted_is_nowhere_in_the_file(engine, tmp_path):
    marker = b"somebody pressed then"
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE said (id INTEGER PRIMARY KEY, what BLOB)"))
        connection.execute(text("INSERT INTO said VALUES (1, :what), (2, x'00')"), {"what": marker})
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM said WHERE id = 1"))
    with engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert all(marker not in path.read_bytes() for path in (tmp_path / "a" / "b").iterdir())


def test_a_new_file_is_read_by_its_owner_only_and_so_is_what_sqlite_puts_beside_it(engine, tmp_path):
    folder = tmp_path / "a" / "b"
    rights = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert rights == {"hymio.db": 0o600, "hymio.db-wal": 0o600, "hymio.db-shm": 0o600}


def test_a_file_that_is_there_keeps_its_rights_and_its_folder_too(tmp_path):
    path = tmp_path / "hymio.db"
    path.touch()
    path.chmod(0o640)
    tmp_path.chmod(0o755)
    open_store(f"sqlite:///{path}").dispose()
    assert [p.stat().st_mode & 0o777 for p in (path, tmp_path)] == [0o640, 0o755]


def test_references_are_checked(engine):
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.execute(text("INSERT INTO t VALUES (1, 9)"))


def test_a_failure_takes_everything_back(engine):
    with pytest.raises(ZeroDivisionError), writing(engine) as connection:
        connection.execute(text("INSERT INTO t VALUES (1, 1)"))
        raise ZeroDivisionError
    with reading(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM t")).scalar() == 0


def test_writers_that_read_first_wait_for_each_other_and_lose_nothing(engine):
    with writing(engine) as connection:
        connection.execute(text("INSERT INTO t VALUES (1, NULL), (2, 1)"))

    def count():
        for _ in range(25):
            with writing(engine) as connection:
                a = connection.execute(text("SELECT max(a) FROM t")).scalar()
                connection.execute(text("INSERT INTO t VALUES (:a, 1)"), {"a": a + 1})

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(engine) as connection:
        assert connection.execute(text("SELECT max(a), count(*) FROM t")).one() == (102, 102)


def test_a_reader_sees_one_state_while_another_writes(engine):
    with reading(engine) as reader:
        before = reader.execute(text("SELECT count(*) FROM t")).scalar()
        with writing(engine) as connection:
            connection.execute(text("INSERT INTO t VALUES (7, NULL)"))
        assert reader.execute(text("SELECT count(*) FROM t")).scalar() == before


def test_opening_while_another_program_writes_waits_instead_of_failing(tmp_path):
    path = tmp_path / "hymio.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    threading.Timer(0.3, lambda: other.execute("COMMIT")).start()
    started = time.monotonic()
    with reading(open_store(f"sqlite:///{path}")) as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    assert time.monotonic() - started < 4


@pytest.mark.parametrize("url", ["", "hymio.db", "mysql://host/hymio", "sqlite://", "sqlite:///:memory:"])
def test_an_address_that_cannot_be_a_store_is_refused_with_what_would_be_right(url):
    with pytest.raises(StoreError, match="sqlite"):
        open_store(url)


def test_a_writer_tells_whether_somebody_else_has_written_and_keeps_nothing_of_a_store_that_was_let_go(engine):
    writer = Writer(engine)

    def state(value=None):
        with writer.writing() as (connection, state):
            connection.execute(text("INSERT INTO t (b) VALUES (:value)"), {"value": value})
        return state

    first = state()
    assert state() == first
    with writing(engine) as connection:
        connection.execute(text("INSERT INTO t (b) VALUES (NULL)"))
    second = state()
    assert second != first
    with pytest.raises(IntegrityError):
        state(99)
    assert state() not in (first, second)
    engine.dispose()
    open_alone(engine.url.render_as_string()).dispose()
    assert state()


def test_who_writes_time_and_again_keeps_more_of_the_file_than_each_page_that_is_read(tmp_path):
    engine = open_store(f"sqlite:///{tmp_path / 'one.sqlite'}")
    kept = {}
    with Writer(engine).writing() as (connection, _), reading(engine) as other:
        for name, asked in (("writer", connection), ("page", other)):
            kept[name] = -asked.exec_driver_sql("PRAGMA cache_size").scalar()
    engine.dispose()
    assert kept == {"writer": CACHE_KIB, "page": OTHERS_CACHE_KIB}
    assert CACHE_KIB > OTHERS_CACHE_KIB
