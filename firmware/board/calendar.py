"""The date against which certificates are checked. Taps do not need it: they carry uptime, and anchors date them.

A Pico wakes in 2021, before any certificate began. So the clock is set to the last time that a server told, or else to
when the kiosk was flashed, which ``hymio flash`` writes into config.json. Since one wrong server must not lock a kiosk
out, a certificate refused for its date makes the two take turns.

Named limit: a kiosk refuses a certificate that began after it was flashed and after the last time it was told, unless
config.json names a time server ("ntp").
"""

from time import gmtime, time

import machine

EARLIEST_S = 1795392000  # 2026-11-23: this firmware was flashed onto nothing before


class Calendar:
    """Seconds are UTC since 1970. ``flashed_s``: when config.json was written, or None."""

    def __init__(self, flashed_s=None):
        self.sure = False
        self._floor_s = max(EARLIEST_S, flashed_s or 0)
        self._other_s = EARLIEST_S
        if time() < self._floor_s:
            _set(self._floor_s)

    def tell(self, utc_s, sure):
        """Somebody said what time it is, or (not ``sure``) what it was when last heard of."""
        if utc_s >= EARLIEST_S:
            _set(utc_s)
            self.sure = sure
            self._other_s = self._floor_s

    def doubt(self):
        """A certificate was refused for its date."""
        now_s = time()
        _set(self._other_s)
        self._other_s = now_s


def _set(utc_s):
    year, month, day, hour, minute, second, weekday, _ = gmtime(utc_s)
    machine.RTC().datetime((year, month, day, weekday, hour, minute, second, 0))
