"""Pins of the firmware = wiring = bill of materials; the figures of the page are what the parts give."""

import csv
import re
import subprocess
import sys

import pytest
from board import pins

from hardware.electronics import bom, cost, wiring
from hardware.electronics.kinds import KINDS, NOT_CONFIRMED
from hardware.electronics.parts import LOOSE, PARTS, PICO, named, nets
from hardware.enclosure import parameters
from hardware.step import ROOT

HERE = ROOT / "hardware/electronics"
PAGE = (HERE / "README.md").read_text(encoding="utf-8")


def rows(name):
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def at(net):
    return {(part, pin) for part, pin in nets()[net]}


@pytest.mark.parametrize("face", pins.FACES)
def test_each_face_reaches_the_gpios_that_the_firmware_reads_and_lights(face):
    assert ("A1", f"GP{pins.FACES[face]}") in at(f"CONTACT{face}")
    assert ("A1", f"GP{pins.LIGHTS[face]}") in at(f"LIGHT{face}")
    assert {(f"S{face}", "NO"), (f"J{face}", "1"), ("U2", f"K{face}")} < at(f"BUTTON{face}")
    assert (f"J{face}", "4") in at(f"LAMP{face}")


def test_nothing_touches_the_pins_of_the_cable():
    assert not [gpio for gpio in pins.CABLE.values() if named("A1").pins[f"GP{gpio}"]]


def test_every_net_joins_two_pins_or_more_and_each_name_is_a_parts():
    assert not [net for net, ends in nets().items() if len(ends) < 2]
    assert len({part.name for part in PARTS}) == len(PARTS)


def test_a_picos_pins_are_forty_in_their_order():
    assert len(PICO) == 40
    numbers = {"GP2": 4, "GP13": 17, "RUN": 30, "3V3": 36, "VSYS": 39, "VBUS": 40}
    assert {name: PICO.index(name) + 1 for name in numbers} == numbers


def test_every_wire_of_the_drawing_joins_pins_of_one_net():
    ends = {(part.name, pin): net for part in PARTS for pin, net in part.pins.items()}
    for part, pin, net, far, far_pin in wiring.wires():
        name = PICO[int(pin) - 1] if part == "A1" else pin
        assert ends[part, name] == net
        assert far_pin == net if far == wiring.BOARD else ends[far, far_pin] == net


def test_every_wire_that_leaves_the_stripboard_is_drawn():
    off = {"A1", "S1", "S2", "S3", "S4", "BT1"}
    drawn = {(w[3], w[2]) for w in wiring.wires() if w[3] in off} | {("A1", w[2]) for w in wiring.wires()[:11]}
    assert drawn == {(p.name, net) for p in PARTS if p.name in off for net in p.pins.values() if net}


def test_the_drawing_names_every_part_and_net():
    text = (HERE / "wiring.svg").read_text(encoding="utf-8")
    assert not [part.name for part in PARTS if not re.search(rf"\b{re.escape(part.name)}\b", text)]


def test_the_files_are_what_the_parts_say():
    assert rows("bom.csv") == [dict(zip(bom.HEAD, row, strict=True)) for row in bom.bom()]
    assert [list(row.values()) for row in rows("netlist.csv")] == bom.netlist()


def test_the_bill_has_every_part_once_and_counts_it():
    listed = [name for row in rows("bom.csv") for name in row["parts"].split()]
    assert sorted(listed) == sorted(part.name for part in PARTS)
    for row in rows("bom.csv"):
        assert int(row["quantity"]) == len(row["parts"].split()) or not row["parts"]
    assert {part.kind for part in PARTS} | set(LOOSE) == set(KINDS)


@pytest.mark.parametrize("name", KINDS)
def test_a_part_number_names_the_document_that_confirms_it(name):
    kind = KINDS[name]
    assert kind.confirmed_by
    assert bool(kind.part_number) == (kind.confirmed_by != NOT_CONFIRMED)


@pytest.mark.parametrize("name", KINDS)
def test_a_price_has_its_source_and_date(name):
    kind = KINDS[name]
    asked = [kind.price is not None, *map(bool, (kind.currency, kind.price_source, kind.price_date))]
    assert len(set(asked)) == 1


def test_the_cost_is_summed_for_1_10_and_100_boxes_and_says_what_it_leaves_out():
    told = subprocess.run(
        [sys.executable, "-m", "hardware.electronics.cost"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert re.findall(r"^ *(\d+) boxes: ([\d,.]+) USD", told, re.M) == [
        ("1", "6.00"),
        ("10", "60.00"),
        ("100", "600.00"),
    ]
    assert all(kind.what in told for kind in KINDS.values())
    assert len(cost.unknown(cost.read())) == len(KINDS) - 1


def test_the_light_current_on_the_page_is_computed():
    ohm, supply_v, led_v, transistor_v = 180, 4.65, 3.1, 0.2
    assert named("R9").value == f"{ohm}"
    assert f"{(supply_v - led_v - transistor_v) / ohm * 1000:.1f} mA" in PAGE


def test_the_boards_size_is_the_enclosures():
    assert f"{parameters.BOARD_WIDE_MM:g} x {parameters.BOARD_HIGH_MM:g} mm" in KINDS["board"].what
