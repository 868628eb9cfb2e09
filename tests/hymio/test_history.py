"""The demo's history: messages that the wire accepts, plausible days, and the collector's own ingest."""

from collections import Counter
from datetime import datetime

from sqlalchemy import func, select

from collector.database import migration
from collector.database.store import open_store
from collector.database.tables import quarantine, tap
from collector.intake.ingest import Ingest
from hymio.demo import history, places
from wire import codec

NOW = round(datetime(2026, 5, 20, 14, 30, tzinfo=history.ZONE).timestamp() * 1000)


def test_every_message_is_one_the_wire_accepts():
    for place in places.PLACES:
        for address, payload, count in history.messages(place, NOW, 1):
            message = codec.decode(address.rsplit("/", 1)[1], payload)
            assert len(message.taps) == count


def test_the_same_seed_makes_the_same_history():
    place = places.PLACES[0]
    assert list(history.messages(place, NOW, 7)) == list(history.messages(place, NOW, 7))


def test_an_office_is_closed_on_sundays_and_nothing_lies_in_the_future():
    for place in places.PLACES:
        pressed = [at for at, _ in history.presses(place, NOW, history.random.Random(1))]
        days = Counter(datetime.fromtimestamp(at / 1000, history.ZONE).weekday() for at in pressed)
        assert max(pressed) < NOW
        assert days[6] == 0
        assert (days[5] > 0) == place.weekend


def test_the_history_is_stored_through_the_ingest_of_live_taps(tmp_path):
    engine = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    migration.upgrade(engine)
    places.register(engine, NOW - 61 * 86_400_000)
    steps = []
    taps = history.write(Ingest(engine, lambda: NOW), NOW, lambda done, whole: steps.append((done, whole)))
    with engine.connect() as connection:
        stored = connection.execute(select(func.count()).select_from(tap)).scalar()
        refused = connection.execute(select(func.count()).select_from(quarantine)).scalar()
    assert stored == taps > 3000
    assert refused == 0
    assert steps[-1][0] == steps[-1][1]
    engine.dispose()
