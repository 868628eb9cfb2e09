"""Deliveries in, rows and answers out, on the real database."""

import gc

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from collector.database import store
from collector.intake import quarantine
from collector.registration import registry, retirement
from collector.verdict.policy import Verdict
from tests.collector.site import JOURNAL, NOW_MS, birth, gone, taps
from wire.messages import MAX_SEQ, Ack

OTHER_FACES = [1, 2, 3, 4, 4]


def acks(replies):
    return [message for leaf, message in replies if leaf == "ack"]


def test_a_tap_is_stored_counted_on_its_day_and_acked(site):
    replies = site.take(taps(1, [4], uptime_ms=10_000))
    assert replies == [("ack", Ack(JOURNAL, 1, 10_000, NOW_MS, None, None))]
    assert site.rows("SELECT face_1, face_2, face_3, face_4, day FROM tap_day") == [(0, 0, 0, 1, "2026-09-21")]
    assert site.recounted()["days"] == site.counts()["days"]


def test_a_message_taken_twice_and_then_with_an_overlap_counts_once(site):
    for batch in (taps(1, OTHER_FACES), taps(1, OTHER_FACES), taps(3, [3, 4, 4, 2])):
        site.take(batch)
    assert site.value("SELECT count(*) FROM tap") == 6
    assert site.value("SELECT face_1 + face_2 + face_3 + face_4 FROM tap_day") == 6
    assert site.mark() == 6
    assert site.value("SELECT count(*) FROM conflict") == 0


def test_a_message_twice_in_one_transaction_counts_once_and_is_acked_once(site):
    replies = site.take(taps(1, OTHER_FACES), taps(1, OTHER_FACES))
    assert [ack.seq for ack in acks(replies)] == [5]
    assert site.value("SELECT count(*) FROM tap") == 5


def test_taps_beyond_a_gap_wait_undecided_and_are_decided_when_it_closes(site):
    assert [ack.seq for ack in acks(site.take(taps(3, [4, 4])))] == [0]
    assert site.rows("SELECT seq, verdict FROM tap ORDER BY 1") == [(3, None), (4, None)]
    assert site.counts()["days"] == []
    assert [ack.seq for ack in acks(site.take(taps(1, [1, 1])))] == [4]
    assert site.rows("SELECT seq, verdict FROM tap ORDER BY 1") == [(seq, Verdict.COUNTED) for seq in (1, 2, 3, 4)]


def test_seqs_the_kiosk_no_longer_holds_are_a_hole_and_the_mark_passes_them(site):
    assert [ack.seq for ack in acks(site.take(taps(11, [4], held=11)))] == [11]
    assert site.rows("SELECT from_seq, to_seq, reason FROM hole") == [(1, 10, "not_held")]
    assert site.value("SELECT missing FROM journal_mark") == 10


def test_a_hole_ends_where_something_is_stored(site):
    site.take(taps(4, [4]))
    site.take(taps(9, [4], held=9))
    assert site.rows("SELECT from_seq, to_seq FROM hole") == [(1, 3), (5, 8)]
    assert site.mark() == 9


def test_a_tap_that_turns_up_in_a_hole_is_counted_and_the_hole_shrinks(site):
    site.take(taps(11, [4], held=11))
    site.take(taps(5, [1]))
    assert site.rows("SELECT from_seq, to_seq FROM hole") == [(1, 4), (6, 10)]
    assert site.value("SELECT missing FROM journal_mark") == 9
    assert site.recounted()["days"] == site.counts()["days"]
    assert site.rows("SELECT face_1, face_4 FROM tap_day") == [(1, 1)]


def test_an_unreadable_tap_moves_the_mark_and_counts_as_missing(site):
    site.take(taps(1, [4, 0, 4]))
    assert site.mark() == 3
    assert site.rows("SELECT from_seq, to_seq, reason FROM hole") == [(2, 2, "unreadable")]
    assert site.rows("SELECT face_4, aside_interval FROM tap_day") == [(2, 0)]


