"""A new journal takes over from one whose flash went back in time: step by step, and no tap is lost on the way."""

from kiosk.journal import Journal
from kiosk.renewal import RETRY_MS
from kiosk.shelf import NEW, ROOT, SINCE_FILE

from tests.kiosk import heap
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
)
from tests.kiosk.line import Line
from wire.messages import Ack

HEAP = "384K"  # the flash with both journals lies in it too


class CountingFiles(MemoryFiles):
    """Counts what is changed and the bytes that are read; ``refuse_at``: the change that fails, and all after it."""

    def __init__(self):
        super().__init__()
        self.changes = self.bytes_read = 0
        self.refuse_at = None
        self.room = 100000

    def free(self):
        return self.room

    def read(self, path):
        found = super().read(path)
        self.bytes_read += len(found)
        return found

    def read_part(self, path, offset, size):
        found = self.content[path][offset : offset + size]
        self.bytes_read += len(found)
        return found

    def write(self, path, content):
        self._change()
        super().write(path, content)

    def rename(self, old, new):
        self._change()
        super().rename(old, new)

    def remove(self, path):
        self._change()
        super().remove(path)

    def _change(self):
        self.changes += 1
        if self.refuse_at is not None and self.changes >= self.refuse_at:
            raise OSError(5)


def again(journal, seed=99):
    found = Journal(journal.files, journal.folders.board_id, Dice(seed).roll, journal.capacity)
    found.open(1)
    return found


def check(journal, pressed):
    """``pressed``: (face, uptime_ms) in order, which are now all that is there, of any boot, none unreadable."""
    count = 0
    for seq, _, face, uptime_ms, _ in each_tap(journal):
        assert (seq, face, uptime_ms) == (count + 1,) + pressed(count)
        count += 1
    return count


def a_tap(n):
    return 1 + n % 4, 1000 + n * 1000


def test_2000_taps_are_carried_in_steps_that_are_each_bounded_with_presses_in_between():
    journal = a_journal(CountingFiles())
    press_all(journal, 2000)
    before = journal.id
    journal.renew()
    pressed, steps, most_changes, most_read = 2000, 0, 0, 0
    while journal.renewal:
        heap.tidy()
        files = journal.files
        files.changes = files.bytes_read = 0
        assert journal.renewal.step(0) or not journal.renewal
        most_changes = max(most_changes, files.changes)
        most_read = max(most_read, files.bytes_read)
        steps += 1
        if steps % 3 == 0:
            face, uptime_ms = a_tap(pressed)
            assert journal.append(face, 0, uptime_ms), "not thanked"
            pressed += 1
    print("2000 taps and %d more: %d steps, at most %d changes" % (pressed - 2000, steps, most_changes))
    print("and %d bytes read in one" % most_read)
    assert 2000 // 32 < steps < 120 and most_changes <= 2 and most_read <= 4096 + 1024
    assert journal.id != before and check(journal, a_tap) == pressed > 2020
    assert check(again(journal), a_tap) == pressed
    assert len(journal.files.names(ROOT)) == 1 and journal.files.size(SINCE_FILE) is None


def test_a_flash_that_refuses_anywhere_in_it_loses_nothing_and_takes_it_up_later():
    point = 0
    while True:
        heap.tidy()
        point += 1
        journal = a_journal(CountingFiles())
        press_all(journal, 300)
        before, files = journal.id, journal.files
        journal.renew()
        files.changes, files.refuse_at = 0, point
        now_ms = 0
        while journal.renewal and journal.renewal.step(now_ms):
            now_ms += 1000
        files.refuse_at = None
        if journal.renewing:
            assert "refused" in journal.renewal.why and journal.id == before
            while journal.renewal.step(now_ms + 1000):  # what lay there half made is removed, and then it rests
                pass
            assert journal.renewing and not journal.renewal.step(now_ms + 1000)
        assert check(again(journal), a_tap) == 300
        assert journal.append(a_tap(300)[0], 0, a_tap(300)[1]) == 301
        now_ms += RETRY_MS
        while journal.renewal:
            assert journal.renewal.step(now_ms) or not journal.renewal
        assert journal.id != before and check(journal, a_tap) == 301 == check(again(journal), a_tap)
        if files.changes < point:
            break
    assert point > 20


def test_a_restart_anywhere_in_it_carries_the_taps_of_the_boot_before_as_well():
    steps = 0
    while True:
        heap.tidy()
        steps += 1
        journal = again(a_journal())
        press_all(journal, 50)  # of a boot before: they may be stored under other journals' names
        journal = again(journal)
        journal.anchor(500, NOW_UTC_MS, 1)
        for n in range(100):
            journal.append(a_tap(n)[0], 0, a_tap(n)[1])
        before = journal.id
        journal.renew()
        for _ in range(steps):
            if journal.renewal:
                journal.renewal.step(0)
        over = journal.renewal is None
        assert journal.append(a_tap(100)[0], 0, a_tap(100)[1])
        journal = again(journal, 55)
        assert journal.append(a_tap(101)[0], 0, a_tap(101)[1])
        surveyed(journal)
        assert journal.id != before or journal.renewing, "it is not gone on with by itself"
        while journal.renewal:
            assert journal.renewal.step(0) or not journal.renewal
        assert check(journal, a_tap) == 102 == check(again(journal, 66), a_tap)
        journal = again(journal, 77)
        assert [journal.batch(seq, 1).boot for seq in (1, 100, 101, 102)] == [1, 1, 1, 2]
        surveyed(journal)
        assert journal.boots.of(1).anchor == (500, NOW_UTC_MS) and journal.boots.of(2).anchor is None
        if over:
            break
    assert steps > 10


