"""The back: a tray with what the board, the cable and the mounts need. Printed on its back."""

import math

from build123d import Part, Pos, RectangleRounded, chamfer, extrude

from hardware.enclosure import layout as at
from hardware.enclosure import parameters as p
from hardware.enclosure.solids import block, m3_hole, m4_hole, nut, rod, slab

NUT_WALL_MM = 2.4  # round a nut
RIB_ROUND_MM = 1.0  # diameter of the ribs that hold a nut: a narrow top, which a nut presses flat
RIB_OFF_MM = p.M4_NUT_MM / 2 + p.NUT_ROOM_MM - p.NUT_RIB_MM + RIB_ROUND_MM / 2  # their axis from the nut's
BEHIND_MM = 1.0  # chamfer round the back: the first layers spread, and nobody grips a sharp edge


def tray() -> Part:
    size = (at.CASE_WIDE_MM, at.CASE_HIGH_MM, p.CORNER_MM)
    body = slab(*size, (-at.CASE_DEEP_MM, -p.SKIRT_MM))
    body = chamfer(body.faces().sort_by()[0].edges(), BEHIND_MM)
    return body - slab(*size, (at.BACK_Z_MM, -p.SKIRT_MM), p.WALL_MM)


def vesa_boss(x: float, y: float) -> Part:
    """Walls round an M4 nut that lies on the inside of the back."""
    across = (p.M4_NUT_MM + 2 * p.NUT_ROOM_MM) * p.HEX_CORNERS + 2 * NUT_WALL_MM
    return rod((x, y, at.BACK_Z_MM), "z", p.M4_NUT_HIGH_MM, across)


def vesa_hole(x: float, y: float) -> Part:
    hole = m4_hole((x, y, -at.CASE_DEEP_MM), "z", p.BACK_MM)
    return hole + nut((x, y, at.BACK_Z_MM), "z", p.M4_NUT_HIGH_MM, p.M4_NUT_MM + 2 * p.NUT_ROOM_MM) - ribs(x, y)


def ribs(x: float, y: float) -> Part:
    """Three ribs, on every other flat of a nut's pocket, between which a nut is pressed."""
    turns = [math.radians(90 + 120 * i) for i in range(3)]
    places = [(x + RIB_OFF_MM * math.cos(turn), y + RIB_OFF_MM * math.sin(turn), at.BACK_Z_MM) for turn in turns]
    first, *more = (rod(place, "z", p.M4_NUT_HIGH_MM, RIB_ROUND_MM) for place in places)
    return first + more


def lock() -> Part:
    """The block on the bottom for the locking screw's nut."""
    inner = -at.TOP_MM + p.WALL_MM
    wide = p.M4_NUT_MM / 2 + p.NUT_ROOM_MM + NUT_WALL_MM
    high = lock_nut_mm()[1] + NUT_WALL_MM
    return block((-wide, wide), (inner - p.JOIN_MM / 2, high), (at.BACK_Z_MM, at.LOCK_Z_MM + p.M4_NUT_MM))


def lock_nut_mm() -> tuple[float, float]:
    """From where to where in y the locking screw's nut has room."""
    low = -at.TOP_MM + p.WALL_MM + p.LOCK_FLOOR_MM
    return low, low + p.M4_NUT_HIGH_MM + 2 * p.NUT_ROOM_MM


def lock_hole() -> Part:
    half, y = p.M4_NUT_MM / 2 + p.NUT_ROOM_MM, lock_nut_mm()
    low, long = at.LOCK_Z_MM - half * p.HEX_CORNERS, half * p.HEX_CORNERS + p.M4_NUT_MM
    slot = block((-half, half), y, (low, low + long))
    for x in (-RIB_OFF_MM, RIB_OFF_MM):
        slot -= rod((x, sum(y) / 2, low), "z", long, RIB_ROUND_MM)
    return slot + m4_hole((0, -at.TOP_MM, at.LOCK_Z_MM), "y", y[1] + at.TOP_MM + NUT_WALL_MM)


def standoff(x: float, y: float) -> Part:
    return rod((x, y, at.BACK_Z_MM), "z", p.STANDOFF_MM, p.STANDOFF_WIDE_MM)


def grip_posts() -> Part:
    """Two posts and, between them, a saddle under the cable."""
    x, y, z = p.GRIP_MM / 2, p.GRIP_Y_MM, at.BACK_Z_MM
    left, right = (rod((side, y, z), "z", p.GRIP_POST_MM, p.GRIP_POST_WIDE_MM) for side in (-x, x))
    high = p.GRIP_POST_MM - p.CABLE_MM + p.GRIP_PINCH_MM
    half = 1.0  # of the saddle: a narrow ridge presses into a cable and holds it
    return left + right + block((-x, x), (y - half, y + half), (z, z + high))


def cable_hole() -> Part:
    """Lets the plug through; what is left round the cable lies behind the mount."""
    wide, high = p.PLUG_WIDE_MM + 2 * p.PLUG_ROOM_MM, p.PLUG_HIGH_MM + 2 * p.PLUG_ROOM_MM
    outline = RectangleRounded(wide, high, p.PLUG_CORNER_MM)
    return extrude(Pos(p.CABLE_X_MM, p.CABLE_Y_MM, -at.CASE_DEEP_MM) * outline, p.BACK_MM)


def back() -> Part:
    body = tray() + lock() + grip_posts()
    for x, y in at.VESA_HOLES_MM:
        body += vesa_boss(x, y)
    for x, y in at.BOARD_HOLES_MM:
        body += standoff(x, y)
    for x, y in at.VESA_HOLES_MM:
        body -= vesa_hole(x, y)
    for x, y in at.CASE_SCREWS_MM:
        body -= m3_hole((x, y, -at.CASE_DEEP_MM), "z", p.BACK_MM)
    deep = p.STANDOFF_MM + p.JOIN_MM
    for x, y in at.BOARD_HOLES_MM:
        body -= rod((x, y, at.BACK_Z_MM + p.STANDOFF_MM), "-z", deep, p.M3_TAP_MM)
    for x in (-p.GRIP_MM / 2, p.GRIP_MM / 2):
        body -= rod((x, p.GRIP_Y_MM, at.BACK_Z_MM + p.GRIP_POST_MM), "-z", p.GRIP_POST_MM + p.JOIN_MM, p.M3_TAP_MM)
    return body - lock_hole() - cable_hole()
