"""What a Pico W's flash holds beside two slots of firmware: taps that nobody fetches, exact and then thinned.

At 20 taps an hour, in one boot: each reboot without a network would cost a block or two. SOAK=1 presses without the
time until nearly nothing fits any more; otherwise until some are thinned.
"""

import gc
import os

import vfs
from board import flashfile
from board.files import LittleFiles
from kiosk.journal import BLOCKS, Journal

from tests.kiosk.desk import Dice, surveyed
from tests.kiosk.ram_flash import GEOMETRY
from tests.kiosk.room import SLOT_BLOCKS

INTERPRETERS = ("micropython",)
TIME_LIMIT_S = 1800

EXACT = 8000  # unsent taps that have their millisecond
THINNED = 50000  # more, which have their hour, at 20 an hour
EXACT_UNDATED = 16000  # unsent taps that have their millisecond, where the time is not known
UNDATED = 49300 if os.getenv("SOAK") else 20000  # in all, then; each night's signs of life take their place, too
RARE_MS = 180000
DAY = 160  # taps, in 8 hours
HOUR_MS = 3600000
QUARTER_MS = 900000
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


def press(journal, n, uptime_ms):
    seq = journal.append(1 + n % 4, 0, uptime_ms)
    tidy(journal)
    return seq


def tidy(journal):
    while journal.tidy():
        pass


def at_20_an_hour(n):
    """Uptime of tap n where the kiosk counts day and night."""
    return n * RARE_MS


def by_day(n):
    """Uptime of tap n where each 8 hours of taps are followed by 16 without."""
    return n * RARE_MS + n // DAY * 16 * HOUR_MS


def in_one_hour(uptime_ms, width_ms):
    utc_ms = START_UTC_MS + uptime_ms
    return utc_ms // HOUR_MS == (utc_ms + width_ms) // HOUR_MS


def in_a_quarter(_, width_ms):
    return width_ms <= QUARTER_MS


def read_all(journal, uptime_of, is_narrow):
    """Checks every tap from the first on. Returns how many are exact, and how many were thinned."""
    exact = thinned = 0
    seq = 1
    while seq <= journal.last_seq:
        batch = journal.batch(seq, 32)
        width_ms = batch.width_ms or 0
        for face, uptime_ms, _ in batch.taps:
            assert face == 1 + seq % 4, ("another tap, or an unreadable one", seq, face)
            assert 0 <= uptime_of(seq) - uptime_ms <= width_ms, ("not in its span", seq)
            seq += 1
        if batch.width_ms is None:
            exact += len(batch.taps)
        else:
            assert is_narrow(batch.taps[0][1], width_ms), ("too wide a span", seq)
            thinned += len(batch.taps)
    return exact, thinned


def full_flash():
    """A journal on a flash with two slots."""
    device = Flash(FLASH)
    vfs.VfsLfs2.mkfs(device, **GEOMETRY)
    vfs.mount(vfs.VfsLfs2(device, **GEOMETRY), "/flash")
    fill_slots()
    return boot()


def leave(journal, exact, thinned, exact_until):
    print(
        "unsent taps: %d, of them %d exact and %d thinned; all were exact until %d; %d of %d blocks"
        % (journal.last_seq, exact, thinned, exact_until, journal.shelf.blocks(), BLOCKS)
    )
    vfs.umount("/flash")
    os.remove(FLASH)


def test_8000_unsent_taps_are_exact_and_50000_more_keep_their_hour_beside_two_slots():
    journal = full_flash()
    journal.anchor(0, START_UTC_MS, 1)
    exact_until = None
    n = 0
    while journal.thinned < THINNED:
        n += 1
        assert press(journal, n, at_20_an_hour(n)) == n, "refused"
        if journal.thinned and exact_until is None:
            exact_until = n - 1
        if n % 480 == 0:
            journal.alive(at_20_an_hour(n))
    journal = boot()
    exact, thinned = read_all(journal, at_20_an_hour, in_one_hour)
    assert exact_until >= EXACT and exact >= EXACT and thinned == journal.thinned
    leave(journal, exact, thinned, exact_until)


def test_where_the_time_is_not_known_16000_are_exact_and_more_keep_a_quarter_of_an_hour():
    journal = full_flash()
    exact_until = None
    for n in range(1, UNDATED + 1):
        assert press(journal, n, by_day(n)) == n, "refused"
        if journal.thinned and exact_until is None:
            exact_until = n - 1
        for hour in range(16 if n % DAY == DAY - 1 else 0):
            journal.alive(by_day(n) + (hour + 1) * HOUR_MS)
            tidy(journal)
    journal = boot()
    exact, thinned = read_all(journal, by_day, in_a_quarter)
    assert exact_until >= EXACT_UNDATED and thinned == journal.thinned
    leave(journal, exact, thinned, exact_until)
