"""A store that an earlier version left goes up with every sum intact; a newer one's is left alone."""

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import event, text

from collector.care.verification import verify
from collector.database import migration
from collector.database.migration import MigrationError
from collector.database.store import open_store, writing
from collector.intake.ingest import Ingest
from tests.collector.old_store import FIRST, age
from tests.collector.site import NOW_MS, birth, taps

HOUR_MS = 3_600_000


@pytest.fixture
def lived(site):
    """What the first version knew: intervals, a test tap, an unreadable one, holes, a boot without time."""
    site.now_ms = NOW_MS + 6 * HOUR_MS
    site.take(birth(), taps(1, [4, 3, (2, 19_000, 0), (4, 60_000, 1), (0, 70_000, 0), (3, 80_000, 2)]))
    site.take(taps(9, [1, 2], held=9, boot=2, uptime_ms=0, utc_ms=NOW_MS + HOUR_MS))
    site.take(taps(9, [4], held=9, boot=2, uptime_ms=0, utc_ms=NOW_MS + HOUR_MS), ("hymio/1/lobby-1/taps", b"{"))
    site.take(taps(1, [1, 2, 3], kiosk="lobby-2", journal="00000003", utc_ms=None, bounds=(NOW_MS - HOUR_MS, NOW_MS)))
    return site


@pytest.fixture
def old(lived, stores):
    url = age(lived.url, stores.empty())
    engine = open_store(url)
    yield engine
    engine.dispose()
    stores.drop(url)


def revisions():
    """Every one, oldest first."""
    script = ScriptDirectory.from_config(migration._config())
    return [one.revision for one in script.walk_revisions()][::-1]


def state(engine):
    """Figures that no migration may change."""
    names = "service_point_id, day, question_id, face_1, face_2, face_3, face_4, aside_interval, aside_test"
    tap = "journal_id, seq, boot, uptime_ms, face, flags, width_ms, utc_ms, estimated, service_point_id, verdict"
    with engine.connect() as connection:
        return [
            connection.execute(text(sql)).all()
            for sql in (
                f"SELECT {names}, estimated FROM tap_day ORDER BY 1, 2, 3",
                f"SELECT {names.replace('day', 'quarter_utc_ms')} FROM tap_quarter ORDER BY 1, 2, 3",
                f"SELECT {tap} FROM tap ORDER BY 1, 2",
                "SELECT id, kiosk, journal, mark, highest, missing, unplaced FROM journal_mark ORDER BY 1",
                "SELECT journal_id, from_seq, to_seq, reason FROM hole ORDER BY 1, 2",
                "SELECT journal_id, seq, boot, uptime_ms, face FROM conflict ORDER BY 1, 2",
                "SELECT kiosk, reason, payload FROM quarantine ORDER BY id",
                "SELECT slug FROM unit ORDER BY 1",
            )
        ]


def test_every_step_up_from_the_first_version_keeps_every_row_and_every_sum(lived, old):
    before = state(old)
    assert all(before) and migration.revision(old) == FIRST == revisions()[0]
    for revision in revisions()[1:]:
        migration.upgrade(old, revision)
        assert state(old) == before, revision
    assert migration.revision(old) == migration.newest()
    assert verify(old).differences == [] and state(lived.engine) == before
    ingest = Ingest(old, lambda: NOW_MS + 6 * HOUR_MS)
    ingest.take([taps(11, [4, 4], held=9, boot=2, uptime_ms=0, utc_ms=NOW_MS + 2 * HOUR_MS)])
    ingest.take([taps(1, [4, 4], kiosk="gate", utc_ms=NOW_MS)])
    assert verify(old).differences == []


def test_an_upgrade_that_is_cut_short_anywhere_has_not_begun(old):
    before, said, cut_at = state(old), 0, 0

    def cut(*_):
        nonlocal said
        said += 1
        if said == cut_at:
            raise KeyboardInterrupt

    event.listen(old, "before_cursor_execute", cut)
    statements = None
    for cut_at in range(1, 1000, 9):
        said = 0
        try:
            migration.upgrade(old)
        except KeyboardInterrupt:
            statements, cut_at = said, 0
            assert migration.revision(old) == FIRST and state(old) == before
        else:
            break
    event.remove(old, "before_cursor_execute", cut)
    assert statements > 30 and migration.revision(old) == migration.newest()
    assert state(old) == before and verify(old).differences == []


def test_a_store_of_a_newer_version_is_refused_and_left_as_it_is(lived):
    with writing(lived.engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = state(lived.engine)
    with pytest.raises(MigrationError, match="at revision 9999, which this version of hymio does not know"):
        migration.upgrade(lived.engine)
    assert state(lived.engine) == before and migration.revision(lived.engine) == "9999"
