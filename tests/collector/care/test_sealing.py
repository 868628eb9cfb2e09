"""Exact times that are old enough are given up; every figure stays, and what comes late is still recognised."""

import os
import random
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from collector.care import rebuild, sealing
from collector.care.verification import verify
from collector.database.store import writing
from collector.days.coarse import DAY_MS
from collector.days.dating import QUARTER_MS
from collector.registration import registry
from collector.running.upkeep import Upkeep
from collector.verdict.policy import Verdict
from tests.collector.site import FROM_MS, JOURNAL, NOW_MS, birth, taps

HOUR_MS = 3_600_000
LATER_MS = NOW_MS + 93 * DAY_MS
BEFORE_MS = LATER_MS - 90 * DAY_MS


def going(_seconds):
    return True


def coarsen(site, before_ms=BEFORE_MS):
    return sealing.coarsen(site.engine, before_ms, going)


def state(site):
    return site.counts(), site.rows("SELECT * FROM tap_day ORDER BY 1, 2, 3"), site.rows("SELECT * FROM hole")


def exact_times(site):
    """Rows that still tell when somebody pressed."""
    return {
        "taps": site.value("SELECT count(*) FROM tap WHERE utc_ms % 900000 <> 0 OR width_ms % 900000 <> 0 "
                           "OR width_ms = 0"),
        "marks": site.value("SELECT count(*) FROM journal_mark WHERE counted_utc_ms IS NOT NULL "
                            "OR begins_utc_ms IS NOT NULL"),
        "conflicts": site.value("SELECT count(*) FROM conflict WHERE received_utc_ms % 900000 <> 0 "
                                "OR uptime_ms % 900000 <> 0"),
        "messages": site.value("SELECT count(*) FROM quarantine WHERE received_utc_ms % 900000 <> 0 "
                               "OR length(payload) > 0"),
        "holes": site.value("SELECT count(*) FROM hole WHERE found_utc_ms % 900000 <> 0"),
    }  # fmt: skip


@pytest.fixture
def lived(site):
    """Intervals, a test tap, an unreadable one, a thinned one, a hole, boots without time, a conflict, quarantine."""
    site.now_ms = NOW_MS + 6 * HOUR_MS + 12_345
    site.take(birth(), taps(1, [4, 3, (2, 19_000, 0), (4, 60_000, 1), (0, 70_000, 0), (3, 80_000, 2)]))
    site.take(taps(9, [1, 2], held=9, boot=2, uptime_ms=0, utc_ms=NOW_MS + HOUR_MS))
    site.take(taps(11, [1, 4, 4], held=9, boot=3, utc_ms=None, bounds=(NOW_MS - 9 * DAY_MS, NOW_MS)))
    site.take(taps(14, [4, 4], held=9, boot=4, utc_ms=NOW_MS + 3 * HOUR_MS))
    site.take(taps(14, [2], held=9, boot=4, utc_ms=NOW_MS + 3 * HOUR_MS))
    site.take(taps(1, [3, 3], journal="00000002", utc_ms=NOW_MS + 5 * HOUR_MS))
    site.take(taps(1, [1, 2, 3], kiosk="lobby-2", journal="00000003", utc_ms=None, bounds=(NOW_MS - HOUR_MS, NOW_MS)))
    site.take(("hymio/1/lobby-1/taps", b'{"j":"9f3c1a22","n":123456'))
    return site


def test_every_exact_time_is_gone_and_every_figure_stays(lived):
    before, taps_before = state(lived), lived.rows("SELECT seq, day, service_point_id, face FROM tap ORDER BY 1, 2, 3")
    counts_before = lived.counts()
    done = coarsen(lived)
    assert (done.taps, done.conflicts, done.messages, done.clean) == (18, 1, 1, True)
    assert set(exact_times(lived).values()) == {0}
    assert lived.counts() == counts_before and state(lived)[:2] == before[:2]
    assert lived.rows("SELECT seq, day, service_point_id, face FROM tap ORDER BY 1, 2, 3") == taps_before
    assert verify(lived.engine).differences == []
    assert lived.recounted()["quarters"] == lived.counts()["quarters"]


