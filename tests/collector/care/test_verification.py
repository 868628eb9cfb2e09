"""The sums of a store are held against its raw taps: a sound store says so, and what is spoilt is named."""

import pytest
from sqlalchemy import text

from collector.care.verification import verify
from collector.database.store import writing
from tests.collector.site import NOW_MS, birth, taps


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
