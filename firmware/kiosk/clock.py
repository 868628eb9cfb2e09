"""What time it is: uptime from a tick counter that wraps, UTC from anchors.

A Pico has no battery clock, so UTC is known only once a server said it, and then runs on uptime.
"""

from wire.messages import MAX_UTC_MS, MIN_UTC_MS

SOURCES = ("none", "server", "ntp")  # wire.messages.CLOCK_SOURCES
ROUND_TRIP_MS = 2000  # an answer that took longer does not say what time it is
ANCHOR_EVERY_MS = 3600000
OFF_MS = 1000  # off by more is worth an anchor at once
LATEST_UTC_MS = MAX_UTC_MS - 366 * 86400000  # what is dated from an anchor must fit the wire for a while


class Clock:
    """``ticks()`` gives ms that wrap; ``ticks_diff(new, old)`` their distance. Ask at least once in half a wrap.

    ``began``: the tick count at uptime 0; by default that is now.
    """

    def __init__(self, ticks, ticks_diff, began=None):
        self.ticks = ticks
        self.ticks_diff = ticks_diff
        self._last = ticks() if began is None else began
        self._uptime_ms = 0
        self.anchor = None  # (uptime_ms, utc_ms)
        self.source = SOURCES[0]

    def uptime_ms(self):
        """Milliseconds since uptime 0, at the start of the boot."""
        now = self.ticks()
        self._uptime_ms += self.ticks_diff(now, self._last)
        self._last = now
        return self._uptime_ms

    def uptime_of(self, ticks):
        """The uptime of a tick count of the last half wrap, such as an interrupt's; never below 0."""
        now_ms = self.uptime_ms()
        return max(0, now_ms - self.ticks_diff(self._last, ticks))

    def utc_at(self, uptime_ms):
        """UTC ms at an uptime of this boot, or None while the time is not known."""
        return None if self.anchor is None else self.anchor[1] + uptime_ms - self.anchor[0]

    def learn(self, asked_ms, utc_ms, now_ms, source="server"):
        """Takes the time from an answer to what was sent at uptime ``asked_ms``.

        Returns the anchor (uptime_ms, utc_ms) when it deserves a place in the journal, else None.
        """
        trip_ms = now_ms - asked_ms
        if not 0 <= trip_ms < ROUND_TRIP_MS:
            return None
        anchor = (now_ms - trip_ms // 2, utc_ms)
        if utc_ms - anchor[0] < MIN_UTC_MS or utc_ms > LATEST_UTC_MS:
            return None  # a server whose own clock is not set
        if self.anchor is not None:
            off_ms = self.anchor[1] + anchor[0] - self.anchor[0] - utc_ms
            known = source == self.source or self.source == "server"
            if known and abs(off_ms) <= OFF_MS and anchor[0] - self.anchor[0] < ANCHOR_EVERY_MS:
                return None
        self.anchor = anchor
        self.source = source
        return anchor