def test_a_second_run_finds_nothing_to_do(lived):
    coarsen(lived)
    rows = lived.rows("SELECT * FROM tap ORDER BY 1, 2")
    assert coarsen(lived).rows == 0
    assert lived.rows("SELECT * FROM tap ORDER BY 1, 2") == rows


def test_what_is_younger_keeps_its_time(lived):
    rows = lived.rows("SELECT * FROM tap ORDER BY 1, 2")
    assert coarsen(lived, NOW_MS - 40 * DAY_MS).rows == 0
    assert lived.rows("SELECT * FROM tap ORDER BY 1, 2") == rows
    coarsen(lived, NOW_MS + HOUR_MS)
    assert lived.value("SELECT sealed FROM journal_mark WHERE journal = :j", j=JOURNAL) == 6
    assert lived.value("SELECT count(*) FROM tap WHERE boot = 4 AND utc_ms % 900000 <> 0") == 2


def test_a_rebuild_takes_sealed_verdicts_as_they_are_and_says_so(lived):
    before = lived.counts()
    coarsen(lived, NOW_MS + HOUR_MS)
    registry.place_kiosk(lived.engine, "lobby-1", "hall", FROM_MS)
    change = rebuild.rebuild(lived.engine)
    assert change.sealed == 6
    moved = lived.rows("SELECT DISTINCT service_point_id FROM tap JOIN journal_mark ON id = journal_id "
                       "WHERE kiosk = 'lobby-1' AND seq > sealed AND utc_ms IS NOT NULL")  # fmt: skip
    stayed = lived.rows("SELECT DISTINCT service_point_id FROM tap JOIN journal_mark ON id = journal_id "
                        "WHERE kiosk = 'lobby-1' AND seq <= sealed AND utc_ms IS NOT NULL")  # fmt: skip
    assert moved == [(2,)] and stayed == [(1,)]
    assert lived.counts()["verdicts"] == before["verdicts"]
    assert verify(lived.engine).differences == []


@pytest.mark.parametrize("before_ms", [NOW_MS + HOUR_MS, NOW_MS + 2 * HOUR_MS, NOW_MS + 4 * HOUR_MS, BEFORE_MS])
def test_a_rebuild_beyond_the_seal_changes_nothing(lived, before_ms):
    coarsen(lived, before_ms)
    before = lived.counts()
    assert rebuild.rebuild(lived.engine).changed == 0
    assert lived.counts() == before


def test_taps_sent_again_after_the_seal_are_duplicates_whatever_their_anchor(lived):
    coarsen(lived)
    before = lived.rows("SELECT * FROM tap ORDER BY 1, 2"), lived.counts(), lived.rows("SELECT * FROM conflict")
    again = [4, 3, (2, 19_000, 0), (4, 60_000, 1), (0, 70_000, 0), (3, 80_000, 2)]
    for drift_ms in (0, 1000, -400_000):
        lived.take(taps(1, again, utc_ms=NOW_MS + drift_ms))
    lived.take(taps(11, [1, 4, 4], held=9, boot=3, utc_ms=None, bounds=(NOW_MS - 9 * DAY_MS, NOW_MS)))
    lived.take(taps(14, [2], held=9, boot=4, utc_ms=NOW_MS + 3 * HOUR_MS))
    assert (lived.rows("SELECT * FROM tap ORDER BY 1, 2"), lived.counts()) == before[:2]
    assert [row[:-1] for row in lived.rows("SELECT * FROM conflict")] == [row[:-1] for row in before[2]]


def test_another_tap_under_a_sealed_seq_is_a_conflict_without_an_exact_time(lived):
    coarsen(lived)
    lived.now_ms = LATER_MS
    lived.take(taps(2, [1], utc_ms=NOW_MS))
    assert lived.rows("SELECT seq, face, uptime_ms FROM conflict WHERE seq = 2") == [(2, 1, 0)]
    assert lived.value("SELECT face FROM tap JOIN journal_mark ON id = journal_id WHERE seq = 2 AND journal = :j",
                       j=JOURNAL) == 3  # fmt: skip


