"""The sums of a store are held against its raw taps: a sound store says so, and what is spoilt is named."""

import gc
import tracemalloc

import pytest
from sqlalchemy import text

from collector.care import verification
from collector.care.verification import verify
from collector.database.store import writing
from collector.days.dating import QUARTER_MS
from tests.collector.site import FROM_MS, NOW_MS, birth, taps
from wire.messages import MAX_TAPS


@pytest.fixture
def lived(site):
    """A store that met everything: intervals, tests, holes, unreadable taps, a boot without time, thinned taps."""
    site.take(birth(), taps(1, [4, 3, 2, 1]), taps(5, [(4, 31000, 0), (4, 32000, 0), (4, 90000, 1), (0, 91000, 0)]))
    site.take(taps(20, [4, 4], held=15))
    site.take(taps(22, [(2, 3_600_000, 2)], held=15), taps(40, [1, 1]))
    bounds = (NOW_MS - 90_000_000, NOW_MS)
    site.take(taps(1, [1, 2, 3], kiosk="lobby-2", utc_ms=None, bounds=bounds))
    site.take(taps(1, [1, 2, 3], kiosk="gate"))
    return site


def test_a_sound_store_has_no_difference(lived):
    report = verify(lived.engine)
    assert report.differences == []
    assert (report.taps, report.journals) == (lived.value("SELECT count(*) FROM tap"), 3)


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        ("UPDATE tap_day SET face_4 = face_4 + 1 WHERE face_4 > 0", "face_4"),
        ("UPDATE tap_day SET estimated = estimated + 1", "estimated"),
        ("DELETE FROM tap_quarter", "aside_test"),
        ("DELETE FROM tap WHERE seq = 3", "seqs up to the mark"),
        ("UPDATE tap SET verdict = NULL WHERE seq = 2", "undecided"),
        ("UPDATE tap SET verdict = 1 WHERE seq = 2 AND verdict = 0", "aside_interval"),
        ("UPDATE journal_mark SET tested = tested + 2", "in test mode"),
        ("UPDATE journal_mark SET unplaced = unplaced + 2", "unplaced"),
        ("UPDATE journal_mark SET missing = missing + 1", "missing"),
        ("UPDATE journal_mark SET highest = 2", "highest seq"),
        ("DELETE FROM hole", "missing"),
        ("UPDATE alive_day SET am = 0, pm = 0", "quarters alive"),
        ("DELETE FROM alive_day", "quarters alive"),
        ("UPDATE journal_mark SET told = 1", "the kiosk's counter"),
        ("UPDATE journal_day SET taps = taps + 1", "taps counted"),
        ("UPDATE journal_day SET taps = 0", "taps interval"),
        ("DELETE FROM journal_day", "taps test"),
    ],
)
def test_what_is_spoilt_is_named_with_both_figures(lived, spoilt, said):
    with writing(lived.engine) as connection:
        connection.execute(text(spoilt))
    found = [difference for difference in verify(lived.engine).differences if difference.what == said]
    assert found and all(difference.stands != difference.taps_say for difference in found)
    assert all(difference.where.startswith(("service point ", "kiosk ")) for difference in found)


def press_in_quarters(site, first, last):
    """A tap in each of so many quarters of an hour."""
    seqs = range(first, last, MAX_TAPS)
    for boot, seq in enumerate(seqs, first):
        faces = [(4, n * QUARTER_MS, 0) for n in range(min(MAX_TAPS, last - seq))]
        site.take(taps(seq, faces, held=1, boot=boot, utc_ms=FROM_MS + seq * QUARTER_MS))


def peak_of_verify(site):
    gc.collect()  # or what others left in cycles decides when it is done next
    tracemalloc.start()
    try:
        assert verify(site.engine).differences == []
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_store(site):
    """A county has millions of quarters in ten years, each with a row of its own and a sum of its taps."""
    few, many = 2000, 8000
    press_in_quarters(site, 1, few)
    verify(site.engine)  # what is kept from the first time on
    before = peak_of_verify(site)
    press_in_quarters(site, few, many)
    assert peak_of_verify(site) - before < 20 * (many - few)  # bytes; a row and its sum have a thousand in memory


def test_of_differences_without_number_the_first_are_named_and_all_are_counted(lived, monkeypatch):
    monkeypatch.setattr(verification, "MOST", 2)
    with writing(lived.engine) as connection:
        connection.execute(text("DELETE FROM tap_quarter"))
    report = verify(lived.engine)
    assert len(report.differences) == 2 < report.differ
