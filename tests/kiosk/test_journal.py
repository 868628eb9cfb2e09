"""The journal: seqs, marks, space, and what is left after something went wrong."""

from kiosk import record
from kiosk.journal import MARK_EVERY, Journal

from tests.kiosk.desk import (
    NOW_UTC_MS,
    Dice,
    MemoryFiles,
    WornFiles,
    a_journal,
    each_tap,
    press_all,
    renew_all,
    spoil_boot,
    surveyed,
    taps_of,
)

HEAP = "256K"  # files in memory and lists of all their taps lie in it too


def again(journal, board=None):
    """The same flash after a restart."""
    found = Journal(journal.files, board or journal.folders.board_id, Dice(99).roll, journal.capacity)
    found.open(1)
    return found


def folder(journal):
    return "journal/" + journal.files.names("journal")[0]


def test_taps_are_there_after_a_restart_with_their_seqs_boots_and_times():
    journal = a_journal()
    assert press_all(journal, 600) == list(range(1, 601))
    found = again(journal)
    assert (found.id, found.boot, found.last_seq, found.held) == (journal.id, 2, 600, 1)
    assert taps_of(found) == [(1 + i, 1, 1 + i % 4, 1000 + i * 1000, 0) for i in range(600)]
    assert found.append(2, 1, 5) == 601
    assert taps_of(found, 601) == [(601, 2, 2, 5, 1)]


def test_a_batch_holds_one_boot_and_no_more_than_asked_for():
    journal = a_journal()
    press_all(journal, 3)
    journal = again(journal)
    press_all(journal, 2)
    assert [len(journal.batch(1, 64).taps), journal.batch(1, 64).boot] == [3, 1]
    assert [len(journal.batch(4, 64).taps), journal.batch(4, 64).boot] == [2, 2]
    assert len(journal.batch(1, 2).taps) == 2
    assert journal.batch(2, 64).first_seq == 2 and len(journal.batch(2, 64).taps) == 2


def test_the_acked_mark_rides_on_the_next_tap_for_nothing():
    journal = a_journal()
    press_all(journal, 10)
    journal.ack(7)
    assert again(journal).acked == 0
    journal.append(1, 0, 20000)
    found = again(journal)
    assert found.acked == 7 and found.unacked == 4


def test_an_acked_mark_that_was_written_is_never_forgotten():
    journal = a_journal()
    for i in range(900):
        journal.append(1, 0, i)
        journal.ack(i)
        if i % 97 == 0:
            assert again(a_copy(journal)).acked >= max(0, i - 1)
    journal.settle()
    assert again(journal).acked == 899


def test_acks_after_the_last_tap_are_known_after_a_cut_but_for_less_than_64():
    journal = a_journal()
    press_all(journal, 300)
    for seq in range(1, 301):
        journal.ack(seq)
        assert seq - again(a_copy(journal)).acked < MARK_EVERY


def a_copy(journal):
    files = MemoryFiles()
    files.content = dict(journal.files.content)
    files.folders = set(journal.files.folders)
    return Journal(files, journal.folders.board_id, Dice().roll, journal.capacity)


def test_a_lower_ack_and_the_same_ack_change_nothing():
    journal = a_journal()
    press_all(journal, 5)
    assert journal.ack(4) and journal.ack(2) and journal.ack(4)
    assert journal.acked == 4


def test_an_ack_beyond_the_last_seq_is_refused():
    journal = a_journal()
    press_all(journal, 5)
    assert not journal.ack(6)
    assert journal.acked == 0


def test_a_new_journal_carries_over_the_taps_of_this_boot_and_no_others():
    journal = a_journal()
    press_all(journal, 5)
    journal = again(journal)
    journal.anchor(100, 1790000000000, 1)
    press_all(journal, 3)
    before = journal.id
    renew_all(journal)
    assert journal.id != before and journal.boot == 1
    assert [tap[2:4] for tap in taps_of(journal)] == [(1, 1000), (2, 2000), (3, 3000)]
    assert journal.boots.running.anchor == (100, 1790000000000)
    assert len(journal.files.names("journal")) == 1
    assert again(journal).id == journal.id


def test_another_boards_flash_is_not_continued():
    journal = a_journal(board="aaaa")
    press_all(journal, 5)
    cloned = again(journal, board="bbbb")
    assert cloned.id != journal.id and cloned.last_seq == 0 and cloned.boot == 1
    assert len(cloned.files.names("journal")) == 1


