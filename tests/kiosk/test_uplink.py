"""What is said to a collector, and that no answer, missing, late, doubled or wrong, loses or doubles a tap."""

from kiosk.journal import Journal

from tests.kiosk.desk import NOW_UTC_MS, Dice, a_journal, press_all, surveyed
from tests.kiosk.line import Line
from wire import codec
from wire.messages import Ack


def connected(line):
    """Connects and has the birth answered."""
    line.connect()
    (birth,) = line.pump()
    line.ack(birth)
    return birth


def restarted(line):
    journal = Journal(line.journal.files, line.journal.folders.board_id, Dice(77).roll)
    journal.open(1)
    surveyed(journal)
    again = Line(journal)
    again.stored = line.stored
    return again


def test_the_birth_comes_first_and_taps_wait_for_its_answer():
    line = Line()
    press_all(line.journal, 3)
    line.connect(session=4711)
    (birth,) = line.pump()
    assert birth.online and birth.session == 4711 and birth.journal == line.journal.id
    assert (birth.held, birth.acked, birth.last_seq, birth.boot) == (1, 0, 3, 1)
    line.ticks.pass_ms(1500)
    assert line.pump() == []
    line.ack(birth)
    (batch,) = line.pump()
    assert batch.first_seq == 1 and len(batch.taps) == 3
    assert batch.utc_ms is not None and batch.bounds is None


