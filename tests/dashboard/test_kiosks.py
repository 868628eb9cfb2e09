"""The page of kiosks: what is wrong with taps and messages, in words, to whoever is logged in."""

import re

import pytest
from sqlalchemy import insert, select, update

from collector.tables import conflict, hole, journal_mark, quarantine
from tests.dashboard.places import NOW_MS, utc_ms
from tests.dashboard.test_pages import text_of

LOOK = "Some taps or messages of kiosks need a look."


def of(client, kiosk: str) -> str:
    """What the page says of one kiosk."""
    html = client.get("/kiosks?lang=en").text
    return text_of(
        re.search(rf'<li class="card" id="kiosk-{kiosk}">.*?\n</li>\n(?=<li class="card"|</ul>)', html, re.S)[0]
    )


def journal(places, kiosk: str) -> int:
    with places.engine.connect() as connection:
        return connection.execute(select(journal_mark.c.id).where(journal_mark.c.kiosk == kiosk)).scalar_one()


def refuse(places, kiosk: str | None, reason: str = "out_of_range", field: str = "t[0][2]") -> None:
    row = {"received_utc_ms": NOW_MS, "kiosk": kiosk, "topic": "x", "reason": reason, "field": field, "detail": "no"}
    with places.engine.begin() as connection:
        connection.execute(insert(quarantine).values(**row, size=2, payload=b"{}"))


def unplaced(places, kiosk: str, taps: int) -> None:
    with places.engine.begin() as connection:
        connection.execute(update(journal_mark).where(journal_mark.c.kiosk == kiosk).values(unplaced=taps))


def test_a_kiosk_in_order_is_told_with_its_place(demo):
    said = of(demo, "chair-1")
    for part in (
        "dental en",
        "chair en",
        "Online",
        "last heard of Wed 18 Mar 12:06",
        "Nothing is wrong with its taps.",
    ):
        assert part in said
    assert LOOK not in demo.get("/?lang=en").text


def test_the_page_is_in_the_heads_navigation_and_behind_the_login(guarded):
    assert guarded.get("/kiosks").headers["location"] == "/login?next=%2Fkiosks"
    guarded.post("/login", data={"name": "admin", "password": "correct horse battery"})
    for language, word in (("fi", "Kioskit"), ("sv", "Kiosker"), ("en", "Kiosks")):
        assert f'<a href="/kiosks">{word}</a>' in guarded.get(f"/?lang={language}").text


def test_taps_of_a_kiosk_that_stands_nowhere_are_told(places, demo):
    places.kiosk("store-1", "lab", utc_ms(2026, 3, 1), utc_ms(2026, 3, 2))
    unplaced(places, "store-1", 7)
    said = of(demo, "store-1")
    assert "Stands nowhere" in said
    assert "7 taps are stored and not counted" in said
    assert LOOK in demo.get("/?lang=en").text


def test_missing_taps_are_told_by_reason(places, demo):
    id = journal(places, "lab-1")
    with places.engine.begin() as connection:
        for first, last, reason in ((1, 3, "not_held"), (5, 5, "not_held"), (8, 8, "unreadable")):
            row = {"journal_id": id, "from_seq": first, "to_seq": last, "reason": reason, "found_utc_ms": NOW_MS}
            connection.execute(insert(hole).values(**row))
    said = of(demo, "lab-1")
    assert "4 taps are missing: the kiosk no longer had them." in said
    assert "1 tap is missing: it could not be read from the kiosk's memory." in said.replace("&#39;", "'")
    assert "Nothing is wrong with its taps." in of(demo, "chair-1")
    assert LOOK in demo.get("/?lang=en").text


def test_conflicts_are_told(places, demo):
    row = {"journal_id": journal(places, "lab-1"), "seq": 4, "boot": 1, "uptime_ms": 5, "received_utc_ms": NOW_MS}
    with places.engine.begin() as connection:
        connection.execute(insert(conflict), [row | {"face": 1}, row | {"face": 2}])
    assert "2 taps came again and differed" in of(demo, "lab-1")
    assert LOOK in demo.get("/?lang=en").text


def test_messages_in_quarantine_are_told_with_the_newest_reason_and_field(places, demo):
    refuse(places, "lab-1", "not_json", "")
    refuse(places, "lab-1")
    refuse(places, "chair-1", "too_long", "")
    assert "2 messages could not be read or believed" in of(demo, "lab-1")
    assert "The newest: out_of_range t[0][2]" in of(demo, "lab-1")
    assert "The newest: too_long" in of(demo, "chair-1")
    assert LOOK in demo.get("/?lang=en").text


def test_messages_of_no_kiosk_in_use_are_told_apart(places, demo):
    refuse(places, None, "unknown_kiosk", "")
    said = text_of(demo.get("/kiosks?lang=en").text)
    assert "From no kiosk in use 1 message could not be read or believed" in said
    assert "The newest: unknown_kiosk" in said
    assert LOOK in demo.get("/?lang=en").text


@pytest.mark.parametrize("taps", [1, 3, 5])
def test_outside_the_demo_the_page_does_not_tell_of_single_presses(places, guarded, taps):
    unplaced(places, "lab-1", taps)
    guarded.post("/login", data={"name": "admin", "password": "correct horse battery"})
    said = of(guarded, "lab-1")
    assert "Up to 5 taps are stored and not counted" in said
    assert "last heard of Wed 18 Mar 12:00" in said
    assert "12:06" not in said


def test_silence_is_told_apart_from_a_will(places, clock, demo):
    places.kiosk("gone-1", "lab", utc_ms(2026, 3, 1), online=False)
    clock.ms += 3_600_000
    assert "Silent last heard of" in of(demo, "lab-1")
    assert "Offline last heard of" in of(demo, "gone-1")
