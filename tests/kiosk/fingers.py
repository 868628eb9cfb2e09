"""Buttons as a board tells of them: edges in a ring and a bell beside it, put in by a test."""

from board.ring import Ring
from kiosk.bell import Bell


class Edges:
    """As board.edges. ``put`` is what an interrupt would do."""

    def __init__(self):
        self._ring = Ring()
        self._bell = Bell()
        self.armed = bytearray(5)
        self.take = self._ring.take
        self.wait = self._bell.wait
        self.began = {1: False, 2: False, 3: False, 4: False}
        self.began_ticks = None  # the clock's own beginning
        self.lost = 0
        self._closed = dict(self.began)

    def put(self, face, closed, ticks):
        self._closed[face] = closed
        self._ring.put(ticks, face, closed)
        self._bell.ring()

    def missed(self):
        if self._ring.lost == self.lost:
            return None
        self.lost = self._ring.lost
        return dict(self._closed)
