"""Waiting before the next try."""

from kiosk.backoff import Backoff, Patience

from tests.kiosk.desk import Dice


def test_waits_lie_between_0_and_a_ceiling_that_grows_to_60_s_and_no_further():
    longest = []
    backoff = Backoff(lambda n: longest.append(n - 1) or n - 1)
    for _ in range(200):
        assert 0 <= backoff.next_ms() <= 60000
    assert longest[:5] == [500, 750, 1125, 1687, 2530] and longest[-1] == 60000
    assert longest == sorted(longest)


def test_after_something_worked_the_first_wait_is_short_again():
    backoff = Backoff(Dice().below)
    for _ in range(50):
        backoff.next_ms()
    backoff.worked()
    assert backoff.next_ms() <= 500


def test_patience_doubles_to_its_end_and_can_be_reset():
    patience = Patience(30, 100)
    waits = []
    for _ in range(4):
        waits.append(patience.wait_ms)
        patience.grow()
    assert waits == [30, 60, 100, 100]
    patience.reset()
    assert patience.wait_ms == 30
