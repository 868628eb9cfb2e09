"""kicad/: the project's file and its tables of libraries.

``python -m hardware.electronics.carrier.project`` writes them."""

import json
from pathlib import Path

from hardware.electronics.carrier import circuit
from hardware.electronics.carrier.drafting import ROOT
from hardware.electronics.carrier.expression import Text, identity, write
from hardware.electronics.carrier.route import DRILL_MM, SIGNAL_MM, VIA_MM

FOLDER = Path(__file__).with_name("kicad")
PIN_MM = (208.28, 127.0)  # where the Pico's pin 3 ends on the sheet
# What every maker of two-layer boards can do; KiCad's own defaults are the same or stricter elsewhere
RULES = {
    "min_clearance": 0.2,
    "min_track_width": 0.2,
    "min_via_diameter": 0.5,
    "min_through_hole_diameter": 0.3,
    "min_copper_edge_clearance": 0.4,
    "min_text_height": 0.8,
    "min_text_thickness": 0.15,
}
CLASS = {
    "name": "Default",
    "clearance": 0.2,
    "track_width": SIGNAL_MM,
    "via_diameter": VIA_MM,
    "via_drill": DRILL_MM,
}
# References and values are moved to where they can be read, so no footprint is as its library has it
QUIET = {"lib_footprint_mismatch": "ignore"}


def table(kind: str, ending: str, folder: str, libraries: set[str]) -> list:
    rows = [
        [
            "lib",
            ["name", Text(name)],
            ["type", Text("KiCad")],
            ["uri", Text(f"${{KICAD9_{kind}_DIR}}/{name}{ending}")],
            ["options", Text()],
            ["descr", Text()],
        ]
        for name in sorted(libraries)
    ]
    return [folder, ["version", "7"], *rows]


def excused() -> list[str]:
    """The one thing that KiCad's check is told to let pass: its symbol calls both grounds of the Pico sources."""
    x, y = PIN_MM
    root, pins = f"/{ROOT}", [identity("pin", "A1", number) for number in ("3", "33")]
    where = f"{round(x * 10000)}|{round(y * 10000)}"
    return [f"pin_to_pin|{where}|{pins[0]}|{pins[1]}|{root}|{root}|{root}", "one ground, joined on the Pico"]


def project() -> dict:
    return {
        "erc": {"erc_exclusions": [excused()]},
        "board": {"design_settings": {"rules": RULES, "rule_severities": QUIET}},
        "meta": {"filename": "hymio.kicad_pro", "version": 3},
        "net_settings": {"classes": [CLASS], "meta": {"version": 4}},
    }


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    parts = circuit.parts()
    symbols = {part.symbol.split(":")[0] for part in parts} | {"power"}
    footprints = {part.footprint.split(":")[0] for part in parts}
    (FOLDER / "sym-lib-table").write_text(write(table("SYMBOL", ".kicad_sym", "sym_lib_table", symbols)) + "\n")
    (FOLDER / "fp-lib-table").write_text(write(table("FOOTPRINT", ".pretty", "fp_lib_table", footprints)) + "\n")
    (FOLDER / "hymio.kicad_pro").write_text(json.dumps(project(), indent=1) + "\n")


if __name__ == "__main__":
    main()
