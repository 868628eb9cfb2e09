"""KiCad's own footprints as they stand on the board: turned, with nets, their names where they can be read."""

from collections.abc import Iterator
from math import cos, hypot, radians, sin

from hardware.electronics.carrier.circuit import Fitted
from hardware.electronics.carrier.expression import SHARE, Text, child, children, identity, read
from hardware.electronics.carrier.place import place
from hardware.electronics.carrier.pour import Pad
from hardware.enclosure import parameters as box

X_MM, Y_MM = 100.0, 80.0  # of the board's upper left corner on KiCad's sheet
AS_IT_IS = ("descr", "tags", "embedded_fonts", "duplicate_pad_numbers_are_jumpers", "net_tie_pad_groups")
MODELS = {"A1": "pico", "F1": "fuse"}  # for these the library names shapes that Debian has not; ours are in models/
LEFT_OUT = ("version", "generator", "generator_version", "layer", "uuid", "zone", "group", "attr", "property", "model")
DRAWN = ("fp_line", "fp_rect", "fp_circle", "fp_poly", "fp_arc")
INK_MM = 0.15  # the thinnest line that makers promise to print
MARK_MM = 0.7  # round a mark for a machine

Label = tuple[float, float, float, float]  # from the part's origin in its own frame: x, y up; height; turn on the board
# Where a reference is printed, and a value; by reference, else by its letters and row. What is missing is not printed.
REFERENCES: dict[str, Label] = {
    "R": (2.15, 0.0, 0.9, 0), "R13": (4.6, 0.0, 1.4, 90), "C": (2.5, 0.63, 0.9, 0), "C7": (2.5, 0.63, 0.9, 90),
    "C5": (-0.6, 4.2, 2.0, 0), "C6": (-0.6, 4.2, 2.0, 0), "D": (5.7, 0.0, 1.2, 90), "F": (2.55, -0.6, 1.2, 0),
    "Q": (2.54, 1.55, 0.9, 90), "U1": (2.54, 1.55, 0.9, 90), "U2": (0.0, 0.0, 0.0, 0), "J": (3.75, 0.0, 0.0, 0),
    "A": (8.89, -24.0, 2.0, 0),
}  # fmt: skip
VALUES: dict[str, Label] = {
    "R": (5.25, 0.0, 0.9, 0), "R13": (9.6, 0.0, 1.4, 90), "C": (2.5, -0.63, 0.9, 0), "C7": (2.5, -0.63, 0.8, 90),
    "C5": (-0.6, -4.2, 1.1, 0), "C6": (-0.6, -4.2, 1.1, 0),
}  # fmt: skip
for _ref in ("R9", "R10", "R11", "R12"):  # these stand on their heads
    REFERENCES[_ref], VALUES[_ref] = (5.4, 0.0, 0.9, 0), (2.3, 0.0, 0.9, 0)


def point(x: float, y: float) -> list[float]:
    """From the board's lower left corner to KiCad's sheet, whose y points down."""
    return [round(X_MM + x, 4), round(Y_MM + box.BOARD_HIGH_MM - y, 4)]


def on_board(ref: str, dx: float, dy: float) -> tuple[float, float]:
    """From a part's own frame (y down, as KiCad has it) to the board's."""
    x, y, turn = place(ref)
    c, s = cos(radians(turn)), sin(radians(turn))
    return x + dx * c + dy * s, y + dx * s - dy * c


def effects(size: float, *justify: str) -> list:
    font = ["font", ["size", size, size], ["thickness", round(max(INK_MM, size * 0.15), 3)]]
    return ["effects", font, *([["justify", *justify]] if justify else [])]


def label(table: dict[str, Label], ref: str) -> Label | None:
    found = table.get(ref) or table.get(ref.rstrip("0123456789"))
    return found if found and found[2] else None


def fields(part: Fitted) -> Iterator[list]:
    texts = {"Reference": part.ref, "Value": part.value, "Footprint": part.footprint}
    texts |= {"Datasheet": "", "Description": ""}
    for name, text in texts.items():
        table = {"Reference": REFERENCES, "Value": VALUES}.get(name, {})
        shown = label(table, part.ref)
        x, y, size, turn = shown or (0.0, 0.0, 1.0, 0)
        at = ["at", x, -y, float(turn)]
        layer = "F.SilkS" if shown else "F.Fab"
        hidden = [] if shown else [["hide", "yes"]]
        head = ["property", Text(name), Text(text), at, ["layer", Text(layer)], *hidden]
        yield [*head, ["uuid", identity("field", part.ref, name)], effects(size)]
    if part.number:
        head = ["property", Text("Part number"), Text(part.number), ["at", 0.0, 0.0, 0.0], ["layer", Text("F.Fab")]]
        yield [*head, ["hide", "yes"], ["uuid", identity("field", part.ref, "Part number")], effects(1.0)]


