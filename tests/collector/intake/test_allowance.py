"""Who asks too often gets nothing, and nobody else notices."""

from collector.intake.allowance import Allowance


def test_so_many_at_once_and_then_one_in_each_interval():
    allowance = Allowance(2, 3)
    assert [allowance.take("a", 0) for _ in range(5)] == [True, True, True, False, False]
    assert [allowance.take("a", s) for s in (0.25, 0.5, 0.75, 1.0)] == [False, True, False, True]


def test_what_was_not_used_is_saved_up_to_the_burst_and_no_further():
    allowance = Allowance(1, 2)
    assert [allowance.take("a", 1000) for _ in range(3)] == [True, True, False]
    assert [allowance.take("a", 9000) for _ in range(3)] == [True, True, False]


def test_each_asker_has_an_allowance_of_its_own():
    allowance = Allowance(1, 1)
    assert allowance.take("a", 0) and not allowance.take("a", 0)
    assert allowance.take("b", 0)


def test_a_clock_that_goes_back_neither_gives_nor_takes():
    allowance = Allowance(1, 1)
    assert allowance.take("a", 100)
    assert not allowance.take("a", 50)
    assert allowance.take("a", 51)


def test_it_does_not_grow_with_the_askers_and_forgets_who_has_not_asked_longest():
    allowance = Allowance(1, 1, most=10)
    for n in range(1000):
        allowance.take("busy", 0)
        allowance.take(f"asker-{n}", 0)
    assert len(allowance) == 10
    assert not allowance.take("busy", 0)
