"""Rules are added in versions, each from a day on, and none is ever changed."""

from datetime import date

import pytest

from collector.database.store import reading, writing
from collector.database.tables import UNDATED
from collector.registration.registry import RegistryError
from collector.verdict import rules
from collector.verdict.hours import tell_week
from collector.verdict.policy import Rules
from collector.verdict.rules import change, in_force, newest_version, sets
from tests.collector.site import NOW_MS

DECEMBER, JUNE = date(2026, 12, 1), date(2026, 6, 1)


def held(site, version=None):
    with reading(site.engine) as connection:
        return sets(connection, version)


def interval_on(site, day, version=None):
    return in_force(held(site, version), day).rules.interval_ms


def test_a_new_store_has_hymios_own_rules_for_every_day(site):
    (only,) = held(site)
    assert only.rules == Rules(version=1, interval_ms=5000, burst_taps=10, burst_pause_ms=10_000, grace_ms=1_800_000)
    assert in_force([only], UNDATED) == in_force([only], None) == in_force([only], date(2100, 1, 1)) == only


def test_a_version_holds_from_its_day_on_whatever_earlier_ones_said_of_those_days(site):
    change(site.engine, {"interval_ms": 8000}, DECEMBER, "a slow door", NOW_MS)
    assert [interval_on(site, day) for day in (date(2026, 11, 30), DECEMBER, UNDATED)] == [5000, 8000, 5000]
    change(site.engine, {"interval_ms": 3000}, JUNE, "no, a fast one", NOW_MS)
    assert [interval_on(site, day) for day in (date(2026, 5, 31), JUNE, DECEMBER)] == [5000, 3000, 3000]


def test_what_is_not_said_stays_as_it_was_on_that_day(site):
    change(site.engine, {"burst_taps": 0}, JUNE, "a fair", NOW_MS)
    added = change(site.engine, {"grace_ms": None}, DECEMBER, "hours are not kept up", NOW_MS)
    assert added.rules == Rules(3, 5000, 0, 10_000, None)
    assert change(site.engine, {"grace_ms": None}, date(2026, 5, 1), "spring", NOW_MS).rules.burst_taps == 10


def test_an_earlier_version_can_be_asked_what_held_then(site):
    change(site.engine, {"interval_ms": 8000}, UNDATED, "a slow door", NOW_MS)
    assert [interval_on(site, DECEMBER, version) for version in (1, 2, None)] == [5000, 8000, 8000]


def test_rules_and_hours_are_numbered_together(site):
    change(site.engine, {"interval_ms": 8000}, DECEMBER, "a slow door", NOW_MS)
    assert tell_week(site.engine, "door", "closed", JUNE, None, "", NOW_MS).version == 3
    assert change(site.engine, {"interval_ms": 5000}, DECEMBER, "mended", NOW_MS).rules.version == 4
    with reading(site.engine) as connection:
        assert newest_version(connection) == 4


def test_a_change_that_failed_leaves_no_number_out(site):
    with pytest.raises(ZeroDivisionError), writing(site.engine) as connection:
        assert rules.next_version(connection) == 2
        raise ZeroDivisionError
    assert change(site.engine, {"interval_ms": 8000}, DECEMBER, "a slow door", NOW_MS).rules.version == 2


@pytest.mark.parametrize(
    ("figures", "note", "said"),
    [
        ({"interval_ms": 60_001}, "why", "interval_ms: 60001 is not possible; .* from 0 to 60000"),
        ({"burst_taps": -1}, "why", "burst_taps: -1 is not possible; .* from 0 to 1000"),
        ({"burst_pause_ms": None}, "why", "burst_pause_ms: None is not possible"),
        ({"grace_ms": 90_000_000}, "why", "grace_ms: .* from 0 to 86400000"),
        ({"grace_ms": None}, " ", "note: it must say .* why the rules change"),
    ],
)
def test_what_cannot_be_a_rule_names_the_field_and_what_would_be_right(site, figures, note, said):
    with pytest.raises(RegistryError, match=said):
        change(site.engine, figures, DECEMBER, note, NOW_MS)
    assert len(held(site)) == 1
