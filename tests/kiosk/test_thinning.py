"""A nearly full journal: the oldest unsent taps keep their seqs, faces and hours, and make room."""

from kiosk import backlog, shelf
from kiosk.journal import Journal
from kiosk.record import OF_TAPS
from kiosk.uplink import MOST_TAPS

from tests.kiosk import heap
from tests.kiosk.desk import NOW_UTC_MS, Dice, a_journal, each_tap, renew_all, surveyed, taps_of
from tests.kiosk.line import Line
from wire.messages import FLAG_TEST, FLAG_THINNED

INTERPRETERS = ("micropython",)  # the size of a segment is changed for the whole process
HEAP = "256K"  # the flash and a store lie in it too

HOUR_MS = 3600000
RARE_MS = 180000  # 20 taps an hour
START_UTC_MS = NOW_UTC_MS - NOW_UTC_MS % HOUR_MS + 59 * 60000 + 59500

shelf.SEGMENT = 64  # a life of hundreds of taps fills segments of this size


def again(journal):
    found = Journal(journal.files, journal.folders.board_id, Dice(99).roll, journal.capacity)
    found.open(1)
    return found


def press(journal, count, every_ms=RARE_MS, flags=0):
    """Presses and tidies. Tap n has face 1 + n % 4 and uptime n * every_ms, n its seq."""
    for _ in range(count):
        n = journal.last_seq + 1
        assert journal.append(1 + n % 4, flags, n * every_ms) == n
        journal.tidy()


def a_nearly_full(count=600, capacity=6, dated=True, every_ms=RARE_MS):
    journal = a_journal(capacity=capacity)
    if dated:
        journal.anchor(0, START_UTC_MS, 1)
    press(journal, count, every_ms)
    return journal


def batches_of(journal, most=32):
    seq = max(journal.held, journal.acked + 1)
    while seq <= journal.last_seq:
        batch = journal.batch(seq, most)
        assert batch.first_seq == seq and batch.taps
        yield batch
        seq += len(batch.taps)


def check(journal, every_ms=RARE_MS, dated=True):
    """Every unacked seq once and in order, with its face and a span that holds its press. Returns how many exact."""
    exact = 0
    for batch in batches_of(journal):
        thinned = batch.width_ms is not None
        for i, (face, uptime_ms, flags) in enumerate(batch.taps):
            seq = batch.first_seq + i
            assert face == 1 + seq % 4 and flags == (FLAG_THINNED if thinned else 0), (seq, face, flags)
            assert 0 <= seq * every_ms - uptime_ms <= (batch.width_ms or 0), (seq, uptime_ms, batch.width_ms)
            exact += not thinned
        if thinned and dated:
            utc_ms = START_UTC_MS + batch.taps[0][1]
            assert utc_ms // HOUR_MS == (utc_ms + batch.width_ms) // HOUR_MS
        elif thinned:
            assert batch.width_ms <= 15 * 60000
    return exact


def records_of(journal, thinned):
    """(path, offset) of every record in segments of one kind."""
    places = []
    for segment in journal.shelf.segments:
        path = "%s/%x.%x.%x.%x%s" % ((journal.shelf.folder,) + tuple(segment[:4]) + ("t" * segment[4],))
        places += [(path, at) for at in range(0, segment[5], 16) if segment[4] == thinned]
    return places


