"""Pictures of the parts that lie on the stripboard, seen from above, twice their size. (x, y) is the middle of each."""

import re

from hardware.paper import Paper

LEAD, BODY, EDGE, BLACK, BLUE, ORANGE, YELLOW = (
    "#98a0a9",
    "#ead3a6",
    "#b89a63",
    "#2a2f37",
    "#3c6fb0",
    "#d6883c",
    "#eab92d",
)
# The code of IEC 60062: a colour for each digit
DIGITS = (
    *("#1b1b1b", "#6f4320", "#c9342b", "#e2822b", "#edc92f", "#3e8f4d", "#3567ab", "#7b4d96", "#8b8f94", "#ffffff"),
)
GOLD = "#b88a2a"
TOLERANCE = {"1": DIGITS[1], "5": GOLD}
RESISTOR = re.compile(r"^(\d+)(?:k(\d*))?$")


def ohms(value: str) -> int:
    """Of a value as it is written on drawings: 2k2 is 2,200. Raises ValueError."""
    found = RESISTOR.match(value)
    if found is None:
        raise ValueError(f"no resistance: {value}")
    whole, rest = found.groups()
    return int(whole) if rest is None else int(whole) * 1000 + int((rest + "000")[:3])


def bands(value: str, percent: str) -> list[str]:
    """The colours of its rings: three digits, or two where it is 5 %, the zeros after them, the tolerance."""
    digits = 3 if percent == "1" else 2
    text = f"{ohms(value)}".ljust(digits, "0") if ohms(value) < 10 ** (digits - 1) else f"{ohms(value)}"
    return [*(DIGITS[int(one)] for one in text[:digits]), DIGITS[len(text) - digits], TOLERANCE[percent]]


def leads(paper: Paper, x: float, y: float, long: float) -> None:
    paper.add("path", d=f"M{x - long / 2:g} {y:g}h{long:g}", stroke=LEAD, stroke_width=0.8, stroke_linecap="round")
    for side in (-1, 1):
        paper.add("circle", cx=x + side * long / 2, cy=y, r=0.75, fill=LEAD)


def resistor(paper: Paper, x: float, y: float, rings: list[str], long: float, thick: float) -> None:
    leads(paper, x, y, long + 4)
    paper.add("rect", x=x - long / 2, y=y - thick / 2, width=long, height=thick, rx=thick / 2.4, fill=BODY, stroke=EDGE,
              stroke_width=0.35)  # fmt: skip
    first, step = x - long / 2 + 1.9, (long - 4.6) / len(rings)
    for i, colour in enumerate(rings):
        at = first + i * step + (0.8 if i == len(rings) - 1 else 0)
        paper.add("rect", x=at, y=y - thick / 2 + 0.18, width=0.95, height=thick - 0.36, fill=colour)


def ceramic(paper: Paper, x: float, y: float) -> None:
    leads(paper, x, y, 12)
    paper.add("ellipse", cx=x, cy=y, rx=4.6, ry=2.1, fill=ORANGE, stroke="#9c5a1c", stroke_width=0.35)
    paper.add("ellipse", cx=x - 0.8, cy=y - 0.7, rx=2.2, ry=0.5, fill="#eab27a")


def transistor(paper: Paper, x: float, y: float) -> None:
    """TO-92: flat towards the reader."""
    y -= 0.8
    for side in (-1, 0, 1):
        paper.add("path", d=f"M{x + 2.2 * side:g} {y + 1:g}v3.2", stroke=LEAD, stroke_width=0.8, stroke_linecap="round")
    paper.add("path", d=f"M{x - 4.4:g} {y + 2:g}a4.8 4.8 0 1 1 8.8 0z", fill=BLACK, stroke="#0d0f12", stroke_width=0.35,
              stroke_linejoin="round")  # fmt: skip


def diode(paper: Paper, x: float, y: float) -> None:
    """Its ring, the cathode, at the right."""
    leads(paper, x, y, 14.5)
    paper.add("rect", x=x - 4.8, y=y - 2.1, width=9.6, height=4.2, rx=0.6, fill=BLACK)
    paper.add("rect", x=x + 2.3, y=y - 2.1, width=1.3, height=4.2, fill="#dfe3e8")


def fuse(paper: Paper, x: float, y: float) -> None:
    leads(paper, x, y, 14.5)
    paper.add("rect", x=x - 5.4, y=y - 2.1, width=10.8, height=4.2, rx=2.1, fill=YELLOW, stroke="#a67e0d",
              stroke_width=0.35)  # fmt: skip


def can(paper: Paper, x: float, y: float, across: float) -> None:
    """A large capacitor: its sleeve, the stripe at its minus, the aluminium inside."""
    r = across / 2
    paper.add("circle", cx=x, cy=y, r=r, fill=BLUE, stroke="#25497a", stroke_width=0.4)
    paper.add("path", d=f"M{x:g} {y:g}L{x + r * 0.94:g} {y - r * 0.342:g}A{r:g} {r:g} 0 0 1 {x + r * 0.94:g} "
              f"{y + r * 0.342:g}z", fill="#dfe6ee")  # fmt: skip
    paper.add("circle", cx=x, cy=y, r=r - 2.6, fill="#eceff2", stroke="#b6bec8", stroke_width=0.4)


def array(paper: Paper, x: float, y: float) -> None:
    """SOT-23-5 on its adapter."""
    paper.add("rect", x=x - 6.2, y=y - 3.4, width=12.4, height=6.8, rx=0.6, fill="#3d7fc0", stroke="#27598c",
              stroke_width=0.35)  # fmt: skip
    for side in (-1, 1):
        for column in (-1, 0, 1):
            paper.add("circle", cx=x + 4 * column, cy=y + 2.4 * side, r=0.6, fill="#e6c766")
    paper.add("rect", x=x - 2.6, y=y - 1.3, width=5.2, height=2.6, rx=0.3, fill=BLACK)
