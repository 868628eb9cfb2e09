"""A restore that is refused, or ends anywhere in its middle, loses nothing and leaves no half of a store."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from collector.care import backup
from collector.care import proof as proofs
from collector.care.backup import BackupError
from collector.database.store import StoreError, open_store
from tests import postgresql
from tests.collector import working_process
from tests.collector.site import NOW_MS, birth, furnish, on_sqlite, taps
from tests.collector.working_process import at_work
from tests.waiting import wait_until


@pytest.fixture
def copy(tmp_path):
    """A backup of a store on SQLite, with four taps."""
    (tmp_path / "site").mkdir()
    with on_sqlite(tmp_path / "site") as site:
        site.take(birth(), taps(1, [4, 3, 2, 1]))
        backup.back_up(site.engine, tmp_path / "copy", NOW_MS)
    return tmp_path / "copy"


@pytest.fixture
def place(tmp_path):
    """Where a store is to be; its folder has nothing else in it."""
    return tmp_path / "store" / "hymio.sqlite"


def difference(place, proof):
    engine = open_store(f"sqlite:///{place}")
    try:
        return proofs.difference(engine, proof)
    finally:
        engine.dispose()


def test_a_restore_that_is_killed_before_any_of_its_steps_leaves_a_whole_store_or_none(copy, place):
    proof, url, steps = backup.read_proof(copy), f"sqlite:///{place}", []
    while True:
        with at_work(working_process.restore_up_to, copy, url, len(steps) + 1) as step:
            there = place.exists()
        if step is None:
            break
        steps.append(step)
        wait_until(lambda: not list(place.parent.glob(".hymio-run-*")) or backup.clear(copy, url))
        assert place.exists() == there
        if there:
            assert difference(place, proof) is None
            place.unlink()
        assert [path.name for path in place.parent.glob("*") if not path.name.startswith(".hymio-new-")] == []
    assert steps.count("os.link") == 1 and len(steps) > 8, steps
    assert difference(place, proof) is None


def test_a_store_that_somebody_begins_meanwhile_is_not_replaced(copy, place):
    with at_work(working_process.restore, copy, f"sqlite:///{place}", "link", None) as said:
        assert said == f"{place} is there; move it away first, so that nothing is lost by a restore"
    with closing(sqlite3.connect(place)) as begun:
        assert begun.execute("SELECT count(*) FROM kiosk").fetchone() == (3,)
        assert begun.execute("SELECT count(*) FROM tap").fetchone() == (0,)


@pytest.mark.parametrize("end", ["-wal", "-shm", "-journal"])
def test_what_another_store_has_left_beside_its_place_is_named(copy, place, end):
    """SQLite would take it for a part of the restored one."""
    place.parent.mkdir()
    left = Path(f"{place}{end}")
    left.write_bytes(b"of another one")
    with pytest.raises(BackupError, match=f"{left} is there; move it away first"):
        backup.restore(copy, f"sqlite:///{place}")
    assert list(place.parent.iterdir()) == [left]


def test_a_store_that_is_not_what_the_proof_says_never_comes_to_its_place(copy, place):
    told = json.loads(backup.proof_of(copy).read_text())
    told["rows"]["tap"] += 1
    backup.proof_of(copy).write_text(json.dumps(told))
    with pytest.raises(BackupError, match="the table tap has 4 rows; the backup had 5"):
        backup.restore(copy, f"sqlite:///{place}")
    assert list(place.parent.iterdir()) == []


def test_a_store_behind_a_link_comes_to_where_the_link_leads(copy, place, tmp_path):
    place.parent.mkdir()
    (tmp_path / "larger-disk").mkdir()
    place.symlink_to(tmp_path / "larger-disk" / "hymio.sqlite")
    proof = backup.restore(copy, f"sqlite:///{place}")
    assert place.is_symlink() and difference(place, proof) is None


def test_a_store_in_no_file_is_refused(copy, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for url in ("sqlite://", "sqlite:///:memory:"):
        with pytest.raises(StoreError, match="needs a file"):
            backup.restore(copy, url)
    assert list(Path().iterdir()) == []


def test_a_file_system_without_links_gets_its_store_too(copy, place):
    with at_work(working_process.restore_without_links, copy, f"sqlite:///{place}") as proof:
        assert [path.name for path in place.parent.iterdir() if not path.name.startswith(".hymio")] == ["hymio.sqlite"]
    assert difference(place, proof) is None


SLOW = """
CREATE FUNCTION slow() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(600); END $$;
CREATE EVENT TRIGGER slow ON ddl_command_end EXECUTE FUNCTION slow();
"""


def test_a_restore_that_is_killed_takes_its_program_with_it(tmp_path):
    """So that nothing goes on in the database that the next try finds."""
    at_work_there = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pg_restore'"
    with postgresql.serving() as server:
        store, new = server.fresh(), server.fresh()
        furnish(server.url(store))
        engine = open_store(server.url(store))
        backup.back_up(engine, tmp_path / "copy", NOW_MS)
        engine.dispose()
        with psycopg.connect(server.url(new).replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(SLOW)

            def programs():
                return connection.execute(at_work_there).fetchone()[0]

            with at_work(working_process.restore_told, tmp_path / "copy", server.url(new)):
                wait_until(lambda: programs() == 1)
            wait_until(lambda: programs() == 0)
            tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
            assert tables.fetchone() == (0,)
