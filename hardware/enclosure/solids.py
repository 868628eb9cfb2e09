"""The few shapes of which every part is made, in the frame of the box, for build123d."""

from collections.abc import Sequence

from build123d import (
    Align,
    Box,
    Cylinder,
    Part,
    Plane,
    Polygon,
    Pos,
    RectangleRounded,
    RegularPolygon,
    Rot,
    extrude,
)

from hardware.enclosure import parameters as p

MIDDLE = (Align.CENTER, Align.CENTER, Align.CENTER)
TOWARDS = {"x": Rot(0, 90, 0), "-x": Rot(0, -90, 0), "y": Rot(-90, 0, 0), "-y": Rot(90, 0, 0), "z": Rot(0, 0, 0)}
TOWARDS["-z"] = Rot(180, 0, 0)


def block(x: Sequence[float], y: Sequence[float], z: Sequence[float]) -> Part:
    """A box by its bounds along each axis."""
    size = [high - low for low, high in (x, y, z)]
    return Pos(*((low + high) / 2 for low, high in (x, y, z))) * Box(*size, align=MIDDLE)


def rod(at: Sequence[float], towards: str, long: float, across: float) -> Part:
    """A cylinder that begins at a point and goes along an axis, ``x`` to ``-z``."""
    return Pos(*at) * TOWARDS[towards] * Cylinder(across / 2, long, align=(Align.CENTER, Align.CENTER, Align.MIN))


def nut(at: Sequence[float], towards: str, long: float, flats: float, turn_deg: float = 0.0) -> Part:
    """A hexagonal prism; without a turn two of its corners lie along the first of the two axes across it."""
    side = RegularPolygon(flats / 2, 6, major_radius=False, rotation=turn_deg)
    return Pos(*at) * TOWARDS[towards] * extrude(side, long)


def slab(wide: float, high: float, corner: float, z: Sequence[float], inset: float = 0.0) -> Part:
    """A rounded rectangle about the middle, ``inset`` on every side, between two heights."""
    sketch = RectangleRounded(wide - 2 * inset, high - 2 * inset, max(corner - inset, 0.6))
    return extrude(Plane.XY.offset(z[0]) * sketch, z[1] - z[0])


def profile(points: Sequence[Sequence[float]], wide: float) -> Part:
    """A prism along x about the middle, of a polygon in (y, z)."""
    return extrude(Plane.YZ.offset(-wide / 2) * Polygon(*points, align=None), wide, dir=(1, 0, 0))


def m3_hole(at: Sequence[float], towards: str, long: float) -> Part:
    return rod(at, towards, long, p.M3_MM + 2 * p.SCREW_ROOM_MM)


def m4_hole(at: Sequence[float], towards: str, long: float) -> Part:
    return rod(at, towards, long, p.M4_MM + 2 * p.SCREW_ROOM_MM)
