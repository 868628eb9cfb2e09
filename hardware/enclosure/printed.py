"""The parts that are printed: and how each lies on the bed."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from build123d import Part, Rot

from hardware.enclosure import back, front, grip, mount, pole, tile

AS_DRAWN, FACE_DOWN, ON_ITS_SIDE = Rot(0, 0, 0), Rot(180, 0, 0), Rot(0, -90, 0)


@dataclass(frozen=True)
class Printed:
    """``make`` draws the part in the frame of the box, or of itself; ``lies`` turns it so that z is up from the bed."""

    name: str
    make: Callable[[], Part]
    lies: Rot


PRINTED = (
    Printed("front", front.front, FACE_DOWN),
    Printed("back", back.back, AS_DRAWN),
    *(Printed(f"tile-{face}", partial(tile.tile, face), AS_DRAWN) for face in (1, 2, 3, 4)),
    Printed("grip", grip.grip, AS_DRAWN),
    Printed("hanger", mount.hanger, ON_ITS_SIDE),
    Printed("table-stand", mount.table, ON_ITS_SIDE),
    Printed("wall-mount", mount.wall, ON_ITS_SIDE),
    Printed("pole-adapter", pole.adapter, FACE_DOWN),
)
