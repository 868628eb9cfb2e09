"""Exact times given up: a tap's time becomes the quarter of an hour that it fell into, its verdict stays. Pure.

A journal is sealed from its beginning up to a seq. Beyond that seq a pause follows, longer than anything that the
policy looks back at, so no verdict beyond the seal depends on a time that was given up. Only where a whole page of taps
has no such pause is it sealed without one; a rebuild may then decide the first taps beyond otherwise than they were.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from collector.database.tables import UNDATED
from collector.days.dating import QUARTER_MS
from wire.messages import FACE_UNREADABLE

DAY_MS = 86_400_000

PAUSE_MS = QUARTER_MS
"""Longer than any time over which the policy compares two taps."""


class Spot(NamedTuple):
    """What is asked of a stored tap to find where the seal may lie; the columns of ``tap`` of those names."""

    seq: int
    boot: int
    uptime_ms: int
    face: int
    utc_ms: int | None
    day: date | None


def coarse(row: dict[str, Any]) -> dict[str, Any]:
    """A tap's row without its exact time; that of a conflict too, which has less. Given twice it stays as it is.

    Time and uptime go back by the same step, to the beginning of the UTC quarter: cut off each for itself, the two
    together would leave less than a quarter. ``width_ms`` is the span that they stand for, in whole quarters, so a
    copy that comes later is still seen to be the same tap. A local day begins with a quarter, so it stays.
    """
    utc_ms = row.get("utc_ms")
    step = (row["uptime_ms"] if utc_ms is None else utc_ms) % QUARTER_MS
    new = {**row, "uptime_ms": row["uptime_ms"] - step}
    if "utc_ms" in row:
        new["utc_ms"] = None if utc_ms is None else utc_ms - step
    if "width_ms" in row:
        new["width_ms"] = max(1, -(-(row["width_ms"] + step) // QUARTER_MS)) * QUARTER_MS
    return new


def is_old(spot: Spot, before_utc_ms: int) -> bool | None:
    """Whether all of a tap's quarter (of its day, where only that is known) lies before; None: nobody knows when."""
    if spot.utc_ms is not None:
        return spot.utc_ms - spot.utc_ms % QUARTER_MS + QUARTER_MS <= before_utc_ms
    if spot.day is None or spot.day == UNDATED:
        return None
    ends = datetime(spot.day.year, spot.day.month, spot.day.day, tzinfo=UTC) + timedelta(days=2)  # in any time zone
    return ends.timestamp() * 1000 <= before_utc_ms


def border(spots: Sequence[Spot], before_utc_ms: int, *, full: bool, rest_is_old: bool) -> int | None:
    """The seq up to which a journal may be sealed, or None: nothing yet.

    ``spots``: its next taps beyond the seal, in order. ``full``: more may follow them. ``rest_is_old``: what follows
    the last one whose time is known is old, too.
    """
    old = _old(spots, before_utc_ms, rest_is_old)
    if old == len(spots) and (old == 0 or not full):
        return spots[-1].seq if spots else None
    for n in range(min(old, len(spots) - 1), 0, -1):
        if _pause(spots[n - 1], spots[n]):
            return spots[n - 1].seq
    return spots[-1].seq if old == len(spots) else None


def _old(spots: Sequence[Spot], before_utc_ms: int, rest_is_old: bool) -> int:
    """How many of the first are old: one that nobody knows the time of is as old as the next that is known."""
    old = 0
    for n, spot in enumerate(spots):
        known = is_old(spot, before_utc_ms)
        if known is False:
            return old
        if known:
            old = n + 1
    return len(spots) if rest_is_old else old


def _pause(this: Spot, following: Spot) -> bool:
    """Whether so long a time lies between two taps, or nothing that could be compared."""
    if FACE_UNREADABLE in (this.face, following.face):
        return False  # the uptime of one that cannot be read is a guess
    if this.boot == following.boot:
        return following.uptime_ms - this.uptime_ms >= PAUSE_MS
    if this.utc_ms is None or following.utc_ms is None:
        return True
    return following.utc_ms - this.utc_ms >= PAUSE_MS
