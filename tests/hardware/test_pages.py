"""What the pages about building say of firmware and files is so. Links: tests/house."""

import ast
import re

import pytest
from board import pins

from hardware.enclosure import parameters
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
    for named in re.findall(r'STEPS="?([a-z -]+[a-z])', path.read_text(encoding="utf-8")):
        assert set(named.split()) <= {step.name for step in STEPS} | {"stale"}


def test_the_times_of_the_steps_sum_to_that_of_the_assembly():
    steps = re.findall(r"^## \d+\. .*\((\d+) minute", page("assembly.md"), re.M)
    assert len(steps) == 7
    assert f"Estimated: {sum(map(int, steps))} minutes" in page("assembly.md")
    stations = re.findall(r"^\| \d .*?\| (\d+) min", page("fifty.md"), re.M)
    assert f"needs about {round(50 * sum(map(int, stations)) / 60, -1):.0f} hours" in page("fifty.md")


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
    named = re.findall(r"(M\d) × (\d+)", page("assembly.md"))
    assert {(thread, float(long)) for thread, long in named} == set(SCREWS_MM.values())


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
