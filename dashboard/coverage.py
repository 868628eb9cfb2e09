"""How much of the time in which a service point was open a kiosk was alive there. Pure.

Open time counts where a kiosk was in place and only up to the last full quarter: what is to come is no gap, and days
without a kiosk are told apart. Where nobody told opening hours there is no coverage; what is known of the whole day is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from collector.kiosks.alive import DAY_MS, QUARTER_MS
from collector.verdict.timetable import Timetable
from collector.verdict.week import Opening
from dashboard.days import moment

HOUR_MS = 3_600_000
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Cover:
    """A length of time that was to be covered, and how much of it was; ms."""

    open_ms: int = 0
    alive_ms: int = 0

    def __add__(self, other: "Cover") -> "Cover":
        return Cover(self.open_ms + other.open_ms, self.alive_ms + other.alive_ms)

    @property
    def off_ms(self) -> int:
        return self.open_ms - self.alive_ms

    @property
    def share(self) -> float | None:
        """0 to 1; None where there was nothing to cover."""
        return self.alive_ms / self.open_ms if self.open_ms else None


@dataclass(frozen=True)
class DayCover:
    """A service point's day. ``told``: its opening hours are known, and ``cover`` is of them; otherwise of the day.

    ``closed``: they are known, and it is open at no time of that day.
    """

    told: bool
    closed: bool
    cover: Cover


@dataclass(frozen=True)
class HourCover:
    """An hour of a service point's day, where it is open in it; ``hour`` is on its clock."""

    from_utc_ms: int
    hour: int
    cover: Cover


@dataclass(frozen=True)
class Stretch:
    """A time in which the service point was open; ``from_h`` and ``until_h`` are hours on its clock, 0 to 24."""

    from_h: float
    until_h: float
    alive: bool


