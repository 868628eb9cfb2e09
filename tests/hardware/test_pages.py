"""What the pages about building say of firmware and files is so. Links: tests/house."""

import ast
import json
import math
import re
import subprocess
import sys

import pytest
from board import pins
from kiosk import lights

from hardware import facets, plastic
from hardware.electronics import wiring
from hardware.electronics.carrier import place
from hardware.electronics.parts import LOOSE, named
from hardware.enclosure import layout, parameters, printable
from hardware.step import ROOT
from hardware.steps import STEPS

PAGES = sorted((ROOT / "hardware").rglob("*.md"))
# Which pin of a Pico is which GPIO: from pin 1 on, both sides (Pico W datasheet, figure 2)
ORDER = "0 1 - 2 3 4 5 - 6 7 8 9 - 10 11 12 13 - 14 15 16 17 - 18 19 20 21 - 22 RUN 26 27 - 28 VREF 3V3 EN - VSYS VBUS"
PIN = {what: number for number, what in enumerate(ORDER.split(), 1)}


def page(name):
    return (ROOT / "hardware" / name).read_text(encoding="utf-8")


def test_the_table_of_pins_is_the_firmwares():
    rows = re.findall(r"^\| (\d) \| GP(\d+) \| (\d+) \|.*?\| GP(\d+) \| (\d+) \|", page("bring-up.md"), re.M)
    said = [tuple(map(int, row)) for row in rows]
    assert said == [
        (face, button, PIN[str(button)], pins.LIGHTS[face], PIN[str(pins.LIGHTS[face])])
        for face, button in sorted(pins.FACES.items())
    ]


@pytest.mark.parametrize(
    ("name", "number"), re.findall(r"(VBUS|VSYS|3V3|RUN)[^|\n]{0,3}pin (\d+)", page("bring-up.md"))
)
def test_a_named_pin_has_its_number(name, number):
    assert PIN[name] == int(number)


def sentences(path):
    """The texts of a module, what is filled in as a pattern."""
    found = [
        n.value for n in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))) if isinstance(n, ast.Constant)
    ]
    return [re.sub("%[sd]", ".+", re.escape(text)) for text in found if isinstance(text, str) and len(text) > 8]


def test_what_the_kiosk_answers_over_usb_is_quoted_as_it_says_it():
    fenced = re.search(r"^```\n(kiosk .*?)^```", page("bring-up.md"), re.M | re.S)[1].splitlines()
    quoted = [*fenced, *re.findall(r"answers `([^`]+)`", page("bring-up.md"))]
    known = sentences("firmware/kiosk/console.py")
    endings = ("last trouble: none", "stuck buttons: none")
    assert [line for line in quoted if line not in endings and not any(re.fullmatch(one, line) for one in known)] == []
    assert all(any(re.match(one, line) for one in known) for line in endings)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT / "hardware").as_posix())
def test_every_picture_is_there_and_can_be_heard(path):
    for words, target in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target
        assert len(words) > 20, f"{target}: say what it shows"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT / "hardware").as_posix())
def test_every_step_of_the_build_that_a_page_names_exists(path):
    for words in re.findall(r'STEPS="?([a-z -]+[a-z])', path.read_text(encoding="utf-8")):
        assert set(words.split()) <= {step.name for step in STEPS} | {"stale"}


def test_the_times_of_the_steps_sum_to_that_of_the_assembly():
    steps = re.findall(r"^## \d+\. .*\((\d+) minute", page("assembly.md"), re.M)
    assert len(steps) == 8
    assert f"Estimated: {sum(map(int, steps))} minutes" in page("assembly.md")
    stations = re.findall(r"^\| \d .*?\| (\d+) min", page("fifty.md"), re.M)
    assert f"needs about {round(50 * sum(map(int, stations)) / 60, -1):.0f} hours" in page("fifty.md")