def test_an_unreadable_copy_yields_to_what_is_stored(site):
    site.take(taps(1, [4]))
    site.take(taps(1, [0]))
    assert site.rows("SELECT face FROM tap") == [(4,)]
    assert site.value("SELECT missing FROM journal_mark") == 0


def test_an_exact_copy_replaces_a_thinned_one_without_counting_twice(site):
    site.take(taps(1, [(4, 6000, 2)]))
    site.take(taps(1, [(4, 7000, 0)]))
    assert site.rows("SELECT uptime_ms, width_ms FROM tap") == [(7000, 0)]
    assert site.rows("SELECT face_4 FROM tap_day") == [(1,)]


def test_a_thinned_copy_within_its_span_is_a_duplicate(site):
    site.take(taps(1, [(4, 7000, 0)]))
    site.take(taps(1, [(4, 6000, 2)]))
    assert site.value("SELECT count(*) FROM conflict") == 0
    assert site.value("SELECT uptime_ms FROM tap") == 7000


@pytest.mark.parametrize("other", [(1, 6000, 0), (4, 6001, 0), (4, 70_001, 2)])
def test_another_tap_under_the_same_key_is_kept_as_one_conflict_and_changes_no_number(site, other):
    site.take(taps(1, [(4, 6000, 0)]))
    before = site.counts()
    for _ in range(2):
        assert [ack.seq for ack in acks(site.take(taps(1, [other])))] == [1]
    assert site.rows("SELECT seq, boot, uptime_ms, face FROM conflict") == [(1, 1, other[1], other[0])]
    assert site.counts() == before


def test_presses_within_the_response_interval_are_set_aside(site):
    site.take(taps(1, [(4, 0, 0), (4, 4999, 0), (1, 5000, 0), (4, 9999, 0), (2, 10_000, 1)]))
    verdicts = [v for (v,) in site.rows("SELECT verdict FROM tap ORDER BY seq")]
    assert verdicts == [Verdict.COUNTED, Verdict.INTERVAL, Verdict.COUNTED, Verdict.INTERVAL, Verdict.TEST]
    assert site.rows("SELECT face_1, face_4, aside_interval, aside_test FROM tap_day") == [(1, 1, 2, 1)]


def test_the_response_interval_holds_across_transactions_and_boots(site):
    site.take(taps(1, [(4, 1000, 0)]))
    site.take(taps(2, [(4, 3000, 0)], boot=1))
    site.take(taps(3, [(4, 0, 0)], boot=2, utc_ms=NOW_MS + 5999))
    site.take(taps(4, [(4, 0, 0)], boot=3, utc_ms=NOW_MS + 6000))
    verdicts = [v for (v,) in site.rows("SELECT verdict FROM tap ORDER BY seq")]
    assert verdicts == [Verdict.COUNTED, Verdict.INTERVAL, Verdict.INTERVAL, Verdict.COUNTED]


def test_of_two_taps_found_again_at_once_each_is_decided_by_those_before_it(site):
    site.take(taps(1, [4, 0, 4, 0, 4]))
    site.take(taps(1, [4, 3, 4, 2, 4]))
    assert [v for (v,) in site.rows("SELECT verdict FROM tap ORDER BY seq")] == [Verdict.COUNTED] * 5
    assert site.rows("SELECT face_2, face_3, face_4 FROM tap_day") == [(1, 1, 3)]


def test_after_a_tap_found_again_the_interval_still_runs_from_the_last_one_counted(site):
    site.take(taps(1, [4, 0, 4, 4]))
    site.take(taps(2, [4]))
    site.take(taps(5, [(4, 26_000, 0)]))  # the fourth was at 24 s
    assert site.value("SELECT verdict FROM tap WHERE seq = 5") == Verdict.INTERVAL


