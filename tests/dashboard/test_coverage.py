"""Coverage: how much of the opening hours a kiosk ran, to the quarter; a gap is a gap on every page and in the API."""

import json
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, update

from collector.database.tables import kiosk_state
from collector.kiosks.alive import QUARTER_MS
from collector.verdict.week import Opening
from dashboard.coverage import HOUR_MS, Cover, Life
from dashboard.reports import Reports
from dashboard.roll_call import KEPT_MS, read
from dashboard.rows import Why
from dashboard.words import Words
from tests.dashboard.places import NOW_MS, TODAY, utc_ms
from tests.dashboard.test_pages import text_of

DAY = timedelta(days=1)
MONDAY = date(2026, 3, 16)
MINUTE_MS = 60_000
OFFICE = "mon-fri 8-16; sat 10-14"


def roll(places, slug="dental", first=MONDAY, last=TODAY, now_ms=NOW_MS):
    with places.engine.connect() as connection:
        return read(connection, slug, first, last, now_ms)


def chair(places, day=MONDAY, now_ms=NOW_MS):
    return roll(places, first=day, last=day, now_ms=now_ms).points[places.points["chair"]]


# the arithmetic

slots = st.sets(st.integers(0, 40))
times = st.integers(0, 40 * 15)  # in minutes


@given(slots, times, times)
def test_time_within_is_counted_to_the_minute(alive, a, b):
    first_day = date(2026, 3, 1)
    begins_ms = utc_ms(2026, 3, 1)
    life = Life(first_day, sum(1 << slot for slot in alive))
    minutes = [minute for minute in range(a, b) if minute // 15 in alive]
    assert life.within(begins_ms + a * MINUTE_MS, begins_ms + b * MINUTE_MS) == len(minutes) * MINUTE_MS


@given(slots, times, times)
def test_stretches_follow_one_another_and_say_which_were_covered(alive, a, b):
    begins_ms = utc_ms(2026, 3, 1)
    life = Life(date(2026, 3, 1), sum(1 << slot for slot in alive))
    opening = Opening(begins_ms + a * MINUTE_MS, begins_ms + b * MINUTE_MS)
    told = list(life.stretches(opening))
    assert [one[0] for one in told[1:]] == [one[1] for one in told[:-1]]
    assert sum(end - begin for begin, end, _ in told) == max(0, opening.until_utc_ms - opening.from_utc_ms)
    assert sum(end - begin for begin, end, is_alive in told if is_alive) == life.within(*opening)
    assert all(one[2] is not other[2] for one, other in pairwise(told))


# a service point's days


def test_a_kiosk_that_ran_all_the_time_covers_all_the_opening_hours(places):
    places.hours("chair", OFFICE)
    day = chair(places).day(MONDAY)
    assert (day.told, day.closed, day.cover) == (True, False, Cover(8 * HOUR_MS, 8 * HOUR_MS))
    assert day.cover.share == 1


def test_hours_in_which_it_was_off_are_taken_away_and_named(places):
    places.hours("chair", OFFICE)
    places.was_off("chair-1", utc_ms(2026, 3, 16, 8), utc_ms(2026, 3, 16, 10, 30))  # 10.00 to 12.30 on the wall
    point = chair(places)
    assert point.day(MONDAY).cover == Cover(8 * HOUR_MS, int(5.5 * HOUR_MS))
    assert [(hour.hour, hour.cover.off_ms / HOUR_MS) for hour in point.hours(MONDAY)] == [
        (8, 0), (9, 0), (10, 1), (11, 1), (12, 0.5), (13, 0), (14, 0), (15, 0),
    ]  # fmt: skip
    assert [(one.from_h, one.until_h, one.alive) for one in point.stretches(MONDAY)] == [
        (8, 10, True),
        (10, 12.5, False),
        (12.5, 16, True),
    ]


def test_nights_and_closed_days_need_no_kiosk(places):
    places.hours("chair", OFFICE)
    places.was_off("chair-1", utc_ms(2026, 3, 13, 14), utc_ms(2026, 3, 14, 8))  # Friday evening to Saturday's opening
    places.was_off("chair-1", utc_ms(2026, 3, 14, 12), utc_ms(2026, 3, 16, 6))
    for day in (date(2026, 3, 13), date(2026, 3, 14), MONDAY):
        assert chair(places, day).day(day).cover.share == 1
    sunday = chair(places, date(2026, 3, 15)).day(date(2026, 3, 15))
    assert (sunday.closed, sunday.cover, sunday.cover.share) == (True, Cover(), None)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (MONDAY, 24)])
