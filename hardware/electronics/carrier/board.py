"""kicad/hymio.kicad_pcb: KiCad's footprints where place.py says, tracks, poured copper, the names on top.

``python -m hardware.electronics.carrier.board NETLIST`` writes it, among KiCad's libraries; the netlist is what KiCad
makes of the schematic, so that the board has its nets from there and nowhere else."""

import sys
from itertools import pairwise
from pathlib import Path

from hardware.electronics.carrier import circuit, place, pour, route, words
from hardware.electronics.carrier.expression import Text, child, children, identity, read, write
from hardware.electronics.carrier.footprint import effects, footprint, pads, point
from hardware.enclosure import parameters as box

FOLDER = Path(__file__).with_name("kicad")
LAYERS = [
    ("0", "F.Cu", "signal"), ("2", "B.Cu", "signal"), ("1", "F.Mask", "user"), ("3", "B.Mask", "user"),
    ("5", "F.SilkS", "user"), ("7", "B.SilkS", "user"), ("9", "F.Adhes", "user"), ("11", "B.Adhes", "user"),
    ("13", "F.Paste", "user"), ("15", "B.Paste", "user"), ("17", "Dwgs.User", "user"), ("19", "Cmts.User", "user"),
    ("25", "Edge.Cuts", "user"), ("27", "Margin", "user"), ("29", "B.CrtYd", "user"), ("31", "F.CrtYd", "user"),
    ("33", "B.Fab", "user"), ("35", "F.Fab", "user"),
]  # fmt: skip
NO = "not_allowed"


def pad_nets(netlist: Path) -> dict[tuple[str, str], tuple[int, str]]:
    """(reference, pad): the net's number and name, also of pads that nothing is joined to."""
    nets = children(child(read(netlist.read_text()), "nets") or [], "net")
    found = {}
    for code, net in enumerate(nets, 1):
        name = (child(net, "name") or [])[1]
        for node in children(net, "node"):
            found[(child(node, "ref") or [])[1], (child(node, "pin") or [])[1]] = (code, name)
    return found


class Nets:
    """Numbers and full names of nets by the names that parts.py gives them; KiCad puts a stroke before a label's."""

    def __init__(self, found: dict[tuple[str, str], tuple[int, str]]) -> None:
        self.of = {name.removeprefix("/"): (code, name) for code, name in found.values()}

    def number(self, net: str) -> list:
        return ["net", str(self.of[net][0])]

    def name(self, net: str) -> list:
        return ["net_name", Text(self.of[net][1])]


def between() -> list[tuple[route.Point, float]]:
    """Circles from pad to pad of the small parts: what is printed there stays whole."""
    found = []
    for part in circuit.parts():
        places = [middle for middle, _, _ in pads(part)]
        if part.ref[0] in "RCDF" and len(places) == 2:
            (x1, y1), (x2, y2) = places
            found += [((x1 + (x2 - x1) * i / 8, y1 + (y2 - y1) * i / 8), 1.0) for i in range(1, 8)]
    return found


def copper(nets: Nets) -> list[list]:
    """Tracks, and the holes between both sides."""
    tracks, vias = route.tracks_and_vias()
    items = []
    for n, (net, layer, width, points) in enumerate(tracks):
        for i, (start, end) in enumerate(pairwise(points)):
            ends = [["start", *point(*start)], ["end", *point(*end)], ["width", width], ["layer", Text(layer)]]
            items.append(["segment", *ends, nets.number(net), ["uuid", identity("track", str(n), str(i))]])
    around = [pad for part in circuit.parts() for pad in pads(part)]
    around += [(at, radius, "") for at, radius in [*words.spots(), *between()]]
    holes = [*vias, *(("GND", at) for at in pour.stitches(around, tracks, vias))]
    for n, (net, at) in enumerate(holes):
        size = [["size", route.VIA_MM], ["drill", route.DRILL_MM], ["layers", Text("F.Cu"), Text("B.Cu")]]
        items.append(["via", ["at", *point(*at)], *size, nets.number(net), ["uuid", identity("via", str(n))]])
    return items


def stroke(width: float) -> list:
    return ["stroke", ["width", round(width, 3)], ["type", "solid"]]


def edge() -> list[list]:
    """The outline with rounded corners."""
    wide, high, r = box.BOARD_WIDE_MM, box.BOARD_HIGH_MM, place.ROUND_MM
    cut = r * (1 - 2**-0.5)
    layer = ["layer", Text("Edge.Cuts")]
    sides = [
        ((r, 0), (wide - r, 0)), ((wide, r), (wide, high - r)), ((wide - r, high), (r, high)), ((0, high - r), (0, r)),
    ]  # fmt: skip
    arcs = [
        ((wide - r, 0), (wide - cut, cut), (wide, r)), ((wide, high - r), (wide - cut, high - cut), (wide - r, high)),
        ((r, high), (cut, high - cut), (0, high - r)), ((0, r), (cut, cut), (r, 0)),
    ]  # fmt: skip
    items = []
    for n, (a, b) in enumerate(sides):
        ends = [["start", *point(*a)], ["end", *point(*b)], stroke(0.1), layer]
        items.append(["gr_line", *ends, ["uuid", identity("side", str(n))]])
    for n, (a, m, b) in enumerate(arcs):
        ends = [["start", *point(*a)], ["mid", *point(*m)], ["end", *point(*b)], stroke(0.1), layer]
        items.append(["gr_arc", *ends, ["uuid", identity("corner", str(n))]])
    return items


