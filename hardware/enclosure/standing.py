"""``python -m hardware.enclosure.standing``: how high the buttons are on each mount, where a press goes, how heavy a
floor stand must be, and how much of the card a seated person does not see over the box.

The face leans back by LEAN_DEG on the table stand and on the pole, not at all on a wall."""

import math
from collections.abc import Iterator

from hardware.enclosure import layout as at
from hardware.enclosure import parameters as p

LOW_MM, HIGH_MM = 380.0, 1220.0  # EN 301 549 V3.2.1, 8.3.2.1 to 8.3.3.2: what a hand reaches from a wheelchair
WANTED_MM = 1000.0  # from the floor to the middle of the buttons: within reach sitting and standing
LEAN = math.radians(p.LEAN_DEG)
TABLES_MM = (680.0, 800.0)
POLE_MM = 870.0  # the same on a pole: as low as on a high table, so that a low eye sees over the leaning box
EYE_MM, EYE_OFF_MM = 1150.0, 500.0  # of a seated person: over the floor, and in front of the buttons; both assumed
EYES_MM = (1000.0, 1050.0, 1100.0, 1150.0, 1200.0, 1250.0)  # of people who sit low and high, and of children
OFFS_MM = (300.0, 500.0, 800.0, 1200.0)
GRAVITY_M_S2 = 9.81
PRESSES_N = (
    5.0,
    22.2,
    50.0,
    100.0,
)  # what ISO 21542 has at most, EN 301 549, 8.4.2.2, a hard push and a shove (assumed)
FEET_MM = (250.0, 350.0, 450.0)  # from the pole's axis to the line that a stand would tip over


def level(y: float, z: float, lean: float) -> tuple[float, float]:
    """``(forth, up)`` of a point of the box in the room, where the face leans back by so many radians."""
    return z * math.cos(lean) - y * math.sin(lean), y * math.cos(lean) + z * math.sin(lean)


def in_box(forth: float, up: float, lean: float) -> tuple[float, float]:
    """``(y, z)`` in the box of a point of the room: what level() does, turned round."""
    return up * math.cos(lean) - forth * math.sin(lean), forth * math.cos(lean) + up * math.sin(lean)


def over_table_mm() -> float:
    """From the table to the middle of a button's top."""
    back = -at.CASE_DEEP_MM - p.CLEAT_MM - p.MOUNT_THICK_MM
    table = level(at.SHELF_LOW_MM, back, LEAN)[1] - p.STAND_LOW_MM
    return button(LEAN)[1] - table


def button(lean: float) -> tuple[float, float]:
    return level(at.BUTTON_Y_MM, p.TILE_THICK_MM + p.BUTTON_OUT_MM, lean)


def press_meets_table_mm(y: float = at.BUTTON_Y_MM, z: float = p.TILE_THICK_MM + p.BUTTON_OUT_MM) -> float:
    """How far in front of the foot's rear end the line of a press, square to the face, meets the table."""
    forth, up = level(y, z, LEAN)
    foot_front = level(at.SHELF_LOW_MM, -p.SKIRT_MM + p.SHELF_OUT_MM, LEAN)[0]
    meets = forth - (over_table_mm() + up - button(LEAN)[1]) / math.tan(LEAN)
    return meets - (foot_front - p.STAND_DEEP_MM)


def beside_foot_mm() -> float:
    """How far beside the foot the line of a press on an outer button meets the table; negative: over it."""
    return at.FACE_X_MM[p.FACES] - p.STAND_WIDE_MM / 2


def over_pole_mm() -> float:
    """From the pole's upper end to the middle of a button's top."""
    plate = level(0.0, -at.CASE_DEEP_MM - p.CLEAT_MM - p.MOUNT_THICK_MM, LEAN)[1]
    return button(LEAN)[1] - (plate + p.POLE_TOP_MM)


def over_floor_mm(y: float, z: float) -> float:
    """A point of the box over the floor, on a pole as low as POLE_MM has it."""
    return POLE_MM + level(y, z, LEAN)[1] - button(LEAN)[1]


def before_pole_mm(y: float, z: float) -> float:
    """How far a point of the box lies before the pole's axis, level."""
    plate = level(0.0, -at.CASE_DEEP_MM - p.CLEAT_MM - p.MOUNT_THICK_MM, LEAN)[0]
    return level(y, z, LEAN)[0] - (plate - p.POLE_NUT_MM / 2)