def test_days_on_which_the_clock_is_put_forward_or_back_are_exact(places, day, hours):
    places.hours("chair", "mon-sun 0-24; holiday usual")
    noon_ms = utc_ms(day.year, day.month, day.day, 12)
    places.ran("chair-1", noon_ms - 30 * HOUR_MS, noon_ms + 30 * HOUR_MS)
    later_ms = noon_ms + 48 * HOUR_MS
    point = chair(places, day, later_ms)
    assert point.day(day).cover == Cover(hours * HOUR_MS, hours * HOUR_MS)
    told = point.hours(day)
    assert len(told) == hours and sum(hour.cover.open_ms for hour in told) == hours * HOUR_MS
    assert [hour.hour for hour in told].count(3) == {23: 0, 24: 1, 25: 2}[hours]


def test_an_opening_past_midnight_counts_on_both_days(places):
    places.hours("chair", "mon 22-2")
    places.was_off("chair-1", utc_ms(2026, 3, 16, 22), utc_ms(2026, 3, 17, 0))  # midnight to two on the wall
    told = roll(places).points[places.points["chair"]]
    assert told.day(MONDAY).cover == Cover(2 * HOUR_MS, 2 * HOUR_MS)
    assert told.day(MONDAY + DAY).cover == Cover(2 * HOUR_MS, 0)


def test_only_time_with_a_kiosk_in_place_counts_and_any_kiosk_there_covers_it(places):
    places.hours("chair", OFFICE)
    moved_ms = utc_ms(2026, 3, 16, 10)  # noon
    places.kiosk("spare-1", "chair", moved_ms)
    with places.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE placement SET to_utc_ms = ? WHERE kiosk = 'chair-1'", (moved_ms,))
    assert chair(places).day(MONDAY).cover == Cover(8 * HOUR_MS, 8 * HOUR_MS)
    places.was_off("spare-1", moved_ms, utc_ms(2026, 3, 16, 12))
    assert chair(places).day(MONDAY).cover == Cover(8 * HOUR_MS, 6 * HOUR_MS)
    places.place("lab-1", "chair", moved_ms)
    assert chair(places).day(MONDAY).cover.share == 1
    assert chair(places, date(2026, 2, 20)).day(date(2026, 2, 20)) is None


def test_of_today_only_full_quarters_count_and_an_online_kiosk_is_not_off_before_its_next_health(places):
    places.hours("chair", OFFICE)
    places.was_off("chair-1", utc_ms(2026, 3, 18, 9, 45), NOW_MS + HOUR_MS)  # nothing came since, and it is 12.07
    open_ms = 4 * HOUR_MS
    assert chair(places, TODAY).day(TODAY).cover == Cover(open_ms, open_ms - QUARTER_MS)  # 11.45 to 12.00
    with places.engine.begin() as connection:
        heard = {"last_seen_utc_ms": utc_ms(2026, 3, 18, 9, 59)}
        connection.execute(update(kiosk_state).where(kiosk_state.c.kiosk == "chair-1").values(**heard))
    assert chair(places, TODAY).day(TODAY).cover == Cover(open_ms, open_ms)
    places.ran("chair-1", utc_ms(2026, 3, 18, 9, 45), utc_ms(2026, 3, 18, 9, 59))
    late_ms = NOW_MS + HOUR_MS  # silent for too long: nobody knows that it runs
    assert chair(places, TODAY, late_ms).day(TODAY).cover == Cover(5 * HOUR_MS, open_ms)


def test_where_no_hours_were_told_there_is_no_coverage_and_the_whole_day_is_told(places):
    places.was_off("chair-1", utc_ms(2026, 3, 16, 0), utc_ms(2026, 3, 16, 6))
    day = chair(places).day(MONDAY)
    assert (day.told, day.cover) == (False, Cover(24 * HOUR_MS, 18 * HOUR_MS))
    of_unit = roll(places).day(MONDAY)
    assert (of_unit.told.share, of_unit.untold.alive_ms) == (None, 18 * HOUR_MS)


def test_the_ends_of_the_calendar_do_no_harm(places):
    for first, last in ((date.min, date(1, 2, 1)), (date(9999, 12, 1), date.max), (date.min, date.max)):
        assert not any(cover.told for cover in [roll(places, first=first, last=last).day(first)] if cover.told.open_ms)


# pages and API


@pytest.fixture
def told(places):
    """The dental chair's hours are known; on Monday its kiosk was off, on Tuesday it was for two hours."""
    places.hours("chair", OFFICE)
    places.was_off("chair-1", utc_ms(2026, 3, 16, 5), utc_ms(2026, 3, 16, 15))
    places.was_off("chair-1", utc_ms(2026, 3, 17, 8), utc_ms(2026, 3, 17, 10))
    places.day("chair", TODAY - DAY, (0, 1, 2, 3))
    return places


