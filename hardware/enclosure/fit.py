"""``python -m hardware.enclosure.fit``: whether the parts fit, from the solids themselves; fails where one does not."""

import itertools
import sys
from collections.abc import Iterator, Sequence

from build123d import Pos, Shape

from hardware.enclosure import assembly, back, bought, cable, mount
from hardware.enclosure import layout as at
from hardware.enclosure import parameters as p
from hardware.enclosure.printed import PRINTED
from hardware.enclosure.solids import block, rod

WAY_MM = 200.0  # over a wood screw's head: the screw, a bit and what turns it
SAME_MM3 = 0.6  # what two parts may share: less than a grain, where a screw's edge touches its hole


def shared_mm3(a: Shape, b: Shape) -> float:
    """The volume in which two parts overlap."""
    one, other = a.bounding_box(), b.bounding_box()
    for low, high, low2, high2 in zip(one.min, one.max, other.min, other.max, strict=True):
        if high <= low2 or high2 <= low:
            return 0.0
    common = a.intersect(b)
    return sum(shape.volume for shape in (common or [])) if not isinstance(common, Shape) else common.volume


def unsound() -> Iterator[str]:
    for part in PRINTED:
        solid = part.make()
        if not solid.is_valid or len(solid.solids()) != 1:
            yield f"{part.name} is not one valid solid"


def collisions(pieces: list[assembly.Piece]) -> Iterator[str]:
    made = [(piece.name, piece.make()) for piece in pieces]
    for (a, one), (b, other) in itertools.combinations(made, 2):
        if (volume := shared_mm3(one, other)) > SAME_MM3:
            yield f"{a} and {b} share {volume:.1f} mm³"


def moved(
    what: list[Shape], past: list[Shape], places: Sequence[tuple[float, float, float]], words: str
) -> Iterator[str]:
    for place in places:
        for one, other in itertools.product(what, past):
            if (volume := shared_mm3(Pos(*place) * one, other)) > SAME_MM3:
                yield f"{words}: at {place} they share {volume:.1f} mm³"


def opening() -> Iterator[str]:
    """The front comes off straight, buttons and all; the box comes off its mount upwards, then forwards."""
    parts = {piece.name: piece.make() for piece in assembly.on_wall()}
    lid = [shape for name, shape in parts.items() if name == "front" or name.startswith(("body", "nut of button"))]
    inside = [parts[name] for name in ("back", "board", "pico", "plug", "grip")]
    yield from moved(lid, inside, [(0, 0, z) for z in (3, 10, 20, 40)], "the front does not come off")
    shell = [parts[name] for name in ("front", "back", "hanger")]
    lift = p.CLEAT_MM - 2 * p.CLEAT_PLAY_MM
    places = [(0, 2, 0), (0, lift, 0), (0, lift, 5), (0, lift, 12)]
    yield from moved(shell, [parts["wall mount"]], places, "the box does not come off its mount")


def plugging() -> Iterator[str]:
    """The plug goes straight into the board in the open back."""
    around = [piece.make() for piece in assembly.box() if piece.name in ("back", "board", "grip")]
    yield from moved([bought.plug()], around, [(x, 0, 0) for x in (2, 5, 8)], "the plug cannot be put in")


def threading() -> Iterator[str]:
    """The plug passes from behind through the hole in the back that is for it, before there is a board."""
    x, y, z = p.CABLE_X_MM, p.CABLE_Y_MM, -at.CASE_DEEP_MM
    wide, high = p.PLUG_WIDE_MM / 2, p.PLUG_HIGH_MM / 2
    way = block((x - wide, x + wide), (y - high, y + high), (z - p.PLUG_LONG_MM, z + p.PLUG_LONG_MM))
    if (volume := shared_mm3(way, back.back())) > 0:
        yield f"the plug does not pass the hole for the cable: they share {volume:.1f} mm³"


def lying(pieces: list[assembly.Piece]) -> Iterator[str]:
    """The cable that the pictures show runs through no wall; the bar pinches it, as it does a real one."""
    walls = {piece.name: piece.make() for piece in pieces if piece.name in ("back", "board")}
    walls["joints"] = bought.joints()
    for drawn, (name, wall) in itertools.product(cable.drawn(), walls.items()):
        for solid in drawn.make().solids():
            if (volume := shared_mm3(solid, wall)) > SAME_MM3:
                yield f"{drawn.name} runs through {name}: they share {volume:.1f} mm³"


def driving() -> Iterator[str]:
    """Each wood screw comes straight to its hole, head, driver and all, before the box hangs on the mount."""
    across = max(p.DRIVER_MM, p.WALL_SCREW_HEAD_MM)
    stand, wall = mount.table(), mount.wall()
    ways = [("table stand", stand, place * rod((0, 0, 0), "z", WAY_MM, across)) for place in mount.foot_screws()]
    ways += [("wall mount", wall, rod(head, "z", WAY_MM, across)) for head in mount.wall_screws()]
    for name, part, way in ways:
        if (volume := shared_mm3(way, part)) > 0:
            yield f"a wood screw of the {name} cannot be driven straight: {volume:.1f} mm³ are in its way"


def under_board(pieces: list[assembly.Piece]) -> Iterator[str]:
    """Nothing touches the joints under the board: no screw that comes through the back, no cell."""
    joints = bought.joints()
    for piece in pieces:
        if piece.name != "board" and (volume := shared_mm3(joints, piece.make())) > 0.01:
            yield f"{piece.name} reaches {volume:.1f} mm³ into the joints under the board"


def key_room(pieces: list[assembly.Piece]) -> Iterator[str]:
    """Under the locking screw a key's short arm has room."""
    arm = rod((0, at.SHELF_LOW_MM, at.LOCK_Z_MM), "-y", p.KEY_SHORT_MM, p.KEY_MM * 1.2)
    long_arm = block(
        (-1.5, 55),
        (at.SHELF_LOW_MM - p.KEY_SHORT_MM, at.SHELF_LOW_MM - p.KEY_SHORT_MM + 3),
        (at.LOCK_Z_MM - 1.5, at.LOCK_Z_MM + 1.5),
    )
    for piece in pieces:
        if shared_mm3(arm + long_arm, piece.make()) > SAME_MM3:
            yield f"the key at the locking screw meets {piece.name}"


def complaints() -> Iterator[str]:
    yield from unsound()
    yield from collisions(assembly.on_table())
    only = {"front", "back", "hanger", "lock"}
    yield from collisions([x for x in assembly.on_pole() if x.step == 7 or x.name in only or "screw of" in x.name])
    yield from opening()
    yield from plugging()
    yield from threading()
    yield from lying(assembly.box())
    yield from driving()
    yield from under_board(assembly.box())
    yield from key_room(assembly.on_table())


def main() -> int:
    found = list(complaints())
    print("\n".join(found) or "enclosure: the parts fit")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
