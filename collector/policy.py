"""What counts. Pure, and looking only backwards in seq, so that any number of collectors reach the same verdicts.

A tap is set aside for the first reason that applies, in the order of Verdict. A thinned tap is exempt from the response
interval and starts none: its time is only known to a span.
"""

from enum import IntEnum
from typing import NamedTuple

from wire.messages import FACE_UNREADABLE, FLAG_TEST, FLAG_THINNED

RESPONSE_INTERVAL_MS = 5000
"""Presses closer than this to the last counted one of the same kiosk are taken for the same visitor's."""


class Verdict(IntEnum):
    """What became of a tap, as stored in ``tap.verdict``."""

    COUNTED = 0
    INTERVAL = 1  # within the response interval
    TEST = 2  # the kiosk was in test mode
    UNPLACED = 3  # the kiosk stood at no service point then
    UNREADABLE = 4  # the kiosk could not read its record any more: missing, in no count


NO_BOOT = -1
"""The boot of a last counted tap that was another journal's: only its time can be compared."""


class LastCounted(NamedTuple):
    """The tap that the response interval is measured from. ``utc_ms`` is None when it is not known."""

    boot: int
    uptime_ms: int
    utc_ms: int | None


def decide(
    boot: int, uptime_ms: int, utc_ms: int | None, face: int, flags: int, placed: bool, last: LastCounted | None
) -> Verdict:
    """The verdict on one tap, given the last counted tap before it in the same journal."""
    if face == FACE_UNREADABLE:
        return Verdict.UNREADABLE
    if flags & FLAG_TEST:
        return Verdict.TEST
    if not placed:
        return Verdict.UNPLACED
    if (
        last is not None
        and not flags & FLAG_THINNED
        and 0 <= _since(boot, uptime_ms, utc_ms, last) < RESPONSE_INTERVAL_MS
    ):
        return Verdict.INTERVAL
    return Verdict.COUNTED


def starts_interval(verdict: Verdict, flags: int) -> bool:
    """Whether later taps' response interval is measured from this one."""
    return verdict == Verdict.COUNTED and not flags & FLAG_THINNED


def _since(boot: int, uptime_ms: int, utc_ms: int | None, last: LastCounted) -> int:
    """Milliseconds since the last counted tap; -1 when the two cannot be compared."""
    if boot == last.boot:
        return uptime_ms - last.uptime_ms
    if utc_ms is None or last.utc_ms is None:
        return -1
    return utc_ms - last.utc_ms
