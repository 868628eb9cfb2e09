"""Uptime from a counter that wraps, UTC from answers."""

from kiosk.clock import Clock

from tests.kiosk.desk import NOW_UTC_MS, Ticks


def a_clock(period=1 << 30, start=0):
    ticks = Ticks(period, start)
    return ticks, Clock(ticks.read, ticks.diff)


def test_uptime_goes_on_over_many_wraps():
    ticks, clock = a_clock(1000, 990)
    for _ in range(100):
        ticks.pass_ms(400)
        clock.uptime_ms()
    assert clock.uptime_ms() == 40000


def test_an_edge_before_a_wrap_has_its_own_uptime():
    ticks, clock = a_clock(1000, 900)
    ticks.pass_ms(90)
    edge = ticks.read()
    ticks.pass_ms(30)
    assert ticks.read() < edge
    assert clock.uptime_of(edge) == 90


def test_utc_is_unknown_until_an_answer_says_it():
    ticks, clock = a_clock()
    ticks.pass_ms(5000)
    assert clock.utc_at(5000) is None
    assert clock.learn(4900, NOW_UTC_MS, 5000) == (4950, NOW_UTC_MS)
    assert clock.utc_at(5950) == NOW_UTC_MS + 1000
    assert clock.source == "server"


def test_an_answer_that_took_2_s_does_not_say_the_time():
    _, clock = a_clock()
    assert clock.learn(1000, NOW_UTC_MS, 3000) is None
    assert clock.learn(3000, NOW_UTC_MS, 2999) is None
    assert clock.utc_at(3000) is None


def test_an_anchor_is_journalled_after_an_hour_or_a_second_off_and_not_else():
    _, clock = a_clock()
    assert clock.learn(0, NOW_UTC_MS, 0)
    assert clock.learn(60000, NOW_UTC_MS + 60900, 60000) is None
    assert clock.learn(60000, NOW_UTC_MS + 61001, 60000) == (60000, NOW_UTC_MS + 61001)
    assert clock.learn(3659999, NOW_UTC_MS + 3660999, 3659999) is None
    assert clock.learn(3660000, NOW_UTC_MS + 3661001, 3660000)


def test_a_server_whose_clock_was_wrong_is_followed_when_it_is_right_again():
    _, clock = a_clock()
    clock.learn(0, NOW_UTC_MS + 86400000 * 400, 0)
    clock.learn(1000, NOW_UTC_MS + 1000, 1000)
    assert clock.utc_at(2000) == NOW_UTC_MS + 2000
