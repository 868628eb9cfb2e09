"""What counts, as rules on single taps."""

import pytest

from collector.policy import RESPONSE_INTERVAL_MS, LastCounted, Verdict, decide, starts_interval
from wire.messages import FLAG_TEST, FLAG_THINNED

LAST = LastCounted(boot=3, uptime_ms=100_000, utc_ms=1_790_000_000_000)


def judged(*, boot=3, after_ms=0, utc_after_ms=None, face=4, flags=0, placed=True, last=LAST):
    utc_ms = None if utc_after_ms is None else LAST.utc_ms + utc_after_ms
    return decide(boot, LAST.uptime_ms + after_ms, utc_ms, face, flags, placed, last)


@pytest.mark.parametrize(
    ("after_ms", "verdict"),
    [(0, Verdict.INTERVAL), (RESPONSE_INTERVAL_MS - 1, Verdict.INTERVAL), (RESPONSE_INTERVAL_MS, Verdict.COUNTED)],
)
def test_within_a_boot_the_uptime_decides(after_ms, verdict):
    assert judged(after_ms=after_ms) == verdict
    assert judged(after_ms=after_ms, utc_after_ms=10**6) == verdict


@pytest.mark.parametrize(
    ("utc_after_ms", "verdict"),
    [(4999, Verdict.INTERVAL), (5000, Verdict.COUNTED), (-1, Verdict.COUNTED), (None, Verdict.COUNTED)],
)
def test_across_boots_the_time_decides_where_it_is_known(utc_after_ms, verdict):
    assert judged(boot=4, utc_after_ms=utc_after_ms) == verdict


def test_a_thinned_tap_is_exempt_and_starts_no_interval():
    assert judged(flags=FLAG_THINNED) == Verdict.COUNTED
    assert not starts_interval(Verdict.COUNTED, FLAG_THINNED)
    assert starts_interval(Verdict.COUNTED, 0)
    assert not starts_interval(Verdict.INTERVAL, 0)


def test_the_first_reason_that_applies_is_the_one():
    assert judged(flags=FLAG_TEST, placed=False) == Verdict.TEST
    assert judged(placed=False) == Verdict.UNPLACED
    assert judged(face=0, flags=FLAG_TEST) == Verdict.UNREADABLE
    assert judged(last=None) == Verdict.COUNTED
