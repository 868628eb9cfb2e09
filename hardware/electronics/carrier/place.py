"""Where the parts of the board lie. Millimetres from the board's lower left corner, seen from the front, y up.

The outline, the holes and the Pico's place are the enclosure's. Below: a column for each face, its plug at the edge.
Above: battery, buffer. The Pico's aerial has a third of the board's middle for itself."""

from hardware.enclosure import parameters as box

PLUG_Y_MM = 3.9  # a plug's pins: its housing just inside the edge, nearest to the buttons, which hang below the board
COLUMN_X_MM = {1: 14.2, 2: 30.4, 3: 48.3, 4: 64.5}  # the middles of the plugs; between 2 and 3 stands the clamp
ROWS_MM = {"R+8": 9.6, "R+4": 12.6, "R": 15.6}  # a column's resistors from below: lamp, base, contact
LEFT_MM, RIGHT_MM = -6.6, 1.02  # their pads, from the column's middle
Q_MM = (4.25, 15.18)  # a transistor's emitter
ROUND_MM = 3.0  # the corners' radius
HOLE_MM = 3.2  # M3

PIN_MM = (box.PICO_ON_BOARD_MM[0] + box.PICO_LONG_MM - 1.37, box.PICO_ON_BOARD_MM[1] + box.PICO_WIDE_MM - 1.61)
PITCH_MM, ROW_MM = 2.54, 17.78  # of the Pico's pins; pin 1's place: Raspberry Pi Pico W datasheet, mechanical drawing

Place = tuple[float, float, float]  # x, y, turn in degrees against the clock

PLACES: dict[str, Place] = {
    "A1": (*PIN_MM, 270.0),
    "U2": (39.35, 3.6, 0.0),
    # the filters, where the Pico reads them
    **{f"C{n}": (72.4, 43.6 + 3.0 * (n - 1), 0.0) for n in (1, 2, 3, 4)},
    # the supply, from the battery to the buffer
    "J5": (14.25, box.BOARD_HIGH_MM - PLUG_Y_MM, 180.0),
    "F1": (13.5, 53.2, 0.0),
    "D2": (22.6, 45.6, 90.0),
    "D3": (26.6, 45.6, 90.0),
    "R13": (31.0, 44.9, 90.0),
    "C5": (39.65, 51.6, 0.0),
    "C6": (58.25, 51.6, 0.0),
    "U1": (73.6, 17.3, 270.0),
    "C7": (78.0, 17.3, 270.0),
    "TP1": (52.7, 44.8, 0.0),
    "TP2": (53.6, 59.9, 0.0),
    "TP3": (10.2, 52.4, 0.0),
    "TP4": (73.3, 9.2, 0.0),
    "TP5": (77.8, 9.2, 0.0),
    "TP6": (6.0, 47.0, 0.0),
    "FID1": (2.0, 52.0, 0.0),
    "FID2": (71.2, 57.0, 0.0),
    "FID3": (2.2, 10.4, 0.0),
    **{f"H{n}": (*hole, 0.0) for n, hole in enumerate(box.BOARD_HOLES_MM, 1)},
}


def place(ref: str) -> Place:
    """Where a part's origin lies, and how it is turned."""
    if ref in PLACES:
        return PLACES[ref]
    number = int(ref[1:])
    x = COLUMN_X_MM[(number - 1) % 4 + 1]
    if ref[0] == "J":
        return x - 3.75, PLUG_Y_MM, 0.0
    if ref[0] == "Q":
        return x + Q_MM[0], Q_MM[1], 270.0
    row = ("R", "R+4", "R+8")[(number - 1) // 4]
    if row == "R+8":  # its lamp's side to the plug's fourth pin
        return x + RIGHT_MM, ROWS_MM[row], 180.0
    return x + LEFT_MM, ROWS_MM[row], 0.0


def pico_pin(number: int) -> tuple[float, float]:
    """Middle of one of its pins: 1 to 20 along the upper row from the right, 21 to 40 along the lower from the left."""
    x, y = PIN_MM
    if number <= 20:
        return x - PITCH_MM * (number - 1), y
    return x - PITCH_MM * (40 - number), y - ROW_MM
