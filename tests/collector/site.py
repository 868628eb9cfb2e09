"""A store, its ingest with a clock that stands where the test puts it, and short ways to say and to look."""

from contextlib import contextmanager
from datetime import date

from sqlalchemy import text

from collector.database import migration
from collector.database.store import open_store
from collector.intake.ingest import Ingest
from collector.registration import registry
from tests.collector.stores import Sqlite
from wire import codec, topic
from wire.messages import FLAG_THINNED, Health, State, Taps, will

KIOSKS = ("lobby-1", "lobby-2", "gate")
NAMES = {"fi": "Neuvola", "sv": "Rådgivning", "en": "Clinic"}
FROM_MS = 1_767_225_600_000  # 2026-01-01 00:00 UTC: kiosks stand at the door from then on
NOW_MS = 1_790_000_000_000
JOURNAL = "9f3c1a22"
SUMS = ("face_1", "face_2", "face_3", "face_4", "aside_interval", "aside_test", "aside_burst", "aside_closed")


def furnish(url):
    """Migrates an empty database and registers a unit, two service points and the kiosks; answers ``url``."""
    engine = open_store(url)
    migration.upgrade(engine)
    registry.add_unit(engine, "unit", NAMES, None)
    registry.add_point(engine, "door", "unit", NAMES, "Europe/Helsinki")
    registry.add_point(engine, "hall", "unit", NAMES, "Europe/Helsinki")
    for kiosk in KIOSKS:
        registry.add_kiosk(engine, kiosk, "door", FROM_MS)
    engine.dispose()
    return url


class Site:
    """On a copy of the database ``prepared``, made by ``stores`` (tests.collector.stores)."""

    def __init__(self, stores, prepared):
        self._stores = stores
        self.url = stores.copy(prepared)
        self.engine = open_store(self.url)
        self.now_ms = NOW_MS
        self.ingest = Ingest(self.engine, lambda: self.now_ms)

    def close(self):
        self.engine.dispose()
        self._stores.drop(self.url)

    def locked(self):
        """A block in which the database takes nothing from anybody."""
        return self._stores.locked(self.url)

    def take(self, *deliveries):
        """The replies as (leaf, message)."""
        return [heard(reply) for reply in self.ingest.take(deliveries)]

    def rows(self, sql, **values):
        with self.engine.connect() as connection:
            return [tuple(map(_plain, row)) for row in connection.execute(text(sql), values)]

    def value(self, sql, **values):
        return self.rows(sql, **values)[0][0]

    def mark(self, journal=JOURNAL):
        return self.value("SELECT mark FROM journal_mark WHERE journal = :journal", journal=journal)

    def counts(self):
        """What must not depend on the order in which taps came."""
        return {
            "days": self.rows(f"SELECT service_point_id, day, question_id, {', '.join(SUMS)}, estimated FROM tap_day "
                              f"WHERE {' + '.join(SUMS)} > 0 ORDER BY 1, 2, 3"),
            "quarters": self.rows(f"SELECT service_point_id, quarter_utc_ms, question_id, {', '.join(SUMS)} "
                                  f"FROM tap_quarter WHERE {' + '.join(SUMS)} > 0 ORDER BY 1, 2, 3"),
            "verdicts": self.rows("SELECT journal, seq, face, verdict FROM tap JOIN journal_mark "
                                  "ON id = journal_id WHERE face > 0 ORDER BY 1, 2"),
            "marks": self.rows("SELECT kiosk, journal, mark, missing, unplaced, tested, told FROM journal_mark "
                               "ORDER BY 1, 2"),
            "journals": self.rows("SELECT journal_id, day, verdict, taps FROM journal_day WHERE taps != 0 "
                                  "ORDER BY 1, 2, 3"),
        }  # fmt: skip

    def unaccounted(self):
        """Seqs up to the marks that are neither in ``journal_day`` nor in a hole: (mark, stored, missing) a journal."""
        taps = "(SELECT coalesce(sum(taps), 0) FROM journal_day WHERE journal_id = id)"
        holes = "(SELECT coalesce(sum(to_seq - from_seq + 1), 0) FROM hole WHERE journal_id = id)"
        every = self.rows(f"SELECT mark, {taps}, {holes} FROM journal_mark ORDER BY id")
        return [(mark, stored, missing) for mark, stored, missing in every if mark != stored + missing]

    def recounted(self):
        """``tap_day``, ``tap_quarter`` and ``journal_day`` as raw taps say they should be."""
        sums = ", ".join(
            f"count(*) FILTER (WHERE {which})"
            for which in [
                *(f"verdict = 0 AND face = {face}" for face in (1, 2, 3, 4)),
                *(f"verdict = {verdict}" for verdict in (1, 2, 5, 6)),
            ]
        )
        counted = "FROM tap WHERE verdict IN (0, 1, 2, 5, 6) AND service_point_id IS NOT NULL"
        estimated = "count(*) FILTER (WHERE estimated AND verdict = 0)"
        quarter = "utc_ms - utc_ms % 900000"
        return {
            "days": self.rows(f"SELECT service_point_id, day, question_id, {sums}, {estimated} {counted} "
                              f" GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"),
            "quarters": self.rows(f"SELECT service_point_id, {quarter}, question_id, {sums} "
                                  f"{counted} AND utc_ms IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"),
            "journals": self.rows("SELECT journal_id, coalesce(day, '0001-01-01'), verdict, count(*) FROM tap "
                                  "WHERE verdict IS NOT NULL AND face > 0 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"),
        }  # fmt: skip


