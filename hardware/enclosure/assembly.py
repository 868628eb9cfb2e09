"""What is put together, where each piece is in the box, where it comes from, and in which step."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from build123d import Compound, Pos, Rot

from hardware.enclosure import back, bought, front, grip, mount, pole, tile
from hardware.enclosure import layout as at
from hardware.enclosure import parameters as p
from hardware.enclosure.solids import TOWARDS

CUT_MM = p.M3_TAP_MM - 0.1  # shank of a screw that cuts its thread: drawn as thick as its hole
NUT_MM = p.M3_MM - 0.1  # shank of a screw with a nut

Made = Callable[[], Any]

# The steps of the assembly
TILES, BUTTONS, BOARD, CABLE, CLOSE, HANGER, MOUNT = range(1, 8)


@dataclass(frozen=True)
class Piece:
    """``make`` draws it where it is in the box; ``look`` names its material; ``step`` is when it is put in."""

    name: str
    make: Made
    look: str
    step: int


def put(place: Any, draw: Callable[..., Any], *words: float) -> Any:
    return place * draw(*words)


def screw(
    draw: Callable[..., Any], place: tuple[float, float, float], towards: str, *words: float
) -> Callable[[], Any]:
    """A screw whose head's seat is at a point and which goes along an axis."""
    return partial(put, Pos(*place) * TOWARDS[towards] * Rot(180, 0, 0), draw, *words)


def steel(name: str, make: Made, step: int) -> Piece:
    return Piece(name, make, "steel", step)


def relief(face: int) -> Any:
    return Compound([tile.in_box(face) * mark for mark in tile.relief(face)])


def of_face(face: int) -> list[Piece]:
    on, x = bought.button_at(face), at.FACE_X_MM[face]
    held = screw(bought.m3, (x, at.FACE_Y_MM, -p.FRONT_MM), "z", p.TILE_SCREW_LONG_MM, CUT_MM)
    return [
        Piece(f"tile {face}", partial(put, tile.in_box(face), tile.plain), f"tile-{face}", TILES),
        Piece(f"relief {face}", partial(relief, face), f"ink-{face}", TILES),
        steel(f"screw of tile {face}", held, TILES),
        Piece(f"bezel {face}", partial(put, on, bought.button_bezel), "black", BUTTONS),
        Piece(f"cap {face}", partial(put, on, bought.button_cap), "lamp", BUTTONS),
        Piece(f"body {face}", partial(put, on, bought.button_body), "black", BUTTONS),
        Piece(f"nut of button {face}", partial(put, on, bought.button_nut), "black", BUTTONS),
    ]


def on_board() -> list[Piece]:
    return [
        Piece("board", bought.board, "board", BOARD),
        Piece("pico", bought.pico, "pico", BOARD),
        Piece("socket", bought.socket, "steel", BOARD),
        Piece("headers", bought.headers, "black", BOARD),
        Piece("holder", bought.holder, "black", BOARD),
        Piece("cells", bought.cells, "cell", CABLE),
        Piece("plug", bought.plug, "black", CABLE),
        Piece("grip", grip.grip, "case", CABLE),
    ]


def in_back() -> list[Piece]:
    pieces = on_board()
    for i, (x, y) in enumerate(at.BOARD_HOLES_MM):
        make = screw(bought.m3, (x, y, at.BOARD_Z_MM + p.BOARD_THICK_MM), "-z", p.BOARD_SCREW_MM, CUT_MM)
        pieces.append(steel(f"screw of board {i}", make, BOARD))
    for i, x in enumerate((-p.GRIP_MM / 2, p.GRIP_MM / 2)):
        seat = (x, p.GRIP_Y_MM, at.BACK_Z_MM + p.GRIP_POST_MM + p.GRIP_THICK_MM)
        make = screw(bought.m3, seat, "-z", p.GRIP_SCREW_MM, CUT_MM)
        pieces.append(steel(f"screw of grip {i}", make, CABLE))
    for i, x in enumerate((-p.VESA_MM / 2, p.VESA_MM / 2)):  # the hanger's; the lower pockets are for a monitor arm's
        make = partial(put, Pos(x, p.VESA_MM / 2, at.BACK_Z_MM), bought.m4_nut)
        pieces.append(steel(f"nut M4 {i}", make, BOARD))
    return [*pieces, steel("nut of lock", lock_nut, BOARD)]


