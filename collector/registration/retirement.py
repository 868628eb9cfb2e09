"""The end of a kiosk's account, and what the kiosk still owes then: what it has not delivered never comes."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, func, select, update

from collector.database import store
from collector.database.tables import Kiosk, Placement, hole, journal_mark, kiosk_state
from collector.registration.registry import RegistryError, checked_utc_ms, in_use

_kiosk: Any = Kiosk.__table__  # type: ignore[attr-defined]
_placement: Any = Placement.__table__  # type: ignore[attr-defined]


class Owed(NamedTuple):
    """``waiting``: taps that a kiosk had counted and not delivered when it was last heard of.

    ``missing``: taps known to be missing that nobody has marked as seen.
    """

    waiting: int
    missing: int


def owed(connection: Connection, name: str) -> Owed:
    """What a kiosk owes."""
    waiting = select(kiosk_state.c.backlog).where(kiosk_state.c.kiosk == name)
    missing = (
        select(func.coalesce(func.sum(hole.c.to_seq - hole.c.from_seq + 1), 0))
        .join(journal_mark, journal_mark.c.id == hole.c.journal_id)
        .where(journal_mark.c.kiosk == name, hole.c.seen_utc_ms.is_(None))
    )
    return Owed(int(connection.execute(waiting).scalar() or 0), int(connection.execute(missing).scalar_one()))


def retire(engine: Engine, name: str, now_ms: int, *, anyway: bool = False) -> Owed:
    """The kiosk's account ends and its placement closes; its taps stay. Returns what it owed.

    Raises RegistryError, also where it owes anything, unless ``anyway``.
    """
    with store.writing(engine) as connection:
        in_use(connection, name)
        owes = owed(connection, name)
        if any(owes) and not anyway:
            raise RegistryError(_refusal(name, owes))
        retired = {"retired_utc_ms": checked_utc_ms("now_ms", now_ms)}
        connection.execute(update(_kiosk).where(_kiosk.c.name == name).values(**retired))
        ends = update(_placement).where(_placement.c.kiosk == name, _placement.c.to_utc_ms.is_(None))
        connection.execute(ends.values(to_utc_ms=now_ms))
    return owes


def _refusal(name: str, owes: Owed) -> str:
    parts = []
    if owes.waiting:
        parts.append(f"{_taps(owes.waiting)} that it had not delivered when last heard of")
    if owes.missing:
        parts.append(f"{_taps(owes.missing)} missing that nobody has marked as seen")
    return (
        f"name: the kiosk {name!r} has {' and '.join(parts)}; look at /kiosks/{name}, and let it deliver first, or "
        "retire it with --anyway: what it has not delivered then never comes"
    )


def _taps(number: int) -> str:
    return "1 tap" if number == 1 else f"{number} taps"
