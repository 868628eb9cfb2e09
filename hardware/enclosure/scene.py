"""What a picture shows, and from where: which pieces of the box, how far apart, in which light."""

from dataclasses import dataclass, field
from functools import partial

from hardware.enclosure import assembly, cable, mount, pole, soldered
from hardware.enclosure import layout as at
from hardware.enclosure.assembly import BOARD, BUTTONS, CABLE, CLOSE, HANGER, MOUNT, TILES, Piece

Offset = tuple[float, float, float]
Point = tuple[float, float, float]

UPRIGHT, LEANING, ON_ITS_FACE, ON_ITS_BACK = "upright", "leaning", "on its face", "on its back"

FRONT = ("front", "tile", "relief", "screw of tile", "bezel", "cap", "body", "nut of button", "nut M3")
BACK = (
    "back",
    "board",
    "holder",
    "cells",
    "plug",
    "cable",
    "grip",
    "screw of board",
    "screw of grip",
    "nut M4",
    "nut of lock",
)
REST = "rest of the pole"
PRINT = 16  # samples a pixel that keep the card's small print legible


@dataclass(frozen=True)
class Shot:
    """One picture. ``apart`` moves pieces, by the beginning of their names, in the frame of the box; the first that
    fits counts. The camera looks from the direction ``eye``, in the room (x right, y away, z up), and so near that all
    pieces are in the picture."""

    name: str
    pieces: list[Piece]
    eye: Point
    lies: str = UPRIGHT
    apart: dict[str, Offset] = field(default_factory=dict)
    size_px: tuple[int, int] = (848, 560)  # the denoiser spoils the edge of sizes that no 16 divides
    wall_mm: float | None = None  # how far away a wall is, instead of a floor
    card: bool = False  # the question stands in the mount's slot
    runs_out: str = ""  # a piece that the picture need not show to its end
    samples: int = 6  # a pixel: the denoiser, which knows each pixel's colour and slope, does the rest

    def offset(self, piece: Piece) -> Offset:
        fits = [moved for start, moved in self.apart.items() if piece.name.startswith(start)]
        return fits[0] if fits else (0.0, 0.0, 0.0)


def until(step: int) -> list[Piece]:
    """What is there after a step of the assembly; the board is the carrier board."""
    pieces = [piece for piece in assembly.on_wall() if piece.name not in soldered.STANDS_IN]
    return [piece for piece in pieces + soldered.pieces() if piece.step <= step]


def of(pieces: list[Piece], starts: tuple[str, ...]) -> list[Piece]:
    return [piece for piece in pieces if piece.name.startswith(starts)]


def along(starts: tuple[str, ...], *offset: float) -> dict[str, Offset]:
    x, y, z = offset
    return dict.fromkeys(starts, (x, y, z))


APART = {
    **along(("bezel", "cap", "body"), 0, 0, 105),
    **along(("tile", "relief"), 0, 0, 48),
    "screw of tile": (0, 0, -34),
    "nut of button": (0, 0, -46),
    "nut M3": (0, 0, -40),
    "screw of board": (0, 0, -100),
    "screw of grip": (0, 0, -100),
    **along(("board", "holder", "cells", "plug"), 0, 0, -125),
    "grip": (0, 0, -115),
    **along(("nut M4", "nut of lock"), 0, 0, -130),
    "back": (0, 0, -165),
    "screw of case": (0, 0, -215),
    "screw of hanger": (0, 0, -240),
    "hanger": (0, 0, -205),
    "lock": (0, -45, -250),
    "wall mount": (0, 0, -250),
}


def steps() -> list[Shot]:
    """A picture for each step of the assembly: what is new in it is drawn before it is put in."""
    lid, tray = of(until(BUTTONS), FRONT), of(until(CABLE), BACK)
    behind, size = (0.55, 0.9, 0.5), (656, 496)
    return [
        Shot(
            "step-1",
            [piece for piece in lid if piece.step == TILES],
            (-0.75, -1.0, 0.5),
            apart={**along(("tile", "relief"), 0, 0, 60), "screw of tile": (0, 0, -45)},
            size_px=size,
        ),
        Shot(
            "step-2",
            lid,
            (-0.85, -1.0, 0.45),
            apart={
                **along(("bezel", "cap", "body"), 0, 0, 75),
                "nut of button": (0, 0, -55),
                "nut M3": (0, 0, -24),
            },
            size_px=size,
        ),
        Shot(
            "step-3",
            [piece for piece in tray if piece.step == BOARD],
            (-0.35, -0.75, 1.0),
            lies=ON_ITS_BACK,
            apart={
                "screw of board": (0, 0, 75),
                "board": (0, 0, 50),
                "holder": (0, 0, 25),
                "nut M4": (0, 0, 30),
                "nut of lock": (0, 0, 45),
            },
            size_px=size,
        ),
        Shot(
            "step-4",
            [*tray, *cable.drawn()],
            (0.22, -0.5, 1.1),
            lies=ON_ITS_BACK,
            apart={"grip": (0, 0, 8), "screw of grip": (0, 0, 18)},  # so little that they do not seem to be the board's
            size_px=size,
        ),
        Shot(
            "step-5",
            [*until(CLOSE), cable.outside()],
            behind,
            apart={**along(BACK, 0, 0, -80), "screw of case": (0, 0, -115)},
            size_px=size,
        ),
        Shot(
            "step-6",
            [*until(HANGER), cable.outside()],
            behind,
            apart={"hanger": (0, 0, -35), "screw of hanger": (0, 0, -70)},
            size_px=size,
        ),
        Shot(
            "step-7",
            until(MOUNT),
            (-0.95, -0.75, 0.3),
            apart={"wall mount": (0, 0, -60), "lock": (0, -45, 0)},
            size_px=size,
        ),
    ]


def shots() -> list[Shot]:
    """Every picture of the enclosure."""
    back_mm = at.CASE_DEEP_MM + mount.PLATE_S_MM[1]
    two = of(until(BUTTONS), ("tile 1", "relief 1", "bezel 1", "cap 1", "tile 2", "relief 2", "bezel 2", "cap 2"))
    return [
        Shot("box", assembly.on_table(), (-0.22, -1.0, 0.42), LEANING, size_px=(960, 960), card=True, samples=PRINT),
        Shot("exploded", until(MOUNT), (-1.0, -0.55, 0.45), apart=APART, size_px=(1088, 608)),
        Shot(
            "wall",
            assembly.on_wall(),
            (-0.5, -1.0, 0.25),
            size_px=(720, 848),
            wall_mm=back_mm,
            card=True,
            samples=PRINT,
        ),
        Shot(
            "floor",
            [*assembly.on_pole(), Piece(REST, partial(assembly.put, pole.in_box(), pole.rest_of_pole), "pole", MOUNT)],
            (-0.3, -1.0, 0.5),
            LEANING,
            size_px=(640, 848),
            card=True,
            samples=PRINT,
            runs_out=REST,
        ),
        Shot("relief", two, (-0.35, -0.5, 1.0), ON_ITS_BACK, size_px=(720, 720)),
        *steps(),
    ]
