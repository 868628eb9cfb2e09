"""``python -m hardware.enclosure.files``: every printed part as STL, as it lies on the bed, and as STEP."""

from pathlib import Path

from hardware.enclosure import export
from hardware.enclosure.printed import PRINTED

FOLDER = Path(__file__).resolve().parent


def main() -> None:
    for part in PRINTED:
        solid = export.on_bed(part.lies * part.make())
        (FOLDER / "stl").mkdir(exist_ok=True)
        (FOLDER / "step").mkdir(exist_ok=True)
        (FOLDER / f"stl/{part.name}.stl").write_bytes(export.stl(export.facets(solid)))
        export.step(solid, FOLDER / f"step/{part.name}.step")


if __name__ == "__main__":
    main()