def test_what_cannot_be_read_keeps_its_seq_and_has_face_0():
    journal = a_journal()
    press_all(journal, 300)
    path = folder(journal) + "/" + next(n for n in journal.files.names(folder(journal)) if n[:2] == "1.")
    raw = bytearray(journal.files.content[path])
    raw[16 * 10 + 5] ^= 4  # the boot record is the first: this is tap 10
    journal.files.content[path] = bytes(raw)
    found = again(journal)
    faces = [tap[2] for tap in taps_of(found)]
    assert len(faces) == 300 and faces[9] == 0 and faces.count(0) == 1
    assert taps_of(found)[9][2] == 0 and found.backlog.unreadable == 1  # once, however often it is sent


def test_where_the_first_boots_own_record_cannot_be_read_its_taps_are_still_its_own_and_its_number_is_given_once():
    journal = a_journal()
    press_all(journal, 100)
    path = folder(journal) + "/" + next(n for n in journal.files.names(folder(journal)) if n[:2] == "1.")
    raw = bytearray(journal.files.content[path])
    raw[3] ^= 1
    journal.files.content[path] = bytes(raw)
    found = again(journal)
    assert found.boot == 2
    assert taps_of(found) == [(1 + i, 1, 1 + i % 4, 1000 + i * 1000, 0) for i in range(100)]
    found.append(1, 0, 7)
    assert [tap[1] for tap in taps_of(again(found))] == [1] * 100 + [2]


def test_the_numbers_of_segments_go_on_where_the_only_one_goes():
    journal = a_journal(capacity=1)
    numbers = []
    for n in range(700):
        journal.ack(journal.append(1, 0, 1000 * n))
        for segment in journal.shelf.segments:
            if segment[0] not in numbers:
                numbers.append(segment[0])
    assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) > 2


def test_an_unreadable_last_record_gives_its_seq_to_nobody():
    journal = a_journal()
    press_all(journal, 3)
    path = folder(journal) + "/now/tail"
    journal.files.content[path] = journal.files.content[path][:-16] + b"\x55" * 16
    found = again(journal)
    assert found.last_seq == 3
    assert [tap[2] for tap in taps_of(found)] == [1, 2, 0]
    assert found.append(4, 0, 9) == 4


def test_a_flash_that_refuses_gets_no_thanks_and_no_seq_twice():
    journal = a_journal()
    press_all(journal, 3)
    journal.files.broken = True
    assert journal.append(1, 0, 9000) is None
    journal.files.broken = False
    assert journal.append(2, 0, 9500) == 4
    assert [tap[0] for tap in taps_of(again(journal))] == [1, 2, 3, 4]


def test_what_does_not_read_back_as_written_gets_no_thanks_and_its_seq_is_given_to_no_other_tap():
    dice = Dice(44)
    for keeps in (False, True):
        for n in range(20):  # past a tail
            journal = a_journal(WornFiles())
            assert press_all(journal, n) == list(range(1, n + 1))
            bit = dice.below(128)
            journal.files.spoil("tail", bit, keeps)
            assert journal.append(1, 0, 900000) is None, (keeps, n, bit)
            assert journal.append(4, 0, 950000) == n + 2
            for found in (journal, again(journal)):
                taps = taps_of(found)
                assert [tap[2:4] for tap in taps[:n]] == [(1 + i % 4, 1000 + i * 1000) for i in range(n)]
                assert taps[n][2] == (0 if keeps else 1) and taps[n + 1][2:4] == (4, 950000) and len(taps) == n + 2


def test_an_older_tap_that_does_not_read_back_costs_the_press_its_thanks_and_only_that_tap_its_face():
    journal = a_journal(WornFiles())
    press_all(journal, 4)
    journal.files.spoil("tail", 128 * 2 + 50, True)  # two records before the new one
    assert journal.append(1, 0, 900000) is None
    assert journal.append(4, 0, 950000) == 6
    assert [tap[2] for tap in taps_of(again(journal))] == [1, 2, 0, 4, 1, 4]


def test_a_full_journal_refuses_rather_than_forgets():
    journal = a_journal(capacity=2)
    kept = [seq for seq in press_all(journal, 700) if seq]
    assert 400 < len(kept) < 512
    assert [tap[0] for tap in taps_of(again(journal))] == kept


