"""A journal read from its shelf: where it ends, its batches, and what cannot be read."""

from kiosk.backlog import UNREADABLE
from kiosk.journal import Journal

from tests.kiosk.desk import Dice, a_journal, press_all


def again(journal):
    found = Journal(journal.files, journal.folders.board_id, Dice(99).roll, journal.capacity)
    found.open(1)
    return found


def records_of(journal):
    """(path, offset) of every record, oldest first."""
    shelf = journal.shelf
    places = []
    for number, boot, seq, acked, thinned, size in shelf.segments:
        path = "%s/%x.%x.%x.%x%s" % (shelf.folder, number, boot, seq, acked, "t" * thinned)
        places += [(path, at) for at in range(0, size, 16)]
    for name in ("/now/fold", "/now/tail"):
        size = journal.files.size(shelf.folder + name) or 0
        places += [(shelf.folder + name, at) for at in range(0, size, 16)]
    return places


def flip(journal, place, bit):
    path, at = place
    raw = bytearray(journal.files.content[path])
    raw[at + bit // 8] ^= 1 << bit % 8
    journal.files.content[path] = bytes(raw)


def faces(journal):
    found = []
    seq = journal.held
    while seq <= journal.last_seq:
        batch = journal.batch(seq, 32)
        found += [tap[0] for tap in batch.taps]
        seq += len(batch.taps)
    return found


def test_one_flipped_bit_anywhere_costs_at_most_that_tap_and_no_seq():
    dice = Dice(8)
    for n in range(30):
        journal = a_journal()
        press_all(journal, 90)
        places = records_of(journal)
        bad = 1 + dice.below(len(places) - 1)  # the first is the boot's record, the others are taps in order
        flip(journal, places[bad], dice.below(128))
        found = again(journal)
        assert found.last_seq == 90, (n, bad)
        assert faces(found) == [1 + i % 4 if i + 1 != bad else UNREADABLE for i in range(90)], (n, bad)
        assert found.append(3, 0, 5) == 91


def test_a_spoilt_boot_record_costs_no_tap():
    journal = a_journal()
    press_all(journal, 50)
    flip(journal, records_of(journal)[0], 17)
    found = again(journal)
    assert found.last_seq >= 50 and [face for face in faces(found) if face][:50] == [1 + i % 4 for i in range(50)]


def test_a_batch_begins_at_any_seq_whatever_was_read_before():
    journal = a_journal()
    press_all(journal, 400)
    dice = Dice(4)
    for _ in range(120):
        seq, most = 1 + dice.below(400), 1 + dice.below(32)
        batch = journal.batch(seq, most)
        assert batch.first_seq == seq and len(batch.taps) == min(most, 401 - seq)
        assert [tap[1] for tap in batch.taps] == [1000 * (seq + i) for i in range(len(batch.taps))]


def test_batches_stay_right_while_taps_are_added_and_segments_let_go():
    journal = a_journal(capacity=3)
    dice = Dice(6)
    seq = 1
    for n in range(900):
        assert journal.append(1 + n % 4, 0, 10 * n)
        if dice.below(9) == 0:
            batch = journal.batch(seq, 32)
            for _, uptime_ms, _ in batch.taps:
                assert uptime_ms == 10 * (seq - 1)
                seq += 1
            if dice.below(3):
                journal.ack(seq - 1)
            else:
                seq = journal.acked + 1
    assert journal.held > 1
