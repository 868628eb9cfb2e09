"""Whatever the order, the company and the number of copies in which batches come, the numbers are the same."""

import os
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.care.verification import verify
from collector.database.tables import UNDATED
from collector.intake.ingest import Ingest
from collector.registration import registry
from collector.verdict import hours, rules
from collector.verdict.policy import Verdict
from tests.collector.site import FROM_MS, NOW_MS, Site, taps
from wire.messages import FLAG_THINNED

DAY_MS = 86_400_000


@st.composite
def histories(draw):
    """Batches of one journal as its kiosk might send them: every tap at least once, poorer copies and overlaps too."""
    count = draw(st.integers(1, 20))
    boots = sorted(draw(st.lists(st.integers(1, 3), min_size=count, max_size=count)))
    gaps = draw(
        st.lists(
            st.sampled_from((0, 400, 4999, 5000, 5000, 9999, 9999, 60_000, 7_200_000)), min_size=count, max_size=count
        )
    )
    faces = draw(st.lists(st.sampled_from((1, 2, 3, 4, 4, 3, 0)), min_size=count, max_size=count))
    flags = draw(st.lists(st.sampled_from((0, 0, 0, 1)), min_size=count, max_size=count))
    anchors = {boot: draw(_anchors(boot)) for boot in (1, 2, 3)}
    rows, uptime = [], 0
    for i in range(count):
        uptime = gaps[i] if i and boots[i] != boots[i - 1] else uptime + gaps[i]
        rows.append((boots[i], (faces[i], uptime, flags[i] if faces[i] else 0)))
    held = draw(st.integers(1, count))
    cuts = draw(st.lists(st.integers(1, count), max_size=12))
    spans = [(cut, min(count, cut + draw(st.integers(0, 9)))) for cut in cuts] + [
        (i, i) for i in range(1, count + 1) if draw(st.booleans()) or i >= held
    ]
    return [batch for span in spans for batch in _batches(draw, rows, *span, held, anchors)]


def _anchors(boot):
    known = st.fixed_dictionaries(
        {"uptime_ms": st.just(0), "utc_ms": st.integers(0, 3).map(lambda d: NOW_MS + (boot * 5 + d) * DAY_MS)}
    )
    times = st.one_of(st.none(), st.just(NOW_MS + boot * DAY_MS), st.just(NOW_MS + boot * DAY_MS + 1000))
    bounds = st.tuples(times, times).filter(lambda r: None in r or r[0] <= r[1])
    return known | st.fixed_dictionaries({"uptime_ms": st.just(0), "utc_ms": st.none(), "bounds": bounds})


def _batches(draw, rows, first, last, held, anchors):
    """One batch a boot from ``first`` to ``last``; some copies thinned, some unreadable."""
    for boot in sorted({boot for boot, _ in rows[first - 1 : last]}):
        seqs = [seq for seq in range(first, last + 1) if rows[seq - 1][0] == boot]
        copies = [rows[seq - 1][1] for seq in seqs]
        copy = draw(st.sampled_from((_exact, _exact, _exact, _thinned, _spoiled)))
        yield taps(seqs[0], [copy(*tap) for tap in copies], boot=boot, held=min(held, seqs[0]), **anchors[boot])


def _exact(face, uptime_ms, flags):
    return face, uptime_ms, flags


def _thinned(face, uptime_ms, flags):
    return (face, uptime_ms - uptime_ms % 60_000, flags | FLAG_THINNED) if face else (0, uptime_ms, 0)


def _spoiled(_face, uptime_ms, _flags):
    return 0, uptime_ms, 0


@st.composite
def stories(draw):
    """The same batches twice: in one order, and in another with copies, cut into transactions elsewhere."""
    batches = draw(histories())
    again = draw(st.permutations(batches + draw(st.lists(st.sampled_from(batches), max_size=6))))
    return _cut(draw, batches), _cut(draw, again)


def _cut(draw, batches):
    """(which of two collectors takes them, batches) of one transaction after another."""
    parts = []
    while batches:
        size = draw(st.integers(1, len(batches)))
        parts.append((draw(st.integers(0, 1)), batches[:size]))
        batches = batches[size:]
    return parts


@settings(max_examples=300 if os.environ.get("SOAK") else 25, deadline=None, suppress_health_check=list(HealthCheck))
@given(stories())
def test_any_order_any_copies_any_transactions_and_any_of_two_collectors_give_the_same_numbers(stores, prepared, story):
    told = [_tell(stores, prepared, parts) for parts in story]
    assert told[0] == told[1]


def _tell(stores, prepared, parts):
    site = Site(stores, prepared)
    try:
        site.now_ms = NOW_MS + 30 * DAY_MS  # after all of it
        registry.place_kiosk(site.engine, "lobby-1", None, NOW_MS + 12 * DAY_MS)
        rules.change(site.engine, {"burst_taps": 3}, UNDATED, "more bursts", FROM_MS)
        hours.tell_week(site.engine, "door", "mon-thu 8-16", date(2026, 1, 1), None, "", FROM_MS)
        collectors = site.ingest, Ingest(site.engine, lambda: site.now_ms)
        for which, part in parts:
            collectors[which].take(part)
        counts = site.counts()
        assert {name: counts[name] for name in ("days", "quarters", "journals")} == site.recounted()
        assert site.unaccounted() == []
        assert verify(site.engine).differences == []
        assert site.value("SELECT sum(unplaced) FROM journal_mark") == site.value(
            "SELECT count(*) FROM tap WHERE verdict = :unplaced", unplaced=int(Verdict.UNPLACED)
        )
        return counts
    finally:
        site.close()
