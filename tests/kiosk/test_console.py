"""What a technician types over USB, and what the kiosk says."""

import asyncio

from board.keyboard import listen
from kiosk.console import Console

from tests.kiosk.test_counter import SETUP, Broker, finger, no_network, run, until

HEAP = "320K"  # each line that is typed compiles the console anew, which on a board comes compiled


def ask(board, counter, line):
    """What is said to one line."""
    before = len(board.logged)
    Console(counter).obey(line)
    return board.logged[before:]


def test_status_says_what_a_technician_looks_for_and_no_secret():
    async def play(board, counter):
        await finger(board, 2)
        await until(lambda: counter.journal.last_seq == 1 and counter.conversation.said)
        said = "\n".join(ask(board, counter, "status"))
        assert "kiosk lobby-1, version " in said
        assert "journal %s: 1 taps, 1 not yet stored" % counter.journal.id in said
        assert "not connected to the broker" in said and "last trouble: no connection: 113" in said
        assert "stuck buttons: none" in said and "the time is not known" in said and "test mode is off" in said
        assert SETUP.secret not in said

    run(no_network, play)


def test_status_of_a_kiosk_that_is_connected():
    async def play(board, counter):
        await finger(board, 2)
        await until(lambda: counter.journal.unacked == 0 and counter.journal.last_seq == 1)
        said = "\n".join(ask(board, counter, " STATUS "))
        assert "1 taps, 0 not yet stored" in said and "\nconnected to the broker" in said
        assert "the time is from " in said

    run(Broker, play)


def test_a_tap_in_test_mode_is_marked_and_one_after_it_is_not():
    async def play(board, counter):
        assert ask(board, counter, "test on") == ["test mode for 600 s: taps are kept and do not count"]
        await finger(board, 1)
        await until(lambda: counter.journal.last_seq == 1)
        assert ask(board, counter, "test off") == ["test mode is off: taps count"]
        await finger(board, 1)
        await until(lambda: counter.journal.last_seq == 2)
        assert [flags & 1 for _, _, flags in counter.journal.batch(1, 2).taps] == [1, 0]

    run(no_network, play)


def test_minutes_are_one_to_sixty_and_what_is_wrong_changes_nothing():
    async def play(board, counter):
        for minutes in (1, 60):
            assert ask(board, counter, "test on %d" % minutes)[0].startswith("test mode for %d s" % (minutes * 60))
        ask(board, counter, "test off")
        for wrong in ("test on 0", "test on 61", "test on 99999999999999999999"):
            assert ask(board, counter, wrong) == ["the minutes of a test are 1 to 60"]
        for wrong in ("test", "test on x", "test on 5 5", "test on -5", "test maybe"):
            assert ask(board, counter, wrong)[0].startswith("status | test on")
        assert not counter.taps.testing(counter.clock.uptime_ms())

    run(no_network, play)


def test_any_other_line_is_answered_with_what_can_be_asked_and_an_empty_one_with_nothing():
    async def play(board, counter):
        assert ask(board, counter, "hello") == ["status | test on [minutes] | test off | identify"]
        assert ask(board, counter, "   ") == []

    run(no_network, play)


def test_identify_runs_the_lights():
    async def play(board, counter):
        assert ask(board, counter, "identify") == ["the lights run for 10 s"]
        seen = set()
        await until(lambda: seen.add(tuple(board.levels.values())) or len(seen) > 3)

    run(no_network, play)


def test_a_line_that_meets_a_fault_is_answered_by_one_sentence_and_ends_nothing():
    async def play(board, counter):
        counter.clock.uptime_ms, real = Fault(OSError(5)), counter.clock.uptime_ms
        before = len(board.logged)
        counter.typed("status")
        counter.clock.uptime_ms = real
        assert len(board.logged) == before + 1 and board.logged[-1].startswith("a fault in the program: OSError(5")
        counter.typed("status")
        assert "kiosk lobby-1" in "\n".join(board.logged[before:])

    run(no_network, play)


def test_lines_that_find_no_memory_are_told_once_there_is_some_and_the_next_is_taken():
    said, paused, lines = [], [], ["a", None, "sentence", "b", EOFError]

    async def take():
        line = lines.pop(0)
        if line == "sentence":
            lines.insert(0, "no more")
        if line in (None, "sentence"):
            raise MemoryError
        if line is EOFError:
            raise EOFError
        said.append(line)

    async def pause(ms):
        paused.append(ms)

    def log(sentence):
        if len(paused) == 1:
            raise MemoryError  # not even for that
        said.append(sentence)

    try:
        asyncio.run(listen(take, pause, log))
        raise AssertionError("it ended")
    except EOFError:
        pass
    told = "the memory was full: type it again"
    assert said == ["a", told, told, "no more", "b"] and len(paused) == 3


class Fault:
    """Raises what it was given, whatever it is asked."""

    def __init__(self, error):
        self.error = error

    def __call__(self, *_):
        raise self.error
