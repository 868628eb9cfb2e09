"""A clock that cannot be right dates nobody's taps, and teaches no kiosk the time."""

import pytest

from collector.connection.frames import BrokerAddress
from collector.connection.subscriber import Subscriber
from collector.intake.clock import Clock, ClockError
from collector.intake.ingest import Ingest
from tests.collector.broker_client import Client
from tests.collector.site import NOW_MS, acks, birth, highest, taps
from tests.waiting import wait_until

MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS


class Shown:
    """A computer's clock, and one that nobody sets."""

    def __init__(self, site, patience_s=3600):
        self.ms, self.elapsed_s = NOW_MS, 0.0
        self.clock = Clock(site.engine, lambda: self.ms, lambda: self.elapsed_s, patience_s)
        self.ingest = Ingest(site.engine, self.clock.now_ms)


@pytest.fixture
def shown(site):
    """That of a collector that starts; the one before it heard of a kiosk at NOW_MS."""
    site.take(birth())
    return Shown(site)


def test_a_clock_that_goes_on_from_what_the_store_knows_is_believed(shown):
    assert shown.clock.now_ms() == NOW_MS
    shown.ms += 400 * DAY_MS
    assert shown.clock.now_ms() == shown.ms


def test_computers_clocks_may_differ_a_little_and_be_put_right(shown):
    shown.ms -= 10 * MINUTE_MS
    assert shown.clock.now_ms() == shown.ms


def test_a_collector_that_starts_three_weeks_behind_takes_nothing_until_its_clock_is_set(site, shown):
    shown.ms -= 21 * DAY_MS
    with pytest.raises(ClockError, match=r"shows 2026-08-31 14:13 UTC, but it was 2026-09-21 14:13 UTC already"):
        shown.ingest.take([taps(1, [4])])
    assert site.value("SELECT count(*) FROM tap") == 0
    shown.ms = NOW_MS + 60_000
    shown.ingest.take([taps(1, [4])])
    assert site.rows("SELECT utc_ms, estimated FROM tap") == [(NOW_MS + 6000, False)]


def test_a_clock_that_is_set_back_while_the_collector_runs_is_noticed_as_well(shown):
    shown.ms += DAY_MS
    shown.clock.now_ms()
    shown.ms = NOW_MS
    with pytest.raises(ClockError):
        shown.clock.now_ms()


@pytest.mark.parametrize("ms", [0, 1_500_000_000_000, 4_200_000_000_000_000])
def test_a_time_that_cannot_be_told_to_a_kiosk_is_never_believed(shown, ms):
    shown.ms = ms
    for _ in range(2):
        with pytest.raises(ClockError, match="cannot be right"):
            shown.ingest.take([birth()])
        shown.elapsed_s += 1e9


def test_where_it_was_the_store_that_was_ahead_the_clock_is_believed_in_the_end_and_at_the_next_start(site, shown):
    shown.ms -= DAY_MS
    with pytest.raises(ClockError):
        shown.clock.now_ms()
    shown.elapsed_s += 3599
    with pytest.raises(ClockError):
        shown.clock.now_ms()
    shown.elapsed_s += 1
    assert shown.clock.now_ms() == shown.ms
    again = Shown(site)
    again.ms = shown.ms
    assert again.clock.now_ms() == shown.ms


def test_patience_begins_anew_where_the_clock_was_right_in_between(shown):
    for _ in range(2):
        shown.ms = NOW_MS - DAY_MS
        with pytest.raises(ClockError):
            shown.clock.now_ms()
        shown.elapsed_s += 3000
        shown.ms = NOW_MS
        shown.clock.now_ms()


def test_a_kiosk_is_answered_once_the_clock_is_right_and_the_reason_is_told_meanwhile(site, shown, broker):
    shown.ms -= 21 * DAY_MS
    subscriber = Subscriber(shown.ingest, BrokerAddress("127.0.0.1", broker.port, "collector-1", "x"))
    subscriber.start()
    kiosk = Client(broker.port, "lobby-1")
    try:
        kiosk.subscribe("hymio/1/lobby-1/+")
        wait_until(lambda: subscriber.connected)
        kiosk.publish(*taps(1, [4]))
        wait_until(lambda: subscriber.trouble)
        assert subscriber.trouble.startswith("this computer's clock shows 2026-08-31")
        assert acks(kiosk) == []
        shown.ms = NOW_MS + 60_000
        wait_until(lambda: highest(kiosk) == 1)
        assert site.rows("SELECT utc_ms, estimated FROM tap") == [(NOW_MS + 6000, False)]
        assert subscriber.trouble is None
    finally:
        subscriber.stop()
        kiosk.close()