def outline(corners: list[route.Point]) -> list:
    return ["polygon", ["pts", *(["xy", *point(*corner)] for corner in corners)]]


def poured(nets: Nets) -> list[list]:
    items = []
    for net, layer, corners, first in pour.POURS:
        bridge = 0.5 if net == "GND" else 1.0
        items.append([
            "zone", nets.number(net), nets.name(net), ["layer", Text(layer)], ["uuid", identity("pour", net, layer)],
            ["hatch", "edge", 0.5], ["priority", str(first)], ["connect_pads", ["clearance", 0.25]],
            ["min_thickness", 0.25], ["fill", "yes", ["thermal_gap", 0.3], ["thermal_bridge_width", bridge]],
            outline(corners),
        ])  # fmt: skip
    return items


def aerial() -> list:
    return [
        "zone", ["net", "0"], ["net_name", Text()], ["layers", Text("F.Cu"), Text("B.Cu")],
        ["uuid", identity("aerial")], ["name", Text("aerial")], ["hatch", "full", 0.5],
        ["connect_pads", ["clearance", 0.0]], ["min_thickness", 0.25],
        ["keepout", ["tracks", NO], ["vias", NO], ["pads", NO], ["copperpour", NO], ["footprints", "allowed"]],
        ["fill", ["thermal_gap", 0.5], ["thermal_bridge_width", 0.5]], outline(pour.AERIAL),
    ]  # fmt: skip


def printed() -> list[list]:
    items = []
    for n, (text, x, y, size, layer, turn) in enumerate(words.words()):
        look = effects(size, *(["mirror"] if layer == words.BACK else []))
        at = ["at", *point(x, y), float(turn)]
        items.append(["gr_text", Text(text), at, ["layer", Text(layer)], ["uuid", identity("text", str(n))], look])
    return items


def faces() -> list[list]:
    items = []
    layer = ["layer", Text(words.FRONT)]
    for n, (strokes, circles) in enumerate(words.faces()):
        for i, (points, width, filled) in enumerate(strokes):
            key = ["uuid", identity("stroke", str(n), str(i))]
            if filled:
                corners = ["pts", *(["xy", *point(*one)] for one in points)]
                items.append(["gr_poly", corners, stroke(width), ["fill", "yes"], layer, key])
                continue
            for k, (a, b) in enumerate(pairwise(points)):
                ends = [["start", *point(*a)], ["end", *point(*b)], stroke(width), layer]
                items.append(["gr_line", *ends, ["uuid", identity("stroke", str(n), str(i), str(k))]])
        for i, ((x, y), radius, filled) in enumerate(circles):
            ends = [["center", *point(x, y)], ["end", *point(x + radius, y)]]
            look = [stroke(0.02 if filled else 0.2), ["fill", "yes" if filled else "no"]]
            items.append(["gr_circle", *ends, *look, layer, ["uuid", identity("circle", str(n), str(i))]])
    return items


def stackup() -> list:
    """What a maker is asked for: two layers of 35 µm, 1.6 mm, blue, gold on the pads."""

    def layer(name: str, *said: list) -> list:
        return ["layer", Text(name), *said]

    def colour(kind: str, of: str) -> list[list]:
        return [["type", Text(kind)], ["color", Text(of)]]

    copper_layer: list[list] = [["type", Text("copper")], ["thickness", 0.035]]
    core: list[list] = [
        ["type", Text("core")],
        ["thickness", round(box.BOARD_THICK_MM - 0.09, 3)],
        ["material", Text("FR4")],
    ]
    return [
        "stackup",
        layer("F.SilkS", *colour("Top Silk Screen", "White")), layer("F.Paste", ["type", Text("Top Solder Paste")]),
        layer("F.Mask", *colour("Top Solder Mask", "Blue"), ["thickness", 0.01]), layer("F.Cu", *copper_layer),
        layer("dielectric 1", *core), layer("B.Cu", *copper_layer),
        layer("B.Mask", *colour("Bottom Solder Mask", "Blue"), ["thickness", 0.01]),
        layer("B.Paste", ["type", Text("Bottom Solder Paste")]),
        layer("B.SilkS", *colour("Bottom Silk Screen", "White")),
        ["copper_finish", Text("ENIG")], ["dielectric_constraints", "no"],
    ]  # fmt: skip


def board(netlist: Path) -> list:
    found = pad_nets(netlist)
    nets = Nets(found)
    return [
        "kicad_pcb", ["version", "20241229"], ["generator", Text("hymio")], ["generator_version", Text("9.0")],
        ["general", ["thickness", box.BOARD_THICK_MM]], ["paper", Text("A4")],
        ["title_block", ["title", Text("hymio carrier board")], ["rev", Text(words.VERSION)]],
        ["layers", *([number, Text(name), kind] for number, name, kind in LAYERS)],
        ["setup", stackup(), ["pad_to_mask_clearance", 0.0], ["tenting", "front", "back"]],
        ["net", "0", Text()], *(["net", str(code), Text(name)] for code, name in sorted(set(found.values()))),
        *(footprint(part, found) for part in circuit.parts()),
        *copper(nets), *edge(), *printed(), *faces(), *poured(nets), aerial(),
    ]  # fmt: skip


if __name__ == "__main__":
    (FOLDER / "hymio.kicad_pcb").write_text(write(board(Path(sys.argv[1]))) + "\n", encoding="utf-8")
