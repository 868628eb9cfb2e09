"""What a figure says and how far to trust it. Pure: counts in, numbers out; shares are 0 to 1, the index 0 to 100."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from math import sqrt

Z_95 = 1.959963984540054
"""The 97.5 % point of the standard normal distribution: two-sided 95 %."""

VERY_FEW = 10
"""Under this many taps a figure says next to nothing: one visitor moves it by more than ten points."""

FEW = 30
"""Under this many taps an index stands in brackets: the share's interval is then about thirty points wide."""


def happy_index(faces: Sequence[int]) -> float | None:
    """Average of 0, 33 1/3, 66 2/3 and 100 for faces 1 to 4 (very unhappy … very happy); None when nobody tapped.

    The scale is the one HappyOrNot publishes for its four faces, so that the two can be compared.
    """
    taps = sum(faces)
    if taps == 0:
        return None
    return (faces[1] + 2 * faces[2] + 3 * faces[3]) * 100 / (3 * taps)


def wilson(successes: int, trials: int) -> tuple[float, float] | None:
    """The 95 % score interval of a proportion, 0 to 1; None when there were no trials.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the American
    Statistical Association 22 (1927) 209-212. It stays inside 0 to 1 and holds for small samples.
    """
    if trials == 0:
        return None
    z2 = Z_95 * Z_95
    share = successes / trials
    centre = share + z2 / (2 * trials)
    reach = Z_95 * sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials))
    width = 1 + z2 / trials
    low = 0.0 if successes == 0 else (centre - reach) / width
    high = 1.0 if successes == trials else (centre + reach) / width
    return low, high


def newcombe(now: tuple[int, int], before: tuple[int, int]) -> tuple[float, float] | None:
    """The 95 % interval of two shares' difference (successes, trials), now minus before, -1 to 1; None without trials.

    R. G. Newcombe, "Interval estimation for the difference between independent proportions", Statistics in Medicine 17
    (1998) 873-890, method 10: the hybrid of the two Wilson intervals, without continuity correction.
    """
    one, two = wilson(*now), wilson(*before)
    if one is None or two is None:
        return None
    p1, p2 = now[0] / now[1], before[0] / before[1]
    below = sqrt((p1 - one[0]) ** 2 + (two[1] - p2) ** 2)
    above = sqrt((one[1] - p1) ** 2 + (p2 - two[0]) ** 2)
    return p1 - p2 - below, p1 - p2 + above


class Change(Enum):
    """What two weeks say together."""

    UP = "up"
    DOWN = "down"
    SAME = "same"  # enough taps, and no difference that chance would not make
    TOO_FEW = "too_few"  # one of the two weeks has too few taps to tell
    NO_WEEK = "no_week"  # one of the two weeks has no taps


def change(faces_now: Sequence[int], faces_before: Sequence[int]) -> Change:
    """Whether the share satisfied moved: an arrow only where Newcombe's interval of the difference excludes 0."""
    interval = newcombe(_satisfied_of(faces_now), _satisfied_of(faces_before))
    if interval is None:
        return Change.NO_WEEK
    low, high = interval
    if low > 0:
        return Change.UP
    if high < 0:
        return Change.DOWN
    weeks = figures(faces_now), figures(faces_before)
    return Change.TOO_FEW if any(week.trust in (Trust.VERY_FEW, Trust.ROUGH) for week in weeks) else Change.SAME


class Trust(Enum):
    """How far a share can be trusted, by the width of its interval."""

    NONE = "none"  # no taps
    VERY_FEW = "very_few"  # under VERY_FEW taps
    ROUGH = "rough"  # wider than 20 points: a direction at most
    FAIR = "fair"  # 10 to 20 points
    FIRM = "firm"  # under 10 points


@dataclass(frozen=True)
class Figures:
    """One set of counted taps: ``faces`` are the counts of faces 1 to 4; the rest is None when ``taps`` is 0."""

    faces: tuple[int, int, int, int]
    taps: int
    index: float | None
    satisfied: float | None
    low: float | None
    high: float | None

    @property
    def is_loose(self) -> bool:
        """Whether the index must not look certain."""
        return self.taps < FEW

    @property
    def trust(self) -> Trust:
        if self.low is None or self.high is None:
            return Trust.NONE
        if self.taps < VERY_FEW:
            return Trust.VERY_FEW
        width = self.high - self.low
        if width > 0.20:
            return Trust.ROUGH
        return Trust.FAIR if width > 0.10 else Trust.FIRM


def figures(faces: Sequence[int]) -> Figures:
    """Happy Index, share satisfied (faces 3 and 4) and its Wilson interval of four counts."""
    happy, taps = _satisfied_of(faces)
    low, high = wilson(happy, taps) or (None, None)
    share = happy / taps if taps else None
    return Figures((faces[0], faces[1], faces[2], faces[3]), taps, happy_index(faces), share, low, high)


def _satisfied_of(faces: Sequence[int]) -> tuple[int, int]:
    return faces[2] + faces[3], sum(faces)
