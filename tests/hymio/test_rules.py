"""``hymio rules`` and ``hymio point hours`` as they are typed."""

import pytest
from typer.testing import CliRunner

from hymio.command import app
from tests.collector.site import NOW_MS, Site, furnish, taps
from tests.collector.stores import Sqlite


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Fourteen taps in a run are in the store that the settings name."""
    site = Site(Sqlite(tmp_path), furnish(f"sqlite:///{tmp_path / 'prepared.sqlite'}"))
    site.take(taps(1, [4] * 14, utc_ms=NOW_MS - 3_600_000))
    site.engine.dispose()
    monkeypatch.setenv("HYMIO_DATABASE", site.url)
    return site


def run(*words):
    done = CliRunner().invoke(app, [*words])
    assert "Traceback" not in done.output
    return done.exit_code, done.output


def test_a_change_of_rules_is_told_and_only_a_rebuild_applies_it_to_days_that_are_decided(site):
    assert "10 are counted" in run("rules", "show")[1]
    code, said = run("rules", "set", "--burst-taps", "3", "--always", "--note", "stricter")
    assert code == 0 and "version 2, always: stricter" in said and "`hymio rebuild` makes days anew" in said
    assert site.rows("SELECT face_4, aside_burst FROM tap_day") == [(10, 4)]
    assert "every verdict is what its rules say" in run("verify")[1]
    said = run("rebuild")[1]
    assert "door, 2026-09-21: -7 counted, +7 in a burst" in said and "7 taps: counted before, in a burst now" in said
    assert site.rows("SELECT face_4, aside_burst FROM tap_day") == [(3, 11)]


def test_rules_hold_from_tomorrow_when_nothing_else_is_said_and_then_no_rebuild_is_spoken_of(site):
    code, said = run("rules", "set", "--no-hours", "--note", "hours are not kept up")
    assert code == 0 and "opening hours: not looked at" in said and "rebuild" not in said


def test_the_history_tells_rules_and_hours_by_their_numbers(site):
    run("point", "hours", "door", "mon-fri 8-16", "sat 10-14", "--since", "2026-06-01", "--note", "new sign")
    run("point", "day", "door", "2026-12-23", "closed")
    run("rules", "set", "--interval-s", "3", "--since", "2026-12-01", "--note", "a fast door")
    lines = run("rules", "history")[1].splitlines()
    assert [line.split()[0] for line in lines] == ["1", "2", "3", "4"]
    assert lines[1].endswith("door, since 2026-06-01: mon-fri 08:00-16:00; sat 10:00-14:00 (new sign)")
    assert lines[2].endswith("door, on 2026-12-23: closed") and "rules since 2026-12-01 (a fast door)" in lines[3]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("rules", "set", "--burst-taps", "3"), "--note"),
        (("rules", "set", "--grace-min", "2000", "--note", "x"), "--grace-min"),
        (("rules", "set", "--burst-taps", "10", "--note", "x"), "these are the rules already"),
        (("rules", "set", "--always", "--since", "2026-12-01", "--note", "x"), "not both"),
        (("point", "hours", "door", "mon-fri 8-26"), "hours: '8-26' is no time on a clock"),
        (("point", "hours", "attic", "closed"), "there is no service point 'attic'"),
        (("point", "day", "door", "2026-12-23", "mon 8-9"), "hours: 'mon 8-9' is no opening time"),
    ],
)
def test_what_cannot_be_said_is_refused_in_the_words_of_the_option(site, words, said):
    code, told = run(*words)
    assert code == 2 and said in " ".join(told.split())