def test_the_response_interval_holds_across_the_journals_of_a_kiosk(site):
    site.take(taps(1, [(4, 0, 0)]))
    site.take(taps(1, [(4, 0, 0), (4, 0, 0)], journal="0000000b", utc_ms=NOW_MS + 4999))
    site.take(taps(3, [(4, 1, 0)], journal="0000000b", utc_ms=NOW_MS + 4999))
    site.take(taps(1, [(4, 0, 0)], journal="0000000c", utc_ms=NOW_MS + 9000, kiosk="lobby-2"))
    rows = site.rows("SELECT journal, verdict FROM tap JOIN journal_mark ON id = journal_id ORDER BY journal_id, seq")
    assert rows == [
        (JOURNAL, Verdict.COUNTED),
        ("0000000b", Verdict.INTERVAL),
        ("0000000b", Verdict.INTERVAL),
        ("0000000b", Verdict.COUNTED),
        ("0000000c", Verdict.COUNTED),
    ]


def test_a_new_journal_whose_first_tap_is_found_again_begins_as_it_did(site):
    site.take(taps(1, [(4, 0, 0)]))
    site.take(birth(journal="0000000b", session=2))
    site.take(taps(1, [(0, 0, 0), (4, 9000, 0)], journal="0000000b", utc_ms=NOW_MS + 3000))
    site.take(taps(2, [(4, 60_000, 0)]))
    site.take(taps(1, [(4, 0, 0)], journal="0000000b", utc_ms=NOW_MS + 3000))
    of_b = "FROM tap JOIN journal_mark ON id = journal_id WHERE journal = '0000000b'"
    assert site.rows(f"SELECT verdict {of_b} ORDER BY seq") == [(Verdict.INTERVAL,), (Verdict.COUNTED,)]


def test_two_journals_in_one_transaction_follow_each_other_as_well(site):
    site.take(birth())
    site.take(taps(1, [(4, 0, 0)]), taps(1, [(4, 0, 0)], journal="0000000b", utc_ms=NOW_MS + 4999))
    assert site.rows("SELECT verdict FROM tap ORDER BY journal_id") == [(Verdict.COUNTED,), (Verdict.INTERVAL,)]


def test_a_kiosk_that_stands_nowhere_has_its_taps_set_aside(site):
    registry.place_kiosk(site.engine, "lobby-1", None, NOW_MS)
    replies = site.take(taps(1, [4, 4], utc_ms=NOW_MS - 6001))
    assert [ack.seq for ack in acks(replies)] == [2]
    assert site.rows("SELECT verdict, service_point_id FROM tap") == [(Verdict.COUNTED, 1), (Verdict.UNPLACED, None)]
    assert site.value("SELECT unplaced FROM journal_mark") == 1


def test_a_tap_found_again_where_the_kiosk_stood_nowhere_is_one_more_of_those(site):
    registry.place_kiosk(site.engine, "lobby-1", None, NOW_MS)
    site.take(taps(1, [4, 0, 4]))
    assert site.value("SELECT unplaced FROM journal_mark") == 2
    site.take(taps(1, [4, 4, 4]))
    site.take(taps(1, [4, 4, 4]))
    assert site.value("SELECT unplaced FROM journal_mark") == 3


def test_a_tap_whose_better_copy_says_where_it_was_is_unplaced_no_more(site):
    registry.place_kiosk(site.engine, "lobby-1", "hall", NOW_MS)
    site.take(taps(1, [(4, 0, 2)], utc_ms=None, bounds=(NOW_MS - 1, NOW_MS + 1)))
    assert site.value("SELECT unplaced FROM journal_mark") == 1
    site.take(taps(1, [(4, 0, 0)]))
    assert site.value("SELECT unplaced FROM journal_mark") == 0
    assert site.counts()["days"] == site.recounted()["days"]


def test_a_kiosk_that_was_moved_keeps_its_history_where_it_stood(site):
    site.take(taps(1, [4]))
    registry.place_kiosk(site.engine, "lobby-1", "hall", NOW_MS + 10_000)
    site.take(taps(2, [(4, 9_999, 0), (4, 20_000, 0)]))
    assert site.rows("SELECT seq, service_point_id FROM tap") == [(1, 1), (2, 1), (3, 2)]


