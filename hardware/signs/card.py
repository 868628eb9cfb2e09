"""The card over the box: A5 across, stands in the slot of the mount; its faces stand above the box's faces."""

import textwrap
from pathlib import Path

from hardware.enclosure import layout, parameters
from hardware.paper import INK, SOFT, Paper
from hardware.signs import faces
from hardware.signs.question import LEADING, LEAST, Setting, TooLong, letters, setting
from hardware.signs.words import NAMES, WORDS, Words

WIDE, HIGH = 210.0, 148.0  # A5
SLOT = parameters.CARD_DEEP_MM  # of the card's lower edge: out of sight
EDGE = 12.0
CODE = 26.0  # a side: at 25 modules a module is 0.79 mm, with the four empty ones round it
FACE, FACE_SMALL = 36.0, 30.0  # across; the small one where three languages stand under it
FACES_Y = 60.0
FACE_LEAST, FACES_LOWER_Y = 27.0, 65.0  # where the three questions take a line more than three
FOOT_Y = HIGH - SLOT - CODE - 5
COLUMN = (WIDE - 2 * EDGE - CODE) / 3
COLUMN_LETTERS = 33  # a line of SMALL type that a column holds in any of the languages
BODY, SMALL = 4.6, 2.9  # type
QUESTION, QUESTION_SMALL = 13.5, LEAST  # of it the small one where three languages stand above one another
QUESTION_Y, SECOND_Y = 31.0, 35.0  # a single line; the second of two
SMALL_Y, SMALL_HIGHER_Y = 15.0, 13.4  # the first line of three languages; where they take a line more
APART, FURTHER_APART = 1.3, 1.42  # from question to question; where one has two lines, to be told from its own
ROOM, ROOM_SMALL = WIDE - 2 * EDGE, WIDE - 2 * 8  # of a question's line


def card(languages: tuple[str, ...], questions: dict[str, str] | None = None, code: Path | None = None) -> str:
    """The card in one language, or in several: then every text in each, and no language before another in size."""
    words = [WORDS[language] for language in languages]
    asked = settings(languages, questions or {})
    longer = len(asked) > 1 and any(len(one.lines) > 1 for one in asked)
    paper = Paper(WIDE, HIGH, " · ".join(one.text for one in asked))
    ask(paper, asked, longer)
    y, across = FACES_Y, FACE if len(words) == 1 else FACE_SMALL
    if longer:
        y, across = FACES_LOWER_Y, FACE_LEAST
    for face, x in layout.FACE_X_MM.items():
        faces.face(paper, face, WIDE / 2 + x, y, across)
        called(paper, face, WIDE / 2 + x, y + across / 2, [one.faces[face - 1] for one in words])
    foot(paper, words, code)
    return paper.text()


def settings(languages: tuple[str, ...], questions: dict[str, str]) -> list[Setting]:
    """How each language's question is set. Raises TooLong; of several questions one alone may take two lines."""
    room, size = (ROOM, QUESTION) if len(languages) == 1 else (ROOM_SMALL, QUESTION_SMALL)
    asked = [setting(questions.get(one, WORDS[one].question), size, room, NAMES[one]) for one in languages]
    longer = [NAMES[name] for name, one in zip(languages, asked, strict=True) if len(one.lines) > 1]
    if len(languages) > 1 < len(longer):
        raise TooLong(
            f"the questions in {' and in '.join(longer)} take two lines each, and of three languages one may: "
            f"a line holds {ROOM_SMALL:.0f} mm (about {letters(ROOM_SMALL, QUESTION_SMALL)} letters); "
            "ask in fewer words, or print a card for each language"
        )
    return asked


def ask(paper: Paper, asked: list[Setting], longer: bool) -> None:
    if len(asked) == 1:
        (one,) = asked
        one.write(paper, WIDE / 2, QUESTION_Y if len(one.lines) == 1 else SECOND_Y - LEADING * one.size)
        return
    y = SMALL_HIGHER_Y if longer else SMALL_Y
    for one in asked:
        y = one.write(paper, WIDE / 2, y) + (FURTHER_APART if longer else APART) * one.size


def called(paper: Paper, face: int, x: float, under: float, names: list[str]) -> None:
    """Dots and names of a face that ends at ``under``."""
    faces.dots(paper, face, x, under + 4.6, 2.6, 4.6)
    if len(names) == 1:
        first, _, rest = names[0].partition(" ")
        paper.write(x, under + 12, 4.8, *filter(None, (first, rest)), font_weight=600, text_anchor="middle")
    else:
        paper.write(x, under + 11, 3.5, *names, font_weight=500, text_anchor="middle")


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
