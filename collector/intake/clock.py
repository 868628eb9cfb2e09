"""Whether this computer's clock may be right: taps are dated by it, and kiosks take their time from it.

A computer without a battery begins where its clock stood when it went off, and a machine that is put back where it
stood when it was saved. Until somebody tells it the time every tap of a kiosk that knows better would be of a time to
come, lose its own, and count on a wrong day. So nothing is taken from kiosks meanwhile; they keep it.
"""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Engine, func, select, update

from collector.database import store
from collector.database.tables import kiosk_state
from collector.days.dating import MOST_AHEAD_MS
from wire.messages import MAX_UTC_MS, MIN_UTC_MS

log = logging.getLogger("hymio.collector")

PATIENCE_S = 3600.0
"""How long a clock may be behind what the store knows. Then it was the other one that was ahead: it is believed."""


class ClockError(Exception):
    """The clock cannot be right. The message says what it shows, what it is held against, and what to do."""


class Clock:
    """``shown_ms`` is the computer's clock (UTC milliseconds), ``elapsed_s`` one that nobody sets."""

    def __init__(
        self,
        engine: Engine,
        shown_ms: Callable[[], int],
        elapsed_s: Callable[[], float] = time.monotonic,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._engine, self._shown_ms, self._elapsed_s, self._patience_s = engine, shown_ms, elapsed_s, patience_s
        self._latest_ms: int | None = None  # what it was at least; None: the store was not asked yet
        self._behind_since_s: float | None = None

    def now_ms(self) -> int:
        """The time. Raises ClockError, and the first time, and when patience ends, what the database raises.

        Not to be called in a transaction: it may need one of its own.
        """
        now_ms = self._shown_ms()
        if not MIN_UTC_MS <= now_ms <= MAX_UTC_MS:
            raise ClockError(f"this computer's clock cannot be right: it shows {_said(now_ms)}; {_TODO}")
        if self._latest_ms is None:
            self._latest_ms = self._newest_sign_of_life()
        if now_ms < self._latest_ms - MOST_AHEAD_MS:
            self._doubt(now_ms, self._latest_ms)
        self._behind_since_s = None
        self._latest_ms = max(now_ms, self._latest_ms)
        return now_ms

    def _newest_sign_of_life(self) -> int:
        with store.reading(self._engine) as connection:
            return connection.execute(select(func.max(kiosk_state.c.last_seen_utc_ms))).scalar() or 0

    def _doubt(self, now_ms: int, latest_ms: int) -> None:
        elapsed_s = self._elapsed_s()
        if self._behind_since_s is None:
            self._behind_since_s = elapsed_s
        if elapsed_s - self._behind_since_s < self._patience_s:
            raise ClockError(
                f"this computer's clock shows {_said(now_ms)}, but it was {_said(latest_ms)} already; {_TODO}, and "
                f"for {self._patience_s / 60:.0f} min at most: then it is believed"
            )
        log.warning("the clock is believed: it shows %s, and was ahead at %s", _said(now_ms), _said(latest_ms))
        self._believe(now_ms)
        self._latest_ms = now_ms

    def _believe(self, now_ms: int) -> None:
        """Else the next start would doubt it again, and kiosks that are gone would be there until then."""
        ahead = kiosk_state.c.last_seen_utc_ms > now_ms
        with store.writing(self._engine) as connection:
            connection.execute(update(kiosk_state).where(ahead).values(last_seen_utc_ms=now_ms))


_TODO = "nothing is taken from kiosks until it is set (systemd-timesyncd or chrony does so)"


def _said(utc_ms: int) -> str:
    try:
        return f"{datetime.fromtimestamp(utc_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"
    except (OverflowError, ValueError, OSError):
        return f"{utc_ms} ms"
