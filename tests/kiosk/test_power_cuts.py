"""The power is cut while a kiosk lives, at any program or erase of its flash, and again while it recovers.

A life: three boots, 300 taps, anchors, stored acks, marks, segments sealed and let go, the oldest unsent ones thinned
and then let go as well, and thinned anew. SOAK=1 cuts at every point; otherwise at a seeded sample.
"""

import gc
import os
from array import array

from board.files import LittleFiles
from kiosk import shelf
from kiosk.journal import RESERVE, Journal

from tests.kiosk.desk import Dice, surveyed
from tests.kiosk.ram_flash import TEARS, PowerCut, RamFlash, mount, unmount

INTERPRETERS = ("micropython",)
TIME_LIMIT_S = 3600
HEAP = "256K"  # the flash lies in it too

CUTS = 200
PRESSES = 300
AFTERWARDS = 9  # presses of a recovery: past a tail
LONG_AFTERWARDS = 100  # and of the last, without an ack: until more is thinned
MOST_RECOVERIES = 3
BLOCKS = 18
CAPACITY = 3  # segments
EVERY_MS = 60000  # press n is (face 1 + n % 4, uptime n minutes), unlike any other
HOUR_MS = 3600000
START_UTC_MS = 1790000000000
NOBODY = 65535

# A life short enough to be cut everywhere still fills segments of this size, and they are too large to lie inline.
shelf.SEGMENT = 48
shelf.FOLD = 16

gc.threshold(12000)  # as firmware/main.py does
flash = RamFlash(BLOCKS)


class World:
    """What fingers, lights and the collector know."""

    def __init__(self):
        most = PRESSES + AFTERWARDS * (MOST_RECOVERIES + 1) + LONG_AFTERWARDS
        self.pressed = 0
        self.thanked = array("H", [NOBODY] * (most + 1))  # by seq: the press
        self.given = 0  # the highest seq that anybody saw
        self.stored = 0  # the collector has every tap up to this seq
        self.knew = 0  # the acked mark that the flash certainly knows
        self.full = 0  # whether a press found no room
        self.lost = bytearray(most + 1)  # by seq: 1 if its time was thinned away

    def press(self, journal):
        """False when the journal had no room for it: then nobody is thanked."""
        n = self.pressed
        self.pressed += 1
        seq = journal.append(1 + n % 4, 0, n * EVERY_MS)
        powered_still()
        if not seq:
            assert is_full(journal), "a healthy flash refused"
            return False
        assert seq > self.given, "a seq was given twice"
        self.given = seq
        self.thanked[seq] = n
        journal.tidy()
        powered_still()
        return True

    def ack(self, journal, most):
        """The collector stores and acks some more."""
        self.look(journal)
        seq = min(journal.acked + most, journal.last_seq)
        self.stored = max(self.stored, seq)
        self.given = max(self.given, seq)
        journal.ack(seq)
        powered_still()

    def settle(self, journal):
        journal.settle()
        powered_still()
        self.knew = journal.acked

    def look(self, journal):
        """Reads all that is there, acked or not: every thanked tap with its face, at its time or in its span."""
        seq = journal.held
        while seq <= journal.last_seq:
            batch = journal.batch(seq, 32)
            for face, uptime_ms, _ in batch.taps:
                n = self.thanked[seq]
                if n == NOBODY:  # the press that a cut hit: nobody was thanked, but it is there, and stays
                    n = self.thanked[seq] = uptime_ms // EVERY_MS
                    assert batch.width_ms is None and n < self.pressed
                assert face == 1 + n % 4, ("another tap, or an unreadable one", seq, face, n)
                assert 0 <= n * EVERY_MS - uptime_ms <= (batch.width_ms or 0), ("not in its span", seq, batch)
                if batch.width_ms is None:
                    assert not self.lost[seq], "a thinned tap has a time again"
                else:
                    self.lost[seq] = 1
                seq += 1
            if batch.width_ms is not None and batch.width_ms > HOUR_MS // 4:
                utc_ms = START_UTC_MS + batch.taps[0][1]
                assert utc_ms // HOUR_MS == (utc_ms + batch.width_ms) // HOUR_MS, "not in one hour"
        powered_still()

    def check(self, journal):
        """What was promised before the power went is there now."""
        assert journal.last_seq >= self.given, ("a seq would be given twice", journal.last_seq, self.given)
        assert self.knew <= journal.acked <= self.stored, ("acked", self.knew, journal.acked, self.stored)
        assert journal.held <= journal.acked + 1, ("unacked taps were let go", journal.held, journal.acked)
        self.look(journal)
        assert journal.thinned == sum(self.lost), ("thinned", journal.thinned, sum(self.lost))


