"""The adapter of the floor stand: a socket for a pole, under a plate with the pattern of 75 mm. Printed upside down."""

import math

from build123d import Part, Plane, Polygon, Pos, Rot, extrude

from hardware.enclosure import layout as at
from hardware.enclosure import mount
from hardware.enclosure import parameters as p
from hardware.enclosure.solids import block, nut, rod

NUT_DEEP_MM = p.M4_NUT_HIGH_MM + p.SUNK_MM
OUTER_MM = p.POLE_MM / 2 + p.SOCKET_MM
HEAD_SINK_MM = p.M4_HEAD_HIGH_MM + p.CLAMP_SINK_MM
POLE_SHOWN_MM = 170.0  # of the pole that is bought: what a picture shows at least
FAR_MM = 400.0  # half the side of what is cut off: beyond everything


def in_box() -> Pos:
    """Brings the adapter, drawn with the pole along z and its plate's front through the origin, behind a mount."""
    return Pos(0, 0, mount.behind(mount.PLATE_S_MM[1])) * Rot(-90 + p.LEAN_DEG, 0, 0)


def socket() -> Part:
    """In a frame of its own: z up along the pole, y backwards."""
    outer, inner = OUTER_MM, (p.POLE_MM + p.POLE_ROOM_MM) / 2
    low = p.POLE_TOP_MM - p.SOCKET_LONG_MM
    behind = p.POLE_NUT_MM / 2
    tube = rod((0, behind, low), "z", p.ADAPTER_CUT_MM - low, 2 * outer) + ears(outer, low, behind)
    tube -= rod((0, behind, low), "z", p.SOCKET_LONG_MM, 2 * inner)
    half = p.CLAMP_GAP_MM / 2
    tube -= block((-half, half), (behind, behind + outer + p.EAR_MM + p.JOIN_MM), (low, low + p.CLAMP_LONG_MM))
    return tube - clamp_holes()


def ears(outer: float, low: float, behind: float) -> Part:
    """Two ears behind the socket whose upper side slopes: it prints upside down."""
    near, far, top = behind + outer - p.SOCKET_MM, behind + outer + p.EAR_MM, low + p.EAR_HIGH_MM
    side = Polygon((near, low), (far, low), (far, top), (near, top + far - near), align=None)
    return extrude(Plane.YZ.offset(-p.EAR_MM) * side, 2 * p.EAR_MM, dir=(1, 0, 0))


def clamp_yz_mm() -> list[tuple[float, float]]:
    """Where the two clamping screws pass through the ears."""
    low, y = p.POLE_TOP_MM - p.SOCKET_LONG_MM, p.POLE_NUT_MM / 2 + OUTER_MM + p.EAR_MM / 2
    return [(y, low + up) for up in p.CLAMP_UP_MM]


def clamp_places() -> list[tuple[Pos, Pos]]:
    """Of each clamping screw: its head's seat, and where its nut lies."""
    right, left = Rot(0, 90, 0), Rot(0, 90, 0) * Rot(0, 0, 30)
    return [
        (Pos(p.EAR_MM - HEAD_SINK_MM, y, z) * right, Pos(-p.EAR_MM + p.SUNK_MM / 2, y, z) * left)
        for y, z in clamp_yz_mm()
    ]


def pole() -> Part:
    """A stretch of the pole that is bought."""
    return rod((0, p.POLE_NUT_MM / 2, p.POLE_TOP_MM), "-z", POLE_SHOWN_MM, p.POLE_MM)


def rest_of_pole() -> Part:
    """What is below that stretch, as far as the floor."""
    return rod((0, p.POLE_NUT_MM / 2, p.POLE_TOP_MM - POLE_SHOWN_MM), "-z", 2 * FAR_MM, p.POLE_MM)


def clamp_holes() -> Part:
    holes = None
    for y, z in clamp_yz_mm():
        hole = rod((-p.EAR_MM, y, z), "x", 2 * p.EAR_MM, p.M4_MM + 2 * p.SCREW_ROOM_MM)
        hole += rod((p.EAR_MM, y, z), "-x", HEAD_SINK_MM, mount.HEAD_MM)
        hole += nut((-p.EAR_MM, y, z), "x", NUT_DEEP_MM, p.M4_NUT_MM + 2 * p.NUT_ROOM_MM, 30)
        holes = hole if holes is None else holes + hole
    return holes


def leaning(part: Part) -> Part:
    """From the plate's own frame (z out of the box's back, y up along it) into the socket's frame."""
    return Rot(-p.LEAN_DEG, 0, 0) * Rot(90, 0, 0) * Rot(0, 180, 0) * part


def blunt_y_mm() -> float:
    """Where the plate's back is THINNEST_MM below the cut: further out it would end in a thin edge of 60°."""
    lean = math.radians(p.LEAN_DEG)
    return p.POLE_NUT_MM / math.cos(lean) + (p.ADAPTER_CUT_MM - p.THINNEST_MM) * math.tan(lean)


def adapter() -> Part:
    """In the frame of the socket."""
    half = p.ADAPTER_MM / 2
    plate = block((-half, half), (-half, half), (0, p.POLE_NUT_MM))
    holes = None
    for x, y in at.VESA_HOLES_MM:
        hole = rod((x, y, 0), "z", p.POLE_NUT_MM, p.M4_MM + 2 * p.SCREW_ROOM_MM)
        hole += nut((x, y, p.POLE_NUT_MM), "-z", NUT_DEEP_MM, p.M4_NUT_MM + 2 * p.NUT_ROOM_MM, 30)
        holes = hole if holes is None else holes + hole
    far = (-FAR_MM, FAR_MM)
    front = block(far, far, (-FAR_MM, 0))
    body = leaning(plate) + (socket() - leaning(front))
    body -= block(far, far, (p.ADAPTER_CUT_MM, FAR_MM))
    body -= block(far, (blunt_y_mm(), FAR_MM), (0, FAR_MM))
    return body - leaning(holes)