def lock_nut() -> Any:
    y = sum(back.lock_nut_mm()) / 2 - p.M4_NUT_HIGH_MM / 2
    return Pos(0, y, at.LOCK_Z_MM) * TOWARDS["y"] * Rot(0, 0, 30) * bought.m4_nut()


def closing() -> list[Piece]:
    pieces, nut_z = [], front.pillar_end_mm() + p.PILLAR_END_MM + p.NUT_ROOM_MM
    for i, (x, y) in enumerate(at.CASE_SCREWS_MM):
        make = screw(bought.m3, (x, y, -at.CASE_DEEP_MM), "z", p.CASE_SCREW_MM, NUT_MM)
        pieces.append(steel(f"screw of case {i}", make, CLOSE))
        pieces.append(steel(f"nut M3 {i}", partial(put, Pos(x, y, nut_z), bought.m3_nut), BUTTONS))
    return pieces


def hanging() -> list[Piece]:
    seat = mount.behind(p.CLEAT_MM - p.CLEAT_PLAY_MM - mount.HANGER_SINK_MM)
    pieces = [Piece("hanger", mount.hanger, "mount", HANGER)]
    for i, x in enumerate((-p.VESA_MM / 2, p.VESA_MM / 2)):
        make = screw(bought.m4, (x, p.VESA_MM / 2, seat), "z", p.HANGER_SCREW_MM)
        pieces.append(steel(f"screw of hanger {i}", make, HANGER))
    return pieces


def box() -> list[Piece]:
    """Everything that hangs on a mount."""
    shells = [
        Piece("front", front.front, "case", TILES),
        Piece("back", back.back, "case", BOARD),
    ]
    return shells + [one for face in at.FACE_X_MM for one in of_face(face)] + in_back() + closing() + hanging()


def lock() -> Piece:
    """The locking screw."""
    make = screw(bought.m4, (0, at.SHELF_LOW_MM + mount.LOCK_SINK_MM, at.LOCK_Z_MM), "y", p.LOCK_SCREW_MM)
    return steel("lock", make, MOUNT)


def on_table() -> list[Piece]:
    return [*box(), lock(), Piece("table stand", mount.table, "mount", MOUNT)]


def on_wall() -> list[Piece]:
    return [*box(), lock(), Piece("wall mount", mount.wall, "mount", MOUNT)]


def on_pole() -> list[Piece]:
    """The wall mount on the adapter, on a pole."""
    pieces = [*on_wall(), Piece("adapter", partial(put, pole.in_box(), pole.adapter), "mount", MOUNT)]
    near = mount.behind(mount.PLATE_S_MM[0] + mount.VESA_SINK_MM)
    far = mount.behind(mount.PLATE_S_MM[1] + p.POLE_NUT_MM)
    for i, (x, y) in enumerate(at.VESA_HOLES_MM):
        make = screw(bought.m4, (x, y, near), "-z", p.ADAPTER_SCREW_MM)
        nut = partial(put, Pos(x, y, far) * Rot(0, 0, 30), bought.m4_nut)
        pieces += [steel(f"screw of adapter {i}", make, MOUNT), steel(f"nut of adapter {i}", nut, MOUNT)]
    for i, (seat, end) in enumerate(pole.clamp_places()):
        make = partial(put, pole.in_box() * seat, bought.m4, p.CLAMP_SCREW_MM)
        nut = partial(put, pole.in_box() * end, bought.m4_nut)
        pieces += [steel(f"clamp {i}", make, MOUNT), steel(f"nut of clamp {i}", nut, MOUNT)]
    return [*pieces, Piece("pole", partial(put, pole.in_box(), pole.pole), "pole", MOUNT)]
