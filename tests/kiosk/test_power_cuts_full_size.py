"""Power cuts with segments as large as the product's, and a collector that must never be told two things about a seq.

A life: boots, 8 taps to a tail, 32 records to a fold, 256 to a segment, segments sealed and let go, anchors, signs of
life, stored acks, mark records, a store that went back, a flash that went back. SOAK=1 cuts at every program and erase;
otherwise at a seeded sample. Most recoveries are cut as well, some twice.
"""

import gc
import os
from array import array

from board.files import LittleFiles
from kiosk.journal import Journal

from tests.kiosk.desk import Dice, surveyed
from tests.kiosk.ram_flash import TEARS, PowerCut, RamFlash, mount, unmount

INTERPRETERS = ("micropython",)
TIME_LIMIT_S = 1800
HEAP = "256K"  # the flash lies in it too

CUTS = 150
PRESSES = 620
BLOCKS = 20

gc.threshold(12000)  # as firmware/main.py does
flash = RamFlash(BLOCKS)


class World:
    """What fingers, lights and the collector know. Press n is (face 1 + n % 4, uptime 10 n), unlike any other."""

    def __init__(self):
        self.pressed = 0
        self.thanked = bytearray(PRESSES + 40)
        self.stored = {}  # journal id: presses by seq - 1
        self.knew = {}  # journal id: the acked mark its flash certainly knows
        self.given = {}  # journal id: the highest seq that anybody saw
        self.went_back = False  # the store did, to a backup
        self.abandoned = 0  # presses below this were of earlier boots when the flash was found to have gone back

    def power(self):
        """Nothing that happens without power was seen by anybody."""
        if flash.off:
            raise PowerCut

    def press(self, journal):
        n = self.pressed
        self.pressed += 1
        seq = journal.append(1 + n % 4, 0, 10 * n)
        self.power()
        assert seq, "a healthy flash refused"
        assert seq > self.given.get(journal.id, 0), "a seq was given twice"
        self.thanked[n] = 1
        self.given[journal.id] = seq

    def collect(self, journal, most):
        """The collector stores the next taps and acks them."""
        stored = self.stored.setdefault(journal.id, array("H"))
        seq = max(journal.acked, journal.held - 1) + 1
        while seq <= min(journal.last_seq, journal.acked + most):
            batch = journal.batch(seq, 32)
            self.power()
            for face, uptime_ms, _ in batch.taps:
                self.store(stored, seq, face, uptime_ms)
                self.given[journal.id] = max(seq, self.given.get(journal.id, 0))
                seq += 1
        journal.ack(len(stored))
        self.power()

    def store(self, stored, seq, face, uptime_ms):
        assert face == 1 + uptime_ms // 10 % 4, "a tap that nobody pressed"
        if seq <= len(stored):
            assert stored[seq - 1] == uptime_ms // 10, "a seq was given another tap"
        else:
            assert seq == len(stored) + 1, "an unacked tap is gone"
            stored.append(uptime_ms // 10)

    def settle(self, journal):
        journal.settle()
        self.power()
        self.knew[journal.id] = journal.acked

    def forget(self, journal):
        """The store went back to a backup, and told the kiosk."""
        stored = self.stored[journal.id]
        back = len(stored) - 20
        self.stored[journal.id] = stored[:back]
        self.knew[journal.id] = 0
        self.went_back = True
        self.resend(journal)

    def resend(self, journal):
        """What the collector orders whenever it sees a mark above its own."""
        stored = self.stored.setdefault(journal.id, array("H"))
        if self.went_back and journal.acked > len(stored):
            journal.rewind(len(stored))
            self.power()

    def renew(self, journal, first_of_boot):
        self.abandoned = first_of_boot
        journal.renew()
        while journal.renewal:
            did = journal.renewal.step(0)
            self.power()
            assert did or not journal.renewal, journal.renewal.why

    def check(self, journal):
        """What was promised before the power went is there now."""
        stored = self.stored.setdefault(journal.id, array("H"))
        self.power()
        assert journal.acked <= len(stored), "acked beyond what the collector has"
        assert journal.acked >= min(self.knew.get(journal.id, 0), len(stored)), "a mark that was written is lower"
        assert journal.held <= journal.acked + 1, "unacked taps were let go"
        assert journal.last_seq >= self.given.get(journal.id, 0), "a seq would be given twice"
        found = bytearray(len(self.thanked))
        for presses in self.stored.values():
            for n in presses:
                found[n] = 1
        seq = journal.held
        last = -1
        while seq <= journal.last_seq:
            batch = journal.batch(seq, 32)
            self.power()
            for face, uptime_ms, _ in batch.taps:
                assert face == 1 + uptime_ms // 10 % 4, ("an unreadable tap", seq, face)
                n = uptime_ms // 10
                assert last < n < self.pressed, "a tap out of order, or one that nobody pressed"
                assert seq > len(stored) or stored[seq - 1] == n, "a seq was given another tap"
                found[n] = 1
                last = n
                seq += 1
        for n in range(self.abandoned, self.pressed):
            assert found[n] or not self.thanked[n], ("a thanked tap is lost", n)


def boot(world):
    journal = Journal(LittleFiles("/cut"), "b0a2d1", Dice(world.pressed + 1).roll, 2)
    journal.open(0)
    world.power()
    return journal


def live(world):
    """The scripted life; raises PowerCut where the power goes."""
    journal = boot(world)
    first_of_boot = 0
    for n in range(PRESSES):
        world.press(journal)
        if n % 150 == 149:
            journal = boot(world)
            surveyed(journal)
            world.power()
            first_of_boot = world.pressed
        if n % 60 == 20:
            journal.anchor(10 * n, 1790000000000 + 10 * n, 1)
        if n % 13 == 12 and n < 570:
            world.collect(journal, 16)
        if n % 200 == 120:
            world.settle(journal)
        if n == 330:
            world.forget(journal)
        if n % 90 == 40:
            journal.alive(10 * n)
            world.power()
        if n == PRESSES - 10:
            world.renew(journal, first_of_boot)


def recover(world):
    """The boot after a cut, and a little life."""
    journal = boot(world)
    surveyed(journal)
    world.resend(journal)
    world.check(journal)
    for _ in range(9):  # past a tail
        world.press(journal)
    world.collect(journal, 100)
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


def cut_life(point, tear, dice):
    """One life, cut, then recoveries until one is not cut. Returns how many cuts."""
    flash.blank()
    world = World()
    cuts = powered(point, tear, live, world)
    for _ in range(dice.below(3)):
        cuts += powered(dice.below(40), tear, recover, world)
    powered(None, tear, recover, world)
    return cuts


def points_in_a_life():
    flash.blank()
    powered(None, 0, live, World())
    return flash.programs + flash.erases


def schedule(points, dice):
    """Yields (point, tear): every one of them, or a sample."""
    if os.getenv("SOAK"):
        for n in range(points * len(TEARS)):
            yield n // len(TEARS), TEARS[n % len(TEARS)]
    else:
        for n in range(CUTS):
            yield dice.below(points), TEARS[n % len(TEARS)]


def test_a_cut_anywhere_in_a_long_life_loses_no_thanked_tap_and_gives_no_seq_two_meanings():
    points = points_in_a_life()
    dice = Dice(29)
    lives = cuts = 0
    for point, tear in schedule(points, dice):
        gc.collect()
        try:
            cuts += cut_life(point, tear, dice)
        except Exception:
            print("point %d of %d, tear %d, life %d" % (point, points, tear, lives))
            raise
        lives += 1
    print("power cuts: %d in %d lives of %d points" % (cuts, lives, points))
    assert cuts >= lives