def stand_kg(
    press_n: float, feet_mm: float, y: float = at.BUTTON_Y_MM, z: float = p.TILE_THICK_MM + p.BUTTON_OUT_MM
) -> float:
    """The least mass of a floor stand that a press, square to the face, does not tip backwards.

    Moments about the line between its two rear feet, ``feet_mm`` behind the pole's axis: the press's level part times
    its height turns the stand over; the press's part downwards, which is before that line, and the mass, in the axis,
    hold it. The box itself hangs before the axis and would hold, too: it is left out."""
    level_n, down_n = press_n * math.cos(LEAN), press_n * math.sin(LEAN)
    over_nmm = level_n * over_floor_mm(y, z) - down_n * (feet_mm + before_pole_mm(y, z))
    return over_nmm / (GRAVITY_M_S2 * feet_mm)


def masses() -> Iterator[str]:
    """How heavy a floor stand must be, as hardware/accessibility.md has it."""
    for press in PRESSES_N:
        told = " | ".join(f"{stand_kg(press, feet):.1f} kg" for feet in FEET_MM)
        yield f"| {press:g} N | {told} |"


def hidden_mm(lean: float, buttons_mm: float, eye_mm: float = EYE_MM, off_mm: float = EYE_OFF_MM) -> float:
    """How much of the card, from its lower edge up, box and slot hide from an eye.

    ``buttons_mm``, ``eye_mm``: the buttons' middle and the eye over the floor; ``off_mm``: from one to the other."""
    forth, up = button(lean)
    eye_y, eye_z = in_box(forth + off_mm, up + eye_mm - buttons_mm, lean)
    card_z = -at.CASE_DEEP_MM - p.CLEAT_MM - p.MOUNT_THICK_MM / 2
    plate_y = at.TOP_MM + p.CARD_OVER_MM
    edges = (
        (at.TOP_MM - p.FRONT_EDGE_MM, 0.0),
        (at.TOP_MM, -p.FRONT_EDGE_MM),
        (at.TOP_MM, -at.CASE_DEEP_MM),
        (plate_y, -at.CASE_DEEP_MM - p.CLEAT_MM),
    )
    seen_y = max(eye_y + (y - eye_y) * (eye_z - card_z) / (eye_z - z) for y, z in edges)
    return seen_y - (plate_y - p.CARD_DEEP_MM)


def places() -> list[tuple[str, float, float]]:
    """Of each way to set a box up: its name, how far its face leans back, and its buttons' height over the floor."""
    tables = [(f"table of {table:.0f} mm", LEAN, over_table_mm() + table) for table in TABLES_MM]
    poles = [(f"pole, buttons at {high:,.0f} mm", LEAN, high) for high in (POLE_MM, WANTED_MM)]
    return [("wall", 0.0, WANTED_MM), *tables, *poles]


def lowest_eye_mm(lean: float, buttons_mm: float, empty_mm: float) -> float:
    """The lowest eye, in steps of 10 mm, from which no more than the card's empty end is hidden; not under EYES_MM."""
    eyes = [eye for eye in range(int(EYES_MM[0]), 2000, 10) if hidden_mm(lean, buttons_mm, eye) < empty_mm]
    return float(eyes[0])


def hidden() -> Iterator[str]:
    """How much of a card is hidden, as the tables of hardware/accessibility.md say it: by eye, and by distance."""
    yield f"| eye over the floor | {' | '.join(name for name, _, _ in places())} |"
    yield "|---" * (len(places()) + 1) + "|"
    for eye in EYES_MM:
        told = " | ".join(f"{hidden_mm(lean, high, eye):.0f} mm" for _, lean, high in places())
        yield f"| {eye:,.0f} mm | {told} |"
    yield f"| distance of an eye at {EYE_MM:,.0f} mm | {' | '.join(name for name, _, _ in places())} |"
    yield "|---" * (len(places()) + 1) + "|"
    for off in OFFS_MM:
        told = " | ".join(f"{hidden_mm(lean, high, EYE_MM, off):.0f} mm" for _, lean, high in places())
        yield f"| {off:,.0f} mm | {told} |"


def rows() -> Iterator[str]:
    """The table of hardware/accessibility.md."""
    high, low = (WANTED_MM - at.BUTTON_Y_MM + way * p.WALL_SCREW_Y_MM for way in (1, -1))
    tables = [over_table_mm() + table for table in TABLES_MM]
    yield (
        f"| wall | upper wall screws {high:,.0f} mm, lower {low:,.0f} mm above the floor, "
        f"{2 * p.WALL_SCREW_X_MM:.0f} mm apart | {WANTED_MM:,.0f} mm |"
    )
    yield f"| floor | the pole's upper end {POLE_MM - over_pole_mm():,.0f} mm above the floor | {POLE_MM:,.0f} mm |"
    yield (
        f"| table | a table of {TABLES_MM[0]:.0f} to {TABLES_MM[1]:.0f} mm, the stand at its front edge "
        f"| {tables[0]:.0f} to {tables[1]:.0f} mm |"
    )


if __name__ == "__main__":
    print("\n".join([*rows(), *masses(), *hidden()]))
