"""Whether a mesh prints and holds, from its triangles alone: closed, no wall too thin, nothing in the air.

A triangle has its corners counter-clockwise seen from outside; z is up from the bed."""

import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterator

from hardware.facets import Corner, Facet

CELL_MM = 4.0  # of the grid in which triangles are looked up
OFF_MM = 1e-3  # two heights nearer than this are one
DIRECTIONS = 12  # in which a bridge is looked for
SLACK_DEG = 2.0  # facets of a round chamfer are a little steeper than it
BESIDE_MM, BELOW_MM = 0.6, 0.3  # so far beside and below a bridge's end something must hold it


def open_edges(facets: list[Facet]) -> int:
    """How many edges do not lie between exactly two triangles that agree on the outside; 0 of a closed mesh."""
    edges: Counter[tuple[Corner, Corner]] = Counter()
    for a, b, c in facets:
        edges.update(((a, b), (b, c), (c, a)))
    return sum(1 for (a, b), number in edges.items() if number != 1 or edges[b, a] != 1)


def minus(a: Corner, b: Corner) -> Corner:
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


def cross(a: Corner, b: Corner) -> Corner:
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def dot(a: Corner, b: Corner) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def along(a: Corner, direction: Corner, far: float) -> Corner:
    return (a[0] + far * direction[0], a[1] + far * direction[1], a[2] + far * direction[2])


def normal_and_area(facet: Facet) -> tuple[Corner, float]:
    """The unit vector outwards, and the area in mm²."""
    n = cross(minus(facet[1], facet[0]), minus(facet[2], facet[0]))
    long = math.sqrt(dot(n, n))
    return (n[0] / long, n[1] / long, n[2] / long), long / 2


def hit(origin: Corner, direction: Corner, facet: Facet) -> float | None:
    """How far along a ray it meets a triangle (Möller and Trumbore 1997); None where it does not."""
    e1, e2 = minus(facet[1], facet[0]), minus(facet[2], facet[0])
    h = cross(direction, e2)
    slope = dot(e1, h)
    if abs(slope) < 1e-12:
        return None
    s = minus(origin, facet[0])
    u = dot(s, h) / slope
    q = cross(s, e1)
    v = dot(direction, q) / slope
    if u < 0 or v < 0 or u + v > 1:
        return None
    return dot(e2, q) / slope


class Lookup:
    """Which triangles are near a point: a grid of cells, each with the triangles whose bounds touch it."""

    def __init__(self, facets: list[Facet]) -> None:
        self.cells: dict[tuple[int, ...], list[Facet]] = defaultdict(list)
        for facet in facets:
            for cell in self.between(*[(min(v), max(v)) for v in zip(*facet, strict=True)]):
                self.cells[cell].append(facet)

    @staticmethod
    def between(*bounds: tuple[float, float]) -> Iterator[tuple[int, ...]]:
        (xs, ys, zs) = [range(math.floor(low / CELL_MM), math.floor(high / CELL_MM) + 1) for low, high in bounds]
        return ((x, y, z) for x in xs for y in ys for z in zs)

    def near(self, a: Corner, b: Corner) -> set[Facet]:
        """All triangles that a stretch from a to b may meet."""
        bounds = [(min(x, y), max(x, y)) for x, y in zip(a, b, strict=True)]
        return {facet for cell in self.between(*bounds) for facet in self.cells.get(cell, ())}


def points_on(facets: list[Facet], number: int, seed: int) -> Iterator[tuple[Corner, Corner]]:
    """``number`` random points of the surface, even by area, each with the direction outwards there."""
    rng = random.Random(seed)
    faces = [(facet, *normal_and_area(facet)) for facet in facets]
    for facet, normal, _ in rng.choices(faces, [area for _, _, area in faces], k=number):
        u, v = sorted((rng.random(), rng.random()))
        a, b, c = facet
        weights = (u, v - u, 1 - v)
        point = tuple(sum(w * k for w, k in zip(weights, ks, strict=True)) for ks in zip(a, b, c, strict=True))
        yield (point[0], point[1], point[2]), normal


def too_thin(facets: list[Facet], limit_mm: float, number: int, seed: int = 1) -> list[tuple[Corner, float]]:
    """Of so many random points of the surface those behind which the part is thinner than the limit, with how thick.

    A wall has two faces that look away from each other; a far face turned by more than 60° is a corner."""
    lookup, found = Lookup(facets), []
    for point, normal in points_on(facets, number, seed):
        inward = (-normal[0], -normal[1], -normal[2])
        for facet in lookup.near(point, along(point, inward, limit_mm)):
            far = hit(point, inward, facet)
            if far is not None and OFF_MM < far < limit_mm - OFF_MM and dot(normal_and_area(facet)[0], inward) > 0.5:
                found.append((point, far))
    return found


def hanging(facets: list[Facet], angle_deg: float) -> list[list[Facet]]:
    """The patches of surface that look down more steeply than ``angle_deg`` from the vertical, above the bed."""
    limit = -math.sin(math.radians(angle_deg + SLACK_DEG))
    low = min(corner[2] for facet in facets for corner in facet)
    steep = [f for f in facets if normal_and_area(f)[0][2] < limit and max(c[2] for c in f) > low + OFF_MM]
    return patches(steep)


def patches(facets: list[Facet]) -> list[list[Facet]]:
    """Triangles in groups that hang together by their corners."""
    at: dict[Corner, list[int]] = defaultdict(list)
    for i, facet in enumerate(facets):
        for corner in facet:
            at[corner].append(i)
    left, groups = set(range(len(facets))), []
    while left:
        todo, group = [left.pop()], []
        while todo:
            i = todo.pop()
            group.append(facets[i])
            fresh = {j for corner in facets[i] for j in at[corner]} & left
            left -= fresh
            todo += fresh
        groups.append(group)
    return groups


def inside(point: Corner, facets: list[Facet]) -> bool:
    """Whether a point lies in the part: a ray, askew so that it meets no edge, leaves it an odd number of times."""
    ray = (0.0123, 0.0071, 1.0)
    return sum(1 for facet in facets if (far := hit(point, ray, facet)) is not None and far > 0) % 2 == 1


def bridge_mm(patch: list[Facet], facets: list[Facet]) -> float:
    """Of a patch that hangs: the shortest stretch across it at both ends of which the part goes on.

    Infinite where it does so in no direction: the patch would sag."""
    corners = sorted({corner for facet in patch for corner in facet})
    middle = tuple(sum(k) / len(corners) for k in zip(*corners, strict=True))
    found = math.inf
    for step in range(DIRECTIONS):
        ahead = (math.cos(math.pi * step / DIRECTIONS), math.sin(math.pi * step / DIRECTIONS))
        values = [x * ahead[0] + y * ahead[1] for x, y, _ in corners]
        first, last = min(values), max(values)
        if last - first < found and all(
            any(
                goes_on(corner, middle, way, facets)
                for corner, v in zip(corners, values, strict=True)
                if abs(v - end) < 0.05
            )
            for end, way in ((first, (-ahead[0], -ahead[1])), (last, ahead))
        ):
            found = last - first
    return found


def goes_on(corner: Corner, middle: tuple[float, ...], way: tuple[float, float], facets: list[Facet]) -> bool:
    """Whether the part is there beside and below a corner of a patch, a little away from the patch's own end."""
    x, y, z = (c + (m - c) * 0.1 for c, m in zip(corner, middle, strict=True))
    return inside((x + way[0] * BESIDE_MM, y + way[1] * BESIDE_MM, z - BELOW_MM), facets)
