"""Years of a county's taps, made in the database itself, as ingest would have left them: raw taps, sums and marks.

Each of KIOSKS kiosks stands at a service point of its own and hears A_DAY taps a day, every day, in one boot of its one
journal; every twentieth comes too soon after the one before and is set aside. Nothing happened in the last days, which
are for whoever adds to it. ``errors`` holds the sums of some kiosks against their raw taps.
"""

from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Integer,
    MetaData,
    Table,
    case,
    create_engine,
    event,
    false,
    func,
    insert,
    literal,
    select,
)

from collector.database import migration
from collector.database.store import open_store
from collector.database.tables import Kiosk, Placement, ServicePoint, Unit, journal_mark, tap, tap_day, tap_quarter
from collector.days.dating import NO_QUESTION, QUARTER_MS
from collector.verdict.policy import Verdict

KIOSKS = 200
A_DAY = 100
UNITS = 20
ROOT = "county"
JOURNAL = "0badcafe"
SINCE_DAYS = 4  # nothing is newer than that
OPENS_MS = 6 * 3_600_000  # UTC: in Helsinki it is the same day until the last tap
APART_MS = 200_000
SOON_MS = 2_000
SHIFTS = 4  # the faces of a day differ from kiosk to kiosk and from day to day, in four ways
ZONE = "Europe/Helsinki"
SAMPLE = (1, 77, KIOSKS)

_made = MetaData()
_of = {"prefixes": ["TEMPORARY"]}
_day = Table("made_day", _made, Column("number", Integer, primary_key=True), Column("day", Date),
             Column("utc_ms", BigInteger), **_of)  # fmt: skip
_moment = Table("made_moment", _made, Column("shift", Integer, primary_key=True),
                Column("number", Integer, primary_key=True), Column("after_ms", Integer), Column("face", Integer),
                Column("verdict", Integer), **_of)  # fmt: skip


def seqs_of(taps):
    """How many taps each kiosk has where there are ``taps`` in all."""
    return taps // KIOSKS


