"""Guesses get slower; whoever knows the password does not get locked out."""

from dashboard.throttle import FORGET_MS, FREE_TRIES, LONGEST_MS, MOST_KEYS, Throttle, keys_of

KEYS = keys_of("admin", "192.0.2.1")
PAIR, ADDRESS = KEYS


def fail(throttle: Throttle, keys, times: int, now_ms: int = 0) -> int:
    """The wait after so many failures."""
    for _ in range(times):
        throttle.failed(keys, now_ms)
    return throttle.wait_ms(keys, now_ms)


def test_a_few_mistakes_cost_nothing():
    assert fail(Throttle(), [PAIR], FREE_TRIES["pair"] - 1) == 0
    assert fail(Throttle(), [ADDRESS], FREE_TRIES["address"] - 1) == 0


def test_after_them_each_guess_waits_longer():
    throttle, now, waits = Throttle(), 0, []
    fail(throttle, [PAIR], FREE_TRIES["pair"] - 1)
    for _ in range(4):
        waits.append(fail(throttle, [PAIR], 1, now))
        now += waits[-1]
        assert throttle.wait_ms([PAIR], now - 1) == 1
        assert throttle.wait_ms([PAIR], now) == 0
    assert waits == [1000, 2000, 4000, 8000]


def test_a_name_never_waits_long_and_an_address_may():
    throttle, now = Throttle(), 0
    for _ in range(60):
        now += fail(throttle, KEYS, 1, now)
    assert throttle.wait_ms([PAIR], now - 1) <= LONGEST_MS["pair"]
    assert fail(throttle, [ADDRESS], 1, now) == LONGEST_MS["address"]


def test_asking_counts_nothing():
    throttle = Throttle()
    for _ in range(50):
        assert throttle.wait_ms(KEYS, 0) == 0


def test_guesses_from_one_address_slow_nobody_elsewhere():
    throttle = Throttle()
    assert fail(throttle, KEYS, 50) > 0
    assert throttle.wait_ms(keys_of("admin", "192.0.2.2"), 0) == 0


def test_the_right_password_clears_the_slate():
    throttle = Throttle()
    fail(throttle, [PAIR], 9)
    throttle.forgive([PAIR])
    assert throttle.wait_ms([PAIR], 0) == 0


def test_memory_is_bounded_and_old_failures_are_forgotten():
    throttle = Throttle()
    for n in range(MOST_KEYS + 50):
        throttle.failed([("address", str(n))], 0)
    assert len(throttle._failures) <= MOST_KEYS + 1
    throttle.failed([ADDRESS], FORGET_MS + 1)
    assert len(throttle._failures) == 1
