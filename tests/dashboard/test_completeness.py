"""What became of each press: the kiosk's page and the API say the same, and the sums are those of the store."""

import csv
import io
import json
import re

import pytest
from sqlalchemy import insert

from collector.database.tables import conflict, quarantine
from collector.intake.ingest import Ingest
from collector.registration import registry, retirement
from dashboard.completeness import HOLE_REASONS
from dashboard.completeness_api import HEAD
from tests.collector.site import birth, taps
from tests.dashboard.places import NOW_MS, utc_ms
from tests.dashboard.test_pages import text_of
from tests.wire.examples import load, payload_of

RANGE = "from=2026-03-01&to=2026-03-18"
DAY_MS = 86_400_000
MONDAY, TUESDAY = utc_ms(2026, 3, 16, 8), utc_ms(2026, 3, 17, 8)
PASSWORD = {"name": "admin", "password": "correct horse battery"}


@pytest.fixture
def lived(places):
    """lobby-2: Monday 6 pressed, 1 too soon, 1 unreadable; 4 between Monday and Tuesday lost; Tuesday 2; 3 to come."""
    registry.add_kiosk(places.engine, "lobby-2", "lobby", utc_ms(2026, 3, 1))
    ingest = Ingest(places.engine, lambda: NOW_MS)
    ingest.take([taps(1, [4, (3, 13_000, 0), (1, 15_000, 0), 0, 2, 4], kiosk="lobby-2", utc_ms=MONDAY)])
    ingest.take([taps(11, [1, 2], kiosk="lobby-2", utc_ms=TUESDAY, held=11)])
    ingest.take([taps(13, [3], kiosk="lobby-2", utc_ms=None, bounds=(MONDAY, TUESDAY), held=11)])
    ingest.take([birth(kiosk="lobby-2", last_seq=16, acked=13, held=11)])
    return places


def told(client, kiosk="lobby-2", days=RANGE):
    (found,) = client.get(f"/api/v1/completeness?{days}&kiosk={kiosk}").json()
    return found


def page(client, kiosk="lobby-2", **options):
    return text_of(client.get(f"/kiosks/{kiosk}?lang=en", **options).text).replace("&#39;", "'")


def test_each_day_says_what_was_pressed_and_what_became_of_it(lived, demo):
    assert told(demo) == {
        "kiosk": "lobby-2", "pressed": 16, "stored": 8, "missing": 5, "on_the_way": 3,
        "days": [
            {"first": "2026-03-17", "last": "2026-03-17", "pressed": 2, "stored": 2, "counted": 2, "set_aside": {},
             "missing": {}},
            {"first": "2026-03-16", "last": "2026-03-17", "pressed": 4, "stored": 0, "counted": 0, "set_aside": {},
             "missing": {"not_held": 4}},
            {"first": "2026-03-16", "last": "2026-03-16", "pressed": 6, "stored": 5, "counted": 4,
             "set_aside": {"interval": 1}, "missing": {"unreadable": 1}},
            {"first": None, "last": None, "pressed": 1, "stored": 1, "counted": 1, "set_aside": {}, "missing": {}},
        ],
    }  # fmt: skip


def test_the_days_of_all_time_add_up_to_the_kiosks_own_counter(lived, demo):
    found = told(demo)
    assert sum(day["pressed"] for day in found["days"]) + found["on_the_way"] == found["pressed"] == 16


def test_a_range_has_the_holes_that_may_lie_in_it(lived, demo):
    first = told(demo, days="from=2026-03-01&to=2026-03-16")["days"]
    assert [day["first"] for day in first] == ["2026-03-16", "2026-03-16", None]
    assert [day["first"] for day in told(demo, days="from=2026-03-18&to=2026-03-18")["days"]] == [None]


def test_the_table_has_a_row_a_kiosk_and_day(lived, demo):
    answer = demo.get(f"/api/v1/completeness.csv?{RANGE}")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert tuple(rows[0]) == HEAD
    mine = [row for row in rows if row["kiosk"] == "lobby-2"]
    assert sum(int(row["pressed"]) for row in mine) == 13
    assert sum(int(row[f"missing_{reason}"]) for row in mine for reason in HOLE_REASONS) == 5
    assert [row["first"] for row in mine] == ["2026-03-17", "2026-03-16", "2026-03-16", ""]


def test_every_kiosk_is_asked_for_by_the_month_and_one_for_years(lived, demo):
    assert len(demo.get(f"/api/v1/completeness?{RANGE}").json()) == 5
    longer = "from=2025-01-01&to=2026-03-18"
    answer = demo.get(f"/api/v1/completeness?{longer}")
    assert (answer.status_code, answer.json()["detail"][0]["field"]) == (422, "to")
    assert told(demo, days=longer)["pressed"] == 16


