"""The watchdog is fed while every task is alive, and no longer."""

from kiosk.vigil import LONGEST_MS, Vigil

from tests.kiosk.test_counter import no_network, run, until


class Watchdog:
    fed = 0

    def feed(self):
        self.fed += 1


def test_it_is_fed_at_each_round_in_which_every_task_has_shown_itself():
    watchdog = Watchdog()
    vigil = Vigil(watchdog.feed, 0)
    for now_ms in range(0, 600000, 2000):
        for task in LONGEST_MS:
            vigil.alive(task, now_ms)
        assert vigil.keep(now_ms) is None
    assert watchdog.fed == 300


def test_one_silent_task_is_named_and_starves_it_however_lively_the_others_are():
    for dead in LONGEST_MS:
        watchdog = Watchdog()
        vigil = Vigil(watchdog.feed, 0)
        for now_ms in range(0, LONGEST_MS[dead] + 1, 1000):
            for task in LONGEST_MS:
                if task != dead:
                    vigil.alive(task, now_ms)
            assert vigil.keep(now_ms) is None
        fed = watchdog.fed
        for task in LONGEST_MS:
            if task != dead:
                vigil.alive(task, LONGEST_MS[dead] + 1)
        assert vigil.keep(LONGEST_MS[dead] + 1) == dead and watchdog.fed == fed


def test_a_finger_is_missed_sooner_than_a_network():
    assert LONGEST_MS == {"count": 6_000, "shine": 6_000, "tell": 120_000}


def test_a_task_that_has_never_shown_itself_is_silent_too():
    watchdog = Watchdog()
    vigil = Vigil(watchdog.feed, 5000)
    assert vigil.keep(5000 + min(LONGEST_MS.values())) is None
    assert vigil.keep(5001 + min(LONGEST_MS.values())) is not None


def test_a_running_kiosk_without_a_network_shows_every_task():
    async def play(board, counter):
        seen = dict(counter.vigil._seen_ms)
        await until(lambda: all(counter.vigil._seen_ms[task] > seen[task] for task in LONGEST_MS), 10)
        fed = board.fed
        await until(lambda: board.fed > fed + 3)

    run(no_network, play)
