"""Several collectors as an administrator starts them: `hymio serve` and a further `hymio collect`."""

import re
import time

import httpx
import pytest

from collector.care.verification import verify
from tests.collector.site import heard, taps
from tests.hymio.running_mosquitto import Running
from tests.system.site import HYMIO, LOOPBACK, Process, answers, clean_environment, free_port
from tests.waiting import wait_until

TOKEN = "only-for-this-test"
RESENT_S = 1.0
ROUNDS = 30


@pytest.fixture
def broker(postgresql_site, tmp_path):
    broker = Running(postgresql_site, tmp_path / "mosquitto", collectors=2, plain=True)
    yield broker
    broker.kill()


def collector(number, command, site, broker, folder):
    """As the units start it: the settings that `hymio broker config` wrote, and a port of its own."""
    lines = (broker.folder / f"collector-{number}.env").read_text().splitlines()
    written = dict(line.split("=", 1) for line in lines)
    port = free_port()
    own = {"database": site.url, "http_port": port, "metrics_token": TOKEN, "update_key": folder / "update.key"}
    running = Process([*HYMIO, command], folder / f"collector-{number}.log", {**clean_environment(**own), **written})
    running.start()
    return running, f"http://{LOOPBACK}:{port}"


def stored_by(address):
    answer = httpx.get(address + "/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200, answer.text
    return float(re.search(r"^hymio_taps_stored_total (\S+)$", answer.text, re.M)[1])


class Kiosk:
    """Sends one tap after the other, again until the stored ack is there."""

    def __init__(self, broker, name):
        self.name, self.acked = name, 0
        self._client = broker.client(name)
        self._client.subscribe(f"hymio/1/{name}/ack")

    def tap(self, seq):
        delivery = taps(seq, [1 + seq % 4], kiosk=self.name, acked=self.acked)
        end = time.monotonic() + 30
        while self.acked < seq:
            assert time.monotonic() < end, f"no stored ack for {seq} of {self.name}"
            self._client.say(*delivery)
            again = time.monotonic() + RESENT_S
            while self.acked < seq and time.monotonic() < again:
                while self._client.heard:
                    self.acked = max(self.acked, heard(self._client.heard.pop(0))[1].seq)
                time.sleep(0.005)

    def close(self):
        self._client.close()


def test_two_collectors_divide_the_taps_and_one_may_be_killed(postgresql_site, broker, tmp_path):
    site = postgresql_site
    first, one = collector(1, "serve", site, broker, tmp_path)
    second, other = collector(2, "collect", site, broker, tmp_path)
    kiosks = []
    try:
        for address in (one, other):
            wait_until(lambda address=address: answers(address + "/readyz"), timeout_s=60)
        assert httpx.get(other + "/").status_code == 404
        assert httpx.get(other + "/metrics").status_code == 401
        assert httpx.get(other + "/metrics", headers={"authorization": "Bearer no"}).status_code == 401
        kiosks = [Kiosk(broker, name) for name in ("lobby-1", "lobby-2")]
        for seq in range(1, ROUNDS + 1):
            for kiosk in kiosks:
                kiosk.tap(seq)
        shares = [stored_by(one), stored_by(other)]
        assert sum(shares) == 2 * ROUNDS and min(shares) > ROUNDS / 4, shares
        second.kill()
        for seq in range(ROUNDS + 1, 2 * ROUNDS + 1):
            for kiosk in kiosks:
                kiosk.tap(seq)
    finally:
        for kiosk in kiosks:
            kiosk.close()
        first.interrupt()
        second.kill()
    assert verify(site.engine).differences == []
    assert site.value("SELECT count(*) FROM tap") == 4 * ROUNDS


def test_a_further_collector_without_a_shared_broker_says_what_is_missing(tmp_path):
    own = {
        "database": f"sqlite:///{tmp_path / 'hymio.sqlite'}",
        "http_port": free_port(),
        "update_key": tmp_path / "update.key",
    }
    further = Process([*HYMIO, "collect"], tmp_path / "log", clean_environment(**own))
    further.start()
    assert further.process.wait(60) == 2
    assert "broker_share" in further.log.read_text()


def test_a_further_collector_on_sqlite_is_refused_and_makes_no_store(tmp_path):
    own = {
        "database": f"sqlite:///{tmp_path / 'hymio.sqlite'}",
        "http_port": free_port(),
        "update_key": tmp_path / "update.key",
        "broker_host": LOOPBACK,
        "broker_password": "only-for-this-test",
        "broker_share": "hymio",
    }
    further = Process([*HYMIO, "collect"], tmp_path / "log", clean_environment(**own))
    further.start()
    assert further.process.wait(60) == 2
    said = further.log.read_text().strip().splitlines()
    assert len(said) == 1 and "a further collector needs PostgreSQL" in said[0]
    assert not (tmp_path / "hymio.sqlite").exists()