def test_a_journal_that_takes_more_than_there_is_room_for_takes_what_still_fits():
    journal = a_journal()
    press_all(journal, 650)
    journal.capacity = 1
    assert journal.append(1, 0, 1000000) == 651


def test_a_journal_too_full_for_taps_takes_boots_signs_of_life_and_what_the_time_was():
    journal = a_journal(capacity=2)
    press_all(journal, 700)
    for n in range(5):
        assert journal.append(1, 0, 1000000) is None
        journal = again(journal)
        assert journal.boot == n + 2 and journal.alive(10) and journal.anchor(20, 1790000000000, 1)
    found = surveyed(again(journal))
    assert [chapter.anchor is None for chapter in found.boots.chapters] == [True] + [False] * 5 + [True]


def test_acked_segments_make_room_oldest_first_and_the_newest_taps_stay():
    journal = a_journal(capacity=3)
    for i in range(1500):
        assert journal.append(1 + i % 4, 0, i) == i + 1
        journal.ack(i + 1)
    assert len(journal.shelf.segments) <= 3
    assert 400 < journal.last_seq - journal.held + 1 < 800
    found = again(journal)
    assert found.held == journal.held and found.acked >= found.held - 1
    assert [found.batch(seq, 1).taps[0][1] for seq in range(found.held, 1501, 7)] == list(
        range(found.held - 1, 1500, 7)
    )


def test_a_segment_whose_last_tap_alone_is_unacked_is_not_let_go():
    journal = a_journal(capacity=3)
    last = None
    for n in range(1, 2001):
        journal.append(1 + n % 4, 0, n)
        if n == 600:
            last = journal.backlog.end_of_oldest()
            journal.ack(last - 1)
    assert again(journal).batch(last, 1).taps[0][0] == 1 + last % 4


def test_a_rewind_brings_back_what_is_still_held_and_survives_a_restart():
    journal = a_journal(capacity=3)
    for i in range(2000):
        journal.append(1, 0, i)
        journal.ack(i + 1)
    journal.rewind(1900)
    assert again(journal).acked == 1900
    journal.rewind(5)
    assert journal.acked == journal.held - 1
    journal.rewind(1999)
    assert journal.acked == journal.held - 1


def test_a_boot_that_never_knew_the_time_is_bounded_by_its_neighbours():
    journal = a_journal()
    journal.anchor(1000, 1790000000000, 1)
    press_all(journal, 2, first_ms=60000)
    journal = again(journal)
    press_all(journal, 2)
    journal = again(journal)
    surveyed(journal)
    assert journal.boots.bounds(2) == (1790000000000 + 60000, None)
    journal.anchor(500, 1790000900000, 1)
    assert journal.boots.bounds(2) == (1790000000000 + 60000, 1790000899500)
    assert journal.boots.of(1).anchor == (1000, 1790000000000)


def test_spans_tell_how_long_each_boot_was_up():
    journal = a_journal()
    press_all(journal, 2, first_ms=60000)
    journal = again(journal)
    journal.alive(7200000)
    journal = again(journal)
    surveyed(journal)
    journal.boots.running.reached(10)
    assert journal.boots.spans() == ((1, 0, 61000, None), (2, 0, 7200000, None), (3, 0, 10, None))


def test_hundreds_of_boots_are_sent_in_order_though_memory_holds_fewer():
    journal = a_journal()
    for n in range(130):
        assert journal.append(1, 0, n) == n + 1
        journal = again(journal)
    surveyed(journal)
    assert len(journal.boots.chapters) <= 100
    for n in range(1, 131):
        assert journal.batch(n, 64).boot == n
    journal.ack(128)
    assert journal.batch(129, 64).boot == 129 and not journal.knows(129)
    assert surveyed(journal).knows(129) and journal.boots.of(129) is not None


def test_every_record_kind_survives_in_any_mixture():
    journal = a_journal()
    dice = Dice(5)
    expected = []
    for i in range(150):
        what = dice.below(10)
        if what == 0:
            journal.anchor(i, 1790000000000 + i, 1)
        elif what == 1:
            journal.alive(i)
        elif what == 2:
            journal.ack(journal.last_seq)
        else:
            expected.append((journal.append(1 + what % 4, 0, i), 1, 1 + what % 4, i, 0))
    assert taps_of(again(journal)) == expected
    assert record.SIZE == 16


