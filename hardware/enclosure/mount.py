"""What carries the box: the hanger on its back, and the mounts, whose plate, cleat and shelf have one profile; it is
MOUNT_MM wide on a wall and on a pole, STAND_WIDE_MM on the table.

Hanger and mounts are profiles along x and print on their side, so that their layers run along the bends."""

import math

from build123d import Align, Axis, Circle, Cone, Location, Part, Plane, Polygon, Pos, Sketch, chamfer, extrude

from hardware.enclosure import layout as at
from hardware.enclosure import parameters as p
from hardware.enclosure.solids import TOWARDS, block, m4_hole, profile, rod

PLATE_S_MM = (p.CLEAT_MM, p.CLEAT_MM + p.MOUNT_THICK_MM)  # behind the back of the box
PLATE_TOP_MM = at.TOP_MM + p.CARD_OVER_MM
SHELF_FRONT_MM = -p.SKIRT_MM + p.SHELF_OUT_MM
HEAD_MM = p.M4_HEAD_MM + 2 * p.SCREW_ROOM_MM
PAST_NUT_MM = 0.5  # of the hanger's screws: all of a nut's thread is used, and the board's joints are far
HANGER_SINK_MM = p.CLEAT_MM - p.CLEAT_PLAY_MM + p.BACK_MM + p.M4_NUT_HIGH_MM + PAST_NUT_MM - p.HANGER_SCREW_MM
LOCK_SINK_MM = VESA_SINK_MM = p.M4_HEAD_HIGH_MM + p.SUNK_MM


def behind(s: float) -> float:
    """z of what lies ``s`` behind the back of the box."""
    return -at.CASE_DEEP_MM - s


def hanger() -> Part:
    far = p.CLEAT_MM - p.CLEAT_PLAY_MM
    low, top = at.HANGER_LOW_MM, at.HANGER_TOP_MM
    outline = [(top, 0), (top, far), (low, far), (low, far - p.CLEAT_FLAT_MM), (low + far - p.CLEAT_FLAT_MM, 0)]
    body = profile([(y, behind(s)) for y, s in outline], p.CLEAT_LONG_MM)
    for x in (-p.VESA_MM / 2, p.VESA_MM / 2):
        body -= m4_hole((x, p.VESA_MM / 2, behind(0)), "-z", far)
        body -= rod((x, p.VESA_MM / 2, behind(far)), "z", HANGER_SINK_MM, HEAD_MM)
    return body


def plate(wide: float = p.MOUNT_MM) -> Part:
    """Plate, cleat and shelf, with the slot for the card, the locking screw's hole and the pattern of 75 mm."""
    near, far = PLATE_S_MM
    x = (-wide / 2, wide / 2)
    body = block(x, (at.SHELF_LOW_MM, PLATE_TOP_MM), (behind(far), behind(near)))
    body = chamfer(body.edges().filter_by(Axis.Z).sort_by(Axis.Y)[-2:], p.PLATE_CORNER_MM)
    body += block(x, (at.SHELF_LOW_MM, at.SHELF_TOP_MM), (behind(far), SHELF_FRONT_MM))
    body += cleat(wide)
    body -= card_slot()
    lock = (0, at.SHELF_LOW_MM, at.LOCK_Z_MM)
    body -= m4_hole(lock, "y", p.SHELF_THICK_MM)
    return body - rod(lock, "y", LOCK_SINK_MM, HEAD_MM)


def cleat(wide: float) -> Part:
    near, far, top = p.CLEAT_PLAY_MM, p.CLEAT_MM, at.CLEAT_TOP_MM
    slope = far - near - p.CLEAT_FLAT_MM
    outline = [
        (top, near),
        (top, near + p.CLEAT_FLAT_MM),
        (top - slope, far),
        (top - slope - p.CLEAT_ROOT_MM, far),
        (top - p.CLEAT_TIP_MM, near),
    ]
    return profile([(y, behind(s)) for y, s in outline], wide)


def card_slot() -> Part:
    middle = behind(sum(PLATE_S_MM) / 2)
    z = (middle - p.CARD_MM / 2, middle + p.CARD_MM / 2)
    return block((-p.MOUNT_MM, p.MOUNT_MM), (PLATE_TOP_MM - p.CARD_DEEP_MM, PLATE_TOP_MM + p.JOIN_MM), z)


def sunk(head: tuple[float, float, float], towards: str, long: float) -> Part:
    """A hole for a wood screw with its cone; ``head`` is where the head's top lies."""
    deep = (p.WALL_SCREW_HEAD_MM - p.WALL_SCREW_MM) / 2
    cone = Cone(p.WALL_SCREW_HEAD_MM / 2, p.WALL_SCREW_MM / 2, deep, align=(Align.CENTER, Align.CENTER, Align.MIN))
    return rod(head, towards, long, p.WALL_SCREW_MM) + Pos(*head) * TOWARDS[towards] * cone


