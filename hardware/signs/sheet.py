"""The test sheet for the parts that are felt: the four tiles at true size, and a table for trying them with people."""

from hardware.enclosure import layout, parameters
from hardware.paper import INK, SOFT, Paper
from hardware.signs import faces

WIDE, HIGH = 210.0, 297.0  # A4
EDGE = 12.0
TILES_Y = 96.0  # middle of the tiles
RULER_Y, RULER = 158.0, 100.0
TABLE_Y, ROWS, ROW_HIGH = 186.0, 6, 13.0
COLUMNS = ((12.0, "person"), (40.0, "asked for"), (82.0, "pressed"), (124.0, "seconds"), (152.0, "remarks"))
SAID, SMALL = 3.6, 3.4  # type
HAIR = 0.25  # of an outline
USE = (
    "Print at actual size. Lay each printed tile on its outline: every mark must cover its drawing.",
    "On swell paper the black marks rise: the sheet can be tried before a tile is printed.",
)
TRIAL = "Eyes closed or behind a curtain; faces asked for in an order drawn by lot; a number for each person, no names."
SCALE = "This line is 100 mm long. If it is not, the printer scaled the page."


def sheet() -> str:
    paper = Paper(WIDE, HIGH, "hymio: test sheet for the faces that are felt")
    paper.write(EDGE, 16, 6.4, "Faces by touch: test sheet", font_weight=700)
    paper.write(EDGE, 23.5, SMALL, *USE, fill=SOFT)
    for face, x in layout.FACE_X_MM.items():
        tile(paper, face, WIDE / 2 + x)
    ruler(paper)
    table(paper)
    return paper.text()


def tile(paper: Paper, face: int, x: float) -> None:
    wide, high = parameters.TILE_MM, parameters.TILE_LONG_MM
    outline: dict[str, float | str] = {"fill": "none", "stroke": SOFT, "stroke_width": HAIR}
    paper.add("rect", x=x - wide / 2, y=TILES_Y - high / 2, width=wide, height=high, rx=wide / 2, **outline)
    button_y = TILES_Y - layout.BUTTON_Y_MM
    paper.add("circle", cx=x, cy=button_y, r=parameters.BUTTON_HOLE_MM / 2, **outline)
    faces.relief(paper, face, x, TILES_Y - layout.FACE_Y_MM, parameters.FACE_SCALE)
    faces.dots(paper, face, x, TILES_Y - layout.DOTS_Y_MM, parameters.DOT_MM, parameters.DOT_PITCH_MM, fill="#000")
    paper.write(x, button_y + SMALL / 3, SMALL, str(face), text_anchor="middle", fill=SOFT)


def ruler(paper: Paper) -> None:
    left = (WIDE - RULER) / 2
    marks = "".join(f"M{left + mm:g} {RULER_Y:g}v{-4 if mm % 50 else -6}" for mm in range(0, int(RULER) + 1, 10))
    paper.add("path", d=f"M{left:g} {RULER_Y:g}h{RULER:g}{marks}", stroke=INK, stroke_width=0.35)
    paper.write(WIDE / 2, RULER_Y + 5.5, SMALL, SCALE, text_anchor="middle", fill=SOFT)


def table(paper: Paper) -> None:
    """One row a trial."""
    paper.write(EDGE, TABLE_Y - 10, SMALL, TRIAL, fill=SOFT)
    for x, called in COLUMNS:
        paper.write(x, TABLE_Y, SAID, called, font_weight=700)
    for row in range(ROWS + 1):
        y = TABLE_Y + 3 + row * ROW_HIGH
        paper.add("path", d=f"M{EDGE:g} {y:g}H{WIDE - EDGE:g}", stroke=SOFT, stroke_width=HAIR)
