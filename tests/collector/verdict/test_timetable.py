"""Whether a service point is open at a moment, by what was told of it."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from collector.database.store import reading
from collector.registration.registry import RegistryError
from collector.verdict import hours, rules
from collector.verdict.hours import tell_day, tell_week
from collector.verdict.timetable import timetables
from collector.verdict.week import Opening
from tests.collector.site import NOW_MS

HELSINKI = ZoneInfo("Europe/Helsinki")
HOUR_MS = 3_600_000
JANUARY = date(2026, 1, 1)


def ms(text):
    """The UTC milliseconds of a time on the wall in Helsinki."""
    return round(datetime.fromisoformat(text).replace(tzinfo=HELSINKI).timestamp() * 1000)


def timetable(site, version=None, point="door"):
    with reading(site.engine) as connection:
        id = site.value("SELECT id FROM service_point WHERE slug = :slug", slug=point)
        return timetables(connection, [id], version)[id]


def told(site, said, first=JANUARY, last=None):
    return tell_week(site.engine, "door", said, first, last, "", NOW_MS).version


def test_where_nothing_was_told_nothing_is_known(site):
    told(site, "mon-fri 8-16")
    assert timetable(site, point="hall").is_open(ms("2026-11-25 10:00")) is None
    assert timetable(site).is_open(ms("2025-12-31 10:00")) is None
    assert timetable(site).day(date(2025, 12, 31)) is None


@pytest.mark.parametrize(
    ("at", "answer"),
    [
        ("2026-11-25 07:59:59.999", False),
        ("2026-11-25 08:00", True),
        ("2026-11-25 15:59:59.999", True),
        ("2026-11-25 16:00", False),
        ("2026-11-28 12:00", False),  # a Saturday
        ("2026-12-24 12:00", False),  # Christmas Eve, a Thursday
        ("2026-06-19 12:00", False),  # Midsummer Eve
        ("2026-07-15 12:00", True),  # summer hours
        ("2026-07-15 08:30", False),
        ("2026-08-03 08:30", True),  # and the usual ones after them
        ("2026-12-22 12:00", False),  # exceptionally closed
        ("2026-12-23 08:30", True),  # exceptional, and as usual after all
    ],
)
def test_weeks_holidays_summer_and_exceptional_days_agree_on_a_moment(site, at, answer):
    told(site, "mon-fri 8-16")
    told(site, "mon-fri 9-15", date(2026, 6, 22), date(2026, 8, 2))
    tell_day(site.engine, "door", date(2026, 12, 22), "closed", "moving", NOW_MS)
    tell_day(site.engine, "door", date(2026, 12, 23), "closed", "moving", NOW_MS)
    tell_day(site.engine, "door", date(2026, 12, 23), None, "not moving", NOW_MS)
    assert timetable(site).is_open(ms(at)) is answer


def test_a_later_week_leaves_an_exceptional_day_exceptional(site):
    tell_day(site.engine, "door", date(2026, 11, 25), "10-12", "", NOW_MS)
    told(site, "mon-fri 8-16")
    assert timetable(site).openings(ms("2026-11-25 00:00"), ms("2026-11-26 00:00")) == [
        Opening(ms("2026-11-25 10:00"), ms("2026-11-25 12:00"))
    ]


def test_holidays_may_have_hours_of_their_own_or_be_as_usual(site):
    told(site, "mon-sun 0-24; holiday 10-12")
    assert [timetable(site).is_open(ms(f"2026-12-25 {at}")) for at in ("09:00", "11:00")] == [False, True]
    told(site, "mon-sun 0-24; holiday usual")
    assert timetable(site).is_open(ms("2026-12-25 09:00")) is True


def test_a_night_is_open_on_the_next_day_and_hours_end_with_the_day_they_were_told_of(site):
    told(site, "fri-sat 22-4", last=date(2026, 11, 28))
    assert [timetable(site).is_open(ms(f"2026-11-28 {at}")) for at in ("03:59", "04:00", "21:59", "22:00")] == [
        True, False, False, True,
    ]  # fmt: skip
    assert timetable(site).is_open(ms("2026-11-29 03:00")) is True  # Saturday's night
    assert timetable(site).is_open(ms("2026-11-29 04:00")) is None


def test_openings_of_a_period_are_cut_to_it_and_have_no_overlap(site):
    told(site, "mon-sun 0-24; holiday usual")
    first, last = ms("2026-10-24 12:00"), ms("2026-10-26 12:00")
    assert timetable(site).openings(first, last) == [Opening(first, last)]
    assert last - first == 49 * HOUR_MS


@pytest.mark.parametrize(("day", "long"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 7, 1), 24)])
def test_a_whole_day_is_as_long_as_the_day_is(site, day, long):
    begins, ends = timetable(site).whole_day(day)
    assert ends - begins == long * HOUR_MS


def test_what_held_at_an_earlier_version_can_be_asked_for(site):
    early = told(site, "mon-fri 8-16")
    told(site, "mon-fri 10-12")
    told(site, None)
    at = ms("2026-11-25 09:00")
    assert [timetable(site, version).is_open(at) for version in (early - 1, early, early + 1, None)] == [
        None, True, False, None,
    ]  # fmt: skip


def test_every_telling_has_a_number_of_its_own_and_is_kept(site):
    numbers = [told(site, "closed"), tell_day(site.engine, "hall", JANUARY, "8-9", "open", NOW_MS).version]
    with reading(site.engine) as connection:
        assert rules.newest_version(connection) == numbers[1] == numbers[0] + 1
        assert len(hours.told(connection, [1, 2])) == 2


@pytest.mark.parametrize(
    ("tell", "said"),
    [
        (lambda engine: tell_week(engine, "door", "all day", JANUARY, None, "", NOW_MS), "hours: 'all' is no day"),
        (lambda engine: tell_day(engine, "door", JANUARY, "mon 8-9", "", NOW_MS), "hours: 'mon 8-9' is no opening"),
        (lambda engine: tell_week(engine, "attic", "closed", JANUARY, None, "", NOW_MS), "no service point 'attic'"),
        (lambda engine: tell_week(engine, "door", "closed", JANUARY, date(2025, 1, 1), "", NOW_MS), "until: .* before"),
        (lambda engine: tell_week(engine, "door", "closed", JANUARY, None, "a\nb", NOW_MS), "note: .* on one line"),
    ],
)
def test_what_cannot_be_told_names_the_field_and_what_would_be_right(site, tell, said):
    with pytest.raises(RegistryError, match=said):
        tell(site.engine)
