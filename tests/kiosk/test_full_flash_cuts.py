"""A flash that others' files fill while the power is cut at random operations: small segments, a real littlefs."""

import os

from board.files import LittleFiles
from kiosk import shelf
from kiosk.journal import Journal

from tests.kiosk.desk import Dice, surveyed
from tests.kiosk.ram_flash import RamFlash, mount, unmount

INTERPRETERS = ("micropython",)
HEAP = "256K"  # the flash lies in it too
TIME_LIMIT_S = 3600

LIVES = 200 if os.getenv("SOAK") else 6
FIRST_LIFE = 15  # in the first, the only segment goes while fold and tail wait for their acks, and the power is cut
STEPS = 120
FLASH_BLOCKS = 18
TEARS = 3

flash = RamFlash(FLASH_BLOCKS)


class Life:
    """What a board went through, and what it owes: {seq: press} of every thanked tap that no ack settled."""

    def __init__(self, seed):
        self.dice = Dice(seed * 7919 + 3)
        self.owed = {}
        self.presses = self.refused = self.cuts = self.foreign = self.newest = self.stored = 0
        self.last_boot = 0  # of which a tap was kept
        flash.blank()
        flash.power_on()
        self.session = mount(flash, "/lived")
        self.boot()

    def boot(self):
        self.journal = Journal(LittleFiles("/lived"), "b0a2d1", Dice(self.dice.below(1 << 20)).roll)
        self.journal.open(0)
        surveyed(self.journal)

    def step(self):
        cut = self.dice.below(6) == 0
        if cut:
            flash.power_on(self.dice.below(12), self.dice.below(TEARS))
        try:
            self._act(cut)
        except OSError:
            assert flash.off
        if cut:
            self.cuts += flash.off
            unmount(self.session, "/lived")
            flash.power_on()
            self.session = mount(flash, "/lived")
            self.boot()
            assert self.journal.boot > self.last_boot, "a boot's number is given again"
        self.look()

    def _act(self, cut):
        event = self.dice.below(100)
        if event < 4:
            self._fill(self.dice.below(4))
        elif event < 6:
            self._empty()
        elif event < 9:
            if not cut:
                self.boot()
        elif event < 25:
            seq = self.journal.acked + self.dice.below(self.journal.unacked + 1)
            self.stored = max(self.stored, seq)
            self.journal.ack(seq)
        else:
            for _ in range(1 + self.dice.below(20)):
                self._press()

    def _press(self):
        if flash.off:
            return
        self.presses += 1
        seq = self.journal.append(1 + self.presses % 4, 0, self.presses * 1000)
        if flash.off:
            return  # nobody knows whether it was kept, and nobody was thanked
        if seq is None:
            self.refused += 1
            return
        assert seq > self.newest, "a seq is given again"
        self.newest, self.last_boot = seq, self.journal.boot
        self.owed[seq] = self.presses
        if self.dice.below(3) == 0:
            self.journal.tidy()

    def _fill(self, leave):
        """Another's files, until at most so many blocks are left as littlefs counts them."""
        try:
            while self.foreign < 100 and (os.statvfs("/lived")[3] > leave or not leave):
                with open("/lived/foreign%d" % self.foreign, "wb") as f:
                    f.write(bytes(3000))
                self.foreign += 1
        except OSError:
            pass

    def _empty(self):
        for n in range(self.foreign + 1):
            try:  # noqa: SIM105 MicroPython has no contextlib
                os.remove("/lived/foreign%d" % n)
            except OSError:
                pass
        self.foreign = 0

    def look(self):
        """Every owed tap is there once, as it was pressed, of a boot, and nothing is acked that nobody stored."""
        journal = self.journal
        if not flash.off:
            self.stored = max(self.stored, journal.acked)
        assert journal.acked <= self.stored and journal.last_seq >= self.newest
        for seq in [seq for seq in self.owed if seq <= self.stored]:
            del self.owed[seq]
        assert not self.owed or journal.held <= min(self.owed)
        seq = max(journal.held, journal.acked + 1)
        while seq <= journal.last_seq:
            batch = surveyed(journal).batch(seq, 50)
            assert batch.taps and batch.boot >= 1
            for face, at_ms, _ in batch.taps:
                if seq in self.owed:
                    press = self.owed[seq]
                    assert face == 1 + press % 4 and 0 <= press * 1000 - at_ms <= (batch.width_ms or 0)
                seq += 1

    def end(self):
        unmount(self.session, "/lived")


def test_no_cut_on_a_flash_that_is_full_loses_a_tap_a_seq_or_the_number_of_a_boot():
    meant = shelf.SEGMENT, shelf.FOLD
    shelf.SEGMENT, shelf.FOLD = 48, 16
    presses = refused = cuts = 0
    try:
        for seed in range(FIRST_LIFE, FIRST_LIFE + LIVES):
            life = Life(seed)
            for n in range(STEPS):
                try:
                    life.step()
                except AssertionError as e:
                    raise AssertionError("seed %d, step %d: %s" % (seed, n, e)) from None
            life.end()
            presses, refused, cuts = presses + life.presses, refused + life.refused, cuts + life.cuts
    finally:
        shelf.SEGMENT, shelf.FOLD = meant
    print("%d lives, %d presses, %d of them refused, %d power cuts" % (LIVES, presses, refused, cuts))
    assert refused > LIVES and cuts > LIVES