def is_full(journal):
    """Whether it holds all it can: unsent taps, thinned wherever that gains anything."""
    exact = [s for s in journal.shelf.segments[:-1] if not s[4] and s[0] > journal._passed]
    full = journal.shelf.blocks() >= journal.capacity and journal.shelf.room() <= RESERVE
    return full and not exact and journal.backlog.end_of_oldest() > journal.acked


def powered_still():
    """Nothing that happens without power was seen by anybody."""
    if flash.off:
        raise PowerCut


def boot(world):
    journal = Journal(LittleFiles("/cut"), "b0a2d1", Dice(world.pressed + 1).roll, CAPACITY)
    journal.open(0)
    powered_still()
    surveyed(journal)
    powered_still()
    return journal


def live(world):
    """The scripted life; raises PowerCut where the power goes."""
    journal = boot(world)
    for n in range(PRESSES):
        assert world.press(journal)
        if n % 40 == 5:
            journal.anchor(n * EVERY_MS, START_UTC_MS + n * EVERY_MS, 1)
        if n < 80 and n % 9 == 8:
            world.ack(journal, 9)
        if n in (70, 195):
            world.settle(journal)
        if n == 110 or n == 160:
            journal.alive(n * EVERY_MS)
            journal = boot(world)
        if n == 170:
            world.ack(journal, 50)  # of what was thinned
        if n == 190:
            world.ack(journal, 1000)


def recover(world):
    """The boot after a cut, and a little life."""
    journal = boot(world)
    world.check(journal)
    for _ in range(AFTERWARDS):
        assert world.press(journal)
    world.ack(journal, 20)
    world.settle(journal)
    world.check(journal)


def go_on(world):
    """The boot after the last cut, and a life to where the journal is full, if that comes; then all is stored."""
    recover(world)
    journal = boot(world)
    before = journal.thinned
    kept = [world.press(journal) for _ in range(LONG_AFTERWARDS)]
    world.check(journal)
    assert journal.thinned > before or journal.last_seq < 2 * shelf.SEGMENT, "nothing more is thinned"
    assert sum(kept) > LONG_AFTERWARDS * 2 // 3
    world.full += not all(kept)
    world.ack(journal, 1000)
    for _ in range(AFTERWARDS):
        assert world.press(journal), "full though all is stored"
    world.check(journal)


def powered(cut_after, tear, run, world):
    """Runs until the power goes. Returns whether it went."""
    flash.power_on(cut_after, tear)
    session = mount(flash, "/cut")  # what stock MicroPython does; if this fails it formats the flash
    try:
        run(world)
    except (PowerCut, OSError):
        if not flash.off:
            raise
    finally:
        unmount(session, "/cut")
    return flash.off


def cut_life(point, tear, recoveries, dice):
    """One life, cut, then so many recoveries that are cut as well, and one that is not.

    Returns how many cuts, and 1 if the journal was full in the end.
    """
    flash.blank()
    world = World()
    cuts = powered(point, tear, live, world)
    for _ in range(recoveries):
        cuts += powered(dice.below(40), tear, recover, world)
    powered(None, tear, go_on, world)
    return cuts, world.full


def points_in_a_life():
    """How many programs and erases; the life must be what this file says it is."""
    flash.blank()
    seen = []

    def whole(world):
        live(world)
        journal = boot(world)
        world.check(journal)
        thinned = [s[4] for s in journal.shelf.segments].count(1)
        seen.append((journal.thinned, journal.held, thinned))

    world = World()
    powered(None, 0, whole, world)
    thinned, held, now = seen[0]
    print("a life: %d thinned, the oldest now %d, %d thinned segments now" % (thinned, held, now))
    assert thinned > 100 and held > 100 and now
    flash.blank()
    powered(None, 0, live, World())
    return flash.programs + flash.erases


def schedule(points, dice):
    """Yields (point, tear, recoveries that are cut): every point with and without them, or a sample."""
    if os.getenv("SOAK"):
        for n in range(points * len(TEARS)):
            for recoveries in (0, 1 + dice.below(MOST_RECOVERIES - 1)):
                yield n // len(TEARS), TEARS[n % len(TEARS)], recoveries
    else:
        for n in range(CUTS):
            yield dice.below(points), TEARS[n % len(TEARS)], dice.below(MOST_RECOVERIES)


def test_no_cut_loses_a_thanked_tap_or_gives_a_seq_twice_or_loses_count_of_the_thinned():
    points = points_in_a_life()
    dice = Dice(20)
    lives = cuts = full = 0
    for point, tear, recoveries in schedule(points, dice):
        gc.collect()
        try:
            more, filled = cut_life(point, tear, recoveries, dice)
        except Exception:
            print("point %d of %d, tear %d, life %d" % (point, points, tear, lives))
            raise
        lives += 1
        cuts += more
        full += filled
    print("power cuts: %d in %d lives of %d points, %d journals full in the end" % (cuts, lives, points, full))
    assert cuts >= lives and full < lives / 20
