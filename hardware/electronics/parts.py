"""Every part and every pin of the kiosk's electronics, once: wiring and bill of materials are made from this.

Which GPIO is which button and light comes from the firmware's ``board.pins``. A net is named by what it carries."""

from collections.abc import Mapping
from dataclasses import dataclass

from board import pins

# A Pico's pins from 1 on (Pico W datasheet, figure 2)
PICO = (
    *("GP0", "GP1", "GND", "GP2", "GP3", "GP4", "GP5", "GND", "GP6", "GP7"),
    *("GP8", "GP9", "GND", "GP10", "GP11", "GP12", "GP13", "GND", "GP14", "GP15"),
    *("GP16", "GP17", "GND", "GP18", "GP19", "GP20", "GP21", "GND", "GP22", "RUN"),
    *("GP26", "GP27", "AGND", "GP28", "ADC_VREF", "3V3", "3V3_EN", "GND", "VSYS", "VBUS"),
)


@dataclass(frozen=True)
class Part:
    """``kind``: its table in kinds.toml. ``pins``: the net of each pin by the pin's name, None where it stays open."""

    name: str
    kind: str
    value: str
    pins: Mapping[str, str | None]


def pico() -> Part:
    nets: dict[str, str | None] = dict.fromkeys(PICO)
    nets |= {f"GP{gpio}": f"CONTACT{face}" for face, gpio in pins.FACES.items()}
    nets |= {f"GP{gpio}": f"LIGHT{face}" for face, gpio in pins.LIGHTS.items()}
    nets |= {"RUN": "RUN", "VSYS": "VSYS", "GND": "GND", "AGND": "GND"}
    return Part("A1", "pico", "Pico W", nets)


def two(name: str, kind: str, value: str, one: str, other: str) -> Part:
    return Part(name, kind, value, {"1": one, "2": other})


def face(n: int) -> list[Part]:
    """What belongs to one face: button, plug, and what is between them and the Pico's two GPIOs."""
    plug = {"1": f"BUTTON{n}", "2": "GND", "3": "VSYS", "4": f"LAMP{n}"}
    button = {"NO": f"BUTTON{n}", "COM": "GND", "LED+": "VSYS", "LED-": f"LAMP{n}"}
    return [
        Part(f"S{n}", "button", f"face {n}", button),
        Part(f"J{n}", "header4", f"face {n}", plug),
        two(f"R{n}", "r1k", "1k", f"BUTTON{n}", f"CONTACT{n}"),
        two(f"C{n}", "c10n", "10n", f"CONTACT{n}", "GND"),
        two(f"R{n + 4}", "r2k2", "2k2", f"LIGHT{n}", f"BASE{n}"),
        two(f"R{n + 8}", "r180", "180", f"LAMP{n}", f"COLLECTOR{n}"),
        Part(f"Q{n}", "npn", "2N3904", {"E": "GND", "B": f"BASE{n}", "C": f"COLLECTOR{n}"}),
    ]


def supply() -> list[Part]:
    """The battery's way to VSYS, the buffer and the supervisor. D1 is on the Pico: USB's way to VSYS."""
    return [
        Part("BT1", "cells", "3 x AA", {"+": "BATTERY", "-": "GND"}),
        Part("J5", "header2", "battery", {"1": "BATTERY", "2": "GND"}),
        two("F1", "fuse", "0.5 A", "BATTERY", "FUSED"),
        Part("D2", "schottky", "1N5819", {"K": "VSYS", "A": "FUSED"}),
        two("R13", "r22", "22", "VSYS", "BUFFER"),
        Part("D3", "schottky", "1N5819", {"K": "VSYS", "A": "BUFFER"}),
        Part("C5", "c15m", "15000u", {"+": "BUFFER", "-": "GND"}),
        Part("C6", "c15m", "15000u", {"+": "BUFFER", "-": "GND"}),
        two("C7", "c100n", "100n", "VSYS", "GND"),
        Part("U1", "supervisor", "MCP121-300", {"RST": "RUN", "VDD": "VSYS", "VSS": "GND"}),
    ]


def clamp() -> Part:
    ways = {f"K{n}": f"BUTTON{n}" for n in pins.FACES}
    return Part("U2", "clamp", "SP0504BAHTG", ways | {"A": "GND"})


PARTS = (pico(), *(part for n in sorted(pins.FACES) for part in face(n)), *supply(), clamp())
# Kinds that carry no net: how many a box on a table stand
LOOSE = {"headers": 1, "plug4": 4, "plug2": 1, "crimp": 20, "supply": 1}
LOOSE |= {"adapter": 1, "wire": 4, "thin_wire": 5, "receptacle": 16, "cell": 3, "foam_tape": 1, "wall_screw": 2}
LOOSE |= {"stand_tape": 1, "floor_stand": 0}
# What holds and closes a box on a table stand: enclosure/README.md; filament in cm³, by hardware/plastic.py
LOOSE |= {"screw_m3_6": 8, "screw_m3_8": 2, "screw_m3_10": 4, "screw_m4_12": 3, "nut_m3": 4, "nut_m4": 3, "key": 1}
LOOSE |= {"filament_case": 281, "filament_mount": 608, "filament_white": 1, "filament_brown": 1, "filament_navy": 1}
LOOSE |= {f"filament_tile_{face}": 18 for face in pins.FACES} | {"card": 1}
BOARDS = ("board", "carrier")  # one of these carries the parts: a stripboard, or the carrier board
ONLY = {"adapter": "board", "thin_wire": "board"}  # kinds that just this one of them needs


def named(name: str) -> Part:
    return next(part for part in PARTS if part.name == name)


def nets() -> dict[str, list[tuple[str, str]]]:
    """Which pins each net joins, as (part, pin); what is left open is in none."""
    found: dict[str, list[tuple[str, str]]] = {}
    for part in PARTS:
        for pin, net in part.pins.items():
            if net:
                found.setdefault(net, []).append((part.name, pin))
    return found
