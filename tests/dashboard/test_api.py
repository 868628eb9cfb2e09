"""The read API as a program meets it."""

from datetime import date

import pytest
from sqlalchemy import update

from collector.database.tables import tap_day
from dashboard.api import SetAside
from dashboard.tally import ASIDE_COLUMNS

DAYS = "/api/v1/units/{}/days?from={}&to={}"


def test_units_are_a_tree_named_in_three_languages(demo):
    units = demo.get("/api/v1/units").json()
    assert units[1] == {
        "slug": "health",
        "name": {"fi": "Terveysasema", "sv": "Hälsostation", "en": "Health centre"},
        "parent": "county",
    }
    assert units[0]["parent"] is None


def test_a_day_has_its_figures_with_their_interval(busy, demo):
    days = demo.get(DAYS.format("health", "2026-03-17", "2026-03-18")).json()
    assert [day["day"] for day in days] == ["2026-03-17", "2026-03-18"]
    today = days[1]
    assert list(today) == [
        "day",
        "faces",
        "set_aside",
        "set_aside_by_reason",
        "taps",
        "index",
        "satisfied",
        "low",
        "high",
    ]
    assert (today["faces"], today["set_aside"], today["taps"]) == ([2, 3, 12, 23], 2, 40)
    assert today["index"] == pytest.approx(80.0)
    assert today["satisfied"] == pytest.approx(0.875)
    assert (today["low"], today["high"]) == pytest.approx((0.7389, 0.9454), abs=0.0001)


def test_a_days_set_aside_taps_are_told_by_reason_and_in_all(busy, demo):
    with busy.engine.begin() as connection:
        of_lobby = tap_day.c.service_point_id == busy.points["lobby"]
        more = {"aside_burst": 3, "aside_closed": tap_day.c.aside_closed + 4}
        connection.execute(update(tap_day).where(of_lobby, tap_day.c.day == date(2026, 3, 17)).values(**more))
    for day in demo.get(DAYS.format("health", "2026-03-16", "2026-03-18")).json():
        assert sum(day["set_aside_by_reason"].values()) == day["set_aside"]
    (day,) = demo.get(DAYS.format("health", "2026-03-17", "2026-03-17")).json()
    assert {"burst": 3, "closed": 4}.items() <= day["set_aside_by_reason"].items()


def test_every_reason_there_is_a_sum_of_is_in_the_api():
    assert tuple(f"aside_{reason}" for reason in SetAside.model_fields) == ASIDE_COLUMNS


def test_a_day_without_taps_has_null_figures(demo):
    (day,) = demo.get(DAYS.format("library", "2026-03-18", "2026-03-18")).json()
    assert (day["faces"], day["taps"]) == ([0, 0, 0, 0], 0)
    assert [day[name] for name in ("index", "satisfied", "low", "high")] == [None] * 4


def test_days_without_a_kiosk_are_not_listed(demo):
    days = demo.get(DAYS.format("library", "2026-02-20", "2026-03-02")).json()
    assert [day["day"] for day in days] == ["2026-03-01", "2026-03-02"]


def test_kiosks_tell_where_they_stand_and_what_is_stored(demo):
    kiosks = {kiosk["kiosk"]: kiosk for kiosk in demo.get("/api/v1/kiosks").json()}
    assert kiosks["chair-1"] == {
        "kiosk": "chair-1",
        "unit": "dental",
        "service_point": "chair",
        "online": True,
        "standing": "online",
        "since": "2026-03-18T06:00:00.000Z",
        "last_seen": "2026-03-18T10:06:59.000Z",
        "stored_through": {"journal": "0000000a", "seq": 7},
        "backlog": 0,
    }


@pytest.mark.parametrize(
    ("first", "last", "field", "said"),
    [
        ("2026-03-18", "2026-03-17", "from", "not be after to"),
        ("2020-01-01", "2026-03-17", "to", "at most 1,100 days"),
        ("2026-02-30", "2026-03-17", "from", "no such day"),
        ("2026-03-01", "20260317", "to", "YYYY-MM-DD"),
        ("1700000000", "2026-03-17", "from", "YYYY-MM-DD"),
        ("2026-03-01", "２０２６-03-17", "to", "YYYY-MM-DD"),
        ("2026-W10-1", "2026-03-17", "from", "YYYY-MM-DD"),
    ],
)
def test_a_wrong_range_is_named_with_what_would_be_right(demo, first, last, field, said):
    answer = demo.get(DAYS.format("health", first, last))
    assert answer.status_code == 422
    (problem,) = answer.json()["detail"]
    assert problem["field"] == field
    assert said in problem["message"]


def test_a_missing_day_is_named(demo):
    answer = demo.get("/api/v1/units/health/days?from=2026-03-01")
    assert answer.status_code == 422
    assert answer.json()["detail"] == [{"field": "to", "message": "to is required"}]


def test_exactly_1100_days_are_answered(demo):
    assert demo.get(DAYS.format("health", "2023-03-15", "2026-03-18")).status_code == 200
    assert demo.get(DAYS.format("health", "2023-03-14", "2026-03-18")).status_code == 422


def test_the_first_and_last_days_of_the_calendar_do_no_harm(busy, demo):
    busy.undated("lobby", (1, 1, 1, 1))
    assert demo.get(DAYS.format("health", "0001-01-01", "0001-02-01")).json() == []
    assert demo.get(DAYS.format("health", "9999-12-01", "9999-12-31")).json() == []


def test_an_unknown_unit_is_404_and_says_where_to_look(demo):
    answer = demo.get(DAYS.format("nowhere", "2026-03-17", "2026-03-18"))
    assert answer.status_code == 404
    assert answer.json()["detail"][0]["field"] == "slug"
    assert "/api/v1/units" in answer.json()["detail"][0]["message"]


def test_openapi_describes_every_route_and_field(demo):
    described = demo.get("/openapi.json").json()
    assert set(described["paths"]) == {
        "/api/v1/units",
        "/api/v1/units/{slug}/days",
        "/api/v1/units/{slug}/coverage",
        "/api/v1/kiosks",
        "/api/v1/completeness",
        "/api/v1/completeness.csv",
    }
    day = described["components"]["schemas"]["Day"]["properties"]
    reasons = described["components"]["schemas"]["SetAside"]
    assert all(
        field.get("description") for field in (*reasons["properties"].values(), *day.values()) if "$ref" not in field
    )
    asked = described["paths"]["/api/v1/units/{slug}/days"]["get"]["parameters"]
    assert {(one["name"], one["required"]) for one in asked} == {("slug", True), ("from", True), ("to", True)}


def test_answers_carry_headers_that_let_nothing_else_in(demo):
    for address in ("/", "/api/v1/units", "/nowhere", "/units/health"):
        headers = demo.get(address).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
