"""What comes late is decided as if it had come in time, and no more is looked at for it than it can change."""

import contextlib
import os
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from collector.care import rebuild
from collector.care.verification import verify
from collector.database.tables import UNDATED
from collector.intake import replay
from collector.verdict.rules import change
from tests.collector.site import NOW_MS, Site, taps
from wire.messages import FLAG_TEST, FLAG_THINNED

DAY_MS, HOUR_MS = 86_400_000, 3_600_000
BEGIN_MS = NOW_MS - 30 * DAY_MS
MOST = 60  # taps of a message


def say(site, rows, seqs, held):
    """Those of ``rows`` (boot, tap), by seq from 1, one message for each stretch of a boot."""
    stretch = []
    for seq in [*seqs, None]:
        boot = None if seq is None else rows[seq - 1][0]
        if stretch and (seq != stretch[-1] + 1 or boot != rows[stretch[0] - 1][0] or len(stretch) == MOST):
            which = rows[stretch[0] - 1][0]
            said = [rows[one - 1][1] for one in stretch]
            begun_ms = BEGIN_MS + which * DAY_MS
            site.take(taps(stretch[0], said, boot=which, held=min(held, stretch[0]), utc_ms=begun_ms))
            stretch = []
        stretch.append(seq)


def tick(draw, at_ms):
    """Mostly on, as time goes; where a kiosk is confused, back."""
    steps = (0, 1, 400, 2000, 2000, 2000, 4999, 5000, 6000, 6000, 9999, 10_000, 60_000, -1000, -7000)
    return max(0, at_ms + draw(st.sampled_from(steps)))


@st.composite
def journals(draw):
    """Taps of a few boots, which of them come late, and in which order those do."""
    rows, at_ms, boot = [], 0, 1
    for _ in range(draw(st.integers(5, 90))):
        if draw(st.integers(0, 24)) == 0:
            boot, at_ms = boot + 1, draw(st.sampled_from((0, 5000)))
        at_ms = tick(draw, at_ms)
        rows.append((boot, (draw(st.integers(1, 4)), at_ms, draw(st.sampled_from((0, 0, 0, 0, 0, FLAG_TEST))))))
    late = draw(st.lists(st.integers(1, len(rows) - 1), unique=True, min_size=1, max_size=12))
    return rows, draw(st.permutations(late))


figures = st.fixed_dictionaries(
    {
        "interval_ms": st.sampled_from((0, 5000, 7000, 60_000)),
        "burst_taps": st.integers(0, 4),
        "burst_pause_ms": st.sampled_from((1000, 6000, 10_000)),
    }
)


def state(site):
    return site.rows(
        "SELECT mark, counted_boot, counted_uptime_ms, counted_utc_ms, pressed_boot, pressed_uptime_ms, "
        "pressed_utc_ms, run FROM journal_mark"
    )


@settings(max_examples=1000 if "SOAK" in os.environ else 30, deadline=None, suppress_health_check=list(HealthCheck))
@given(journals(), figures, figures, st.integers(0, 90), st.integers(1, 12), st.sampled_from((0, 3, 1000)))
def test_what_comes_late_is_decided_as_by_a_look_at_everything(
    stores, prepared, journal, first, then, cut, together, apart
):
    rows, late = journal
    site = Site(stores, prepared)
    with pytest.MonkeyPatch.context() as patch, contextlib.closing(site):
        patch.setattr(replay, "_APART", apart)
        change(site.engine, first, UNDATED, "first", NOW_MS)
        said = [seq for seq in range(1, len(rows) + 1) if seq not in late]
        before, after = [seq for seq in said if seq <= cut], [seq for seq in said if seq > cut]
        say(site, rows, before, len(rows))
        change(site.engine, then, date(2026, 9, 1), "then", NOW_MS)
        say(site, rows, after, len(rows))
        for begin in range(0, len(late), together):
            batch = late[begin : begin + together]
            site.take(*[_late(rows, seq) for seq in batch])
            assert verify(site.engine).differences == []
        everything = site.counts(), state(site)
        assert rebuild.rebuild(site.engine, keep_rules=True).changed == 0
        assert (site.counts(), state(site)) == everything


def _late(rows, seq):
    boot, one = rows[seq - 1]
    return taps(seq, [one], boot=boot, held=1, utc_ms=BEGIN_MS + boot * DAY_MS)


def looked_at(site, *deliveries):
    """How many rows of taps the database gave for it."""
    found = []

    def count(_connection, cursor, statement, *_):
        if statement.startswith("SELECT tap."):
            found.append(statement)

    event.listen(site.engine, "before_cursor_execute", count)
    try:
        site.take(*deliveries)
    finally:
        event.remove(site.engine, "before_cursor_execute", count)
    return len(found)


@pytest.mark.parametrize("rest", ["one run", "one run that is a test later", "visitors"])
@pytest.mark.parametrize("at", [5, -5])
def test_what_comes_late_costs_no_more_in_a_journal_that_is_long(make_site, rest, at):
    """A kiosk could have everybody wait for it, a message a second."""
    costs = []
    for length in (300, 3000):
        site = make_site()
        gap_ms = 20_000 if rest == "visitors" else 2000
        flags = [FLAG_TEST if rest == "one run that is a test later" and n > 100 else 0 for n in range(length)]
        rows = [(1, (1 + n % 4, n * gap_ms, flags[n])) for n in range(length)]
        missing = at if at > 0 else length + at
        say(site, rows, [seq for seq in range(1, length + 1) if seq != missing], length)
        assert site.mark() == length
        costs.append(looked_at(site, _late(rows, missing)))
        assert verify(site.engine).differences == []
    assert costs[0] == costs[1] <= 8


def test_two_that_come_late_far_from_one_another_are_both_decided_and_no_more_is_looked_at(make_site):
    costs = []
    for length in (3000, 6000):
        site = make_site()
        rows = [(1, (1 + n % 4, n * 2000, 0)) for n in range(length)]
        missing = (5, length - 5)
        say(site, rows, [seq for seq in range(1, length + 1) if seq not in missing], length)
        costs.append(looked_at(site, *[_late(rows, seq) for seq in missing]))
        assert verify(site.engine).differences == []
        assert site.unaccounted() == []
    assert costs[0] == costs[1] <= 14


def test_a_thinned_tap_whose_exact_copy_comes_late_is_decided_with_what_follows(site):
    rows = [(1, (1, n * 2000, 0)) for n in range(40)]
    thinned = taps(1, [(1, 0, FLAG_THINNED)], utc_ms=BEGIN_MS + DAY_MS)
    site.take(thinned)
    say(site, rows, range(2, 41), 1)
    assert site.mark() == 40
    site.take(_late(rows, 1))
    assert verify(site.engine).differences == []
    assert rebuild.rebuild(site.engine, keep_rules=True).changed == 0
