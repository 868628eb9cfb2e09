"""How the tracks run. Millimetres as in place.py; F.Cu is the side of the parts, B.Cu the other, mostly ground.

A button's wire goes from its plug to the clamp, by its own way back to its resistor, and only then to the Pico."""

from board import pins

from hardware.electronics.carrier.place import COLUMN_X_MM, LEFT_MM, PITCH_MM, PLUG_Y_MM, RIGHT_MM, ROWS_MM, pico_pin
from hardware.electronics.parts import PICO

F, B = "F.Cu", "B.Cu"
SIGNAL_MM, CLAMP_MM, LAMP_MM, SUPPLY_MM, BUS_MM, BATTERY_MM = 0.25, 0.4, 0.5, 1.0, 1.2, 2.0  # widths
VIA_MM, DRILL_MM = 0.6, 0.3
BUS_Y_MM = 7.2  # VSYS for the four lamps
# Lanes between the columns and the Pico's lower row of pins, an even step apart
LANE_Y_MM = {"LIGHT4": 17.0, "CONTACT2": 17.66, "LIGHT2": 18.32, "CONTACT1": 18.98, "CONTACT3": 19.64, "LIGHT1": 19.64}
RUN_Y_MM = 20.3

Point = tuple[float, float]
Track = tuple[str, str, float, list[Point]]  # net, layer, width, the points it goes through
Via = tuple[str, Point]


def gpio_pin(gpio: int) -> Point:
    return pico_pin(PICO.index(f"GP{gpio}") + 1)


def gap_x(pin: Point) -> float:
    """The way through the lower row of pins that lies right of an upper pin."""
    return round(pin[0] + PITCH_MM / 2, 3)


def through(net: str, x: float, y: float, pin: Point) -> Track:
    """From below, between two pins of the lower row, to a pin of the upper row: on the back."""
    gap = gap_x(pin)
    points = [(x, y), (x, y + 0.4), (gap, y + 0.4 + abs(gap - x))] if x != gap else [(x, y)]
    return net, B, SIGNAL_MM, [*points, (gap, 23.4), (pin[0], 23.4 + PITCH_MM / 2), pin]


def signal(net: str, start: Point, rise: list[Point], pin: Point) -> tuple[list[Track], list[Via]]:
    """From a resistor up to a lane, along it on the front, and through the Pico's lower row on the back."""
    x = rise[-1][0]
    if net not in LANE_Y_MM:  # its way through is above it
        return [(net, B, SIGNAL_MM, [start, *rise]), through(net, x, rise[-1][1], pin)], []
    y, gap = LANE_Y_MM[net], gap_x(pin)
    ahead = through(net, gap, y, pin)
    lane = (net, F, SIGNAL_MM, [(x, y), (gap, y)])
    crossing = net in ("LIGHT4", "CONTACT3")  # these cross other lanes on their way up: on the back
    up = (net, B if crossing else F, SIGNAL_MM, [start, *rise, (x, y)])
    return [up, lane, ahead], [(net, (gap, y)), *([(net, (x, y))] if crossing else [])]


def face(n: int) -> tuple[list[Track], list[Via]]:
    """A face's column but for the ways to the clamp."""
    x = COLUMN_X_MM[n]
    left, right = x + LEFT_MM, x + RIGHT_MM
    lamp, base, contact = ROWS_MM["R+8"], ROWS_MM["R+4"], ROWS_MM["R"]
    q = x + 4.25
    tracks: list[Track] = [
        (f"LAMP{n}", B, LAMP_MM, [(x + 3.75, PLUG_Y_MM), (x + 3.75, lamp - 2.73), (right, lamp)]),
        (f"COLLECTOR{n}", F, LAMP_MM, [(left, lamp), (left + 1.5, 11.1), (q - 1.0, 11.1), (q, 10.1)]),
        (f"BASE{n}", F, SIGNAL_MM, [(right, base), (q, base + 0.04)]),
        ("VSYS", F, SUPPLY_MM, [(x + 1.25, PLUG_Y_MM), (x + 1.25, BUS_Y_MM)]),
    ]
    light, vias = signal(
        f"LIGHT{n}", (left, base), [(left - 1.2, base + 1.2), (left - 1.2, 16.6)], gpio_pin(pins.LIGHTS[n])
    )
    more, holes = signal(f"CONTACT{n}", (right, contact), [(right, 16.8)], gpio_pin(pins.FACES[n]))
    return tracks + light + more, vias + holes


