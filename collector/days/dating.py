"""When and where a tap was pressed: UTC from its boot's anchor, then the service point, its local day and its question.

A boot that never knew the time is bracketed by its neighbours: where both days agree the tap is estimated to that day,
where they differ it is counted and in no day (UNDATED). A time to come is not
believed: a tap that is here was pressed before now, and is estimated to today.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from collector.database.tables import UNDATED
from wire.messages import MAX_UTC_MS, MIN_UTC_MS, Taps

QUARTER_MS = 900_000
"""Every offset from UTC in use since 2020 is a multiple of this, so a local day begins and ends with a quarter."""

NO_QUESTION = 0

NOWHERES_ZONE = "Europe/Helsinki"
"""Whose days a kiosk has that stands nowhere: the zone that a service point has unless somebody says otherwise."""

MOST_AHEAD_MS = 600_000
"""Clocks differ and run apart; by more than this only when one of them is wrong."""


class Placed(NamedTuple):
    """A kiosk at a service point, from ``from_utc_ms`` until ``to_utc_ms`` (None: still)."""

    from_utc_ms: int
    to_utc_ms: int | None
    service_point_id: int
    timezone: str


class Asked(NamedTuple):
    """A question at a service point, from ``from_utc_ms`` until ``to_utc_ms`` (None: still)."""

    from_utc_ms: int
    to_utc_ms: int | None
    service_point_id: int
    question_id: int


class Spot(NamedTuple):
    """Where every tap of ``from_utc_ms`` <= time < ``until_utc_ms`` belongs; no service point: not placed."""

    from_utc_ms: int
    until_utc_ms: int
    service_point_id: int | None
    day: date | None
    question_id: int


class Dated(NamedTuple):
    """A tap's time and place. ``utc_ms`` is None when not known; ``estimated``: the day is the neighbours'.

    No service point: not placed; then the day is that of NOWHERES_ZONE, where the time is known.
    """

    utc_ms: int | None
    estimated: bool
    day: date | None
    service_point_id: int | None
    question_id: int


@lru_cache(maxsize=65536)
def local_day(timezone: str, quarter_utc_ms: int) -> date:
    """The day on the wall at ``timezone`` during the UTC quarter that begins at ``quarter_utc_ms``."""
    instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=quarter_utc_ms)
    return instant.astimezone(ZoneInfo(timezone)).date()


class Whereabouts:
    """One kiosk's placements and the questions of its service points: says where a tap of a given time belongs."""

    def __init__(self, placements: Iterable[Placed], questions: Iterable[Asked]) -> None:
        self._placements = sorted(placements, reverse=True)
        self._questions = sorted(questions, reverse=True)
        spans: list[Placed | Asked] = [*self._placements, *self._questions]
        self._edges = [edge for span in spans for edge in (span.from_utc_ms, span.to_utc_ms) if edge is not None]
        self._last = Spot(0, 0, None, None, NO_QUESTION)

    def date(self, batch: Taps, now_ms: int) -> list[Dated]:
        """Time and place of each tap of ``batch``, in its order, when it came at ``now_ms``."""
        if batch.utc_ms is None:
            return [self.between(*batch.bounds)] * len(batch.taps)
        latest = now_ms + MOST_AHEAD_MS
        if batch.utc_ms > latest:
            return [self.until(now_ms)] * len(batch.taps)
        shift = batch.utc_ms - batch.uptime_ms
        times = [shift + uptime_ms for _, uptime_ms, _ in batch.taps]
        return [self.at(utc_ms) if utc_ms <= latest else self.until(now_ms) for utc_ms in times]

    def at(self, utc_ms: int) -> Dated:
        """Where a tap of this time belongs. A time outside the wire's range of years is no time at all."""
        spot = self._last
        if not spot.from_utc_ms <= utc_ms < spot.until_utc_ms:
            if not MIN_UTC_MS <= utc_ms < MAX_UTC_MS:
                return self.between(None, None)
            spot = self._last = self._spot(utc_ms)
        return Dated(utc_ms, False, spot.day, spot.service_point_id, spot.question_id)

    def until(self, now_ms: int) -> Dated:
        """Where a tap belongs of which only its coming is known: to the day it came, where the kiosk stood then."""
        now = self.at(now_ms)
        return now._replace(utc_ms=None, estimated=now.day is not None)

    def between(self, after_utc_ms: int | None, before_utc_ms: int | None) -> Dated:
        """Where a tap belongs of which only two neighbouring times are known; None: not even that one.

        It is placed only when the kiosk stood at one single service point all that while.
        """
        after = MIN_UTC_MS if after_utc_ms is None else after_utc_ms
        before = MAX_UTC_MS if before_utc_ms is None else before_utc_ms
        points = {
            p.service_point_id
            for p in self._placements
            if p.from_utc_ms <= before and (p.to_utc_ms is None or p.to_utc_ms > after)
        }
        if len(points) != 1:
            return Dated(None, False, None, None, NO_QUESTION)
        (point,) = points
        zone = next(p.timezone for p in self._placements if p.service_point_id == point)
        questions = {self._question(point, after), self._question(point, before)}
        question = questions.pop() if len(questions) == 1 else NO_QUESTION
        if None in (after_utc_ms, before_utc_ms) or _day(zone, after) != _day(zone, before):
            return Dated(None, False, UNDATED, point, question)
        return Dated(None, True, _day(zone, after), point, question)

    def _spot(self, utc_ms: int) -> Spot:
        quarter = utc_ms - utc_ms % QUARTER_MS
        start = max([quarter, *(edge for edge in self._edges if edge <= utc_ms)])
        end = min([quarter + QUARTER_MS, *(edge for edge in self._edges if edge > utc_ms)])
        for placed in self._placements:
            if _covers(placed, utc_ms):
                point = placed.service_point_id
                return Spot(start, end, point, local_day(placed.timezone, quarter), self._question(point, utc_ms))
        return Spot(start, end, None, local_day(NOWHERES_ZONE, quarter), NO_QUESTION)

    def _question(self, service_point_id: int, utc_ms: int) -> int:
        for asked in self._questions:
            if asked.service_point_id == service_point_id and _covers(asked, utc_ms):
                return asked.question_id
        return NO_QUESTION


def _covers(span: Placed | Asked, utc_ms: int) -> bool:
    return span.from_utc_ms <= utc_ms and (span.to_utc_ms is None or utc_ms < span.to_utc_ms)


def _day(timezone: str, utc_ms: int) -> date:
    return local_day(timezone, utc_ms - utc_ms % QUARTER_MS)
