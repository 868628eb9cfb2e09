"""The carrier board with its parts, as KiCad exports it: pictures show it where the fit has its stand-ins."""

import tempfile
import zipfile
from collections import defaultdict
from functools import cache, partial
from pathlib import Path
from typing import Any

from build123d import Compound, Location, Pos, Shape, import_step

from hardware.enclosure import layout as at
from hardware.enclosure import parameters as p
from hardware.enclosure.assembly import BOARD, Piece

EXPORTED = Path(__file__).resolve().parents[1] / "electronics/carrier/board.step.zip"
STANDS_IN = ("board", "pico", "socket", "headers")  # whose place in the assembly it takes
PLATE = "hymio_PCB"  # KiCad's name for the bare board: where its lower left corner is, is the board's
PLATE_LOOK = "carrier"  # KiCad exports it lighter than boards are


@cache
def pieces() -> list[Piece]:
    """A piece of each colour, where the board is in the box."""
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(EXPORTED) as file:
        (name,) = file.namelist()
        whole = import_step(file.extract(name, folder))
    (plate,) = (one for one in whole.children if one.label == PLATE)
    low = plate.bounding_box().min
    found: dict[str, list[Any]] = defaultdict(list)
    collect(whole, Pos(p.BOARD_X_MM - low.X, p.BOARD_Y_MM - low.Y, at.BOARD_Z_MM - low.Z), found)
    return [Piece(f"board {look}", partial(joined, solids), look, BOARD) for look, solids in sorted(found.items())]


def collect(node: Any, place: Location, found: dict[str, list[Any]]) -> None:
    """By look the solids under a node of the export; out of its tree, of which each copy of a solid would copy all."""
    if not node.children:
        found[look(node)].append(node.wrapped.Moved(place.wrapped))
    for child in node.children:
        collect(child, place * node.location, found)


def look(node: Any) -> str:
    if node.label == PLATE:
        return PLATE_LOOK
    red, green, blue = (round(255 * part) for part in tuple(node.color)[:3])
    return f"#{red:02x}{green:02x}{blue:02x}"


def joined(solids: list[Any]) -> Compound:
    return Compound([Shape(solid) for solid in solids])
