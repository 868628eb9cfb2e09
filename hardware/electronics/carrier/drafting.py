"""Drawing a schematic as KiCad keeps it: symbols out of its libraries, wires, names, frames. Millimetres, y down, as on
KiCad's sheet; everything electrical lies on its grid of 1.27 mm."""

from itertools import pairwise

from hardware.electronics.carrier.circuit import Fitted
from hardware.electronics.carrier.expression import SHARE, Text, child, children, identity, read

GRID_MM = 1.27
ROOT = identity("schematic")

At = tuple[float, float]


def g(*steps: float) -> At:
    """A place on the grid, in steps of it."""
    return round(steps[0] * GRID_MM, 3), round(steps[1] * GRID_MM, 3)


def effects(size: float = GRID_MM, justify: tuple[str, ...] = (), hide: bool = False, bold: bool = False) -> list:
    font = ["font", ["size", size, size], *([["bold", "yes"]] if bold else [])]
    side = [["justify", *justify]] if justify else []
    return ["effects", font, *side, *([["hide", "yes"]] if hide else [])]


def library_symbol(name: str) -> list:
    """A symbol as a schematic embeds it: with its library's name, and whole where it extends another."""
    library, own = name.split(":")
    symbols = {item[1]: item for item in children(read((SHARE / f"symbols/{library}.kicad_sym").read_text()), "symbol")}
    found = symbols[own]
    extends = child(found, "extends")
    if extends:
        base = symbols[extends[1]]
        said = {item[1]: item for item in children(found, "property")}
        body = [said.pop(item[1], item) if item[:1] == ["property"] else item for item in base[2:]]
        found = ["symbol", found[1], *(renamed(item, extends[1], own) for item in [*said.values(), *body])]
    return ["symbol", Text(name), *found[2:]]


def renamed(item: object, base: str, own: str) -> object:
    """Units of a symbol are called after it."""
    if isinstance(item, list) and item[:1] == ["symbol"]:
        return ["symbol", Text(item[1].replace(base, own, 1)), *item[2:]]
    return item


def turned(x: float, y: float, turn: int, mirror: bool) -> At:
    """From a symbol's own frame, y up, to the sheet, y down."""
    x, y = {0: (x, -y), 90: (-y, -x), 180: (-x, y), 270: (y, x)}[turn]
    return (-x, y) if mirror else (x, y)


