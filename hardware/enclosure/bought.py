"""Stand-ins for what is bought, as large as its makers say: to see that it fits, and for the pictures."""

from build123d import Part, Plane, Pos, Sphere, fillet, split

from hardware.enclosure import layout as at
from hardware.enclosure import parameters as p
from hardware.enclosure.solids import block, nut, rod


def button_cap() -> Part:
    """What is in front of the panel and moves, from the middle of the button, z = 0 on the panel."""
    cap = rod((0, 0, 1.5), "z", p.BUTTON_OUT_MM - 1.5, p.BUTTON_BEZEL_MM - 8)
    return fillet(cap.faces().sort_by()[-1].edges(), 1.6)


def button_bezel() -> Part:
    ring = rod((0, 0, 0), "z", 3.0, p.BUTTON_BEZEL_MM)
    ring = fillet(ring.faces().sort_by()[-1].edges(), 1.2)
    return ring - rod((0, 0, 0), "z", 4, p.BUTTON_BEZEL_MM - 7)


def button_body() -> Part:
    """Behind the panel: thread, lamp holder, terminals."""
    shaft = rod((0, 0, 0), "-z", p.BUTTON_DEEP_MM - 9.0, p.BUTTON_BODY_MM)
    for x in (-7.0, 7.0):
        shaft += block((x - 0.4, x + 0.4), (-2.4, 2.4), (-p.BUTTON_DEEP_MM, -p.BUTTON_DEEP_MM + 9.5))
    return shaft


def button_nut() -> Part:
    ring = rod((0, 0, -at.PANEL_MM), "-z", 5.0, p.BUTTON_NUT_MM)
    return ring - rod((0, 0, -at.PANEL_MM), "-z", 5.0, p.BUTTON_BODY_MM)


def button_at(face: int) -> Pos:
    return Pos(at.FACE_X_MM[face], at.BUTTON_Y_MM, p.TILE_THICK_MM)


def board() -> Part:
    low = (p.BOARD_X_MM, p.BOARD_Y_MM)
    z = at.BOARD_Z_MM
    plate = block((low[0], low[0] + p.BOARD_WIDE_MM), (low[1], low[1] + p.BOARD_HIGH_MM), (z, z + p.BOARD_THICK_MM))
    for x, y in at.BOARD_HOLES_MM:
        plate -= rod((x, y, z), "z", p.BOARD_THICK_MM, p.M3_MM + 2 * p.SCREW_ROOM_MM)
    return plate


def joints() -> Part:
    """What the board's soldered joints may take under it; no board has any over its posts."""
    low, z = (p.BOARD_X_MM, p.BOARD_Y_MM), at.BOARD_Z_MM
    layer = (z - p.JOINT_MM, z)
    body = block((low[0] + 1, low[0] + p.BOARD_WIDE_MM - 1), (low[1] + 1, low[1] + p.BOARD_HIGH_MM - 1), layer)
    for x, y in at.BOARD_HOLES_MM:
        body -= rod((x, y, z), "-z", p.JOINT_MM, p.STANDOFF_WIDE_MM + 0.5)
    return body


def pico_corner_mm() -> tuple[float, float, float]:
    x, y = p.PICO_ON_BOARD_MM
    return p.BOARD_X_MM + x, p.BOARD_Y_MM + y, at.BOARD_Z_MM + p.BOARD_THICK_MM + p.PICO_OVER_MM


def pico() -> Part:
    x, y, z = pico_corner_mm()
    return block((x, x + p.PICO_LONG_MM), (y, y + p.PICO_WIDE_MM), (z, z + p.PICO_THICK_MM))


def headers() -> Part:
    x, y, z = pico_corner_mm()
    low = at.BOARD_Z_MM + p.BOARD_THICK_MM
    rows = [(y + 0.4, y + 2.9), (y + p.PICO_WIDE_MM - 2.9, y + p.PICO_WIDE_MM - 0.4)]
    return Part() + [block((x + 0.2, x + p.PICO_LONG_MM - 0.2), row, (low, z)) for row in rows]


def socket() -> Part:
    x, y, z = pico_corner_mm()
    end, middle, top = x + p.PICO_LONG_MM, y + p.PICO_WIDE_MM / 2, z + p.PICO_THICK_MM
    return block((end - 4.7, end + p.USB_OUT_MM), (middle - 3.75, middle + 3.75), (top, top + 2.7))


def plug() -> Part:
    """The plug's grip, and the straight piece of cable after which it may bend."""
    x, y, z = pico_corner_mm()
    end, middle = x + p.PICO_LONG_MM + p.USB_OUT_MM, y + p.PICO_WIDE_MM / 2
    height = z + p.PICO_THICK_MM + 1.35
    wide, high, long = p.PLUG_WIDE_MM / 2, p.PLUG_HIGH_MM / 2, 0.6 * p.PLUG_LONG_MM
    grip = block((end, end + long), (middle - wide, middle + wide), (height - high, height + high))
    return grip + rod((end + long, middle, height), "x", p.PLUG_LONG_MM - long, p.CABLE_MM)


def holder() -> Part:
    """The cells' holder, empty."""
    x, y, z = p.CELLS_X_MM, p.CELLS_Y_MM, at.BACK_Z_MM
    high = p.CELLS_DEEP_MM - cell_mm() / 2
    return block((x, x + p.CELLS_WIDE_MM), (y, y + p.CELLS_HIGH_MM), (z, z + high)) - cells()


def cell_mm() -> float:
    """A cell's diameter."""
    return p.CELLS_WIDE_MM / 3 - 1.2


def cells() -> Part:
    """The three cells, in their holder."""
    x, y, z = p.CELLS_X_MM, p.CELLS_Y_MM + 3.5, at.BACK_Z_MM + p.CELLS_DEEP_MM - cell_mm() / 2
    middles = [(x + (i + 0.5) * p.CELLS_WIDE_MM / 3, y, z) for i in range(3)]
    first, *more = (rod(middle, "y", p.CELLS_HIGH_MM - 7.0, cell_mm()) for middle in middles)
    return first + more


def m3(long: float, shank: float = p.M3_MM - 0.1) -> Part:
    """A socket head cap screw, its head's seat at the origin, the shank along -z."""
    head = rod((0, 0, 0), "z", p.M3_HEAD_HIGH_MM, p.M3_HEAD_MM)
    head -= nut((0, 0, p.M3_HEAD_HIGH_MM - 1.3), "z", 1.3, p.M3_SOCKET_MM)
    return head + rod((0, 0, 0), "-z", long, shank)


def m4(long: float) -> Part:
    """A button head screw, likewise."""
    radius = (p.M4_HEAD_MM**2 / 4 + p.M4_HEAD_HIGH_MM**2) / (2 * p.M4_HEAD_HIGH_MM)
    dome = split(Pos(0, 0, p.M4_HEAD_HIGH_MM - radius) * Sphere(radius), Plane.XY)
    dome -= nut((0, 0, p.M4_HEAD_HIGH_MM - 1.3), "z", 1.3, p.M4_SOCKET_MM)
    return dome + rod((0, 0, 0), "-z", long, p.M4_MM - 0.1)


def m3_nut() -> Part:
    return nut((0, 0, 0), "z", p.M3_NUT_HIGH_MM, p.M3_NUT_MM) - rod((0, 0, 0), "z", p.M3_NUT_HIGH_MM, p.M3_MM)


def m4_nut() -> Part:
    return nut((0, 0, 0), "z", p.M4_NUT_HIGH_MM, p.M4_NUT_MM) - rod((0, 0, 0), "z", p.M4_NUT_HIGH_MM, p.M4_MM)
