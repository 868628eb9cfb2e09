"""A store goes into another one whole, or not at all; nobody writes either meanwhile."""

import threading

import pytest
from sqlalchemy import text

from collector.care import transfer
from collector.care.transfer import TransferError
from collector.care.verification import verify
from collector.database import migration, store
from collector.database.store import StoreError, open_store
from collector.intake.ingest import Ingest
from collector.registration import registry
from tests.collector.site import NAMES, NOW_MS, Site, birth, furnish, taps
from tests.collector.stores import Postgresql, Sqlite


@pytest.fixture(params=["sqlite to postgresql", "postgresql to sqlite"])
def ways(request, tmp_path, server):
    """(stores of the old one, stores of the new one)."""
    kinds = {
        "sqlite": lambda name: Sqlite(_folder(tmp_path / name)),
        "postgresql": lambda name: Postgresql(server),
    }
    old, _, new = request.param.partition(" to ")
    return kinds[old]("old"), kinds[new]("new")


def _folder(path):
    path.mkdir()
    return path


@pytest.fixture
def ready(ways):
    """(the address of a store that has lived and is used by nobody, that of an empty one)."""
    old, new = ways
    prepared = furnish(old.empty())
    site = Site(old, prepared)
    registry.add_unit(site.engine, "below", NAMES, "unit")
    registry.set_administrator(site.engine, "anna", "correct horse battery")
    with store.writing(site.engine) as connection:  # a unit that comes before the one above it
        connection.execute(text("UPDATE unit SET parent_id = (SELECT max(id) FROM unit) WHERE slug = 'unit'"))
        connection.execute(text("UPDATE unit SET parent_id = NULL WHERE slug = 'below'"))
    site.take(birth(), taps(1, [4, 3, (2, 19_000, 0), (4, 60_000, 1), (0, 70_000, 0)]), taps(9, [1] * 3, held=9))
    site.take(taps(1, [4] * 5, kiosk="lobby-2", journal="00000003", utc_ms=None, bounds=(1_790_000_000_000, None)))
    site.take(taps(2, [1], kiosk="lobby-1"), ("hymio/1/lobby-1/taps", b"\x00\xff not json"))
    site.engine.dispose()
    empty = new.empty()
    yield site.url, empty
    site.close()
    old.drop(prepared)
    new.drop(empty)


def everything(url):
    engine = open_store(url)
    with store.reading(engine) as connection:
        found = {table.name: transfer._contents(connection, table) for table in transfer._tables()}
    differences = verify(engine).differences
    engine.dispose()
    assert differences == []
    return found


def test_every_table_is_there_with_every_row(ready):
    before = everything(ready[0])
    told = []
    assert transfer.transfer(*ready, lambda done, of: told.append((done, of))) == before
    assert everything(ready[1]) == before == everything(ready[0])
    assert min(before[name].rows for name in ("tap", "hole", "conflict", "quarantine", "unit", "rule_set")) > 0
    assert told[-1] == (2 * sum(contents.rows for contents in before.values()),) * 2


def test_new_rows_get_numbers_above_and_taps_go_on(ready):
    transfer.transfer(*ready)
    engine = open_store(ready[1])
    registry.add_unit(engine, "after", NAMES, "unit")
    registry.add_point(engine, "corner", "after", NAMES, "Europe/Helsinki")
    registry.add_kiosk(engine, "corner-1", "corner", NOW_MS - 1000)
    ingest = Ingest(engine, lambda: NOW_MS)
    ingest.take([taps(12, [4], held=9), taps(1, [3], kiosk="corner-1"), ("hymio/1/lobby-1/taps", b"nonsense")])
    ingest.take([taps(9, [1] * 3, held=9)])  # sent again
    assert verify(engine).differences == []
    with engine.connect() as connection:
        assert connection.execute(text("SELECT mark FROM journal_mark WHERE kiosk = 'corner-1'")).scalar() == 1
        assert connection.execute(text("SELECT mark FROM journal_mark WHERE journal = '9f3c1a22' "
                                       "AND kiosk = 'lobby-1'")).scalar() == 12  # fmt: skip
        assert connection.execute(text("SELECT count(*) FROM quarantine")).scalar() == 2
    engine.dispose()


