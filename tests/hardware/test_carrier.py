"""The carrier board as KiCad and the fabrication files have it is the circuit of parts.py in the box's outline.

All of it from what is committed, without KiCad; where KiCad is set up, its own checks run once more."""

import csv
import json
import re
import shutil
import subprocess
from itertools import pairwise
from math import dist

import pytest
from board import pins

from hardware.electronics import bom, cost
from hardware.electronics.carrier import circuit, place, pour, route, schematic, steps, words
from hardware.electronics.carrier.expression import child, children, read
from hardware.electronics.kinds import KINDS
from hardware.electronics.parts import ONLY, PARTS, PICO, named, nets
from hardware.enclosure import layout, parameters
from hardware.step import ROOT

HERE = ROOT / "hardware/electronics/carrier"
MADE = HERE / "fabrication"
READ = json.loads((HERE / "fabrication.json").read_text(encoding="utf-8"))
PAGE = (HERE / "README.md").read_text(encoding="utf-8")
OFF_BOARD = {"button", "cells"}
ON_BOARD = [part for part in PARTS if part.kind not in OFF_BOARD]


def tree(name):
    return read((HERE / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def pcb():
    return tree("kicad/hymio.kicad_pcb")


@pytest.fixture(scope="module")
def footprints(pcb):
    return {said(one, "Reference"): one for one in children(pcb, "footprint")}


def said(item, name):
    return next((field[2] for field in children(item, "property") if field[1] == name), "")


def pad_of(part, pin):
    return circuit.SHAPES[part.kind].pads[pin]


def wanted():
    """Net to (reference, pad), out of parts.py."""
    ends = {net: [(named(name), pin) for name, pin in found] for net, found in nets().items()}
    return {
        net: {(part.name, pad) for part, pin in found if part.kind not in OFF_BOARD for pad in pad_of(part, pin)}
        for net, found in ends.items()
    }


def without_points(found):
    return {net: {end for end in ends if not end[0].startswith("TP")} for net, ends in found.items()}


def test_what_lies_beside_the_board_is_all_that_it_lacks():
    assert set(circuit.SHAPES) == {part.kind for part in PARTS} - OFF_BOARD


def test_the_schematics_nets_are_those_of_the_parts():
    found = {}
    for net in children(child(tree("kicad/hymio.net"), "nets"), "net"):
        ends = {(child(node, "ref")[1], child(node, "pin")[1]) for node in children(net, "node")}
        if len(ends) > 1:
            found[child(net, "name")[1].removeprefix("/")] = ends
    assert without_points(found) == wanted()


def test_the_boards_nets_are_those_of_the_parts(footprints):
    found = {}
    for ref, footprint in footprints.items():
        for pad in children(footprint, "pad"):
            net = child(pad, "net")
            if net and not net[-1].startswith("unconnected"):
                found.setdefault(net[-1].removeprefix("/"), set()).add((ref, pad[1]))
    assert without_points(found) == wanted()


def test_a_point_to_measure_at_is_on_the_net_that_is_printed_beside_it(footprints):
    printed = {text for text, *_ in words.points()}
    for ref, net in circuit.POINTS.items():
        assert child(children(footprints[ref], "pad")[0], "net")[-1].removeprefix("/") == net
        assert net in printed
        assert re.search(rf"^\|.*\b{ref}\b.*\| {net} \|", PAGE, re.M)


@pytest.mark.parametrize("face", pins.FACES)
def test_a_face_reaches_the_pins_that_the_firmware_reads_and_lights(face):
    pad = {net: name for name, net in circuit.fitted(named("A1")).nets.items()}
    assert PICO[int(pad[f"CONTACT{face}"]) - 1] == f"GP{pins.FACES[face]}"
    assert PICO[int(pad[f"LIGHT{face}"]) - 1] == f"GP{pins.LIGHTS[face]}"


@pytest.mark.parametrize("plug", ["J1", "J2", "J3", "J4", "J5"])
def test_a_plugs_pins_have_the_order_of_the_wiring(footprints, plug):
    pads = {pad[1]: child(pad, "net")[-1].removeprefix("/") for pad in children(footprints[plug], "pad")}
    assert pads == named(plug).pins


def test_each_parts_value_and_number_are_those_of_the_bill(footprints):
    symbols = {said(one, "Reference"): one for one in children(tree("kicad/hymio.kicad_sch"), "symbol")}
    for part in ON_BOARD:
        for item in (footprints[part.name], symbols[part.name]):
            assert said(item, "Value") == part.value
            assert said(item, "Part number") == KINDS[part.kind].part_number


def test_a_part_number_in_the_schematics_notes_is_one_of_the_bill():
    told = " ".join(f"{kind.part_number} {kind.alternatives}" for kind in KINDS.values())
    known = {word.strip(".,;:()") for word in told.split()}
    sheet = (HERE / "kicad/hymio.kicad_sch").read_text(encoding="utf-8")
    numbers = re.findall(r"\b[A-Z]+\d{3,}[\w/-]*", schematic.NOTES)
    assert "MCP121-315E/TO" in numbers and set(numbers) <= known
    assert all(number in sheet for number in numbers)


def test_the_schematic_and_the_page_say_alike_when_nothing_charges():
    said = "Nothing charges in the box while D2 blocks"
    assert said in " ".join(schematic.NOTES.split())
    assert said in (ROOT / "hardware/electronics/README.md").read_text(encoding="utf-8")


def test_the_carriers_bill_is_the_stripboards_with_another_board():
    rows = cost.read("carrier/bom.csv")
    other = cost.read()
    assert [row for row in rows if row not in other] == [row for row in rows if "carrier board" in row["what"]]
    assert [row["what"] for row in other if row not in rows] == [
        kind.what for name, kind in KINDS.items() if name == "board" or ONLY.get(name) == "board"
    ]
    assert rows == [dict(zip(bom.HEAD, row, strict=True)) for row in bom.bom("carrier")]


def test_what_a_machine_places_is_what_is_bought():
    with (MADE / "hymio-pos.csv").open(encoding="utf-8", newline="") as file:
        assert {row["Ref"] for row in csv.DictReader(file)} == {part.name for part in ON_BOARD}


def test_the_board_is_as_large_as_the_box_expects():
    assert READ["size_mm"] == [parameters.BOARD_WIDE_MM, parameters.BOARD_HIGH_MM]


def test_its_screws_go_where_the_boxs_posts_are():
    bare = [(x, y) for wide, x, y, plated in READ["holes"] if not plated]
    assert sorted(bare) == sorted(parameters.BOARD_HOLES_MM)
    assert {wide for wide, *_, plated in READ["holes"] if not plated} == {parameters.M3_MM + 0.2}


def test_the_pico_lies_where_its_plug_goes_in():
    x, y = parameters.PICO_ON_BOARD_MM
    drilled = {(hx, hy) for wide, hx, hy, _ in READ["holes"] if wide == 1.0}
    row = (parameters.PICO_WIDE_MM - place.ROW_MM) / 2
    for n in range(20):
        for side in (row, parameters.PICO_WIDE_MM - row):
            pin = (x + parameters.PICO_LONG_MM - 1.37 - 2.54 * n, y + side)
            assert any(dist(pin, hole) < 0.02 for hole in drilled), pin


def test_every_hole_between_the_sides_is_drilled_with_a_ring_that_makers_make():
    vias = [hole for hole in READ["holes"] if hole[0] == route.DRILL_MM]
    assert len(vias) > 60 and all(plated for *_, plated in vias)
    assert (route.VIA_MM - route.DRILL_MM) / 2 >= 0.15


def test_the_fabrication_files_are_all_there():
    uses = ("copper", "mask", "paste", "silk")
    assert READ["layers"] == sorted([*(f"{s} {u}" for s in ("top", "bottom") for u in uses), "mechanical outline"])
    assert all(side["objects"] > 100 for side in READ["copper"].values())


def test_no_copper_lies_under_the_aerial_nor_in_front_of_it():
    assert all(side["in_aerial"] == 0 for side in READ["copper"].values())
    x, y = parameters.PICO_ON_BOARD_MM
    middle = y + parameters.PICO_WIDE_MM / 2
    # a keep-out of 14 mm by 9 mm at the end of a Pico W (its datasheet, mechanical specification), and all left of it
    for px in (1.0, x - 5, x + 1, x + 4, x + 8):
        for py in (middle - 7, middle, middle + 7):
            assert pour.inside((px, py), pour.AERIAL), (px, py)


def test_the_page_says_how_near_the_nearest_can_stands_to_the_aerial():
    x, y, _ = place.place("C5")
    middle = (x + 7.5 / 2, y)
    sides = pairwise([*pour.AERIAL, pour.AERIAL[0]])
    near = min(pour.away_mm(middle, *side) for side in sides) - 18 / 2
    assert f"stands {near:.1f} mm from the aerial's keep-out" in PAGE


def test_a_bridge_between_two_of_the_picos_pins_carries_what_the_page_says():
    gap_mm = place.PITCH_MM - 1.6 - 2 * 0.25
    section = gap_mm / 0.0254 * 0.035 / 0.0254  # square thousandths of an inch
    assert f"four bridges of {gap_mm:.2f} mm" in PAGE
    assert f"carries {0.048 * 10**0.44 * section**0.725:.1f} A" in PAGE and f"{section:.1f}^0.725" in PAGE


def test_only_ground_lies_under_a_screws_head():
    tracks, _ = route.tracks_and_vias()
    for hole in parameters.BOARD_HOLES_MM:
        for net, _, width, points in tracks:
            near = min(pour.away_mm(hole, *leg) for leg in pairwise(points)) - width / 2
            assert near > parameters.M3_HEAD_MM / 2 or net == "GND", net
        assert not [area for area in (pour.VSYS, pour.BUFFER) if pour.near(hole, area, parameters.M3_HEAD_MM / 2)]
        drilled = [(x, y) for wide, x, y, _ in READ["holes"] if wide == route.DRILL_MM]
        assert min(dist(hole, at) for at in drilled) > parameters.M3_HEAD_MM / 2


def test_a_buttons_wire_meets_the_clamp_before_its_resistor():
    tracks, _ = route.clamped()
    for face in pins.FACES:
        front, stub, back = (points for net, _, _, points in tracks if net == f"BUTTON{face}")
        assert dist(front[0], place.place(f"J{face}")[:2]) < 0.01
        assert dist(front[-1], stub[0]) < 0.5  # the clamp's pad
        assert back[0] == stub[-1] and dist(back[-1], place.place(f"R{face}")[:2]) < 0.01


def test_faces_stand_from_left_to_right():
    assert list(place.COLUMN_X_MM.values()) == sorted(place.COLUMN_X_MM.values())


def test_the_tallest_part_stays_behind_what_is_behind_the_front():
    high = parameters.PARTS_HIGH_MM
    wide = float(re.search(r"at most (\d+) mm wide", KINDS["c15m"].what)[1])
    top = layout.BOARD_Z_MM + parameters.BOARD_THICK_MM + high
    assert top < -parameters.FRONT_MM - parameters.M3_HEAD_HIGH_MM
    assert f"D{wide:.1f}mm" in circuit.SHAPES["c15m"].footprint


def test_name_version_and_licence_are_printed_on_both_sides():
    for side in (words.FRONT, words.BACK):
        printed = " ".join(text for text, *_, layer, _ in words.words() if layer == side)
        assert all(word in printed for word in ("hymio", f"carrier {words.VERSION}", "CERN-OHL-P-2.0"))


def test_kicads_reports_have_nothing_to_say():
    assert "Errors 0  Warnings 0" in (HERE / "kicad/erc.rpt").read_text(encoding="utf-8")
    report = (HERE / "kicad/drc.rpt").read_text(encoding="utf-8")
    assert re.findall(r"\*\* Found (\d+)", report) == ["0", "0", "0"]


@pytest.fixture
def kicad(tmp_path):
    """Runs one of the build's checks in a copy of the project; what it says, and whether it is content."""
    program = ROOT / ".cache/hardware/bin/kicad-cli"
    if not program.exists():
        pytest.skip("KiCad is not set up here (.ci/hardware-tools kicad): its reports are read, not made again")
    shutil.copytree(HERE / "kicad", tmp_path / steps.PROJECT)

    def run(command):
        done = subprocess.run([program, *command[1:]], cwd=tmp_path, capture_output=True, text=True)
        return done.stdout, done.returncode == 0

    return run


@pytest.mark.parametrize("command", steps.CHECKS, ids=("erc", "drc and parity"))
def test_kicad_finds_nothing_in_what_is_committed(kicad, command):
    told, content = kicad(command)
    assert content, told


@pytest.mark.parametrize(
    ("command", "path", "piece", "instead"),
    [
        (steps.CHECKS[1], steps.BOARD, "(segment", ""),
        (steps.CHECKS[1], steps.SCHEMATIC, '"10n"', '"100n"'),
    ],
    ids=("a track that is missing", "a value that the board has not"),
)
def test_kicads_checks_tell_what_is_wrong(kicad, tmp_path, command, path, piece, instead):
    text = (tmp_path / path).read_text(encoding="utf-8")
    if piece == "(segment":
        first = text.index("(segment")
        harmed = text[:first] + text[text.index("(segment", first + 1) :]
    else:
        harmed = text.replace(piece, instead, 1)
    (tmp_path / path).write_text(harmed, encoding="utf-8")
    assert not kicad(command)[1]


@pytest.mark.parametrize(("boxes", "made", "usd"), [(1, 3, 38.44), (10, 10, 100.0), (100, 100, 768.8)])
def test_carrier_boards_are_priced_by_area_and_in_sets(boxes, made, usd):
    size = parameters.BOARD_WIDE_MM, parameters.BOARD_HIGH_MM
    found, price = cost.carriers_usd(boxes, *size)
    assert (found, round(price, 2)) == (made, usd)
