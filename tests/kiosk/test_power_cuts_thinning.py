"""The power is cut while a nearly full journal thins its oldest taps, and again while the kiosk recovers.

A life: three boots, 300 rare taps, no ack for a long time, thinning all along, then stored acks that let thinned
segments go, a store that went back. SOAK=1 cuts at every program and erase; otherwise at a seeded sample.
"""

import gc
import os
from array import array

from board.files import LittleFiles
from kiosk import shelf
from kiosk.journal import Journal

from tests.kiosk.desk import NOW_UTC_MS, Dice
from tests.kiosk.ram_flash import TEARS, PowerCut, RamFlash, mount, unmount
from wire.messages import FLAG_THINNED

INTERPRETERS = ("micropython",)
TIME_LIMIT_S = 3600

CUTS = 200
BLOCKS = 18
CAPACITY = 5
TAPS = 100  # a boot
RARE_MS = 60000
BOOT_MS = 10 * TAPS * RARE_MS  # from one boot's uptimes to the next one's: none is in two boots
HOUR_MS = 3600000

shelf.SEGMENT = 32  # a life short enough to be cut everywhere still fills segments of this size
shelf.FOLD = 16

flash = RamFlash(BLOCKS)


class Witness:
    """What was promised before the power went."""

    def __init__(self):
        self.presses = array("H", [0] * (3 * TAPS + 9))  # by seq: which press was thanked for it, from 1 on
        self.acked = 0  # the mark that the flash certainly knew
        self.thinned = 0


def opened(cause):
    journal = Journal(LittleFiles("/cut"), "b0a2d1", Dice(cause).roll, CAPACITY)
    journal.open(cause)
    return journal


def power():
    if flash.off:
        raise PowerCut


def live(witness):
    """The scripted life; raises PowerCut where the power goes."""
    for boot in (1, 2, 3):
        journal = opened(boot)
        journal.survey()
        power()
        if boot != 2:
            journal.anchor(boot * BOOT_MS, NOW_UTC_MS + boot * BOOT_MS, 1)
        for i in range(TAPS):
            press(journal, witness, (boot - 1) * TAPS + i + 1)
            journal.tidy()
            power()
            if boot == 3 and i % 10 == 9:
                journal.ack(journal.acked + 25)
                journal.settle()
                power()
                witness.acked = journal.acked
        witness.thinned = max(witness.thinned, journal.thinned)
    witness.acked = 0
    journal.rewind(journal.acked - 10)
    power()


def press(journal, witness, n):
    face, uptime_ms = pressed(n)
    seq = journal.append(face, 0, uptime_ms)
    power()
    if seq:
        witness.presses[seq] = n


def pressed(n):
    """(face, uptime_ms) of the n-th press."""
    boot, i = (n - 1) // TAPS + 1, (n - 1) % TAPS
    return 1 + i % 4, boot * BOOT_MS + i * RARE_MS


def check(witness):
    """After the power came back: everything promised is there, and it goes on."""
    journal = opened(0)
    power()
    last = max([0] + [seq for seq, n in enumerate(witness.presses) if n])
    assert journal.last_seq >= last, ("a seq would be given twice", journal.last_seq, last)
    assert journal.acked >= witness.acked, ("an acked tap came back", journal.acked, witness.acked)
    assert journal.held - 1 <= journal.acked, ("unacked taps were deleted", journal.held, journal.acked)
    thinned = read(journal, witness)
    assert max(thinned, witness.thinned) <= journal.thinned <= journal.last_seq, (thinned, witness.thinned)
    before = journal.last_seq
    kept = [journal.append(1, 0, 9 * BOOT_MS + n) for n in range(3)]
    journal.tidy()
    power()
    assert kept == [before + 1, before + 2, before + 3], kept


def read(journal, witness):
    """Every tap that is held has its face and its time, or a span that holds it; returns how many are thinned."""
    seq, thinned = max(journal.held, 1), 0
    while seq <= journal.last_seq:
        batch = journal.batch(seq, 32)
        power()
        width_ms = batch.width_ms or 0
        for face, uptime_ms, flags in batch.taps:
            if seq < len(witness.presses) and witness.presses[seq]:
                right, at_ms = pressed(witness.presses[seq])
                assert face == right and uptime_ms <= at_ms <= uptime_ms + width_ms, (seq, face, uptime_ms, width_ms)
            assert bool(flags & FLAG_THINNED) == (batch.width_ms is not None)
            thinned += flags == FLAG_THINNED
            seq += 1
        assert width_ms < HOUR_MS
    return thinned


def powered(cut_after, tear, run):
    flash.power_on(cut_after, tear)
    session = mount(flash, "/cut")
    try:
        run()
    except (PowerCut, OSError):
        if not flash.off:
            raise
    finally:
        unmount(session, "/cut")


def cut_life(point, tear, again):
    """One life cut at ``point``, one recovery cut at ``again`` (None: not), and one that is not cut."""
    flash.blank()
    witness = Witness()
    powered(point, tear, lambda: live(witness))
    cut = flash.off
    if again is not None:
        powered(again, tear, lambda: check(witness))
    powered(None, tear, lambda: check(witness))
    return cut


def schedule(points, dice):
    """Yields (point, tear): every one of them, or a sample."""
    if os.getenv("SOAK"):
        for n in range(points * len(TEARS)):
            yield n // len(TEARS), TEARS[n % len(TEARS)]
    else:
        for n in range(CUTS):
            yield dice.below(points), TEARS[n % len(TEARS)]


def test_no_cut_while_thinning_loses_a_thanked_tap_or_its_face_or_its_span():
    flash.blank()
    witness = Witness()
    powered(None, 0, lambda: live(witness))
    thanked = len([n for n in witness.presses if n])
    assert witness.thinned > TAPS // 2 and thanked == 3 * TAPS, (witness.thinned, thanked)
    points = flash.programs + flash.erases
    dice = Dice(21)
    cut = planned = 0
    for point, tear in schedule(points, dice):
        planned += 1
        again = dice.below(12) if dice.below(2) else None
        try:
            cut += cut_life(point, tear, again)
        except Exception:
            print("point %d of %d, tear %d, again %s" % (point, points, tear, again))
            raise
        gc.collect()
    print("power cuts: %d at %d points, up to %d taps thinned" % (cut, points, witness.thinned))
    assert cut == planned
