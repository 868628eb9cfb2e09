"""What a journal learns of its boots, read a piece at a time so that no press waits for a long backlog."""

from kiosk import backlog
from kiosk.journal import Journal
from kiosk.shelf import FOLD, SEGMENT, TAIL

from tests.kiosk.desk import NOW_UTC_MS, Dice, MemoryFiles, a_journal, press_all, surveyed

HEAP = "384K"  # the flash lies in it too
PIECE = (SEGMENT + FOLD + TAIL + 32) * 16  # bytes: a segment, what lies behind the last, and where reading stops


class CountingFiles(MemoryFiles):
    """Counts the bytes that are read."""

    bytes_read = 0

    def read(self, path):
        found = super().read(path)
        self.bytes_read += len(found)
        return found

    def read_part(self, path, offset, size):
        found = self.content[path][offset : offset + size]
        self.bytes_read += len(found)
        return found


def again(journal):
    found = Journal(journal.files, journal.folders.board_id, Dice(99).roll, journal.capacity)
    found.open(1)
    return found


def a_long_one():
    """A boot with an anchor, one with 2,000 taps, one with an anchor again, and the running one."""
    journal = a_journal(CountingFiles())
    journal.anchor(100, NOW_UTC_MS, 1)
    press_all(journal, 300)
    journal = again(journal)
    press_all(journal, 2000)
    journal = again(journal)
    journal.anchor(50, NOW_UTC_MS + 9999999, 1)
    press_all(journal, 300)
    return again(journal)


def pieces(journal):
    """Surveys; the most bytes that were read in one piece, and how many pieces."""
    files = journal.files
    most = count = 0
    more = True
    while more:
        files.bytes_read = 0
        more = journal.survey()
        most = max(most, files.bytes_read)
        count += 1
    return most, count


def test_no_piece_reads_more_than_about_a_segment():
    journal = a_long_one()
    most, count = pieces(journal)
    print("2600 taps: at most %d bytes in one of %d pieces" % (most, count))
    assert most <= PIECE and count > 8
    assert [c.boot for c in journal.boots.chapters] == [1, 2, 3, 4]
    assert journal.boots.bounds(2) == (NOW_UTC_MS + 299900, NOW_UTC_MS + 9999949)


def test_what_is_known_is_not_read_again():
    journal = surveyed(a_long_one())
    journal.files.bytes_read = 0
    assert not journal.survey() and all(journal.knows(boot) for boot in (1, 2, 3, 4))
    assert journal.files.bytes_read == 0


def test_a_rewind_and_a_batch_of_an_unknown_boot_read_a_piece_at_a_time_too():
    journal = surveyed(a_long_one())
    journal.ack(2600)
    journal.boots.forget_before(4)
    assert journal.boots.of(2) is None
    journal.files.bytes_read = 0
    journal.rewind(10)
    assert not journal.surveyed and journal.files.bytes_read < PIECE
    assert pieces(journal)[0] <= PIECE and journal.boots.of(2)
    journal.boots.chapters = journal.boots.chapters[-1:]
    journal.ack(11)
    assert not journal.knows(2) and not journal.surveyed
    assert pieces(journal)[0] <= PIECE and journal.knows(2)


def test_presses_while_it_is_read_change_nothing_of_what_it_learns():
    expected = surveyed(a_long_one()).boots
    journal = a_long_one()
    presses = 0
    while journal.survey():
        presses += 1
        assert journal.append(1, 0, 1000 * presses)
    assert presses > 8
    for boot in (1, 2, 3):
        for asked in (expected.bounds(boot), expected.of(boot).anchor, expected.of(boot).last_ms):
            assert asked in (journal.boots.bounds(boot), journal.boots.of(boot).anchor, journal.boots.of(boot).last_ms)


def test_a_press_before_it_is_read_that_finds_no_room_thins_without_reading_it():
    journal = a_journal(CountingFiles(), capacity=4)
    press_all(journal, 900)
    journal = again(journal)
    most = 0
    for n in range(400):
        journal.files.bytes_read = 0
        assert journal.append(1 + n % 4, 0, n * 1000)
        most = max(most, journal.files.bytes_read)
    assert journal.thinned and not journal.surveyed and most <= 3 * PIECE


def test_a_piece_is_a_segment():
    assert backlog.PIECE == SEGMENT


class SpoiltFiles(MemoryFiles):
    """``spoilt``: the end of a path that the flash cannot read any more, as littlefs says it; ``error``: its number."""

    spoilt = None
    error = 84

    def read_part(self, path, offset, size):
        if self.spoilt and path.endswith(self.spoilt):
            raise OSError(self.error)
        return super().read_part(path, offset, size)


def spoil(journal, index, error=84):
    journal.files.spoilt = journal.shelf._segment_path(journal.shelf.segments[index])
    journal.files.error = error
    return again(journal)


def test_a_segment_that_cannot_be_read_is_taps_without_a_face_and_holds_nothing_up():
    journal = a_journal(SpoiltFiles(), capacity=5)
    press_all(journal, 1000)
    journal = spoil(journal, 1)
    for n in range(40):
        assert journal.append(1 + n % 4, 0, 10**7 + n)
    while journal.tidy():
        pass
    surveyed(journal)
    faces, seq = [], journal.held
    while seq <= journal.last_seq:
        batch = journal.batch(seq, 32)
        assert batch.first_seq == seq
        faces.extend([tap[0] for tap in batch.taps])
        seq += len(batch.taps)
    assert len(faces) == 1040 and 200 < faces.count(0) <= 256
    assert faces[-40:] == [1 + n % 4 for n in range(40)]
    journal.ack(journal.last_seq)
    assert not journal.unacked


def test_a_flash_that_has_no_room_to_read_just_now_costs_no_tap():
    journal = a_journal(SpoiltFiles())
    press_all(journal, 600)
    journal = spoil(journal, 0, error=12)
    try:
        surveyed(journal)
        raise AssertionError("it was taken for spoilt")
    except OSError:
        pass
    journal.files.spoilt = None
    surveyed(journal)
    assert 0 not in [tap[0] for seq in range(1, 601, 20) for tap in journal.batch(seq, 20).taps]