def wall_screws() -> list[tuple[float, float, float]]:
    """Where the tops of the heads of the wall's screws lie."""
    x, y, z = p.WALL_SCREW_X_MM, p.WALL_SCREW_Y_MM, behind(PLATE_S_MM[0])
    return [(across, up, z) for across in (-x, x) for up in (-y, y)]


def wall() -> Part:
    """The wall mount; with the pole's adapter behind it the floor stand."""
    near, far = PLATE_S_MM
    body = plate()
    for head in wall_screws():
        body -= sunk(head, "-z", far - near)
    for x, y in at.VESA_HOLES_MM:
        body -= m4_hole((x, y, behind(near)), "-z", far - near)
        body -= rod((x, y, behind(near)), "-z", VESA_SINK_MM, HEAD_MM)
    return body


LEAN = math.radians(p.LEAN_DEG)
UP = (math.cos(LEAN), math.sin(LEAN))  # the room's vertical in the box's (y, z) where the face leans back
FORTH = (-math.sin(LEAN), math.cos(LEAN))  # towards the visitor, level


def levelled(forth: float, up: float) -> tuple[float, float]:
    """The (y, z) of a point so far forth and up in the room."""
    return (forth * FORTH[0] + up * UP[0], forth * FORTH[1] + up * UP[1])


def height(y: float, z: float) -> float:
    return y * UP[0] + z * UP[1]


def forth(y: float, z: float) -> float:
    return y * FORTH[0] + z * FORTH[1]


TABLE_UP_MM = height(at.SHELF_LOW_MM, behind(PLATE_S_MM[1])) - p.STAND_LOW_MM
FOOT_FRONT_MM = forth(at.SHELF_LOW_MM, SHELF_FRONT_MM)
FOOT_BACK_MM = FOOT_FRONT_MM - p.STAND_DEEP_MM


def table() -> Part:
    """The table stand: the plate leans on a foot and a strut; two screws hold the foot, or tape under all of it."""
    thick, middle = p.STAND_THICK_MM, TABLE_UP_MM + p.STAND_THICK_MM / 2
    near, far = (behind(s) for s in PLATE_S_MM)
    foot = [(FOOT_FRONT_MM, 0.0), (FOOT_BACK_MM, 0.0), (FOOT_BACK_MM, thick), (FOOT_FRONT_MM, thick)]
    low = at.SHELF_LOW_MM
    leg = [(low, near), (low, far), levelled(forth(low, far), middle), levelled(forth(low, near), middle)]
    high = at.TOP_MM - p.STRUT_DOWN_MM
    strut = [
        (high - thick, far + p.JOIN_MM),
        (high, far + p.JOIN_MM),
        levelled(FOOT_BACK_MM, TABLE_UP_MM + thick),
        levelled(FOOT_BACK_MM, TABLE_UP_MM),
        levelled(FOOT_BACK_MM + 2 * thick, middle),
    ]
    wide = p.STAND_WIDE_MM
    body = plate(wide) + profile([levelled(f, TABLE_UP_MM + up) for f, up in foot], wide)
    body += profile(leg, wide) + profile(strut, wide)
    return body - table_holes()


def foot_screws() -> list[Location]:
    """Where the tops of the heads of the foot's screws lie, level with its upper side; z is up in the room."""
    y, z = levelled(FOOT_FRONT_MM - p.FOOT_SCREW_MM, TABLE_UP_MM + p.STAND_THICK_MM)
    plane = Plane((0, y, z), x_dir=(1, 0, 0), z_dir=(0, *UP))
    return [plane.location * Pos(x, 0, 0) for x in (-p.STAND_WIDE_MM / 4, p.STAND_WIDE_MM / 4)]


def teardrop(radius: float) -> Sketch:
    """A circle with a corner of a right angle towards x, which is up as the stand lies: no bridge over a wide hole."""
    beside = radius / math.sqrt(2)
    return Circle(radius) + Polygon((beside, -beside), (2 * beside, 0), (beside, beside), align=None)


def table_holes() -> Part:
    """Two countersunk holes through the foot, for screws into a table; over each the shelf lets its driver pass."""
    hole = sunk((0, 0, 0), "-z", p.STAND_THICK_MM + p.JOIN_MM)
    hole += Pos(0, 0, p.JOIN_MM) * extrude(teardrop(p.FOOT_DRIVER_MM / 2), at.CASE_HIGH_MM)
    left, right = (place * hole for place in foot_screws())
    return left + right
