"""fabrication.json: what a maker of boards reads in fabrication/, read by gerbonara, which shares nothing with KiCad.

``python -m hardware.electronics.carrier.reading`` writes it; a test compares it with box and circuit. Millimetres from
the board's lower left corner, seen from the front."""

import json
from pathlib import Path
from typing import Any

from gerbonara import LayerStack
from gerbonara.graphic_objects import Line, Region
from gerbonara.utils import MM

from hardware.electronics.carrier.pour import AERIAL, inside

FOLDER = Path(__file__).with_name("fabrication")
FILE = FOLDER.with_suffix(".json")
# Where copper is looked for
SAMPLES = [(x / 2, y / 2) for x in range(2, 2 * 38) for y in range(2 * 21, 2 * 41) if inside((x / 2, y / 2), AERIAL)]


def in_aerial(item: Any, left: float, low: float) -> bool:
    """Whether something of copper lies where none may: a track's ends, a pad's middle, any of an area's samples."""
    if isinstance(item, Region):
        outline = [(x - left, y - low) for x, y in item.outline]
        return any(inside(place, outline) for place in SAMPLES)
    ends = [(item.x1, item.y1), (item.x2, item.y2)] if isinstance(item, Line) else [(item.x, item.y)]
    return any(inside((x - left, y - low), AERIAL) for x, y in ends)


def holes(stack: LayerStack, left: float, low: float) -> list[list[Any]]:
    """Diameter, x, y and whether plated, of every hole."""
    found = []
    for file in stack.drill_layers:
        plated = "NPTH" not in Path(file.original_path).name
        for item in file.objects:
            found.append([round(item.tool.diameter, 3), round(item.x - left, 2), round(item.y - low, 2), plated])
    return sorted(found)


def main() -> None:
    stack = LayerStack.open(FOLDER)
    (left, low), (right, high) = stack.outline.bounding_box(unit=MM)
    line = 0.1  # the outline is drawn with this width, half of it beyond the board
    size = [round(right - left - line, 3), round(high - low - line, 3)]
    left, low = left + line / 2, low + line / 2
    copper = {}
    for side in ("top", "bottom"):
        items = stack[side, "copper"].objects
        copper[side] = {"objects": len(items), "in_aerial": sum(in_aerial(item, left, low) for item in items)}
    layers = sorted(f"{side} {use}" for side, use in stack.graphic_layers)
    told = {"size_mm": size, "layers": layers, "copper": copper, "holes": holes(stack, left, low)}
    rows = ",\n  ".join(json.dumps(hole) for hole in told.pop("holes"))
    head = json.dumps(told, indent=1)[:-2]
    FILE.write_text(f'{head},\n "holes": [\n  {rows}\n ]\n}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
