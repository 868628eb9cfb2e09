"""Figures against values published elsewhere or computed by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.statistics import Change, Trust, change, figures, happy_index, newcombe, wilson

counts = st.integers(min_value=0, max_value=10_000)
four_counts = st.tuples(counts, counts, counts, counts)


def test_the_happy_index_of_the_published_example_is_78_2():
    assert happy_index((17, 16, 60, 126)) == pytest.approx(78.2, abs=0.05)


@pytest.mark.parametrize(("face", "index"), [(0, 0), (1, 100 / 3), (2, 200 / 3), (3, 100)])
def test_each_face_alone_has_its_place_on_the_scale(face, index):
    faces = [0, 0, 0, 0]
    faces[face] = 7
    assert happy_index(faces) == pytest.approx(index)


def test_nobody_tapped_is_no_figure_and_not_zero():
    said = figures((0, 0, 0, 0))
    assert (said.taps, said.index, said.satisfied, said.low, said.high) == (0, None, None, None, None)
    assert said.trust is Trust.NONE


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilsons_interval_is_the_published_one(successes, trials, low, high):
    assert wilson(successes, trials) == pytest.approx((low, high), abs=0.00006)


@pytest.mark.parametrize(
    ("now", "before", "low", "high"),
    # Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_newcombes_interval_is_the_published_one(now, before, low, high):
    assert newcombe(now, before) == pytest.approx((low, high), abs=0.00006)


@given(four_counts)
def test_a_share_lies_in_its_interval_and_both_in_0_to_1(faces):
    said = figures(faces)
    if said.taps:
        assert 0 <= said.low <= said.satisfied <= said.high <= 1
        assert 0 <= said.index <= 100


@given(four_counts, four_counts)
def test_a_change_seen_from_the_other_side_is_the_opposite_one(now, before):
    opposite = {Change.UP: Change.DOWN, Change.DOWN: Change.UP}
    there = change(now, before)
    assert change(before, now) is opposite.get(there, there)


def test_an_arrow_is_shown_only_where_the_difference_is_supported():
    assert change((10, 10, 90, 90), (30, 30, 70, 70)) is Change.UP
    assert change((30, 30, 70, 70), (10, 10, 90, 90)) is Change.DOWN
    assert change((1, 0, 2, 3), (2, 1, 2, 1)) is Change.TOO_FEW
    assert change((0, 0, 2, 3), (0, 0, 0, 0)) is Change.NO_WEEK


def test_few_taps_without_a_difference_are_too_few_and_many_are_no_clear_change():
    assert change((10, 10, 200, 200), (10, 10, 200, 200)) is Change.SAME
    assert change((10, 10, 200, 200), (1, 1, 8, 8)) is Change.TOO_FEW
    assert change((1, 1, 8, 8), (10, 10, 200, 200)) is Change.TOO_FEW


@pytest.mark.parametrize(
    ("faces", "trust"),
    [
        ((0, 0, 0, 9), Trust.VERY_FEW),
        ((3, 3, 7, 7), Trust.ROUGH),
        ((10, 10, 40, 40), Trust.FAIR),
        ((100, 100, 400, 400), Trust.FIRM),
    ],
)
def test_the_words_of_trust_follow_the_width_of_the_interval(faces, trust):
    assert figures(faces).trust is trust
