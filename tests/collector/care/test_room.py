"""Nothing is begun that would fill a disk: neither a copy, nor a drill, nor a restore, nor a move."""

import pytest
from sqlalchemy import inspect, make_url, text

from collector.care import backup, room, transfer
from collector.care import proof as proofs
from collector.care.backup import BackupError
from collector.care.proof import Proof
from collector.care.transfer import TransferError
from collector.database import store
from collector.database.store import open_store
from tests import postgresql, small_disk
from tests.collector import working_process
from tests.collector.site import NOW_MS, birth, furnish, on_sqlite, taps
from tests.collector.working_process import at_work

MIB = 1 << 20

_MANY = """
    INSERT INTO quarantine (received_utc_ms, topic, reason, field, detail, size, payload)
    SELECT i, 't', 'r', 'f', 'd', 1792, decode(repeat(md5(i::text), 112), 'hex') FROM generate_series(1, 20000) AS i
"""


@pytest.fixture
def disk():
    with small_disk.mounted(320) as folder:
        yield folder


@pytest.fixture
def lived(site):
    site.take(birth(), taps(1, [4, 3, 2, 1]))
    return site


def size_of(engine):
    with store.reading(engine) as connection:
        return store.size(connection)


def test_a_copy_that_would_leave_too_little_room_is_not_begun(lived, disk):
    filler = small_disk.leave(disk, room.LEAST_BYTES + size_of(lived.engine) - MIB // 16)
    with pytest.raises(
        BackupError, match=rf"{disk} has \d+ MiB free; the copy takes \d+ MiB .* Move older backups away"
    ):
        backup.back_up(lived.engine, disk / "copy", NOW_MS)
    assert list(disk.iterdir()) == [filler]
    filler.unlink()
    small_disk.leave(disk, room.LEAST_BYTES + size_of(lived.engine) + MIB)
    assert backup.back_up(lived.engine, disk / "copy", NOW_MS).store_size >= size_of(lived.engine)


def test_a_disk_that_gets_full_while_a_copy_is_made_is_named_and_keeps_nothing_of_it(tmp_path, disk, monkeypatch):
    monkeypatch.setattr(backup, "_PAGES", 1)
    engine = open_store(furnish(f"sqlite:///{tmp_path / 'store.sqlite'}"))
    fillers = []

    def fill(_share):
        if not fillers:
            fillers.append(small_disk.leave(disk, 1 << 16))

    with pytest.raises(BackupError, match=f"the store could not be copied to {disk}: .*full"):
        backup.back_up(engine, disk / "copy", NOW_MS, fill)
    engine.dispose()
    assert list(disk.iterdir()) == fillers


def test_a_later_dump_wants_about_the_room_of_the_earlier_one(server, disk):
    engine = open_store(furnish(server.url(server.fresh())))
    first = backup.back_up(engine, disk / "first", NOW_MS)
    assert first.size < first.store_size / 10, "it was compressed, and has no indexes"
    small_disk.leave(disk, room.LEAST_BYTES + first.store_size // 2)
    assert backup.back_up(engine, disk / "second", NOW_MS + 1).rows == first.rows
    for copy in ("first", "second"):
        backup.proof_of(disk / copy).unlink()
    with pytest.raises(BackupError, match="the copy takes"):
        backup.back_up(engine, disk / "third", NOW_MS + 2)
    engine.dispose()


def test_a_dump_is_taken_for_no_more_than_its_whole_store():
    def earlier(size, store_size):
        return Proof(NOW_MS, "postgresql", None, {"tap": 0}, size, "", store_size)

    assert room.of_dump(1000, []) == 1000
    assert room.of_dump(1000, [earlier(7, 0)]) == 1000, "an earlier version did not say how large the store was"
    assert room.of_dump(1000, [earlier(90, 100), earlier(10, 100)]) == 125, "the newest one tells"
    assert room.of_dump(1000, [earlier(90, 100)]) == 1000


def test_a_drill_on_sqlite_that_would_fill_the_disk_of_the_copies_is_not_begun(site, disk):
    if site.engine.dialect.name != "sqlite":
        return  # there the drill is on the server
    backup.back_up(site.engine, disk / "copy", NOW_MS)
    before = sorted(disk.iterdir())
    filler = small_disk.leave(disk, room.LEAST_BYTES)
    with pytest.raises(BackupError, match=r"the drill that restores it \(`--no-drill` leaves that out\) takes \d MiB"):
        backup.drill(disk / "copy", site.url)
    assert sorted(disk.iterdir()) == sorted([*before, filler])


def test_a_drill_that_would_fill_the_disk_of_the_server_is_not_begun(disk, tmp_path):
    """Where the server is on this computer and tells where its files lie; else nobody can look."""
    with postgresql.serving(disk) as server:
        url = furnish(server.url(server.fresh()))
        engine = open_store(url)
        backup.back_up(engine, tmp_path / "copy", NOW_MS)
        with engine.begin() as connection:
            connection.execute(text("CREATE ROLE untold LOGIN CREATEDB"))
            connection.execute(text("GRANT pg_read_all_data TO untold"))
        untold = make_url(url).set(username="untold").render_as_string(hide_password=False)
        folder = next(disk.glob("*/data"))
        small_disk.leave(disk, room.LEAST_BYTES + MIB)
        with pytest.raises(
            BackupError, match=f"{folder} has 25[67] MiB free; the drill .* leaves 256 MiB.* Make room there"
        ):
            backup.drill(tmp_path / "copy", url)
        assert backup.drill(tmp_path / "copy", untold).rows["tap"] == 0
        with engine.begin() as connection:
            connection.execute(text("GRANT pg_read_all_settings TO untold"))
        with pytest.raises(BackupError, match="MiB free; the drill"):
            backup.drill(tmp_path / "copy", untold)
        with engine.connect() as connection:
            names = connection.execute(text("SELECT datname FROM pg_database")).scalars().all()
        assert not [name for name in names if name.startswith("hymio_drill_")]
        engine.dispose()


def test_a_restore_that_would_fill_the_disk_of_the_store_is_refused_and_changes_nothing(tmp_path, disk):
    with on_sqlite(tmp_path) as lived:
        lived.take(birth(), taps(1, [4, 3, 2, 1]))
        proof = backup.back_up(lived.engine, tmp_path / "copy", NOW_MS)
    store_there = f"sqlite:///{disk / 'deeper' / 'hymio.sqlite'}"
    filler = small_disk.leave(disk, room.LEAST_BYTES + proof.size - MIB // 16)
    with pytest.raises(
        BackupError,
        match=rf"^{disk} has \d+ MiB free; the restored store takes \d+ MiB and leaves 256 MiB, .*"
        r"Nothing was changed. Move older stores and backups from there .* the setting `database`",
    ):
        backup.restore(tmp_path / "copy", store_there)
    assert list(disk.iterdir()) == [filler]
    filler.unlink()
    filler = small_disk.leave(disk, room.LEAST_BYTES + proof.size + MIB)
    assert backup.restore(tmp_path / "copy", store_there) == proof
    assert [path.name for path in (disk / "deeper").iterdir()] == ["hymio.sqlite"]


def test_a_disk_that_gets_full_while_a_store_is_restored_there_keeps_nothing_of_it(tmp_path, disk):
    """Somebody else takes the room: what is copied is read again only once all of it is there."""
    with on_sqlite(tmp_path) as lived:
        lived.take(birth(), taps(1, [4, 3, 2, 1]))
        proof = backup.back_up(lived.engine, tmp_path / "copy", NOW_MS)
    small_disk.leave(disk, room.LEAST_BYTES + proof.size + MIB)
    taken = disk / "taken"
    with at_work(
        working_process.restore, tmp_path / "copy", f"sqlite:///{disk / 'hymio.sqlite'}", "mkdir", taken
    ) as said:
        assert said == f"the backup could not be copied to {disk}: No space left on device; nothing of it was kept"
    assert sorted(path.name for path in disk.iterdir()) == ["filler", "taken"]


def test_a_restore_that_would_fill_the_disk_of_the_server_is_refused_and_changes_nothing(disk, tmp_path):
    with postgresql.serving(disk) as server:
        engine = open_store(furnish(server.url(server.fresh())))
        proof = backup.back_up(engine, tmp_path / "copy", NOW_MS)
        engine.dispose()
        empty = server.url(server.fresh())
        filler = small_disk.leave(disk, room.LEAST_BYTES + proof.store_size)  # its log keeps as much again
        with pytest.raises(
            BackupError,
            match=r"MiB free; the restored store takes .* Nothing was changed. Make room there, or restore on",
        ):
            backup.restore(tmp_path / "copy", empty)
        engine = open_store(empty)
        with engine.connect() as connection:
            assert inspect(connection).get_table_names() == []
        engine.dispose()
        filler.unlink()
        small_disk.leave(disk, room.LEAST_BYTES + 2 * proof.store_size + MIB)
        assert backup.restore(tmp_path / "copy", empty) == proof


def test_a_server_that_stops_on_a_full_disk_in_the_middle_of_a_restore_loses_no_store_and_keeps_nothing(disk, tmp_path):
    """Of a server that does not tell where its files lie nobody knows before that they have no room."""
    with postgresql.serving(disk, max_wal_size="32MB", min_wal_size="32MB", wal_recycle="off") as server:
        url = furnish(server.url(server.fresh()))
        engine = open_store(url)
        with engine.begin() as connection:
            connection.execute(text(_MANY))
            connection.execute(text("CREATE ROLE untold LOGIN"))
        proof = backup.back_up(engine, tmp_path / "copy", NOW_MS)
        name = server.fresh()
        untold = make_url(server.url(name)).set(username="untold").render_as_string(hide_password=False)
        hand_over = text(f"ALTER DATABASE {name} OWNER TO untold")
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(hand_over)
            connection.execute(text("CHECKPOINT"))
        filler = small_disk.leave(disk, proof.store_size // 2)
        with pytest.raises(BackupError, match=f"Nothing of it was kept. Drop the database {name} and make it anew"):
            backup.restore(tmp_path / "copy", untold)
        filler.unlink()
        server.start()  # returns when it answers again
        assert proofs.difference(engine, proof) is None
        in_it = open_store(untold)
        with in_it.connect() as connection:
            assert inspect(connection).get_table_names() == []
        in_it.dispose()
        server.drop(name)
        server.create(name)
        with engine.begin() as connection:
            connection.execute(hand_over)
        engine.dispose()
        assert backup.restore(tmp_path / "copy", untold) == proof


def test_a_move_that_would_fill_the_disk_of_the_new_store_is_not_begun(tmp_path, disk):
    source = furnish(f"sqlite:///{tmp_path / 'old.sqlite'}")
    size = (tmp_path / "old.sqlite").stat().st_size
    filler = small_disk.leave(disk, room.LEAST_BYTES + 2 * size - MIB // 16)
    target = f"sqlite:///{disk / 'deeper' / 'hymio.sqlite'}"
    with pytest.raises(TransferError, match=rf"^{disk} has \d+ MiB free; the new store takes .* Nothing was changed"):
        transfer.transfer(source, target)
    assert list(disk.iterdir()) == [filler]
    filler.unlink()
    small_disk.leave(disk, room.LEAST_BYTES + 2 * size + MIB)
    assert transfer.transfer(source, target)["kiosk"].rows == 3


def test_a_move_that_would_fill_the_disk_of_the_server_is_not_begun(tmp_path, disk):
    source = furnish(f"sqlite:///{tmp_path / 'old.sqlite'}")
    with postgresql.serving(disk) as server:
        url = server.url(server.fresh())
        small_disk.leave(disk, room.LEAST_BYTES)
        with pytest.raises(TransferError, match=r"/data has \d+ MiB free; the new store takes .* Nothing was changed"):
            transfer.transfer(source, url)
        engine = open_store(url)
        with engine.connect() as connection:
            assert inspect(connection).get_table_names() == []
        engine.dispose()
