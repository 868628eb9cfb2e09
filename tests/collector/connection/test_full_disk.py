"""A disk that is full: nothing is acked, the trouble is said, and everything goes on by itself once there is room."""

import contextlib
import time

import pytest

from collector.care.verification import verify
from collector.connection.frames import BrokerAddress
from collector.connection.subscriber import Subscriber
from collector.intake.ingest import Ingest
from collector.running.service import utc_now_ms
from tests import postgresql, small_disk
from tests.collector.broker_client import Client
from tests.collector.site import Site, furnish, highest, taps
from tests.collector.stores import Postgresql, Sqlite
from tests.waiting import wait_until

AGAIN_S = 0.5
DISK_MB = {"sqlite": 8, "postgresql": 128}


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request):
    return request.param


@pytest.fixture
def disk(kind):
    """A folder on a small disk of its own, which PostgreSQL's account may reach."""
    with small_disk.mounted(DISK_MB[kind]) as folder:
        yield folder


@pytest.fixture
def stores(disk, kind):
    if kind == "sqlite":
        yield Sqlite(disk), None
    else:
        with postgresql.serving(disk) as server:
            yield Postgresql(server), server


@pytest.fixture
def site(stores):
    site = Site(stores[0], furnish(stores[0].empty()))
    yield site
    site.close()


def fill(disk):
    filler = disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as out:
        while True:
            out.write(bytes(1024))
    return filler


class SendsAgain:
    """As a kiosk would: what comes after the stored ack, at once when that moves and after AGAIN_S when it does not."""

    def __init__(self, kiosk, end):
        self._kiosk, self._end = kiosk, end
        self._sent, self._at_s = -1, 0.0

    def look(self):
        mark = highest(self._kiosk)
        del self._kiosk.heard[:-1]  # or each look would read all of them
        if mark < self._end and (mark > self._sent or time.monotonic() > self._at_s + AGAIN_S):
            self._sent, self._at_s = mark, time.monotonic()
            seqs = range(mark + 1, min(self._end, mark + 60) + 1)
            self._kiosk.publish(*taps(mark + 1, [1 + seq % 4 for seq in seqs]))
        return mark == self._end


def test_a_full_disk_holds_taps_up_and_loses_none(site, stores, disk, broker):
    server = stores[1]
    subscriber = Subscriber(
        Ingest(site.engine, utc_now_ms), BrokerAddress("127.0.0.1", broker.port, "collector-1", "x")
    )
    subscriber.start()
    kiosk = Client(broker.port, "lobby-1")
    kiosk.subscribe("hymio/1/lobby-1/ack")
    try:
        wait_until(lambda: subscriber.connected)
        kiosk.publish(*taps(1, [4]))
        wait_until(lambda: highest(kiosk) == 1)
        filler = fill(disk)
        seq = 1
        while not subscriber.trouble:
            assert seq < 300_000, "the disk is not full"
            kiosk.publish(*taps(seq + 1, [1 + n % 4 for n in range(seq + 1, seq + 61)]))
            seq += 60
        said = subscriber.trouble
        assert "full" in said or "No space left" in said, said
        for first in range(seq + 1, seq + 10):
            kiosk.publish(*taps(first, [1 + first % 4]))
        assert subscriber.trouble and highest(kiosk) < seq
        filler.unlink()
        if server is not None:
            server.start()  # as whoever supervises it does, where a log that found no room ended it
        end = seq + 9

        again = SendsAgain(kiosk, end)
        wait_until(again.look, timeout_s=300)
        assert subscriber.trouble is None and subscriber.alive
    finally:
        kiosk.close()
        subscriber.stop()
    assert verify(site.engine).differences == []
    assert site.value("SELECT count(*) FROM tap") == end
    assert site.value("SELECT count(*) FROM conflict") == 0
