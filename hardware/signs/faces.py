"""Faces, dots and codes on paper; the faces are drawn as the dashboard draws them, as those on the box are."""

import base64
from pathlib import Path

from hardware.enclosure import drawn
from hardware.paper import INK, SOFT, Paper, number

KIND = {".svg": "image/svg+xml", ".png": "image/png"}
FACES = drawn.drawings()
OUTLINE = 0.6  # of 32 units: the face stands out of white paper by more than its colour


def begin(paper: Paper, x: float, y: float, scale: float) -> None:
    """What follows is in the units of a face's drawing, whose middle is at (x, y), until ``</g>``."""
    middle = number(-drawn.MIDDLE)
    moved = f"translate({number(x)} {number(y)}) scale({number(scale)}) translate({middle} {middle})"
    paper.parts.append(f'<g transform="{moved}">')


def features(paper: Paper, face: int, ink: str) -> None:
    """Eyes, brows and mouth."""
    drawing = FACES[face]
    for cx, cy, r in drawing.eyes:
        paper.add("circle", cx=cx, cy=cy, r=r, fill=ink)
    for path in drawing.filled:
        paper.add("path", d=path, fill=ink)
    for path in drawing.lines:
        paper.add("path", d=path, fill="none", stroke=ink, stroke_width=drawing.stroke, stroke_linecap="round")


def face(paper: Paper, which: int, x: float, y: float, across: float) -> None:
    """A face in colour, ``across`` mm wide, its middle at (x, y)."""
    begin(paper, x, y, across / (2 * drawn.MIDDLE))
    middle, drawing = drawn.MIDDLE, FACES[which]
    paper.add("circle", cx=middle, cy=middle, r=15, fill=drawing.colour, stroke=INK, stroke_width=OUTLINE)
    features(paper, which, drawing.ink)
    paper.parts.append("</g>")


def relief(paper: Paper, which: int, x: float, y: float, scale: float) -> None:
    """What is raised on a tile, in black."""
    begin(paper, x, y, scale)
    features(paper, which, "#000")
    paper.parts.append("</g>")


def dots(paper: Paper, which: int, x: float, y: float, across: float, pitch: float, fill: str = INK) -> None:
    """As many dots as the face's number, their middle at (x, y)."""
    for i in range(which):
        paper.add("circle", cx=x + (i - (which - 1) / 2) * pitch, cy=y, r=across / 2, fill=fill)


def code(paper: Paper, x: float, y: float, side: float, picture: Path | None) -> None:
    """A QR code's picture, SVG or PNG, or the room for one; its own white margin is inside ``side``."""
    if picture:
        data = base64.b64encode(picture.read_bytes()).decode()
        href = f"data:{KIND[picture.suffix.lower()]};base64,{data}"
        paper.add("image", x=x, y=y, width=side, height=side, href=href)
        return
    dashed: dict[str, float | str] = {
        "fill": "none",
        "stroke": SOFT,
        "stroke_width": 0.35,
        "stroke_dasharray": "1.6 1.6",
    }
    paper.add("rect", x=x, y=y, width=side, height=side, rx=1.5, **dashed)
    paper.write(x + side / 2, y + side / 2 + 1.6, 4.6, "QR", text_anchor="middle", fill=SOFT)
