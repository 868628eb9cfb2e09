"""A week as somebody says it, and the exact times that it is on a day."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.verdict.week import DAYS, Opening, Week, WeekError, merged, openings, read, read_spans, write

HELSINKI = ZoneInfo("Europe/Helsinki")
HOUR_MS = 3_600_000
FORWARD, BACK = date(2026, 3, 29), date(2026, 10, 25)  # in Finland, at 3 and at 4 on the wall


def hours(said, day):
    """Lengths of the openings, in hours."""
    return [(until - opens) / HOUR_MS for opens, until in openings(read_spans(said), day, HELSINKI)]


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("mon-fri 8-16; sat 10-14", "mon-fri 08:00-16:00; sat 10:00-14:00"),
        ("Mon,Wed,Fri 8.15-11,12-16", "mon 08:15-11:00,12:00-16:00; wed 08:15-11:00,12:00-16:00; "
                                      "fri 08:15-11:00,12:00-16:00"),
        ("fri-sat 22-4:30;holiday 10-12;", "fri-sat 22:00-04:30; holiday 10:00-12:00"),
        ("mon-sun 0-24; holiday usual", "mon-sun 00:00-24:00; holiday usual"),
        ("mon-fri 8-16; holiday closed", "mon-fri 08:00-16:00"),
        ("closed", "closed"),
    ],
)  # fmt: skip
def test_a_week_is_stored_in_one_way_of_writing_it(said, stored):
    assert write(read(said)) == stored
    assert read(stored) == read(said)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("", "says no day"),
        ("mon-fri", "must be like 8-16"),
        ("fri-mon 8-16", "no days in their order"),
        ("maanantai 8-16", "is no day"),
        ("mon 8-16; mon-tue 9-10", "says mon twice"),
        ("mon 8-25", "no time on a clock"),
        ("mon 8:75-9", "no time on a clock"),
        ("mon 8-8", "begins and ends at once"),
        ("mon 8-12,11-14", "overlap"),
        ("mon 8-12,22-10", "more than a whole day"),
        ("mon usual", "must be like 8-16"),
    ],
)
def test_what_is_no_week_is_refused_with_what_would_be_right(said, why):
    with pytest.raises(WeekError, match=why):
        read(said)


def spans():
    edges = st.lists(st.integers(0, 1440), min_size=2, max_size=6, unique=True).map(sorted)
    return edges.map(lambda e: tuple(zip(e[0::2], e[1::2], strict=False)))


@given(st.builds(Week, st.tuples(*[spans()] * len(DAYS)), st.none() | spans()))
def test_any_week_is_read_as_it_was_written(week):
    assert read(write(week)) == week


def test_a_whole_day_is_as_long_as_the_day_is():
    assert hours("0-24", FORWARD) == [23] and hours("0-24", BACK) == [25] and hours("0-24", date(2026, 7, 1)) == [24]


def test_hours_that_the_clock_is_put_over_are_as_long_as_they_were():
    assert hours("1-8", FORWARD) == [6] and hours("1-8", BACK) == [8]
    assert hours("8-16", FORWARD) == hours("8-16", BACK) == [8]


def test_an_hour_that_the_wall_shows_twice_is_open_both_times():
    assert hours("2-3:30", BACK) == [2.5]


def test_a_night_across_a_change_of_the_clock_is_shorter_or_longer():
    assert hours("22-6", date(2026, 3, 28)) == [7] and hours("22-6", date(2026, 10, 24)) == [9]


@given(spans(), st.dates(date(2020, 1, 1), date(2060, 1, 1)))
def test_an_opening_begins_and_ends_at_what_the_wall_shows(said, day):
    """But for hours that no wall shows, where the clock is put forward."""
    for (opens, closes), opening in zip(said, openings(said, day, HELSINKI), strict=True):
        assert opening.until_utc_ms >= opening.from_utc_ms
        walls = [datetime.fromtimestamp(ms / 1000, HELSINKI) for ms in opening]
        shown = [wall.hour * 60 + wall.minute for wall in walls]
        skipped = {minute for minute in (opens, closes) if 180 <= minute < 240}
        assert shown == [opens, closes % 1440] or skipped


def test_openings_that_touch_are_one():
    assert merged([Opening(5, 9), Opening(1, 3), Opening(3, 4), Opening(8, 12)]) == [Opening(1, 4), Opening(5, 12)]
