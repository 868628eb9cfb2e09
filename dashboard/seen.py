"""A technician's word that troubles were seen. Nothing is deleted by it, and what comes later is told again."""

from typing import NamedTuple

from sqlalchemy import Connection, Engine, func, select, update

from collector.database import store
from collector.database.tables import conflict, hole, journal_mark, quarantine


class Shown(NamedTuple):
    """How far a page told of a kiosk's troubles: the newest hole's finding, conflict and message in quarantine."""

    hole_utc_ms: int
    conflict: int
    message: int


def shown(connection: Connection, kiosk: str | None) -> Shown:
    """What there is now; 0 for none. ``kiosk`` None: messages that name no kiosk of the registry."""
    journals = _journals(kiosk)
    newest = (
        select(func.max(hole.c.found_utc_ms)).where(hole.c.journal_id.in_(journals)),
        select(func.max(conflict.c.id)).where(conflict.c.journal_id.in_(journals)),
        select(func.max(quarantine.c.id)).where(_from(kiosk)),
    )
    return Shown(*(connection.execute(one).scalar() or 0 for one in newest))


def mark(engine: Engine, kiosk: str | None, up_to: Shown, now_ms: int) -> None:
    """Marks as seen what a page had told of, and nothing that came since."""
    journals = _journals(kiosk)
    told = (
        (hole, hole.c.journal_id.in_(journals), hole.c.found_utc_ms <= up_to.hole_utc_ms),
        (conflict, conflict.c.journal_id.in_(journals), conflict.c.id <= up_to.conflict),
        (quarantine, _from(kiosk), quarantine.c.id <= up_to.message),
    )
    with store.writing(engine) as connection:
        for table, mine, old in told:
            connection.execute(update(table).where(mine, old, table.c.seen_utc_ms.is_(None)).values(seen_utc_ms=now_ms))


def _journals(kiosk: str | None):
    return select(journal_mark.c.id).where(journal_mark.c.kiosk == (kiosk or ""))


def _from(kiosk: str | None):
    return quarantine.c.kiosk == kiosk if kiosk is not None else quarantine.c.kiosk.is_(None)
