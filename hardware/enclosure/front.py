"""The front: plate, skirt, lip and the four pillars that hold it. Printed face down."""

from build123d import Part, chamfer

from hardware.enclosure import layout as at
from hardware.enclosure import parameters as p
from hardware.enclosure.solids import block, m3_hole, rod, slab


def shell() -> Part:
    """Plate, skirt and lip; the plate's edge in front is chamfered."""
    size = (at.CASE_WIDE_MM, at.CASE_HIGH_MM, p.CORNER_MM)
    inner = p.WALL_MM + p.SLIDE_MM + p.LIP_THICK_MM
    body = slab(*size, (-p.SKIRT_MM, 0))
    body = chamfer(body.faces().sort_by()[-1].edges(), p.FRONT_EDGE_MM)
    body += slab(*size, (-p.SKIRT_MM - p.LIP_MM, -p.FRONT_MM), p.WALL_MM + p.SLIDE_MM)
    return body - slab(*size, (-p.SKIRT_MM - p.LIP_MM, -p.FRONT_MM), inner)


def pillar_end_mm() -> float:
    """z of a pillar's free end: the seam closes before it touches the back."""
    return at.BACK_Z_MM + p.SLIDE_MM


def pillar(x: float, y: float) -> Part:
    side, end = p.PILLAR_MM / 2, pillar_end_mm()
    post = block((x - side, x + side), (y - side, y + side), (end, -p.FRONT_MM))
    depth = p.PILLAR_END_MM + p.M3_NUT_HIGH_MM + p.SCREW_PAST_MM
    return post - m3_hole((x, y, end), "z", depth) - slot(x, y)


def slot(x: float, y: float) -> Part:
    """The pocket for a nut, open towards the middle of the box."""
    z = pillar_end_mm() + p.PILLAR_END_MM
    half = p.M3_NUT_MM / 2 + p.NUT_ROOM_MM
    inward = -1 if x > 0 else 1
    far, open_end = x - inward * half * p.HEX_CORNERS, x + inward * (p.PILLAR_MM / 2 + p.JOIN_MM)
    high = (z, z + p.M3_NUT_HIGH_MM + 2 * p.NUT_ROOM_MM)
    return block(sorted((far, open_end)), (y - half, y + half), high)


def front() -> Part:
    body = shell()
    for x, y in at.CASE_SCREWS_MM:
        body += pillar(x, y)
    for x in at.FACE_X_MM.values():
        body -= rod((x, at.BUTTON_Y_MM, 0), "-z", p.FRONT_MM, p.BUTTON_HOLE_MM + p.BUTTON_HOLE_ROOM_MM)
        body -= m3_hole((x, at.FACE_Y_MM, 0), "-z", p.FRONT_MM)
    return body
