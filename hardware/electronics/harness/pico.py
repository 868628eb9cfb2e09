"""The Pico W, three times its size, as its datasheet draws it: two rows of twenty pads, USB at the top."""

from hardware.electronics import wiring
from hardware.electronics.harness import page, wire
from hardware.electronics.parts import named
from hardware.paper import SOFT, Paper

GREEN, RIM, METAL, LINE, CHIP = "#1d6b48", "#124a31", "#cfd4da", "#8d959f", "#23282f"
GOLD, RING, HOLE = "#dcb750", "#a9842a", "#4a3d17"
S = page.SCALE
MIDDLE = page.PICO_X + page.PICO_WIDE / 2


def around(paper: Paper, x: float, y: float, wide: float, high: float, fill: str, line: str, round_mm: float) -> None:
    """A box whose middle is ``x`` mm right of the Pico's middle and ``y`` mm below its USB end, in its own mm."""
    paper.add(
        "rect", x=MIDDLE + S * (x - wide / 2), y=page.PICO_Y + S * (y - high / 2), width=S * wide, height=S * high,
        rx=S * round_mm, fill=fill, stroke=line, stroke_width=0.4,
    )  # fmt: skip


def draw(paper: Paper) -> None:
    page.shade(paper, page.PICO_X, page.PICO_Y, page.PICO_WIDE, page.PICO_HIGH, 2.4)
    paper.add(
        "rect", x=page.PICO_X, y=page.PICO_Y, width=page.PICO_WIDE, height=page.PICO_HIGH, rx=2.4,
        fill=GREEN, stroke=RIM, stroke_width=0.6,
    )  # fmt: skip
    for x, y in ((-5.7, 2.0), (5.7, 2.0), (-5.7, 49.0), (5.7, 49.0)):
        paper.add("circle", cx=MIDDLE + S * x, cy=page.PICO_Y + S * y, r=S * 1.05, fill=page.GROUND)
    for number in range(1, 41):
        pad(paper, number)
    around(paper, 0, 2.85 - 1.3, 7.5, 5.7, METAL, LINE, 0.3)
    around(paper, -5.2, 12.0, 3.2, 4.0, "#e9ecef", LINE, 0.3)
    paper.add("circle", cx=MIDDLE - S * 5.2, cy=page.PICO_Y + S * 12.0, r=S * 0.85, fill="#fff", stroke=LINE)
    around(paper, -5.2, 6.6, 0.9, 1.7, "#9fe8a9", "#dff5e0", 0.2)
    around(paper, 3.4, 15.2, 2.0, 2.0, CHIP, "#000", 0.1)
    around(paper, 0, 23.8, 7.0, 7.0, CHIP, "#000", 0.25)
    paper.add("circle", cx=MIDDLE - S * 2.6, cy=page.PICO_Y + S * 21.2, r=0.9, fill="#5b6572")
    around(paper, 0, 36.2, 10.4, 9.0, METAL, LINE, 0.5)
    aerial(paper)
    for x, y, text in ((1.4, 12.6, named("A1").value), (0, 24.4, "RP2040"), (0, 36.8, "radio")):
        light = "#f2f4f5" if text != "radio" else SOFT
        page.say(paper, MIDDLE + S * x, page.PICO_Y + S * y, text, text_anchor="middle", fill=light)


def aerial(paper: Paper) -> None:
    """A trapezoid without copper at the end away from the USB."""
    y, low = page.PICO_Y + S * 44.2, page.PICO_Y + S * 50.2
    line = f"M{MIDDLE - S * 3.0:g} {low:g}L{MIDDLE - S * 1.7:g} {y:g}H{MIDDLE + S * 1.7:g}L{MIDDLE + S * 3.0:g} {low:g}"
    paper.add("path", d=line, fill="#2c8059", stroke="#0f3f2a", stroke_width=0.4, stroke_linejoin="round")


def pad(paper: Paper, number: int) -> None:
    """Rounded, and cut by the board's edge, as a castellated pad is."""
    x, y = wire.pad(number)
    edge = page.PICO_X if number <= 20 else page.PICO_X + page.PICO_WIDE
    left, wide = min(x, edge), abs(edge - x) + S * 0.8
    left = left if number <= 20 else x - S * 0.8
    paper.add("rect", x=left, y=y - S * 0.8, width=wide, height=S * 1.6, rx=S * 0.35, fill=GOLD)
    paper.add("circle", cx=x, cy=y, r=S * 0.5, fill=HOLE, stroke=RING, stroke_width=0.4, data_pin=f"A1.{number}")


def labels(paper: Paper) -> None:
    """Of each used pin, over its wire: its number, its name, and what it carries where the name does not say it."""
    for number, name, net in wiring.pico_pins():
        _, y = wire.pad(number)
        above = y - 2.3
        if number <= 20:
            page.say(paper, page.PICO_X - 2.6, above, f"{number}", fill=SOFT, text_anchor="end")
            page.say(paper, page.PICO_X - 10.4, above, name, 700, text_anchor="end")
            if net != name:
                page.say(paper, page.PICO_X - 25.4, above, wire.said(net), text_anchor="end")
        else:
            page.say(paper, page.PICO_X + page.PICO_WIDE + 2.6, above, f"{number}", fill=SOFT)
            page.say(paper, page.PICO_X + page.PICO_WIDE + 10.0, above, name, 700)
