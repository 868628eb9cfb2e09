"""Pins of the firmware = wiring = bill of materials; the figures of the page are what the parts give."""

import csv
import itertools
import json
import re
import subprocess
import sys

import pytest
from board import pins
from kiosk import press

from hardware import plastic
from hardware.electronics import bom, contact, cost, curves, holdup, wiring
from hardware.electronics.carrier import place
from hardware.electronics.kinds import KINDS, NOT_CONFIRMED
from hardware.electronics.parts import BOARDS, LOOSE, PARTS, PICO, named, nets
from hardware.enclosure import contrast, drawn, parameters, standing
from hardware.power.figures import value
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
    assert {part.kind for part in PARTS} | set(LOOSE) | set(BOARDS) == set(KINDS)


def test_the_bill_has_what_joins_buttons_cells_and_board():
    amounts, buttons = bom.quantities("board"), [part for part in PARTS if part.kind == "button"]
    assert amounts["receptacle"][0] == sum(len(part.pins) for part in buttons)
    assert amounts["cell"][0] == value("cells")
    size = f"{parameters.CELLS_WIDE_MM:g} x {parameters.CELLS_HIGH_MM:g} mm"
    assert size in KINDS["foam_tape"].what
    assert f"at most {parameters.WALL_SCREW_HEAD_MM:g} mm" in KINDS["wall_screw"].what


def test_the_bill_has_the_screws_and_nuts_of_a_box_on_a_table_stand():
    page = (ROOT / "hardware/enclosure/README.md").read_text(encoding="utf-8")
    counts = {}
    for where, thread, long, many in re.findall(r"^\| ([a-z ]+) \| (M\d) × (\d+) \|.*\| (\d) \|$", page, re.M):
        if not where.startswith("adapter"):  # of a pole
            name = f"screw_{thread.lower()}_{long}"
            counts[name] = counts.get(name, 0) + int(many)
    m3, m4 = map(int, re.search(r"a box takes (\d) nuts M3 and (\d) nuts M4", page).groups())
    listed = {name: n for name, (n, _) in bom.quantities("carrier").items() if name.startswith(("screw", "nut"))}
    assert listed == counts | {"nut_m3": m3, "nut_m4": m4}
    for name in counts:
        _, thread, long = name.split("_")
        standard = "ISO 4762" if thread == "m3" else "ISO 7380-1"
        assert KINDS[name].part_number == f"{standard} - {thread.upper()} x {long}"


def test_the_bill_has_the_plastic_of_a_box_on_a_table_stand_colour_by_colour():
    found = plastic.colours_cm3()
    assert {kind: LOOSE[kind] for kind in found} == {kind: max(1, round(cm3)) for kind, cm3 in found.items()}
    assert {kind for kind in LOOSE if kind.startswith("filament")} == set(found)
    assert sum(found.values()) == pytest.approx(plastic.row("table stand")[0])


def test_the_plastic_in_the_bill_has_the_colours_of_the_faces():
    assert contrast.CASE in KINDS["filament_case"].what
    for face, drawing in drawn.drawings().items():
        assert drawing.colour in KINDS[f"filament_tile_{face}"].what
        (ink,) = [kind for kind, faces in plastic.INKS.items() if face in faces]
        assert drawing.ink in KINDS[ink].what and re.search(rf"tiles? [\d and]*{face}", KINDS[ink].what)


def test_the_bill_has_what_holds_a_stand():
    size = f"{parameters.STAND_WIDE_MM:g} x {parameters.STAND_DEEP_MM:g} mm"
    assert size in KINDS["stand_tape"].what
    low = standing.POLE_MM - standing.over_pole_mm()
    assert f"pole of {parameters.POLE_MM:g} mm" in KINDS["floor_stand"].what
    assert f"as low as {low:.0f} mm" in KINDS["floor_stand"].what


def test_a_button_has_wire_to_spare():
    (metres,) = map(float, re.findall(r"([\d.]+) m of each colour", KINDS["wire"].what))
    (wire,) = map(int, re.findall(r"wires of (\d+) mm", (ROOT / "hardware/assembly.md").read_text(encoding="utf-8")))
    assert metres * 1000 == (len(pins.FACES) + 1) * wire


