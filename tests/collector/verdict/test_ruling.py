"""Which rules decided what: a change of them changes nothing that is decided, until the days are made anew."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect, text

from collector.care import rebuild
from collector.care.verification import verify
from collector.database.store import reading, writing
from collector.database.tables import UNDATED
from collector.intake.ingest import Ingest
from collector.verdict.hours import tell_day, tell_week
from collector.verdict.policy import Verdict
from collector.verdict.rules import change
from collector.verdict.ruling import Rulings, rule_anew, rulings_of
from tests.collector.site import FROM_MS, JOURNAL, NOW_MS, Site, taps
from wire.messages import FLAG_THINNED

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
MORNING_MS = 1_789_358_400_000  # 2026-09-14 07:00 in Helsinki, a Monday
LONG_AGO = date(2026, 1, 1)


def verdicts(site, journal=JOURNAL):
    rows = site.rows("SELECT verdict FROM tap JOIN journal_mark ON id = journal_id WHERE journal = :journal "
                     "ORDER BY seq", journal=journal)  # fmt: skip
    return "".join("citxubo"[verdict] for (verdict,) in rows)


def rulings(site):
    return site.rows("SELECT from_seq, version FROM ruling ORDER BY journal_id, from_seq")


def run(first, count, gap_ms=6000, begin_ms=0, **fields):
    """A batch of taps so far apart."""
    rows = [(4, begin_ms + n * gap_ms, 0) for n in range(count)]
    return taps(first, rows, **{"utc_ms": MORNING_MS + 3 * HOUR_MS, **fields})


def test_a_burst_is_set_aside_and_told(site):
    site.take(run(1, 14))
    assert verdicts(site) == "c" * 10 + "b" * 4
    assert site.rows("SELECT face_4, aside_interval, aside_burst, aside_closed FROM tap_day") == [(10, 0, 4, 0)]
    assert site.rows("SELECT face_4, aside_burst FROM tap_quarter") == [(10, 4)]
    assert rulings(site) == [(1, 1)] and verify(site.engine).differences == []


def test_a_run_goes_on_through_transactions_and_collectors(site):
    other = Ingest(site.engine, lambda: site.now_ms)
    for n in range(14):
        (site.ingest, other)[n % 2].take([run(n + 1, 1, begin_ms=6000 * n)])
    assert verdicts(site) == "c" * 10 + "b" * 4


def test_taps_outside_the_opening_hours_are_set_aside_where_hours_were_told(site):
    tell_week(site.engine, "door", "mon-fri 9-16", LONG_AGO, None, "", NOW_MS)
    at_ms = (0, HOUR_MS + 29 * 60_000, HOUR_MS + 30 * 60_000, 9 * HOUR_MS + 29 * 60_000, 9 * HOUR_MS + 30 * 60_000)
    site.take(taps(1, [(4, at, 0) for at in at_ms], utc_ms=MORNING_MS))
    assert verdicts(site) == "ooccO".lower()
    assert site.rows("SELECT face_4, aside_closed FROM tap_day") == [(2, 3)]


def test_a_tap_whose_time_may_lie_inside_the_hours_is_not_taken_for_closed(site):
    tell_week(site.engine, "door", "tue 9-16", LONG_AGO, None, "", NOW_MS)
    site.take(taps(1, [3], boot=1, utc_ms=None, bounds=(MORNING_MS, MORNING_MS + HOUR_MS)))  # estimated to a Monday
    site.take(taps(2, [3], boot=2, utc_ms=None, bounds=(MORNING_MS, MORNING_MS + DAY_MS)))  # in no day
    site.take(taps(3, [3], boot=3, utc_ms=NOW_MS + DAY_MS))  # said to be in the future
    assert verdicts(site) == "ccc"


def test_a_thinned_tap_is_closed_when_all_of_its_span_is(site):
    tell_week(site.engine, "door", "mon-fri 9-16", LONG_AGO, None, "", NOW_MS)
    spans = [(4, 30 * 60_000, FLAG_THINNED), (4, 31 * 60_000, FLAG_THINNED)]
    site.take(taps(1, spans, utc_ms=MORNING_MS, width_ms=59 * 60_000))
    assert verdicts(site) == "oc"


def test_a_change_of_rules_or_hours_leaves_what_is_decided(site):
    site.take(run(1, 14))
    before = site.counts()
    change(site.engine, {"burst_taps": 2, "interval_ms": 9000}, UNDATED, "stricter", NOW_MS)
    tell_week(site.engine, "door", "closed", LONG_AGO, None, "", NOW_MS)
    site.take(run(1, 14))
    assert site.counts() == before and rulings(site) == [(1, 1)] and verify(site.engine).differences == []
    site.take(run(15, 2, begin_ms=HOUR_MS))
    assert verdicts(site) == "c" * 10 + "b" * 4 + "oo"
    assert rulings(site) == [(1, 1), (15, 3)] and verify(site.engine).differences == []


def test_rules_hold_for_taps_of_their_days_however_late_they_come(site):
    change(site.engine, {"burst_taps": 2}, date(2026, 9, 15), "stricter", NOW_MS)
    site.take(run(1, 5), run(6, 5, boot=2, utc_ms=MORNING_MS + DAY_MS))
    assert verdicts(site) == "ccccc" + "ccbbb"


def test_a_late_copy_below_the_mark_is_decided_as_its_neighbours_were(site):
    site.take(run(1, 6), taps(7, [(0, 36_000, 0)], utc_ms=MORNING_MS + 3 * HOUR_MS), run(8, 6, begin_ms=42_000))
    assert verdicts(site) == "c" * 6 + "u" + "c" * 6
    change(site.engine, {"burst_taps": 2}, UNDATED, "stricter", NOW_MS)
    site.take(run(7, 1, begin_ms=36_000), run(14, 2, begin_ms=HOUR_MS))
    assert verdicts(site) == "c" * 10 + "bbb" + "cc"
    assert verify(site.engine).differences == []


def test_a_rebuild_puts_days_under_todays_rules_and_says_what_changed(site):
    site.take(run(1, 14), run(15, 3, begin_ms=HOUR_MS))
    change(site.engine, {"burst_taps": 2}, UNDATED, "stricter", NOW_MS)
    done = rebuild.rebuild(site.engine)
    assert done.verdicts == {(Verdict.COUNTED, Verdict.BURST): 9}
    assert done.days == {(1, date(2026, 9, 14)): {Verdict.COUNTED: -9, Verdict.BURST: 9}}
    assert rulings(site) == [(1, 2)] and verify(site.engine).differences == []


def test_an_exceptional_day_told_of_afterwards_counts_once_days_are_made_anew(site):
    tell_week(site.engine, "door", "sat 10-14", LONG_AGO, None, "", NOW_MS)
    site.take(run(1, 3))
    tell_day(site.engine, "door", date(2026, 9, 14), "9-16", "an extra day", NOW_MS)
    assert verdicts(site) == "ooo"
    rebuild.rebuild(site.engine)
    assert verdicts(site) == "ccc" and verify(site.engine).differences == []


def test_a_rebuild_that_keeps_the_rules_changes_no_verdict(site):
    site.take(run(1, 14))
    change(site.engine, {"burst_taps": 2}, UNDATED, "stricter", NOW_MS)
    site.take(run(15, 4, begin_ms=HOUR_MS))
    before = site.counts(), rulings(site)
    assert rebuild.rebuild(site.engine, keep_rules=True).changed == 0
    assert (site.counts(), rulings(site)) == before and verify(site.engine).differences == []


def everything(site):
    marks = "SELECT * FROM journal_mark ORDER BY id"
    names = [column["name"] for column in inspect(site.engine).get_columns("journal_mark")]
    rows = [{k: v for k, v in zip(names, row, strict=True) if k != "ruled"} for row in site.rows(marks)]
    return site.counts(), site.rows("SELECT * FROM tap ORDER BY journal_id, seq"), rows


@st.composite
def batches(draw):
    """Three boots on three days, with a run, intervals, tests, thinned taps and a boot without time."""
    made, seq = [], 1
    for boot in (1, 2, 3):
        gaps = draw(st.lists(st.sampled_from((400, 5000, 6000, 9999, 60_000, HOUR_MS)), min_size=1, max_size=15))
        at, rows = 0, []
        for gap in gaps:
            at += gap
            rows.append((draw(st.integers(1, 4)), at, draw(st.sampled_from((0, 0, 0, 1)))))
        known = draw(st.booleans()) or boot == 1
        when = {"utc_ms": MORNING_MS + boot * DAY_MS} if known else {"utc_ms": None, "bounds": (FROM_MS, NOW_MS)}
        made.append(taps(seq, rows, boot=boot, **when))
        seq += len(rows)
    return made


figures = st.fixed_dictionaries(
    {
        "interval_ms": st.sampled_from((0, 5000, 7000)),
        "burst_taps": st.integers(0, 4),
        "burst_pause_ms": st.sampled_from((6000, 10_000)),
        "grace_ms": st.sampled_from((None, 0, 1_800_000)),
    }
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(batches(), figures, st.sampled_from((UNDATED, date(2026, 9, 16))), st.sampled_from((2, 7, 5000)))
def test_to_other_rules_and_back_gives_the_same_bits(stores, prepared, batches, figures, since, page):
    site, paged = Site(stores, prepared), rebuild.PAGE
    try:
        rebuild.PAGE = page
        tell_week(site.engine, "door", "tue-wed 8-16", LONG_AGO, None, "", NOW_MS)
        site.take(*batches)
        before = everything(site)
        change(site.engine, figures, since, "there", NOW_MS)
        rebuild.rebuild(site.engine)
        assert verify(site.engine).differences == []
        back = {"interval_ms": 5000, "burst_taps": 10, "burst_pause_ms": 10_000, "grace_ms": 1_800_000}
        change(site.engine, back, UNDATED, "and back", NOW_MS)
        rebuild.rebuild(site.engine)
        assert everything(site) == before
        assert [version for _, version in rulings(site)] == [4] and verify(site.engine).differences == []
    finally:
        rebuild.PAGE = paged
        site.close()


def test_a_planted_verdict_is_found_and_named(site):
    site.take(run(1, 14))
    assert verify(site.engine).differences == []
    with writing(site.engine) as connection:  # and the sums made to agree with it
        connection.execute(text("UPDATE tap SET verdict = 1 WHERE seq = 3"))
        for table in ("tap_day", "tap_quarter"):
            connection.execute(text(f"UPDATE {table} SET face_4 = face_4 - 1, aside_interval = 1"))
        connection.execute(text("UPDATE journal_day SET taps = 9 WHERE verdict = 0"))
        connection.execute(text("INSERT INTO journal_day VALUES (1, '2026-09-14', 1, 1)"))
    (found,) = verify(site.engine).differences
    assert found == (f"kiosk lobby-1, journal {JOURNAL}, seq 3", "verdict", 1, 0)


@pytest.mark.parametrize(
    ("planted", "what"),
    [
        ("UPDATE journal_mark SET run = 3", "run at the mark"),
        ("UPDATE journal_mark SET counted_boot = 1, counted_uptime_ms = 1", "counted_uptime_ms at the mark"),
        ("UPDATE journal_mark SET pressed_uptime_ms = 1", "pressed_uptime_ms at the mark"),
        ("UPDATE rule_set SET burst_taps = 11", "verdict"),
        ("DELETE FROM ruling", "version at the mark"),
    ],
)
def test_a_planted_state_or_rule_is_found_and_named(site, planted, what):
    site.take(run(1, 14))
    with writing(site.engine) as connection:
        connection.execute(text(planted))
    assert what in [difference.what for difference in verify(site.engine).differences]


@pytest.mark.parametrize(
    ("before", "anew", "after"),
    [
        ([], (1, 5, 5, 2), [(1, 2)]),
        ([(1, 1)], (1, 5, 5, 2), [(1, 2)]),
        ([(1, 1)], (1, 5, 6, 2), [(1, 2), (6, 1)]),
        ([(1, 1), (6, 2)], (1, 5, 9, 2), [(1, 2)]),
        ([(1, 1), (4, 3), (9, 4)], (3, 6, 12, 5), [(1, 1), (3, 5), (7, 3), (9, 4)]),
        ([(1, 1)], (1, 9, 12, 1), [(1, 1)]),
        ([(1, 1), (4, 2), (8, 1)], (4, 7, 9, 1), [(1, 1)]),
    ],
)
def test_stretches_that_were_decided_anew_take_the_place_of_what_they_cover(site, before, anew, after):
    site.take(run(1, 1))
    with writing(site.engine) as connection:
        connection.execute(text("DELETE FROM ruling"))
        for seq, version in before:
            connection.execute(text(f"INSERT INTO ruling VALUES (1, {seq}, {version})"))
        rule_anew(connection, 1, *anew)
    assert rulings(site) == after
    with reading(site.engine) as connection:
        assert rulings_of(connection, 1) == Rulings([seq for seq, _ in after], [version for _, version in after])
