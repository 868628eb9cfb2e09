"""A new version is put in place of an old one: kiosks keep what is pressed meanwhile, and the store loses nothing."""

import contextlib
import sqlite3

from collector.database.migration import newest
from tests.collector.old_store import age
from tests.system.site import Site
from tests.waiting import wait_until


def test_taps_pressed_while_hymio_is_replaced_arrive_in_the_store_that_the_new_version_migrates(tmp_path):
    site = Site(tmp_path, broker="embedded")
    kiosk = site.kiosks["kiosk-1"]
    try:
        site.start()
        kiosk.press(4)
        wait_until(lambda: site.total() == 1)
        assert site.service.interrupt() == 0
        age(f"sqlite:///{site.database}", f"sqlite:///{tmp_path / 'old.sqlite'}", "0003")
        site.database.unlink()
        (tmp_path / "old.sqlite").rename(site.database)
        assert site.query("SELECT version_num FROM alembic_version") == [("0003",)]
        for face in (3, 2, 1):
            kiosk.press(face)
            assert kiosk.wait_thanked(5 - face)
        site.start_service()
        wait_until(lambda: site.total() == 4, 60)
        assert site.faces("kiosk-1") == [4, 3, 2, 1]
        assert site.query("SELECT version_num FROM alembic_version") == [(newest(),)]
        assert "every sum agrees" in site.hymio("verify")
    finally:
        site.stop()


def test_an_older_version_says_that_the_store_is_a_newer_ones(tmp_path):
    site = Site(tmp_path, broker="embedded")
    with contextlib.closing(sqlite3.connect(site.database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    site.service.start()
    assert site.service.process.wait(30) == 2
    said = site.service.log.read_text().strip().splitlines()
    assert len(said) == 1 and "a newer one has migrated it" in said[0] and "restore a backup" in said[0]