def corners(item: list) -> list[tuple[float, float]]:
    """The points that a drawn piece goes through, in the part's own frame."""
    found = [child(item, name) for name in ("start", "mid", "end", "center")]
    points = [(float(one[1]), float(one[2])) for one in found if one]
    return points + [(float(xy[1]), float(xy[2])) for pts in children(item, "pts") for xy in children(pts, "xy")]


def prints_beyond_the_edge(item: list, ref: str) -> bool:
    layer = child(item, "layer")
    if item[0] not in DRAWN or not layer or layer[1] != "F.SilkS":
        return False
    places = [on_board(ref, *corner) for corner in corners(item)]
    room = 0.3
    return any(not (room < x < box.BOARD_WIDE_MM - room and room < y < box.BOARD_HIGH_MM - room) for x, y in places)


def turned(item: list, turn: float) -> list:
    """A pad or text keeps its own turn in the file, the footprint's added."""
    at = child(item, "at") or []
    own = float(at[3]) if len(at) > 3 else 0.0
    return [["at", *at[1:3], own + turn] if piece is at else piece for piece in item]


def pieces(part: Fitted, source: list, nets: dict[tuple[str, str], tuple[int, str]]) -> Iterator[list]:
    turn = place(part.ref)[2]
    for n, item in enumerate(item for item in source[2:] if isinstance(item, list)):
        if item[0] in LEFT_OUT or prints_beyond_the_edge(item, part.ref):
            continue
        if item[0] in AS_IT_IS:
            yield item
            continue
        if item[0] in ("pad", "fp_text", "fp_text_box"):
            item = turned(item, turn)
        net = nets.get((part.ref, item[1])) if item[0] == "pad" else None
        kept = [piece for piece in item if not (isinstance(piece, list) and piece[:1] == ["uuid"])]
        if item[0] == "pad" and part.ref.startswith("FID"):  # its mask is open wider than the pad is
            kept = [*(piece for piece in kept if piece[:1] != ["clearance"]), ["clearance", MARK_MM]]
        joined = [["net", str(net[0]), Text(net[1])]] if net else []
        yield [*kept, *joined, ["uuid", identity("piece", part.ref, str(n))]]


def models(part: Fitted, source: list) -> list[list]:
    """What stands for the part in pictures and in the STEP file."""
    if part.ref not in MODELS:
        return children(source, "model")
    at = [[name, ["xyz", *[value] * 3]] for name, value in (("offset", "0"), ("scale", "1"), ("rotate", "0"))]
    return [["model", Text(f"${{KIPRJMOD}}/../models/{MODELS[part.ref]}.step"), *at]]


def source_of(part: Fitted) -> list:
    library, name = part.footprint.split(":")
    return read((SHARE / f"footprints/{library}.pretty/{name}.kicad_mod").read_text())


def attributes(part: Fitted, source: list) -> list:
    said = child(source, "attr") or ["attr", "through_hole"]
    flags = [flag for flag in said[1:] if flag not in ("exclude_from_bom", "exclude_from_pos_files")]
    return ["attr", *flags, *([] if part.bought else ["exclude_from_pos_files", "exclude_from_bom"])]


def footprint(part: Fitted, nets: dict[tuple[str, str], tuple[int, str]]) -> list:
    source = source_of(part)
    x, y, turn = place(part.ref)
    return [
        "footprint", Text(part.footprint), ["layer", Text("F.Cu")], ["uuid", identity("footprint", part.ref)],
        ["at", *point(x, y), turn], *fields(part), ["path", Text(f"/{identity('symbol', part.ref)}")],
        ["sheetname", Text("/")], ["sheetfile", Text("hymio.kicad_sch")], attributes(part, source),
        *pieces(part, source, nets), *models(part, source),
    ]  # fmt: skip


def pads(part: Fitted) -> Iterator[Pad]:
    """Middle and radius of each pad and hole, for what must keep clear of them."""
    for pad in children(source_of(part), "pad"):
        at, size = child(pad, "at") or [], child(pad, "size") or []
        wide, high = float(size[1]), float(size[2])
        round_ = pad[3] in ("circle", "oval") and wide == high
        radius = wide / 2 if round_ else hypot(wide, high) / 2
        radius += MARK_MM if part.ref.startswith("FID") else 0.0
        yield on_board(part.ref, float(at[1]), float(at[2])), radius, part.nets.get(pad[1], "")
