"""The stripboard, seen from the parts' side: where wires end, a block of parts a face, one for the supply."""

import re

from board import pins

from hardware import inter
from hardware.electronics import wiring
from hardware.electronics.harness import page, part, wire
from hardware.electronics.kinds import KINDS
from hardware.electronics.parts import Part, named
from hardware.enclosure import parameters
from hardware.paper import INK, SOFT, Paper

TAN, RIM, HOLE, PANEL = "#e8d6b0", "#b99c66", "#d6c093", "#fbf6ea"
# The supply's small parts: how far from its block's left side, and in which row
SMALL = {
    "U1": (81.5, 0),
    "C7": (68.5, 1),
    "U2": (92.0, 1),
    "F1": (14.0, 2),
    "D2": (39.0, 2),
    "R13": (64.5, 2),
    "D3": (91.0, 2),
}
NAMES_Y = page.BOARD_END - 5.6  # the lower row of words
HOLES = 5.08  # from hole to hole: twice the true pitch
PICTURES = {
    "c10n": part.ceramic,
    "c100n": part.ceramic,
    "npn": part.transistor,
    "supervisor": part.transistor,
    "clamp": part.array,
    "fuse": part.fuse,
    "schottky": part.diode,
}
# What is said of a part in place of its value
CALLED = {"fuse": "fuse", "supervisor": "supervisor", "clamp": "clamp", "schottky": "diode", "npn": ""}
ROWS_Y = tuple(page.BLOCK_Y + y for y in (17.0, 35.0, 53.0))


def base(paper: Paper) -> None:
    page.shade(paper, page.BOARD_X, page.BOARD_Y, page.BOARD_WIDE, page.BOARD_HIGH, 3)
    paper.add(
        "rect", x=page.BOARD_X, y=page.BOARD_Y, width=page.BOARD_WIDE, height=page.BOARD_HIGH, rx=3,
        fill=TAN, stroke=RIM, stroke_width=0.7,
    )  # fmt: skip
    across, down = int(page.BOARD_WIDE / HOLES), int(page.BOARD_HIGH / HOLES)
    left = page.BOARD_X + (page.BOARD_WIDE - (across - 1) * HOLES) / 2
    top = page.BOARD_Y + (page.BOARD_HIGH - (down - 1) * HOLES) / 2
    rows = "".join(f"M{left:g} {top + HOLES * y:.2f}h{HOLES * (across - 0.5):g}" for y in range(down))
    dotted = f"0 {HOLES:g}"  # dashes of no length with round ends
    paper.add("path", d=rows, stroke=HOLE, stroke_width=1.3, stroke_linecap="round", stroke_dasharray=dotted)


def panel(paper: Paper, x: float, wide: float) -> None:
    paper.add("rect", x=x, y=page.BLOCK_Y, width=wide, height=page.BLOCK_HIGH, rx=2.4, fill=PANEL, stroke=RIM,
              stroke_width=0.35)  # fmt: skip


def terminals(paper: Paper) -> None:
    for one in wire.wires():
        if one.start[0] == "A1":
            x, y = wire.terminal(one.net)
            paper.add("circle", cx=x, cy=y, r=1.9, fill="#d9a066", stroke="#8a5a2b", stroke_width=0.4,
                      data_pin=f"{wiring.BOARD}.{one.net}")  # fmt: skip
            alone = one.net in page.LANES
            label = one.net if alone else wire.said(one.net).split()[0]
            page.say(paper, x, y + 9.4, label, 700 if alone else 400, text_anchor="middle")


def rings(one: Part) -> list[str]:
    found = re.search(r"(\d+) %", KINDS[one.kind].what)
    return part.bands(one.value, found[1] if found else "1")


def pictured(paper: Paper, one: Part, x: float, y: float) -> None:
    """A part, and under it its name with its value or what it is."""
    if one.kind[0] == "r":
        thick = 5.2 if "2 W" in KINDS[one.kind].what else 4.2
        part.resistor(paper, x, y, rings(one), 2.6 * thick, thick)
    else:
        PICTURES[one.kind](paper, x, y)
    page.pair(paper, x, y + 8.4, one.name, CALLED.get(one.kind, one.value))


def face(paper: Paper, n: int) -> None:
    panel(paper, page.column(n), page.BLOCK)
    first, second = page.column(n) + 9.9, page.column(n) + 27.0
    for name, x, row in (
        (f"R{n}", first, 0),
        (f"R{n + 4}", second, 0),
        (f"C{n}", first, 1),
        (f"Q{n}", second, 1),
        (f"R{n + 8}", page.middle(n), 2),
    ):
        pictured(paper, named(name), x, ROWS_Y[row])


def supply(paper: Paper) -> None:
    panel(paper, page.SUPPLY_X, page.SUPPLY_WIDE)
    left, low = page.SUPPLY_X, page.BLOCK_Y
    for name, x in (("C5", left + 16.8), ("C6", left + 47.0)):
        part.can(paper, x, low + 22, 28)
        value = f"{int(named(name).value.removesuffix('u')):,}"
        page.say(paper, x, low + 18.4, name, 700, text_anchor="middle")
        page.say(paper, x, low + 24.2, value, text_anchor="middle")
        page.say(paper, x, low + 29.8, "µF", text_anchor="middle")
    for name, (x, row) in SMALL.items():
        pictured(paper, named(name), left + x, ROWS_Y[row])
    size = f"stripboard, {parameters.BOARD_WIDE_MM:g} × {parameters.BOARD_HIGH_MM:g} mm"
    on_board(paper, left + page.SUPPLY_WIDE, size, 400, "#5f4c22")


def on_board(paper: Paper, x: float, text: str, weight: int, fill: str) -> None:
    """Words that end at ``x``, on the bare board, where they cover its holes."""
    wide = inter.width(text, page.SMALL, weight)
    paper.add("rect", x=x - wide - 0.6, y=NAMES_Y - 4.6, width=wide + 1.2, height=6.4, fill=TAN)
    page.say(paper, x, NAMES_Y, text, weight, fill=fill, text_anchor="end")


def plugs(paper: Paper) -> None:
    """Their housings, with the letter of each wire in them."""
    for plug in (*(f"J{n}" for n in pins.FACES), "J5"):
        first = named(plug)
        places = [wire.place(plug, pin) for pin in first.pins]
        wide = places[-1][0] - places[0][0] + wire.PLUG_PITCH + 1.6
        left = places[0][0] - (wire.PLUG_PITCH + 1.6) / 2
        paper.add("rect", x=left, y=page.BOARD_END - 12.6, width=wide, height=10.4, rx=1.2, fill="#fffdf8",
                  stroke=SOFT, stroke_width=0.4)  # fmt: skip
        for (x, _), (pin, net) in zip(places, first.pins.items(), strict=True):
            mark: dict[str, float | str] = {"text_anchor": "middle", "data_pin": f"{plug}.{pin}"}
            page.say(paper, x, NAMES_Y, letter(plug, str(net)), 700, **mark)
        on_board(paper, left - 1.4, plug, 700, INK)


def letter(plug: str, net: str) -> str:
    """What is printed at a plug's pin: the first letter of a button's wire, the battery's pole."""
    if plug == "J5":
        return "−" if net == "GND" else "+"
    return net[0]