def test_what_turns_up_below_the_seal_is_counted_once_and_coarse(lived):
    coarsen(lived)
    others = lived.rows("SELECT journal_id, seq, verdict FROM tap WHERE NOT (journal_id = 1 AND seq IN (5, 7, 8)) "
                        "ORDER BY 1, 2")  # fmt: skip
    counted = lived.value("SELECT sum(face_1 + face_2 + face_3 + face_4) FROM tap_day")
    for _ in range(2):
        lived.take(taps(5, [(4, 70_000, 0), (3, 80_000, 2), (2, 80_001, 0), (1, 80_002, 0)], utc_ms=NOW_MS, held=1))
        assert lived.value("SELECT sum(face_1 + face_2 + face_3 + face_4) FROM tap_day") == counted + 3
        assert lived.value("SELECT missing FROM journal_mark WHERE journal = :j", j=JOURNAL) == 0
        assert exact_times(lived)["taps"] == 0
        assert verify(lived.engine).differences == []
    assert others == lived.rows("SELECT journal_id, seq, verdict FROM tap WHERE NOT (journal_id = 1 AND seq IN "
                                "(5, 7, 8)) ORDER BY 1, 2")  # fmt: skip


def test_taps_that_wait_above_a_gap_are_coarsened_too_and_counted_when_it_closes(site):
    site.take(birth(), taps(2, [4, 4]))
    site.take(taps(4, [(4, 24_500, 0)]))
    assert coarsen(site).taps == 3 and exact_times(site)["taps"] == 0
    assert site.mark() == 0
    site.now_ms = LATER_MS
    site.take(taps(1, [1]))
    assert site.mark() == 4 and exact_times(site)["taps"] == 0
    assert site.rows("SELECT seq, verdict FROM tap ORDER BY 1") == [(1, 0), (2, 0), (3, 0), (4, 0)]
    assert verify(site.engine).differences == []


def test_ingest_goes_on_beyond_the_seal_as_if_nothing_had_happened(make_site):
    sealed, plain = make_site(), make_site()
    for site in (sealed, plain):
        site.take(birth(), taps(1, [4, 3, 2]))
    coarsen(sealed)
    later = [taps(4, [(4, 100, 0), (3, 3000, 0)], boot=2, uptime_ms=0, utc_ms=LATER_MS)]
    later.append(taps(1, [1, 2], journal="00000002", utc_ms=LATER_MS + 60_000))
    for site in (sealed, plain):
        site.now_ms = LATER_MS
        site.take(*later)
    assert sealed.counts() == plain.counts()


def test_undated_taps_wait_for_a_sign_of_their_age(site):
    lost = taps(1, [1, 2, 3], utc_ms=None, bounds=(NOW_MS - 9 * DAY_MS, NOW_MS))
    site.take(birth(), lost)
    site.now_ms = LATER_MS
    site.take(birth(boot=2))  # the kiosk lives: nothing says when the taps were made
    assert coarsen(site).taps == 0
    site.take(taps(4, [4], boot=2, uptime_ms=0, utc_ms=NOW_MS + HOUR_MS))
    assert coarsen(site).taps == 4


def test_a_run_that_is_cut_short_has_done_a_part_and_the_next_one_does_the_rest(lived, monkeypatch):
    monkeypatch.setattr(sealing, "PAGE", 2)
    before = lived.counts()
    runs = 0
    while True:
        done = sealing.coarsen(lived.engine, BEFORE_MS, lambda _seconds: False)
        assert lived.counts() == before and verify(lived.engine).differences == []
        if not done.rows:
            break
        runs += 1
    assert runs > 8 and set(exact_times(lived).values()) == {0}


