"""Whether a service point is open at a moment, and when it is open on a day.

Where nothing was told of a day the answer is None: not known, which is neither open nor closed.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from collector.database.tables import ServicePoint
from collector.verdict import holidays, hours
from collector.verdict.hours import Told
from collector.verdict.week import Opening, merged, openings

_DAY = timedelta(days=1)
_MOST_DAYS = 2000
"""Days that are kept computed; beyond that they are computed anew."""

_point: Any = ServicePoint.__table__  # type: ignore[attr-defined]


class Timetable:
    """Of one service point whose days are in ``timezone``; ``told`` in the order in which it was told."""

    def __init__(self, told: Iterable[Told], timezone: str) -> None:
        latest_first = sorted(told, key=lambda one: one.version, reverse=True)
        self._weeks = [one for one in latest_first if not one.exceptional]
        self._exceptions = {one.from_day: one.week for one in reversed(latest_first) if one.exceptional}
        self._zone = ZoneInfo(timezone)
        self._days: dict[date, tuple[Opening, ...] | None] = {}

    def day(self, day: date) -> tuple[Opening, ...] | None:
        """When it is open by the hours of this local day, in order: empty where it is closed, None where that is not
        known. An opening that goes past midnight ends on the next day."""
        if day not in self._days:
            if len(self._days) >= _MOST_DAYS:
                self._days.clear()
            self._days[day] = self._work_out(day)
        return self._days[day]

    def is_open(self, utc_ms: int) -> bool | None:
        """None: not known, neither of the day itself nor by an opening of the evening before."""
        day = self.local_day(utc_ms)
        today, before = self.day(day), self.day(day - _DAY)
        if any(opening.from_utc_ms <= utc_ms < opening.until_utc_ms for opening in (*(before or ()), *(today or ()))):
            return True
        return None if today is None else False

    def openings(self, from_utc_ms: int, until_utc_ms: int) -> list[Opening]:
        """When it is open between two times, in order and without overlap. Days of which nothing is known have none."""
        found: list[Opening] = []
        day, last = self.local_day(from_utc_ms) - _DAY, self.local_day(until_utc_ms)
        while day <= last:
            found += self.day(day) or ()
            day += _DAY
        within = (Opening(max(a, from_utc_ms), min(b, until_utc_ms)) for a, b in found)
        return merged(opening for opening in within if opening.from_utc_ms < opening.until_utc_ms)

    def whole_day(self, day: date) -> Opening:
        """From the midnight that begins a local day to the one that ends it."""
        begins, ends = (
            datetime(d.year, d.month, d.day, tzinfo=self._zone).timestamp() * 1000 for d in (day, day + _DAY)
        )
        return Opening(round(begins), round(ends))

    def local_day(self, utc_ms: int) -> date:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=utc_ms)).astimezone(self._zone).date()

    def _work_out(self, day: date) -> tuple[Opening, ...] | None:
        week = self._exceptions.get(day) or next((one.week for one in self._weeks if one.holds_on(day)), None)
        if week is None:
            return None
        spans = week.on(day, week.holiday is not None and holidays.is_holiday(day))
        return tuple(openings(spans, day, self._zone))


def timetables(
    connection: Connection, points: Sequence[int] | None = None, version: int | None = None
) -> dict[int, Timetable]:
    """{service point id: its timetable} of ``points`` (None: of all), by what was told up to ``version`` (None: to
    now). Two statements, however many they are."""
    zones = select(_point.c.id, _point.c.timezone)
    if points is not None:
        zones = zones.where(_point.c.id.in_(points))
    zone_of: dict[int, str] = {row.id: row.timezone for row in connection.execute(zones)}
    told: dict[int, list[Told]] = {id: [] for id in zone_of}
    for one in hours.told(connection, zone_of, version):
        told[one.service_point_id].append(one)
    return {id: Timetable(told[id], zone) for id, zone in zone_of.items()}
