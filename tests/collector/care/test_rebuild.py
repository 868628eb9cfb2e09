"""Days made anew from raw taps are what they would be had everything been known from the beginning."""

import pytest
from sqlalchemy import event, text

from collector.care import rebuild
from collector.care.verification import verify
from collector.database.store import writing
from collector.registration import registry
from collector.verdict.policy import Verdict
from tests.collector.site import FROM_MS, NOW_MS, birth, taps

HOUR_MS = 3_600_000


@pytest.fixture
def lived(site):
    """Two boots, intervals, a test tap, an unreadable one, a gap, a boot without time, a second journal."""
    site.take(birth(), taps(1, [4, 3, (2, 19000, 0), (4, 60_000, 1), (0, 70_000, 0)]))
    site.take(taps(8, [1, 2], held=8, boot=2, uptime_ms=0, utc_ms=NOW_MS - HOUR_MS))
    site.take(taps(20, [4, 4], held=8))
    site.take(taps(1, [3, 3], journal="00000002", utc_ms=NOW_MS - HOUR_MS + 2000))
    site.take(
        taps(1, [1, 2, 3], kiosk="lobby-2", journal="00000003", utc_ms=None, bounds=(NOW_MS - 90_000_000, NOW_MS))
    )
    return site


def state(site):
    marks = "SELECT kiosk, journal, mark, missing, unplaced, tested, counted_boot, counted_uptime_ms, counted_utc_ms, "
    return site.counts(), site.rows(marks + "begins_utc_ms FROM journal_mark ORDER BY 1, 2")


def test_where_nothing_was_learned_nothing_changes(lived, monkeypatch):
    before = state(lived)
    for page in (1, 2, 5000):
        monkeypatch.setattr(rebuild, "PAGE", page)
        change = rebuild.rebuild(lived.engine)
        assert (change.taps, change.changed) == (lived.value("SELECT count(*) FROM tap"), 0)
        assert state(lived) == before


def test_what_was_spoilt_is_right_again(lived):
    before = state(lived)
    with writing(lived.engine) as connection:
        for row in connection.execute(text("SELECT journal_id, seq FROM tap WHERE verdict = 0")).all():
            connection.execute(text(f"UPDATE tap SET verdict = 3 WHERE journal_id = {row[0]} AND seq = {row[1]}"))
        connection.execute(text("UPDATE tap_day SET face_1 = 0, face_2 = 0, face_3 = 0, face_4 = 0, estimated = 0"))
        connection.execute(text("UPDATE tap_quarter SET face_1 = 0, face_2 = 0, face_3 = 0, face_4 = 0"))
        connection.execute(text("UPDATE journal_day SET taps = taps + 7"))
    change = rebuild.rebuild(lived.engine)
    assert change.verdicts[Verdict.UNPLACED, Verdict.COUNTED] == change.changed > 5
    assert state(lived) == before and verify(lived.engine).differences == []


def test_a_backdated_move_gives_what_had_been_counted_had_it_been_told_in_time(make_site):
    told, late = make_site(), make_site()
    moved_ms = NOW_MS - 2 * HOUR_MS
    batches = [taps(1, [4, 3, 2], utc_ms=moved_ms - HOUR_MS), taps(4, [1, 1, 4], utc_ms=moved_ms + HOUR_MS)]
    registry.place_kiosk(told.engine, "lobby-1", "hall", moved_ms)
    told.take(*batches)
    late.take(*batches)
    registry.place_kiosk(late.engine, "lobby-1", "hall", moved_ms)
    change = rebuild.rebuild(late.engine, ["lobby-1"])
    assert state(late) == state(told) and verify(late.engine).differences == []
    slugs = rebuild.slugs(late.engine)
    moved = {slugs[point]: more[Verdict.COUNTED] for (point, _), more in change.days.items()}
    assert moved == {"door": -3, "hall": 3}


