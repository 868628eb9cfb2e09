"""The table of Inter's letters says what a renderer draws, for each weight that a drawing uses."""

import re

import pytest

from hardware import inter
from hardware.step import ROOT

ASKED = ("Miten asiointi sujui?", "Hur nöjd är du med servicen?", "Kuinka tyytyväinen olit palveluun?")
DRAWN_MM = (132, 82, 146, 193, 120, 214, 226, 140, 251)  # by rsvg-convert, in 13.5, 8.4 and 15 mm


def test_a_line_is_as_wide_as_it_is_drawn_and_not_narrower():
    told = [inter.width(line, size, 700) for line in ASKED for size in (13.5, 8.4, 15)]
    assert told == pytest.approx(DRAWN_MM, rel=0.01)


def test_every_letter_and_weight_of_the_signs_is_in_the_table():
    for path in (ROOT / "hardware/signs/out").glob("*.svg"):
        for tag, text in re.findall(r"<text( [^>]*)>([^<]*)</text>", path.read_text(encoding="utf-8")):
            (weight,) = re.findall(r'font-weight="(\d+)"', tag) or ["400"]
            assert inter.width(text, 1, int(weight)) > 0
    assert all(set("ÅÄÖåäöéüŠž’–€") <= set(letters) for letters in inter.TABLE.values())
