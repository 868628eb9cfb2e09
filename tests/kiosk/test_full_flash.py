"""A flash with less room than the journal may take: others' files lie there, or its blocks wear out."""

import os

from board.files import LittleFiles
from kiosk.journal import BLOCKS, Journal
from kiosk.shelf import SEGMENT

from tests.kiosk.desk import Dice, surveyed
from tests.kiosk.ram_flash import RamFlash, mount, unmount

INTERPRETERS = ("micropython",)
HEAP = "256K"  # the flash lies in it too

FLASH_BLOCKS = 20
FOREIGN = 6
PRESSES = 2 * FLASH_BLOCKS * SEGMENT  # more than ever fit at once
RARE_MS = 180000

flash = RamFlash(FLASH_BLOCKS)


class Flash:
    """Mounted, with foreign files in it."""

    def __init__(self):
        flash.blank()
        self.session = mount(flash, "/full")
        for n in range(FOREIGN):
            with open("/full/foreign%d" % n, "wb") as f:
                f.write(bytes(4000))

    def boot(self):
        journal = Journal(LittleFiles("/full"), "b0a2d1", Dice(7).roll)
        assert journal.capacity == BLOCKS > FLASH_BLOCKS
        journal.open(0)
        return surveyed(journal)

    def end(self):
        unmount(self.session, "/full")


def press(journal, n, every_ms=RARE_MS):
    seq = journal.append(1 + n % 4, 0, n * every_ms)
    while journal.tidy():
        pass
    return seq


def faces(journal):
    """Of all taps that are held and not acked, in order, a byte each."""
    found = bytearray()
    seq = max(journal.held, journal.acked + 1)
    while seq <= journal.last_seq:
        for tap in surveyed(journal).batch(seq, 50).taps:
            found.append(tap[0])
            seq += 1
    return found


def test_where_every_tap_is_stored_no_press_is_refused_and_none_after_a_reboot():
    place = Flash()
    journal = place.boot()
    for n in range(PRESSES):
        seq = press(journal, n)
        assert seq == n + 1, (n, seq, os.statvfs("/full"))
        journal.ack(seq)
    journal = place.boot()
    for n in range(PRESSES, PRESSES + 2 * SEGMENT):
        assert press(journal, n) == n + 1
        journal.ack(n + 1)
    place.end()


def test_files_that_come_later_cost_no_press_either_where_every_tap_is_stored():
    for before in (40, 200, 250, 300, 400, 2 * SEGMENT, 2 * SEGMENT + 100, 3 * SEGMENT - 1):
        goes_on_after(before)


def goes_on_after(before):
    """So many presses, then files wherever there is room, then more presses."""
    place = Flash()
    journal = place.boot()
    for n in range(before):
        journal.ack(press(journal, n))
    taken = 0
    try:
        while True:
            with open("/full/later%d" % taken, "wb") as f:
                f.write(bytes(4000))
            taken += 1
    except OSError:
        pass
    assert taken > 1 and journal.files.free() < 2 * 4096
    meant = journal.capacity
    for n in range(before, 6 * SEGMENT):
        assert press(journal, n) == n + 1, n
        journal.ack(n + 1)
    assert journal.capacity < meant
    place.end()


def test_when_no_tap_is_fetched_presses_are_refused_in_the_end_and_taken_again_once_they_are():
    for every_ms in (RARE_MS, 20000, 1000):
        is_refused_and_goes_on(every_ms)


def is_refused_and_goes_on(every_ms):
    place = Flash()
    journal = place.boot()
    journal.anchor(0, 1790000000000, 1)
    kept = bytearray()
    n = refused = 0
    while refused < 20:
        seq = press(journal, n, every_ms)
        if seq is None:
            refused += 1
        else:
            kept.append(1 + n % 4)
            assert seq == len(kept)
        n += 1
    assert faces(journal) == kept
    print("a tap every %d ms: %d taps until presses were refused" % (every_ms, len(kept)))
    journal = place.boot()
    assert faces(journal) == kept
    journal.ack(journal.last_seq)
    first = press(journal, n, every_ms)
    assert first == len(kept) + 1
    for later in range(1, 2 * SEGMENT):
        assert press(journal, n + later, every_ms) == first + later
        journal.ack(first + later - 1)
    place.end()


def test_the_oldest_taps_that_are_stored_give_way_to_an_update_and_no_other():
    place = Flash()
    journal = place.boot()
    for n in range(3 * SEGMENT):
        press(journal, n)
    assert not journal.give_way()
    journal.ack(2 * SEGMENT)
    journal.renewal = "on its way"
    assert not journal.give_way()
    journal.renewal = None
    before, free = len(journal.shelf.segments), os.statvfs("/full")[3]
    while journal.give_way():
        pass
    gone = before - len(journal.shelf.segments)
    assert gone and os.statvfs("/full")[3] - free == gone
    assert journal.held <= 2 * SEGMENT + 1 and len(faces(journal)) == SEGMENT
    journal = place.boot()
    assert len(faces(journal)) >= SEGMENT and journal.last_seq == 3 * SEGMENT
    place.end()
