"""Files of settings, as `hymio broker config` finds them."""

import pytest

from hymio import environment

TEXT = "# A=1\n\nA=1\nB='two words'\n; C=3\nC=3\n"


def test_values_are_read_as_systemd_reads_them():
    assert environment.values(TEXT) == {"A": "1", "B": "two words", "C": "3"}
    assert environment.values("A=1\nA=x=y\nnothing\n") == {"A": "x=y"}


@pytest.mark.parametrize(
    ("wanted", "becomes"),
    [
        ({}, TEXT),
        ({"A": "1", "B": "two words"}, TEXT),
        ({"A": "2"}, TEXT.replace("\nA=1", "\nA=2")),
        ({"C": None, "D": None}, TEXT.replace("\nC=3", "")),
        ({"D": "4"}, TEXT + "D=4\n"),
    ],
)
def test_only_lines_that_say_otherwise_are_changed(wanted, becomes):
    assert environment.updated(TEXT, wanted) == becomes
    assert environment.updated(becomes, wanted) == becomes
