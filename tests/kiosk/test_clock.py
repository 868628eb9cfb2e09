"""Uptime from a counter that wraps, UTC from answers."""

from kiosk.clock import Clock

from tests.kiosk.desk import NOW_UTC_MS, Ticks
from wire.messages import MAX_UTC_MS, MIN_UTC_MS


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


def test_uptime_is_right_at_the_wraps_of_a_pico_and_of_a_computer():
    for period in (1 << 30, 1 << 62):
        ticks, clock = a_clock(period, period - 5000)
        for _ in range(10):
            ticks.pass_ms(1000)
            edge = ticks.read()
            ticks.pass_ms(7)
            assert clock.uptime_of(edge) == clock.uptime_ms() - 7
        assert clock.uptime_ms() == 10070
        ticks.pass_ms(period // 2 - 1)  # 6.2 days on a Pico: the longest that may pass between two questions
        assert clock.uptime_ms() == 10070 + period // 2 - 1


def test_an_edge_from_before_the_clock_began_is_at_0():
    ticks, clock = a_clock(1 << 30, 10)
    ticks.pass_ms(3)
    assert clock.uptime_of((1 << 30) - 50) == 0


def test_the_time_is_taken_in_the_middle_of_the_round_trip():
    _, clock = a_clock()
    assert clock.learn(10000, NOW_UTC_MS, 11999) == (11000, NOW_UTC_MS)
    assert clock.utc_at(11000) == NOW_UTC_MS


def test_the_collector_takes_over_from_a_time_server_though_they_agree_and_not_the_other_way_round():
    _, clock = a_clock()
    assert clock.learn(0, NOW_UTC_MS, 0, "ntp") and clock.source == "ntp"
    assert clock.learn(1000, NOW_UTC_MS + 1200, 1000) and clock.source == "server"
    assert clock.learn(2000, NOW_UTC_MS + 1900, 2000, "ntp") is None
    assert clock.utc_at(2000) == NOW_UTC_MS + 2200 and clock.source == "server"


def test_an_hour_of_answers_leaves_one_anchor():
    _, clock = a_clock()
    anchors = [clock.learn(at, NOW_UTC_MS + at + 10, at + 20) for at in range(0, 3600000, 30000)]
    assert len([anchor for anchor in anchors if anchor]) == 1
    assert clock.learn(3600000, NOW_UTC_MS + 3600010, 3600020)


def test_a_server_whose_clock_is_not_set_is_not_believed():
    _, clock = a_clock()
    assert clock.learn(5000, MIN_UTC_MS + 4999, 5000) is None
    assert clock.learn(5000, MAX_UTC_MS, 5000) is None
    assert clock.utc_at(5000) is None and clock.source == "none"
    assert clock.learn(5000, MIN_UTC_MS + 5000, 5000)
