"""What a Pico W's flash holds beside two slots of firmware: taps that nobody fetches, exact and then thinned.

At 20 taps an hour, and one boot that knows the time: each reboot without a network would cost a block or two.
"""

import gc
import os

import vfs
from board import flashfile
from board.files import LittleFiles
from kiosk.journal import BLOCKS, Journal

from tests.kiosk.desk import Dice, surveyed
from tests.kiosk.ram_flash import GEOMETRY

INTERPRETERS = ("micropython",)
TIME_LIMIT_S = 1800

SLOT_BLOCKS = 52
EXACT = 8000  # unsent taps that have their millisecond
THINNED = 50000  # more, which have their hour, at 20 an hour
RARE_MS = 180000
HOUR_MS = 3600000
START_UTC_MS = 1790000000000
FLASH = (os.getenv("TMPDIR") or "/tmp") + "/hymio-thinning-%d.bin" % int.from_bytes(os.urandom(4), "big")

gc.threshold(12000)  # as firmware/main.py does


class Flash(flashfile.FlashFile):
    """Without waiting for this computer's disk: nobody takes its power away."""

    def writeblocks(self, block, buffer, offset=0):
        self._file.seek(block * flashfile.BLOCK + offset)
        self._file.write(buffer)


def fill_slots():
    """Two slots as large as they may be, each in as many files as firmware has."""
    for slot in "ab":
        os.mkdir("/flash/" + slot)
        for n in range(SLOT_BLOCKS // 2 - 1):  # a folder takes two blocks
            with open("/flash/%s/%d" % (slot, n), "wb") as f:
                f.write(bytes(4096))
                f.write(bytes(4000))


def boot():
    journal = Journal(LittleFiles("/flash"), "b0a2d1", Dice(7).roll)
    journal.open(0)
    surveyed(journal)
    return journal


def press(journal, n):
    seq = journal.append(1 + n % 4, 0, n * RARE_MS)
    while journal.tidy():
        pass
    return seq


def read_all(journal):
    """Checks every tap from the first on. Returns how many are exact, and how many were thinned."""
    exact = thinned = 0
    seq = 1
    while seq <= journal.last_seq:
        batch = journal.batch(seq, 32)
        width_ms = batch.width_ms or 0
        for face, uptime_ms, _ in batch.taps:
            assert face == 1 + seq % 4, ("another tap, or an unreadable one", seq, face)
            assert 0 <= seq * RARE_MS - uptime_ms <= width_ms, ("not in its span", seq)
            seq += 1
        if batch.width_ms is None:
            exact += len(batch.taps)
        else:
            utc_ms = START_UTC_MS + batch.taps[0][1]
            assert utc_ms // HOUR_MS == (utc_ms + width_ms) // HOUR_MS, "not in one hour"
            thinned += len(batch.taps)
    return exact, thinned


def test_8000_unsent_taps_are_exact_and_50000_more_keep_their_hour_beside_two_slots():
    device = Flash(FLASH)
    vfs.VfsLfs2.mkfs(device, **GEOMETRY)
    vfs.mount(vfs.VfsLfs2(device, **GEOMETRY), "/flash")
    fill_slots()
    journal = boot()
    journal.anchor(0, START_UTC_MS, 1)
    exact_until = None
    n = 0
    while journal.thinned < THINNED:
        n += 1
        assert press(journal, n) == n, "refused"
        if journal.thinned and exact_until is None:
            exact_until = n - 1
        if n % 480 == 0:
            journal.alive(n * RARE_MS)
    journal = boot()
    exact, thinned = read_all(journal)
    print(
        "unsent taps: %d, of them %d exact and %d thinned; all were exact until %d; %d of %d blocks; %d of flash free"
        % (n, exact, thinned, exact_until, journal.shelf.blocks(), BLOCKS, os.statvfs("/flash")[3])
    )
    assert exact_until >= EXACT and exact >= EXACT and thinned == journal.thinned
    vfs.umount("/flash")
    os.remove(FLASH)
