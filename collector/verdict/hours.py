"""When service points are open: what was told of it, version by version. Nothing told is ever changed, only followed.

Hours are told of a service point's local days, from one day on or to another. A later telling wins; summer hours that
were told with their last day give way to the usual ones after it. An exceptional day wins over every week.
"""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, Engine, insert, select

from collector.database import store
from collector.database.tables import opening_hours
from collector.registration.registry import RegistryError, point_of
from collector.verdict.rules import next_version
from collector.verdict.week import Week, WeekError, read, read_spans, write

MAX_NOTE = 200


class Told(NamedTuple):
    """What was told of the days from ``from_day`` to ``to_day``, both included (None: still).

    ``week`` is None where hours are not told any more, or where an exceptional day is as usual after all.
    """

    version: int
    service_point_id: int
    from_day: date
    to_day: date | None
    exceptional: bool
    week: Week | None
    note: str
    told_utc_ms: int

    def holds_on(self, day: date) -> bool:
        return self.from_day <= day and (self.to_day is None or day <= self.to_day)


def tell_week(
    engine: Engine, point: str, said: str | None, from_day: date, to_day: date | None, note: str, now_ms: int
) -> Told:
    """From ``from_day`` to ``to_day`` (None: still) the service point is open as ``said`` (collector.verdict.week;
    None: hours are not told any more). Raises RegistryError."""
    if to_day is not None and to_day < from_day:
        raise RegistryError(f"until: {to_day} is before {from_day}, the first day; it must be that day or a later one")
    try:
        week = None if said is None else read(said)
    except WeekError as e:
        raise RegistryError(f"hours: {e}") from None
    return _tell(engine, point, week, from_day, to_day, False, note, now_ms)


def tell_day(engine: Engine, point: str, day: date, said: str | None, note: str, now_ms: int) -> Told:
    """On ``day`` the service point is open as ``said`` (``10-14``, ``closed``; None: as its week says after all),
    whatever its week says. Raises RegistryError."""
    try:
        week = None if said is None else Week((read_spans(said),) * 7, None)
    except WeekError as e:
        raise RegistryError(f"hours: {e}") from None
    return _tell(engine, point, week, day, day, True, note, now_ms)


def told(connection: Connection, points: Iterable[int], version: int | None = None) -> list[Told]:
    """Everything told of ``points`` up to ``version`` (None: to now), in the order in which it was told."""
    rows = select(opening_hours).where(opening_hours.c.service_point_id.in_(list(points)))
    if version is not None:
        rows = rows.where(opening_hours.c.version <= version)
    return [
        Told(**{**row, "week": None if row["week"] is None else read(row["week"])})
        for row in connection.execute(rows.order_by(opening_hours.c.version)).mappings()
    ]


def _tell(
    engine: Engine, point: str, week: Week | None, from_day: date, to_day: date | None, exceptional: bool,
    note: str, now_ms: int,
) -> Told:  # fmt: skip
    if len(note) > MAX_NOTE or not note.isprintable():
        raise RegistryError(f"note: it must be at most {MAX_NOTE} characters on one line")
    with store.writing(engine) as connection:
        version = next_version(connection)
        row = Told(version, point_of(connection, point).id, from_day, to_day, exceptional, week, note, now_ms)
        written = None if week is None else write(week)
        connection.execute(insert(opening_hours), {**row._asdict(), "week": written})
    return row
