"""``python -m hardware.enclosure.pictures [NAME …]``: pictures of the box, its parts, its assembly and its mounts."""

import sys
from pathlib import Path

from hardware.enclosure import painting, scene

FOLDER = Path(__file__).resolve().parent / "pictures"


def main(names: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    stage = painting.Stage()
    for shot in scene.shots():
        if not names or shot.name in names:
            painting.paint(stage, shot, FOLDER / f"{shot.name}.png")


if __name__ == "__main__":
    main(sys.argv[1:])
