"""Guesses get slower; the administrator does not get locked out."""

from dashboard.throttle import FORGET_MS, FREE_TRIES, LONGEST_MS, MOST_KEYS, Throttle

NAME, ADDRESS = ("name", "admin"), ("address", "192.0.2.1")


def tries(throttle: Throttle, keys, number: int, now_ms: int = 0) -> int:
    wait = 0
    for _ in range(number):
        wait = throttle.try_now(keys, now_ms)
    return wait


def test_a_few_mistakes_cost_nothing():
    assert tries(Throttle(), [NAME], FREE_TRIES["name"]) == 0


def test_after_them_each_guess_waits_longer():
    throttle, now, waits = Throttle(), 0, []
    tries(throttle, [NAME], FREE_TRIES["name"])
    for _ in range(4):
        waits.append(throttle.try_now([NAME], now))
        now += waits[-1]
        assert throttle.try_now([NAME], now) == 0
    assert waits == [1000, 2000, 4000, 8000]


def test_a_name_never_waits_long_and_an_address_may():
    throttle, now = Throttle(), 0
    for _ in range(60):
        now += throttle.try_now([NAME, ADDRESS], now)
    assert throttle.try_now([NAME], now) <= LONGEST_MS["name"]
    assert LONGEST_MS["name"] < throttle.try_now([ADDRESS], now) <= LONGEST_MS["address"]


def test_the_right_password_clears_the_slate():
    throttle = Throttle()
    tries(throttle, [NAME], 9)
    throttle.forgive([NAME])
    assert throttle.try_now([NAME], 0) == 0


def test_memory_is_bounded_and_old_tries_are_forgotten():
    throttle = Throttle()
    for n in range(MOST_KEYS + 50):
        throttle.try_now([("address", str(n))], 0)
    assert len(throttle._tries) <= MOST_KEYS + 1
    throttle.try_now([ADDRESS], FORGET_MS + 1)
    assert len(throttle._tries) == 1
