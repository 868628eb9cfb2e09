"""The wires: wiring.wires() says which, the page where they end; each is one group in the drawing."""

import re
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from hardware.electronics import wiring
from hardware.electronics.carrier.place import PITCH_MM, ROW_MM
from hardware.electronics.harness import page
from hardware.electronics.parts import named
from hardware.paper import Paper, number

Point = tuple[float, float]

# How a colour of WireViz is drawn: the wire, and its two edges, which a white one needs
DRAWN = {
    "BK": ("#2a2f38", "#0c0e12"),
    "RD": ("#d8412f", "#8d2115"),
    "BN": ("#94603a", "#573419"),
    "YE": ("#f4c430", "#9a7a08"),
    "WH": ("#ffffff", "#79828e"),
}
CALLED = {"BK": "black", "RD": "red", "BN": "brown", "YE": "yellow", "WH": "white"}
THICK, LINED = 1.3, 2.0  # without and with its edges
TURN = 9.0  # radius of a wire's corner
TIE_PITCH = 2.25  # between the wires of a cable where it is tied together
PLUG_PITCH, SLEEVE_PITCH, SLEEVE_HIGH = 6.5, 7.6, 7.2
PLUG_Y = page.BOARD_END - 2.2  # where a cable leaves its plug
SLEEVE_Y = page.BUTTON_Y - page.BUTTON / 2 - 5.6  # where it enters its button's receptacles
LEADS_Y = 334.0  # where the leads enter the cells' holder
LEADS = {"+": -16.75, "-": 22.0}  # how far beside its middle: over the first cell, in the gutter beside the last


@dataclass(frozen=True)
class Wire:
    """From one pin to another, as (part, pin), the board's own by the net."""

    net: str
    start: tuple[str, str]
    end: tuple[str, str]

    @property
    def colour(self) -> str:
        return wiring.colour(self.net)


def wires() -> list[Wire]:
    return [Wire(net, (part, pin), (far, far_pin)) for part, pin, net, far, far_pin in wiring.wires()]


def said(net: str) -> str:
    """A net in words: ``contact 1``; what is a pin's name too stays as it is printed there."""
    return net if net in page.LANES else re.sub(r"(\d)$", r" \1", net.lower())


def pad(pin: int) -> Point:
    """Middle of a Pico's pin: 1 to 20 down its left side, 21 to 40 up the right."""
    x = (page.PICO_WIDE - page.SCALE * ROW_MM) / 2
    row, pitch = (pin - 1 if pin <= 20 else 40 - pin), page.SCALE * PITCH_MM
    y = page.PICO_Y + (page.PICO_HIGH - 19 * pitch) / 2 + row * pitch
    return page.PICO_X + (x if pin <= 20 else page.PICO_WIDE - x), y


def terminal(net: str) -> Point:
    """Where a wire from the Pico meets the stripboard. Raises KeyError for a net that has no place there."""
    if net in page.LANES:
        return page.LANES[net], page.TERMINAL_Y
    carried = net.rstrip("1234")
    return page.column(int(net.removeprefix(carried))) + page.TERMINALS[carried], page.TERMINAL_Y


def spread(count: int, pitch: float) -> list[float]:
    return [(i - (count - 1) / 2) * pitch for i in range(count)]


def place(part: str, pin: str) -> Point:
    """Where a wire ends at a pin; the stripboard's are named by their nets."""
    if part == "A1":
        return pad(int(pin))
    if part == wiring.BOARD:
        return terminal(pin)
    if part == "BT1":
        return page.CELLS_X + LEADS[pin], LEADS_Y
    pins = list(named(part).pins)
    pitch, y = (PLUG_PITCH, PLUG_Y) if part[0] == "J" else (SLEEVE_PITCH, SLEEVE_Y)
    return cable_middle(part) + spread(len(pins), pitch)[pins.index(pin)], y


def cable_middle(plug: str) -> float:
    """Of a plug, and of the button under it."""
    return page.CELLS_X if plug == "J5" else page.middle(int(plug[1:]))


def turned(start: Point, end: Point) -> str:
    """From a pin across to the lane, then down."""
    (x, y), (to_x, to_y) = start, end
    side = 1 if to_x > x else -1
    across = f"H{number(to_x - side * TURN)}" if abs(to_x - x) > TURN else ""
    return (
        f"M{number(x)} {number(y)}{across}Q{number(to_x)} {number(y)} {number(to_x)} {number(y + TURN)}V{number(to_y)}"
    )


def tied(start: Point, end: Point, x: float) -> str:
    """Down from a plug, through the tie at ``x``, on to the far pin."""
    (from_x, y), (to_x, to_y) = start, end
    half, pull = (y + to_y) / 2, (to_y - y) / 3.4
    curve = [(from_x, y + pull), (x, half - pull), (x, half), (x, half + pull), (to_x, to_y - pull), (to_x, to_y)]
    return f"M{number(from_x)} {number(y)}C" + " ".join(f"{number(px)} {number(py)}" for px, py in curve)


def path(wire: Wire) -> str:
    start, end = place(*wire.start), place(*wire.end)
    if wire.start[0] == "A1":
        return turned(start, end)
    pins = list(named(wire.start[0]).pins)
    return tied(start, end, cable_middle(wire.start[0]) + spread(len(pins), TIE_PITCH)[pins.index(wire.start[1])])


def draw(paper: Paper, wire: Wire) -> None:
    """One group a wire, with what it joins; its edges first, over a bed that parts it from what it crosses."""
    fill, edge = DRAWN[wire.colour]
    names = {"net": wire.net, "from": ".".join(wire.start), "to": ".".join(wire.end), "colour": wire.colour}
    paper.parts.append(f"<g {' '.join(f'data-{name}={quoteattr(value)}' for name, value in names.items())}>")
    line = path(wire)
    if wire.start[0] == "A1":
        (_, y), (lane, _) = place(*wire.start), place(*wire.end)
        if lane + TURN < page.PICO_X:
            bed = f"M{number(page.PICO_X - 0.4)} {number(y)}H{number(lane + TURN)}"
            paper.add("path", d=bed, stroke=page.GROUND, stroke_width=LINED + 1.6)
    stroke(paper, line, edge, LINED)
    stroke(paper, line, fill, THICK)
    paper.parts.append("</g>")


def stroke(paper: Paper, line: str, colour: str, thick: float) -> None:
    paper.add("path", d=line, fill="none", stroke=colour, stroke_width=thick, stroke_linecap="round")