def _plain(value):
    """As SQLite has it, which knows neither days nor truth."""
    if isinstance(value, date):
        return value.isoformat()
    return int(value) if isinstance(value, bool) else value


def taps(first, faces, *, kiosk="lobby-1", apart_ms=6000, **fields):
    """A taps delivery; ``faces`` are faces so far apart, or whole taps (face, uptime_ms, flags)."""
    rows = tuple(f if isinstance(f, tuple) else (f, (first + i) * apart_ms, 0) for i, f in enumerate(faces))
    thinned = any(flags & FLAG_THINNED for _, _, flags in rows)
    values = {
        "journal": JOURNAL, "boot": 1, "uptime_ms": 0, "utc_ms": NOW_MS, "bounds": None, "held": 1, "acked": 0,
        "first_seq": first, "width_ms": 60_000 if thinned else None, "taps": rows, **fields,
    }  # fmt: skip
    return topic.of(kiosk, "taps"), codec.encode("taps", Taps(**values))


def birth(*, kiosk="lobby-1", **fields):
    values = {
        "online": True, "session": 1, "firmware": "0.1.0", "board": "host", "journal": JOURNAL, "boot": 1,
        "uptime_ms": 4000, "held": 1, "acked": 0, "last_seq": 0, "config_version": 1, "spans": (), **fields,
    }  # fmt: skip
    return topic.of(kiosk, "state"), codec.encode("state", State(**values))


def health(*, kiosk="lobby-1", update="none", version=None, why=None, test=False, **fields):
    values = {
        "uptime_ms": 5000, "utc_ms": NOW_MS, "clock": "server", "journal": JOURNAL, "last_seq": 0, "acked": 0,
        "backlog": 0, "thinned": 0, "unreadable": 0, "refused": 0, "unthanked": 0, "stuck": (), "test": test,
        "rssi_dbm": None, "supply_mv": None, "heap_free": 100_000, "heap_block": None, "flash_free": 500_000,
        "reset": "power", "connects": 1, "error": None, "update_state": update, "update_version": version,
        "update_reason": why, **fields,
    }  # fmt: skip
    return topic.of(kiosk, "health"), codec.encode("health", Health(**values))


def gone(session, *, kiosk="lobby-1"):
    return topic.of(kiosk, "state"), codec.encode("state", will(session))


def heard(reply):
    leaf = topic.parse(reply[0])[1]
    message = codec.decode(leaf, reply[1])
    return leaf, message


def acks(client):
    """The stored acks that a kiosk's client (tests.collector.broker_client) has heard."""
    told = [heard(message[:2]) for message in client.heard]
    return [message for leaf, message in told if leaf == "ack"]


def highest(client):
    """The highest seq of them; -1 before the first."""
    return max((ack.seq for ack in acks(client)), default=-1)


@contextmanager
def on_sqlite(folder):
    """One in a file of ``folder``."""
    stores = Sqlite(folder)
    site = Site(stores, furnish(stores.empty()))
    try:
        yield site
    finally:
        site.close()