def test_an_unanswered_birth_is_repeated_with_growing_patience():
    line = Line()
    line.connect()
    at = []
    for _ in range(700):
        if line.pump():
            at.append(line.now_ms() // 1000)
        line.ticks.pass_ms(1000)
    assert at == [0, 5, 15, 35, 75, 155, 315, 615]


def test_on_another_connection_an_unanswered_birth_is_repeated_as_soon_as_on_the_first():
    line = Line()
    line.connect()
    for _ in range(200):
        line.pump()
        line.ticks.pass_ms(1000)
    line.uplink.lost()
    line.connect(8)
    began_s, at = line.now_ms() // 1000, []
    for _ in range(40):
        if line.pump():
            at.append(line.now_ms() // 1000 - began_s)
        line.ticks.pass_ms(1000)
    assert at == [0, 5, 15, 35]


def test_a_birth_tells_that_the_kiosk_ran_until_now_with_or_without_taps():
    line = Line()
    connected(line)
    line.uplink.lost()
    line.ticks.pass_ms(1234567)
    line.connect(8)
    (birth,) = line.pump()
    assert birth.spans[-1][2] == birth.uptime_ms == 1234567


def test_a_tap_is_due_at_once_when_the_collector_has_answered():
    line = Line()
    connected(line)
    line.ticks.pass_ms(60000)
    assert line.pump() == []
    line.journal.append(4, 0, line.now_ms() - 6)
    (batch,) = line.pump()
    assert batch.taps == ((4, 59994, 0),)
    assert batch.utc_ms - batch.uptime_ms == NOW_UTC_MS


def test_at_most_four_batches_are_on_the_way():
    line = Line()
    press_all(line.journal, 600)
    connected(line)
    sent = line.pump()
    assert len(sent) == 4 and all(len(batch.taps) <= 64 for batch in sent)
    assert line.pump() == []
    line.store(sent[0])
    line.ack(sent[0])
    (fifth,) = line.pump()
    assert fifth.first_seq == sent[3].first_seq + len(sent[3].taps)


def test_a_backlog_of_two_boots_drains_in_order_and_none_is_sent_twice():
    line = Line()
    press_all(line.journal, 300)
    line = restarted(line)
    press_all(line.journal, 300)
    connected(line)
    seq = 1
    while line.journal.unacked:
        line.ticks.pass_ms(20)
        line.sent = []
        for batch in line.pump():
            assert batch.first_seq == seq and batch.boot == (1 if seq <= 300 else 2)
            seq += len(batch.taps)
            line.ack(batch, seq=seq - 1)
    assert seq == 601


def test_the_oldest_batch_is_resent_after_30_s_with_growing_patience():
    line = Line()
    connected(line)
    press_all(line.journal, 1)
    at = []
    for _ in range(1000):
        for batch in line.pump():
            assert batch.first_seq == 1
            at.append(line.now_ms() // 1000)
        line.ticks.pass_ms(1000)
    assert at == [0, 30, 90, 210, 450, 750]


def test_after_an_answer_the_next_silence_is_met_as_soon_as_the_first_one():
    line = Line()
    connected(line)
    for _ in range(2):
        press_all(line.journal, 1)
        at = []
        for second in range(100):
            at += [second for _ in line.pump()]
            line.ticks.pass_ms(1000)
        assert at == [0, 30, 90]
        line.ack(line.batches()[-1], seq=line.journal.last_seq)


def test_only_a_stored_ack_settles_and_a_partial_one_settles_its_part():
    line = Line()
    connected(line)
    press_all(line.journal, 3)
    (batch,) = line.pump()
    line.ack(batch, seq=2)
    assert line.journal.acked == 2
    line.ticks.pass_ms(30000)
    (again,) = line.pump()
    assert again.first_seq <= 3 and again.first_seq + len(again.taps) == 4
    line.ack(again, seq=3)
    assert line.journal.unacked == 0


def test_an_ack_for_another_journal_is_ignored():
    line = Line()
    connected(line)
    press_all(line.journal, 3)
    line.pump()
    line.uplink.take_ack(Ack("00000000", 3, line.now_ms(), NOW_UTC_MS, None, None), line.now_ms())
    assert line.journal.acked == 0


def test_older_and_doubled_acks_change_nothing():
    line = Line()
    connected(line)
    press_all(line.journal, 3)
    (batch,) = line.pump()
    for seq in (3, 1, 3, 0):
        line.ack(batch, seq=seq)
    assert line.journal.acked == 3 and line.pump() == []


def test_an_ack_ahead_of_what_was_ever_given_begins_a_new_journal_with_this_boots_taps():
    line = Line()
    press_all(line.journal, 4)
    line.connect()
    (birth,) = line.pump()
    before = line.journal.id
    line.ack(birth, seq=900)
    (birth,) = line.pump()
    assert line.journal.id != before
    assert birth.online and birth.journal == line.journal.id and birth.last_seq == 4
    line.ack(birth)
    line.settle()
    assert sorted(line.stored) == [(line.journal.id, seq) for seq in (1, 2, 3, 4)]


def test_an_ack_of_taps_that_were_never_sent_begins_a_new_journal_too():
    line = Line()
    press_all(line.journal, 4)
    line = restarted(line)  # its flash went back: the store holds 6 of this journal
    press_all(line.journal, 3)
    line.connect()
    (birth,) = line.pump()
    before = line.journal.id
    line.ack(birth, seq=6)
    line.settle()
    assert line.journal.id != before
    assert [line.stored[(line.journal.id, seq)][2] for seq in (1, 2, 3)] == [1000, 2000, 3000]


def test_what_was_sent_of_the_old_journal_and_refused_of_it_says_nothing_of_the_new_one():
    line = Line()
    connected(line)
    press_all(line.journal, 5)
    for _ in range(4):  # all five, and the first of them three times
        for batch in line.pump():
            line.ack(batch, seq=0, error="no", first_seq=batch.first_seq)
    assert line.pump()[0].taps[0][0] == 0 and line.uplink.refused == 1
    old = line.journal.id
    line.ack(line.sent[0][1], seq=900)
    (birth,) = line.pump()
    assert birth.journal == line.journal.id != old
    new = line.journal.id
    line.ack(birth, seq=4)  # none of it was sent yet: the flash went back once more
    assert line.journal.acked == 0
    (birth,) = line.pump()
    assert birth.journal == line.journal.id != new
    line.ack(birth)
    line.settle()
    assert [line.stored[(line.journal.id, seq)][1] for seq in (1, 2, 3, 4, 5)] == [1, 2, 3, 4, 1]
    assert line.uplink.refused == 1


def test_what_a_dead_collector_swallowed_goes_again_when_a_living_one_answers_the_birth():
    line = Line()
    birth = connected(line)
    line.ticks.pass_ms(100)
    press_all(line.journal, 3)
    (lost,) = line.pump()
    line.ticks.pass_ms(5000)
    line.ack(birth)
    (again,) = line.pump()
    assert again.first_seq == lost.first_seq and again.taps == lost.taps


def test_after_a_restart_unacked_taps_carry_their_own_boots_anchor():
    line = Line()
    connected(line)
    line.ticks.pass_ms(10000)
    press_all(line.journal, 2)
    line = restarted(line)
    connected(line)
    (batch,) = line.pump()
    assert batch.boot == 1 and batch.bounds is None
    assert batch.utc_ms - batch.uptime_ms == NOW_UTC_MS


def test_a_boot_between_two_that_knew_the_time_carries_bounds():
    line = Line()
    connected(line)
    line.ticks.pass_ms(10000)
    press_all(line.journal, 1, first_ms=10000)
    line = restarted(line)
    press_all(line.journal, 1)
    line = restarted(line)
    line.connect()
    (birth,) = line.pump()
    line.ack(birth, utc_ms=NOW_UTC_MS + 86400000)
    batches = line.pump()
    assert [batch.boot for batch in batches] == [1, 2]
    assert batches[1].utc_ms is None
    assert batches[1].bounds == (NOW_UTC_MS + 10000, NOW_UTC_MS + 86400000)


def test_a_refused_batch_goes_one_by_one_and_a_tap_refused_three_times_becomes_face_0():
    line = Line()
    connected(line)
    press_all(line.journal, 5)
    refused = 0
    for _ in range(40):
        for batch in line.pump():
            bad = batch.first_seq <= 3 < batch.first_seq + len(batch.taps) and batch.taps[3 - batch.first_seq][0] != 0
            if bad:
                refused += 1
                line.ack(batch, error="no", first_seq=batch.first_seq)
            else:
                line.store(batch)
                line.ack(batch)
    assert line.journal.unacked == 0 and line.uplink.refused == 1 and refused == 4
    assert [line.stored[(line.journal.id, seq)][1] for seq in (1, 2, 3, 4, 5)] == [1, 2, 0, 4, 1]


def test_an_error_that_names_no_batch_makes_every_unacked_one_go_singly():
    line = Line()
    connected(line)
    press_all(line.journal, 3)
    (batch,) = line.pump()
    line.ack(batch, seq=0, error="not json")
    (single,) = line.pump()
    assert len(single.taps) == 1
    line.store(single)
    line.ack(single)
    line.settle()
    assert line.journal.unacked == 0


def test_a_collector_that_refuses_everything_is_not_flooded():
    line = Line()
    connected(line)
    press_all(line.journal, 2)
    count = 0
    for _ in range(600):
        for batch in line.pump():
            count += 1
            line.ack(batch, seq=0, error="no", first_seq=batch.first_seq)
        line.ticks.pass_ms(1000)
    assert 4 < count < 20


def test_a_resend_command_brings_back_what_the_store_lost():
    line = Line()
    connected(line)
    press_all(line.journal, 10)
    line.settle()
    line.uplink.resend("ffffffff", 2)
    assert line.pump() == []
    line.uplink.resend(line.journal.id, 4)
    (batch,) = line.pump()
    assert batch.first_seq == 5 and len(batch.taps) == 6 and batch.acked == 4


def test_every_schedule_of_losses_ends_with_presses_equal_to_stored():
    for seed in range(12):
        dice = Dice(seed + 1)
        line = Line(a_journal())
        line.connect()
        for step in range(100):
            line.sent = []
            line.ticks.pass_ms(dice.below(20000))
            if dice.below(3) == 0:
                line.journal.append(1 + step % 4, 0, line.now_ms())
            if dice.below(12) == 0:
                line.uplink.lost()
                line.connect(step + 1)
            for message in line.pump():
                if dice.below(3) == 0:
                    continue  # lost on its way
                if hasattr(message, "taps"):
                    line.store(message)
                if dice.below(3):
                    line.ack(message)
        line.uplink.lost()
        line.connect(999)
        line.settle()
        assert line.journal.unacked == 0
        assert sorted(line.stored) == [(line.journal.id, seq + 1) for seq in range(line.journal.last_seq)]


def test_every_message_it_sends_is_one_that_the_wire_accepts():
    line = Line()
    press_all(line.journal, 200)
    connected(line)
    line.settle()
    for leaf, message in line.sent:
        assert codec.decode(leaf, codec.encode(leaf, message)) == message


def test_an_answer_that_told_no_time_is_met_with_a_fresh_birth_and_not_with_undated_taps():
    line = Line()
    press_all(line.journal, 3)
    line.connect()
    (birth,) = line.pump()
    line.ticks.pass_ms(90000)  # a collector starts, and answers the birth that the broker kept
    assert line.pump()[0].online
    line.ack(birth)
    assert not line.uplink.answered
    line.ticks.pass_ms(line.uplink.due_ms(line.now_ms()))
    (fresh,) = line.pump()
    line.ticks.pass_ms(30)
    line.ack(fresh)
    (batch,) = line.pump()
    assert batch.utc_ms is not None and len(batch.taps) == 3


def test_the_first_fresh_birth_goes_at_once_when_the_last_is_too_old_to_teach():
    line = Line()
    line.connect()
    (birth,) = line.pump()
    line.ticks.pass_ms(3000)
    assert line.pump() == []
    line.ack(birth)
    (fresh,) = line.pump()
    assert fresh.online and fresh.uptime_ms == 3000


def test_a_burst_of_old_answers_asks_once():
    line = Line()
    line.connect()
    births = []
    for _ in range(60):
        births += line.pump()
        line.ticks.pass_ms(1000)
    for birth in births:
        line.ack(birth)
    assert len(line.pump()) == 1
    for birth in births:
        line.ack(birth)
    assert line.pump() == [] and not line.uplink.answered


def drained_after_s(line, trip_ms, cut_every_ms=None):
    """Seconds until the first batch over a link with this round trip, or None within 10 minutes; and the births."""
    births, answers = 0, []
    line.connect()
    for at_ms in range(0, 600000, 100):
        if cut_every_ms and at_ms and at_ms % cut_every_ms == 0:
            answers = []
            line.uplink.lost()
            line.connect()
        for message in line.pump():
            if not hasattr(message, "online"):
                return at_ms // 1000, births
            births += 1
            answers.append((at_ms + trip_ms, message))
        while answers and answers[0][0] <= at_ms:
            line.ack(answers.pop(0)[1])
        line.ticks.pass_ms(100)
    return None, births


def test_a_link_slower_than_2_s_asks_for_the_time_a_few_times_and_then_drains_without():
    for trip_ms in (2100, 3000, 4900, 9000, 20000):
        line = Line()
        press_all(line.journal, 3)
        seconds, births = drained_after_s(line, trip_ms)
        assert seconds is not None and 20 < seconds < 150 and births <= 14, (trip_ms, seconds, births)
        assert line.batches()[0].utc_ms is None


def test_a_slow_link_that_is_cut_again_and_again_drains_nevertheless():
    line = Line()
    press_all(line.journal, 3)
    seconds, _ = drained_after_s(line, 3000, 5000)
    assert seconds is not None and seconds < 60


def test_a_kiosk_that_learned_the_time_drains_after_any_answer():
    line = Line()
    connected(line)
    line.uplink.lost()
    press_all(line.journal, 1)
    line.connect(8)
    (birth,) = line.pump()
    line.ticks.pass_ms(4000)
    line.ack(birth)
    (batch,) = line.pump()
    assert batch.utc_ms is not None


def test_births_of_a_long_wait_are_not_all_remembered():
    line = Line()
    line.connect()
    for _ in range(40):
        line.pump()
        line.ticks.pass_ms(300000)
    assert len(line.uplink._births) <= 8


def test_an_answer_tells_the_time_though_those_of_seven_later_messages_came_before():
    line = Line()
    connected(line)
    batches = []
    for _ in range(8):
        line.ticks.pass_ms(20)
        press_all(line.journal, 1)
        batches += line.pump()
        if len(batches) == 4:
            line.ack(batches[3], seq=4)
    assert len(batches) == 8
    utc_ms = NOW_UTC_MS + 3600000
    assert line.ack(batches[0], seq=1, utc_ms=utc_ms) == (90, utc_ms)
    for _ in range(40):
        line.ticks.pass_ms(1000)
        press_all(line.journal, 1)
        line.settle()
    assert len(line.uplink._asked) <= 8
