"""The rows of ``journal_mark``: locked at the beginning of a transaction, written at its end.

Whoever holds a journal's row is the only one to advance its mark, on whatever collector.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Row, func, select, tuple_, update
from sqlalchemy import bindparam as bound

from collector.database.rows import insert_new
from collector.database.tables import journal_mark
from collector.database.written import Chosen, Overwritten

_key = (journal_mark.c.kiosk, journal_mark.c.journal)
_among = tuple_(*_key).in_(bound("keys", expanding=True))
_locked = Chosen(select(journal_mark).where(_among).order_by(journal_mark.c.id).with_for_update())
_select_marks = select(*_key, journal_mark.c.mark).where(_among)

_judged: dict[str, Any] = {
    name: bound(f"to_{name}")
    for name in (
        "counted_boot", "counted_uptime_ms", "counted_utc_ms", "pressed_boot", "pressed_uptime_ms", "pressed_utc_ms",
        "run", "ruled", "begins_utc_ms", "unplaced", "tested",
    )
}  # fmt: skip

_write = Overwritten(
    update(journal_mark)
    .where(journal_mark.c.id == bound("of"))
    .values(
        mark=bound("to_mark"),
        highest=bound("to_highest"),
        missing=bound("to_missing"),
        told=bound("to_told"),
        **_judged,
    )
)
_write_judged = update(journal_mark).where(journal_mark.c.id == bound("of")).values(**_judged)


def locked(connection: Connection, wanted: list[tuple[str, str]]) -> list[Row[Any]]:
    """The rows of (kiosk, journal), held to the end of the transaction; made where they are missing."""
    rows = _locked.among(connection, wanted).all()
    if len(rows) < len(wanted):
        found = {(row.kiosk, row.journal) for row in rows}
        missing = [{"kiosk": kiosk, "journal": journal} for kiosk, journal in wanted if (kiosk, journal) not in found]
        insert_new(connection, journal_mark, missing)
        rows = _locked.among(connection, wanted).all()
    return list(rows)


def seen(connection: Connection, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The marks of (kiosk, journal), of those that are there, without a lock."""
    rows = connection.execute(_select_marks, {"keys": list(wanted)})
    return {(kiosk, journal): mark for kiosk, journal, mark in rows}


def last_counted_utc_ms(connection: Connection, kiosk: str, before_id: int, but: list[int]) -> int | None:
    """When the last counted tap of a kiosk's journals before one was pressed, those of the ids ``but`` left out."""
    times = select(func.max(journal_mark.c.counted_utc_ms)).where(
        journal_mark.c.kiosk == kiosk, journal_mark.c.id < before_id, journal_mark.c.id.not_in(but)
    )
    utc_ms: int | None = connection.execute(times).scalar()
    return utc_ms


def write(connection: Connection, marks: list[dict[str, Any]]) -> None:
    """Takes the values of ``Journal.changed``, of many journals at once."""
    _write.write(connection, marks)


def write_judged(connection: Connection, values: dict[str, Any]) -> None:
    """Of one journal, what the policy makes of its taps; the mark stays."""
    connection.execute(_write_judged, values)
