"""The whole path over a broker that somebody else runs and that BROKER names: EMQX, HiveMQ, RabbitMQ, VerneMQ, …

``BROKER=host:port``, and BROKER_ACCOUNTS a file of three lines NAME:SECRET: two kiosks, and a collector.
"""

import os
from pathlib import Path

import httpx
import pytest

from tests.system.site import LOOPBACK, Another, Site
from tests.waiting import wait_until

BROKER, ACCOUNTS = os.environ.get("BROKER"), os.environ.get("BROKER_ACCOUNTS")

pytestmark = pytest.mark.skipif(not (BROKER and ACCOUNTS), reason="no BROKER and BROKER_ACCOUNTS: it is run by hand")


@pytest.fixture
def site(tmp_path):
    host, _, port = BROKER.rpartition(":")
    lines = Path(ACCOUNTS).read_text().split()
    *kiosks, collector = [(name, secret) for name, _, secret in (line.partition(":") for line in lines)]
    site = Site(tmp_path, [name for name, _ in kiosks], Another(host, int(port), kiosks, collector))
    yield site
    site.stop()


def test_taps_arrive_once_whoever_is_there_first_and_whoever_is_killed(site):
    one, other = site.kiosks.values()

    def ready():
        return httpx.get(f"http://{LOOPBACK}:{site.http_port}/readyz").status_code == 200

    def online(kiosk):
        return site.query("select online from kiosk_state where kiosk = ?", kiosk.name) == [(1,)]

    def press(kiosk, *faces):
        for face in faces:
            before = kiosk.thanked
            kiosk.press(face)
            assert kiosk.wait_thanked(before + 1)

    one.start()
    press(one, 4, 3)  # nobody hears it yet
    site.start_service()
    wait_until(ready)
    other.start()
    wait_until(lambda: online(other))
    press(other, 1, 2, 3)
    wait_until(lambda: site.stored() == 5, 120)

    site.service.kill()
    press(one, 1, 2)
    site.start_service()
    wait_until(ready)
    other.kill()
    wait_until(lambda: not online(other))  # by its Will
    other.start()
    wait_until(lambda: online(other))
    press(other, 4)
    wait_until(lambda: site.stored() == 8, 120)

    assert (site.faces(one.name), site.faces(other.name)) == ([4, 3, 1, 2], [1, 2, 3, 4])
    assert site.total() == 8
    assert [site.query(f"select count(*) from {table}") for table in ("hole", "conflict", "quarantine")] == [[(0,)]] * 3
    assert "every sum agrees" in site.hymio("verify")
