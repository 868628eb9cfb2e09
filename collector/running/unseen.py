"""Troubles with taps that no technician has marked as seen, and how many taps are missing at all: for monitoring."""

from sqlalchemy import Connection, func, select

from collector.database.tables import conflict, hole, journal_mark, quarantine

_missing = select(func.coalesce(func.sum(journal_mark.c.missing), 0))
_troubles = {
    "missing_taps": select(func.coalesce(func.sum(hole.c.to_seq - hole.c.from_seq + 1), 0)).where(
        hole.c.seen_utc_ms.is_(None)
    ),
    "conflicts": select(func.count()).select_from(conflict).where(conflict.c.seen_utc_ms.is_(None)),
    "quarantined": select(func.count()).select_from(quarantine).where(quarantine.c.seen_utc_ms.is_(None)),
}


def missing_taps(connection: Connection) -> int:
    """Taps known to be lost, of all time, seen or not."""
    return int(connection.execute(_missing).scalar_one())


def troubles(connection: Connection) -> dict[str, int]:
    """By kind; ``dashboard.seen`` marks them."""
    return {kind: int(connection.execute(question).scalar_one()) for kind, question in _troubles.items()}