def test_a_day_on_which_the_kiosk_was_off_is_a_gap_and_no_zero(told, clock, demo):
    rows = {row.day: row.gap for row in Reports(told.engine, demo=True, now_ms=clock).unit("dental", 7).days}
    assert rows[MONDAY] is Why.OFF
    assert rows[date(2026, 3, 15)] is Why.CLOSED
    assert [rows[TODAY], rows[TODAY - DAY], rows[date(2026, 3, 13)]] == [None] * 3
    html = demo.get("/units/dental?days=7&lang=en").text
    assert html.count('class="gap off"') == html.count('class="gap closed"') == 1
    listed = demo.get(f"/api/v1/units/dental/days?from={MONDAY}&to={TODAY}").json()
    assert [day["day"] for day in listed] == ["2026-03-17", "2026-03-18"]


def test_taps_of_a_day_on_which_nothing_is_known_of_the_kiosk_are_shown_all_the_same(told, clock):
    told.day("chair", MONDAY, (0, 0, 0, 1))
    rows = {row.day: row for row in Reports(told.engine, demo=True, now_ms=clock).unit("dental", 7).days}
    assert rows[MONDAY].gap is None and rows[MONDAY].cover.told.share == 0


@pytest.mark.parametrize(
    ("language", "parts"),
    [
        ("fi", ("Pois päältä 2 h (auki 8 h)", "Kattavuus 75 %", "kioski pois päältä", "suljettu")),
        ("sv", ("Kiosken avstängd 2 av 8 öppettimmar", "Täckning 75 %", "kiosken avstängd", "stängt")),
        ("en", ("Kiosk off for 2 of 8 opening hours", "Coverage 75%", "kiosk off", "closed")),
    ],
)
def test_coverage_stands_beside_the_figures_in_every_language(told, demo, language, parts):
    html = demo.get(f"/units/dental?days=7&lang={language}").text
    said = text_of(html)
    assert all(part in said for part in parts), [part for part in parts if part not in said]
    words = Words(language)
    assert {words.hours(ms) for ms in (QUARTER_MS, 10 * HOUR_MS)} == {"0.25" if language == "en" else "0,25", "10"}
    assert words.percent(0.9999).startswith("99")


def test_the_strip_says_its_gaps_to_who_does_not_see_them(told, demo):
    html = demo.get("/units/dental?days=7&lang=en").text
    assert 'aria-label="kiosk off 10:00–12:00"' in html
    assert 'aria-label="kiosk on"' in html


def test_the_overview_tells_the_coverage_of_every_unit_with_all_below_it(told, demo):
    told.hours("desk", OFFICE)
    reports = Reports(told.engine, demo=True, now_ms=lambda: NOW_MS)
    covers = {row.unit.slug: row.cover.told for row in reports.overview()}
    assert covers["county"] == covers["health"] + covers["library"] and covers["health"] == covers["dental"]
    assert covers["library"].share == 1
    assert covers["dental"].off_ms == 10 * HOUR_MS
    assert "Coverage" in demo.get("/?lang=en").text


def test_the_api_tells_days_and_hours(told, demo):
    answer = demo.get(f"/api/v1/units/health/coverage?from={MONDAY}&to={TODAY - DAY}").json()
    days = {(day["service_point"], day["day"]): day for day in answer}
    tuesday = days["chair", "2026-03-17"]
    assert (tuesday["open_minutes"], tuesday["alive_minutes"], tuesday["coverage"]) == (480, 360, 0.75)
    assert tuesday["hours"][2] == {"begins": "2026-03-17T08:00:00.000Z", "hour": 10, "open_minutes": 60,
                                   "alive_minutes": 0}  # fmt: skip
    untold = days["lobby", "2026-03-17"]
    assert (untold["hours_told"], untold["coverage"], untold["alive_minutes"]) == (False, None, 1440)
    assert demo.get("/api/v1/units/health/coverage?from=2026-01-01&to=2026-12-31").status_code == 422
    assert demo.get("/api/v1/units/nowhere/coverage?from=2026-03-01&to=2026-03-02").status_code == 404
    assert json.dumps(answer)


def test_however_many_look_coverage_is_read_once_a_minute(told, clock):
    reports, asked = Reports(told.engine, demo=False, now_ms=clock), []

    @event.listens_for(told.engine, "before_cursor_execute")
    def note(_connection, _cursor, statement, *_):
        asked.append("alive_day" in statement)

    for _ in range(20):
        reports.unit("dental", 7)
    assert sum(asked) == 1
    clock.ms += KEPT_MS
    reports.unit("dental", 7)
    assert sum(asked) == 2
    clock.ms += 1
    reports.unit("dental", 7)
    assert sum(asked) == 2
