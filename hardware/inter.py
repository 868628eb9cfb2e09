"""Inter, the typeface of drawings. inter.json: how wide its letters are, by weight; ``python -m hardware.inter`` reads
it out of the font.

With it a drawing knows how long a line of text is, and a test whether two lines touch, without the font at hand.
Kerning is left out: it makes a line at most a little shorter."""

import json
from pathlib import Path

FONTS = Path("/usr/share/fonts/opentype/inter")
WEIGHTS = {"400": "Regular", "500": "Medium", "600": "SemiBold", "700": "Bold"}
LATIN_1 = "".join(map(chr, (*range(0x20, 0x7F), *range(0xA0, 0x100))))
LETTERS = LATIN_1 + "ČčĐđŊŋŠšŦŧŽž" + "‐‑–—‘’‚“”„•…" + "€−Ω"  # Sámi's, punctuation, signs
FILE = Path(__file__).with_name("inter.json")

# Heights as shares of the type's size
CAPITAL = 0.727  # of an H (its OS/2 table, sCapHeight)
RING = 0.983  # of an Å, the highest letter of our languages
TAIL = 0.216  # of a g, under the line


def advances(font: Path) -> dict[str, float]:
    """Of each letter, as a share of the type's size."""
    from fontTools.ttLib import TTFont

    opened = TTFont(font)
    glyphs, units = opened.getBestCmap(), opened["head"].unitsPerEm
    return {letter: round(opened["hmtx"][glyphs[ord(letter)]][0] / units, 4) for letter in LETTERS}


def width(text: str, size: float, weight: int = 400) -> float:
    """Of a line, in the unit of ``size``. Raises KeyError for a letter that is not in the table."""
    return size * sum(TABLE[str(weight)][letter] for letter in text)


TABLE: dict[str, dict[str, float]] = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}


def main() -> None:
    found = {weight: advances(FONTS / f"Inter-{name}.otf") for weight, name in WEIGHTS.items()}
    rows = [f'"{weight}": {json.dumps(of, ensure_ascii=False, separators=(",", ":"))}' for weight, of in found.items()]
    FILE.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
