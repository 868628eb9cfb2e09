"""A disk that is full: nothing is acked, the trouble is said, and everything goes on by itself once there is room."""

import contextlib
import subprocess

import pytest

from collector.frames import BrokerAddress
from collector.ingest import Ingest
from collector.service import utc_now_ms
from collector.subscriber import Subscriber
from collector.verification import verify
from tests.collector.broker_client import Client
from tests.collector.mosquitto import Mosquitto
from tests.collector.site import Site, furnish, taps
from tests.collector.stores import Sqlite
from tests.collector.test_subscriber import highest, wait_until
from tests.interpreters import missing_part

DISK_MB = 8


@pytest.fixture
def disk(tmp_path):
    """A folder on a small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "hymio-test", str(folder)]
    if subprocess.run(mount, capture_output=True).returncode:
        missing_part("no small disk: only root may mount one")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def site(disk):
    stores = Sqlite(disk)
    site = Site(stores, furnish(stores.empty()))
    yield site
    site.close()


@pytest.fixture
def broker(tmp_path):
    broker = Mosquitto(tmp_path)
    broker.start()
    yield broker
    broker.kill()


def fill(disk):
    filler = disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as out:
        while True:
            out.write(bytes(1024))
    return filler


def test_a_full_disk_holds_taps_up_and_loses_none(site, disk, broker):
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
            seq += 1
            assert seq < 5000, "the disk is not full"
            kiosk.publish(*taps(seq, [1 + seq % 4]))
        assert "full" in subscriber.trouble
        for more in range(seq + 1, seq + 10):
            kiosk.publish(*taps(more, [1 + more % 4]))
        assert subscriber.trouble and highest(kiosk) < seq
        filler.unlink()
        wait_until(lambda: highest(kiosk) == seq + 9)
        assert subscriber.trouble is None and subscriber.alive
    finally:
        kiosk.close()
        subscriber.stop()
    assert verify(site.engine).differences == []
    assert site.value("SELECT count(*) FROM tap") == seq + 9
