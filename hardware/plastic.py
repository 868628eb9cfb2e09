"""``python -m hardware.plastic``: how much plastic a box takes, of which colour, and how long it keeps a printer busy.

The volume is that of the solids in ``enclosure/stl``; the hours are that volume at a steady rate. Less filling takes
less of both; nobody has sliced or printed it, so neither is a slicer's figure."""

from pathlib import Path

from hardware import facets
from hardware.enclosure.parameters import TILE_THICK_MM

STL = Path(__file__).with_name("enclosure") / "stl"
RATES_MM3_S = (8.0, 4.0)  # of molten plastic, assumed: a quick printer's mean and a slow one's
BOX = ("front", "back", "tile-1", "tile-2", "tile-3", "tile-4", "grip", "hanger")
MOUNTS = {
    "table stand": ("table-stand",),
    "wall mount": ("wall-mount",),
    "wall mount on a pole": ("wall-mount", "pole-adapter"),
}

# By the kind that is bought: parts that are of one colour, and faces whose ink is of one
COLOURS = {"filament_case": ("front", "back", "grip"), "filament_mount": ("hanger", *MOUNTS["table stand"])}
INKS = {"filament_white": (1, 4), "filament_brown": (2,), "filament_navy": (3,)}
FACES = (1, 2, 3, 4)


def mesh(part: str) -> list[facets.Facet]:
    return facets.read((STL / f"{part}.stl").read_bytes())


def volume_mm3(part: str) -> float:
    return facets.body(mesh(part)).volume_mm3


def ink_mm3(face: int) -> float:
    """What a tile has over its upper side: face and dots, printed after the change of filament."""
    whole = 0.0
    for corners in mesh(f"tile-{face}"):
        if min(z for _, _, z in corners) > TILE_THICK_MM - facets.SAME_MM:
            (ax, ay, az), (bx, by, bz), (cx, cy, cz) = corners
            under = ((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2
            whole += under * ((az + bz + cz) / 3 - TILE_THICK_MM)
    return whole


def colours_cm3() -> dict[str, float]:
    """Of a box on a table stand, by the kind of filament."""
    parts = {kind: sum(map(volume_mm3, names)) for kind, names in COLOURS.items()}
    tiles = {f"filament_tile_{face}": volume_mm3(f"tile-{face}") - ink_mm3(face) for face in FACES}
    inks = {kind: sum(map(ink_mm3, faces)) for kind, faces in INKS.items()}
    return {kind: mm3 / 1000 for kind, mm3 in (parts | tiles | inks).items()}


def box_mm3(mount: str) -> float:
    """Of a whole box with this one of MOUNTS."""
    return sum(map(volume_mm3, (*BOX, *MOUNTS[mount])))


def hours(mm3: float, rate_mm3_s: float) -> float:
    return mm3 / rate_mm3_s / 3600


def row(mount: str) -> tuple[float, ...]:
    """cm³ of a box, then the hours it takes at each of RATES_MM3_S."""
    mm3 = box_mm3(mount)
    return (mm3 / 1000, *(hours(mm3, rate) for rate in RATES_MM3_S))


if __name__ == "__main__":
    for mount in MOUNTS:
        cm3, quick, slow = row(mount)
        print(f"| {mount} | {cm3:.0f} cm³ | {quick:.0f} h | {slow:.0f} h |")
    for kind, cm3 in colours_cm3().items():
        print(f"{kind}: {cm3:.1f} cm³")
