"""What looks after the store waits for a collector that decides taps of the same journal, and then sees what it did."""

import pytest

from collector.care import rebuild, sealing
from collector.care.verification import verify
from collector.days.coarse import DAY_MS
from collector.intake.ingest import Ingest
from tests.collector.site import NOW_MS, Site, birth, furnish, taps
from tests.collector.stores import Postgresql
from tests.collector.two_at_once import at_once

LATER_MS = NOW_MS + 93 * DAY_MS


@pytest.fixture
def site(server):
    """With a counted tap that is 93 days old, and a kiosk that is heard of today."""
    stores = Postgresql(server)
    site = Site(stores, furnish(stores.empty()))
    site.take(birth(), taps(1, [4]))
    site.now_ms = LATER_MS
    yield site
    site.close()


def press(site, seq, second):
    """A delivery of a tap so many seconds after today's beginning."""
    return taps(seq, [(4, second * 1000, 0)], held=seq, boot=2, utc_ms=LATER_MS)


@pytest.mark.parametrize("care", ["sealing", "rebuild"])
def test_a_tap_that_is_stored_meanwhile_still_opens_its_response_interval(site, care):
    def store_one(engine):
        return Ingest(engine, lambda: LATER_MS + 60_000).take([press(site, 2, 10)])

    def look_after(engine):
        if care == "sealing":
            return sealing.coarsen(engine, LATER_MS - DAY_MS, lambda _seconds: True).taps
        return rebuild.rebuild(engine).taps

    _, looked_at = at_once(site.url, store_one, look_after)
    assert looked_at == {"sealing": 1, "rebuild": 2}[care]
    site.now_ms += 60_000
    site.take(press(site, 3, 13), press(site, 4, 16))
    assert site.rows("SELECT seq, verdict FROM tap ORDER BY seq") == [(1, 0), (2, 0), (3, 1), (4, 0)]
    assert verify(site.engine).differences == []
