"""What is left of a time that was given up, and how far a journal may be sealed."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from collector.database.tables import UNDATED
from collector.days.coarse import PAUSE_MS, Spot, border, coarse, is_old
from collector.days.dating import QUARTER_MS, local_day
from collector.verdict.rules import LIMITS

Q = QUARTER_MS
BEGAN_MS = 1_790_000_100_000 - 1_790_000_100_000 % Q  # a quarter
MINUTE_MS = 60_000


def row(utc_ms, uptime_ms, width_ms=0):
    return {"seq": 1, "utc_ms": utc_ms, "uptime_ms": uptime_ms, "width_ms": width_ms}


@given(
    st.one_of(st.none(), st.integers(BEGAN_MS, BEGAN_MS + 4 * Q)),
    st.integers(0, 10 * Q),
    st.integers(0, 3_600_000),
)
def test_a_coarse_time_is_whole_quarters_that_hold_the_exact_one(utc_ms, uptime_ms, width_ms):
    new = coarse(row(utc_ms, uptime_ms, width_ms))
    assert new["width_ms"] % Q == 0 < new["width_ms"]
    assert new["uptime_ms"] <= uptime_ms <= uptime_ms + width_ms <= new["uptime_ms"] + new["width_ms"]
    assert coarse(new) == new
    if utc_ms is not None:
        assert new["utc_ms"] == utc_ms - utc_ms % Q
        assert utc_ms - new["utc_ms"] == uptime_ms - new["uptime_ms"]


@given(st.integers(BEGAN_MS, BEGAN_MS + Q - 1), st.integers(0, 10**9), st.integers(0, 10**9))
def test_two_taps_of_one_boot_and_one_quarter_are_alike_afterwards(utc_ms, boot_began_before_ms, other):
    uptime_ms = boot_began_before_ms + utc_ms - BEGAN_MS
    later_ms = BEGAN_MS + (other % Q)
    one = coarse(row(utc_ms, uptime_ms))
    assert one == coarse(row(later_ms, uptime_ms + later_ms - utc_ms))


@given(st.integers(1_577_836_800_000, 2_500_000_000_000), st.sampled_from(["Europe/Helsinki", "Asia/Kathmandu"]))
def test_the_local_day_stays(utc_ms, timezone):
    new = coarse(row(utc_ms, 0))["utc_ms"]
    assert local_day(timezone, new) == local_day(timezone, utc_ms - utc_ms % Q)


def test_the_policy_looks_back_over_less_than_a_pause():
    assert max(most for _, most in (LIMITS["interval_ms"], LIMITS["burst_pause_ms"])) < PAUSE_MS


def spot(seq, at_ms, *, boot=1, face=4, dated=True, day=None):
    return Spot(seq, boot, at_ms, face, BEGAN_MS + at_ms if dated else None, day)


def sealed_to(spots, before_ms, *, full=False, rest_is_old=False):
    return border(spots, BEGAN_MS + before_ms, full=full, rest_is_old=rest_is_old)


def test_a_tap_is_old_when_its_whole_quarter_is():
    assert is_old(spot(1, Q - 1), BEGAN_MS + Q) is True
    assert is_old(spot(1, 0), BEGAN_MS + Q - 1) is False
    assert is_old(spot(1, 0, dated=False, day=UNDATED), BEGAN_MS + Q) is None
    long_after_ms = 1_790_000_000_000
    assert is_old(spot(1, 0, dated=False, day=date(2026, 9, 17)), long_after_ms) is True
    assert is_old(spot(1, 0, dated=False, day=date(2026, 9, 20)), long_after_ms) is False


def test_the_seal_lies_before_a_pause():
    close = [spot(1, 0), spot(2, 2000), spot(3, 20 * MINUTE_MS), spot(4, 21 * MINUTE_MS), spot(5, 35 * MINUTE_MS)]
    assert sealed_to(close, 30 * MINUTE_MS) == 2
    assert sealed_to(close, 20 * MINUTE_MS) == 2
    assert sealed_to(close, 10 * MINUTE_MS) is None
    assert sealed_to(close, 80 * MINUTE_MS) == 5  # nothing follows
    assert sealed_to(close, 80 * MINUTE_MS, full=True) == 2
    assert sealed_to([], 0) is None


def test_a_page_without_any_pause_is_sealed_as_a_whole():
    busy = [spot(seq, seq * 6000) for seq in range(1, 50)]
    assert sealed_to(busy, 10 * Q, full=True) == 49
    assert sealed_to([*busy, spot(50, 5 * Q)], 4 * Q) == 49
    assert sealed_to([*busy, spot(50, 50 * 6000)], 1, full=True) is None


def test_taps_of_an_unknown_time_are_as_old_as_the_next_that_is_known():
    lost = [spot(1, 0, dated=False), spot(2, 5000, dated=False)]
    known = spot(3, Q, boot=2)
    assert sealed_to([*lost, known], 3 * Q) == 3
    assert sealed_to([*lost, known], Q) is None
    assert sealed_to(lost, 9 * Q) is None
    assert sealed_to(lost, 9 * Q, rest_is_old=True) == 2


def test_what_cannot_be_compared_is_as_good_as_a_pause_but_for_a_guess():
    another_boot = spot(2, 0, boot=2, dated=False)
    young = spot(3, 9 * Q, boot=3)
    assert sealed_to([spot(1, 0), another_boot, young], Q, rest_is_old=False) == 1
    unreadable = spot(2, 5 * Q, face=0, dated=False)
    assert sealed_to([spot(1, 0), unreadable, spot(3, 5000)], 0) is None
    assert sealed_to([spot(1, 0), unreadable, young], Q) is None
