"""The USB cable, for pictures: from its plug under the bar to the hole in the back, and on to the side.

The bar pinches a real one, so the fit leaves it out."""

from typing import Any

from build123d import Circle, Plane, Spline, sweep

from hardware.enclosure import bought
from hardware.enclosure import layout as at
from hardware.enclosure import parameters as p
from hardware.enclosure.assembly import CABLE, Piece

THICK_MM = 4.0  # of the cable that is drawn
ON_SADDLE_MM = p.GRIP_POST_MM - p.CABLE_MM + p.GRIP_PINCH_MM + THICK_MM / 2  # its axis over the inside of the back
HOLE = (p.CABLE_X_MM, p.CABLE_Y_MM, -at.CASE_DEEP_MM + p.BACK_MM / 2)

Point = tuple[float, float, float]


def tube(points: list[Point], first: Point, last: Point) -> Any:
    """A round cord through points that leaves the first and reaches the last in these directions."""
    path = Spline(*points, tangents=(first, last))
    return sweep(Plane(origin=points[0], z_dir=first) * Circle(THICK_MM / 2), path=path)


def from_plug() -> Any:
    end = bought.plug().bounding_box().max
    _, y, z = bought.plug().center()
    low = at.BACK_Z_MM + ON_SADDLE_MM
    points = [
        (end.X, y, z),
        (end.X + 16, y - 16, z - 6),  # a bend along the side
        (end.X - 12, p.GRIP_Y_MM + 6, low + 2),
        (p.GRIP_MM + 12, p.GRIP_Y_MM + 9, low),
        (p.CABLE_X_MM, p.GRIP_Y_MM, low),
        HOLE,
    ]
    return tube(points, (1, 0, 0), (0, 0, -1))


def to_side() -> Any:
    """Behind the back, within the room that the cleat leaves, and out at the side from which step 6 looks."""
    x, y, _ = HOLE
    behind = -at.CASE_DEEP_MM - p.CLEAT_MM / 2
    points = [HOLE, (x + 10, y, behind), (x + 60, y - 2, behind), (at.RIGHT_MM + 45, y - 8, behind)]
    return tube(points, (0, 0, -1), (1, 0, 0))


def inside() -> Piece:
    return Piece("cable", from_plug, "black", CABLE)


def outside() -> Piece:
    return Piece("cable outside", to_side, "black", CABLE)