def test_taps_stand_under_the_question_that_was_asked_then(site):
    registry.ask(site.engine, "door", {"fi": "Miten meni?"}, NOW_MS + 60_000)
    registry.ask(site.engine, "door", {"fi": "Entä nyt?"}, NOW_MS + 120_000)
    site.take(taps(1, [(4, 0, 0), (4, 60_000, 0), (4, 120_000, 0)]))
    assert site.rows("SELECT question_id, face_4 FROM tap_day ORDER BY 1") == [(0, 1), (1, 1), (2, 1)]


def test_a_store_that_went_back_asks_for_what_it_lacks(site):
    site.take(taps(1, [4, 4]))
    replies = site.take(taps(8, [4], acked=7))
    (ack,), (command,) = acks(replies), [m for leaf, m in replies if leaf == "command"]
    assert ack.seq == 2
    assert (command.action, command.journal, command.seq) == ("resend", JOURNAL, 2)
    assert command.expires_ms == NOW_MS + 600_000
    assert [leaf for leaf, _ in site.take(taps(3, [4] * 5, acked=2))] == ["ack"]
    assert site.mark() == 8


def test_batches_that_are_above_the_mark_again_and_again_do_not_flood_the_kiosk(site):
    def resends(*deliveries):
        return [message.seq for leaf, message in site.take(*deliveries) if leaf == "command"]

    site.take(taps(1, [4, 4]))
    assert resends(taps(8, [4], acked=7), taps(9, [4], acked=7)) == [2]
    for second in range(1, 100):
        site.now_ms += 100
        assert resends(taps(9 + second, [4], acked=8)) == []
    assert resends(taps(8, [4], acked=7, journal="0000000b")) == [0]  # another journal is another matter
    site.now_ms += 20_000  # the command was lost: it is sent again
    assert resends(taps(8, [4], acked=7)) == [2]


def test_a_birth_is_answered_with_the_mark_the_time_and_the_config_where_it_differs(site):
    site.take(taps(1, [4, 4]))
    assert site.take(birth(uptime_ms=777, acked=2, last_seq=2)) == [("ack", Ack(JOURNAL, 2, 777, NOW_MS, None, None))]
    registry.configure_kiosk(site.engine, "lobby-1", 40, 120, "stable")
    (_, (leaf, config)) = site.take(birth(config_version=1))
    assert (leaf, config.version, config.idle_light, config.health_s) == ("config", 2, 40, 120)


def test_a_birth_above_the_mark_is_asked_to_send_again(site):
    replies = site.take(birth(acked=40, last_seq=41, held=1))
    assert [(leaf, message.seq) for leaf, message in replies] == [("ack", 0), ("command", 0)]


def test_a_will_counts_only_for_the_session_that_was_born_last(site):
    site.take(birth(session=1))
    site.take(birth(session=2))
    site.take(gone(1))
    assert site.value("SELECT online FROM kiosk_state") == 1
    site.take(gone(2))
    assert site.value("SELECT online FROM kiosk_state") == 0


def test_a_retained_birth_is_answered_but_is_no_sign_of_life(site):
    topic, payload = birth(session=5)
    assert [leaf for leaf, _ in site.take((topic, payload, True))] == ["ack"]
    assert site.rows("SELECT online, last_seen_utc_ms FROM kiosk_state") == [(1, None)]
    site.take(birth(session=6, boot=2))
    site.take((topic, payload, True))
    assert site.value("SELECT session FROM kiosk_state") == 6


def test_a_retained_birth_counts_whose_session_was_drawn_lower_than_the_one_before(site):
    """The collector was away when the kiosk connected again."""
    site.take(birth(session=2_000_000_000))
    site.take(gone(2_000_000_000))
    site.take((*birth(session=7), True))
    assert site.rows("SELECT online, session FROM kiosk_state") == [(1, 7)]


def test_backlog_is_what_the_kiosk_counted_above_the_mark(site):
    site.take(birth(last_seq=10))
    site.take(taps(1, [4] * 4))
    assert site.rows("SELECT last_seq, backlog, last_seen_utc_ms FROM kiosk_state") == [(10, 6, NOW_MS)]


