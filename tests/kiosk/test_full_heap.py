"""A heap with nothing left but a few pieces while fingers are served, on the real MicroPython.

How many there are decides which line finds none: test_refused_memory.py tells what each of them owes.
"""

import gc
import os

from tests.kiosk import heap
from tests.kiosk.weather import World

INTERPRETERS = ("micropython",)
HEAP = "448K"  # the broker, the collector and every tap they keep lie in it too
TIME_LIMIT_S = 1800

FINGERS = 5000 if os.getenv("SOAK") else 100
ENOUGH = 9  # pieces, for all that a tap needs
SETTLED_MS = 2500  # a breath's step, and thanks

gc.threshold(12000)  # as firmware/main.py does


class Cramped:
    """``do`` with few pieces of memory: at its ``nth`` call from now on, or at each where that is 0."""

    def __init__(self, do, pieces, nth):
        self.do = do
        self.pieces = pieces
        self.nth = nth
        self.calls = 0

    def __call__(self, *arguments):
        self.calls += 1
        if self.nth and self.calls != self.nth:
            return self.do(*arguments)
        held = heap.hog(self.pieces)
        try:
            return self.do(*arguments)
        finally:
            held = None  # noqa: F841


class Lobby:
    """One finger after the other, each with another shortage."""

    def __init__(self):
        self.world = World(1, rude=False, careless=False, whole=True)
        self.world.storming = self.world.reachable = False
        self.faces = []  # of all fingers, in order
        self.short = self.refused = self.told = 0

    async def finger(self):
        world, below = self.world, self.world.dice.below
        journal, taps, lights = world.counter.journal, world.counter.taps, world.counter.lights
        before = world.board.thanks, taps.unthanked
        world.counter.report.error = None
        face = 1 + below(4)
        which, pieces, nth = below(3), below(ENOUGH), below(4)
        count, poll = world.counter._count, lights.poll
        if which != 1:
            world.counter._count = Cramped(count, pieces, nth)
        if which != 0:
            lights.poll = Cramped(poll, pieces, nth)
        self.faces.append(face)
        await self.touch(face, below(2))
        world.counter._count, lights.poll = count, poll
        await world._pause(SETTLED_MS)
        world.look()  # no task has ended
        thanks, counted = world.board.thanks - before[0], taps.unthanked - before[1]
        told = world.counter.report.error == "the memory was full"
        assert thanks + counted == 1, (thanks, counted, told)
        assert world.board.thanks <= journal.last_seq
        assert list(world.board.edges.armed[1:]) == [1, 1, 1, 1]
        self.short += told
        self.refused += counted
        self.told += thanks + counted == 0

    async def touch(self, face, late):
        """30 ms, looked at as it comes or later."""
        world = self.world
        world.board.edges.put(face, True, world.board.ticks_ms())
        if late:
            world.time.pass_ms(30)
        else:
            await world._pause(30)
        world.board.edges.put(face, False, world.board.ticks_ms())
        await world._pause(150)

    def kept(self):
        """The faces that the journal holds, in order."""
        journal, found = self.world.counter.journal, []
        while len(found) < journal.last_seq:
            found += [tap[0] for tap in journal.batch(len(found) + 1, 16).taps]
        return found


def test_each_finger_is_thanked_or_counted_or_told_and_nothing_stops_however_little_memory_there_is():
    lobby = Lobby()

    async def scene():
        await lobby.world._pause(1000)
        for _ in range(FINGERS):
            await lobby.finger()
            if lobby.world.counter.journal.last_seq % 16 == 0:
                heap.tidy()

    lobby.world.play(scene())
    kept, fingers = lobby.kept(), iter(lobby.faces)
    assert all(face in fingers for face in kept)  # in this order: none that nobody pressed, none twice
    assert FINGERS - lobby.refused - lobby.told <= len(kept) <= FINGERS
    assert lobby.short > FINGERS // 10 and lobby.refused > FINGERS // 10
    print("%d fingers: %d counted, %d told alone, %d kept" % (FINGERS, lobby.refused, lobby.told, len(kept)))
