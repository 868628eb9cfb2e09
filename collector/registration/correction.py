"""What was registered of a place, put right: its names at any time, its time zone as long as no day rests on it.

The short name stays what it is: it stands in addresses that people keep and in files they made of them.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Engine, or_, select, update

from collector.database import store
from collector.database.tables import ServicePoint, Unit, journal_mark, tap, tap_day
from collector.registration.registry import (
    LANGUAGES,
    MAX_TITLE,
    RegistryError,
    checked_timezone,
    checked_titles,
    point_of,
)

_unit: Any = Unit.__table__  # type: ignore[attr-defined]
_point: Any = ServicePoint.__table__  # type: ignore[attr-defined]


def rename_unit(engine: Engine, slug: str, names: Mapping[str, str]) -> dict[str, str]:
    """Other names by language; one that is not given stays. Returns all of them. Raises RegistryError."""
    return _rename(engine, _unit, "unit", slug, names)


def rename_point(engine: Engine, slug: str, names: Mapping[str, str]) -> dict[str, str]:
    """As ``rename_unit``, of a service point."""
    return _rename(engine, _point, "service point", slug, names)


def set_timezone(engine: Engine, slug: str, timezone: str) -> None:
    """The time zone of a service point to which no tap belongs yet.

    Raises RegistryError where there is one: its day was decided by the old zone, and is in sums, exports and memories.
    """
    checked_timezone(timezone)
    with store.writing(engine) as connection:
        point = point_of(connection, slug)
        if point.timezone != timezone and _has_taps(connection, point.id):
            raise RegistryError(
                f"timezone: taps of {slug} have their days by {point.timezone}, and those stay; add a service point "
                f"with the zone {timezone}, and `hymio kiosk place KIOSK --point NEW --since TIME` takes a kiosk's "
                "taps there, each on its day by that zone"
            )
        connection.execute(update(_point).where(_point.c.id == point.id).values(timezone=timezone))


def _rename(engine: Engine, table: Any, what: str, slug: str, names: Mapping[str, str]) -> dict[str, str]:
    if not names:
        raise RegistryError("names: none is given; it must be at least one of fi, sv, en")
    if not all(name.strip() for name in names.values()):
        raise RegistryError(f"names: one is empty; it must be 1 to {MAX_TITLE} characters")
    with store.writing(engine) as connection:
        row = connection.execute(select(table).where(table.c.slug == slug)).mappings().first()
        if row is None:
            raise RegistryError(f"{what}: there is no {what} {slug!r}; it must be one that was added")
        before = {language: row[f"name_{language}"] for language in LANGUAGES}
        columns = checked_titles("name", {**before, **names}, MAX_TITLE)
        connection.execute(update(table).where(table.c.id == row["id"]).values(columns))
    return {language: columns[f"name_{language}"] for language in LANGUAGES}


def _has_taps(connection: Connection, point_id: int) -> bool:
    """Decided ones, which are in sums; and those that wait for one before them, above their journal's mark."""
    counted = or_(*[column > 0 for column in tap_day.c if column.name.startswith(("face_", "aside_"))])
    decided = select(tap_day.c.day).where(tap_day.c.service_point_id == point_id, counted).limit(1)
    waiting = (
        select(tap.c.seq)
        .join(journal_mark, journal_mark.c.id == tap.c.journal_id)
        .where(journal_mark.c.highest > journal_mark.c.mark, tap.c.seq > journal_mark.c.mark)
        .where(tap.c.service_point_id == point_id)
        .limit(1)
    )
    return any(connection.execute(question).first() is not None for question in (decided, waiting))