def test_a_boot_whose_record_cannot_be_read_costs_other_taps_at_most_a_segment_of_dates():
    journal = a_journal()
    journal.anchor(0, 1790000000000, 1)
    press_all(journal, 40)
    journal = again(journal)
    press_all(journal, 600)
    spoil_boot(journal.files, 2)
    journal = surveyed(again(journal))
    of = [tap[1] for tap in taps_of(journal)]
    assert of[:40] == [1] * 40 and of.count(1) <= 256 and of[256:] == [2] * 384


class Hesitant(MemoryFiles):
    """Does one remove and says that it did not; one read of a segment fails."""

    removes = reads = 0

    def remove(self, path):
        super().remove(path)
        if self.removes:
            self.removes -= 1
            raise OSError(5)

    def read_part(self, path, offset, size):
        if self.reads:
            self.reads -= 1
            raise OSError(5)
        return super().read_part(path, offset, size)


def test_a_remove_that_was_done_and_denied_costs_one_press_its_thanks():
    journal = a_journal(Hesitant(), capacity=3)
    refused = 0
    for n in range(1500):
        journal.files.removes = int(n == 700)
        refused += journal.append(1 + n % 4, 0, n) is None
        journal.ack(journal.last_seq)
        if refused and n > 700:
            journal.files.removes = 0
    assert refused <= 1


def test_a_read_that_fails_once_costs_no_face():
    journal = a_journal(Hesitant())
    press_all(journal, 300)
    journal.files.reads = 1
    assert all(face for _, _, face, _, _ in taps_of(journal))


class Forgetful(MemoryFiles):
    """The reading after ``reads`` more, of a folder or of a file, finds no memory."""

    reads = None

    def _spend(self):
        if self.reads is not None:
            self.reads -= 1
            if self.reads < 0:
                self.reads = None
                raise MemoryError

    def names(self, folder):
        self._spend()
        return super().names(folder)

    def size(self, path):
        self._spend()
        return super().size(path)

    def read(self, path):
        self._spend()
        return super().read(path)


def test_a_flash_that_is_looked_at_again_and_fails_in_the_middle_makes_no_tap_look_lost():
    failures = 0
    for reads in range(12):
        journal = a_journal(Forgetful())
        for n in range(1, 601):
            journal.append(1 + n % 4, 0, n)
        journal.files.broken = True
        assert journal.append(1, 0, 900000) is None
        journal.files.broken = False
        journal.files.reads = reads
        kept = journal.append(2, 0, 950000)
        failures += kept is None
        journal.files.reads = None
        assert journal.held == 1 and journal.last_seq >= 600
        for seq, _, face, uptime_ms, _ in each_tap(journal):
            assert seq > 600 or (face, uptime_ms) == (1 + seq % 4, seq), (reads, seq, face)
        assert journal.append(3, 0, 990000) == 601 + (kept is not None)
    assert failures > 6


def test_a_rewind_whose_mark_the_flash_refused_stays_when_the_flash_is_looked_at_again():
    journal = a_journal()
    press_all(journal, 100)
    journal.ack(100)
    journal.settle()
    journal.files.broken = True
    journal.rewind(60)
    journal.files.broken = False
    assert journal.append(1, 0, 900000) == 101
    assert journal.acked == 60 and again(journal).acked == 60


class Narrow(list):
    """A list that finds no memory to grow."""

    def append(self, item):
        raise MemoryError


def test_memory_that_ends_right_after_a_segment_was_written_hides_none_of_its_taps():
    journal = a_journal()
    refused = 0
    for n in range(1, 601):
        journal.shelf.segments = Narrow(journal.shelf.segments)
        refused += journal.append(1 + n % 4, 0, n) is None
        if n % 10 == 0 or journal._stale:
            assert all(face == 1 + at_ms % 4 for _, _, face, at_ms, _ in each_tap(journal)), n
    assert refused == 3  # one where a segment began


def test_a_new_journal_tells_of_the_running_boot_under_its_new_number_alone():
    journal = again(again(a_journal()))
    press_all(journal, 5)
    journal.anchor(9000, NOW_UTC_MS, 1)
    assert journal.boot == 3
    renew_all(journal)
    assert journal.boot == 1 and journal.boots.running.boot == 1
    assert surveyed(journal).boots.spans() == ((1, 9000, 9000, NOW_UTC_MS),)
    assert journal.boots.of(journal.batch(1, 5).boot) is journal.boots.running