def test_a_stripboards_parts_lie_where_the_carrier_boards_do():
    told = dict(re.findall(r"^\| ([^|]+) \| ([\d., and]+ \| [\d., and]+) \|$", PAGE, re.M))
    holes = [*zip(*parameters.BOARD_HOLES_MM, strict=True)]
    plugs = [place.place(f"J{n}")[:2] for n in pins.FACES]
    places = {
        "four holes": [sorted(set(holes[0])), sorted(set(holes[1]))],
        "Pico, pin 1,": [[at] for at in place.pico_pin(1)],
        "Pico, pin 40": [[at] for at in place.pico_pin(40)],
        "plugs J1": [[x for x, _ in plugs], sorted({y for _, y in plugs})],
        "U2": [[at] for at in place.place("U2")[:2]],
        "plug J5": [[at] for at in place.place("J5")[:2]],
        "C5 and C6": [[place.place(n)[0] for n in ("C5", "C6")], [place.place("C5")[1]]],
        "U1": [[at] for at in place.place("U1")[:2]],
    }
    for begins, found in places.items():
        (cells,) = [cells for what, cells in told.items() if what.startswith(begins)]
        for said, wanted in zip(cells.split("|"), found, strict=True):
            assert list(map(float, re.findall(r"[\d.]+", said))) == pytest.approx(wanted, abs=0.06)
    assert "lower left corner at {:g}, {:g},".format(*parameters.PICO_ON_BOARD_MM) in PAGE


@pytest.mark.parametrize(("kind", "pico"), [("wire", False), ("thin_wire", True)])
def test_the_bill_has_wire_of_every_colour_that_is_drawn(kind, pico):
    drawn = [wiring.COLOURS[net.rstrip("1234")] for part, _, net, far, _ in wiring.wires() if (part == "A1") == pico]
    names = {"BK": "black", "RD": "red", "BN": "brown", "YE": "yellow", "WH": "white"}
    listed = re.search(r"each colour: ([a-z, ]+)", KINDS[kind].what)[1].split(", ")
    assert sorted(listed) == sorted({names[colour] for colour in drawn})
    assert bom.quantities("board")[kind][0] == len(listed)


def test_what_only_a_stripboard_needs_is_in_its_bill_alone():
    assert [kind for kind in bom.quantities("board") if kind not in bom.quantities("carrier")] == [
        "board",
        "adapter",
        "thin_wire",
    ]


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
        ("1", "44.44"),
        ("10", "160.00"),
        ("100", "1,368.80"),
    ]
    assert all(kind.what in told for name, kind in KINDS.items() if name != "carrier")
    assert len(cost.unknown(cost.read())) == len(KINDS) - 2


def test_the_light_current_on_the_page_is_computed():
    ohm, supply_v, led_v, transistor_v = 180, 4.65, 3.1, 0.2
    assert named("R9").value == f"{ohm}"
    assert f"{(supply_v - led_v - transistor_v) / ohm * 1000:.1f} mA" in PAGE


def test_the_boards_size_is_the_enclosures():
    for board in BOARDS:
        assert f"{parameters.BOARD_WIDE_MM:g} x {parameters.BOARD_HIGH_MM:g} mm" in KINDS[board].what


CONTACT = json.loads((HERE / "contact.json").read_text(encoding="utf-8"))
HELD = json.loads((HERE / "holdup.json").read_text(encoding="utf-8"))
HOLDUP, HELD_CURVES = HELD["cases"], HELD["curves"]


def presses(edges):
    """How many presses the firmware makes of a button's edges; its clock has whole milliseconds."""
    watched = press.Presses({1: False}, 0)
    found = [watched.edge(1, closed, int(at_ms)) for at_ms, closed in edges]
    found += iter(lambda: watched.poll(1000), None)
    return len([one for one in found if one])


@pytest.mark.parametrize("corner", contact.CORNERS)
@pytest.mark.parametrize("story", contact.STORIES)
def test_what_the_pico_sees_of_a_spike_is_no_press_and_of_a_press_one(story, corner):
    edges = CONTACT["edges"][story][corner]
    assert edges
    assert presses(edges) == ("press" in story)


def test_a_closing_looks_at_most_as_much_longer_as_the_page_says():
    longest = 0.0
    for name in ("spike of 1 ms", "spike of 2 ms", "spike of 3 ms"):
        (closes, _), (opens, _) = CONTACT["edges"][name]["slow"]
        longest = max(longest, opens - closes - contact.STORIES[name][0])
    assert 0.8 < longest <= 0.82
    assert "up to\n0.82 ms longer" in PAGE
    assert curves.CONFIRM_MS == press.CONFIRM_MS


