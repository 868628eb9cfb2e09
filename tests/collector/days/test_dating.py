"""Which day a tap belongs to, on the wall of its service point."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from collector.database.tables import UNDATED
from collector.days.dating import NO_QUESTION, QUARTER_MS, Asked, Dated, Placed, Whereabouts
from collector.registration import registry
from tests.collector.site import NOW_MS, taps

HELSINKI = "Europe/Helsinki"
MINUTE_MS = 60_000
DOOR, HALL = 1, 2


def utc_ms(*parts, zone=UTC):
    return round(datetime(*parts, tzinfo=zone).timestamp() * 1000)


def at_the_door(zone=HELSINKI):
    return Whereabouts([Placed(0, None, DOOR, zone)], [])


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 28), 24), ((2026, 3, 29), 23), ((2026, 10, 25), 25)])
def test_a_day_has_as_many_minutes_as_its_clocks_say(day, hours):
    door = at_the_door()
    start = utc_ms(*day) - 12 * 60 * MINUTE_MS
    days = Counter(door.at(start + i * MINUTE_MS).day for i in range(48 * 60))
    assert days[date(*day)] == hours * 60


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25)])
def test_a_press_a_minute_over_a_change_of_clocks_is_stored_on_the_right_days(site, day, hours):
    start = utc_ms(*day, zone=ZoneInfo(HELSINKI)) - 60 * MINUTE_MS
    count = (hours + 2) * 60
    site.now_ms = start + count * MINUTE_MS
    for first in range(1, count + 1, 64):
        presses = [(4, (seq - 1) * MINUTE_MS, 0) for seq in range(first, min(first + 64, count + 1))]
        site.take(taps(first, presses, utc_ms=start))
    before, after = date(*day) - timedelta(days=1), date(*day) + timedelta(days=1)
    expected = [(str(before), 60), (str(date(*day)), hours * 60), (str(after), 60)]
    assert site.rows("SELECT day, face_4 FROM tap_day ORDER BY day") == expected


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Chatham", "America/St_Johns"])
def test_a_zone_of_half_and_quarter_hours_has_its_own_days(zone):
    door = at_the_door(zone)
    for minute in range(0, 3 * 24 * 60, 7):
        at = utc_ms(2026, 4, 4) + minute * MINUTE_MS
        assert door.at(at).day == datetime.fromtimestamp(at / 1000, ZoneInfo(zone)).date()


def test_every_zone_changes_its_day_and_its_offset_with_a_quarter():
    for zone in map(ZoneInfo, sorted(available_timezones())):
        for month in range(1, 13):
            offset = datetime(2026, month, 1, tzinfo=UTC).astimezone(zone).utcoffset()
            assert offset % timedelta(milliseconds=QUARTER_MS) == timedelta(0), zone


def test_an_anchor_dates_the_taps_before_and_after_it(site):
    site.take(taps(1, [(4, 1000, 0), (4, 90_000, 0)], uptime_ms=50_000))
    assert site.rows("SELECT utc_ms, estimated FROM tap") == [(NOW_MS - 49_000, 0), (NOW_MS + 40_000, 0)]


def test_neighbours_on_one_day_give_that_day_as_an_estimate(site):
    bounds = (utc_ms(2026, 5, 3, 4), utc_ms(2026, 5, 3, 20, 59))
    site.take(taps(1, [4], utc_ms=None, bounds=bounds))
    assert site.rows("SELECT utc_ms, estimated, day FROM tap") == [(None, 1, "2026-05-03")]
    assert site.rows("SELECT day, face_4, estimated FROM tap_day") == [("2026-05-03", 1, 1)]
    assert site.rows("SELECT * FROM tap_quarter") == []


@pytest.mark.parametrize(
    "bounds",
    [
        (utc_ms(2026, 5, 3, 4), utc_ms(2026, 5, 3, 21)),
        (utc_ms(2026, 5, 3, 4), None),
        (None, utc_ms(2026, 5, 3, 4)),
        (None, None),
    ],
)
def test_neighbours_that_leave_the_day_open_give_a_place_and_no_day(site, bounds):
    site.take(taps(1, [4], utc_ms=None, bounds=bounds))
    assert site.rows("SELECT day, face_4, estimated FROM tap_day") == [(str(UNDATED), 1, 0)]


@pytest.mark.parametrize(("ahead_ms", "rows"), [
    (600_000, [(NOW_MS + 600_000, 0, "2026-09-21")]),
    (600_001, [(None, 1, "2026-09-21")]),
    (90 * 24 * 60 * MINUTE_MS, [(None, 1, "2026-09-21")]),
])  # fmt: skip
def test_a_time_to_come_is_not_believed_and_the_tap_is_estimated_to_the_day_it_came(site, ahead_ms, rows):
    site.take(taps(1, [(4, 0, 0)], utc_ms=NOW_MS + ahead_ms))
    site.take(taps(1, [(4, ahead_ms, 0)], journal="0000000b"))
    seen = "SELECT utc_ms, estimated, tap.day FROM tap ORDER BY journal_id"
    assert site.rows(seen) == rows * 2
    assert site.rows("SELECT day, face_4 + aside_interval FROM tap_day") == [("2026-09-21", 2)]


def test_taps_of_a_boot_that_believes_in_a_time_to_come_are_not_dated_by_it(site):
    site.take(taps(1, [(4, 0, 0)], uptime_ms=3_600_000, utc_ms=NOW_MS + 3_600_000))
    assert site.rows("SELECT utc_ms, estimated, day FROM tap") == [(None, 1, "2026-09-21")]


def test_a_time_to_come_of_a_kiosk_that_stands_nowhere_places_it_nowhere(site):
    registry.place_kiosk(site.engine, "lobby-1", None, NOW_MS - 1)
    site.take(taps(1, [4], utc_ms=NOW_MS + 10**9))
    assert site.rows("SELECT utc_ms, estimated, day, service_point_id FROM tap") == [(None, 1, "2026-09-21", None)]


def test_a_kiosk_that_was_moved_between_the_neighbours_stood_nobody_knows_where():
    moved = Whereabouts([Placed(0, NOW_MS, DOOR, HELSINKI), Placed(NOW_MS, None, HALL, HELSINKI)], [])
    assert moved.between(NOW_MS - 10, NOW_MS + 10) == Dated(None, False, None, None, NO_QUESTION)
    assert moved.between(NOW_MS - 10, NOW_MS - 5).service_point_id == DOOR


def test_a_placement_and_a_question_begin_and_end_to_the_millisecond():
    there = Whereabouts([Placed(NOW_MS, NOW_MS + 500, DOOR, HELSINKI)], [Asked(NOW_MS + 100, NOW_MS + 200, DOOR, 7)])
    seen = [(there.at(NOW_MS + ms).service_point_id, there.at(NOW_MS + ms).question_id)
            for ms in (-1, 0, 99, 100, 199, 200, 499, 500)]  # fmt: skip
    assert seen == [(None, 0), (1, 0), (1, 0), (1, 7), (1, 7), (1, 0), (1, 0), (None, 0)]
