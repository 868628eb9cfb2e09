"""Edges from an interrupt to a task: a ring made beforehand, since an interrupt may not allocate."""

from array import array

SLOTS = 128  # four fingers' bounces while TLS computes


class Ring:
    """One writer (the interrupt) and one reader. What does not fit is counted in ``lost``: ``board.*.Edges.missed``."""

    def __init__(self):
        self._ticks = array("L", [0] * SLOTS)  # "Q" reads back as a big integer, which ticks_diff misreads
        self._what = bytearray(SLOTS)
        self._put = 0
        self._taken = 0
        self.lost = 0

    def put(self, ticks, face, closed):
        after = (self._put + 1) % SLOTS
        if after == self._taken:
            self.lost += 1
            return
        self._ticks[self._put] = ticks
        self._what[self._put] = face << 1 | closed
        self._put = after

    def take(self):
        """(ticks, face, closed) of the oldest edge, or None."""
        if self._taken == self._put:
            return None
        ticks, what = self._ticks[self._taken], self._what[self._taken]
        self._taken = (self._taken + 1) % SLOTS
        return ticks, what >> 1, bool(what & 1)
