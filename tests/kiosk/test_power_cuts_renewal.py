"""The power is cut while a new journal takes over, on the real littlefs with segments as large as the product's.

A life: a boot whose taps are lost with the old journal, one with PRESSES taps and an anchor, a flash that is found to
have gone back in time, and presses while the new journal is made. SOAK=1 cuts at every program and erase and most
recoveries as well; otherwise at a seeded sample.
"""

import gc
import os

from board.files import LittleFiles
from kiosk.journal import Journal

from tests.kiosk.desk import Dice, surveyed
from tests.kiosk.ram_flash import TEARS, FileFlash, PowerCut, mount, unmount

INTERPRETERS = ("micropython",)
TIME_LIMIT_S = 1800

CUTS = 100
EARLIER = 40
PRESSES = 300
BLOCKS = 48

gc.threshold(12000)  # as firmware/main.py does
flash = FileFlash(BLOCKS)


class World:
    """What fingers and lights know. Press n is (face 1 + n % 4, uptime 10 n), unlike any other."""

    def __init__(self):
        self.pressed = self.began = 0
        self.thanked = bytearray(EARLIER + PRESSES + 300)
        self.old = None  # the id of the journal that went back
        self.promised = EARLIER  # the first press that the new journal has to have
        self.given = {}  # journal id: its highest seq

    def boot(self):
        journal = Journal(LittleFiles("/cut"), "b0a2d1", Dice(self.pressed + 1).roll)
        journal.open(0)
        surveyed(journal)
        powered_still()
        return journal

    def press(self, journal):
        n = self.pressed
        self.pressed += 1
        seq = journal.append(1 + n % 4, 0, 10 * n)
        powered_still()
        assert seq and seq > self.given.get(journal.id, 0), "refused, or a seq was given twice"
        self.given[journal.id] = seq
        self.thanked[n] = 1

    def renew(self, journal):
        """Every step of it, with a press after each fifth."""
        journal.renew()
        steps = 0
        while journal.renewal:
            did = journal.renewal.step(0)
            powered_still()
            assert did or not journal.renewal, journal.renewal.why
            steps += 1
            if steps % 5 == 0:
                self.press(journal)

    def check(self, journal):
        """Every thanked press of the boot that found the flash out, and since, is there once and in order."""
        assert journal.last_seq >= self.given.get(journal.id, 0)
        following = self.promised if journal.id != self.old else 0
        seq = journal.held
        while seq <= journal.last_seq:
            batch = journal.batch(seq, 32)
            powered_still()
            for face, uptime_ms, _ in batch.taps:
                n = uptime_ms // 10
                assert face == 1 + n % 4, ("an unreadable tap", seq, face)
                assert following <= n < self.pressed, ("out of order, or twice", seq, n)
                for lost in range(following, n):
                    assert not self.thanked[lost] or lost < self.promised, ("a thanked tap is lost", lost)
                following = n + 1
                seq += 1
        for lost in range(following, self.pressed):
            assert not self.thanked[lost], ("a thanked tap is lost", lost)


def powered_still():
    """Nothing that happens without power was seen by anybody."""
    if flash.off:
        raise PowerCut


def live(world):
    """The scripted life; raises PowerCut where the power goes."""
    journal = world.boot()
    world.old = journal.id
    for _ in range(EARLIER):
        world.press(journal)
    journal = world.boot()
    journal.anchor(10 * EARLIER, 1790000000000, 1)
    for _ in range(PRESSES):
        world.press(journal)
    world.began = flash.programs + flash.erases
    world.renew(journal)
    world.check(journal)
    for _ in range(9):
        world.press(journal)
    world.check(journal)


def recover(world):
    """The boot after a cut: what was begun is brought to its end, with the taps of the boot that was cut."""
    journal = world.boot()
    if journal.id == world.old and not journal.renewal:
        world.promised = world.pressed  # cut before the flash knew: this boot is the one that finds it out
    world.check(journal)
    for _ in range(9):  # past a tail
        world.press(journal)
    if journal.id == world.old:
        world.renew(journal)
        assert journal.id != world.old
    world.check(journal)


def powered(cut_after, tear, run, world):
    """Runs until the power goes. Returns whether it went."""
    flash.power_on(cut_after, tear)
    session = mount(flash, "/cut")
    try:
        run(world)
    except (PowerCut, OSError):
        if not flash.off:
            raise
    finally:
        unmount(session, "/cut")
    return flash.off


def points_in_a_life():
    """(programs and erases before the renewal, and until the life's end)."""
    flash.blank()
    world = World()
    powered(None, 0, live, world)
    return world.began, flash.programs + flash.erases


def schedule(first, end, dice):
    """Yields (point, tear, recoveries that are cut): every one of them, or a sample."""
    if os.getenv("SOAK"):
        for n in range((end - first) * len(TEARS)):
            yield first + n // len(TEARS), TEARS[n % len(TEARS)], dice.below(3)
    else:
        for n in range(CUTS):
            yield first + dice.below(end - first), TEARS[n % len(TEARS)], dice.below(3)


def test_a_cut_anywhere_while_a_new_journal_is_made_loses_no_thanked_tap():
    first, end = points_in_a_life()
    dice = Dice(31)
    lives = cuts = unfinished = 0
    for point, tear, recoveries in schedule(first, end, dice):
        gc.collect()
        flash.blank()
        world = World()
        try:
            cuts += powered(point, tear, live, world)
            unfinished += world.old in world.given and len(world.given) == 1
            for _ in range(recoveries):
                cuts += powered(dice.below(60), tear, recover, world)
            powered(None, tear, recover, world)
        except Exception:
            print("point %d from %d to %d, tear %d, recoveries %d" % (point, first, end, tear, recoveries))
            raise
        lives += 1
    flash.close()
    print("power cuts: %d in %d lives of %d points, %d before the new journal" % (cuts, lives, end - first, unfinished))
    assert cuts >= lives and unfinished
