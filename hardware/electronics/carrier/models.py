"""models/: a Pico W on its sockets, as large as its datasheet says, and a fuse, for pictures and the board's STEP file.

KiCad's library has neither. ``python -m hardware.electronics.carrier.models`` writes them. Their frame is the
footprint's: pin 1 at the origin, z up from the board; x across the Pico, y towards its USB."""

from pathlib import Path

from build123d import Axis, Box, Color, Compound, Part, Pos, export_step, fillet

from hardware.electronics.carrier.place import PIN_MM, PITCH_MM, ROW_MM
from hardware.enclosure import parameters as box

FOLDER = Path(__file__).with_name("models")
SIDE_MM = (box.PICO_WIDE_MM - ROW_MM) / 2  # from a row of pins to the Pico's side
END_MM = box.PICO_ON_BOARD_MM[0] + box.PICO_LONG_MM - PIN_MM[0]  # from pin 1 to its USB end
TOP_MM = box.PICO_OVER_MM + box.PICO_THICK_MM
MIDDLE_MM = ROW_MM / 2

FUSE_MM = (7.9, 12.0, 3.1)  # wide, high, thick: Bourns MF-R050; its height is not confirmed

GREEN, BLACK, METAL, WHITE, GOLD, YELLOW = (
    Color(0.05, 0.30, 0.16),
    Color(0.06, 0.06, 0.07),
    Color(0.42, 0.43, 0.45),
    Color(0.92, 0.92, 0.90),
    Color(0.85, 0.68, 0.25),
    Color(0.80, 0.62, 0.10),
)


def block(x: tuple[float, float], y: tuple[float, float], z: tuple[float, float], colour: Color, label: str) -> Part:
    size = [high - low for low, high in (x, y, z)]
    part = Pos(*(sum(ends) / 2 for ends in (x, y, z))) * Box(*size)
    part.color, part.label = colour, label
    return part


def around(x: float, from_end: float, wide: float, long: float, high: float, colour: Color, label: str) -> Part:
    """Something on the Pico: its middle across, and from the USB end."""
    y = END_MM - from_end
    z = (TOP_MM, TOP_MM + high)
    return block((x - wide / 2, x + wide / 2), (y - long / 2, y + long / 2), z, colour, label)


def pico() -> Compound:
    low, long = END_MM - box.PICO_LONG_MM, 19 * PITCH_MM
    pieces = [
        block((-SIDE_MM, ROW_MM + SIDE_MM), (low, END_MM), (box.PICO_OVER_MM, TOP_MM), GREEN, "board"),
        *(
            block((x - 1.27, x + 1.27), (-long - 1.27, 1.27), (0.0, box.PICO_OVER_MM), BLACK, f"socket {n}")
            for n, x in enumerate((0.0, ROW_MM), 1)
        ),
        around(MIDDLE_MM, 2.85 - box.USB_OUT_MM, 7.5, 5.7, 2.7, METAL, "USB"),
        around(MIDDLE_MM, 23.8, 7.0, 7.0, 0.9, BLACK, "RP2040"),
        around(MIDDLE_MM, 37.0, 12.0, 9.0, 1.6, METAL, "radio"),
        around(MIDDLE_MM - 5.2, 12.0, 3.2, 4.0, 1.5, METAL, "BOOTSEL"),
        around(MIDDLE_MM - 5.2, 12.0, 1.7, 1.7, 2.0, WHITE, "BOOTSEL's key"),
    ]
    for x in (0.0, ROW_MM):
        for n in range(20):
            y = -n * PITCH_MM
            pieces.append(block((x - 0.6, x + 0.6), (y - 0.6, y + 0.6), (TOP_MM, TOP_MM + 0.5), GOLD, "pin"))
    return Compound(label="Pico W", children=pieces)


def fuse() -> Compound:
    """It stands on two wires, which are 5.1 mm apart and a little beside each other."""
    wide, high, thick = FUSE_MM
    x, y, low = 2.55, -0.6, 2.0
    body = block((x - wide / 2, x + wide / 2), (y - thick / 2, y + thick / 2), (low, low + high), YELLOW, "body")
    body = fillet(body.edges().filter_by(Axis.Y), 3.0)
    body.color, body.label = YELLOW, "body"
    wires = [block((px - 0.25, px + 0.25), (py - 0.25, py + 0.25), (-2.0, low + 1), METAL, "wire")
             for px, py in ((0.0, 0.0), (5.1, -1.2))]  # fmt: skip
    return Compound(label="MF-R050", children=[body, *wires])


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    export_step(pico(), str(FOLDER / "pico.step"))
    export_step(fuse(), str(FOLDER / "fuse.step"))