def furnish(url, taps, now_ms):
    """A migrated store with ``taps`` taps, a multiple of KIOSKS times A_DAY."""
    engine = open_store(url)
    migration.upgrade(engine)
    last = datetime.fromtimestamp(now_ms / 1000, UTC).date() - timedelta(SINCE_DAYS)
    first = last - timedelta(taps // KIOSKS // A_DAY - 1)
    _register(engine, _utc_ms(first) - 86_400_000)
    engine.dispose()
    days = [{"number": n, "day": first + timedelta(n), "utc_ms": _utc_ms(first + timedelta(n))}
            for n in range((last - first).days + 1)]  # fmt: skip
    with _in_bulk(url) as connection:
        _made.create_all(connection)
        connection.execute(insert(_day), days)
        connection.execute(insert(_moment), [moment for shift in range(SHIFTS) for moment in _moments(shift)])
        _mark(connection, days)
        for kiosk in range(1, KIOSKS + 1):
            _write(connection, kiosk)
        _made.drop_all(connection)
    _settle(url)


def errors(url):
    """What is not as the raw taps of the kiosks in SAMPLE say, in words."""
    engine = open_store(url)
    try:
        with engine.connect() as connection:
            return [error for kiosk in SAMPLE for error in _errors(connection, kiosk)]
    finally:
        engine.dispose()


def _errors(connection, kiosk):
    """Kiosk, service point and journal have the same number."""
    counted = tap.c.verdict == int(Verdict.COUNTED)
    faces = [func.sum(case((counted & (tap.c.face == face), 1), else_=0)) for face in (1, 2, 3, 4)]
    aside = func.sum(case((tap.c.verdict == int(Verdict.INTERVAL), 1), else_=0))
    for table, at, raw in (
        (tap_day, tap_day.c.day, tap.c.day),
        (tap_quarter, tap_quarter.c.quarter_utc_ms, tap.c.utc_ms - tap.c.utc_ms % QUARTER_MS),
    ):
        sums = [table.c[f"face_{face}"] for face in (1, 2, 3, 4)]
        stands = select(at, *sums, table.c.aside_interval).where(table.c.service_point_id == kiosk).order_by(at)
        said = select(raw, *faces, aside).where(tap.c.journal_id == kiosk).group_by(raw).order_by(raw)
        if [tuple(row) for row in connection.execute(stands)] != [tuple(row) for row in connection.execute(said)]:
            yield f"{table.name} of service point {kiosk}"
    here = journal_mark.c.id == kiosk
    marked = connection.execute(select(journal_mark.c.mark, journal_mark.c.highest).where(here)).one()
    stored = connection.execute(
        select(func.count(), func.max(tap.c.seq)).select_from(tap).where(tap.c.journal_id == kiosk)
    ).one()
    if tuple(marked) != tuple(stored):
        yield f"the mark of kiosk {kiosk}"


def _register(engine, from_ms):
    units = [{"slug": ROOT if n == 0 else f"unit-{n}", "parent_id": 1 if n else None} for n in range(UNITS + 1)]
    points = [{"slug": f"point-{n}", "unit_id": 2 + n % UNITS, "timezone": ZONE} for n in range(KIOSKS)]
    kiosk = {"secret_hash": "none", "added_utc_ms": from_ms, "config_version": 1, "idle_light": 20, "health_s": 300}
    with engine.begin() as connection:
        connection.execute(insert(Unit), [{**unit, **_named(unit)} for unit in units])
        connection.execute(insert(ServicePoint), [{**point, **_named(point)} for point in points])
        names = [f"kiosk-{n}" for n in range(KIOSKS)]
        connection.execute(insert(Kiosk), [{"name": name, "channel": "stable", **kiosk} for name in names])
        places = [{"kiosk": name, "service_point_id": 1 + n, "from_utc_ms": from_ms} for n, name in enumerate(names)]
        connection.execute(insert(Placement), places)


def _named(row):
    return {f"name_{language}": row["slug"] for language in ("fi", "sv", "en")}


def _mark(connection, days):
    last = days[-1]["utc_ms"] + _moments(0)[A_DAY - 2]["after_ms"]  # the last tap but one: the last is set aside
    state = {"mark": len(days) * A_DAY, "highest": len(days) * A_DAY, "counted_boot": 1, "counted_utc_ms": last,
             "counted_uptime_ms": last - days[0]["utc_ms"]}  # fmt: skip
    marks = [{"kiosk": f"kiosk-{n}", "journal": JOURNAL, **state} for n in range(KIOSKS)]
    connection.execute(insert(journal_mark), marks)


def _moments(shift):
    """One day's taps: how long after midnight UTC, which face, and what became of it."""
    soon = [number % 20 == 19 for number in range(A_DAY)]
    return [
        {"shift": shift, "number": n, "face": 1 + (7 * n + shift) % 4,
         "after_ms": OPENS_MS + (APART_MS * (n - 1) + SOON_MS if soon[n] else APART_MS * n),
         "verdict": int(Verdict.INTERVAL if soon[n] else Verdict.COUNTED)}
        for n in range(A_DAY)
    ]  # fmt: skip


def _write(connection, kiosk):
    """All taps and sums of the kiosk with that number, in the order of their keys."""
    pressed = _day.join(_moment, _moment.c.shift == (_day.c.number + kiosk) % SHIFTS)
    began_ms = select(func.min(_day.c.utc_ms)).scalar_subquery()
    utc_ms = _day.c.utc_ms + _moment.c.after_ms
    values = {
        "journal_id": literal(kiosk), "seq": _day.c.number * A_DAY + _moment.c.number + 1, "boot": literal(1),
        "uptime_ms": utc_ms - began_ms, "face": _moment.c.face, "flags": literal(0), "width_ms": literal(0),
        "utc_ms": utc_ms, "estimated": false(), "day": _day.c.day, "service_point_id": literal(kiosk),
        "question_id": literal(NO_QUESTION), "verdict": _moment.c.verdict,
    }  # fmt: skip
    rows = select(*values.values()).select_from(pressed).order_by(_day.c.number, _moment.c.number)
    connection.execute(insert(tap).from_select(list(values), rows))
    _sum(connection, tap_day, kiosk, _day.c.day, literal(0))
    _sum(connection, tap_quarter, kiosk, _day.c.utc_ms + _moment.c.after_ms - _moment.c.after_ms % QUARTER_MS, None)


def _sum(connection, table, kiosk, at, estimated):
    counted = _moment.c.verdict == int(Verdict.COUNTED)
    sums = {f"face_{face}": func.sum(case((counted & (_moment.c.face == face), 1), else_=0)) for face in (1, 2, 3, 4)}
    values = {
        "service_point_id": literal(kiosk), table.primary_key.columns.values()[1].name: at,
        "question_id": literal(NO_QUESTION), **sums, "aside_interval": func.sum(case((counted, 0), else_=1)),
        "aside_test": literal(0),
    }  # fmt: skip
    if estimated is not None:
        values["estimated"] = estimated
    pressed = _day.join(_moment, _moment.c.shift == (_day.c.number + kiosk) % SHIFTS)
    rows = select(*values.values()).select_from(pressed).group_by(at).order_by(at)
    connection.execute(insert(table).from_select(list(values), rows))


@contextmanager
def _in_bulk(url):
    """A transaction that need not survive anything: who is cut short begins again."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _hurry)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")  # no look-up of each reference
            connection.exec_driver_sql("SET LOCAL work_mem = '256MB'")
            # Emptied in this transaction, they need no log where wal_level is minimal
            connection.exec_driver_sql("TRUNCATE tap, tap_day, tap_quarter")
        yield connection
    engine.dispose()


def _hurry(raw, _record):
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE", "cache_size=-200000"):
        raw.execute("PRAGMA " + pragma)


def _settle(url):
    """What autovacuum does in years; SQLite has nothing to do."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            connection.exec_driver_sql("VACUUM (FREEZE, ANALYZE)")
            connection.exec_driver_sql("CHECKPOINT")
    engine.dispose()


def _utc_ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
