"""The card over the box: A5 across, stands in the slot of the mount; its faces stand above the box's faces."""

import textwrap
from pathlib import Path

from hardware.enclosure import layout, parameters
from hardware.paper import INK, SOFT, Paper
from hardware.signs import faces
from hardware.signs.words import WORDS, Words

WIDE, HIGH = 210.0, 148.0  # A5
SLOT = parameters.CARD_DEEP_MM  # of the card's lower edge: out of sight
EDGE = 12.0
CODE = 26.0  # a side: at 25 modules a module is 0.79 mm, with the four empty ones round it
FACE, FACE_SMALL = 36.0, 30.0  # across; the small one where three languages stand under it
FACES_Y = 60.0
FOOT_Y = HIGH - SLOT - CODE - 5
COLUMN = (WIDE - 2 * EDGE - CODE) / 3
COLUMN_LETTERS = 33  # a line of SMALL type that a column holds in any of the languages
BODY, SMALL = 4.6, 2.9  # type
QUESTION, QUESTION_SMALL = 13.5, 8.4  # of it the small one where three languages stand above one another


def card(languages: tuple[str, ...], questions: dict[str, str] | None = None, code: Path | None = None) -> str:
    """The card in one language, or in several: then every text in each, and no language before another in size."""
    words = [WORDS[language] for language in languages]
    asked = [(questions or {}).get(language, WORDS[language].question) for language in languages]
    paper = Paper(WIDE, HIGH, " · ".join(asked))
    ask(paper, asked)
    for face, x in layout.FACE_X_MM.items():
        one_face(paper, face, WIDE / 2 + x, [one.faces[face - 1] for one in words])
    foot(paper, words, code)
    return paper.text()


def ask(paper: Paper, asked: list[str]) -> None:
    if len(asked) == 1:
        paper.write(WIDE / 2, 31, QUESTION, asked[0], font_weight=700, text_anchor="middle")
        return
    paper.write(WIDE / 2, 15, QUESTION_SMALL, *asked, font_weight=700, text_anchor="middle")


def one_face(paper: Paper, face: int, x: float, called: list[str]) -> None:
    alone = len(called) == 1
    across = FACE if alone else FACE_SMALL
    under = FACES_Y + across / 2
    faces.face(paper, face, x, FACES_Y, across)
    faces.dots(paper, face, x, under + 4.6, 2.6, 4.6)
    if alone:
        first, _, rest = called[0].partition(" ")
        paper.write(x, under + 12, 4.8, *filter(None, (first, rest)), font_weight=600, text_anchor="middle")
    else:
        paper.write(x, under + 11, 3.5, *called, font_weight=500, text_anchor="middle")


def foot(paper: Paper, words: list[Words], code: Path | None) -> None:
    """What is recorded, to the left; the code's room to the right."""
    paper.add("path", d=f"M{EDGE} {FOOT_Y - 4:g}H{WIDE - EDGE:g}", stroke=INK, stroke_width=0.4)
    if len(words) == 1:
        alone(paper, words[0])
    else:
        for place, one in enumerate(words):
            column(paper, one, EDGE + place * COLUMN)
    faces.code(paper, WIDE - EDGE - CODE, FOOT_Y, CODE, code)


def alone(paper: Paper, words: Words) -> None:
    y = paper.write(EDGE, FOOT_Y + 6, BODY, words.press, font_weight=700)
    paper.write(EDGE, y + 1, BODY, *words.privacy)
    paper.write(WIDE - EDGE - CODE - 3, FOOT_Y + CODE - 1, 3.6, words.link, text_anchor="end", fill=SOFT)


def column(paper: Paper, words: Words, x: float) -> None:
    y = paper.write(x, FOOT_Y + 2.5, SMALL, words.press, font_weight=700)
    y = paper.write(x, y, SMALL, *textwrap.wrap(" ".join(words.privacy), COLUMN_LETTERS))
    paper.write(x, y + 1, SMALL, words.link, fill=SOFT)
