"""The page of kiosks: what is wrong with taps and messages, in words, to whoever is logged in."""

import re

import pytest
from sqlalchemy import insert, select, update

from collector.database.tables import (
    conflict,
    hole,
    journal_mark,
    kiosk_order,
    kiosk_state,
    quarantine,
    quarantine_tally,
)
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
    assert "Online since Wed 18 Mar 08:00 last heard of Wed 18 Mar 12:06" in of(demo, "lab-1")
    clock.ms += 1_800_000
    assert "Silent last heard of Wed 18 Mar 12:06" in of(demo, "lab-1")
    assert "Offline since Wed 18 Mar 08:00 last heard of" in of(demo, "gone-1")
    clock.ms += 1_800_000
    assert "Offline last heard of Wed 18 Mar 12:06" in of(demo, "lab-1")  # no Will came, and it is late no more


# how a kiosk is


def order(places, kiosk: str, version: str, outcome: str | None = None) -> None:
    row = {"command": f"{version}{outcome}"[:8], "kiosk": kiosk, "action": "update", "version": version}
    times = {"queued_utc_ms": NOW_MS, "expires_utc_ms": NOW_MS + 1}
    with places.engine.begin() as connection:
        connection.execute(insert(kiosk_order).values(**row, **times, begun=False, outcome=outcome))


def trouble(places, kiosk: str, sentence: str, at_ms: int = NOW_MS) -> None:
    new = {"error": sentence, "error_utc_ms": at_ms}
    with places.engine.begin() as connection:
        connection.execute(update(kiosk_state).where(kiosk_state.c.kiosk == kiosk).values(**new))


def test_a_kiosk_that_was_never_heard_of_has_no_firmware_and_nothing_is_made_up(demo):
    said = of(demo, "lab-1")
    for part in ("Test taps stored 0", "Firmware –", "Update None.", "Test mode Off."):
        assert part in said


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"update": "none"}, "Update None."),
        ({"update": "fetching", "version": "0.2"}, "Update The kiosk is fetching version 0.2."),
        ({"update": "trial", "version": "0.2"}, "Update The kiosk tries version 0.2."),
        ({"update": "kept", "version": "0.2"}, "Update Version 0.2 proved itself and was kept."),
        (
            {"update": "rolled_back", "version": "0.2", "why": "x"},
            "Update The kiosk did not keep version 0.2. Test",
        ),
    ],
)
def test_where_an_update_stands_is_told_beside_the_firmware(places, demo, fields, said):
    places.health("lab-1", **fields)
    assert "Firmware 0.1.0+00000001 · pico_w" in of(demo, "lab-1")
    assert said in of(demo, "lab-1")


def test_an_update_that_was_ordered_waits_until_it_has_an_outcome(places, demo):
    waits = "Version 0.3 was ordered and waits for the kiosk."
    places.health("lab-1", update="kept", version="0.2")
    order(places, "lab-1", "0.3")
    assert f"Version 0.2 proved itself and was kept. {waits}" in of(demo, "lab-1")
    places.health("lab-1", update="fetching", version="0.3")
    assert waits not in of(demo, "lab-1")
    places.health("lab-1", update="rolled_back", version="0.3", why="x")
    assert waits in of(demo, "lab-1")  # it is tried once more
    order(places, "chair-1", "0.3", outcome="done")
    assert waits not in of(demo, "chair-1")


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("config.json has no update_key, so no update can be checked", "has no key for updates: flash it"),
        ("the manifest is not signed with this kiosk's key", "was not signed with this kiosk's key: flash it"),
        ("the update needs 409600 bytes of flash, 81920 are free", "memory has too little room"),
        ("kiosk/tap.mpy came 3 times with a wrong SHA-256", "arrived damaged"),
        ("it did not start, or hung, in its trial", "did not start, or stopped during its trial"),
        ("no stored ack in 600 s", "got no answer from the service"),
    ],
)
def test_why_an_update_failed_is_told_in_plain_words_and_the_kiosks_own(places, demo, why, said):
    places.health("lab-1", update="rolled_back", version="0.2", why=why)
    told = of(demo, "lab-1").replace("&#39;", "'")
    assert "Version 0.2 failed:" in told
    assert said in told
    assert why in told
    assert f'<q lang="en">{why.replace(chr(39), "&#39;")}</q>' in demo.get("/kiosks?lang=fi").text


