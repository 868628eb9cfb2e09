"""What counts, in versions that are added and never changed.

A version holds for taps of its first day and later, whatever earlier versions said of those days: every day has one
set of rules, and a new one may begin in the past. What is decided already stays decided until a rebuild.

Rules and opening hours share one numbering: a number says all that a verdict rests on.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, func, insert, literal_column, select

from collector.database import store
from collector.database.tables import UNDATED, opening_hours, rule_set
from collector.database.written import Told
from collector.registration.registry import RegistryError
from collector.verdict.policy import Rules

MAX_NOTE = 200

LIMITS = {
    "interval_ms": (0, 60_000),
    "burst_taps": (0, 1000),
    "burst_pause_ms": (1000, 600_000),
    "grace_ms": (0, 86_400_000),
}
"""The least and the most of each figure."""

_none: Any = literal_column("0")
_newest = Told(
    select(
        func.coalesce(select(func.max(rule_set.c.version)).scalar_subquery(), _none),
        func.coalesce(select(func.max(opening_hours.c.version)).scalar_subquery(), _none),
    )
)
_first = select(rule_set.c.version).where(rule_set.c.version == 1).with_for_update()


class RuleSet(NamedTuple):
    """``rules`` from ``from_day`` on (UNDATED: from the beginning). ``set_utc_ms`` None: came with hymio."""

    rules: Rules
    from_day: date
    note: str
    set_utc_ms: int | None


def newest_version(connection: Connection) -> int:
    """The number of the latest change of rules or hours: nothing that is decided now rests on a later one."""
    return max(_newest.read(connection).one())


def next_version(connection: Connection) -> int:
    """The number for another change. Whoever else wants one waits until this transaction has ended, so that no number
    comes to be seen before a lower one."""
    connection.execute(_first)
    return newest_version(connection) + 1


def sets(connection: Connection, version: int | None = None) -> list[RuleSet]:
    """Every set up to ``version`` (None: to now), the first first."""
    rows = select(rule_set).order_by(rule_set.c.version)
    if version is not None:
        rows = rows.where(rule_set.c.version <= version)
    return [_set_of(row) for row in connection.execute(rows)]


def in_force(sets: Sequence[RuleSet], day: date | None) -> RuleSet:
    """Of ``sets`` the one that holds on a local day; on UNDATED and None those from the beginning."""
    on = UNDATED if day is None else day
    return next(one for one in reversed(sets) if one.from_day <= on)


def change(engine: Engine, figures: Mapping[str, int | None], from_day: date, note: str, now_ms: int) -> RuleSet:
    """Adds a version: from ``from_day`` on ``figures`` (by the names of Rules), the rest as it was on that day.

    Raises RegistryError.
    """
    if not 1 <= len(note.strip()) <= MAX_NOTE or not note.isprintable():
        raise RegistryError(f"note: it must say in 1 to {MAX_NOTE} characters on one line why the rules change")
    for name, figure in figures.items():
        _check(name, figure)
    with store.writing(engine) as connection:
        version = next_version(connection)
        as_it_was = in_force(sets(connection), from_day).rules._asdict()
        rules = Rules(**{**as_it_was, **figures, "version": version})
        row: dict[str, Any] = {**rules._asdict(), "from_day": from_day, "note": note, "set_utc_ms": now_ms}
        connection.execute(insert(rule_set), row)
    return RuleSet(rules, from_day, note, now_ms)


def _check(name: str, figure: int | None) -> None:
    least, most = LIMITS[name]
    if figure is None and name == "grace_ms":
        return
    if figure is None or not least <= figure <= most:
        raise RegistryError(f"{name}: {figure} is not possible; it must be a whole number from {least} to {most}")


def _set_of(row: Any) -> RuleSet:
    rules = Rules(row.version, row.interval_ms, row.burst_taps, row.burst_pause_ms, row.grace_ms)
    return RuleSet(rules, row.from_day, row.note, row.set_utc_ms)