class Sheet:
    def __init__(self, parts: list[Fitted]) -> None:
        self.parts = {part.ref: part for part in parts}
        names = {part.symbol for part in parts} | {"power:GND", "power:VCC", "power:PWR_FLAG"}
        self.symbols = {name: library_symbol(name) for name in sorted(names)}
        self.items: list[list] = []
        self.ends: dict[tuple[str, str], At] = {}
        self.powers = 0

    def key(self, kind: str) -> Text:
        return identity(kind, str(len(self.items)))

    def pins(self, symbol: str) -> dict[str, At]:
        """Where a symbol's pins end, by number, in its own frame."""
        found = {}
        for unit in children(self.symbols[symbol], "symbol"):
            for pin in children(unit, "pin"):
                at = child(pin, "at") or []
                found[(child(pin, "number") or [])[1]] = (float(at[1]), float(at[2]))
        return found

    def put(self, ref: str, at: At, turn: int = 0, mirror: bool = False, name: At = (2.54, -1.27)) -> None:
        """Draws a part; its reference and value stand at ``name`` from its middle, one below the other."""
        part = self.parts[ref]
        self.instance(ref, part.symbol, part.value, at, turn, mirror, name, part)
        for number, (x, y) in self.pins(part.symbol).items():
            dx, dy = turned(x, y, turn, mirror)
            self.ends[ref, number] = round(at[0] + dx, 3), round(at[1] + dy, 3)

    def instance(
        self, ref: str, symbol: str, value: str, at: At, turn: int, mirror: bool, name: At, part: Fitted | None
    ) -> None:
        power = ref.startswith("#")
        x, y = at[0] + name[0], at[1] + name[1]
        said = {item[1]: item[2] for item in children(self.symbols[symbol], "property")}
        to_the_right = (name[0] > 0) != mirror  # a mirrored symbol's texts are mirrored with it
        justify = ("left" if to_the_right else "right",) if name[0] else ()
        upright = 90.0 if turn in (90, 270) else 0.0  # so that a text stays level when its symbol is turned

        def field(field_name: str, text: str, fx: float, fy: float, hide: bool) -> list:
            where = ["at", fx, fy, upright]
            return ["property", Text(field_name), Text(text), where, effects(justify=justify, hide=hide)]

        fields = [
            field("Reference", ref, x, y, power),
            field("Value", value, x, y if power else y + 2.54, (power and value == "GND") or "FLAG" in value),
            field("Footprint", part.footprint if part else "", *at, True),
            field("Datasheet", "" if part else said.get("Datasheet", ""), *at, True),
        ]
        if part and part.number:
            fields.append(field("Part number", part.number, *at, True))
        path = ["path", Text(f"/{ROOT}"), ["reference", Text(ref)], ["unit", "1"]]
        self.items.append([
            "symbol", ["lib_id", Text(symbol)], ["at", *at, str(turn)], *([["mirror", "y"]] if mirror else []),
            ["unit", "1"], ["exclude_from_sim", "no"], ["in_bom", "yes" if part and part.bought else "no"],
            ["on_board", "yes" if part else "no"], ["dnp", "no"], ["uuid", identity("symbol", ref)], *fields,
            *(["pin", Text(number), ["uuid", identity("pin", ref, number)]] for number in self.pins(symbol)),
            ["instances", ["project", Text("hymio"), path]],
        ])  # fmt: skip

    def power(self, net: str, at: At, turn: int = 0) -> None:
        """A symbol of GND or VSYS: from its pin down and up, or turned."""
        self.powers += 1
        symbol = {"GND": "power:GND", "PWR_FLAG": "power:PWR_FLAG"}.get(net, "power:VCC")
        name = {0: (0.0, -5.08), 270: (4.45, 0.0), 180: (0.0, 5.08), 90: (-4.45, 0.0)}[turn]
        self.instance(f"#PWR{self.powers:02}", symbol, net, at, turn, False, name, None)

    def wire(self, *points: At) -> None:
        for start, end in pairwise(points):
            line = ["wire", ["pts", ["xy", *start], ["xy", *end]], ["stroke", ["width", "0"], ["type", "default"]]]
            self.items.append([*line, ["uuid", self.key("wire")]])

    def dot(self, at: At) -> None:
        self.items.append(["junction", ["at", *at], ["diameter", "0"], ["color", *"0000"], ["uuid", self.key("dot")]])

    def label(self, net: str, at: At, turn: int = 0) -> None:
        """A net's name on a wire."""
        look = effects(justify=("left", "bottom"))
        self.items.append(["label", Text(net), ["at", *at, str(turn)], look, ["uuid", self.key("label")]])

    def tag(self, net: str, at: At, turn: int = 0, shape: str = "input") -> None:
        """A net's name in a flag at the end of a wire, which goes on elsewhere; ``turn``: 0 to the right, 180 left."""
        look = effects(justify=("right",) if turn in (180, 270) else ("left",))
        item = ["global_label", Text(net), ["shape", shape], ["at", *at, str(turn)], look, ["uuid", self.key("tag")]]
        self.items.append(item)

    def unused(self, ref: str) -> None:
        """Marks the pins of a part that nothing is to be joined to."""
        nets = self.parts[ref].nets
        for number in self.pins(self.parts[ref].symbol):
            if number not in nets:
                self.items.append(["no_connect", ["at", *self.ends[ref, number]], ["uuid", self.key("free")]])

    def write(self, text: str, at: At, size: float = 2.0, bold: bool = False) -> None:
        look = effects(size, ("left", "bottom"), bold=bold)
        head = ["text", Text(text), ["exclude_from_sim", "no"], ["at", *at, "0"], look]
        self.items.append([*head, ["uuid", self.key("text")]])

    def frame(self, low: At, high: At) -> None:
        stroke = ["stroke", ["width", 0.2], ["type", "dash"], ["color", "120", "130", "140", "1"]]
        box = ["rectangle", ["start", *low], ["end", *high], stroke, ["fill", ["type", "none"]]]
        self.items.append([*box, ["uuid", self.key("frame")]])

    def stroke(self, points: list[At], width: float, filled: bool) -> None:
        look = ["stroke", ["width", width], ["type", "solid"], ["color", "40", "70", "110", "1"]]
        fill = ["fill", ["type", "outline" if filled else "none"]]
        pts = ["pts", *(["xy", *point] for point in points)]
        self.items.append(["polyline", pts, look, fill, ["uuid", self.key("stroke")]])

    def circle(self, at: At, radius: float, width: float, filled: bool) -> None:
        look = ["stroke", ["width", width], ["type", "solid"], ["color", "40", "70", "110", "1"]]
        fill = ["fill", ["type", "outline" if filled else "none"]]
        self.items.append(["circle", ["center", *at], ["radius", radius], look, fill, ["uuid", self.key("circle")]])
