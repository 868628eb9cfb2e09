"""The sheet and what stands where on it: A3 upright, in mm, so that it can be printed and hung over a bench.

The Pico, drawn three times its size, stands where its left pins' wires turn down to a column for each face, from left
to right as on the box; right of the columns is the supply, with the cells under it."""

from hardware import inter
from hardware.enclosure import parameters
from hardware.paper import SOFT, Paper

WIDE, HIGH = 297.0, 420.0
EDGE = 12.0
SMALL, TEXT, TITLE = 4.8, 5.6, 13.0  # type; 4.8 mm are 13.7 px where the sheet is 850 px wide
GROUND = "#faf8f3"

SCALE = 3.0  # of the Pico
PICO_X, PICO_Y = 194.8, 37.0  # its upper left corner
PICO_WIDE, PICO_HIGH = SCALE * parameters.PICO_WIDE_MM, SCALE * parameters.PICO_LONG_MM

BOARD_X, BOARD_Y, BOARD_WIDE, BOARD_HIGH = 5.5, 204.0, 286.0, 92.0
BOARD_END = BOARD_Y + BOARD_HIGH
TERMINAL_Y = BOARD_Y + 4.6  # where the Pico's wires end

COLUMN_X, COLUMN, BLOCK = 24.5, 39.0, 36.5  # the first block's left side, from one to the next, a block's width
SUPPLY_X, SUPPLY_WIDE = 184.0, 104.5
BLOCK_Y, BLOCK_HIGH = BOARD_Y + 8.5, 66.0
LANES = {"GND": 15.0, "RUN": 264.0, "VSYS": 280.6}  # where the wires of no face come down
TERMINALS = {"CONTACT": 10.2, "LIGHT": 28.2}  # the same of a face, from its block's left side
CELLS_X = 214.0  # middle of the cells and of their plug

BUTTON_Y, BUTTON = 351.0, 33.0  # middles of the buttons, and their width


def column(face: int) -> float:
    """Left side of a face's block."""
    return COLUMN_X + (face - 1) * COLUMN


def middle(face: int) -> float:
    return column(face) + BLOCK / 2


def shade(paper: Paper, x: float, y: float, wide: float, high: float, round_mm: float) -> None:
    """The shadow of what lies there: the light comes from above, a little from the left."""
    for out, dark in ((1.6, 0.05), (0.8, 0.07)):
        paper.add("rect", x=x + 1.0 - out / 2, y=y + 1.8 - out / 2, width=wide + out, height=high + out,
                  rx=round_mm + out / 2, fill="#2b2416", fill_opacity=dark)  # fmt: skip


def say(paper: Paper, x: float, y: float, text: str, weight: int = 400, **style: float | str) -> None:
    """A line whose length is Inter's in whatever font it is shown; ``font_size`` and ``text_anchor`` as in SVG."""
    size = float(style.pop("font_size", SMALL))
    long = round(inter.width(text, size, weight), 3)
    fit: dict[str, float | str] = {"textLength": long, "lengthAdjust": "spacingAndGlyphs", "font_weight": f"{weight}"}
    paper.write(x, y, size, text, **fit, **style)


def pair(paper: Paper, x: float, y: float, name: str, value: str, anchor: str = "middle") -> None:
    """A name in bold and after it what it is, together at ``x``."""
    gap = 1.3 if value else 0.0
    first, second = inter.width(name, SMALL, 700), inter.width(value, SMALL)
    left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * (first + gap + second)
    say(paper, left, y, name, 700)
    if value:
        say(paper, left + first + gap, y, value, fill=SOFT)
