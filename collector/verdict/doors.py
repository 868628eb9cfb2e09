"""What the verdicts of one version rest on: which rules hold on a day, and whether a service point is shut at a time.

Kept from transaction to transaction, a service point at a time as taps ask for it. A number
(collector.verdict.rules) stands for everything here and is read in the transaction that decides, so what is kept is
never out of date.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import Connection, select

from collector.database.tables import opening_hours
from collector.verdict.policy import Rules
from collector.verdict.rules import RuleSet, in_force, newest_version, sets
from collector.verdict.timetable import Timetable, timetables
from collector.verdict.week import Opening, merged
from wire.messages import MAX_WIDTH_MS

DAY_MS = 86_400_000

_MOST_VERSIONS = 8
_MOST_DAYS = 20_000
"""What is kept; when there is more, all of it is read or computed anew."""


class Doors:
    """As of one version."""

    def __init__(self, version: int, sets: list[RuleSet], with_hours: frozenset[int]) -> None:
        self.version = version
        self.with_hours = with_hours
        self._sets = sets
        self._rules: dict[date | None, Rules] = {}
        self._timetables: dict[int, Timetable] = {}
        self._days: dict[tuple[int, int, int], tuple[list[int], list[int]]] = {}

    def rules(self, day: date | None) -> Rules:
        """What holds for taps of a local day."""
        rules = self._rules.get(day)
        if rules is None:
            if len(self._rules) >= _MOST_DAYS:
                self._rules.clear()
            rules = self._rules[day] = in_force(self._sets, day).rules
        return rules

    def are_shut(self, connection: Connection, point: int, utc_ms: int, width_ms: int, grace_ms: int) -> bool:
        """Whether ``point`` is known to be closed all the while from ``utc_ms`` until ``width_ms`` later, and for
        ``grace_ms`` before and after. Of a day whose hours were not told that is never known."""
        if point not in self.with_hours:
            return False
        key = (point, utc_ms // DAY_MS, grace_ms)
        known = self._days.get(key)
        if known is None:
            known = self._days[key] = self._not_shut(connection, *key)
        begins, ends = known
        last = bisect_right(begins, utc_ms + width_ms) - 1
        return last < 0 or ends[last] <= utc_ms

    def _not_shut(self, connection: Connection, point: int, utc_day: int, grace_ms: int) -> tuple[list[int], list[int]]:
        """Beginnings and ends of when a point is not known to be shut, in order, of taps that begin on a UTC day."""
        if len(self._days) >= _MOST_DAYS:
            self._days.clear()
        timetable = self._timetables.get(point)
        if timetable is None:
            timetable = self._timetables[point] = timetables(connection, [point], self.version)[point]
        first, last = utc_day * DAY_MS - grace_ms, (utc_day + 1) * DAY_MS + MAX_WIDTH_MS + grace_ms
        those = merged(Opening(a - grace_ms, b + grace_ms) for a, b in _not_closed(timetable, first, last))
        return [opening.from_utc_ms for opening in those], [opening.until_utc_ms for opening in those]


class DoorsKept:
    """The doors of the versions that were asked for lately."""

    def __init__(self) -> None:
        self._kept: dict[int, Doors] = {}

    def today(self, connection: Connection) -> Doors:
        """Those that what is decided in this transaction rests on. To be called when the journals are locked: then the
        versions rise along a journal."""
        return self.of(connection, newest_version(connection))

    def of(self, connection: Connection, version: int) -> Doors:
        doors = self._kept.get(version)
        if doors is None:
            if len(self._kept) >= _MOST_VERSIONS:
                self._kept.clear()
            told = select(opening_hours.c.service_point_id).where(opening_hours.c.version <= version).distinct()
            with_hours = frozenset(connection.execute(told).scalars())
            doors = self._kept[version] = Doors(version, sets(connection, version), with_hours)
        return doors


def _not_closed(timetable: Timetable, from_utc_ms: int, until_utc_ms: int) -> Iterator[Opening]:
    """Openings, and whole days of which nothing was told."""
    day = timetable.local_day(from_utc_ms) - timedelta(days=1)  # an opening of the evening before goes on
    last = timetable.local_day(until_utc_ms)
    while day <= last:
        known = timetable.day(day)
        yield from [timetable.whole_day(day)] if known is None else known
        day += timedelta(days=1)