class Life:
    """Quarters of an hour in which a kiosk was alive: bits, from the one that begins ``first_day``, a UTC day."""

    def __init__(self, first_day: date, bits: int = 0) -> None:
        self._first = (first_day - _EPOCH).days * (DAY_MS // QUARTER_MS)
        self._bits = bits

    def add_day(self, utc_day: date, bits: int) -> None:
        """A day's mask, of collector.kiosks.alive."""
        slots = (utc_day - _EPOCH).days * (DAY_MS // QUARTER_MS) - self._first
        self._bits |= bits << slots if slots >= 0 else bits >> -slots

    def add(self, from_utc_ms: int, until_utc_ms: int) -> None:
        """Every quarter that was begun between two times."""
        self._bits |= self._mask(from_utc_ms, until_utc_ms)

    def join(self, other: "Life", from_utc_ms: int, until_utc_ms: int) -> None:
        """Those of another Life of the same first day that were begun between two times."""
        self._bits |= other._bits & self._mask(from_utc_ms, until_utc_ms)

    def within(self, from_utc_ms: int, until_utc_ms: int) -> int:
        """How many ms from one time to another lie in its quarters."""
        if until_utc_ms <= from_utc_ms:
            return 0
        alive = (self._bits & self._mask(from_utc_ms, until_utc_ms)).bit_count() * QUARTER_MS
        if self._has(from_utc_ms):
            alive -= from_utc_ms % QUARTER_MS
        if self._has(until_utc_ms - 1):
            alive -= -until_utc_ms % QUARTER_MS
        return alive

    def stretches(self, opening: Opening) -> Iterator[tuple[int, int, bool]]:
        """(from, until, whether it was alive) one after another, over the whole opening."""
        begins = opening.from_utc_ms
        while begins < opening.until_utc_ms:
            alive, ends = self._has(begins), begins
            while ends < opening.until_utc_ms and self._has(ends) is alive:
                ends = min(opening.until_utc_ms, ends - ends % QUARTER_MS + QUARTER_MS)
            yield begins, ends, alive
            begins = ends

    def _has(self, utc_ms: int) -> bool:
        slot = utc_ms // QUARTER_MS - self._first
        return slot >= 0 and bool(self._bits >> slot & 1)

    def _mask(self, from_utc_ms: int, until_utc_ms: int) -> int:
        first = max(0, from_utc_ms // QUARTER_MS - self._first)
        end = -(-until_utc_ms // QUARTER_MS) - self._first
        return 0 if end <= first else (1 << end) - (1 << first)


class Attendance:
    """One service point: when it is open, ``stays`` of kiosks there, and the ``life`` of any of them."""

    def __init__(self, timetable: Timetable, zone: str, stays: list[Opening], life: Life, until_utc_ms: int) -> None:
        self._timetable, self._zone, self._stays, self._life = timetable, ZoneInfo(zone), stays, life
        self._until_utc_ms = until_utc_ms
        self._days: dict[date, DayCover | None] = {}

    def day(self, day: date) -> DayCover | None:
        """None where no kiosk was in place that day, or the day is still to come."""
        if day not in self._days:
            self._days[day] = self._work_out(day)
        return self._days[day]

    def hours(self, day: date) -> list[HourCover]:
        """The hours of that day in which it was open, of 23 or 25 where the clock was put forward or back."""
        whole, watched = self._timetable.whole_day(day), self._watched(day)
        found = []
        for begins in range(whole.from_utc_ms, whole.until_utc_ms, HOUR_MS):
            cover = self._cover(_cut(watched, begins, min(begins + HOUR_MS, whole.until_utc_ms)))
            if cover.open_ms:
                found.append(HourCover(begins, moment(begins).astimezone(self._zone).hour, cover))
        return found

    def stretches(self, day: date) -> list[Stretch]:
        """When it was open that day, in order: with a kiosk alive or with none."""
        return [
            Stretch(self._wall_h(begins, day), self._wall_h(ends, day), alive)
            for opening in self._watched(day)
            for begins, ends, alive in self._life.stretches(opening)
        ]

    def _work_out(self, day: date) -> DayCover | None:
        whole = self._timetable.whole_day(day)
        if not any(_cut(self._stays, whole.from_utc_ms, min(whole.until_utc_ms, self._until_utc_ms))):
            return None
        told = self._timetable.day(day) is not None
        closed = told and not self._timetable.openings(*whole)
        return DayCover(told, closed, self._cover(self._watched(day)))

    def _watched(self, day: date) -> list[Opening]:
        """When it was open that day, or the whole day where that is not known, while a kiosk was in place."""
        whole = self._timetable.whole_day(day)
        openings = [whole] if self._timetable.day(day) is None else self._timetable.openings(*whole)
        until = min(whole.until_utc_ms, self._until_utc_ms)
        return [
            part for stay in self._stays for part in _cut(openings, stay.from_utc_ms, min(stay.until_utc_ms, until))
        ]

    def _cover(self, openings: Iterable[Opening]) -> Cover:
        cover = Cover()
        for opening in openings:
            cover += Cover(opening.until_utc_ms - opening.from_utc_ms, self._life.within(*opening))
        return cover

    def _wall_h(self, utc_ms: int, day: date) -> float:
        wall = moment(utc_ms).astimezone(self._zone).replace(tzinfo=None)
        return (wall - datetime(day.year, day.month, day.day)) / timedelta(hours=1)


@dataclass(frozen=True)
class UnitDay:
    """A unit's day: ``told`` sums service points whose hours are known, ``untold`` the whole days of the others.

    ``closed``: none of them is open at any time of that day.
    """

    told: Cover = Cover()
    untold: Cover = Cover()
    closed: bool = False

    @property
    def is_off(self) -> bool:
        """Whether there was time to cover, and nothing of it was."""
        whole = self.told + self.untold
        return whole.open_ms > 0 and whole.alive_ms == 0


NO_COVER = UnitDay()
"""Of a day about which there is nothing to say."""


class Roll:
    """The service points of a unit's subtree, by id."""

    def __init__(self, points: dict[int, Attendance]) -> None:
        self.points = points
        self._days: dict[date, UnitDay] = {}

    def day(self, day: date) -> UnitDay:
        """All of them together."""
        if day not in self._days:
            self._days[day] = joined(found for point in self.points.values() if (found := point.day(day)))
        return self._days[day]

    def days_of(self, point_id: int, days: Iterable[date]) -> UnitDay:
        """One of them over some days."""
        point = self.points.get(point_id)
        return joined(found for day in days if point is not None and (found := point.day(day)))


def joined(days: Iterable[DayCover]) -> UnitDay:
    """What days, of any service points, are together."""
    told = untold = Cover()
    closed = []
    for day in days:
        closed.append(day.closed)
        if day.told:
            told += day.cover
        else:
            untold += day.cover
    return UnitDay(told, untold, bool(closed) and all(closed))


def joined_days(days: Iterable[UnitDay]) -> UnitDay:
    """A unit's days together."""
    told = untold = Cover()
    for day in days:
        told, untold = told + day.told, untold + day.untold
    return UnitDay(told, untold)


def _cut(openings: Iterable[Opening], from_utc_ms: int, until_utc_ms: int) -> list[Opening]:
    """The parts of ``openings`` between two times."""
    parts = (Opening(max(a, from_utc_ms), min(b, until_utc_ms)) for a, b in openings)
    return [part for part in parts if part.from_utc_ms < part.until_utc_ms]