GOOD = taps(1, [4])[1]
BAD = [
    (GOOD.replace(JOURNAL.encode(), b"9F3C1A2z"), "out_of_range"),
    (GOOD.replace(b"[[4,", b"[[5,"), "out_of_range"),
    (GOOD.replace(b'"s":1', b'"s":1099511627776'), "out_of_range"),
    (GOOD.replace(b"9f3c", b"\xff\xfe\xc3\x28"), "not_json"),
    (b" " * (3 << 20), "too_long"),
    (GOOD.replace(b"6000", b"NaN"), "not_json"),
    (GOOD.replace(b"6000", b"1e3"), "not_json"),
    (b"", "not_json"),
    (b"[" * 2000, "not_json"),
]


@pytest.mark.parametrize(("payload", "reason"), BAD)
def test_a_bad_message_is_quarantined_by_name_and_blocks_nothing(site, payload, reason):
    topic = "hymio/1/lobby-1/taps"
    replies = site.take((topic, payload), taps(1, [4], kiosk="lobby-2"), taps(1, [4]))
    assert site.rows("SELECT kiosk, topic, reason, size FROM quarantine") == [("lobby-1", topic, reason, len(payload))]
    assert site.value("SELECT length(payload) FROM quarantine") <= 2048
    assert [(m.seq, m.error) for m in acks(replies) if m.error is None] == [(1, None), (1, None)]
    assert site.value("SELECT count(*) FROM tap") == 2


def test_a_batch_refused_is_answered_with_the_reason_and_its_first_seq(site):
    site.take(taps(1, [4]))
    (ack,) = acks(site.take(("hymio/1/lobby-1/taps", taps(2, [4])[1].replace(b"[[4,", b"[[9,"))))
    assert (ack.journal, ack.seq, ack.first_seq) == (JOURNAL, 1, 2)
    assert ack.error.startswith("out_of_range: t[0][0] is 9")


def test_what_cannot_be_read_at_all_is_answered_for_the_journal_last_born(site):
    site.take(birth())
    (ack,) = acks(site.take(("hymio/1/lobby-1/taps", b"nonsense")))
    assert (ack.journal, ack.seq, ack.uptime_ms, ack.first_seq) == (JOURNAL, 0, 0, None)
    assert acks(site.take(("hymio/1/lobby-2/taps", b"nonsense"))) == []


@pytest.mark.parametrize(
    ("topic", "reason", "kiosk"),
    [
        ("hymio/1/stranger/taps", "unknown_kiosk", None),
        ("hymio/2/lobby-1/taps", "unknown_topic", None),
        ("hymio/1/lobby-1/ack", "unknown_topic", "lobby-1"),
        ("hymio/1/UPPER/taps", "unknown_topic", None),
        ("\0" * 5000, "unknown_topic", None),
    ],
)
def test_a_topic_that_is_nobodys_is_quarantined_and_not_answered(site, topic, reason, kiosk):
    assert site.take((topic, GOOD)) == []
    assert site.rows("SELECT reason, kiosk FROM quarantine") == [(reason, kiosk)]


def test_a_retired_kiosk_is_not_believed(site):
    retirement.retire(site.engine, "lobby-1", NOW_MS)
    assert site.take(taps(1, [4])) == []
    assert site.rows("SELECT reason, kiosk FROM quarantine") == [("retired_kiosk", "lobby-1")]


def test_what_lies_at_the_broker_of_a_kiosk_that_is_there_no_more_is_no_trouble(site):
    """It comes again whenever the collector connects, and for ever."""
    site.take(birth())
    retirement.retire(site.engine, "lobby-1", NOW_MS)
    for name in ("lobby-1", "stranger"):
        for said in (birth(kiosk=name), gone(1, kiosk=name), (f"hymio/1/{name}/state", b"?")):
            assert site.take((*said, True)) == []
    assert site.take(gone(1)) == []  # the broker says it when the account ends
    assert site.rows("SELECT reason FROM quarantine") == []
    site.take(birth())
    site.take(birth(kiosk="stranger"))
    assert site.rows("SELECT reason FROM quarantine ORDER BY 1") == [("retired_kiosk",), ("unknown_kiosk",)]


