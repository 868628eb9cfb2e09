"""When kiosks were alive: the quarters of an hour in which each certainly ran, as bits, a row a kiosk and UTC day.

1. A boot runs without a break, so whoever says at a known time how long it has been up proves all of it: a kiosk that
   counted without a network was alive. Births, health and taps all say so.
2. Bits are only ever set. Order, copies and the number of collectors change nothing, and nothing has to be read first.
3. A kiosk's own time goes before that of the message's coming: messages wait where the store was away.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection

from collector.database.rows import unite
from collector.database.tables import alive_day
from collector.days.dating import MOST_AHEAD_MS, QUARTER_MS
from wire.messages import FACE_UNREADABLE, MIN_UTC_MS, Health, State, Taps

DAY_MS = 86_400_000
SLOTS = DAY_MS // QUARTER_MS
"""Quarters in a UTC day: bits of a mask, the day's first the lowest."""

HALF = SLOTS // 2
"""Bits in each of a row's two columns, ``am`` and ``pm``: a whole day's are more than a database's integer holds."""

_EPOCH = date(1970, 1, 1)


class Span(NamedTuple):
    """A kiosk ran all this time, both ends included; UTC ms."""

    from_utc_ms: int
    until_utc_ms: int


def proven_by_birth(birth: State, now_ms: int, retained: bool) -> list[Span]:
    """What a birth that came at ``now_ms`` proves: each boot it tells of by the time, and its own boot until now.

    A retained one came at any time before, so its own boot counts only where it knew the time itself.
    """
    told = [
        span
        for boot, first_ms, last_ms, utc_ms in birth.spans
        if utc_ms is not None
        for span in _until(utc_ms + last_ms - first_ms, last_ms, now_ms)
    ]
    knew = any(boot == birth.boot and utc_ms is not None for boot, _, _, utc_ms in birth.spans)
    if not knew and not retained:
        told += _until(now_ms, birth.uptime_ms, now_ms)
    return told


def proven_by_health(health: Health, now_ms: int, retained: bool) -> list[Span]:
    """What a health message that came at ``now_ms`` proves: its boot, until it was written."""
    if health.utc_ms is not None:
        return _until(health.utc_ms, health.uptime_ms, now_ms)
    return [] if retained else _until(now_ms, health.uptime_ms, now_ms)


def proven_by_taps(batch: Taps, now_ms: int) -> list[Span]:
    """What a batch that came at ``now_ms`` proves: its boot, until its anchor and its last tap that can be believed."""
    if batch.utc_ms is None or batch.utc_ms > now_ms + MOST_AHEAD_MS:
        return []
    began_ms = batch.utc_ms - batch.uptime_ms
    latest_ms = now_ms + MOST_AHEAD_MS - began_ms
    pressed = [uptime_ms for face, uptime_ms, _ in batch.taps if face != FACE_UNREADABLE and uptime_ms <= latest_ms]
    last_ms = max([batch.uptime_ms, *pressed])
    return _until(began_ms + last_ms, last_ms, now_ms)


def _until(utc_ms: int, uptime_ms: int, now_ms: int) -> list[Span]:
    """A boot that had been up for ``uptime_ms`` at ``utc_ms``; nothing where that is no time to believe."""
    if not MIN_UTC_MS <= utc_ms <= now_ms + MOST_AHEAD_MS:
        return []
    return [Span(max(MIN_UTC_MS, utc_ms - uptime_ms), utc_ms)]


class Alive:
    """What one transaction learns of one kiosk.

    ``known``: a run of slots that are in the table already, as (first, last) UTC ms of their beginnings; None: no such
    run is remembered. Most messages prove what is known, and cost two comparisons.
    """

    def __init__(self, kiosk: str, known: tuple[int, int] | None) -> None:
        self._kiosk = kiosk
        self._known = None if known is None else (known[0] // QUARTER_MS, known[1] // QUARTER_MS)
        self._new: list[tuple[int, int]] = []

    @property
    def known(self) -> tuple[int, int] | None:
        """The run that may be remembered once the rows are written."""
        return None if self._known is None else (self._known[0] * QUARTER_MS, self._known[1] * QUARTER_MS)

    def learn(self, spans: Iterable[Span]) -> bool:
        """Takes what a message proves. Whether any of it is new."""
        before = len(self._new)
        for span in spans:
            self._learn(span.from_utc_ms // QUARTER_MS, span.until_utc_ms // QUARTER_MS)
        return len(self._new) > before

    def _learn(self, first: int, last: int) -> None:
        if self._known is None:
            self._new.append((first, last))
            self._known = (first, last)
            return
        begin, end = self._known
        if begin <= first and last <= end:
            return
        if last < begin - 1 or first > end + 1:
            self._new.append((first, last))
            if last > end:
                self._known = (first, last)
            return
        if first < begin:
            self._new.append((first, begin - 1))
        if last > end:
            self._new.append((end + 1, last))
        self._known = (min(first, begin), max(last, end))

    def rows(self) -> Iterator[dict[str, Any]]:
        """Rows for ``alive_day``, a UTC day each, in order."""
        masks: dict[int, int] = {}
        for first, last in self._new:
            for day in range(first // SLOTS, last // SLOTS + 1):
                masks[day] = masks.get(day, 0) | mask(first - day * SLOTS, last - day * SLOTS)
        for day in sorted(masks):
            am, pm = masks[day] & mask(0, HALF - 1), masks[day] >> HALF
            yield {"kiosk": self._kiosk, "utc_day": _EPOCH + timedelta(days=day), "am": am, "pm": pm}


def mask(first: int, last: int) -> int:
    """The bits of a day's slots from ``first`` to ``last``; what lies outside the day is left out."""
    first, last = max(first, 0), min(last, SLOTS - 1)
    return 0 if last < first else (1 << (last + 1)) - (1 << first)


def bits_of(am: int, pm: int) -> int:
    """A row's whole mask."""
    return am | pm << HALF


def place_of(utc_ms: int) -> tuple[date, int]:
    """The UTC day and the bit of the slot in which a time lies."""
    slot = utc_ms // QUARTER_MS
    return _EPOCH + timedelta(days=slot // SLOTS), 1 << slot % SLOTS


def slots_of(utc_day: date, bits: int) -> Iterator[int]:
    """The UTC ms at which each slot of a day's mask begins, in order."""
    begins_ms = (utc_day - _EPOCH).days * DAY_MS
    return (begins_ms + slot * QUARTER_MS for slot in range(SLOTS) if bits >> slot & 1)


def write(connection: Connection, learnt: Iterable[Alive]) -> None:
    """Sets every bit that is new, rows in the order of their keys."""
    rows = [row for alive in learnt for row in alive.rows()]
    if rows:
        unite(connection, alive_day, sorted(rows, key=lambda row: (row["kiosk"], row["utc_day"])))