def test_an_unknown_kiosk_is_named(demo):
    answer = demo.get(f"/api/v1/completeness?{RANGE}&kiosk=nobody")
    assert (answer.status_code, answer.json()["detail"][0]["field"]) == (404, "kiosk")
    assert demo.get("/kiosks/nobody").status_code == 404


def test_taps_of_a_kiosk_that_stands_nowhere_are_set_aside_on_their_day(places, demo):
    registry.add_kiosk(places.engine, "store-1", None, utc_ms(2026, 3, 1))
    Ingest(places.engine, lambda: NOW_MS).take([taps(1, [4, 4], kiosk="store-1", utc_ms=MONDAY)])
    (day,) = told(demo, "store-1")["days"]
    assert (day["first"], day["set_aside"]) == ("2026-03-16", {"unplaced": 2})
    assert "Set aside: 2 while the kiosk stood nowhere." in page(demo, "store-1")


def test_a_hole_without_a_neighbour_lies_between_the_kiosks_beginning_and_its_finding(places, demo):
    registry.add_kiosk(places.engine, "lobby-2", "lobby", utc_ms(2026, 3, 2))
    ingest = Ingest(places.engine, lambda: NOW_MS)
    ingest.take([birth(kiosk="lobby-2", last_seq=9, held=4)])
    assert [(day["first"], day["last"], day["missing"]) for day in told(demo)["days"]] == [
        ("2026-03-02", "2026-03-18", {"not_held": 3})
    ]
    ingest.take([taps(4, [4, 4], kiosk="lobby-2", utc_ms=TUESDAY, held=4)])
    ingest.take([taps(8, [0, 0], kiosk="lobby-2", utc_ms=TUESDAY, held=8)])
    assert [(day["first"], day["last"], day["missing"]) for day in told(demo)["days"] if day["missing"]] == [
        ("2026-03-17", "2026-03-18", {"not_held": 2, "unreadable": 2}),
        ("2026-03-02", "2026-03-17", {"not_held": 3}),
    ]


def test_presses_told_of_by_health_alone_are_on_the_way(lived, demo):
    good = next(one for one in load()["good"] if one["topic"].endswith("/health"))
    health = json.dumps(json.loads(payload_of(good)) | {"journal": "9f3c1a22", "last": 20}).encode()
    Ingest(lived.engine, lambda: NOW_MS).take([("hymio/1/lobby-2/health", health)])
    assert (told(demo)["pressed"], told(demo)["on_the_way"]) == (20, 7)


def test_what_a_kiosk_left_in_an_earlier_journal_is_told_and_in_no_figure(lived, demo):
    Ingest(lived.engine, lambda: NOW_MS).take([birth(kiosk="lobby-2", journal="0000000b", session=2, last_seq=2)])
    assert (told(demo)["pressed"], told(demo)["on_the_way"]) == (15, 2)
    said = page(demo)
    assert "The kiosk spoke of 3 more and began another journal" in said
    assert "0000000b · in use" in said and "9f3c1a22 Settled up to number 13, of which 5 missing." in said


def test_outside_the_demo_recent_days_move_in_whole_fives_and_add_up(lived, guarded):
    guarded.post("/login", data=PASSWORD)
    found = told(guarded)
    assert (found["stored"], found["missing"], found["on_the_way"]) == (5, 5, 0)
    by_day = {(day["first"], day["last"]): day for day in found["days"]}
    assert ("2026-03-17", "2026-03-17") not in by_day  # two taps of yesterday
    assert by_day["2026-03-16", "2026-03-16"]["counted"] == 4  # the day before is over
    assert all(day["pressed"] == day["stored"] + sum(day["missing"].values()) for day in found["days"])


def test_the_page_says_it_in_words(lived, demo):
    said = page(demo)
    for part in (
        "Pressed, by the kiosk's own counter 16",
        "Missing 5",
        "On the way 3",
        "Mon 16 Mar 6 5 4 1",
        "Set aside: 1 too soon after the one before",
        "Pressed on one of these days; on which is not known.",
        "Day not known 1 1 1 0",
        "Journal 9f3c1a22, numbers 7 to 10.",
    ):
        assert part in said, part


def clone(places, demo):
    """Two boards with one flash: number 1 once more, with another face, and two starts later."""
    ingest = Ingest(places.engine, lambda: NOW_MS)
    ingest.take([taps(1, [(1, 6001, 0)], kiosk="lobby-2", utc_ms=MONDAY), taps(2, [4], kiosk="lobby-2", boot=3)])


def test_two_contents_of_one_key_are_shown_side_by_side_and_told_what_to_do(lived, demo):
    clone(lived, demo)
    said = page(demo)
    assert "two boards speak as this kiosk" in said and "hymio kiosk renew" in said
    assert "Journal 9f3c1a22, number 1 New Came first, counts very happy Start number 1 0 h 0 min" in said
    assert "Came later, kept beside it very unhappy" in said and "Start number 3" in said
    assert "The two are 0.001 s apart." in said
    assert told(demo)["pressed"] == 16  # changes no number


