"""One wrong bit on the real littlefs, and a flash that was cloned to another board.

A journal of PRESSES taps in two boots, some acked, lies on flash; then one bit of a block that is in use is another. It
must mount, open and go on; what a bit costs is printed. SOAK=1 takes SOAKED places, otherwise PLACES.
"""

import gc
import os

from board.files import LittleFiles
from kiosk.journal import Journal
from kiosk.shelf import ROOT, TAIL

from tests.kiosk.desk import Dice, each_tap, surveyed
from tests.kiosk.ram_flash import BLOCK, FileFlash, RamFlash, mount, unmount

INTERPRETERS = ("micropython",)
TIME_LIMIT_S = 3600
HEAP = "256K"  # the flash and a list of its taps lie in it too

PLACES = 60
SOAKED = 3000
PRESSES = 300
ACKED = 100
AFTERWARDS = 45  # past a fold
BLOCKS = 32

# What became of it
ANOTHER = "another journal"
NEWEST_GONE = "the newest gone"
NOT_MOUNTED = "not mounted"

gc.threshold(12000)  # as firmware/main.py does


def boot(board="b0a2d1", seed=1):
    journal = Journal(LittleFiles("/bits"), board, Dice(seed).roll)
    journal.open(0)
    return surveyed(journal)


def press(journal, first, count):
    """Press n is (face 1 + n % 4, uptime 1000 n). Returns {seq: n}."""
    given = {}
    for n in range(first, first + count):
        seq = journal.append(1 + n % 4, 0, 1000 * n)
        assert seq and seq not in given, ("refused, or a seq given twice", n, seq)
        given[seq] = n
    return given


def on(flash, run, *arguments):
    """What ``run`` returns on the mounted flash."""
    session = mount(flash, "/bits")
    try:
        return run(*arguments)
    finally:
        unmount(session, "/bits")


def live():
    """The life before the flip. Returns the journal's id."""
    journal = boot()
    press(journal, 1, 200)
    journal.ack(ACKED)
    journal = boot()
    journal.anchor(100, 1790000000000, 1)
    press(journal, 201, PRESSES - 200)
    journal.settle()
    return journal.id


def go_on(before):
    """A boot, presses, and another boot. Returns (its journal is another one, face 0 taps, taps that are gone)."""
    journal = boot(seed=2)
    journal_id = journal.id
    given = press(journal, PRESSES + 1, AFTERWARDS)
    journal = boot(seed=3)
    assert journal.id == journal_id, "the journal changed again"
    unreadable = 0
    there = set()
    for seq, _, face, uptime_ms, _ in each_tap(journal, journal.held):
        n = uptime_ms // 1000
        if seq in given:
            assert (face, n) == (1 + given[seq] % 4, given[seq]), ("a tap that was pressed after it", seq, face, n)
        elif face == 0:
            unreadable += 1
        else:
            assert face == 1 + n % 4 and 1 <= n <= PRESSES and n not in there, ("a tap that nobody pressed", seq, n)
            there.add(n)
    assert journal.last_seq >= max(given)
    assert journal.backlog.unreadable == unreadable, "what cannot be read is not counted"
    return journal_id != before, unreadable, PRESSES - len(there) - unreadable


def a_place(flash, dice):
    """A random byte of a block that holds something."""
    page = bytearray(256)
    while True:
        block = dice.below(BLOCKS)
        flash.read(block * BLOCK, page)
        if any(byte != 255 for byte in page):
            return block * BLOCK + dice.below(BLOCK)


def flip(flash, at, bit):
    byte = bytearray(1)
    flash.read(at, byte)
    byte[0] ^= 1 << bit
    flash._store(at, byte)


def mounts(flash):
    try:
        unmount(mount(flash, "/bits"), "/bits")
    except OSError:
        return False
    return True


def name_of(outcome):
    """One of the names; ``outcome``: as ``go_on`` says, or None where it does not mount."""
    if outcome is None:
        return NOT_MOUNTED
    another, unreadable, gone = outcome
    if another or gone:
        return ANOTHER if another else NEWEST_GONE
    return ("fine", "one face 0")[unreadable] if unreadable < 2 else "several face 0"


class Misprogrammed(RamFlash):
    """Keeps one bit wrongly at one program: the ``spoil_at``-th."""

    spoil_at = None
    spoilt = 0

    def program(self, at, buffer):
        if self.spoil_at is not None and self.programs <= self.spoil_at < self.programs + len(buffer) // 256:
            buffer = bytearray(buffer)
            self.spoilt += 1
            buffer[self.spoil_at % len(buffer)] ^= 1 << self.spoil_at % 8
        return super().program(at, buffer)


def a_fresh_one():
    """A flash with a journal on it, and the journal's id."""
    fresh = FileFlash(BLOCKS)
    fresh.blank()
    return fresh, on(fresh, live)


def test_one_flipped_bit_ends_no_journal_and_what_it_costs_is_counted():
    fresh, before = a_fresh_one()
    flash = FileFlash(BLOCKS)
    dice = Dice(57)
    found = {}
    most = 0
    for _ in range(SOAKED if os.getenv("SOAK") else PLACES):
        gc.collect()
        flash.copy(fresh)
        at, bit = a_place(flash, dice), dice.below(8)
        flip(flash, at, bit)
        try:
            outcome = on(flash, go_on, before) if mounts(flash) else None
        except Exception:
            print("block %d, byte %d, bit %d" % (at // BLOCK, at % BLOCK, bit))
            raise
        what = name_of(outcome)
        found[what] = found.get(what, 0) + 1
        if what == NEWEST_GONE:
            most = max(most, outcome[2])
    places = sum(found.values())
    print("one bit of %d places: " % places + ", ".join(["%s %d" % (what, found[what]) for what in sorted(found)]))
    print("at most %d of the newest taps were gone" % most)
    fresh.close()
    flash.close()
    assert found["fine"] > places * 3 // 4 and most <= 2 * TAIL
    assert found.get(NOT_MOUNTED, 0) <= places // 200 and found.get(ANOTHER, 0) <= places // 100


def test_a_bit_that_was_programmed_wrongly_is_found_by_littlefs_and_costs_nothing():
    flash = Misprogrammed(14)

    def life():
        given = press(boot(), 1, 150)
        programs = flash.programs
        flash.spoil_at = None
        assert {tap[0]: tap[3] // 1000 for tap in each_tap(boot(seed=2))} == given
        return programs

    flash.blank()
    programs = on(flash, life)
    dice = Dice(58)
    for _ in range(PLACES):
        flash.blank()
        flash.spoil_at = dice.below(programs)
        on(flash, life)
    assert flash.spoilt == PLACES


def test_a_flash_that_was_cloned_begins_another_journal_and_leaves_nothing_of_the_old_one():
    flash, before = a_fresh_one()

    def cloned():
        journal = boot("c10ed0", 9)
        assert journal.id != before and journal.last_seq == 0 and journal.boot == 1 and journal.unacked == 0
        assert journal.files.names(ROOT) == ["1-%s-c10ed0" % journal.id]
        given = press(journal, 1, AFTERWARDS)
        journal = boot("c10ed0", 10)
        assert {tap[0]: tap[3] // 1000 for tap in each_tap(journal)} == given

    on(flash, cloned)
    flash.close()
