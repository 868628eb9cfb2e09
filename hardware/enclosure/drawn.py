"""The faces as the dashboard draws them, so that page and box show the same four; faces.json comes from its files."""

import json
from dataclasses import dataclass
from pathlib import Path

FACES = Path(__file__).resolve().parent / "faces.json"
MIDDLE = 16.0  # of the drawing's view box of 32 units, whose y points down


@dataclass(frozen=True)
class Drawing:
    """``eyes`` as (x, y, radius); ``filled`` and ``lines`` as SVG paths, lines to be drawn ``stroke`` wide.

    In units of the view box. ``colour`` is the face's, ``ink`` that of what is on it, as #rrggbb."""

    eyes: tuple[tuple[float, float, float], ...]
    filled: tuple[str, ...]
    lines: tuple[str, ...]
    stroke: float
    colour: str
    ink: str


def drawings() -> dict[int, Drawing]:
    """The drawing of each face, by its number."""
    said = json.loads(FACES.read_text(encoding="utf-8"))
    return {
        int(number): Drawing(
            eyes=tuple((x, y, r) for x, y, r in face["eyes"]),
            filled=tuple(face["filled"]),
            lines=tuple(face["lines"]),
            stroke=said["stroke"],
            colour=face["colour"],
            ink=face["ink"],
        )
        for number, face in said["faces"].items()
    }