def test_a_flash_without_room_for_two_journals_thins_what_it_carries():
    journal = a_journal(CountingFiles())
    for n in range(1000):
        assert journal.append(1 + n % 4, 0, n * 10000)
    journal.files.room = 9 * 4096
    renew_all(journal)
    assert journal.last_seq == 1000 and 500 < len([1 for tap in each_tap(journal) if tap[4]]) < 1000
    assert [tap[2] for tap in each_tap(journal)] == [1 + n % 4 for n in range(1000)]


def test_nothing_is_sent_and_no_ack_taken_until_the_new_journal_is_there():
    line = Line()
    press_all(line.journal, 100)
    line.connect()
    (birth,) = line.pump()
    before = line.journal.id
    line.ack(birth, seq=900)
    assert line.journal.renewing
    while line.journal.renewing:
        assert line.uplink.next(line.now_ms()) is None and line.uplink.due_ms(line.now_ms()) > 0
        assert line.uplink.take_ack(Ack(before, 50, line.now_ms(), NOW_UTC_MS, None, None), line.now_ms()) is None
        line.uplink.resend(before, 0)
        line.uplink.lost()
        line.connect(8)
        line.ticks.pass_ms(1000)
        line.journal.renewal.step(line.now_ms())
    assert line.journal.acked == 0 and line.journal.id != before
    line.settle()
    assert sorted(line.stored) == [(line.journal.id, seq) for seq in range(1, 101)]


def test_a_resend_that_comes_meanwhile_carries_no_tap_that_was_stored_under_another_seq():
    line = Line()
    press_all(line.journal, 10)
    line.connect()
    line.settle()
    before = line.journal.id
    assert line.journal.acked == 10
    press_all(line.journal, 5, first_ms=100000)
    line.uplink.take_ack(Ack(before, 900, line.now_ms(), NOW_UTC_MS, None, None), line.now_ms())
    assert line.journal.renewing
    line.uplink.resend(before, 0)
    line.settle()
    assert line.journal.id != before and line.journal.last_seq == 5
    assert sorted([tap[2] for tap in line.stored.values()]) == sorted(
        [1000 * (n + 1) for n in range(10)] + [100000 + 1000 * n for n in range(5)]
    )


def test_what_does_not_read_back_as_it_was_carried_is_carried_once_more():
    journal = a_journal(WornFiles())
    press_all(journal, 300)
    before, now_ms = journal.id, 0
    journal.files.spoil("/1.0.1.0", 200, True)  # of the new one's first segment, while its first fold is written
    journal.renew()
    while journal.renewal and now_ms < 600000:
        journal.renewal.step(now_ms)
        now_ms += 1000
    assert journal.id != before and journal.files.spoilt is None and now_ms > RETRY_MS
    assert check(journal, lambda n: (1 + n % 4, 1000 + n * 1000)) == 300


class Mumbling(CountingFiles):
    """Renames, and then says that it did not, or did not say; for a while it tells of no folder either."""

    mumbles = False
    silent = 0

    def rename(self, old, new):
        super().rename(old, new)
        if old == NEW and self.mumbles:
            self.silent = 3
            raise OSError(5)

    def names(self, folder):
        if self.silent:
            self.silent -= 1
            raise OSError(5)
        return super().names(folder)


def test_while_it_is_not_known_which_journal_is_the_journal_no_press_is_thanked_and_none_is_lost():
    journal = a_journal(Mumbling())
    press_all(journal, 100)
    before = journal.id
    journal.files.mumbles = True
    journal.renew()
    while not journal.renewal.in_doubt:
        journal.renewal.step(0)
    assert journal.append(1, 0, 999999) is None
    for _ in range(9):
        if journal.renewal:
            journal.renewal.step(0)
    assert journal.append(a_tap(100)[0], 0, a_tap(100)[1]) == 101
    while journal.renewal:
        journal.renewal.step(0)
    assert journal.id != before and check(journal, a_tap) == 101 == check(again(journal), a_tap)


def test_no_memory_in_the_last_moment_is_made_good_and_no_tap_goes_into_the_journal_before():
    journal = a_journal(CountingFiles())
    press_all(journal, 100)
    moving, failures = journal.move, [1, 1]

    def move(*words):
        if failures:
            failures.pop()
            raise MemoryError
        moving(*words)

    journal.move = move
    journal.renew()
    while journal.renewal:
        journal.renewal.step(0)
        if journal.renewal and journal.renewal.in_doubt:
            assert journal.append(1, 0, 999999) is None
    assert not failures and check(journal, a_tap) == 100 == check(again(journal), a_tap)