def test_the_stations_of_fifty_have_the_times_of_assembly_and_bring_up():
    (whole,) = re.findall(r"Estimated: (\d+) minutes", page("assembly.md"))
    (board,) = re.findall(r"(\d+) minutes for the board by hand", page("assembly.md"))
    up = {int(n): int(m) for n, m in re.findall(r"^## (\d)\. .*\((\d+) minutes\)", page("bring-up.md"), re.M)}
    stations = {int(n): int(m) for n, m in re.findall(r"^\| (\d) .*?\| (\d+) min", page("fifty.md"), re.M)}
    assert stations[2] == int(board) + up[1] + up[2]
    assert f"{up[1] + up[2]} min where assembled" in page("fifty.md")
    assert stations[3] == up[3]
    assert stations[4] == int(whole) + up[4]
    assert f"takes\n{sum(up.values())} minutes more" in page("assembly.md")


def test_a_box_takes_as_much_plastic_and_printing_as_is_told():
    rows = re.findall(r"^\| ([a-z ]+) \| (\d+) cm³ \| (\d+) h \| (\d+) h \|", page("fifty.md"), re.M)
    assert [row[0] for row in rows] == list(plastic.MOUNTS)
    for mount, *told in rows:
        assert [int(one) for one in told] == [round(one) for one in plastic.row(mount)]
    cm3, *hours = plastic.row("table stand")
    told = re.search(r"stands are (\d+) litres and ([\d,]+) hours at 8 mm³/s, ([\d,]+) at 4", page("fifty.md")).groups()
    assert [float(one.replace(",", "")) for one in told] == pytest.approx(
        [cm3 / 20, *(50 * h for h in hours)], rel=0.03
    )


def test_of_each_colour_a_box_takes_as_much_plastic_as_is_told():
    found = plastic.colours_cm3()
    tiles = {round(cm3) for kind, cm3 in found.items() if kind.startswith("filament_tile")}
    (tile,) = tiles  # all four take the same
    rows = re.findall(r"^\| [^|]+ \| ([\d.]+) cm³ \| ([\d.]+) litres \|", page("fifty.md"), re.M)
    wanted = [found["filament_case"], found["filament_mount"], tile, *(found[kind] for kind in plastic.INKS)]
    assert len(rows) == len(wanted)
    for (box, fifty), cm3 in zip(rows, wanted, strict=True):
        assert float(box) == round(cm3, 1 if cm3 < 1 else None)
        assert float(fifty) == round(cm3 / 20, 2 if cm3 < 1 else 1)


def test_a_cable_reaches_its_button_while_the_box_lies_open():
    told = re.search(
        r"wires of (\d+) mm .* (\d+) mm at most, and some (\d+) mm over", page("assembly.md"), re.S
    ).groups()
    wire, flat, over = map(int, told)
    plug_y = parameters.BOARD_Y_MM + place.PLUG_Y_MM
    down = plug_y + layout.BUTTON_Y_MM + 2 * layout.TOP_MM
    # turned about x, not round: a button lies on the side of its own plug, else the longest way is another
    (side,) = re.findall(r"\*\*face 1 is at the (left|right)\*\*, below its own plug", page("assembly.md"))
    across = {"left": 1, "right": -1}[side]
    assert flat == round(
        max(
            math.hypot(across * layout.FACE_X_MM[face] - parameters.BOARD_X_MM - x, down)
            for face, x in place.COLUMN_X_MM.items()
        )
    )
    assert wire >= 1.5 * (flat + over)
    cable = re.findall(r"^\| (\d) \| ([A-Z]) \| (\w+) \|", page("assembly.md"), re.M)
    names = {"yellow": "YE", "black": "BK", "red": "RD", "white": "WH"}
    assert {pin: names[colour] for pin, _, colour in cable} == {
        pin: wiring.colour(net) for pin, net in named("J1").pins.items()
    }
    assert [letter for _, letter, _ in cable] == list("BGVL")
    pins = sum(len(named(plug).pins) for plug in ("J1", "J2", "J3", "J4", "J5"))
    assert f"a box takes {pins} contacts" in page("assembly.md") and LOOSE["crimp"] >= pins


