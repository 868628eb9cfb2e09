"""Triangles of an STL file, as a printer gets them; without any CAD."""

import re
import struct
from dataclasses import dataclass

Corner = tuple[float, float, float]
Facet = tuple[Corner, Corner, Corner]

HEADER = 84  # bytes before the first facet of a binary STL: 80 of comment, 4 of their number
FACET = struct.Struct("<12fH")
VERTEX = re.compile(rb"vertex\s+(\S+)\s+(\S+)\s+(\S+)")
GRAIN_MM = 0.001  # two corners nearer than this are one
SAME_MM = 0.002
SAME_VOLUME = 1e-5  # as a share


def read(data: bytes) -> list[Facet]:
    """The facets of a binary or an ASCII STL. Raises ValueError when it is cut short."""
    (number,) = struct.unpack_from("<I", data, 80) if len(data) >= HEADER else (-1,)
    if len(data) == HEADER + number * FACET.size:
        rows = FACET.iter_unpack(data[HEADER:])
        return [(row[3:6], row[6:9], row[9:12]) for row in rows]
    corners = [(float(x), float(y), float(z)) for x, y, z in VERTEX.findall(data)]
    if not data.startswith(b"solid") or not corners or len(corners) % 3:
        raise ValueError("not a whole STL file")
    return [(corners[i], corners[i + 1], corners[i + 2]) for i in range(0, len(corners), 3)]


@dataclass(frozen=True)
class Body:
    """Of a set of facets: ``low`` and ``high`` its bounds in mm; ``volume_mm3`` by the divergence theorem; ``rows`` the
    facets on a grid of GRAIN_MM, each from its lowest corner on, sorted."""

    low: Corner
    high: Corner
    volume_mm3: float
    rows: list[tuple[tuple[int, ...], ...]]


def body(facets: list[Facet]) -> Body:
    xs, ys, zs = zip(*(corner for facet in facets for corner in facet), strict=True)
    low, high = (min(xs), min(ys), min(zs)), (max(xs), max(ys), max(zs))
    return Body(low, high, sum(map(signed_volume, facets)), sorted(map(on_grid, facets)))


def signed_volume(facet: Facet) -> float:
    """Of the tetrahedron from the origin to the facet, in mm³."""
    (ax, ay, az), (bx, by, bz), (cx, cy, cz) = facet
    return (ax * (by * cz - bz * cy) - ay * (bx * cz - bz * cx) + az * (bx * cy - by * cx)) / 6


def on_grid(facet: Facet) -> tuple[tuple[int, ...], ...]:
    corners = [tuple(round(value / GRAIN_MM) for value in corner) for corner in facet]
    first = corners.index(min(corners))
    return tuple(corners[first:] + corners[:first])


def difference(one: bytes, other: bytes) -> str | None:
    a, b = body(read(one)), body(read(other))
    if abs(a.volume_mm3 - b.volume_mm3) > SAME_VOLUME * abs(a.volume_mm3):
        return f"a volume of {a.volume_mm3:.1f} and of {b.volume_mm3:.1f} mm³"
    if any(abs(x - y) > SAME_MM for x, y in zip(a.low + a.high, b.low + b.high, strict=True)):
        return f"bounds {a.low} to {a.high}, and {b.low} to {b.high}"
    return None if a.rows == b.rows else f"other facets ({len(a.rows)} and {len(b.rows)})"
