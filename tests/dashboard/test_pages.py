"""What the pages say, read as text."""

import re
from datetime import timedelta

import pytest

from tests.dashboard.places import TODAY

DAY = timedelta(days=1)


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_a_figure_of_few_taps_is_told_as_a_count_with_its_range_and_a_warning(places, demo):
    places.day("chair", TODAY, (1, 0, 0, 2))
    said = text_of(demo.get("/units/dental?days=7&lang=en").text)
    assert "2 of 3 satisfied" in said
    assert "most likely between 21 and 94 of 100" in said
    assert "Draw no conclusions" in said
    assert "67 of 100" not in said


def test_a_figure_of_many_taps_is_told_as_a_share_with_its_range(busy, demo):
    said = text_of(demo.get("/units/health?days=30&lang=en").text)
    assert re.search(r"8\d of 100 satisfied most likely between 8\d and \d\d of 100", said)
    assert "Many taps: chance moves this little." in said
    assert "No clear change from the week before" in said
    assert "Too few to tell" not in said


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("fi", "ei kioskia paikalla"),
        ("sv", "ingen kiosk på plats"),
        ("en", "no kiosk in place"),
    ],
)
def test_days_without_a_kiosk_are_a_gap_and_days_without_taps_are_said(places, demo, language, sentence):
    html = demo.get(f"/units/library?days=30&lang={language}").text
    assert html.count('class="gap absent"') == 1
    assert html.count('class="no-taps"') == 18
    assert sentence in html


def test_taps_set_aside_and_undated_are_told_with_their_reasons(places, demo):
    places.day("lobby", TODAY, (0, 0, 0, 4), interval=3, test=1)
    places.undated("lobby", (1, 1, 0, 0))
    said = text_of(demo.get("/units/health?days=7&lang=en").text)
    assert "4 taps set aside: stored, not counted (3 too soon after the one before, 1 in test mode)" in said
    besides = "Besides: 2 taps whose day is not known. Very happy 0, happy 0, unhappy 1, very unhappy 1."
    for path in ("/units/health?days=7&lang=en", "/?lang=en"):
        assert besides in text_of(demo.get(path).text)


@pytest.mark.parametrize(
    ("language", "burst", "closed"),
    [
        ("fi", "2 liian pitkässä painallusten sarjassa", "5 aukioloaikojen ulkopuolella"),
        ("sv", "2 i en alltför lång följd av tryckningar", "5 utanför öppettiderna"),
        ("en", "2 in a run of presses too long for visitors", "5 outside the opening hours"),
    ],
)
def test_bursts_and_taps_outside_the_opening_hours_are_told_in_every_language(places, demo, language, burst, closed):
    from sqlalchemy import update

    from collector.database.tables import tap_day

    places.day("lobby", TODAY, (0, 0, 0, 4))
    with places.engine.begin() as connection:
        connection.execute(update(tap_day).where(tap_day.c.day == TODAY).values(aside_burst=2, aside_closed=5))
    said = text_of(demo.get(f"/units/health?days=7&lang={language}").text)
    assert burst in said and closed in said


def test_names_from_the_database_are_text_and_never_markup(places, demo):
    places.unit("odd", fi="<script>alert(1)</script>", sv='"><img src=x>', en="A & B")
    for language in ("fi", "sv", "en"):
        for path in ("/", "/units/odd"):
            html = demo.get(f"{path}?lang={language}").text
            assert "<script>alert" not in html
            assert "<img" not in html


def test_a_page_carries_no_script_or_style_of_its_own(busy, demo):
    for path in ("/", "/kiosks", "/units/health", "/units/nowhere"):
        html = demo.get(path, headers={"accept": "text/html"}).text
        assert "style=" not in html
        assert "<style" not in html
        assert not re.search(r"<script(?! src=)", html)
        assert not re.search(r"\son\w+=", html)


def test_a_fault_is_a_calm_page_without_its_trace(places, clock):
    from fastapi.testclient import TestClient

    from dashboard.app import create_app

    app = create_app(places.engine, demo=True, now_ms=clock)
    with places.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE tap_day")
    client = TestClient(app, raise_server_exceptions=False)
    answer = client.get("/units/health?lang=en", headers={"accept": "text/html"})
    assert answer.status_code == 500
    assert "Something went wrong" in answer.text
    assert "Traceback" not in answer.text
    assert "tap_day" not in answer.text
    assert "default-src" in answer.headers["content-security-policy"]
    assert client.get("/api/v1/units/health/days?from=2026-03-01&to=2026-03-02").json()["detail"][0]["message"]


def test_an_odd_period_is_the_usual_one(demo):
    assert 'aria-current="true">30 days' in demo.get("/units/health?days=8&lang=en").text


def test_a_static_file_is_kept_for_a_year_under_an_address_that_changes_with_it(demo):
    address = re.search(r'href="(/static/style\.css\?v=[0-9a-f]{12})"', demo.get("/").text)[1]
    assert "immutable" in demo.get(address).headers["cache-control"]


def test_yesterday_stands_beside_today_with_its_interval_and_counts(places, demo):
    places.day("lobby", TODAY - DAY, (2, 3, 12, 23), interval=2)
    html = demo.get("/units/health?days=7&lang=en").text
    said = text_of(html[html.index('id="yesterday"') : html.index('id="today"')])
    assert "Yesterday Tuesday, 17 March 2026 88 of 100 satisfied most likely between 74 and 95 of 100" in said
    assert "very unhappy 2 unhappy 3 happy 12 very happy 23" in said
    assert "Happy Index 80 Taps 40 2 taps set aside" in said


@pytest.mark.parametrize(("faces", "shown"), [((1, 2, 6, 20), "(85)"), ((1, 2, 6, 21), "86")])
def test_an_index_of_under_thirty_taps_stands_in_brackets(places, demo, faces, shown):
    places.day("desk", TODAY, faces)
    html = demo.get("/units/library?days=7&lang=en").text
    row = re.search(r'<li id="day-2026-03-18".*?</li>', html, re.S)[0]
    assert f"Happy Index </span>{shown}</span>" in row


def test_a_day_tells_how_many_of_its_taps_have_an_estimated_day(places, demo, guarded):
    from sqlalchemy import update

    from collector.database.tables import tap_day

    for ago, taps in ((0, 4), (5, 12)):
        places.day("desk", TODAY - ago * DAY, (0, 0, 0, 20))
        with places.engine.begin() as connection:
            connection.execute(update(tap_day).where(tap_day.c.day == TODAY - ago * DAY).values(estimated=taps))
    html = demo.get("/units/county?days=30&lang=en").text
    assert "12 taps&#39; day is estimated" in html or "12 taps' day is estimated" in html
    assert html.count("day is estimated") == 2
    assert "Day estimated" in html
    guarded.post("/login", data={"name": "admin", "password": "correct horse battery"})
    assert guarded.get("/units/county?days=30&lang=en").text.count("day is estimated") == 1  # the settled day's
