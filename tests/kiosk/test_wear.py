"""How much of its flash a tap wears, on littlefs with a Pico W's geometry, beside the way that comes to mind first."""

import os

import vfs
from board.files import LittleFiles
from board.flashfile import FlashFile
from kiosk.journal import Journal

from tests.kiosk.desk import Dice
from tests.kiosk.ram_flash import GEOMETRY

INTERPRETERS = ("micropython",)

TAPS = 2000
PLAIN_TAPS = 300  # the plain way costs the same from the first tap on
LIFE_TAPS = 26000
IN_A_SECTION = 5  # erases for which board/sections.toml leaves time where it keeps a tap
IN_A_STEP = 3  # and where it tends the journal, or keeps what was heard
TO_OPEN = 5
AT = "/wear"


class WornFlash(FlashFile):
    """Counts what wears a flash: erases of a block."""

    erases = 0

    def ioctl(self, operation, argument):
        if operation == 6:
            self.erases += 1
        return super().ioctl(operation, argument)


def erases_a_tap(keep_all, taps):
    """``keep_all(files, flash, taps)`` keeps that many taps on a fresh flash."""
    path = (os.getenv("TMPDIR") or "/tmp") + "/hymio-wear-%d.bin" % int.from_bytes(os.urandom(4), "big")
    flash = WornFlash(path)
    try:
        vfs.VfsLfs2.mkfs(flash, **GEOMETRY)
        vfs.mount(vfs.VfsLfs2(flash, **GEOMETRY), AT)
        flash.erases = 0
        try:
            keep_all(LittleFiles(AT), flash, taps)
        finally:
            vfs.umount(AT)
    finally:
        os.remove(path)
    return flash.erases / taps


def journal_all(files, flash, taps):
    journal = Journal(files, "b0a2d1", Dice().roll)
    journal.open(0)
    for n in range(taps):
        assert journal.append(1 + n % 4, 0, n * 1000)
        journal.ack(n)


def live_long(files, flash, taps, tidies=True):
    """Unsent until the journal thins, then stored in spells; prints and bounds what one tap may cost."""
    journal = Journal(files, "b0a2d1", Dice().roll)
    journal.open(0)
    erasing = most = most_tidying = 0
    for n in range(taps):
        before = flash.erases
        assert journal.append(1 + n % 4, 0, n * 60000)
        erasing += flash.erases > before
        most = max(most, flash.erases - before)
        before = flash.erases
        if tidies:
            journal.tidy()
        most_tidying = max(most_tidying, flash.erases - before)
        if n > taps * 4 // 5 and n % 1000 > 700:
            journal.ack(n - 3)
    print("of %d taps %d erased, one at most %d times; tidying once at most %d" % (taps, erasing, most, most_tidying))
    assert most <= IN_A_SECTION
    assert most_tidying <= IN_A_STEP


def live_untidily(files, flash, taps):
    live_long(files, flash, taps, False)


def hear(files, flash, taps):
    """What else is written: what was heard, a sign of life, an update's pieces and pointer, a boot, others' taps."""
    journal = Journal(files, "b0a2d1", Dice().roll)
    most = {}

    def do(what, work, *arguments):
        before = flash.erases
        work(*arguments)
        most[what] = max(most.get(what, 0), flash.erases - before)

    def open_as(kiosk):
        journal.folders.belong_to(kiosk)
        journal.open(0)

    def hear_an_ack(n):
        journal.anchor(n * 1000, 1790000000000 + n * 1000, 1)
        journal.ack(n - 1)
        journal.settle()

    def point():
        files.write("slot.new", b"b 3")
        files.rename("slot.new", "slot")

    files.make_folder("b")
    do("open", open_as, "lobby-1")
    for n in range(1, taps + 1):
        assert journal.append(1 + n % 4, 0, n * 1000)
        if n % 3 == 0:
            do("heard", hear_an_ack, n)
            do("alive", journal.alive, n * 1000)
        if n % 5 == 0:
            do("piece", files.append, "b/%d.mpy" % (n // 25), bytes(1024))
        if n % 25 == 0 and n > 250:
            do("removal", files.remove, "b/%d.mpy" % (n // 25 - 10))
            do("pointer", point)
        if n % 100 == 0:
            journal = Journal(files, "b0a2d1", Dice().roll)
            do("open", open_as, "lobby-1")
    files.write("config.kept", bytes(200))
    journal = Journal(files, "c10ed0", Dice().roll)
    do("open", open_as, "lobby-2")
    print("at most erases: " + ", ".join(["%s %d" % (what, most[what]) for what in sorted(most)]))
    assert most.pop("open") <= TO_OPEN and max(most.values()) <= IN_A_STEP


def renew(files, flash, taps):
    """They get new seqs in another journal; prints and bounds what one step of that may cost."""
    journal = Journal(files, "b0a2d1", Dice().roll)
    journal.open(0)
    for n in range(taps):
        assert journal.append(1 + n % 4, 0, n * 1000)
    flash.erases = steps = most = 0
    journal.renew()
    while journal.renewal:
        before = flash.erases
        assert journal.renewal.step(0) or not journal.renewal
        most = max(most, flash.erases - before)
        steps += 1
    print("to another journal: %d taps in %d steps, %d erases, at most %d in one" % (taps, steps, flash.erases, most))
    assert journal.last_seq == taps and most <= IN_A_STEP


def append_all(files, flash, taps):
    """16 bytes and a flush a tap, to one file that grows."""
    with open(files.root + "/taps", "ab") as f:
        for n in range(taps):
            f.write(n.to_bytes(16, "little"))
            f.flush()


def test_a_tap_wears_at_most_0_15_erases_and_a_sixth_of_a_plain_file():
    ours, plain = erases_a_tap(journal_all, TAPS), erases_a_tap(append_all, PLAIN_TAPS)
    print("erases a tap: %.4f in the journal, %.4f in one growing file" % (ours, plain))
    assert ours <= 0.15
    assert plain > 6 * ours


def test_one_tap_holds_the_processor_no_longer_than_its_section_allows():
    assert erases_a_tap(live_long, LIFE_TAPS) <= 0.15
    erases_a_tap(live_untidily, LIFE_TAPS)


def test_nothing_else_that_is_written_holds_it_for_longer_than_its_section_allows():
    erases_a_tap(hear, 3 * TAPS)


def test_a_step_to_another_journal_holds_the_processor_no_longer_than_its_section_allows():
    erases_a_tap(renew, TAPS)
