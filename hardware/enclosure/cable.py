"""The USB cable, for pictures: from its plug under the bar to the hole in the back, and on to the side.

The bar pinches it, as it does a real one; the fit asks that it runs through nothing else."""

import math
from typing import Any

from build123d import Circle, Compound, Line, Plane, Spline, ThreePointArc, sweep

from hardware.enclosure import bought
from hardware.enclosure import layout as at
from hardware.enclosure import parameters as p
from hardware.enclosure.assembly import CABLE, Piece

THICK_MM = 4.0  # of the cable that is drawn
ON_SADDLE_MM = p.GRIP_POST_MM - p.CABLE_MM + p.GRIP_PINCH_MM + THICK_MM / 2  # its axis over the inside of the back
HOLE = (p.CABLE_X_MM, p.CABLE_Y_MM, -at.CASE_DEEP_MM + p.BACK_MM / 2)
TURN_MM = 8.0  # radius of its bend before the bar: below the board it is level with the saddle

Point = tuple[float, float, float]


def tube(path: Any) -> Any:
    """A round cord along a path."""
    return sweep(Plane(origin=path @ 0, z_dir=path % 0) * Circle(THICK_MM / 2), path=path)


def bend(begin: Point, corner: Point, end: Point) -> Any:
    """A quarter of a circle that touches both sides of a right angle."""
    centre = [a + c - b for a, b, c in zip(begin, corner, end, strict=True)]
    x, y, z = (o + (b - o) * math.sqrt(0.5) for o, b in zip(centre, corner, strict=True))
    return ThreePointArc(begin, (x, y, z), end)


def from_plug() -> Any:
    """Half a circle beside the board, straight along below it, then between the posts and down through the hole: of
    pieces that touch, since one curve through a few points swings out, through the back's wall."""
    right = bought.plug().bounding_box().max.X
    _, y, z = bought.plug().center()
    x, hole_y, hole_z = HOLE
    low = at.BACK_Z_MM + ON_SADDLE_MM
    side = p.GRIP_Y_MM + p.GRIP_WIDE_MM / 2 + TURN_MM - 1  # so the bend ends 1 mm under the bar
    farthest = (right + math.hypot(y - side, z - low) / 2, (y + side) / 2, (z + low) / 2)
    level, turned = (right, side, low), (x + TURN_MM, side, low)
    under, over = (x, side - TURN_MM, low), (x, hole_y + low - hole_z, low)
    paths = [
        ThreePointArc((right, y, z), farthest, level),
        Line(level, turned),
        bend(turned, (x, side, low), under),
        Line(under, over),
        bend(over, (x, hole_y, low), HOLE),
    ]
    return Compound([solid for path in paths for solid in tube(path).solids()])


def to_side() -> Any:
    """Behind the back, within the room that the cleat leaves, and out at the side from which step 6 looks."""
    x, y, _ = HOLE
    behind = -at.CASE_DEEP_MM - p.CLEAT_MM / 2
    points = [HOLE, (x + 10, y, behind), (x + 60, y - 2, behind), (at.RIGHT_MM + 45, y - 8, behind)]
    return tube(Spline(*points, tangents=((0, 0, -1), (1, 0, 0))))


def inside() -> Piece:
    return Piece("cable", from_plug, "black", CABLE)


def outside() -> Piece:
    return Piece("cable outside", to_side, "black", CABLE)


def drawn() -> list[Piece]:
    return [inside(), outside()]
