"""Local days: which day it is at a place, and on which days a kiosk stood there."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

DEFAULT_ZONE = "Europe/Helsinki"
DAY = timedelta(days=1)


def moment(utc_ms: int) -> datetime:
    """The aware UTC time of ``utc_ms``."""
    return datetime.fromtimestamp(utc_ms / 1000, UTC)


def local_day(utc_ms: int, zone: str) -> date:
    return moment(utc_ms).astimezone(ZoneInfo(zone)).date()


def usual_zone(zones: Iterable[str]) -> str:
    """The zone of most service points; a unit's page has one today."""
    counted = Counter(zones).most_common(1)
    return counted[0][0] if counted else DEFAULT_ZONE


def every_day(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += DAY


@dataclass(frozen=True)
class Stay:
    """A kiosk at a service point, from until (None: still)."""

    point_id: int
    zone: str
    from_utc_ms: int
    to_utc_ms: int | None


def placed_days(stays: Iterable[Stay], first: date, last: date, now_ms: int) -> set[date]:
    """The local days from first to last on which a kiosk was placed at any moment; none in the future."""
    days: set[date] = set()
    for stay in stays:
        end_ms = now_ms if stay.to_utc_ms is None else min(now_ms, stay.to_utc_ms - 1)
        if end_ms < stay.from_utc_ms:
            continue
        begins, ends = local_day(stay.from_utc_ms, stay.zone), local_day(end_ms, stay.zone)
        days.update(every_day(max(first, begins), min(last, ends)))
    return days