def flip(journal, place, bit):
    path, at = place
    raw = bytearray(journal.files.content[path])
    raw[at + bit // 8] ^= 1 << bit % 8
    journal.files.content[path] = bytes(raw)


def test_the_oldest_taps_keep_seq_face_and_hour_and_the_newest_are_exact():
    journal = a_nearly_full(900)
    assert journal.last_seq == 900 and journal.held == 1 and journal.shelf.blocks() <= 6
    exact = check(journal)
    assert journal.thinned == 900 - exact and exact >= 2 * shelf.SEGMENT
    assert check(again(journal)) == exact


def test_a_tap_at_the_very_beginning_of_an_hour_is_not_in_the_block_of_the_hour_before():
    journal = a_journal(capacity=6)
    hour_utc_ms = NOW_UTC_MS - NOW_UTC_MS % HOUR_MS
    journal.anchor(0, hour_utc_ms, 1)
    press(journal, 900, 20000)
    found = [batch for batch in batches_of(journal) if batch.width_ms is not None]
    assert len(found) > 10
    for batch in found:
        utc_ms = hour_utc_ms + batch.taps[0][1]
        assert utc_ms // HOUR_MS == (utc_ms + batch.width_ms) // HOUR_MS, (batch.first_seq, utc_ms, batch.width_ms)


def test_a_boot_that_never_knew_the_time_is_thinned_to_a_quarter_of_an_hour():
    journal = a_nearly_full(500, dated=False)
    assert journal.thinned > 100
    assert check(journal, dated=False) == 500 - journal.thinned


def test_an_anchor_of_an_earlier_boot_keeps_its_taps_in_their_hour():
    journal = a_journal(capacity=6)
    journal.anchor(0, START_UTC_MS, 1)
    press(journal, 200)
    journal = again(journal)
    press(journal, 300)
    blocks = [batch for batch in batches_of(journal) if batch.boot == 1 and batch.width_ms]
    assert sum([len(batch.taps) for batch in blocks]) > 150
    for batch in blocks:
        utc_ms = START_UTC_MS + batch.taps[0][1]
        assert utc_ms // HOUR_MS == (utc_ms + batch.width_ms) // HOUR_MS
    assert max([batch.width_ms for batch in blocks]) > 40 * 60000


def test_a_test_tap_an_unreadable_one_and_another_boot_close_a_block():
    journal = a_journal(capacity=6)
    journal.anchor(0, START_UTC_MS + 1000, 1)
    for n in range(1, 31):  # all within an hour
        journal.append(2, FLAG_TEST if n == 8 else 0, n * 1000)
    journal = again(journal)
    journal.anchor(0, START_UTC_MS + 60000, 1)
    for n in range(31, 61):
        journal.append(3, 0, n * 1000)
    press(journal, 5)
    bad = records_of(journal, 0)[20]
    flip(journal, bad, 50)
    press(journal, 500)
    journal = again(journal)
    batches = list(batches_of(journal))[:8]
    found = [(b.first_seq, b.boot, len(b.taps), b.width_ms) for b in batches]
    assert found[:2] == [(1, 1, 7, 6000), (8, 1, 1, None)], found
    assert batches[1].taps == [(2, 8000, FLAG_TEST)]
    assert [b.taps for b in batches if b.taps[0][0] == 0] == [
        [(0, b.taps[0][1], 0)] for b in batches if not b.taps[0][0]
    ]
    faces = [tap[2] for tap in taps_of(journal)]
    assert faces.count(0) == 1 and faces[0:7] == [2] * 7 and [b.boot for b in batches[:6]] == [1, 1, 1, 1, 1, 2]


def test_one_tap_or_two_stay_exact_since_a_block_would_save_nothing():
    journal = a_nearly_full(300, every_ms=HOUR_MS // 2)
    assert journal.thinned == 0
    assert check(journal, HOUR_MS // 2) == 300


def test_a_batch_begins_and_ends_anywhere_in_a_block():
    journal = a_nearly_full(700)
    dice = Dice(3)
    for _ in range(100):
        seq, most = 1 + dice.below(500), 1 + dice.below(32)
        batch = journal.batch(seq, most)
        assert batch.first_seq == seq and 1 <= len(batch.taps) <= most
        for i, (face, uptime_ms, _) in enumerate(batch.taps):
            assert face == 1 + (seq + i) % 4 and 0 <= (seq + i) * RARE_MS - uptime_ms <= (batch.width_ms or 0)


def test_what_a_bit_spoils_is_face_0_and_nothing_else():
    journal = a_nearly_full(300, capacity=4)
    before = taps_of(journal)
    places = records_of(journal, 1)
    content = dict(journal.files.content)
    dice = Dice(12)
    for _ in range(40):
        heap.tidy()
        place = places[dice.below(len(places))]
        kind = content[place[0]][place[1]] >> 4
        flip(journal, place, dice.below(128))
        found = again(journal)
        lost, faces, count = [], [], 0
        for after in each_tap(found):
            if after != before[count]:
                lost.append(count)
                faces.append(after[2])
            count += 1
        if kind in OF_TAPS:
            assert 1 <= len(lost) <= 32 and lost[-1] - lost[0] == len(lost) - 1, (place, lost)
            assert faces == [backlog.UNREADABLE] * len(lost)
            assert found.backlog.unreadable == len(lost)
        elif kind != 2:  # a boot's: until the next one says, its taps would be the boot's before
            assert not lost
        assert found.thinned <= journal.thinned and found.held == 1 and count == 300
        press(found, 3)
        journal.files.content = dict(content)


def test_the_count_of_thinned_taps_survives_restarts_and_its_own_records():
    journal = a_nearly_full(500)
    total = journal.thinned
    assert total > 200 and again(journal).thinned == total
    journal = again(journal)
    journal.ack(500)
    for _ in range(1500):  # acked at once: the thinned segments go
        press(journal, 1)
        journal.ack(journal.last_seq)
    assert not records_of(journal, 1) and journal.thinned == total
    journal = again(journal)
    assert journal.thinned == total
    press(journal, 500)
    assert journal.thinned > total and again(journal).thinned == journal.thinned


def test_a_spoilt_count_is_made_up_from_the_blocks():
    journal = a_nearly_full(600)
    flip(journal, records_of(journal, 1)[-1], 77)
    assert again(journal).thinned == journal.thinned


def test_acked_thinned_taps_stay_until_overwritten_and_are_sent_again_on_command():
    journal = a_nearly_full(600)
    journal.ack(600)
    journal.rewind(10)
    assert journal.acked == 10 and again(journal).acked == 10
    check(journal)
    journal.ack(600)
    press(journal, 200)
    assert journal.held > 1 and again(journal).held == journal.held
    journal.rewind(3)
    assert journal.acked == journal.held - 1
    check(journal)


def test_a_press_that_finds_no_room_thins_at_once():
    journal = a_journal(capacity=6)
    journal.anchor(0, START_UTC_MS, 1)
    for n in range(1, 600):
        assert journal.append(1 + n % 4, 0, n * RARE_MS) == n
    check(journal)


def test_when_thinning_gains_nothing_more_a_press_is_refused_and_nothing_is_lost():
    journal = a_journal(capacity=5)
    refused = 0
    for _ in range(2000):
        seq = journal.append(1 + (journal.last_seq + 1) % 4, 0, (journal.last_seq + 1) * RARE_MS)
        journal.tidy()
        refused += seq is None
    assert refused and journal.last_seq + refused == 2000 and journal.last_seq > 5 * 64 + 100
    check(again(journal), dated=False)
    journal.ack(journal.last_seq)
    press(journal, 10)
    assert journal.shelf.blocks() <= 5


def test_boots_tell_the_same_after_thinning():
    journal = a_journal(capacity=60)
    for boot in range(1, 6):
        if boot != 3:
            journal.anchor(1000 * boot, START_UTC_MS + boot * 90 * HOUR_MS, 1)
        for n in range(60):
            assert journal.append(1 + n % 4, 0, n * RARE_MS)
        journal.alive(70 * RARE_MS + boot)
        journal = again(journal)
    surveyed(journal)
    spans, bounds = journal.boots.spans(), journal.boots.bounds(3)
    journal.capacity = 3
    while journal.tidy():
        pass
    assert journal.thinned > 150
    for found in (journal, again(journal)):
        surveyed(found)
        assert found.boots.spans()[:5] == spans[:5] and found.boots.bounds(3) == bounds


def renewed(dated):
    """A journal whose last boot was thinned, renewed."""
    journal = again(a_nearly_full(100, capacity=8))
    if dated:
        journal.anchor(0, START_UTC_MS, 1)
    for n in range(1, 601):
        assert journal.append(1 + n % 4, 0, n * RARE_MS)
        journal.tidy()
    before = journal.id
    assert [batch for batch in batches_of(journal) if batch.boot == 2 and batch.width_ms]
    renew_all(journal)
    assert journal.id != before and journal.last_seq == 600 and journal.held == 1
    for path, at in records_of(journal, 0):
        assert at or journal.files.content[path][0] >> 4 != 7, "a head was parted from its faces"
    return journal


def test_a_new_journal_carries_over_the_thinned_taps_of_this_boot():
    for dated in (True, False):
        journal = renewed(dated)
        exact = check(journal, dated=dated)
        assert 100 < exact < 500 and check(again(journal), dated=dated) == exact
        press(journal, 300)
        assert check(again(journal), dated=dated) < 900


def test_a_batch_that_was_thinned_on_its_way_is_resent_in_parts_and_all_arrive():
    line = Line(a_journal(capacity=4))
    line.journal.anchor(0, START_UTC_MS, 1)
    press(line.journal, 160)
    line.connect()
    line.ack(line.pump()[0])
    lost = line.pump()
    assert len(lost) > 1 and {len(batch.taps) for batch in lost} == {MOST_TAPS}  # none of them arrives
    press(line.journal, 140)
    assert line.journal.thinned > 100
    line.ticks.pass_ms(31000)
    line.settle()
    assert line.mark() == 300 and line.journal.acked == 300


def test_a_thinned_tap_that_is_refused_three_times_becomes_face_0():
    line = Line(a_nearly_full(250, capacity=4))
    line.connect()
    line.ack(line.pump()[0])
    for _ in range(9):
        for batch in line.pump():
            if batch.first_seq <= 3 < batch.first_seq + len(batch.taps) and batch.taps[3 - batch.first_seq][0]:
                line.ack(batch, error="out_of_range", first_seq=batch.first_seq)
                break
            line.store(batch)
            line.ack(batch)
        line.ticks.pass_ms(31000)
    line.settle()
    assert line.mark() == 250 and line.stored[(line.journal.id, 3)][1] == 0 and line.uplink.refused == 1
