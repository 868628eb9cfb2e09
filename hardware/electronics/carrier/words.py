"""What is printed on the board. Millimetres as in place.py; the four faces are the enclosure's and the dashboard's."""

import json
import math
import re
from pathlib import Path

from hardware.electronics.carrier import circuit
from hardware.electronics.carrier.place import COLUMN_X_MM, PLUG_Y_MM, place
from hardware.electronics.carrier.route import Point

VERSION = "1.0"
FRONT, BACK = "F.SilkS", "B.SilkS"
FACES = Path(__file__).resolve().parents[2] / "enclosure/faces.json"
FACE_MM = 5.2  # diameter of a face in the bare field; small beside its column
SMALL_MM = 2.3

LEGEND = ("A plug's pins:", "B  button", "G  ground", "V  VSYS, to the lamp", "L  lamp, to ground")

Words = tuple[str, float, float, float, str, float]  # text, x, y, height, layer, turn


def titles() -> list[Words]:
    return [
        ("hymio", 14.2, 37.0, 4.0, FRONT, 0), (f"carrier {VERSION}", 14.2, 32.2, 1.6, FRONT, 0),
        ("CERN-OHL-P-2.0", 14.2, 23.0, 1.2, FRONT, 0),
        ("aerial", 33.3, 31.6, 1.2, FRONT, 0), ("no copper", 33.3, 29.8, 0.9, FRONT, 0),
        ("U2", 39.35, 7.5, 0.9, FRONT, 0), ("J5", 18.9, 57.4, 1.0, FRONT, 0),
        ("USB", 72.0, 30.5, 1.4, FRONT, 0),
        ("3 x AA", 21.3, 59.6, 1.3, FRONT, 0), ("+", 14.25, 54.75, 0.9, FRONT, 0), ("-", 11.75, 54.75, 0.9, FRONT, 0),
        (f"hymio carrier {VERSION}", 60.0, 31.4, 1.8, BACK, 0), ("CERN-OHL-P-2.0", 60.0, 28.4, 1.2, BACK, 0),
        *((text, 14.2, 36.0 - 2.6 * n, 1.3, BACK, 0) for n, text in enumerate(LEGEND)),
    ]  # fmt: skip


def plugs() -> list[Words]:
    """Each plug's pins: a letter in front, the whole name behind."""
    found: list[Words] = []
    for part in circuit.parts():
        if part.ref[0] != "J" or part.ref == "J5":
            continue
        n = int(part.ref[1:])
        for pad, net in part.nets.items():
            x = place(part.ref)[0] + 2.5 * (int(pad) - 1)
            found.append((net[0], x, PLUG_Y_MM + 3.6, 1.0, FRONT, 0))
            found.append((net[0], x, PLUG_Y_MM + 2.2, 1.2, BACK, 0))
        found.append((part.ref, COLUMN_X_MM[n] - 6.1, PLUG_Y_MM + 3.6, 1.0, FRONT, 0))
        found.append((str(n), COLUMN_X_MM[n] - 3.4, 18.35, 1.9, FRONT, 0))
    return found


def points() -> list[Words]:
    beside = {"TP1": (0.0, -2.3), "TP2": (-4.0, 0.8), "TP3": (0.0, -2.1), "TP6": (0.0, -2.1)}
    found: list[Words] = []
    for ref, net in circuit.POINTS.items():
        (x, y, _), (dx, dy) = place(ref), beside.get(ref, (0.0, -2.0))
        found.append((net, x + dx, y + dy, 0.9, FRONT, 0))
    return found


def words() -> list[Words]:
    return [*titles(), *plugs(), *points()]


def spots() -> list[tuple[Point, float]]:
    """Circles that cover the words in front: there a hole would spoil a letter."""
    found = []
    for text, x, y, size, layer, _ in words():
        if layer == FRONT:
            first = x - 0.45 * size * (len(text) - 1)
            found += [((first + 0.9 * size * i, y), 0.55 * size) for i in range(len(text))]
    return found


def line(path: str) -> list[list[Point]]:
    """The strokes of a drawing's path as points: m, l, q and a half circle, which is all that the faces have."""
    strokes: list[list[Point]] = []
    x = y = 0.0
    for letter, rest in re.findall(r"([Mlqa])([^Mlqaz]*)", path):
        numbers = [float(n) for n in re.findall(r"-?[\d.]+", rest)]
        if letter == "M":
            x, y = numbers
            strokes.append([(x, y)])
        elif letter == "l":
            x, y = x + numbers[0], y + numbers[1]
            strokes[-1].append((x, y))
        elif letter == "q":
            cx, cy, dx, dy = numbers
            for t in (i / 8 for i in range(1, 9)):
                strokes[-1].append((x + 2 * t * (1 - t) * cx + t * t * dx, y + 2 * t * (1 - t) * cy + t * t * dy))
            x, y = x + dx, y + dy
        else:
            wide = numbers[5]
            for i in range(1, 13):
                angle = math.pi * i / 12
                strokes[-1].append((x + wide / 2 * (1 - math.cos(angle)), y + wide / 2 * math.sin(angle)))
            x += wide
    return strokes


Stroke = tuple[list[Point], float, bool]  # points, width, filled


def face(n: int, x: float, y: float, wide: float) -> tuple[list[Stroke], list[tuple[Point, float, bool]]]:
    """Strokes and circles (middle, radius, filled) of a face round a point."""
    drawn = json.loads(FACES.read_text(encoding="utf-8"))
    said, unit = drawn["faces"][str(n)], wide / 32
    stroke = max(0.15, drawn["stroke"] * unit * 0.8)

    def at(point: Point) -> Point:
        return x + (point[0] - 16) * unit, y - (point[1] - 16) * unit

    strokes = [([at(p) for p in one], stroke, False) for path in said["lines"] for one in line(path)]
    strokes += [([at(p) for p in one], 0.1, True) for path in said["filled"] for one in line(path)]
    circles = [((x, y), wide / 2 - 0.1, False)]
    circles += [(at((ex, ey)), r * unit, True) for ex, ey, r in said["eyes"]]
    return strokes, circles


def faces() -> list[tuple[list[Stroke], list[tuple[Point, float, bool]]]]:
    big = [face(n, 4.7 + 6.3 * (n - 1), 27.7, FACE_MM) for n in COLUMN_X_MM]
    return big + [face(n, x - 0.8, 18.35, SMALL_MM) for n, x in COLUMN_X_MM.items()]
