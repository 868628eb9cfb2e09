"""Orders are looked for again and again; trouble in it is told once."""

import logging
import time

from collector.database import migration
from collector.database.store import open_store
from collector.running.dispatch import Dispatch


def test_a_database_that_is_away_for_long_is_told_once_and_so_is_its_coming_back(tmp_path, caplog):
    caplog.set_level(logging.INFO, "hymio.collector")
    engine = open_store(f"sqlite:///{tmp_path}/not-there-yet.db")
    looked = []
    dispatch = Dispatch(engine, looked.append, lambda: looked.append("asked") or True, lambda: 0)
    dispatch.start()
    _wait_until(lambda: len(looked) == 3)
    migration.upgrade(engine)
    _wait_until(lambda: [] in looked)
    dispatch.stop()
    engine.dispose()
    assert [record.getMessage() for record in caplog.records if "orders" in record.getMessage()] == [
        "orders to kiosks cannot be read; tried again until they can: OperationalError",
        "orders to kiosks can be read again",
    ]


def _wait_until(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)
