"""The poster in easy language, for the wall beside the box: A4, large type, one thought a line, dots as on the box."""

from pathlib import Path

from hardware.paper import INK, SOFT, Paper
from hardware.signs import faces
from hardware.signs.question import LEADING, Setting, setting
from hardware.signs.words import EASY, NAMES, Easy

WIDE, HIGH = 210.0, 297.0  # A4
EDGE = 18.0
TITLE = 15.0
TITLE_Y, SECOND_Y = 34.0, 42.0  # a single line; the second of two
BODY = 8.2
CODE = 34.0
ROOM = WIDE - 2 * EDGE  # of a question's line
STEP_HIGH = 30.0
FACE = 34.0
PITCH = 46.0
FOOT = 227.0  # of the first line below the rule


def poster(language: str, question: str | None = None, code: Path | None = None) -> str:
    easy = EASY[language]
    asked = title(language, question)
    paper = Paper(WIDE, HIGH, asked.text)
    asked.write(paper, WIDE / 2, TITLE_Y if len(asked.lines) == 1 else SECOND_Y - LEADING * asked.size)
    row(paper, easy, 72)
    steps(paper, easy, 122)
    y = FOOT
    paper.add("path", d=f"M{EDGE} {y - 9}H{WIDE - EDGE}", stroke=INK, stroke_width=0.5)
    y = paper.write(EDGE, y, 5.8, *easy.touch)
    paper.write(EDGE, y + 4, 5.8, *easy.privacy)
    faces.code(paper, WIDE - EDGE - CODE, FOOT - 2, CODE, code)
    paper.write(WIDE - EDGE, FOOT + CODE + 3, 3.6, easy.link, text_anchor="end", fill=SOFT)
    return paper.text()


def title(language: str, question: str | None) -> Setting:
    """Raises TooLong."""
    return setting(question or EASY[language].title, TITLE, ROOM, NAMES[language])


def row(paper: Paper, easy: Easy, y: float) -> None:
    for face, called in enumerate(easy.faces, 1):
        x = WIDE / 2 + (face - 2.5) * PITCH
        faces.face(paper, face, x, y, FACE)
        faces.dots(paper, face, x, y + FACE / 2 + 5.5, 3.2, 5.6)
        paper.write(x, y + FACE / 2 + 15, 5.2, called, font_weight=600, text_anchor="middle")


def steps(paper: Paper, easy: Easy, y: float) -> None:
    for place, lines in enumerate(easy.steps, 1):
        middle = y + 12
        paper.add("circle", cx=EDGE + 9, cy=middle, r=9, fill=INK)
        paper.write(EDGE + 9, middle + 3.9, 11, str(place), font_weight=700, text_anchor="middle", fill="#fff")
        first = middle + 2.9 - (len(lines) - 1) * 0.65 * BODY
        paper.write(EDGE + 26, first, BODY, *lines, font_weight=600)
        y += STEP_HIGH