def test_one_that_was_cut_short_leaves_nothing_and_is_begun_again(ready, monkeypatch):
    monkeypatch.setattr(transfer, "PAGE", 2)
    before = everything(ready[0])
    for cut_at in (1, 9, 2 * sum(contents.rows for contents in before.values()) - 1):

        def cut(done, of, cut_at=cut_at):
            if done >= cut_at:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            transfer.transfer(*ready, cut)
        engine = open_store(ready[1])
        with engine.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM tap")).scalar() == 0
        engine.dispose()
    assert transfer.transfer(*ready) == before


def test_a_store_that_is_not_empty_is_refused(ready):
    engine = open_store(ready[1])
    migration.upgrade(engine)
    registry.add_unit(engine, "mine", NAMES, None)
    engine.dispose()
    with pytest.raises(TransferError, match="its table unit has rows"):
        transfer.transfer(*ready)


def test_rules_that_somebody_changed_in_the_new_store_are_not_lost(ready):
    engine = open_store(ready[1])
    migration.upgrade(engine)
    with store.writing(engine) as connection:
        connection.execute(text("UPDATE rule_set SET note = 'mine'"))
    engine.dispose()
    with pytest.raises(TransferError, match="its table rule_set has rows"):
        transfer.transfer(*ready)


@pytest.mark.parametrize("which", [0, 1])
def test_nobody_else_may_have_either_open(ready, which, monkeypatch):
    monkeypatch.setattr(store, "BUSY_TIMEOUT_MS", 100)
    engine = open_store(ready[which])
    migration.upgrade(engine)
    with engine.connect() as connection:
        connection.execute(text("SELECT count(*) FROM tap")).scalar()
    with pytest.raises(StoreError, match="somebody else has"):
        transfer.transfer(*ready)
    engine.dispose()


def test_nobody_gets_in_while_it_runs(ready, monkeypatch):
    monkeypatch.setattr(store, "BUSY_TIMEOUT_MS", 100)
    entered = []

    def come(done, _of):
        if entered:
            return
        engine = open_store(ready[0])
        try:
            with store.writing(engine) as connection:
                connection.exec_driver_sql("DELETE FROM hole")
            entered.append("in")
        except Exception as fault:
            entered.append(type(fault).__name__)
        engine.dispose()

    def in_another_thread(done, of):
        comer = threading.Thread(target=come, args=(done, of))
        comer.start()
        comer.join()

    before = everything(ready[0])
    transfer.transfer(*ready, in_another_thread)
    assert entered == ["OperationalError"]
    assert everything(ready[0]) == before == everything(ready[1])


def test_the_same_store_and_one_that_is_not_there_are_refused(tmp_path):
    here = furnish(f"sqlite:///{tmp_path / 'here.sqlite'}")
    with pytest.raises(TransferError, match="the new store is the old one"):
        transfer.transfer(here, here)
    with pytest.raises(TransferError, match="there is no store"):
        transfer.transfer(f"sqlite:///{tmp_path / 'nowhere.sqlite'}", here)
    assert not (tmp_path / "nowhere.sqlite").exists()


def test_what_the_new_database_cannot_hold_is_named_and_nothing_is_kept(tmp_path, server):
    here = furnish(f"sqlite:///{tmp_path / 'here.sqlite'}")
    engine = open_store(here)
    with store.writing(engine) as connection:  # SQLite does not mind
        connection.execute(text("UPDATE unit SET name_fi = :name"), {"name": "x" * 200})
    engine.dispose()
    there = Postgresql(server)
    url = there.empty()
    with pytest.raises(TransferError, match="the table unit cannot be copied: value too long"):
        transfer.transfer(here, url)
    there.drop(url)


def test_no_password_is_in_an_error(tmp_path):
    here = furnish(f"sqlite:///{tmp_path / 'here.sqlite'}")
    with pytest.raises(Exception) as error:
        transfer.transfer(here, "postgresql://someone:hidden@127.0.0.1:1/nowhere")
    assert "hidden" not in repr(error.value) + str(error.value)
