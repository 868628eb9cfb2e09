"""The store knows when it was last copied, and each collector tells it to a monitoring system."""

import re

from sqlalchemy import text

from collector.care import backup, latest
from collector.database.store import open_store, reading
from collector.intake.metrics import Metrics
from collector.running.figures import StoreFigures
from tests.collector.site import NOW_MS


def told(engine):
    with reading(engine) as connection:
        return latest.told(connection)


def figure(engine):
    metrics = Metrics()
    metrics.registry.register(StoreFigures(engine, lambda: NOW_MS))
    found = re.search(r"^hymio_last_backup_timestamp_seconds (\S+)$", metrics.text().decode(), re.M)
    return float(found[1])


def test_the_last_backup_is_told_by_its_time_and_a_restored_store_knows_of_the_one_before(site, stores, tmp_path):
    assert told(site.engine) is None and figure(site.engine) == 0
    first = backup.back_up(site.engine, tmp_path / "first", NOW_MS)
    latest.note(site.engine, first, drilled=False)
    second = backup.back_up(site.engine, tmp_path / "second", NOW_MS + 5000)
    latest.note(site.engine, second, drilled=True)
    assert told(site.engine) == (NOW_MS + 5000, second.size, True)
    assert figure(site.engine) == NOW_MS / 1000 + 5
    url = stores.empty()
    backup.restore(tmp_path / "second", url)
    engine = open_store(url)
    assert told(engine) == (NOW_MS, first.size, False)
    engine.dispose()


def test_a_store_that_has_no_place_for_it_is_left_as_it_is(site, tmp_path):
    proof = backup.back_up(site.engine, tmp_path / "copy", NOW_MS)
    with site.engine.begin() as connection:
        connection.execute(text("DROP TABLE last_backup"))
    latest.note(site.engine, proof, drilled=True)
