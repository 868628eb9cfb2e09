"""A week of opening hours, as somebody says them, and the exact times that they are on a day. Pure.

Said as days with hours, ``mon-fri 8-16; sat 10-14``: hours are on the wall of the service point, ``8:15-11,12-16`` are
two spans, ``22-6`` ends on the next day, ``0-24`` is the whole day. A day that is not named is closed. ``holiday``
stands for the public holidays, which are closed unless it says hours of their own or ``usual``.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from operator import itemgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOLIDAY = "holiday"
CLOSED = "closed"
USUAL = "usual"

_MIDNIGHT = 24 * 60
_HOURS = re.compile(r"(\d{1,2})(?:[:.](\d\d))?-(\d{1,2})(?:[:.](\d\d))?")
_SAY = 'it must be like "mon-fri 8-16; sat 10-14; holiday closed"'


class WeekError(ValueError):
    """What was said is no week. The message is a sentence that says what would be right."""


class Span(NamedTuple):
    """Minutes on the wall since the midnight that begins the day; ``until`` is above 1440 where it ends on the next."""

    from_min: int
    until_min: int


class Opening(NamedTuple):
    """Open at every time of ``from_utc_ms`` <= time < ``until_utc_ms``."""

    from_utc_ms: int
    until_utc_ms: int


Spans = tuple[Span, ...]


class Week(NamedTuple):
    """``days``: of Monday to Sunday. ``holiday``: of a public holiday; None: as on any other day."""

    days: tuple[Spans, ...]
    holiday: Spans | None

    def on(self, day: date, is_holiday: bool) -> Spans:
        if is_holiday and self.holiday is not None:
            return self.holiday
        return self.days[day.weekday()]


def read(said: str) -> Week:
    """The week that is said. Raises WeekError."""
    days: dict[str, Spans | None] = {}
    for part in filter(None, map(str.strip, said.lower().split(";"))):
        named, _, hours = part.partition(" ")
        if part == CLOSED:
            named, hours = "mon-sun", CLOSED
        for name in _named(named):
            if name in days:
                raise WeekError(f"{said!r} says {name} twice; {_SAY}")
            days[name] = None if (name, hours.strip()) == (HOLIDAY, USUAL) else read_spans(hours)
    if not days:
        raise WeekError(f"{said!r} says no day; {_SAY}")
    return Week(tuple(days.get(name) or () for name in DAYS), days.get(HOLIDAY, ()))


def read_spans(said: str) -> Spans:
    """The spans of one day: ``8-16``, ``8:15-11,12-16``, ``closed``. Raises WeekError."""
    if said.strip().lower() == CLOSED:
        return ()
    spans = sorted(_span(part.strip(), said) for part in said.split(","))
    for before, after in pairwise(spans):
        if after.from_min < before.until_min:
            raise WeekError(f"{said!r} has spans that overlap; one must end before the next begins")
    if spans[-1].until_min - spans[0].from_min > _MIDNIGHT:
        raise WeekError(f"{said!r} is more than a whole day; its last span must end before its first begins again")
    return tuple(spans)


def write(week: Week) -> str:
    """The week in the one way in which it is stored and shown."""
    alike = groupby(zip(DAYS, week.days, strict=True), key=itemgetter(1))
    parts = [f"{_from_to([name for name, _ in those])} {write_spans(spans)}" for spans, those in alike if spans]
    if week.holiday is None:
        parts.append(f"{HOLIDAY} {USUAL}")
    elif week.holiday:
        parts.append(f"{HOLIDAY} {write_spans(week.holiday)}")
    return "; ".join(parts) or CLOSED


def write_spans(spans: Spans) -> str:
    return ",".join(f"{_clock(a)}-{_clock(b if b <= _MIDNIGHT else b - _MIDNIGHT)}" for a, b in spans) or CLOSED


def openings(spans: Spans, day: date, zone: ZoneInfo) -> Iterator[Opening]:
    """When ``spans`` are on ``day``, exactly, also where the clock is put forward or back meanwhile.

    Of an hour that the wall shows twice, both belong to a span that covers it.
    """
    midnight = datetime(day.year, day.month, day.day)
    for from_min, until_min in spans:
        opens, closes = (midnight + timedelta(minutes=minutes) for minutes in (from_min, until_min))
        yield Opening(_utc_ms(opens, zone, 0), max(_utc_ms(closes, zone, 0), _utc_ms(closes, zone, 1)))


def merged(these: Iterable[Opening]) -> list[Opening]:
    """The same times as few openings, in order: what touches or overlaps is one."""
    whole: list[Opening] = []
    for opening in sorted(these):
        if whole and opening.from_utc_ms <= whole[-1].until_utc_ms:
            whole[-1] = Opening(whole[-1].from_utc_ms, max(whole[-1].until_utc_ms, opening.until_utc_ms))
        else:
            whole.append(opening)
    return whole


def _utc_ms(wall: datetime, zone: ZoneInfo, fold: int) -> int:
    """``fold``: the first (0) or second (1) of the times that the wall shows twice. Of one that it never shows the
    first is as long after midnight as it says."""
    return round(wall.replace(tzinfo=zone, fold=fold).timestamp() * 1000)


def _named(said: str) -> list[str]:
    """``mon``, ``mon-fri``, ``mon,wed`` and ``holiday``."""
    names = []
    for part in said.split(","):
        first, _, last = part.partition("-")
        if part == HOLIDAY:
            names.append(HOLIDAY)
        elif first in DAYS and (last or first) in DAYS and DAYS.index(first) <= DAYS.index(last or first):
            names += DAYS[DAYS.index(first) : DAYS.index(last or first) + 1]
        else:
            raise WeekError(f"{part!r} is no day and no days in their order; {_SAY}")
    return names


def _span(said: str, whole: str) -> Span:
    matched = _HOURS.fullmatch(said)
    if matched is None:
        raise WeekError(f"{whole!r} is no opening time; it must be like 8-16, 8:15-11,12-16, 0-24 or closed")
    opens, closes = (60 * int(matched[n]) + int(matched[n + 1] or 0) for n in (1, 3))
    if opens >= _MIDNIGHT or closes > _MIDNIGHT or not {int(matched[2] or 0), int(matched[4] or 0)} <= {*range(60)}:
        raise WeekError(f"{said!r} is no time on a clock; hours go from 0 to 24, minutes from 00 to 59")
    if opens == closes:
        raise WeekError(f"{said!r} begins and ends at once; a whole day is 0-24, one that is not open is closed")
    return Span(opens, closes if closes > opens else closes + _MIDNIGHT)


def _from_to(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]}-{names[-1]}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
