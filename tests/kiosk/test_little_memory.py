"""The heap is nearly full now and then while a journal lives: a press is kept or not thanked, and no tap looks lost.

On the real littlefs, whose files need memory, too.
"""

import gc
import os

from board.files import LittleFiles
from kiosk import shelf
from kiosk.journal import Journal

from tests.kiosk import heap
from tests.kiosk.desk import Dice
from tests.kiosk.ram_flash import FileFlash, mount, unmount

INTERPRETERS = ("micropython",)
TIME_LIMIT_S = 1800

LIVES = 100 if os.getenv("SOAK") else 4
TURNS = 700
BLOCKS = 40
CAPACITY = 6  # segments
EVERY_MS = 60000  # press n is (face 1 + n % 4, uptime n minutes)

shelf.SEGMENT = 48  # as in test_power_cuts
shelf.FOLD = 16

gc.threshold(12000)  # as firmware/main.py does


class Life:
    def __init__(self, seed):
        self.dice = Dice(seed)
        self.pressed = self.refused = self.failed = 0
        self.thanked = {}  # seq: the press
        self.given = 0  # the highest seq that anybody saw
        self.boot()

    def boot(self):
        self.journal = Journal(LittleFiles("/hog"), "b0a2d1", self.dice.roll, CAPACITY)
        self.journal.open(0)

    def press(self):
        n = self.pressed
        self.pressed += 1
        seq = self.journal.append(1 + n % 4, 0, n * EVERY_MS)
        if seq is None:
            self.refused += 1
            return
        assert seq > self.given, "a seq was given twice"
        self.given = seq
        self.thanked[seq] = n

    def turn(self, what):
        """One thing that happens, mostly a press."""
        if what < 70:
            self.press()
        elif what < 80:
            self.journal.tidy()
        elif what < 83:
            self.journal.settle()
        elif what < 85:
            self.journal.anchor(self.pressed * EVERY_MS, 1790000000000 + self.pressed * EVERY_MS, 1)

    def collect(self):
        """A collector stores some of what it is sent."""
        journal = self.journal
        batch = journal.batch(journal.acked + 1, 16)
        for i in range(len(batch.taps)):
            self.see(batch, i)
        journal.ack(batch.first_seq + len(batch.taps) - 1)

    def look(self):
        """Every unacked tap that was thanked for is there, for whoever sends it."""
        journal = self.journal
        assert journal.held <= journal.acked + 1, ("unacked taps look gone", journal.held, journal.acked)
        seq = journal.acked + 1
        while seq <= journal.last_seq:
            batch = journal.batch(seq, 16)
            for i in range(len(batch.taps)):
                self.see(batch, i)
            seq += len(batch.taps)

    def see(self, batch, i):
        n = self.thanked.get(batch.first_seq + i)
        face, uptime_ms, _ = batch.taps[i]
        if n is not None:
            assert face == 1 + n % 4, ("another tap, or an unreadable one", batch.first_seq + i, face)
            assert 0 <= n * EVERY_MS - uptime_ms <= (batch.width_ms or 0), ("not in its span", batch)


def lived(seed):
    life = Life(seed)
    for turn in range(TURNS):
        what, most = life.dice.below(100), life.dice.below(1 + life.dice.below(90))
        held = heap.hog(most) if turn % 4 == 0 else None
        try:
            life.turn(what)
        except (OSError, MemoryError):
            life.failed += 1  # a chore, that is tried again
        held = None  # noqa: F841
        gc.collect()
        if turn % 100 == 99:
            life.boot()
        try:
            if turn % 10 == 0:
                life.look()
            if what > 95 and turn > TURNS // 2:
                life.collect()
        except OSError:
            assert life.journal._stale, "a flash in order cannot be read"
    life.boot()
    life.look()
    return life


def test_no_tap_looks_lost_and_none_is_thanked_for_that_is_not_kept_while_memory_is_short():
    refused = 0
    for seed in range(1, LIVES + 1):
        flash = FileFlash(BLOCKS)
        flash.blank()
        session = mount(flash, "/hog")
        try:
            life = lived(seed)
        finally:
            gc.collect()
            unmount(session, "/hog")
            flash.close()
        refused += life.refused
        print("life %d: %d presses, %d refused, %d thinned" % (seed, life.pressed, life.refused, life.journal.thinned))
        life = None
    assert refused > LIVES
