"""Whether what is stored is what was pressed."""

import pytest

from tests.storm.ledger import Ledger


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
