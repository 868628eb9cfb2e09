"""Figures that move in steps, so that nobody can read the moment of a single press off a page that is looked at often.

Outside the demo the figures of a service point's day move at the clock's quarters, and then hold what was pressed
before the quarter began, or earlier by five counted taps together. Neither "as soon as fifteen minutes have passed
since the last step" nor "fifteen minutes after the tap" would do: both tell when the one tap after a quiet hour was
pressed.

Steps are taken per service point and day, and all else is a sum of them: a unit less its sub-unit is again steps.
Memory is of this process; a restart begins at the last quarter.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from threading import Lock

from dashboard.tally import Tally

QUARTER_MS = 15 * 60 * 1000
STEP_TAPS = 5


def quarter_of(utc_ms: int) -> int:
    """The beginning of the UTC quarter of an hour, in ms."""
    return utc_ms - utc_ms % QUARTER_MS


def step_of(number: int) -> int:
    """A count of taps floored to whole steps."""
    return number - number % STEP_TAPS


@dataclass(frozen=True)
class _Shown:
    tally: Tally
    quarter_utc_ms: int


class Steps:
    """What is shown now for each service point's day."""

    def __init__(self) -> None:
        self._shown: dict[tuple[int, date], _Shown] = {}
        self._lock = Lock()

    def show(self, point_id: int, day: date, stored: Tally, this_quarter: Tally, now_ms: int) -> Tally:
        """What may be shown of the tally stored; ``this_quarter`` is its part pressed since the quarter began."""
        key, quarter = (point_id, day), quarter_of(now_ms)
        with self._lock:
            shown = self._shown.get(key)
            if shown is None or shown.quarter_utc_ms != quarter:
                shown = _Shown(stored.less(this_quarter), quarter)
            if stored.taps - shown.tally.taps >= STEP_TAPS:
                shown = _Shown(stored, quarter)
            self._shown[key] = shown
            return shown.tally

    def forget(self, is_settled: Callable[[date], bool]) -> None:
        """Drops the days that are shown as they are stored."""
        with self._lock:
            for key in [key for key in self._shown if is_settled(key[1])]:
                del self._shown[key]
