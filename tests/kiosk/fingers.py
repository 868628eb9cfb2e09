"""Buttons as a board tells of them: edges in a ring and a bell beside it, put in by a test."""

from board.ring import Ring
from kiosk.bell import Bell

WRAP = 1 << 30  # of ticks


class Edges:
    """As board.edges. ``put`` is what an interrupt would do.

    ``lit``: how often it lit a face; ``taken``: whether it has the lights.
    """

    def __init__(self):
        self.ring = Ring()
        self._bell = Bell()
        self.armed = bytearray(5)
        self.lit = 0  # no list: it would fill the heap of a day
        self.taken = False
        self._freed_ticks = self._spare_ms = 0
        self.take = self.ring.take
        self.wait = self._bell.wait
        self.began = {1: False, 2: False, 3: False, 4: False}
        self.began_ticks = None  # the clock's own beginning
        self._closed = dict(self.began)

    def put(self, face, closed, ticks):
        lit = bool(closed and self.armed[face])
        if lit:
            self.armed[face] = 0
            lit = not (ticks - self._freed_ticks) % WRAP < self._spare_ms
        self.lit += lit
        self.taken = self.taken or lit
        self._closed[face] = closed
        self.ring.put(ticks, face, closed, lit)
        self._bell.ring()

    @property
    def lost(self):
        return self.ring.lost

    def closed(self):
        return dict(self._closed)

    def free(self, ticks, spare_ms):
        """As of board.lamps: what a board's ``free_lights`` answers."""
        if self.ring.lit:
            return False
        self._freed_ticks, self._spare_ms = ticks, spare_ms
        self.taken = False
        return True

    def arm(self, face, rests):
        self.armed[face] = rests and (self.armed[face] or not self.ring.holds)


def touch(world, face, closed):
    """A contact of a tests.kiosk.weather.World moves."""
    world.board.edges.put(face, closed, world.board.ticks_ms())


def armed(world):
    """The faces that the interrupt may light."""
    return [face for face in (1, 2, 3, 4) if world.board.edges.armed[face]]
