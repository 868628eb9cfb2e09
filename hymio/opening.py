"""What the terminal says of opening hours."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import Engine

from collector.database import store
from collector.registration import registry
from collector.verdict import hours
from collector.verdict.hours import Told
from collector.verdict.timetable import Timetable
from collector.verdict.week import write, write_spans


def today(engine: Engine, point: str, now_ms: int) -> date:
    """The local day at the service point. Raises RegistryError."""
    return Timetable((), registry.timezone_of(engine, point)).local_day(now_ms)


def listed(engine: Engine, point: str) -> Iterator[str]:
    """What was told of a service point's hours, a line each, in the order in which it was told."""
    with store.reading(engine) as connection:
        lines = [told(one) for one in hours.told(connection, [registry.point_of(connection, point).id])]
    yield from lines or ["no hours were told of it: it is never taken for closed"]


def told(one: Told) -> str:
    """One telling, as ``since 2026-06-01: mon-fri 08:00-16:00``."""
    return f"{_when(one)}: {_what(one)}" + (f" ({one.note})" if one.note else "")


def _when(one: Told) -> str:
    if one.exceptional:
        return f"on {one.from_day}"
    return f"since {one.from_day}" if one.to_day is None else f"from {one.from_day} to {one.to_day}"


def _what(one: Told) -> str:
    if one.week is None:
        return "as its week says" if one.exceptional else "hours are not known"
    return write_spans(one.week.days[0]) if one.exceptional else write(one.week)
