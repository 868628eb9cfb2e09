"""What is shown of a real database."""

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from collector.database.tables import kiosk_state
from dashboard.reports import Reports, UnknownUnit
from dashboard.statistics import Change
from tests.dashboard.places import BORN_MS, NOW_MS, TODAY, utc_ms

DAY = timedelta(days=1)


@pytest.fixture
def reports(places, clock) -> Reports:
    return Reports(places.engine, demo=True, now_ms=clock)


def test_a_unit_is_summed_with_all_below_it(places, reports):
    places.day("lobby", TODAY, (1, 0, 0, 2))
    places.day("chair", TODAY, (0, 1, 0, 0))
    places.day("desk", TODAY, (0, 0, 5, 0))
    faces = {row.unit.slug: row.today.faces for row in reports.overview()}
    assert faces == {"county": (1, 1, 5, 2), "health": (1, 1, 0, 2), "dental": (0, 1, 0, 0), "library": (0, 0, 5, 0)}


def test_the_overview_lists_parents_before_their_children(reports):
    assert [(row.unit.slug, row.depth) for row in reports.overview()] == [
        ("county", 0),
        ("health", 1),
        ("dental", 2),
        ("library", 1),
    ]


def test_a_unit_that_was_made_its_own_ancestor_by_hand_still_ends(places, reports):
    from sqlalchemy import text

    with places.engine.begin() as connection:
        connection.execute(
            text("UPDATE unit SET parent_id = (SELECT id FROM unit WHERE slug = 'dental') WHERE slug = 'health'")
        )
    places.day("lobby", TODAY, (0, 0, 0, 3))
    assert reports.days("dental", TODAY, TODAY)[0].tally.taps == 3
    assert reports.unit("dental", 7).today.tally.taps == 3


def test_the_last_seven_days_end_today_and_the_seven_before_do_not_overlap(places, reports):
    places.day("desk", TODAY - 6 * DAY, (0, 0, 0, 100))
    places.day("desk", TODAY - 7 * DAY, (100, 0, 0, 0))
    places.day("desk", TODAY - 14 * DAY, (0, 0, 0, 900))
    row = next(row for row in reports.overview() if row.unit.slug == "library")
    assert (row.week.faces, row.change) == ((0, 0, 0, 100), Change.UP)
    assert reports.unit("library", 30).change is Change.UP


def test_a_day_with_a_kiosk_and_no_taps_is_shown_and_a_day_without_a_kiosk_is_a_gap(places, reports):
    report = reports.unit("library", 30)
    placed = [row.day for row in report.days if row.placed]
    assert placed[0] == date(2026, 3, 1)
    assert placed[-1] == TODAY
    assert len(report.days) == 30
    assert all(row.figures.index is None for row in report.days)


def test_a_kiosk_taken_away_leaves_a_gap_until_it_comes_back(places, clock, reports):
    places.unit("annex")
    places.point("door", "annex")
    places.kiosk("door-1", "door", utc_ms(2026, 3, 2, 10), utc_ms(2026, 3, 4, 10))
    places.place("door-1", "door", utc_ms(2026, 3, 7, 10))
    days = [row.day.day for row in reports.days("annex", date(2026, 3, 1), date(2026, 3, 9))]
    assert days == [2, 3, 4, 7, 8, 9]


def test_a_placement_that_ends_at_midnight_does_not_reach_into_the_next_day(places, reports):
    places.unit("annex")
    places.point("door", "annex")
    # 22:00 UTC is midnight in Helsinki's winter
    places.kiosk("door-1", "door", utc_ms(2026, 3, 2, 10), utc_ms(2026, 3, 3, 22))
    assert [row.day.day for row in reports.days("annex", date(2026, 3, 1), date(2026, 3, 9))] == [2, 3]


def test_no_day_of_the_future_is_listed(reports):
    assert [row.day for row in reports.days("library", TODAY, TODAY + 9 * DAY)] == [TODAY]


def test_the_local_day_is_that_of_the_place(places, clock, reports):
    clock.ms = utc_ms(2026, 3, 18, 22, 30)  # half past midnight in Helsinki
    assert reports.today() == date(2026, 3, 19)


def test_taps_without_a_day_stand_beside_and_are_in_no_figure_of_a_period(places, reports):
    places.day("lobby", TODAY, (0, 0, 0, 4))
    places.undated("lobby", (1, 0, 0, 0))
    report = reports.unit("health", 7)
    assert report.total.faces == report.figures.faces == (0, 0, 0, 4)
    assert report.figures.index == 100
    assert report.undated.faces == (1, 0, 0, 0)
    assert sum(row.tally.taps for row in report.days) == 4
    assert reports.days("health", date(1, 1, 1), date(1, 1, 9)) == []
    assert {point.slug: point.tally.taps for point in report.points} == {"lobby": 4, "lab": 0, "chair": 0}
    overview = next(row for row in reports.overview() if row.unit.slug == "health")
    assert (overview.week.taps, overview.figures.taps, overview.undated.faces) == (4, 4, (1, 0, 0, 0))


def test_taps_set_aside_are_told_by_reason(places, reports):
    places.day("lobby", TODAY, (0, 0, 0, 4), interval=3, test=1)
    today = reports.unit("health", 7).today.tally
    assert (today.set_aside, today.reasons, today.taps) == (4, {"interval": 3, "test": 1}, 4)


