"""What the wires lead to: four buttons, each drawn as the face it stands for, the cells, and the plug in the Pico."""

from hardware import inter
from hardware.electronics import wiring
from hardware.electronics.harness import page, pico, wire
from hardware.electronics.parts import named
from hardware.paper import INK, SOFT, Paper
from hardware.signs import faces
from hardware.signs.words import WORDS

SLEEVE, EDGE = "#eef1f4", "#8d959f"
COUNT, GUTTER, METAL = 3, 4.0, "#c3c9d0"
CELL_WIDE, CELL_HIGH = 14.5, 50.5  # an AA cell, IEC 60086-2, at its size


def button(paper: Paper, n: int) -> None:
    x, y, r = page.middle(n), page.BUTTON_Y, page.BUTTON / 2
    for pin, net in named(f"S{n}").pins.items():
        at, top = wire.place(f"S{n}", pin)
        paper.add("rect", x=at - 2.9, y=top, width=5.8, height=wire.SLEEVE_HIGH + 4, rx=1.2, fill=SLEEVE, stroke=EDGE,
                  stroke_width=0.35)  # fmt: skip
        page.say(paper, at, top + 5.4, str(net)[0], 700, text_anchor="middle", data_pin=f"S{n}.{pin}")
    page.shade(paper, x - r, y + 3 - r, 2 * r, 2 * r, r)
    paper.add("circle", cx=x, cy=y + 3, r=r, fill="#343b45")
    paper.add("circle", cx=x, cy=y + 3, r=r - 1.1, fill="none", stroke="#5a6470", stroke_width=0.5)
    faces.face(paper, n, x, y + 3, page.BUTTON - 5)
    faces.dots(paper, n, x, y + r + 8.5, 2.6, 4.6)
    page.say(paper, x, y + r + 16.8, WORDS["en"].faces[n - 1], 700, text_anchor="middle")
    page.say(paper, x, y + r + 23.0, f"button S{n}", text_anchor="middle", fill=SOFT)


def ties(paper: Paper) -> None:
    """Round each cable, half-way."""
    for plug, far in wiring.plugs():
        places = [wire.place(plug, pin) for pin in named(plug).pins]
        x = sum(at for at, _ in places) / len(places)
        y = (places[0][1] + wire.place(far, next(iter(named(far).pins)))[1]) / 2
        wide = wire.TIE_PITCH * (len(places) - 1) + wire.LINED + 1.2
        paper.add("rect", x=x - wide / 2, y=y - 1.3, width=wide, height=2.6, rx=1, fill="#5c6672")


def cells(paper: Paper) -> None:
    """Three in a row, every other one upside down: plus at the first one's top, minus from under the last one."""
    left, top = page.CELLS_X - COUNT * CELL_WIDE / 2 - 2.25, wire.LEADS_Y - 1
    wide, high = COUNT * CELL_WIDE + 4.5 + GUTTER, CELL_HIGH + 9.0
    page.shade(paper, left, top, wide, high, 2)
    paper.add("rect", x=left, y=top, width=wide, height=high, rx=2, fill="#737d89", stroke="#4d5560", stroke_width=0.4)
    first, low = left + 2.25, top + 4.5
    for i in range(COUNT - 1):
        at = low + CELL_HIGH - 0.3 if i % 2 == 0 else low - 2.4
        paper.add("rect", x=first + i * CELL_WIDE + 4, y=at, width=2 * CELL_WIDE - 8, height=2.7, rx=0.6, fill=METAL)
    lead, foot = page.CELLS_X + wire.LEADS["-"], low + CELL_HIGH + 1.2
    line = f"M{lead:g} {wire.LEADS_Y:g}V{foot - 3:g}q0 3 -3 3H{first + (COUNT - 0.5) * CELL_WIDE:g}V{foot - 2:g}"
    wire.stroke(paper, line, "#0c0e12", wire.THICK)
    for i in range(COUNT):
        cell(paper, first + i * CELL_WIDE, low, i % 2 == 0)
    for pin in named("BT1").pins:
        at, y = wire.place("BT1", pin)
        paper.add(
            "circle", cx=at, cy=y, r=1.5, fill="#d9a066", stroke="#8a5a2b", stroke_width=0.4, data_pin=f"BT1.{pin}"
        )
    x, y = left + wide + 4, top + high / 2
    page.say(paper, x, y - 6, "BT1", 700)
    page.say(paper, x, y + 0.4, "three AA cells,")
    page.say(paper, x, y + 6.8, "left out on mains", fill=SOFT)


def cell(paper: Paper, x: float, y: float, up: bool) -> None:
    body = y + (2.0 if up else 0.0)
    tip = y if up else y + CELL_HIGH - 2.0
    paper.add("rect", x=x + CELL_WIDE / 2 - 2.7, y=tip, width=5.4, height=2.4, rx=0.6, fill="#d7dce2")
    paper.add("rect", x=x + 0.4, y=body, width=CELL_WIDE - 0.8, height=CELL_HIGH - 2.0, rx=1.6, fill="#eef1f4")
    band = body if up else body + CELL_HIGH - 16.0
    paper.add("rect", x=x + 0.4, y=band, width=CELL_WIDE - 0.8, height=14.0, rx=1.6, fill="#e29a4f")
    plus, minus = (body + 8.7, body + CELL_HIGH - 6) if up else (body + CELL_HIGH - 7.3, body + 7.5)
    for at, text in ((plus, "+"), (minus, "−")):
        page.say(paper, x + CELL_WIDE / 2, at, text, 700, font_size=page.TEXT, text_anchor="middle")


def supply(paper: Paper) -> None:
    """The USB plug in the Pico's own socket."""
    x, wide = pico.MIDDLE, 27.0
    paper.add("path", d=f"M{x:g} 0V14", stroke="#2d333c", stroke_width=10)
    paper.add("path", d=f"M{x - 9:g} 12h18l4.5 5v14h-27v-14z", fill="#3b434e", stroke=INK, stroke_width=0.4,
              stroke_linejoin="round")  # fmt: skip
    paper.add("rect", x=x - 10, y=30, width=20, height=4, fill="#cfd4da", stroke="#8d959f", stroke_width=0.4)
    page.say(paper, x + wide / 2 + 4, 19, "USB, 5 V", 700)
    page.say(paper, x + wide / 2 + 4, 25.4, "supplies the box", fill=SOFT)


def legend(paper: Paper) -> None:
    """A button's four wires: letter, colour, and its terminal."""
    y, x = page.HIGH - 10, page.EDGE
    page.say(paper, x, y, "At a button:", 700)
    x += inter.width("At a button:", page.SMALL, 700) + 9
    for pin, net in named("S1").pins.items():
        colour = wiring.colour(str(net))
        fill, edge = wire.DRAWN[colour]
        for tone, thick in ((edge, wire.LINED), (fill, wire.THICK)):
            wire.stroke(paper, f"M{x:g} {y - 1.7:g}h9", tone, thick)
        words = f"{wire.CALLED[colour]}, {pin.replace('-', '−')}"
        page.pair(paper, x + 12.5, y, str(net)[0], words, "start")
        x += 12.5 + inter.width(str(net)[0], page.SMALL, 700) + inter.width(words, page.SMALL) + 11
