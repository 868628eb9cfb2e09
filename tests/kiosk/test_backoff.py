"""Waiting before the next try."""

from kiosk.backoff import Backoff, Patience

from tests.kiosk.desk import Dice


def test_waits_lie_between_0_and_a_ceiling_that_grows_to_60_s_and_no_further():
    longest = []
    backoff = Backoff(lambda n: longest.append(n - 1) or n - 1)
    for _ in range(200):
        assert 0 <= backoff.next_ms() <= 60000
    assert longest[:5] == [100, 150, 225, 337, 505] and longest[-1] == 60000
    assert longest == sorted(longest)


def test_after_something_worked_the_first_wait_is_short_again():
    backoff = Backoff(Dice().below)
    for _ in range(50):
        backoff.next_ms()
    backoff.worked()
    assert backoff.next_ms() <= 100


def found_again_ms(backoff, away_ms):
    """How long after its return a broker is tried that refused at once meanwhile."""
    now_ms = backoff.next_ms()
    while now_ms < away_ms:
        now_ms += backoff.next_ms()
    return now_ms - away_ms


def test_the_longer_a_broker_was_away_the_later_it_is_found_again_up_to_a_minute():
    below = Dice().below
    for away_s, half_ms, most_ms in ((3, 1000, 3500), (5, 1700, 5500), (10, 3000, 10500), (30, 9000, 30000)) + (
        (60, 18500, 49000),
        (600, 18500, 49000),
    ):
        found = sorted([found_again_ms(Backoff(below), away_s * 1000) for _ in range(1000)])
        print("away for %d s: %d ms p50, %d ms p95, %d ms at most" % (away_s, found[500], found[950], found[-1]))
        assert found[500] <= half_ms and found[950] <= most_ms and found[-1] <= 60000


def test_patience_doubles_to_its_end_and_can_be_reset():
    patience = Patience(30, 100)
    waits = []
    for _ in range(4):
        waits.append(patience.wait_ms)
        patience.grow()
    assert waits == [30, 60, 100, 100]
    patience.reset()
    assert patience.wait_ms == 30
