"""Nobody learns when one person pressed from figures that are looked at every second."""

from datetime import date

from dashboard.steps import QUARTER_MS, Steps
from dashboard.tally import COLUMNS, Tally

DAY = date(2026, 3, 18)
START = 1_000 * QUARTER_MS


def tally(happy: int, aside: int = 0) -> Tally:
    counts = dict.fromkeys(COLUMNS, 0) | {"face_4": happy, "aside_interval": aside}
    return Tally(tuple(counts.values()))


def test_a_single_tap_is_not_shown_before_the_next_quarter():
    steps = Steps()
    assert steps.show(1, DAY, tally(40), tally(0), START).taps == 40
    assert steps.show(1, DAY, tally(41), tally(1), START + 60_000).taps == 40
    assert steps.show(1, DAY, tally(41), tally(1), START + QUARTER_MS - 1).taps == 40
    assert steps.show(1, DAY, tally(41), tally(0), START + QUARTER_MS).taps == 41


def test_the_first_tap_after_a_quiet_hour_does_not_show_at_once():
    steps = Steps()
    steps.show(1, DAY, tally(40), tally(0), START)
    later = START + 4 * QUARTER_MS + 123_000
    assert steps.show(1, DAY, tally(41), tally(1), later).taps == 40


def test_the_first_look_shows_what_was_pressed_before_the_quarter():
    assert Steps().show(1, DAY, tally(40), tally(3), START + 5).taps == 37


def test_five_taps_together_are_shown_at_once():
    steps = Steps()
    steps.show(1, DAY, tally(40), tally(0), START)
    assert steps.show(1, DAY, tally(44), tally(4), START + 1).taps == 40
    assert steps.show(1, DAY, tally(45), tally(5), START + 2).taps == 45
    assert steps.show(1, DAY, tally(46), tally(6), START + 3).taps == 45


def test_presses_set_aside_do_not_help_a_single_tap_over_the_step():
    steps = Steps()
    steps.show(1, DAY, tally(40), tally(0), START)
    assert steps.show(1, DAY, tally(41, aside=9), tally(1, aside=9), START + 1) == tally(40)


def test_each_service_point_and_day_steps_for_itself_so_that_a_difference_of_units_is_steps_too():
    steps = Steps()
    for point in (1, 2):
        steps.show(point, DAY, tally(10), tally(0), START)
    one = steps.show(1, DAY, tally(13), tally(3), START + 1)
    two = steps.show(2, DAY, tally(12), tally(2), START + 1)
    assert (one.taps, two.taps) == (10, 10)  # their unit has had five taps, and neither place has


def test_settled_days_are_forgotten():
    steps = Steps()
    steps.show(1, DAY, tally(40), tally(0), START)
    steps.forget(lambda day: day == DAY)
    assert steps.show(1, DAY, tally(41), tally(0), START + 1).taps == 41
