"""``python -m hardware.plastic``: how much plastic a box takes, and how long that keeps a printer busy.

The volume is that of the solids in ``enclosure/stl``; the hours are that volume at a steady rate. Less filling takes
less of both; nobody has sliced or printed it, so neither is a slicer's figure."""

from pathlib import Path

from hardware import facets

STL = Path(__file__).with_name("enclosure") / "stl"
RATES_MM3_S = (8.0, 4.0)  # of molten plastic, assumed: a quick printer's mean and a slow one's
BOX = ("front", "back", "tile-1", "tile-2", "tile-3", "tile-4", "grip", "hanger")
MOUNTS = {
    "table stand": ("table-stand",),
    "wall mount": ("wall-mount",),
    "wall mount on a pole": ("wall-mount", "pole-adapter"),
}


def volume_mm3(part: str) -> float:
    return facets.body(facets.read((STL / f"{part}.stl").read_bytes())).volume_mm3


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
