"""``python -m hardware.enclosure.sprite``: the faces and their colours out of the dashboard's files, into faces.json.

A step of its own that needs no CAD: a change of the dashboard's sheet that leaves the faces alone makes no part new."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SPRITE = "dashboard/templates/_sprite.html"
STYLE = "dashboard/static/style.css"
TO = "hardware/enclosure/faces.json"

SYMBOL = re.compile(r'<symbol id="face-(\d)".*?</symbol>', re.S)
CIRCLE = re.compile(r'<circle class="ink" cx="([\d.]+)" cy="([\d.]+)" r="([\d.]+)"/>')
PATH = re.compile(r'<path class="(ink|line)" d="([^"]+)"/>')
STROKE = re.compile(r"\.line \{[^}]*stroke-width: ([\d.]+)")
COLOUR = re.compile(r"--(f\d|face-ink-\d): (#[0-9a-f]{6})")


def read(sprite: str, style: str) -> dict:
    """What faces.json holds. Raises ValueError where the dashboard's files have no four faces."""
    stroke = STROKE.search(style)
    colours = dict(COLOUR.findall(style.split("@media", 1)[0]))
    symbols = {match[1]: match[0] for match in SYMBOL.finditer(sprite)}
    if not stroke or len(symbols) != 4 or len(colours) != 8:
        raise ValueError(f"no four faces in {SPRITE} and {STYLE}")
    return {
        "stroke": float(stroke[1]),
        "faces": {
            number: {
                "colour": colours[f"f{number}"],
                "ink": colours[f"face-ink-{number}"],
                "eyes": [[float(k) for k in eye] for eye in CIRCLE.findall(symbol)],
                "filled": [d for kind, d in PATH.findall(symbol) if kind == "ink"],
                "lines": [d for kind, d in PATH.findall(symbol) if kind == "line"],
            }
            for number, symbol in sorted(symbols.items())
        },
    }


def main() -> None:
    said = read((ROOT / SPRITE).read_text(encoding="utf-8"), (ROOT / STYLE).read_text(encoding="utf-8"))
    (ROOT / TO).write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
