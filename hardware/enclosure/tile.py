"""A face's tile: face in relief, dots, the hole for the button. Printed as it lies, the ink in a second colour."""

from build123d import (
    Bezier,
    Circle,
    Edge,
    Face,
    Line,
    Part,
    Plane,
    Pos,
    Side,
    Sketch,
    SlotOverall,
    Sphere,
    ThreePointArc,
    Wire,
    chamfer,
    extrude,
    loft,
    split,
)
from svgpathtools import Arc, QuadraticBezier, parse_path
from svgpathtools import Line as Straight

from hardware.enclosure import drawn
from hardware.enclosure import layout as at
from hardware.enclosure import parameters as p
from hardware.enclosure.solids import rod


def placed(z: complex) -> tuple[float, float]:
    """A point of the drawing in the tile's plane, from the middle of its upper round."""
    return ((z.real - drawn.MIDDLE) * p.FACE_SCALE, (drawn.MIDDLE - z.imag) * p.FACE_SCALE)


def edge(segment: Straight | QuadraticBezier | Arc) -> Edge:
    if isinstance(segment, QuadraticBezier):
        return Bezier(placed(segment.start), placed(segment.control), placed(segment.end)).edge()
    if isinstance(segment, Arc):
        return ThreePointArc(placed(segment.start), placed(segment.point(0.5)), placed(segment.end)).edge()
    return Line(placed(segment.start), placed(segment.end)).edge()


def stroke(segment: Straight | QuadraticBezier | Arc, width: float) -> Face:
    """What a round pen as wide as ``width`` draws along a segment."""
    return Face(Wire([edge(segment)]).offset_2d(width / 2, side=Side.BOTH, closed=True))


def filled(path: str) -> Face:
    return Face(Wire([edge(segment) for segment in parse_path(path)]))


def raised(shape: Face | Sketch) -> Part:
    """A mark of the ink's height, its upper edge chamfered."""
    body = extrude(shape, p.INK_MM)
    return chamfer(body.faces().sort_by()[-1].edges(), p.INK_EDGE_MM)


def drawn_line(segment: Straight | QuadraticBezier | Arc, width: float) -> Part:
    """The same of a stroke, between what two pens draw: the edges of a curve's stroke are none that CAD chamfers."""
    wide, narrow = stroke(segment, width), stroke(segment, width - 2 * p.INK_EDGE_MM)
    low = p.INK_MM - p.INK_EDGE_MM
    return extrude(wide, low) + loft([Pos(0, 0, low) * wide, Pos(0, 0, p.INK_MM) * narrow], ruled=True)


def ink(face: int) -> list[Part]:
    """Eyes, brows and mouth of a face in relief, z = 0 under them, about the middle of its round."""
    drawing = drawn.drawings()[face]
    eyes = [Pos(*placed(complex(x, y))) * raised(Circle(r * p.FACE_SCALE)) for x, y, r in drawing.eyes]
    mouths = [raised(filled(path)) for path in drawing.filled]
    segments = [s for path in drawing.lines for s in parse_path(path)]
    return eyes + mouths + [drawn_line(s, drawing.stroke * p.FACE_SCALE) for s in segments]


def dots_x(face: int) -> list[float]:
    """From the middle of the tile, left to right: as many as the face's number."""
    return [(i - (face - 1) / 2) * p.DOT_PITCH_MM for i in range(face)]


def dot() -> Part:
    """A cap of a sphere whose edge rises at no more than a right angle: no crevice for dirt at its foot."""
    radius = (p.DOT_MM**2 / 4 + p.DOT_HIGH_MM**2) / (2 * p.DOT_HIGH_MM)
    return split(Pos(0, 0, p.DOT_HIGH_MM - radius) * Sphere(radius), Plane.XY)


def relief(face: int) -> list[Part]:
    """The raised marks on the tile of a face, in the frame of the tile: its middle, z = 0 under it."""
    on = Pos(0, 0, p.TILE_THICK_MM)
    marks = [on * Pos(0, at.FACE_Y_MM, 0) * mark for mark in ink(face)]
    return marks + [on * Pos(x, at.DOTS_Y_MM, 0) * dot() for x in dots_x(face)]


def plain() -> Part:
    """A tile without its marks."""
    outline = SlotOverall(p.TILE_LONG_MM, p.TILE_MM, rotation=90)
    body = extrude(outline, p.TILE_THICK_MM)
    body = chamfer(body.faces().sort_by()[-1].edges(), p.TILE_EDGE_MM)
    body -= rod((0, at.BUTTON_Y_MM, 0), "z", p.TILE_THICK_MM, p.BUTTON_HOLE_MM + p.BUTTON_HOLE_ROOM_MM)
    return body - rod((0, at.FACE_Y_MM, 0), "z", p.TILE_SCREW_MM, p.M3_TAP_MM)


def tile(face: int) -> Part:
    body = plain()
    for mark in relief(face):
        body += mark
    return body


def in_box(face: int) -> Pos:
    """Where a tile lies on the front."""
    return Pos(at.FACE_X_MM[face], 0, 0)
