"""Whether what is stored is what was pressed."""

import pytest

from tests.storm.ledger import Ledger, Pressed, equal


def ledger(*presses):
    made = Ledger()
    for face, thanked in presses:
        made.press(face)
        if thanked:
            made.thank()
    return made


PRESSES = ((4, True), (3, False), (3, True), (1, False))


@pytest.mark.parametrize("stored", [[4, 3], [4, 3, 3], [4, 3, 1], [4, 3, 3, 1]])
def test_only_a_press_without_thanks_may_be_missing(stored):
    assert ledger(*PRESSES).holds(stored)


@pytest.mark.parametrize("stored", [[], [4], [3], [4, 1], [3, 3, 1], [4, 3, 3, 3], [4, 4, 3], [4, 3, 1, 1], [3, 4]])
def test_a_lost_a_doubled_an_invented_and_a_swapped_tap_are_found(stored):
    assert not ledger(*PRESSES).holds(stored)


@pytest.mark.parametrize("sort", ["CPython", "MicroPython"])
def test_of_a_kiosk_that_was_never_killed_every_press_is_stored(sort):
    spared = Pressed("kiosk-1", sort, True, 0, ledger(*PRESSES))
    assert not [*spared.disagreements([4, 3, 3, 1])]
    assert [*spared.disagreements([4, 3, 1])] == ["kiosk-1 was never killed, and not every press is stored"]
    assert not [*spared._replace(kills=1).disagreements([4, 3, 1])]


def test_of_a_kiosk_that_was_killed_no_thanked_press_is_missing():
    killed = Pressed("kiosk-1", "CPython", False, 2, ledger(*PRESSES))
    assert [*killed.disagreements([4, 3, 3])] == []
    assert [*killed.disagreements([4])] == ["kiosk-1: pressed 4, thanked 2, stored 1: not as pressed"]


def test_the_sums_tell_how_many_were_held_to_every_press():
    kiosks = [
        Pressed(f"kiosk-{n}", sort, n % 2 == 1, kills, ledger())
        for n, (sort, kills) in enumerate([("CPython", 0), ("CPython", 0), ("CPython", 3), ("MicroPython", 0)])
    ]
    assert [sentence.partition(":")[0] for sentence in equal(kiosks)] == [
        "on CPython 2 of 3 kiosks were never killed, 1 of them behind the link that is cut and delayed",
        "on MicroPython 1 of 1 kiosks were never killed, 1 of them behind the link that is cut and delayed",
    ]
