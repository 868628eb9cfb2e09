"""What the pages say, read as text."""

import re

import pytest

from tests.dashboard.places import TODAY


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
    assert "Many taps: a figure to rely on." in said


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
    assert html.count('class="gap"') == 1
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
