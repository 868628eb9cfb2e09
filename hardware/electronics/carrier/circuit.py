"""What of ``parts.PARTS`` sits on the carrier board, in KiCad's words: symbol, footprint, and which pad is which pin.

Nets, values and references come from there and nowhere else; what the board adds joins no two nets: points to measure
at, holes for screws, marks for a machine that places parts.

``python -m hardware.electronics.carrier.circuit`` prints the nets."""

from collections.abc import Mapping
from dataclasses import dataclass

from hardware.electronics.kinds import KINDS
from hardware.electronics.parts import PARTS, PICO, Part


@dataclass(frozen=True)
class Shape:
    """``symbol`` and ``footprint`` are names in KiCad 9's libraries. ``pads``: the pads of a pin, by the pin's name."""

    symbol: str
    footprint: str
    pads: Mapping[str, tuple[str, ...]]


def axial(symbol: str, size: str) -> Shape:
    return Shape(symbol, f"Resistor_THT:R_Axial_{size}_Horizontal", {"1": ("1",), "2": ("2",)})


def plug(ways: int) -> Shape:
    footprint = f"Connector_JST:JST_XH_B{ways}B-XH-A_1x0{ways}_P2.50mm_Vertical"
    return Shape(f"Connector_Generic:Conn_01x0{ways}", footprint, {f"{n}": (f"{n}",) for n in range(1, ways + 1)})


TWO = {"1": ("1",), "2": ("2",)}
SMALL = axial("Device:R", "DIN0207_L6.3mm_D2.5mm_P7.62mm")
DISC = Shape("Device:C", "Capacitor_THT:C_Disc_D5.0mm_W2.5mm_P5.00mm", TWO)
PICO_PADS = {name: tuple(str(n) for n, of in enumerate(PICO, 1) if of == name) for name in PICO}

# By kind; a kind that has no shape lies beside the board. Four pads of the clamp are alike (Littelfuse SP05 sheet):
# which face has which follows from where its wire arrives.
SHAPES = {
    "pico": Shape("MCU_Module:RaspberryPi_Pico_W", "Module:RaspberryPi_Pico_Common_THT", PICO_PADS),
    "header4": plug(4),
    "header2": plug(2),
    "r1k": SMALL,
    "r2k2": SMALL,
    "r180": SMALL,
    "r22": axial("Device:R", "DIN0414_L11.9mm_D4.5mm_P15.24mm"),
    "c10n": DISC,
    "c100n": DISC,
    "c15m": Shape("Device:C_Polarized", "Capacitor_THT:CP_Radial_D18.0mm_P7.50mm", {"+": ("1",), "-": ("2",)}),
    "npn": Shape(
        "Transistor_BJT:2N3904", "Package_TO_SOT_THT:TO-92_Inline_Wide", {"E": ("1",), "B": ("2",), "C": ("3",)}
    ),
    "schottky": Shape("Diode:1N5819", "Diode_THT:D_DO-41_SOD81_P10.16mm_Horizontal", {"K": ("1",), "A": ("2",)}),
    "fuse": Shape("Device:Polyfuse", "Fuse:Fuse_Bourns_MF-RHT050", TWO),
    "supervisor": Shape(
        "Power_Supervisor:MCP120-xxxDxTO",
        "Package_TO_SOT_THT:TO-92_Inline_Wide",
        {"RST": ("1",), "VDD": ("2",), "VSS": ("3",)},
    ),
    "clamp": Shape(
        "Power_Protection:SP0504BAHT",
        "Package_TO_SOT_SMD:SOT-23-5",
        {"K1": ("3",), "K2": ("1",), "K3": ("5",), "K4": ("4",), "A": ("2",)},
    ),
}
POINTS = {"TP1": "VSYS", "TP2": "BUFFER", "TP3": "BATTERY", "TP4": "RUN", "TP5": "GND", "TP6": "GND"}
HOLES = ("H1", "H2", "H3", "H4")
MARKS = ("FID1", "FID2", "FID3")


@dataclass(frozen=True)
class Fitted:
    """A part on the board. ``nets``: by pad. ``bought``: whether it stands in the bill of materials."""

    ref: str
    symbol: str
    footprint: str
    value: str
    nets: dict[str, str]
    number: str = ""
    bought: bool = True


def fitted(part: Part) -> Fitted:
    shape = SHAPES[part.kind]
    nets = {pad: net for pin, net in part.pins.items() if net for pad in shape.pads[pin]}
    return Fitted(part.name, shape.symbol, shape.footprint, part.value, nets, KINDS[part.kind].part_number)


def bare() -> list[Fitted]:
    pad = "TestPoint:TestPoint_THTPad_D2.0mm_Drill1.0mm"
    points = [Fitted(ref, "Connector:TestPoint", pad, net, {"1": net}, bought=False) for ref, net in POINTS.items()]
    hole = ("Mechanical:MountingHole", "MountingHole:MountingHole_3.2mm_M3", "M3")
    mark = ("Mechanical:Fiducial", "Fiducial:Fiducial_1mm_Mask2mm", "Fiducial")
    return [
        *points,
        *(Fitted(ref, *hole, {}, bought=False) for ref in HOLES),
        *(Fitted(ref, *mark, {}, bought=False) for ref in MARKS),
    ]


def parts() -> list[Fitted]:
    return [*(fitted(part) for part in PARTS if part.kind in SHAPES), *bare()]


def nets() -> dict[str, list[tuple[str, str]]]:
    """Net to the pads on it, as (reference, pad)."""
    found: dict[str, list[tuple[str, str]]] = {}
    for part in parts():
        for pad, net in part.nets.items():
            found.setdefault(net, []).append((part.ref, pad))
    return found


if __name__ == "__main__":
    for name, pads in sorted(nets().items()):
        print(f"{name:10}", *(f"{ref}.{pad}" for ref, pad in pads))