def test_what_waits_beyond_the_mark_is_placed_a_page_a_transaction(site, monkeypatch):
    """A kiosk whose first tap never comes has all of its others there."""
    monkeypatch.setattr(rebuild, "PAGE", 3)
    moved_ms = NOW_MS - 2 * HOUR_MS
    site.take(taps(2, [1 + seq % 4 for seq in range(20)], utc_ms=moved_ms + HOUR_MS))
    registry.place_kiosk(site.engine, "lobby-1", "hall", moved_ms)
    together = []

    def count(_connection, _cursor, statement, parameters, _context, many):
        if statement.startswith("UPDATE tap SET"):
            together.append(len(parameters) if many else 1)

    event.listen(site.engine, "before_cursor_execute", count)
    change = rebuild.rebuild(site.engine)
    event.remove(site.engine, "before_cursor_execute", count)
    assert (change.taps, change.changed, sum(together)) == (20, 20, 20) and max(together) <= 3
    assert site.rows("SELECT DISTINCT slug FROM tap JOIN service_point ON id = service_point_id") == [("hall",)]
    site.take(taps(1, [4], utc_ms=moved_ms + HOUR_MS))
    assert site.mark() == 21 and verify(site.engine).differences == []


def test_what_ingest_decides_while_a_rebuild_places_it_is_looked_at_again(site, monkeypatch):
    monkeypatch.setattr(rebuild, "PAGE", 3)
    moved_ms = NOW_MS - 2 * HOUR_MS
    batch = {"utc_ms": moved_ms + HOUR_MS}
    site.take(taps(2, [1 + seq % 4 for seq in range(20)], **batch))
    registry.place_kiosk(site.engine, "lobby-1", "hall", moved_ms)
    rebuild.rebuild(site.engine, progress=lambda _looked: site.take(taps(1, [4], **batch)))
    assert site.mark() == 21 and verify(site.engine).differences == []
    assert site.rows("SELECT DISTINCT slug FROM tap JOIN service_point ON id = service_point_id") == [("hall",)]


def test_a_placement_told_of_afterwards_counts_what_stood_nowhere(site):
    registry.add_kiosk(site.engine, "new-1", None, FROM_MS)
    site.take(taps(1, [4, 3, 2], kiosk="new-1"))
    assert site.value("SELECT unplaced FROM journal_mark") == 3
    registry.place_kiosk(site.engine, "new-1", "hall", FROM_MS)
    change = rebuild.rebuild(site.engine, ["new-1"])
    assert change.verdicts == {(Verdict.UNPLACED, Verdict.COUNTED): 3}
    assert site.rows("SELECT face_2, face_3, face_4 FROM tap_day") == [(1, 1, 1)]
    assert site.value("SELECT unplaced FROM journal_mark") == 0


def test_taps_that_come_while_days_are_made_anew_are_counted_once(lived, monkeypatch):
    monkeypatch.setattr(rebuild, "PAGE", 2)
    registry.place_kiosk(lived.engine, "lobby-1", "hall", FROM_MS)
    came = []

    def come(_taps):
        came.append(22 + len(came))
        lived.take(taps(came[-1], [4], held=20))

    rebuild.rebuild(lived.engine, ["lobby-1"], lambda taps: come(taps) if len(came) < 5 else None)
    assert len(came) == 5
    assert verify(lived.engine).differences == []
    assert lived.value("SELECT count(DISTINCT service_point_id) FROM tap JOIN journal_mark ON id = journal_id "
                       "WHERE kiosk = 'lobby-1' AND utc_ms IS NOT NULL") == 1  # fmt: skip


@pytest.mark.parametrize("keep_rules", [False, True])
@pytest.mark.parametrize("at_step", [1, 2, 5])
def test_a_tap_that_comes_late_before_a_place_that_was_reached_leaves_no_verdict_wrong(
    site, monkeypatch, keep_rules, at_step
):
    """Its run goes on where the next page begins; the bursts in it are others now."""
    monkeypatch.setattr(rebuild, "PAGE", 5)
    rows = [(1 + n % 4, 4000 * n, 0) for n in range(30)]
    began = {"uptime_ms": 120_000, "utc_ms": NOW_MS - HOUR_MS}
    site.take(taps(1, rows[:4], **began), taps(6, rows[5:], held=6, **began))
    steps = []

    def late(_taps):
        steps.append(1)
        if len(steps) == at_step:
            site.take(taps(5, rows[4:5], held=1, **began))

    rebuild.rebuild(site.engine, progress=late, keep_rules=keep_rules)
    assert len(steps) >= 5 and site.value("SELECT count(*) FROM tap") == 30
    assert verify(site.engine).differences == []
