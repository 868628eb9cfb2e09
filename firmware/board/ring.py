"""Edges from an interrupt to a task: a ring made beforehand, since an interrupt may not allocate."""

from array import array

SLOTS = 128  # four fingers' bounces while TLS computes
_TURNS = 256


class Ring:
    """One writer (the interrupt) and one reader. What does not fit is counted in ``lost``: ``board.*.Edges.lost``."""

    def __init__(self):
        self._ticks = array("L", [0] * SLOTS)  # "Q" reads back as a big integer, which ticks_diff misreads
        self._what = bytearray(SLOTS)
        self._put = 0
        self._taken = 0
        self._lit_put = 0
        self._lit_taken = 0
        self.lost = 0

    @property
    def holds(self):
        """Whether an edge waits."""
        return self._taken != self._put

    @property
    def lit(self):
        """Whether an edge waits that lit its face."""
        return self._lit_taken != self._lit_put

    def put(self, ticks, face, closed, lit):
        after = (self._put + 1) % SLOTS
        if after == self._taken:
            self.lost += 1
            return
        self._ticks[self._put] = ticks
        self._what[self._put] = face << 2 | closed << 1 | lit
        self._put = after
        if lit:
            self._lit_put = (self._lit_put + 1) % _TURNS

    def take(self):
        """(ticks, face, closed, lit) of the oldest edge, or None. ``lit``: whether the interrupt lit that face."""
        if self._taken == self._put:
            return None
        what = self._what[self._taken]
        edge = self._ticks[self._taken], what >> 2, bool(what & 2), bool(what & 1)
        self._taken = (self._taken + 1) % SLOTS  # after all that may find no memory
        if edge[3]:
            self._lit_taken = (self._lit_taken + 1) % _TURNS
        return edge