def test_outside_the_demo_no_page_tells_when_a_single_press_was_made(lived, guarded):
    Ingest(lived.engine, lambda: NOW_MS).take([taps(1, [(1, 5_000_000, 0)], kiosk="lobby-2", utc_ms=MONDAY)])
    guarded.post("/login", data=PASSWORD)
    said = page(guarded)
    assert "1 h 15 min after the start" in said and "1 h 23 min" not in said
    assert "The later one came Wed 18 Mar 12:00." in said


def unseen(client):
    html = client.get("/kiosks?lang=en").text
    return text_of(
        re.search(r'<li class="card" id="kiosk-lobby-2">.*?\n</li>\n(?=<li class="card"|</ul>)', html, re.S)[0]
    )


def see(client, address="/kiosks/lobby-2"):
    """What the button does, with what the form holds."""
    html = client.get(address + "?lang=en").text
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\d+)">', html))
    return client.post(address + "/seen", data=fields, follow_redirects=False)


def refuse(places, kiosk):
    row = {"received_utc_ms": NOW_MS, "kiosk": kiosk, "topic": "x", "reason": "not_json", "field": "", "detail": "no"}
    with places.engine.begin() as connection:
        connection.execute(insert(quarantine).values(**row, size=2, payload=b"{}"))


def test_what_was_marked_as_seen_is_told_on_the_kiosks_page_alone_until_something_new_comes(lived, demo):
    clone(lived, demo)
    refuse(lived, "lobby-2")
    assert "4 taps are missing" in unseen(demo) and "2 taps came again" in unseen(demo)
    assert see(demo).headers["location"] == "/kiosks/lobby-2"
    assert "Nothing is wrong with its taps." in unseen(demo)
    assert "New" not in page(demo) and "Mark all as seen" not in page(demo)
    assert "4 taps" in page(demo) and "Start number 3" in page(demo) and "not_json" in page(demo)
    Ingest(lived.engine, lambda: NOW_MS + 1).take([taps(17, [4], kiosk="lobby-2", utc_ms=NOW_MS, held=17)])
    assert "3 taps are missing" in unseen(demo) and "came again" not in unseen(demo)


def test_what_came_after_the_page_was_read_is_not_marked(lived, demo):
    html = demo.get("/kiosks/lobby-2?lang=en").text
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\d+)">', html))
    clone(lived, demo)
    refuse(lived, "lobby-2")
    demo.post("/kiosks/lobby-2/seen", data=fields)
    assert "2 taps came again" in unseen(demo) and "1 message could not" in unseen(demo)
    assert "are missing" not in unseen(demo)


def test_a_hole_that_shrinks_stays_seen(lived, demo):
    see(demo)
    Ingest(lived.engine, lambda: NOW_MS).take([taps(8, [4], kiosk="lobby-2", utc_ms=MONDAY, held=7)])
    assert "Nothing is wrong with its taps." in unseen(demo)
    assert told(demo)["missing"] == 4


def test_messages_of_nobody_have_a_page_and_can_be_marked(places, demo):
    refuse(places, None)
    assert "From no kiosk in use" in text_of(demo.get("/kiosks?lang=en").text)
    assert "not_json New" in page(demo, "-")
    assert see(demo, "/kiosks/-").headers["location"] == "/kiosks/-"
    assert "From no kiosk in use" not in text_of(demo.get("/kiosks?lang=en").text)


def test_marking_needs_the_login_and_our_own_page(lived, guarded):
    assert guarded.post("/kiosks/lobby-2/seen").headers["location"].startswith("/login")
    guarded.post("/login", data=PASSWORD)
    foreign = {"origin": "http://elsewhere.test"}
    assert guarded.post("/kiosks/lobby-2/seen", data={"hole": "1"}, headers=foreign).status_code == 403
    assert guarded.post("/kiosks/nobody/seen").status_code == 404
    assert guarded.post("/kiosks/lobby-2/seen", data={"hole": "-1"}).status_code == 422
    assert see(guarded).status_code == 303


def test_of_many_conflicts_the_newest_are_shown_and_all_are_counted(lived, demo):
    with lived.engine.begin() as connection:
        row = {"journal_id": 5, "seq": 1, "boot": 1, "face": 1, "received_utc_ms": NOW_MS}
        connection.execute(insert(conflict), [row | {"uptime_ms": n} for n in range(1, 62)])
    assert "The newest 50 of 61." in page(demo)


def test_a_retired_kiosk_keeps_its_page(lived, demo):
    retirement.retire(lived.engine, "lobby-2", NOW_MS, anyway=True)
    assert "This kiosk was retired." in page(demo)
    assert told(demo)["pressed"] == 16
