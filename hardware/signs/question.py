"""A question on a sign: on one line; else on two, broken between words; else smaller, never under what can be read."""

import math
import re
import unicodedata
from dataclasses import dataclass

from hardware import inter
from hardware.paper import Paper

LEAST = 8.4  # type; its H of 6.1 mm subtends 0.7° from 500 mm, the least that hardware/accessibility.md promises
LEADING = 1.2  # from line to line of a question: no Å meets a g
LETTER = 0.5  # width of a letter on average, as a share of the type's size: Finnish, Swedish and English in bold
BOLD = 700
WIDTHS = inter.TABLE[str(BOLD)]
WIDEST = max(WIDTHS, key=lambda letter: WIDTHS[letter])


class TooLong(Exception):
    """A question that does not fit its sign; the text is for whoever asked it."""


@dataclass(frozen=True)
class Setting:
    size: float
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.lines)

    @property
    def wide_mm(self) -> float:
        return max(wide_mm(line, self.size) for line in self.lines)

    def write(self, paper: Paper, x: float, y: float) -> float:
        """Its first baseline at ``y``; returns the last one."""
        steps = [place * LEADING * self.size for place in range(len(self.lines))]
        for line, step in zip(self.lines, steps, strict=True):
            paper.write(x, y + step, self.size, line, font_weight=BOLD, text_anchor="middle")
        return y + steps[-1]


def wide_mm(line: str, size: float) -> float:
    """A letter that Inter's table has not counts as its widest one: another typeface has to lend it."""
    return inter.width("".join(letter if letter in WIDTHS else WIDEST for letter in line), size, BOLD)


def letters(room_mm: float, size: float) -> int:
    """How many a line holds, about."""
    return math.floor(room_mm / (LETTER * size))


def tidy(question: str) -> str:
    """As it is measured and written: each letter one sign, words one space apart; a space that does not break stays."""
    return re.sub(r"[\x00-\x20\x7f]+", " ", unicodedata.normalize("NFC", question)).strip(" ")


def halves(question: str, size: float) -> Setting:
    """On two lines that differ as little as the words allow; a single word stays on one."""
    words = question.split(" ")
    breaks = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
    return min([Setting(size, lines) for lines in breaks] or [Setting(size, (question,))], key=lambda one: one.wide_mm)


def setting(question: str, size: float, room_mm: float, language: str) -> Setting:
    """How a question is set where lines are ``room_mm`` long and letters at most ``size``.

    Raises TooLong, which calls its language by ``language``."""
    question = tidy(question)
    for one in (Setting(size, (question,)), halves(question, size)):
        if one.wide_mm <= room_mm:
            return one
    smaller = math.floor(10 * size * room_mm / one.wide_mm) / 10
    if smaller < LEAST:
        why = excess(Setting(LEAST, one.lines), room_mm)
        raise TooLong(f"the question in {language} is too long: {why}; ask it in fewer words")
    return Setting(smaller, one.lines)


def excess(one: Setting, room_mm: float) -> str:
    """What its longest line has, and what a line may have: in millimetres, and in letters as wide as its own."""
    longest = max(one.lines, key=lambda line: wide_mm(line, one.size))
    which = "its longer line of two" if len(one.lines) > 1 else "its one word, which is not hyphenated,"
    holds = math.floor(len(longest) * room_mm / one.wide_mm)
    return (
        f"in letters of {one.size * inter.CAPITAL:.1f} mm, the least that is read from 500 mm, {which} takes "
        f"{one.wide_mm:.0f} mm ({len(longest)} letters), and a line holds {room_mm:.0f} mm (about {holds} letters)"
    )
