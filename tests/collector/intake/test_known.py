"""What ingest keeps of the registry is never out of date: whoever changes it, the next tap is judged by it."""

import re
from datetime import date

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DatabaseError

from collector.registration import registry, retirement
from collector.verdict import rules
from collector.verdict.policy import Verdict
from tests.collector.site import NAMES, NOW_MS, taps

CHANGED_MS = NOW_MS - 60_000
LATER_MS = NOW_MS - 30_000  # the tap after the change, a minute after the one before
REGISTRY = ("kiosk", "placement", "question", "rule_set")


def by_hand(site, statement):
    with site.engine.begin() as connection:
        connection.execute(text(statement))


CHANGES = {
    "a kiosk is placed elsewhere": (
        lambda site: registry.place_kiosk(site.engine, "lobby-1", "hall", CHANGED_MS),
        {"service_point_id": 2},
    ),
    "a kiosk is placed nowhere": (
        lambda site: registry.place_kiosk(site.engine, "lobby-1", None, CHANGED_MS),
        {"service_point_id": None, "verdict": Verdict.UNPLACED},
    ),
    "another question is asked": (
        lambda site: registry.ask(site.engine, "door", NAMES, CHANGED_MS),
        {"question_id": 1},
    ),
    "other rules hold": (
        lambda site: rules.change(site.engine, {"interval_ms": 60_000}, date(2026, 9, 1), "a trial", NOW_MS),
        {"verdict": Verdict.INTERVAL},
    ),
    "somebody corrects a placement by hand": (
        lambda site: by_hand(site, "UPDATE placement SET service_point_id = 2 WHERE kiosk = 'lobby-1'"),
        {"service_point_id": 2},
    ),
    "somebody corrects a time zone by hand": (
        lambda site: by_hand(site, "UPDATE service_point SET timezone = 'Pacific/Kiritimati'"),
        {"day": "2026-09-22"},
    ),
}


def tap_of(site, seq, **fields):
    uptime_ms = 10_000 * seq
    site.take(taps(seq, [(4, uptime_ms, 0)], **{"uptime_ms": uptime_ms, "utc_ms": LATER_MS, **fields}))
    columns = ("service_point_id", "question_id", "day", "verdict")
    (row,) = site.rows(f"SELECT {', '.join(columns)} FROM tap WHERE seq = :seq", seq=seq)
    return dict(zip(columns, row, strict=True))


@pytest.mark.parametrize("change", CHANGES)
def test_the_tap_after_a_change_is_judged_by_it(change, site):
    make, expected = CHANGES[change]
    before = tap_of(site, 1, utc_ms=CHANGED_MS - 20_000)
    assert tap_of(site, 2, utc_ms=CHANGED_MS - 10_000) == before
    make(site)
    assert tap_of(site, 3) == {**before, **expected}


def test_a_kiosk_is_known_from_the_moment_that_it_is_registered_until_it_is_retired(site):
    replies = []
    for change in (
        lambda: None,
        lambda: registry.add_kiosk(site.engine, "new", "door", CHANGED_MS),
        lambda: retirement.retire(site.engine, "new", NOW_MS, anyway=True),
    ):
        change()
        replies.append(bool(site.take(taps(1, [4], kiosk="new"))))
        assert site.take(taps(len(replies), [4]))
    assert replies == [False, True, False]


def test_nothing_is_asked_again_while_nobody_else_writes_where_the_database_tells(site):
    site.take(taps(1, [4]))
    asked = []
    event.listen(site.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    site.take(taps(2, [4]))
    again = [name for name in REGISTRY if any(re.search(rf"FROM {name}\b", statement) for statement in asked)]
    assert again == ([] if site.engine.dialect.name == "sqlite" else [*REGISTRY])


def test_a_transaction_that_failed_leaves_nothing_half_known(site):
    site.take(taps(1, [4]))
    by_hand(site, "ALTER TABLE tap_quarter RENAME TO away")
    with pytest.raises(DatabaseError):
        site.take(taps(2, [4]))
    registry.place_kiosk(site.engine, "lobby-1", "hall", CHANGED_MS)
    by_hand(site, "ALTER TABLE away RENAME TO tap_quarter")
    assert tap_of(site, 2)["service_point_id"] == 2
