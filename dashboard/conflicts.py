"""Taps that came twice under one key and differed, with both contents; and messages in quarantine.

Neither tells when somebody pressed: outside the demo an uptime, and the time at which a message came, is a quarter's.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from collector.database.tables import conflict, journal_mark, quarantine, tap
from dashboard.steps import quarter_of

MOST = 50
"""Rows that a page shows of each; all of them are kept."""


@dataclass(frozen=True)
class Copy:
    """What a kiosk said of one tap. ``uptime_ms``: since that boot began."""

    boot: int
    uptime_ms: int
    face: int


@dataclass(frozen=True)
class Conflict:
    """``stored`` came first and is what counts, ``other`` is kept beside it. ``apart_ms``: None where boots differ."""

    id: int
    journal: str
    seq: int
    stored: Copy | None
    other: Copy
    apart_ms: int | None
    received_utc_ms: int
    seen: bool


@dataclass(frozen=True)
class Refused:
    """A message in quarantine: its reason and the field it was found in, in the wire's words; bytes."""

    id: int
    reason: str
    field: str
    size: int
    received_utc_ms: int
    seen: bool


def conflicts(connection: Connection, kiosk: str, *, coarse: bool) -> tuple[list[Conflict], int]:
    """The newest MOST of a kiosk, the newest first, and how many there are."""
    of_kiosk = journal_mark.c.kiosk == kiosk
    number = select(func.count()).select_from(conflict).join(journal_mark, journal_mark.c.id == conflict.c.journal_id)
    rows = connection.execute(
        select(
            conflict.c.id, journal_mark.c.journal, conflict.c.seq, conflict.c.boot, conflict.c.uptime_ms,
            conflict.c.face, conflict.c.received_utc_ms, conflict.c.seen_utc_ms,
            tap.c.boot.label("stored_boot"), tap.c.uptime_ms.label("stored_uptime_ms"), tap.c.face.label("stored_face"),
        )
        .join(journal_mark, journal_mark.c.id == conflict.c.journal_id)
        .outerjoin(tap, (tap.c.journal_id == conflict.c.journal_id) & (tap.c.seq == conflict.c.seq))
        .where(of_kiosk)
        .order_by(conflict.c.id.desc())
        .limit(MOST)
    )  # fmt: skip
    found = [_conflict(row, coarse) for row in rows]
    return found, connection.execute(number.where(of_kiosk)).scalar_one()


def _conflict(row, coarse: bool) -> Conflict:
    other, stored, apart_ms = Copy(row.boot, row.uptime_ms, row.face), None, None
    if row.stored_boot is not None:
        stored = Copy(row.stored_boot, row.stored_uptime_ms, row.stored_face)
        apart_ms = abs(other.uptime_ms - stored.uptime_ms) if other.boot == stored.boot else None
    came, seen = _when(row.received_utc_ms, coarse), row.seen_utc_ms is not None
    shown = stored and _shown(stored, coarse)
    return Conflict(row.id, row.journal, row.seq, shown, _shown(other, coarse), apart_ms, came, seen)


def _shown(copy: Copy, coarse: bool) -> Copy:
    return Copy(copy.boot, quarter_of(copy.uptime_ms), copy.face) if coarse else copy


def refused(connection: Connection, kiosk: str | None, *, coarse: bool) -> tuple[list[Refused], int]:
    """The newest MOST messages of a kiosk (None: of nobody in the registry) in quarantine, and how many there are."""
    same = quarantine.c.kiosk == kiosk if kiosk is not None else quarantine.c.kiosk.is_(None)
    names = ("id", "reason", "field", "size", "received_utc_ms", "seen_utc_ms")
    wanted = select(*[quarantine.c[name] for name in names]).where(same).order_by(quarantine.c.id.desc()).limit(MOST)
    found = [
        Refused(id, reason, where, size, _when(came, coarse), seen is not None)
        for id, reason, where, size, came, seen in connection.execute(wanted)
    ]
    return found, connection.execute(select(func.count()).select_from(quarantine).where(same)).scalar_one()


def _when(utc_ms: int, coarse: bool) -> int:
    return quarter_of(utc_ms) if coarse else utc_ms
