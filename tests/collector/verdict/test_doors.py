"""Whether a service point is known to be shut at a time, with the grace that the rules give."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.database.store import reading
from collector.database.tables import UNDATED
from collector.verdict.doors import Doors, DoorsKept
from collector.verdict.hours import tell_day, tell_week
from collector.verdict.rules import change
from collector.verdict.timetable import Timetable
from collector.verdict.week import read
from tests.collector.site import NOW_MS

HELSINKI = ZoneInfo("Europe/Helsinki")
MINUTE_MS = 60_000
GRACE_MS = 30 * MINUTE_MS
POINT = 1


def ms(text):
    return round(datetime.fromisoformat(text).replace(tzinfo=HELSINKI).timestamp() * 1000)


def shut(site, at, width_ms=0, grace_ms=GRACE_MS, kept=None):
    with reading(site.engine) as connection:
        doors = (kept or DoorsKept()).today(connection)
        return doors.are_shut(connection, POINT, ms(at), width_ms, grace_ms)


@pytest.fixture
def hours(site):
    tell_week(site.engine, "door", "mon-fri 8-16", date(2026, 1, 1), None, "", NOW_MS)
    return site


@pytest.mark.parametrize(
    ("at", "answer"),
    [
        ("2026-11-25 07:29:59.999", True),
        ("2026-11-25 07:30", False),
        ("2026-11-25 16:29:59.999", False),
        ("2026-11-25 16:30", True),
        ("2026-11-28 12:00", True),  # a Saturday
        ("2026-12-24 12:00", True),  # Christmas Eve
        ("2025-12-31 03:00", False),  # before hours were told of
        ("2026-01-01 00:10", False),  # the day before may have been open until midnight
        ("2026-01-01 00:30", True),  # New Year's Day
    ],
)
def test_a_time_is_shut_beyond_the_grace_and_where_hours_were_told(hours, at, answer):
    assert shut(hours, at) is answer


def test_a_span_that_touches_an_opening_is_not_known_to_be_shut(hours):
    assert shut(hours, "2026-11-25 06:00", 89 * MINUTE_MS)
    assert not shut(hours, "2026-11-25 06:30", 60 * MINUTE_MS)
    assert not shut(hours, "2026-11-25 16:29", 60 * MINUTE_MS)
    assert shut(hours, "2026-11-25 16:30", 60 * MINUTE_MS)


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_the_day_on_which_the_clock_is_put_is_open_when_the_wall_says_so(site, day):
    tell_week(site.engine, "door", "sun 10-14", date(2026, 1, 1), None, "", NOW_MS)
    assert [shut(site, f"{day} {at}") for at in ("09:29", "09:30", "14:29", "14:30")] == [True, False, False, True]


def test_what_is_told_later_holds_from_the_next_transaction_on(hours):
    kept = DoorsKept()
    assert shut(hours, "2026-11-28 12:00", kept=kept)
    tell_day(hours.engine, "door", date(2026, 11, 28), "10-14", "open doors", NOW_MS)
    assert not shut(hours, "2026-11-28 12:00", kept=kept)
    with reading(hours.engine) as connection:
        assert kept.of(connection, 2).are_shut(connection, POINT, ms("2026-11-28 12:00"), 0, GRACE_MS)


def test_every_day_has_the_rules_that_hold_on_it(site):
    change(site.engine, {"interval_ms": 8000}, date(2026, 12, 1), "a slow door", NOW_MS)
    with reading(site.engine) as connection:
        doors = DoorsKept().today(connection)
    days = (None, UNDATED, date(2026, 11, 30), date(2026, 12, 1))
    assert [doors.rules(day).interval_ms for day in days] == [5000, 5000, 5000, 8000]


WEEK = read("mon-thu 8-11,12-16; fri 22-3; sat 0-24; holiday 10-12")
FROM_MS, TO_MS = ms("2026-03-20 00:00"), ms("2026-11-05 00:00")


class Hours(Doors):
    """Without a store."""

    def __init__(self, timetable):
        super().__init__(1, [], frozenset((POINT,)))
        self._timetables[POINT] = timetable


@given(
    st.integers(FROM_MS, TO_MS), st.integers(0, 60).map(lambda m: m * MINUTE_MS), st.sampled_from((0, 5, 30, 300, 1440))
)
def test_shut_is_what_no_opening_comes_near_to(at_ms, width_ms, grace_min):
    from collector.verdict.hours import Told

    grace_ms = grace_min * MINUTE_MS
    timetable = Timetable([Told(1, POINT, date(2026, 1, 1), None, False, WEEK, "", 0)], "Europe/Helsinki")
    near = timetable.openings(at_ms - grace_ms, at_ms + width_ms + grace_ms + 1)
    assert Hours(timetable).are_shut(None, POINT, at_ms, width_ms, grace_ms) is (near == [])
