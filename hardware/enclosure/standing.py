"""``python -m hardware.enclosure.standing``: how high the buttons are on each mount, and where a press goes.

The face leans back by LEAN_DEG on the table stand and on the pole, not at all on a wall."""

import math
from collections.abc import Iterator

from hardware.enclosure import layout as at
from hardware.enclosure import parameters as p

LOW_MM, HIGH_MM = 380.0, 1220.0  # EN 301 549 V3.2.1, 8.3.2.1 to 8.3.3.2: what a hand reaches from a wheelchair
WANTED_MM = 1000.0  # from the floor to the middle of the buttons: within reach sitting and standing
LEAN = math.radians(p.LEAN_DEG)
TABLES_MM = (680.0, 800.0)


def level(y: float, z: float, lean: float) -> tuple[float, float]:
    """``(forth, up)`` of a point of the box in the room, where the face leans back by so many radians."""
    return z * math.cos(lean) - y * math.sin(lean), y * math.cos(lean) + z * math.sin(lean)


def over_table_mm() -> float:
    """From the table to the middle of a button's top."""
    back = -at.CASE_DEEP_MM - p.CLEAT_MM - p.MOUNT_THICK_MM
    table = level(at.SHELF_LOW_MM, back, LEAN)[1] - p.STAND_LOW_MM
    return button(LEAN)[1] - table


def button(lean: float) -> tuple[float, float]:
    return level(at.BUTTON_Y_MM, p.TILE_THICK_MM + p.BUTTON_OUT_MM, lean)


def press_meets_table_mm() -> float:
    """How far in front of the foot's rear end the line of a press, square to the face, meets the table."""
    forth = button(LEAN)[0]
    foot_front = level(at.SHELF_LOW_MM, -p.SKIRT_MM + p.SHELF_OUT_MM, LEAN)[0]
    meets = forth - over_table_mm() / math.tan(LEAN)
    return meets - (foot_front - p.STAND_DEEP_MM)


def over_pole_mm() -> float:
    """From the pole's upper end to the middle of a button's top."""
    plate = level(0.0, -at.CASE_DEEP_MM - p.CLEAT_MM - p.MOUNT_THICK_MM, LEAN)[1]
    return button(LEAN)[1] - (plate + p.POLE_TOP_MM)


def rows() -> Iterator[str]:
    """The table of hardware/accessibility.md."""
    high, low = (WANTED_MM - at.BUTTON_Y_MM + way * p.WALL_SCREW_Y_MM for way in (1, -1))
    tables = [over_table_mm() + table for table in TABLES_MM]
    yield (
        f"| wall | upper wall screws {high:,.0f} mm, lower {low:,.0f} mm above the floor, "
        f"{2 * p.WALL_SCREW_X_MM:.0f} mm apart | {WANTED_MM:,.0f} mm |"
    )
    yield f"| floor | the pole's upper end {WANTED_MM - over_pole_mm():,.0f} mm above the floor | {WANTED_MM:,.0f} mm |"
    yield (
        f"| table | a table of {TABLES_MM[0]:.0f} to {TABLES_MM[1]:.0f} mm, the stand at its front edge "
        f"| {tables[0]:.0f} to {tables[1]:.0f} mm |"
    )


if __name__ == "__main__":
    print("\n".join(rows()))
