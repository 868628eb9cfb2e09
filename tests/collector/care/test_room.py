"""Nothing is begun that would fill a disk: for the copy where it goes to, for the drill where that is restored."""

import pytest
from sqlalchemy import make_url, text

from collector.care import backup, room
from collector.care.backup import BackupError
from collector.care.proof import Proof
from collector.database import store
from collector.database.store import open_store
from tests import postgresql, small_disk
from tests.collector.site import NOW_MS, birth, furnish, taps

MIB = 1 << 20


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