def test_all_questions_asked_at_a_place_are_counted(places, reports):
    from sqlalchemy import insert

    from collector.database.tables import tap_day

    places.day("lobby", TODAY, (0, 0, 0, 4))
    with places.engine.begin() as connection:
        row = {"service_point_id": places.points["lobby"], "day": TODAY, "question_id": 5, "face_3": 2}
        connection.execute(insert(tap_day).values(**row))
    assert reports.days("health", TODAY, TODAY)[0].tally.faces == (0, 0, 2, 4)


def test_an_unknown_unit_is_an_error(reports):
    with pytest.raises(UnknownUnit):
        reports.days("nowhere", TODAY, TODAY)


def test_the_pulse_beats_when_a_tap_is_counted(places, reports):
    before = reports.pulse()
    assert reports.pulse() == before
    places.tap("lobby", 4, NOW_MS)
    assert reports.pulse() != before


class TestOutsideTheDemo:
    @pytest.fixture
    def reports(self, places, clock) -> Reports:
        return Reports(places.engine, demo=False, now_ms=clock)

    def taps(self, reports: Reports, unit: str) -> tuple[int, ...]:
        """The same figure by every way to it."""
        report = reports.unit(unit, 7)
        overview = next(row for row in reports.overview() if row.unit.slug == unit)
        day = reports.days(unit, TODAY, TODAY)[0].tally
        seen = {report.today.tally, overview.today, day}
        assert len(seen) == 1
        assert sum(point.tally.taps for point in report.points) == report.total.taps
        return day.faces

    def test_a_single_tap_waits_for_the_quarter_on_every_page(self, places, clock, reports):
        places.day("lobby", TODAY, (0, 0, 0, 20))
        assert self.taps(reports, "health") == (0, 0, 0, 20)
        places.tap("lobby", 1, clock.ms)
        assert self.taps(reports, "health") == self.taps(reports, "county") == (0, 0, 0, 20)
        clock.ms = utc_ms(2026, 3, 18, 10, 15)
        assert self.taps(reports, "health") == self.taps(reports, "county") == (1, 0, 0, 20)

    def test_a_unit_less_its_sub_unit_does_not_give_away_a_tap(self, places, clock, reports):
        places.day("lobby", TODAY, (0, 0, 0, 20))
        self.taps(reports, "health")
        for _ in range(5):
            places.tap("chair", 4, clock.ms)
        places.tap("lobby", 1, clock.ms)
        assert self.taps(reports, "dental") == (0, 0, 0, 5)
        assert self.taps(reports, "health") == (0, 0, 0, 25)

    def test_settled_days_are_shown_as_they_are_stored(self, places, reports):
        earlier = TODAY - 5 * DAY
        places.day("lobby", earlier, (0, 0, 0, 3))
        assert reports.days("health", earlier, earlier)[0].tally.taps == 3

    def test_a_kiosks_state_does_not_tell_when_it_was_pressed(self, places, clock, reports):
        kiosk = next(row for row in reports.kiosks() if row.kiosk == "lobby-1")
        assert kiosk.last_seen_utc_ms == utc_ms(2026, 3, 18, 10, 0)
        places.kiosk("spare-1", "lab", utc_ms(2026, 3, 1))
        with places.engine.begin() as connection:
            connection.execute(update(kiosk_state).values(since_utc_ms=BORN_MS + 60_001))
        assert {row.stand.since_utc_ms for row in reports.kiosks()} == {BORN_MS}
        assert kiosk.mark == 5  # of 7


def test_a_kiosk_that_nobody_heard_for_long_is_late_and_not_online_although_no_will_came(places, clock, reports, demo):
    def stand():
        row = next(row for row in reports.kiosks() if row.kiosk == "lobby-1")
        told = next(kiosk for kiosk in demo.get("/api/v1/kiosks").json() if kiosk["kiosk"] == "lobby-1")
        assert told["online"] is row.online
        point = demo.get("/units/health?days=7&lang=en").text
        assert ('class="state online"' in point) is row.online
        assert told["standing"] == row.stand.standing
        return row.stand

    assert stand() == ("online", BORN_MS)
    heard_ms = NOW_MS - 1000
    clock.ms += 900_000  # three health messages of 300 s
    assert stand() == ("late", heard_ms)
    clock.ms += 2_700_000  # and nine more
    assert stand() == ("offline", heard_ms)


def test_a_kiosk_whose_will_came_is_offline(places, reports):
    places.kiosk("spare-1", "lab", utc_ms(2026, 3, 1), online=False)
    assert next(row for row in reports.kiosks() if row.kiosk == "spare-1").stand == ("offline", BORN_MS)


def test_a_retired_kiosk_is_not_listed(places, reports, demo):
    from collector.registration import retirement

    retirement.retire(places.engine, "lab-1", NOW_MS - 60_000)
    assert [row.kiosk for row in reports.kiosks()] == ["chair-1", "desk-1", "lobby-1"]
    assert "lab-1" not in demo.get("/api/v1/kiosks").text


@pytest.mark.parametrize("length", [7, 30, 90])
def test_the_change_compares_with_the_seven_days_before_and_with_none_earlier(places, reports, length):
    places.day("desk", TODAY, (50, 0, 0, 150))
    places.day("desk", TODAY - 7 * DAY, (50, 0, 0, 150))
    places.day("desk", TODAY - 13 * DAY, (50, 0, 0, 150))
    places.day("desk", TODAY - 14 * DAY, (9_000, 0, 0, 0))
    places.day("desk", TODAY - 29 * DAY, (9_000, 0, 0, 0))
    assert reports.unit("library", length).change not in (Change.UP, Change.DOWN)
