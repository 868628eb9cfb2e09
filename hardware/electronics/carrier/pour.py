"""The poured copper: ground on both sides, wide areas for the supply and the buffer, none at all round the aerial; and
the holes that join the two grounds. Millimetres as in place.py."""

from itertools import pairwise
from math import dist, hypot

from hardware.electronics.carrier.place import HOLE_MM
from hardware.electronics.carrier.route import VIA_MM, Point, Track, Via
from hardware.enclosure import parameters as box

EDGE_MM = 0.5  # from copper to the board's edge
STITCH_MM = 4.0  # between the holes that join the grounds
ROOM_MM = 0.3  # round such a hole, at least
WIDE, HIGH = box.BOARD_WIDE_MM, box.BOARD_HIGH_MM

# No copper here on either side: between the Pico's rows under its aerial (its datasheet's keep-out, as KiCad's
# footprint has it), and from there to the board's edge, so that nothing of the board lies in front of the aerial
AERIAL = [(0.0, 21.0), (28.2, 21.0), (28.2, 23.2), (37.5, 23.2), (37.5, 37.8), (28.2, 37.8), (28.2, 41.0), (0.0, 41.0)]

# VSYS: from the supervisor and C7 past the Pico's pin 39, under the Pico, through four gaps of its upper row of pins,
# to the diodes and the charging resistor
VSYS = [
    (69.9, 10.6), (79.4, 10.6), (79.4, 38.3), (58.9, 38.3), (58.9, 42.6), (68.7, 42.6), (68.7, 49.3), (20.9, 49.3),
    (20.9, 42.7), (49.0, 42.7), (49.0, 29.5), (72.2, 29.5), (72.2, 19.2), (69.9, 16.1),
]  # fmt: skip
BUFFER = [(25.0, 50.2), (67.6, 50.2), (67.6, 61.4), (25.0, 61.4)]
GROUND = [(EDGE_MM, EDGE_MM), (WIDE - EDGE_MM, EDGE_MM), (WIDE - EDGE_MM, HIGH - EDGE_MM), (EDGE_MM, HIGH - EDGE_MM)]

# net, layer, outline, the order in which they are poured
POURS = (
    ("GND", "B.Cu", GROUND, 0), ("GND", "F.Cu", GROUND, 0), ("VSYS", "F.Cu", VSYS, 1), ("BUFFER", "F.Cu", BUFFER, 2),
)  # fmt: skip

Pad = tuple[Point, float, str]  # middle, radius that encloses it, net


def inside(point: Point, outline: list[Point]) -> bool:
    x, y = point
    found = False
    for (x1, y1), (x2, y2) in pairwise([*outline, outline[0]]):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            found = not found
    return found


def away_mm(point: Point, start: Point, end: Point) -> float:
    """From a point to a line between two."""
    (x, y), (x1, y1), (x2, y2) = point, start, end
    long = hypot(x2 - x1, y2 - y1)
    along = 0.0 if not long else max(0.0, min(1.0, ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / long**2))
    return dist(point, (x1 + along * (x2 - x1), y1 + along * (y2 - y1)))


def near(point: Point, outline: list[Point], room: float) -> bool:
    sides = pairwise([*outline, outline[0]])
    return inside(point, outline) or any(away_mm(point, *side) < room for side in sides)


def free(point: Point, pads: list[Pad], tracks: list[Track], vias: list[Via]) -> bool:
    """Whether a hole between the grounds meets nothing there."""
    room = VIA_MM / 2 + ROOM_MM
    if any(near(point, outline, room) for outline in (AERIAL, VSYS, BUFFER)):
        return False
    if any(dist(point, middle) < radius + room for middle, radius, _ in pads):
        return False
    if any(dist(point, place) < VIA_MM / 2 + room for _, place in vias):
        return False
    if any(dist(point, hole) < HOLE_MM / 2 + 2.2 for hole in box.BOARD_HOLES_MM):  # the screws' heads
        return False
    return not any(
        away_mm(point, *leg) < width / 2 + room for _, _, width, points in tracks for leg in pairwise(points)
    )


def stitches(pads: list[Pad], tracks: list[Track], vias: list[Via]) -> list[Point]:
    columns, rows = int(WIDE / STITCH_MM), int(HIGH / STITCH_MM)
    shift_x, shift_y = (WIDE - (columns - 1) * STITCH_MM) / 2, (HIGH - (rows - 1) * STITCH_MM) / 2
    places = [
        (round(shift_x + STITCH_MM * i + dx, 3), round(shift_y + STITCH_MM * k + dy, 3))
        for k in range(rows) for i in range(columns) for dx, dy in ((0.0, 0.0), (0.8, 0.0), (-0.8, 0.0), (0.0, 0.8))
    ]  # fmt: skip
    found: list[Point] = []
    for place in places:
        if free(place, pads, tracks, vias) and all(dist(place, other) > STITCH_MM / 2 for other in found):
            found.append(place)
    return found