SCREWS_MM = {
    "tile to front": ("M3", parameters.TILE_SCREW_LONG_MM),
    "board to back": ("M3", parameters.BOARD_SCREW_MM),
    "bar over the cable": ("M3", parameters.GRIP_SCREW_MM),
    "back to front": ("M3", parameters.CASE_SCREW_MM),
    "hanger to back": ("M4", parameters.HANGER_SCREW_MM),
    "locking screw": ("M4", parameters.LOCK_SCREW_MM),
    "adapter to wall mount": ("M4", parameters.ADAPTER_SCREW_MM),
    "adapter to pole": ("M4", parameters.CLAMP_SCREW_MM),
}


def test_the_screws_that_pages_name_are_the_models():
    rows = re.findall(r"^\| ([a-z ]+) \| (M\d) × (\d+) \|", page("enclosure/README.md"), re.M)
    assert {where: (thread, float(long)) for where, thread, long in rows} == SCREWS_MM
    told = re.findall(r"(M\d) × (\d+)", page("assembly.md"))
    assert {(thread, float(long)) for thread, long in told} == set(SCREWS_MM.values())


def test_the_hangers_screw_holds_its_nut_and_stays_clear_of_joints_under_the_board():
    triangles = facets.read((ROOT / "hardware/enclosure/stl/hanger.stl").read_bytes())
    inside = SCREWS_MM["hanger to back"][1] - under_head_mm(triangles) - parameters.BACK_MM
    past_nut, under_board = inside - parameters.M4_NUT_HIGH_MM, parameters.STANDOFF_MM - inside
    told = f"end {past_nut:.1f} mm past the nuts, {under_board:.1f} mm under the board"
    assert told in page("assembly.md")
    assert past_nut > 0 and under_board > parameters.JOINT_MM
    assert f"stand out by {parameters.JOINT_MM:.1f} mm" in page("assembly.md")
    assert f"the {parameters.JOINT_MM:.1f} mm under the board" in page("enclosure/README.md")
    least, most = map(int, re.search(r"at least (\d+) mm and at most (\d+) mm past", page("assembly.md")).groups())
    assert least - parameters.BACK_MM >= 2.0 - 1e-9
    assert parameters.STANDOFF_MM - (most - parameters.BACK_MM) >= parameters.JOINT_MM


def under_head_mm(triangles):
    """Of the hanger, which prints on its end, x through its thickness: how thick it is under a screw's head."""
    xs = [corner[0] for facet in triangles for corner in facet]
    level = [facet for facet in triangles if len({round(corner[0], 3) for corner in facet}) == 1]
    (seat,) = {round(facet[0][0], 3) for facet in level} - {round(min(xs), 3), round(max(xs), 3)}
    (out,) = {round(printable.normal_and_area(f)[0][0]) for f in level if round(f[0][0], 3) == seat}
    return seat - min(xs) if out > 0 else max(xs) - seat


MODEL = """
import json, sys
from unittest.mock import MagicMock
sys.modules |= dict.fromkeys(("build123d", "svgpathtools"), MagicMock())  # nothing is drawn here, only counted
from hardware.enclosure import assembly
print(json.dumps([[p.name for p in where()] for where in (assembly.on_table, assembly.on_pole)]))
"""