def test_taps_that_come_meanwhile_are_counted_once(lived, monkeypatch):
    monkeypatch.setattr(sealing, "PAGE", 2)
    came = []

    def come(_seconds):
        came.append(16 + len(came))
        lived.take(taps(came[-1], [4], held=9, boot=4, utc_ms=LATER_MS))
        return True

    lived.now_ms = LATER_MS
    sealing.coarsen(lived.engine, BEFORE_MS, come)
    assert len(came) > 8
    assert verify(lived.engine).differences == []
    assert exact_times(lived)["taps"] == len(came)


def test_any_cut_of_a_random_life_gives_the_figures_of_one_that_was_never_coarsened(make_site):
    """Seeded: taps in any order, doubled, seals in between at any time."""
    for seed in range(40 if os.environ.get("SOAK") else 2):
        chance = random.Random(seed)
        sealed, plain = make_site(), make_site()
        batches, at_ms, seq = [], NOW_MS, 1
        for _ in range(15):
            at_ms += chance.choice([1000, 4000, 30_000, HOUR_MS, 30 * HOUR_MS])
            pace_ms = chance.choice([900, 7000])
            faces = [(chance.randint(1, 4), n * pace_ms, 0) for n in range(chance.randint(1, 6))]
            batches.append((at_ms + 60_000, taps(seq, faces, boot=len(batches) + 1, utc_ms=at_ms)))
            seq, at_ms = seq + len(faces), at_ms + faces[-1][1]
        for n, (now_ms, batch) in enumerate(batches):
            sealed.now_ms = plain.now_ms = now_ms
            plain.take(batch)
            sealed.take(batch)
            if chance.random() < 0.4:
                coarsen(sealed, now_ms - 2 * DAY_MS)
            if chance.random() < 0.3:
                sealed.take(chance.choice(batches[: n + 1])[1])
                sealed.take(batch)
        plain.take(*[batch for _, batch in batches])
        sealed.take(*[batch for _, batch in batches])
        assert sealed.counts() == plain.counts()
        assert rebuild.rebuild(sealed.engine).changed == 0
        assert sealed.value("SELECT count(*) FROM conflict") == 0
        assert verify(sealed.engine).differences == []


def test_nothing_of_the_exact_times_is_left_in_the_files(site, stores):
    if stores.name != "sqlite":
        pytest.skip("only SQLite's files are ours to look into")
    site.now_ms = NOW_MS + DAY_MS
    site.take(birth(), *[taps(1 + n * 16, [4] * 16) for n in range(200)])
    exact = [utc_ms for (utc_ms,) in site.rows("SELECT utc_ms FROM tap") if utc_ms % QUARTER_MS]
    path = site.url.removeprefix("sqlite:///")
    assert len(exact) > 3000 and len(_found(path, exact)) == len(exact)
    assert coarsen(site).clean
    assert _found(path, exact) == []


def _found(path, times):
    """Which of these times stand in the database's file or its log, as SQLite writes them: six bytes."""
    content = b"".join(Path(path + end).read_bytes() for end in ("", "-wal"))
    return [utc_ms for utc_ms in times if utc_ms.to_bytes(6, "big") in content]


def test_verify_names_an_exact_time_below_the_seal(lived):
    coarsen(lived)
    with writing(lived.engine) as connection:
        connection.execute(text("UPDATE tap SET utc_ms = utc_ms + 1 WHERE journal_id = 1 AND seq = 1"))
    (difference,) = verify(lived.engine).differences
    assert (difference.what, difference.taps_say) == ("exact times below the seal", 1)


def test_a_running_service_does_it_by_itself_and_0_days_keep_everything(lived):
    keeps = Upkeep(lived.engine, 0, lambda: LATER_MS, first_s=0)
    keeps.start()
    keeps.stop()
    assert exact_times(lived)["taps"]
    does = Upkeep(lived.engine, 90, lambda: LATER_MS, first_s=0)
    does.start()
    ends = time.monotonic() + 10
    while set(exact_times(lived).values()) != {0} and time.monotonic() < ends:
        pass
    does.stop()
    assert set(exact_times(lived).values()) == {0}
    assert lived.value("SELECT count(*) FROM tap WHERE verdict = :v", v=int(Verdict.COUNTED)) > 5
