"""``python -m hardware.enclosure.fit``: whether the parts fit, from the solids themselves; fails where one does not."""

import itertools
import sys
from collections.abc import Iterator, Sequence

from build123d import Pos, Shape

from hardware.enclosure import assembly, bought
from hardware.enclosure import layout as at
from hardware.enclosure import parameters as p
from hardware.enclosure.printed import PRINTED
from hardware.enclosure.solids import block, rod

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
    yield from under_board(assembly.box())
    yield from key_room(assembly.on_table())


def main() -> int:
    found = list(complaints())
    print("\n".join(found) or "enclosure: the parts fit")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
