"""wiring.svg and wiring.png: the wires of a box that has no carrier board, drawn by WireViz from parts.py.

``python -m hardware.electronics.wiring`` writes both. Left the Pico, in the middle a stripboard, right the buttons and
the battery. What is soldered to what on the stripboard is in netlist.csv; this drawing has the wires that leave it."""

from pathlib import Path
from typing import Any

from hardware.electronics.parts import PARTS, PICO, named
from hardware.paper import FONT

# Wires by what they carry; ground is black and VSYS is red everywhere
COLOURS = {
    "GND": "BK",
    "VSYS": "RD",
    "BATTERY": "RD",
    "RUN": "BN",
    "BUTTON": "YE",
    "CONTACT": "YE",
    "LAMP": "WH",
    "LIGHT": "WH",
}
FACES = {1: "very unhappy, the leftmost", 2: "unhappy", 3: "happy", 4: "very happy, the rightmost"}
BOARD = "Stripboard"
TITLE = "#c9dbea"
LOOK = {"fontname": "Inter", "bgcolor_connector": "#f4f7fa", "bgcolor_cable": "#ffffff", "color_mode": "full"}


def colour(net: str) -> str:
    return COLOURS[net.rstrip("1234")]


def pico_pins() -> list[tuple[int, str, str]]:
    """(number, name, net) of the pins that need a wire; the grounds are one net, and one wire is enough."""
    pico = named("A1").pins
    used = [(number, name, pico[name]) for number, name in enumerate(PICO, 1)]
    joined = [(number, name, net) for number, name, net in used if net and net != "GND"]
    return [(PICO.index("GND") + 1, "GND", "GND"), *joined]


def plugs() -> list[tuple[str, str]]:
    """Each plug on the board, with what its cable goes to: it carries the same nets."""
    return [*((f"J{n}", f"S{n}") for n in FACES), ("J5", "BT1")]


def far_pin(part: str, net: str) -> str:
    return next(pin for pin, of in named(part).pins.items() if of == net)


def wires() -> list[tuple[str, str, str, str, str]]:
    """(part, pin, net, part, pin) of each wire, the plugs' pins on the board's side."""
    found = [("A1", str(number), net, BOARD, net) for number, _, net in pico_pins()]
    for plug, far in plugs():
        found += [(plug, pin, str(net), far, far_pin(far, str(net))) for pin, net in named(plug).pins.items()]
    return found


def soldered() -> str:
    """The parts on the stripboard, a line for each face and one for the supply."""
    off = {"A1", "S1", "S2", "S3", "S4", "BT1"}
    on = [part for part in PARTS if part.name not in off]
    groups = {n: f"J{n} R{n} C{n} R{n + 4} R{n + 8} Q{n}".split() for n in FACES}
    lines = [
        f"face {n}: " + ", ".join(f"{name} {named(name).value}" for name in group[1:]) for n, group in groups.items()
    ]
    grouped = {name for group in groups.values() for name in group} | {"J5"}
    lines.append("all: " + ", ".join(f"{part.name} {part.value}" for part in on if part.name not in grouped))
    return "<br />".join(lines)


def connectors() -> dict[str, Any]:
    pico = pico_pins()
    sockets = [f"{plug}.{pin} {net}" for plug, _ in plugs() for pin, net in named(plug).pins.items()]
    found: dict[str, Any] = {
        "A1": {
            "type": "Raspberry Pi Pico W",
            "subtype": "seen from above, USB upwards: 1 is top left, 40 top right",
            "pins": [number for number, _, _ in pico],
            "pinlabels": [name for _, name, _ in pico],
            "notes": "USB in its own socket supplies the box.",
        },
        BOARD: {
            "type": "Stripboard",
            "subtype": "what is joined on it: netlist.csv",
            "pinlabels": [net for _, _, net in pico] + sockets,
            "hide_disconnected_pins": False,
            "notes": soldered(),
        },
    }
    for plug, far in plugs():
        found[far] = {
            "type": "Three AA cells" if far == "BT1" else f"Button, face {plug[1:]}",
            "subtype": "left out on mains" if far == "BT1" else FACES[int(plug[1:])],
            "pins": [far_pin(far, str(net)) for net in named(plug).pins.values()],
            "pinlabels": [str(net) for net in named(plug).pins.values()],
        }
    return found


def drawing() -> dict[str, Any]:
    """What WireViz is given."""
    pico = [wire for wire in wires() if wire[0] == "A1"]
    cables: dict[str, Any] = {
        "W0": {"category": "bundle", "colors": [colour(wire[2]) for wire in pico], "gauge": "0.14 mm2"}
    }
    joins: list[Any] = [
        [{"A1": [int(w[1]) for w in pico]}, {"W0": list(range(1, len(pico) + 1))}, {BOARD: [w[4] for w in pico]}]
    ]
    for number, (plug, far) in enumerate(plugs(), 1):
        run = [wire for wire in wires() if wire[0] == plug]
        cables[f"W{number}"] = {"colors": [colour(w[2]) for w in run], "gauge": "0.25 mm2", "length": 0.25}
        ends = list(range(1, len(run) + 1))
        joins.append(
            [{BOARD: [f"{plug}.{w[1]} {w[2]}" for w in run]}, {f"W{number}": ends}, {far: [w[4] for w in run]}]
        )
    boxes = connectors()
    for box in boxes.values():
        box["bgcolor_title"] = TITLE
    return {"connectors": boxes, "cables": cables, "connections": joins, "options": LOOK}


def main() -> None:
    from wireviz.wireviz import parse

    folder = Path(__file__).parent
    parse(drawing(), output_formats=("svg", "png"), output_dir=folder, output_name="wiring")
    svg = folder / "wiring.svg"
    text = svg.read_text(encoding="utf-8")
    svg.write_text(text.replace('font-family="Inter"', f'font-family="{FONT}"'), encoding="utf-8")


if __name__ == "__main__":
    main()