def test_a_reason_nobody_foresaw_is_told_in_the_kiosks_own_words_alone(places, demo):
    places.health("lab-1", update="rolled_back", version="0.2", why="the moon was full")
    assert "Version 0.2 failed: the moon was full" in of(demo, "lab-1")


def test_test_mode_and_the_taps_made_in_it_are_told(places, demo):
    places.health("lab-1", test=True)
    with places.engine.begin() as connection:
        connection.execute(update(journal_mark).where(journal_mark.c.kiosk == "lab-1").values(tested=3))
        connection.execute(insert(journal_mark).values(kiosk="lab-1", journal="0000000b", mark=1, tested=4))
    assert "Test taps stored 7" in of(demo, "lab-1")
    assert "Test mode On: its taps are stored and set aside as test taps." in of(demo, "lab-1")
    assert "Test taps stored 0" in of(demo, "chair-1")


def test_what_a_technician_should_see_to_is_told(places, demo):
    places.health("lab-1", stuck=[1, 3], thinned=12, heap=8192, flash=20_480)
    trouble(places, "lab-1", "no connection to the broker: ECONNREFUSED")
    told = of(demo, "lab-1").replace("&#39;", "'")
    for part in (
        "The button of the face very unhappy is stuck or trembles.",
        "The button of the face happy is stuck or trembles.",
        "12 taps lost their minute and kept their hour: the kiosk's journal was nearly full.",
        "Its working memory is nearly full: 8 kB free.",
        "Its storage is nearly full: 20 kB free.",
        "Its last trouble, told Wed 18 Mar 12:07: no connection to the broker: ECONNREFUSED",
    ):
        assert part in told
    assert "stuck" not in of(demo, "chair-1") and "nearly full" not in of(demo, "chair-1")


@pytest.mark.parametrize(
    ("thinned", "told"), [(1, "Up to 5 taps lost"), (5, "Up to 5 taps lost"), (6, "Up to 10 taps")]
)
def test_outside_the_demo_thinned_taps_and_the_time_of_a_trouble_are_coarse(places, guarded, thinned, told):
    places.health("lab-1", thinned=thinned)
    trouble(places, "lab-1", "the memory was full")
    guarded.post("/login", data={"name": "admin", "password": "correct horse battery"})
    assert told in of(guarded, "lab-1")
    assert "told Wed 18 Mar 12:00: the memory was full" in of(guarded, "lab-1")


def test_what_a_kiosk_says_of_itself_cannot_put_anything_else_on_the_page(places, demo):
    trouble(places, "lab-1", "<script>alert(1)</script>")
    places.health("lab-1", update="rolled_back", version="<b>", why="<i>")
    html = demo.get("/kiosks?lang=en").text
    assert "<script>alert" not in html and "<i>" not in html and "<b>" not in html


def test_a_kiosk_that_floods_is_flagged_for_a_day(places, demo):
    places.kiosk("store-1", "lab", utc_ms(2026, 3, 1))
    with places.engine.begin() as connection:
        connection.execute(update(kiosk_state).values(flood_utc_ms=NOW_MS - 60_000, flood_not_taken=7))
    assert "It sends far more messages than a kiosk should, lastly at" in of(demo, "store-1")
    with places.engine.begin() as connection:
        connection.execute(update(kiosk_state).values(flood_utc_ms=NOW_MS - 2 * 86_400_000))
    assert "far more messages" not in of(demo, "store-1")


def test_messages_that_were_not_kept_are_counted(places, demo):
    places.kiosk("store-1", "lab", utc_ms(2026, 3, 1))
    refuse(places, "store-1")
    with places.engine.begin() as connection:
        connection.execute(insert(quarantine_tally).values(kiosk="store-1", rows=1, bytes=2, forgotten=4321))
    assert "Not kept, for there were too many: 4,321." in of(demo, "store-1")