def test_a_boot_that_never_knew_the_time_keeps_what_bounds_it():
    journal = a_journal()
    journal.anchor(0, NOW_UTC_MS, 1)
    press_all(journal, 10)
    journal = again(journal)
    surveyed(journal)
    for n in range(10):
        journal.append(a_tap(n)[0], 0, a_tap(n)[1])
    before = journal.boots.bounds(journal.boot)
    assert before[0] is not None
    renew_all(journal)
    surveyed(journal)
    assert check(journal, a_tap) == 10 and journal.boots.bounds(journal.batch(1, 1).boot) == before
    later = again(journal, 8)
    later.anchor(5, NOW_UTC_MS + 10**7, 1)
    surveyed(later)
    assert later.boots.bounds(later.batch(1, 1).boot) == (before[0], NOW_UTC_MS + 10**7 - 5)


class Forgetful(CountingFiles):
    """Runs out of memory before the rename, once."""

    short = True

    def rename(self, old, new):
        if old == NEW and self.short:
            self.short = False
            raise MemoryError
        super().rename(old, new)


def test_a_rename_that_was_never_begun_is_done_later():
    journal = a_journal()
    files = Forgetful()
    files.content, files.folders = journal.files.content, journal.files.folders
    journal.files = files
    journal = again(journal)
    for n in range(100):
        journal.append(a_tap(n)[0], 0, a_tap(n)[1])
    before = journal.id
    journal.renew()
    now_ms = 0
    while journal.renewal:
        journal.renewal.step(now_ms)
        now_ms += RETRY_MS // 2
    assert not files.short and journal.id != before and check(journal, a_tap) == 100


class Stingy:
    """Memory that ends inside Journal.move, once, where the new shelf is already in place."""

    def __init__(self, journal):
        self.journal = journal
        self.using = journal._use
        self.calls = 0

    def use(self, shelf):
        self.calls += 1
        self.journal.shelf = shelf
        if self.calls == 1:
            raise MemoryError
        self.using(shelf)


def test_no_memory_half_way_through_the_move_leaves_the_new_journal_alone():
    journal = a_journal(CountingFiles())
    press_all(journal, 100)
    before = journal.id
    stingy = Stingy(journal)
    journal._use = stingy.use
    journal.renew()
    while journal.renewal:
        journal.renewal.step(0)
    assert stingy.calls == 2 and journal.id != before
    assert check(journal, a_tap) == 100 == check(again(journal), a_tap)
    assert len(journal.files.names(ROOT)) == 1


def test_the_time_that_is_learned_meanwhile_goes_along():
    journal = a_journal(CountingFiles())
    press_all(journal, 100)
    journal.renew()
    while journal.renewal._next_seq < 60:
        journal.renewal.step(0)
    journal.anchor(400000, NOW_UTC_MS, 2)
    while journal.renewal:
        journal.renewal.step(0)
    found = surveyed(again(journal))
    assert found.boots.of(found.batch(1, 1).boot).anchor == (400000, NOW_UTC_MS)


def test_what_bounds_a_boot_outlives_a_cut_after_the_segment_that_told_it_was_let_go():
    journal = a_journal(CountingFiles())
    journal.anchor(0, NOW_UTC_MS, 1)
    press_all(journal, 600)
    journal = surveyed(again(journal))
    press_all(journal, 50)
    before = journal.boots.bounds(journal.boot)
    journal.renew()
    while journal.shelf.segments[0][0] == 1:
        journal.renewal.step(0)
    journal = surveyed(again(journal, 5))
    while journal.renewal:
        journal.renewal.step(0)
    surveyed(journal)
    assert before[0] is not None and journal.boots.bounds(journal.batch(1, 1).boot) == before


def test_an_old_journal_that_the_flash_would_not_let_go_goes_a_minute_later():
    journal = a_journal(CountingFiles())
    press_all(journal, 300)
    journal.renew()
    while journal.renewing:
        journal.renewal.step(0)
    journal.files.changes, journal.files.refuse_at = 0, 1
    while journal.renewal.step(0):
        pass
    journal.files.refuse_at = None
    assert not journal.renewal.step(RETRY_MS - 1) and len(journal.files.names(ROOT)) == 2
    while journal.renewal:
        journal.renewal.step(RETRY_MS)
    assert len(journal.files.names(ROOT)) == 1 and journal.files.size(SINCE_FILE) is None


def test_a_boot_whose_own_record_cannot_be_read_is_carried_all_the_same():
    journal = a_journal(CountingFiles())
    press_all(journal, 40)
    journal = again(journal)
    for n in range(300):
        journal.append(a_tap(n)[0], 0, a_tap(n)[1])
    spoil_boot(journal.files, 2)
    renew_all(journal)
    assert check(journal, a_tap) == 300
