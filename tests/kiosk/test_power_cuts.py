"""The power is cut while a kiosk lives, at any program or erase of its flash, and again while it recovers.

A life: two boots, taps, stored acks, anchors, segments sealed and deleted.
SOAK=1 cuts at every point; otherwise at a seeded sample.
"""

import gc
import os

from board.files import LittleFiles
from kiosk import shelf
from kiosk.journal import Journal

from tests.kiosk.desk import Dice
from tests.kiosk.ram_flash import TEARS, PowerCut, RamFlash, mount, unmount

INTERPRETERS = ("micropython",)
TIME_LIMIT_S = 900

CUTS = 200
BLOCKS = 18


flash = RamFlash(BLOCKS)


class Witness:
    """What was promised before the power went."""

    def __init__(self):
        self.thanked = {}  # seq: (face, uptime_ms)
        self.acked = 0  # the mark that the flash certainly knew


def live(flash, witness, taps=90):
    """The scripted life; raises PowerCut where the flash says so."""
    for boot in (1, 2):
        journal = Journal(LittleFiles("/cut"), "b0a2d1", Dice(boot).roll, 2)
        journal.open(0)
        journal.survey()
        for i in range(taps):
            seq = journal.append(1 + i % 4, 0, boot * 1000000 + i)
            if flash.off:
                raise PowerCut
            if seq:
                witness.thanked[seq] = (1 + i % 4, boot * 1000000 + i)
            if i % 20 == 5:
                journal.anchor(boot * 1000000 + i, 1790000000000 + i, 1)
            if i % 9 == 8:
                journal.ack(journal.last_seq - 4)
            if i == 70:
                journal.settle()
                if not flash.off:
                    witness.acked = journal.acked
        journal.alive(3600000)


def check(flash, witness):
    """After the power came back: everything promised is there, and it goes on."""
    journal = Journal(LittleFiles("/cut"), "b0a2d1", Dice(9).roll, 2)
    journal.open(1)
    if flash.off:
        raise PowerCut
    last = max(witness.thanked) if witness.thanked else 0
    assert journal.last_seq >= last, ("a seq would be given twice", journal.last_seq, last)
    assert journal.acked >= witness.acked, ("an acked tap came back", journal.acked, witness.acked)
    seq = max(journal.held, 1)
    assert seq - 1 <= journal.acked, ("unacked taps were deleted", seq, journal.acked)
    while seq <= journal.last_seq:
        batch = journal.batch(seq, 32)
        for face, uptime_ms, _ in batch.taps:
            if seq in witness.thanked:
                assert witness.thanked[seq] == (face, uptime_ms), (seq, face, uptime_ms, witness.thanked[seq])
            seq += 1
    if flash.off:
        raise PowerCut
    before = journal.last_seq
    kept = [journal.append(1, 0, 5000000 + n) for n in range(3)]
    if flash.off:
        raise PowerCut
    assert kept == [before + 1, before + 2, before + 3]
    assert journal.batch(before + 1, 1).boot == journal.boot


def small_segments():
    """A life short enough to be cut everywhere still fills segments of this size."""
    shelf.SEGMENT = 32
    shelf.FOLD = 16


def run_cut(flash, point, tear, again):
    """One life cut at ``point``, one recovery cut at ``again`` (None: not), and one that is not cut."""
    flash.blank()
    witness = Witness()
    powered(flash, point, tear, lambda: live(flash, witness))
    cut = flash.off
    if again is not None:
        powered(flash, again, tear, lambda: check(flash, witness))
    powered(flash, None, tear, lambda: check(flash, witness))
    return cut


def powered(flash, cut_after, tear, run):
    flash.power_on(cut_after, tear)
    session = mount(flash, "/cut")
    try:
        run()
    except (PowerCut, OSError):
        if not flash.off:
            raise
    finally:
        unmount(session, "/cut")


def points_in_a_life(flash):
    flash.blank()
    powered(flash, None, 0, lambda: live(flash, Witness()))
    return flash.programs + flash.erases


def schedule(points, dice):
    """Yields (point, tear): every one of them, or a sample."""
    if os.getenv("SOAK"):
        for n in range(points * len(TEARS)):
            yield n // len(TEARS), TEARS[n % len(TEARS)]
    else:
        for n in range(CUTS):
            yield dice.below(points), TEARS[n % len(TEARS)]


def test_no_cut_loses_a_thanked_tap_or_gives_a_seq_twice():
    small_segments()
    points = points_in_a_life(flash)
    dice = Dice(20)
    cut = planned = 0
    for point, tear in schedule(points, dice):
        planned += 1
        again = dice.below(12) if dice.below(2) else None
        try:
            cut += run_cut(flash, point, tear, again)
        except Exception:
            print("point %d of %d, tear %d, again %s" % (point, points, tear, again))
            raise
        gc.collect()
    print("power cuts: %d at %d points" % (cut, points))
    assert cut == planned