def test_screws_and_nuts_are_as_many_as_the_models():
    said = subprocess.run([sys.executable, "-c", MODEL], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    box, pole = json.loads(said)
    kinds = {
        "tile to front": "screw of tile",
        "board to back": "screw of board",
        "bar over the cable": "screw of grip",
        "back to front": "screw of case",
        "hanger to back": "screw of hanger",
        "locking screw": "lock",
        "adapter to wall mount": "screw of adapter",
        "adapter to pole": "clamp",
    }
    rows = dict(re.findall(r"^\| ([a-z ]+) \| M\d × \d+ \|.*\| (\d) \|$", page("enclosure/README.md"), re.M))
    assert {where: int(count) for where, count in rows.items()} == {
        where: len([name for name in pole if name.startswith(kind)]) for where, kind in kinds.items()
    }
    m3 = len([name for name in box if name.startswith("nut M3")])
    m4 = len([name for name in box if name.startswith(("nut M4", "nut of lock"))])
    more = len([name for name in pole if name.startswith(("nut of adapter", "nut of clamp"))])
    assert f"a box takes {m3} nuts M3 and {m4} nuts M4, on a pole {m4 + more} M4" in page("enclosure/README.md")
    numbers = {"two": 2, "three": 3, "four": 4}
    (upper,) = re.findall(r"M4 nut into each of the (\w+) upper pockets", page("assembly.md"))
    assert numbers[upper] + 1 == m4  # one more for the lock
    (pillars,) = re.findall(r"M3 nut into the pocket of each of the (\w+) pillars", page("assembly.md"))
    assert numbers[pillars] == m3


def test_a_nut_is_pressed_into_its_pocket_by_as_much_as_is_told():
    pressed = parameters.NUT_RIB_MM - parameters.NUT_ROOM_MM
    assert 0 < pressed < parameters.LAYER_MM
    assert f"a nut presses flat by {pressed:.1f} mm" in page("assembly.md")
    triangles = facets.read((ROOT / "hardware/enclosure/stl/back.stl").read_bytes())
    half = parameters.M4_NUT_MM / 2 - pressed
    for x, y in layout.VESA_HOLES_MM:
        near = [math.dist((a, b), (x, y)) for facet in triangles for a, b, _ in facet]
        ribs = [one for one in near if half - 0.02 < one < half + 0.02]
        assert len(ribs) > 0 and not [one for one in near if parameters.M4_MM * 0.6 < one < half - 0.02]


def test_what_an_ohmmeter_reads_at_the_buffer_is_computed():
    ohm = float(named("R13").value)
    farad = sum(float(named(name).value.rstrip("u")) for name in ("C5", "C6")) * 1e-6
    said = re.search(r"\*\*(\d+) Ω at first\*\*, then (\d+) Ω more with every second, so 1 kΩ", page("bring-up.md"))
    assert [int(one) for one in said.groups()] == [ohm, round(1 / farad)]
    assert (1000 - ohm) * farad == pytest.approx(30, abs=1)  # half a minute


def test_what_is_measured_at_the_cells_plug_is_the_netlists():
    assert named("J5").pins == {"1": "BATTERY", "2": "GND"}
    assert named("BT1").pins["+"] == "BATTERY"
    assert "| at pin 1, which the carrier board marks + |" in page("bring-up.md")


def in_order(name, *marks):
    places = [page(name).find(mark) for mark in marks]
    return -1 not in places and places == sorted(places)


def test_first_power_comes_before_the_plugs_and_the_cells_after_the_flash():
    assert in_order(
        "assembly.md",
        "Lay the board on its posts",
        "**Now [bring-up](bring-up.md) 1 and 2**",
        "Then lay the front below the open back",
        "Put each button's wires on the terminals",
        "[bring-up](bring-up.md) 3 and 4",
        "## 4. Cable",
        "On cells: put the three in now",
        "## 5. Closing",
    )
    assert in_order("bring-up.md", "the cells out again", "## 3. MicroPython", "1. No cells in", "Hold BOOTSEL")


def test_at_its_end_a_box_is_opened_and_its_cells_are_out_before_it_is_emptied():
    assert in_order(
        "care.md", "## End of life", "open it with the one key", "Cells out", "**Empty the flash**", "Hold BOOTSEL"
    )


def test_lights_that_run_along_begin_anywhere_and_say_nothing_of_left_and_right():
    forth = [next(face for face, share in enumerate(step) if share) for _, step in lights.IDENTIFY_STEPS]
    back = [5 - face for face in forth]
    assert back in [forth[i:] + forth[:i] for i in range(len(forth))]  # a box wired the wrong way round looks the same
    for name in ("assembly.md", "bring-up.md"):
        assert "beginning anywhere" in page(name)


def test_every_page_is_reached_from_the_first():
    seen, ahead = set(), [ROOT / "hardware/README.md"]
    while ahead:
        path = ahead.pop()
        if path in seen or path.suffix != ".md" or not path.exists():
            continue
        seen.add(path)
        for target in re.findall(r"\]\(([^)#:]+)[^)]*\)", path.read_text(encoding="utf-8")):
            to = (path.parent / target).resolve()
            ahead.append(to / "README.md" if to.is_dir() else to)
    assert not [one for one in PAGES if one not in seen]