def clamped() -> tuple[list[Track], list[Via]]:
    """Each button's wire: on the front to the clamp, from there on the back to its resistor."""
    pin = {n: COLUMN_X_MM[n] - 3.75 for n in COLUMN_X_MM}
    rise = {n: COLUMN_X_MM[n] - 5.1 for n in COLUMN_X_MM}
    left = {n: COLUMN_X_MM[n] + LEFT_MM for n in COLUMN_X_MM}
    y, top = PLUG_Y_MM, ROWS_MM["R"]

    def up(n: int, low: float) -> list[Point]:
        return [(rise[n], low), (rise[n], top - 1.5), (left[n], top)]

    there = {
        1: [(pin[1], y), (pin[1], 1.4), (pin[1] + 0.5, 0.9), (36.46, 0.9), (38.21, 2.65)],
        2: [(pin[2], y), (pin[2], 2.4), (pin[2] + 0.5, 1.9), (35.6, 1.9), (36.4, 2.7), (36.4, 3.75), (37.2, 4.55),
            (38.21, 4.55)],
        3: [(pin[3], y), (pin[3], 2.4), (pin[3] - 0.5, 1.9), (43.1, 1.9), (42.3, 2.7), (42.3, 3.75), (41.5, 4.55),
            (40.49, 4.55)],
        4: [(pin[4], y), (pin[4], 1.4), (pin[4] - 0.5, 0.9), (42.24, 0.9), (40.49, 2.65)],
    }  # fmt: skip
    vias = {1: (38.6, 1.35), 2: (38.21, 5.75), 3: (40.49, 5.75), 4: (40.1, 1.35)}
    pads = {1: (38.6, 2.65), 2: (38.21, 4.55), 3: (40.49, 4.55), 4: (40.1, 2.65)}
    back = {
        1: [vias[1], (38.15, 0.9), (rise[1] + 0.5, 0.9), *up(1, 1.4)],
        2: [vias[2], (36.6, 5.75), (36.0, 5.15), (36.0, 2.4), (35.5, 1.9), (rise[2] + 0.5, 1.9), *up(2, 2.4)],
        3: [vias[3], (41.65, 5.75), *up(3, 7.3)],
        4: [vias[4], (40.55, 0.9), (rise[4] - 0.5, 0.9), *up(4, 1.4)],
    }
    tracks: list[Track] = []
    for n in COLUMN_X_MM:
        tracks += [
            (f"BUTTON{n}", F, CLAMP_MM, there[n]),
            (f"BUTTON{n}", F, CLAMP_MM, [pads[n], vias[n]]),
            (f"BUTTON{n}", B, SIGNAL_MM, back[n]),
        ]
    tracks.append(("GND", F, CLAMP_MM, [(38.21, 3.6), (41.0, 3.6)]))
    return tracks, [*((f"BUTTON{n}", at) for n, at in vias.items()), ("GND", (39.35, 3.6)), ("GND", (41.0, 3.6))]


def filters() -> list[Track]:
    """From the Pico's pins to the filters: nested, none crosses another."""
    tracks: list[Track] = []
    for n, x in ((1, 71.01), (2, 70.6), (3, 69.9), (4, 69.2)):
        pin, y = gpio_pin(pins.FACES[n]), 43.6 + 3.0 * (n - 1)
        bend = 41.3
        if n == 1:
            points = [pin, (pin[0], y - 1.39), (72.4, y)]
        else:
            points = [pin, (pin[0], bend), (x, bend + x - pin[0]), (x, y - (72.4 - x)), (72.4, y)]
        tracks.append((f"CONTACT{n}", F, SIGNAL_MM, points))
    return tracks


def supply() -> tuple[list[Track], list[Via]]:
    run = pico_pin(30)
    vsys = pico_pin(39)
    rst = (73.6, 17.3)
    return [
        (
            "VSYS",
            F,
            BUS_MM,
            [(COLUMN_X_MM[1] + 1.25, BUS_Y_MM), (69.6, BUS_Y_MM), (70.5, BUS_Y_MM + 0.9), (70.5, 12.0)],
        ),
        ("VSYS", F, BATTERY_MM, [vsys, (vsys[0], 33.0)]),
        ("RUN", F, SIGNAL_MM, [run, (run[0], RUN_Y_MM), (73.2, RUN_Y_MM), (73.6, RUN_Y_MM - 0.4), rst]),
        ("RUN", B, SIGNAL_MM, [rst, (72.3, 16.0), (72.3, 10.2), (73.3, 9.2)]),
        ("BATTERY", F, BATTERY_MM, [(14.25, 58.1), (14.25, 53.95), (13.5, 53.2)]),
        ("BATTERY", F, SUPPLY_MM, [(13.5, 53.2), (11.0, 53.2), (10.2, 52.4)]),
        ("FUSED", F, BATTERY_MM, [(18.6, 52.0), (18.84, 52.0), (22.6, 55.76)]),
    ], []


def tracks_and_vias() -> tuple[list[Track], list[Via]]:
    tracks, vias = supply()
    tracks += filters()
    for more, holes in (clamped(), *(face(n) for n in COLUMN_X_MM)):
        tracks += more
        vias += holes
    return tracks, vias
