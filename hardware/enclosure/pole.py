"""The adapter of the floor stand: a socket for a pole, under a plate with the pattern of 75 mm. Printed upside down."""

import math

from build123d import Part, Plane, Polygon, Pos, Rot, extrude

from hardware.enclosure import layout as at
from hardware.enclosure import mount
from hardware.enclosure import parameters as p
from hardware.enclosure.solids import block, nut, rod

PLATE_MM = 6.0  # thickness under the nuts' pockets
NUT_DEEP_MM = p.M4_NUT_HIGH_MM + 0.2
CUT_MM = 38.0  # its top is level at this height over the plate's middle: that is what stands on the bed
OUTER_MM = p.POLE_MM / 2 + p.SOCKET_MM
HEAD_SINK_MM = p.M4_HEAD_HIGH_MM + 0.8  # how deep a clamping screw's head lies
POLE_SHOWN_MM = 300.0
EAR_MM = 14.0  # how far the ears stand out from the socket, and half their width


def in_box() -> Pos:
    """Brings the adapter, drawn with the pole along z and its plate's front through the origin, behind a mount."""
    return Pos(0, 0, mount.behind(mount.PLATE_S_MM[1])) * Rot(-90 + p.LEAN_DEG, 0, 0)


def socket() -> Part:
    """In a frame of its own: z up along the pole, y backwards."""
    outer, inner = OUTER_MM, (p.POLE_MM + p.POLE_ROOM_MM) / 2
    low = p.POLE_TOP_MM - p.SOCKET_LONG_MM
    behind = PLATE_MM / 2
    tube = rod((0, behind, low), "z", CUT_MM - low, 2 * outer) + ears(outer, low, behind)
    tube -= rod((0, behind, low), "z", p.SOCKET_LONG_MM, 2 * inner)
    half = p.CLAMP_GAP_MM / 2
    tube -= block((-half, half), (behind, behind + outer + EAR_MM + 1), (low, low + p.SOCKET_LONG_MM * 0.7))
    return tube - clamp_holes()


def ears(outer: float, low: float, behind: float) -> Part:
    """Two ears behind the socket whose upper side slopes: it prints upside down."""
    near, far, top = behind + outer - 6.0, behind + outer + EAR_MM, low + 34.0
    side = Polygon((near, low), (far, low), (far, top), (near, top + far - near), align=None)
    return extrude(Plane.YZ.offset(-EAR_MM) * side, 2 * EAR_MM, dir=(1, 0, 0))


def clamp_yz_mm() -> list[tuple[float, float]]:
    """Where the two clamping screws pass through the ears."""
    low, y = p.POLE_TOP_MM - p.SOCKET_LONG_MM, PLATE_MM / 2 + OUTER_MM + EAR_MM / 2
    return [(y, low + 9.0), (y, low + 25.0)]


def clamp_places() -> list[tuple[Pos, Pos]]:
    """Of each clamping screw: its head's seat, and where its nut lies."""
    right, left = Rot(0, 90, 0), Rot(0, 90, 0) * Rot(0, 0, 30)
    return [(Pos(EAR_MM - HEAD_SINK_MM, y, z) * right, Pos(-EAR_MM + 0.1, y, z) * left) for y, z in clamp_yz_mm()]


def pole() -> Part:
    """A stretch of the pole that is bought."""
    return rod((0, PLATE_MM / 2, p.POLE_TOP_MM), "-z", POLE_SHOWN_MM, p.POLE_MM)


def clamp_holes() -> Part:
    holes = None
    for y, z in clamp_yz_mm():
        hole = rod((-EAR_MM, y, z), "x", 2 * EAR_MM, p.M4_MM + 2 * p.SCREW_ROOM_MM)
        hole += rod((EAR_MM, y, z), "-x", HEAD_SINK_MM, mount.HEAD_MM)
        hole += nut((-EAR_MM, y, z), "x", NUT_DEEP_MM, p.M4_NUT_MM + 2 * p.NUT_ROOM_MM, 30)
        holes = hole if holes is None else holes + hole
    return holes


def leaning(part: Part) -> Part:
    """From the plate's own frame (z out of the box's back, y up along it) into the socket's frame."""
    return Rot(-p.LEAN_DEG, 0, 0) * Rot(90, 0, 0) * Rot(0, 180, 0) * part


def blunt_y_mm() -> float:
    """Where the plate's back is THINNEST_MM below the cut: further out it would end in a thin edge of 60°."""
    lean = math.radians(p.LEAN_DEG)
    return PLATE_MM / math.cos(lean) + (CUT_MM - p.THINNEST_MM) * math.tan(lean)


def adapter() -> Part:
    """In the frame of the socket."""
    half = p.ADAPTER_MM / 2
    plate = block((-half, half), (-half, half), (0, PLATE_MM))
    holes = None
    for x, y in at.VESA_HOLES_MM:
        hole = rod((x, y, 0), "z", PLATE_MM, p.M4_MM + 2 * p.SCREW_ROOM_MM)
        hole += nut((x, y, PLATE_MM), "-z", NUT_DEEP_MM, p.M4_NUT_MM + 2 * p.NUT_ROOM_MM, 30)
        holes = hole if holes is None else holes + hole
    front = block((-200, 200), (-200, 200), (-200, 0))
    body = leaning(plate) + (socket() - leaning(front))
    body -= block((-200, 200), (-200, 200), (CUT_MM, 400))
    body -= block((-200, 200), (blunt_y_mm(), 200), (0, 400))
    return body - leaning(holes)
