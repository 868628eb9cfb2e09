"""Geometry of the drawings, in percent of their width, so that they need no script and stretch with the page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor

from dashboard.rows import DayRow, PointDay, Why

# The side without taps still shows where the middle is
LEAST_SIDE = 0.06


@dataclass(frozen=True)
class Scale:
    """Taps to the left (faces 1 and 2) and to the right (3 and 4) of the middle that fill the width."""

    left: float
    right: float

    @property
    def middle(self) -> float:
        return 100 * self.left / (self.left + self.right)


@dataclass(frozen=True)
class Segment:
    face: int
    x: float
    width: float


def scale_of(many_faces: Iterable[Sequence[int]]) -> Scale:
    """One scale for all days, so that a short bar is a day of few taps."""
    faces = list(many_faces)
    left = max((f[0] + f[1] for f in faces), default=0)
    right = max((f[2] + f[3] for f in faces), default=0)
    whole = max(left + right, 1)
    return Scale(max(left, LEAST_SIDE * whole), max(right, LEAST_SIDE * whole))


def segments(faces: Sequence[int], scale: Scale) -> list[Segment]:
    """The parts of a diverging bar: unhappy faces left of the middle, happy ones right, the very ones outside."""
    unit = 100 / (scale.left + scale.right)
    one, two, three, four = (count * unit for count in faces)
    middle = scale.middle
    parts = [
        Segment(1, middle - two - one, one),
        Segment(2, middle - two, two),
        Segment(3, middle, three),
        Segment(4, middle + three, four),
    ]
    return [Segment(p.face, round(p.x, 2), round(p.width, 2)) for p in parts if p.width]


@dataclass(frozen=True)
class Gap:
    """Days in a row on which nobody could press, for the same reason."""

    first: DayRow
    last: DayRow

    @property
    def why(self) -> Why | None:
        return self.first.gap


def newest_first(rows: Sequence[DayRow]) -> list[DayRow | Gap]:
    """The rows of a chart, today first; days on which nobody could press are joined into gaps."""
    shown: list[DayRow | Gap] = []
    for row in reversed(rows):
        before = shown[-1] if shown else None
        if row.gap is None:
            shown.append(row)
        elif isinstance(before, Gap) and before.why is row.gap:
            shown[-1] = Gap(row, before.last)
        else:
            shown.append(Gap(row, row))
    return shown


@dataclass(frozen=True)
class Piece:
    """A part of a day's strip: open, with a kiosk alive or with none."""

    x: float
    width: float
    alive: bool


def hours_shown(week: Iterable[PointDay]) -> tuple[int, int]:
    """The hours of the clock between which a service point was open on any of the days; 0 and 24 where on none."""
    stretches = [stretch for day in week for stretch in day.stretches]
    if not stretches:
        return 0, 24
    return floor(min(one.from_h for one in stretches)), ceil(max(one.until_h for one in stretches))


def pieces(day: PointDay, shown: tuple[int, int]) -> list[Piece]:
    """The parts of one day's strip."""
    first, last = shown
    unit = 100 / (last - first)
    return [
        Piece(round((one.from_h - first) * unit, 2), round((one.until_h - one.from_h) * unit, 2), one.alive)
        for one in day.stretches
    ]
