"""The signs, or a site's own: ``python -m hardware.signs [--into FOLDER] [--fi QUESTION] … [--qr FILE]``.

Writes SVG alone; ``rsvg-convert -f pdf -o card.pdf card.svg`` makes PDF of the same size."""

import argparse
from pathlib import Path

from hardware.signs.card import card
from hardware.signs.poster import poster
from hardware.signs.sheet import sheet
from hardware.signs.words import EASY, WORDS

HERE = Path(__file__).parent


def drawn(questions: dict[str, str], code: Path | None) -> dict[str, str]:
    """Every sign by its file's name."""
    signs = {f"card-{language}.svg": card((language,), questions, code) for language in WORDS}
    signs[f"card-{'-'.join(WORDS)}.svg"] = card(tuple(WORDS), questions, code)
    signs |= {f"easy-{language}.svg": poster(language, questions.get(language), code) for language in EASY}
    return signs | {"touch-sheet.svg": sheet()}


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m hardware.signs", description="Draws the signs of a kiosk.")
    asked.add_argument("--into", type=Path, default=HERE / "out", help="the folder to write to")
    asked.add_argument("--qr", type=Path, help="a picture of a QR code, SVG or PNG, instead of the room for one")
    for language in WORDS:
        asked.add_argument(f"--{language}", metavar="QUESTION", help=f"the question in {language}")
    got = asked.parse_args()
    got.into.mkdir(parents=True, exist_ok=True)
    questions = {language: getattr(got, language) for language in WORDS if getattr(got, language)}
    for name, text in drawn(questions, got.qr).items():
        (got.into / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
