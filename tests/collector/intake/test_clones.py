"""Boards that speak as one kiosk: what they say differently under one number is kept, and no figure changes."""

from collector.care.verification import verify
from dashboard.troubles import NOTED_MS, troubles
from tests.collector.firmware import Firmware


def two_boards(site):
    """A kiosk with twenty settled taps, and a board that has a copy of its flash and even its unique id."""
    one = Firmware("lobby-1", site)
    one.press(20)
    one.settle()
    other = one.clone(seed=2)
    for board in (one, other):
        board.boot()
    return one, other


def test_two_boards_with_one_flash_that_speak_at_once_make_a_conflict_that_keeps_both(site):
    one, other = two_boards(site)
    for board, face in ((one, 4), (other, 1)):
        board.connect()
        board.hear(site.ingest.take([board.say()]))  # each is told of twenty
        board.press(3, (face,))
    for board in (one, other):
        board.hear(site.ingest.take([board.say()]))
    assert site.rows("SELECT seq, face FROM conflict ORDER BY seq") == [(21, 1), (22, 1), (23, 1)]
    assert site.rows("SELECT seq, face FROM tap WHERE seq > 20 ORDER BY seq") == [(21, 4), (22, 4), (23, 4)]
    assert site.mark(one.journal.id) == 23
    assert verify(site.engine).differences == [] and site.unaccounted() == []


def test_the_same_message_again_is_the_same_conflict(site):
    one, other = two_boards(site)
    for board, face in ((one, 4), (other, 1)):
        board.connect()
        board.hear(site.ingest.take([board.say()]))
        board.press(2, (face,))
    site.ingest.take([one.say()])
    late = other.say()
    for _ in range(3):
        site.ingest.take([late])
    assert site.value("SELECT count(*) FROM conflict") == 2


def test_a_board_whose_copy_is_behind_begins_a_journal_of_its_own_and_loses_nothing(site):
    one, other = two_boards(site)
    one.press(5)
    one.settle()
    other.press(3, (1,))
    other.settle()
    assert other.journal.id != one.journal.id
    assert site.value("SELECT count(*) FROM conflict") == 0
    assert site.value("SELECT count(*) FROM tap") == 28
    assert verify(site.engine).differences == []


def told(site, now_ms=None):
    """Whether the page of kiosks says that two boards speak as lobby-1."""
    with site.engine.connect() as connection:
        found = troubles(connection, now_ms=now_ms or site.now_ms, coarse=False)
    return found["lobby-1"].by_turns if "lobby-1" in found else False


def test_two_boards_that_speak_by_turns_with_a_journal_each_are_told_for_a_week(site):
    one, other = two_boards(site)
    one.press(5)
    one.settle()
    other.press(3, (1,))
    other.settle()
    assert not told(site)  # it may be the one board, with a new journal
    one.press(1)
    one.settle()
    assert told(site)
    assert not told(site, site.now_ms + NOTED_MS + 1)


def test_a_board_that_lost_its_flash_is_not_taken_for_two(site):
    one = Firmware("lobby-1", site)
    for seed in (2, 3):
        one.press(20)
        one.settle()
        one = Firmware("lobby-1", site, seed=seed)
    one.press(20)
    one.settle()
    assert site.value("SELECT count(*) FROM journal_mark") == 3 and not told(site)


def test_a_board_with_an_id_of_its_own_does_not_take_the_copied_journal_for_its_own(site):
    one = Firmware("lobby-1", site)
    one.press(20)
    one.settle()
    other = one.clone(seed=3, board="c1b3e2")
    for board in (one, other):
        board.press(4)
        board.settle()
    assert other.journal.id != one.journal.id
    assert site.value("SELECT count(*) FROM conflict") == 0
    assert site.value("SELECT count(*) FROM tap") == 28


def test_a_board_that_was_another_kiosk_tells_none_of_its_taps_again(site):
    one = Firmware("lobby-1", site)
    one.press(200)
    one.settle()
    days = site.counts()["days"]
    two = Firmware("lobby-2", site, one.files, seed=5)
    two.settle()
    assert site.value("SELECT count(*) FROM tap") == 200 and site.counts()["days"] == days
    assert two.journal.id != one.journal.id and two.asked_again == []
    two.press(30)
    two.settle()
    assert site.value("SELECT count(*) FROM tap") == 230
    assert verify(site.engine).differences == [] and site.unaccounted() == []
