"""Solids to triangles, STL and STEP, the same bytes every time."""

import struct
from pathlib import Path

from build123d import Part, Pos, Shape, Unit, export_step

TOLERANCE_MM = 0.02  # of a facet from the true surface: a tenth of a layer
ANGLE_RAD = 0.2  # between neighbouring facets of a round


def facets(shape: Shape, tolerance_mm: float = TOLERANCE_MM, angle_rad: float = ANGLE_RAD) -> list:
    """The triangles of a solid, corners counter-clockwise seen from outside, sorted."""
    corners, triangles = shape.tessellate(tolerance_mm, angle_rad)
    points = [(round(v.X, 5), round(v.Y, 5), round(v.Z, 5)) for v in corners]
    rows = [tuple(points[i] for i in triangle) for triangle in triangles]
    return sorted(turned(row) for row in rows if len(set(row)) == 3)


def turned(row: tuple) -> tuple:
    """The same triangle from its lowest corner on."""
    first = row.index(min(row))
    return row[first:] + row[:first]


def stl(triangles: list) -> bytes:
    """A binary STL without normals, which every reader computes from the corners."""
    body = b"".join(struct.pack("<12fH", 0, 0, 0, *a, *b, *c, 0) for a, b, c in triangles)
    return b"hymio".ljust(80, b" ") + struct.pack("<I", len(triangles)) + body


def on_bed(part: Part) -> Part:
    """The part with its lowest point at z = 0 and its middle over the bed's."""
    box = part.bounding_box()
    return Pos(-box.center().X, -box.center().Y, -box.min.Z) * part


def step(shape: Shape, path: Path) -> None:
    export_step(shape, str(path), unit=Unit.MM)
