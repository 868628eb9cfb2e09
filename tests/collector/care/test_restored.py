"""A store that was set back to a backup gets from kiosks what it lacks, and says exactly what they have no more."""

import json
from datetime import date

from sqlalchemy import text

from collector.care import backup
from collector.care.verification import verify
from collector.database.store import open_store
from collector.intake.ingest import Ingest
from dashboard.completeness import View, accounts
from tests.collector.firmware import Firmware
from tests.collector.site import NOW_MS
from tests.wire.examples import load, payload_of

LAST_DAY = date(2026, 12, 31)
TAPS = (
    "SELECT journal, seq, boot, uptime_ms, face, utc_ms, day, service_point_id, verdict FROM tap "
    "JOIN journal_mark ON id = journal_id ORDER BY 1, 2"
)


class Restored:
    """Stands in for the site whose store was lost: the same clock, another database."""

    def __init__(self, site, stores, copy):
        self.url = stores.empty()
        backup.restore(copy, self.url)
        self.engine = open_store(self.url)
        self.now_ms = site.now_ms
        self.ingest = Ingest(self.engine, lambda: self.now_ms)

    def rows(self, sql):
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]


def whole(site, kiosk="lobby-1"):
    """(pressed, stored, missing by reason, on the way) of all days, as the page and the API tell."""
    with site.engine.connect() as connection:
        view = View(site.now_ms, "Europe/Helsinki", False)
        (account,) = accounts(connection, kiosk, date(2026, 1, 1), LAST_DAY, view)
    missing = {}
    for part in account.parts:
        for reason, taps in part.missing.items():
            missing[reason] = missing.get(reason, 0) + taps
    assert sum(part.pressed for part in account.parts) + account.on_the_way == account.pressed
    assert sum(missing.values()) == account.missing
    return account.pressed, account.stored, missing, account.on_the_way


def plain(rows):
    return [tuple(str(value) for value in row) for row in rows]


def live(site, stores, tmp_path, capacity, before, after):
    """A kiosk whose first taps are in a backup and whose later ones were acked after it; the store set back."""
    kiosk = Firmware("lobby-1", site, capacity=capacity)
    kiosk.press(before)
    kiosk.settle()
    backup.back_up(site.engine, tmp_path / "copy", NOW_MS)
    for _ in range(after // 50):
        kiosk.press(50)
        kiosk.settle()
    assert kiosk.journal.acked == before + after and kiosk.asked_again == []
    restored = Restored(site, stores, tmp_path / "copy")
    kiosk.site = restored
    return kiosk, restored


def test_what_was_acked_after_the_backup_is_asked_for_and_stored_again(site, stores, tmp_path):
    kiosk, restored = live(site, stores, tmp_path, 64, 300, 200)
    assert whole(site) == (500, 500, {}, 0) and whole(restored) == (300, 300, {}, 0)
    kiosk.connect()
    kiosk.hear(restored.ingest.take([kiosk.say()]))  # its birth alone
    assert kiosk.asked_again == [300] and whole(restored) == (500, 300, {}, 200)
    kiosk.settle()
    assert whole(restored) == (500, 500, {}, 0)
    assert plain(restored.rows(TAPS)) == plain(site.rows(TAPS))
    assert plain(restored.rows("SELECT * FROM tap_day")) == plain(site.rows("SELECT * FROM tap_day"))
    assert verify(restored.engine).differences == []
    restored.engine.dispose()


def test_a_kiosk_at_which_nobody_presses_is_asked_when_it_tells_of_its_health(site, stores, tmp_path):
    kiosk, restored = live(site, stores, tmp_path, 64, 100, 50)
    good = next(one for one in load()["good"] if one["topic"].endswith("/health"))
    said = {"journal": kiosk.journal.id, "last": kiosk.journal.last_seq, "acked": kiosk.journal.acked}
    health = json.dumps(json.loads(payload_of(good)) | said).encode()
    kiosk.hear(restored.ingest.take([("hymio/1/lobby-1/health", health)]))
    assert kiosk.asked_again == [100]
    while (message := kiosk.say()) is not None:
        kiosk.hear(restored.ingest.take([message]))
    assert whole(restored) == (150, 150, {}, 0) and verify(restored.engine).differences == []
    restored.engine.dispose()


def test_a_kiosk_that_goes_on_pressing_is_asked_at_its_next_batch_without_a_new_connection(site, stores, tmp_path):
    kiosk, restored = live(site, stores, tmp_path, 64, 300, 200)
    kiosk.press(3)
    for _ in range(20_000):
        said = kiosk.say()
        if said is not None:
            kiosk.hear(restored.ingest.take([said]))
        elif kiosk.journal.unacked:
            kiosk.pass_ms(1000)
        else:
            break
    assert kiosk.asked_again[0] == 300
    assert whole(restored) == (503, 503, {}, 0) and verify(restored.engine).differences == []
    restored.engine.dispose()


def test_what_the_kiosk_has_overwritten_meanwhile_is_missing_to_the_tap_and_with_the_reason(site, stores, tmp_path):
    kiosk, restored = live(site, stores, tmp_path, 3, 100, 2000)
    held = kiosk.journal.held
    assert 101 < held < 2000  # it has some of them, and not all
    kiosk.settle()
    lost = held - 101
    assert whole(restored) == (2100, 2100 - lost, {"not_held": lost}, 0)
    assert restored.rows("SELECT from_seq, to_seq, reason FROM hole") == [(101, held - 1, "not_held")]
    kept = [row for row in plain(site.rows(TAPS)) if not 101 <= int(row[1]) < held]
    assert plain(restored.rows(TAPS)) == kept
    assert verify(restored.engine).differences == []
    restored.engine.dispose()


def test_a_store_that_lost_everything_gets_what_the_kiosk_still_has(site, make_site):
    kiosk = Firmware("lobby-1", site, capacity=3)
    for _ in range(10):
        kiosk.press(100)
        kiosk.settle()
    kiosk.site = empty = make_site()
    empty.now_ms = site.now_ms
    held = kiosk.journal.held
    kiosk.settle()
    assert kiosk.asked_again == [held - 1] and held > 1
    assert whole(empty) == (1000, 1001 - held, {"not_held": held - 1}, 0)
    assert verify(empty.engine).differences == []