def test_the_simulated_parts_are_the_boxs():
    assert {named(f"R{n}").value for n in pins.FACES} == {"1k"}
    assert {named(f"C{n}").value for n in pins.FACES} == {"10n"}
    assert [(one["pull_ohm"], one["farad"]) for one in contact.CORNERS.values()] == [(50e3, 9e-9), (80e3, 11e-9)]
    buffer = [part for part in PARTS if part.kind == "c15m"]
    assert len(buffer) * 15e-3 == holdup.CASES["as designed"]["farad"] == holdup.CASES["worst parts"]["farad"] / 0.8
    assert (named("R13").value, named("R9").value, named("U1").value) == ("22", "180", "MCP121-300")


@pytest.mark.parametrize("case", ["as designed", "worst parts", "worst parts, cells pulled out when nearly empty"])
def test_the_longest_erase_ends_before_the_flash_loses_its_supply(case):
    assert HOLDUP[case]["trip_to_end_ms"] > 400


@pytest.mark.parametrize("case", holdup.CASES)
def test_the_pico_is_not_let_go_again_while_an_erase_goes_on(case):
    # the supervisor waits at least 80 ms above its trip point and 1 % (DS20001906D)
    assert HOLDUP[case]["rebound_mv"] < 0


def test_without_an_erase_the_pico_is_let_go_again_as_the_page_says_and_an_erase_has_its_time_then():
    rebounds = [case["idle_rebound_mv"] for case in HOLDUP.values()]
    assert f"still up to {max(rebounds)} mV above the trip point" in PAGE
    assert max(rebounds) > 176  # the supervisor's largest hysteresis (DS20001906D), on the page
    assert "hysteresis is 29 to 176 mV" in PAGE
    again = HOLDUP["worst parts, let go again on what is left"]
    assert f"it would have {again['trip_to_end_ms']} ms" in PAGE
    assert again["trip_to_end_ms"] > 400 and round(again["lost_to_trip_ms"], -1) == 30
    assert "within some 30 ms" in PAGE


def test_what_a_supervisor_asks_for_under_a_w5500_is_computed():
    trips = {"315": (3.157, 0.185), "450": (4.490, 0.263)}  # highest over temperature, largest hysteresis: DS20001906D
    starts = {name: f"{trip_v + hysteresis_v + holdup.DIODE_V:.2f} V" for name, (trip_v, hysteresis_v) in trips.items()}
    assert f"lets go of RUN at {starts['315']} at the USB plug at the latest" in PAGE
    assert f"that takes up to {starts['450']} at the plug" in PAGE
    assert "under a W5500-EVB-Pico MCP121-315E/TO" in KINDS["supervisor"].alternatives


@pytest.mark.parametrize("name", HELD_CURVES)
def test_a_drawn_curve_springs_back_and_ends_when_the_table_says(name):
    curve, case = HELD_CURVES[name], HOLDUP[name]
    rises = [i for i, (one, other) in enumerate(itertools.pairwise(curve)) if other > one]
    # a step in which the load goes and the curve rises; a buffer of 1,000 µF falls on too fast to show it
    assert [i * holdup.CURVE_MS <= case["lost_to_trip_ms"] <= (i + 1) * holdup.CURVE_MS for i in rises] == [True] * (
        name != "1,000 µF"
    )
    ends = next(i for i, volt in enumerate(curve) if volt < holdup.ENDS_V)
    assert case["lost_to_trip_ms"] + case["trip_to_end_ms"] == pytest.approx(ends * holdup.CURVE_MS, abs=7)


def test_the_margins_on_the_page_are_the_tables():
    cases = ("worst parts", "worst parts, cells pulled out when nearly empty")
    mains, cells, small, lower = (
        round(HOLDUP[case]["trip_to_end_ms"] / 4) - 100
        for case in (*cases, "worst parts, two of 10,000 µF", "worst parts, MCP121-270")
    )
    assert f"a margin of {mains} % on mains, and of {cells} % on cells" in PAGE
    assert f"Two of 10,000 µF leave {small} %, the -270 leaves {lower} %" in PAGE
    assert small < 10 and lower < 10  # else the page says too little of them
    last = HOLDUP["worst parts, cells pulled out in the last 0.02 V"]["trip_to_end_ms"]
    assert ("above the worst trip point, of none" in PAGE) == (last < 404)


def test_the_page_shows_what_was_simulated():
    for case, told in HOLDUP.items():
        assert f"| {case} | {told['lost_to_trip_ms']} ms | {told['trip_to_end_ms']} ms |" in PAGE
    plus, minus = CONTACT["discharge"]["+8 kV"], CONTACT["discharge"]["-8 kV"]
    assert f"{plus['button_v']} V there, {plus['pin_v'][1]} V at the Pico's pin" in PAGE
    assert f"−{-minus['button_v']} V, and {minus['pin_v'][0]} V" in PAGE