def test_quarantine_keeps_the_newest_of_each_kiosk(site):
    bad = [("hymio/1/lobby-1/taps", b"%d" % i) for i in range(quarantine.KEPT // 2 + 1)]
    for _ in range(3):
        site.take(*bad, ("hymio/1/lobby-2/taps", b"x"))
    assert site.rows("SELECT kiosk, count(*) FROM quarantine GROUP BY 1") == [
        ("lobby-1", quarantine.KEPT),
        ("lobby-2", 3),
    ]


def test_taking_a_retained_birth_back_is_no_bad_message(site):
    assert site.take(("hymio/1/lobby-1/state", b"")) == []
    assert site.value("SELECT count(*) FROM quarantine") == 0


def test_the_extremes_of_the_wire_are_stored_and_their_time_is_not_believed(site):
    far = 9_007_199_254_740_991
    replies = site.take(taps(MAX_SEQ, [(4, far, 0)], held=MAX_SEQ, boot=MAX_SEQ))
    assert [ack.seq for ack in acks(replies)] == [MAX_SEQ]
    assert site.rows("SELECT utc_ms, day FROM tap") == [(None, "2026-09-21")]
    assert site.value("SELECT missing FROM journal_mark") == MAX_SEQ - 1


def test_what_is_not_kept_of_a_flood_is_counted(site):
    site.take(*[("hymio/1/lobby-1/taps", b"%d" % n) for n in range(quarantine.AT_ONCE + 7)])
    site.take(("hymio/1/stranger/taps", b"x"))
    assert site.rows("SELECT kiosk, rows, bytes, forgotten FROM quarantine_tally ORDER BY 1") == [
        ("", 1, 1, 0),
        ("lobby-1", quarantine.AT_ONCE, sum(len(b"%d" % n) for n in range(7, quarantine.AT_ONCE + 7)), 7),
    ]


def test_quarantine_keeps_no_more_bytes_of_a_kiosk_than_it_may(site):
    whole = quarantine.KEPT_BYTES // 2048 + 60
    for _ in range(whole // 20):
        site.take(*[("hymio/1/lobby-1/taps", b"x" * 2048)] * 20)
    rows, kept, forgotten = site.rows("SELECT rows, bytes, forgotten FROM quarantine_tally")[0]
    assert kept <= quarantine.KEPT_BYTES and rows + forgotten == whole // 20 * 20
    assert site.rows("SELECT count(*), sum(length(payload)) FROM quarantine") == [(rows, kept)]


def test_when_quarantine_is_too_much_in_all_whoever_has_most_there_gives_up_its_oldest(site, monkeypatch):
    monkeypatch.setattr(quarantine, "KEPT_IN_ALL", 250)
    for n in range(3):
        site.take(*[("hymio/1/lobby-1/taps", b"loud%d" % n)] * 100)
    site.take(("hymio/1/gate/taps", b"x"), *[("hymio/1/stranger/taps", b"y")] * 100)
    held = dict(site.rows("SELECT kiosk, rows FROM quarantine_tally"))
    assert held["gate"] == 1 and held[""] == 100 and sum(held.values()) <= 250
    assert site.value("SELECT count(*) FROM quarantine") == sum(held.values())
    assert site.value("SELECT payload FROM quarantine WHERE kiosk = 'lobby-1' ORDER BY id LIMIT 1")[:5] != b"loud0"


def test_garbage_is_collected_again_after_a_transaction_however_it_ends(site):
    site.take(taps(1, [4]))
    assert gc.isenabled()
    with store.writing(site.engine) as connection:
        connection.execute(text("ALTER TABLE placement RENAME TO elsewhere"))
    with pytest.raises(DatabaseError):
        site.take(taps(2, [4]))
    assert gc.isenabled()
