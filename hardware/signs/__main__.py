"""The signs, or a site's own: ``python3 -m hardware.signs [--into FOLDER] [--fi QUESTION] … [--qr FILE] [--pdf]``."""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from hardware.signs import pdf, poster
from hardware.signs.card import QUESTION, ROOM, ROOM_SMALL, card, settings
from hardware.signs.faces import KIND
from hardware.signs.letters import far_mm
from hardware.signs.question import LEAST, Setting, TooLong, letters, tidy
from hardware.signs.sheet import sheet
from hardware.signs.words import EASY, NAMES, WORDS

HERE = Path(__file__).parent / "out"
FULL, LEAST_CARD = letters(ROOM, QUESTION), letters(ROOM, LEAST)
FULL_POSTER, LEAST_POSTER = letters(poster.ROOM, poster.TITLE), letters(poster.ROOM, LEAST)
ABOUT = f"""
how long a question may be, about:
  card in one language      two lines of {FULL} letters; set smaller, two of {LEAST_CARD}
  card in all languages     a line of {letters(ROOM_SMALL, LEAST)} letters each; one of them may take two
  poster in easy language   two lines of {FULL_POSTER} letters; set smaller, two of {LEAST_POSTER}
Lines are broken between words alone. What is set smaller is said. A sign that cannot hold
its question is not drawn, with a sentence why; the others are, and the command returns 1.

Ask the same in each language: one that is not given keeps the project's question.
Print at actual size. PDF needs rsvg-convert and the typeface Inter (Debian: librsvg2-bin,
fonts-inter).
"""


def drawings(questions: dict[str, str], code: Path | None) -> dict[str, Callable[[], str]]:
    """What draws a sign, by the name of its file; it raises TooLong where the question does not fit."""
    signs: dict[str, Callable[[], str]] = {f"card-{one}.svg": partial(card, (one,), questions, code) for one in WORDS}
    signs[f"card-{'-'.join(WORDS)}.svg"] = partial(card, tuple(WORDS), questions, code)
    signs |= {f"easy-{one}.svg": partial(poster.poster, one, questions.get(one), code) for one in EASY}
    return signs | {"touch-sheet.svg": sheet}


def write(path: Path, draw: Callable[[], str], as_pdf: bool) -> Iterator[str]:
    """Why a sign is not there afterwards; then no older drawing is there either."""
    try:
        path.write_text(draw(), encoding="utf-8")
        if as_pdf and not pdf.made(path):
            yield f"{path.with_suffix('.pdf').name} is not made: rsvg-convert refused it"
    except TooLong as e:
        path.unlink(missing_ok=True)
        yield f"{path.name} is not drawn: {e}"


def smaller(language: str, questions: dict[str, str]) -> Iterator[str]:
    """Which signs have a question in smaller letters than they could have, and what that costs."""

    def on_card() -> Setting:
        return settings((language,), questions)[0]

    on_poster = partial(poster.title, language, questions.get(language))
    for sign, set_in, full in ((f"card-{language}", on_card, QUESTION), (f"easy-{language}", on_poster, poster.TITLE)):
        with suppress(TooLong):
            if (size := set_in().size) < full:
                yield f"{sign}: the question is set smaller, read from {far_mm(size):.0f} mm, not {far_mm(full):.0f}"


def asked(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python3 -m hardware.signs",
        description="Draws the signs of a kiosk as SVG, with your own question and QR code where they are given.",
        epilog=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--into", metavar="FOLDER", type=Path, help="where to write; needed for signs of your own")
    for language, called in NAMES.items():
        parser.add_argument(f"--{language}", metavar="QUESTION", type=tidy, help=f"the question in {called.split()[0]}")
    parser.add_argument("--qr", metavar="FILE", type=Path, help="a QR code's picture, SVG or PNG, for the room of one")
    parser.add_argument("--pdf", action="store_true", help="a PDF beside each SVG, too")
    got = parser.parse_args(words)
    own = got.qr or got.pdf or any(getattr(got, language) is not None for language in WORDS)
    if own and not got.into:
        parser.error("say --into FOLDER, too: signs of your own are not written over the project's")
    if got.qr and (got.qr.suffix.lower() not in KIND or not got.qr.is_file()):
        parser.error(f"--qr {got.qr}: give a file that is there and ends in {' or '.join(KIND)}")
    if empty := [f"--{language}" for language in WORDS if getattr(got, language) == ""]:
        parser.error(f"{', '.join(empty)}: the question is empty")
    return got


def main(words: list[str] | None = None) -> int:
    got = asked(words)
    questions = {language: getattr(got, language) for language in WORDS if getattr(got, language)}
    into = got.into or HERE
    into.mkdir(parents=True, exist_ok=True)
    doubt = pdf.doubt() if got.into else None
    as_pdf = got.pdf and pdf.there() and doubt != pdf.ABSENT
    missing = [pdf.NO_PROGRAM] if got.pdf and not pdf.there() else []
    for name, draw in drawings(questions, got.qr).items():
        if got.into:
            (into / name).with_suffix(".pdf").unlink(missing_ok=True)
        missing += write(into / name, draw, as_pdf)
    said = [*missing, *(note for language in questions for note in smaller(language, questions))]
    if questions and len(questions) < len(WORDS):
        others = " and ".join(NAMES[language] for language in WORDS if language not in questions)
        said.append(f"the signs in {others} ask the project's question, not yours")
    said += [doubt] if doubt else []
    print("".join(f"signs: {one}\n" for one in said), end="", file=sys.stderr)
    return 1 if missing or (got.pdf and not as_pdf) else 0


if __name__ == "__main__":
    sys.exit(main())
