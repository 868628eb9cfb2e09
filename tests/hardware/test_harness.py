"""The drawing of the wires: each one is there once, in its colour, between its pins; every word can be read."""

import itertools
import re
import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import dataclass

import pytest

from hardware import inter
from hardware.electronics import wiring
from hardware.electronics.harness import __main__ as harness
from hardware.electronics.harness import page, part, wire
from hardware.electronics.parts import PARTS, PICO, named, nets
from hardware.enclosure import drawn
from hardware.enclosure.contrast import ratio
from hardware.step import ROOT

SPACE = "{http://www.w3.org/2000/svg}"
FILE = ROOT / "hardware/electronics/harness.svg"
SHOWN_PX, LEAST_PX = 850, 13  # a page's column, and the smallest type in it
SHEET = ElementTree.fromstring(FILE.read_text(encoding="utf-8"))
DRAWN = [group for group in SHEET.iter(f"{SPACE}g") if group.get("data-net")]
MARKS = {one.get("data-pin"): one for one in SHEET.iter() if one.get("data-pin")}
TEXTS = list(SHEET.iter(f"{SPACE}text"))


def test_the_drawing_is_what_its_code_draws():
    assert FILE.read_text(encoding="utf-8") == harness.drawing()


def test_the_sheet_is_as_large_as_paper():
    assert [SHEET.get("width"), SHEET.get("height"), SHEET.get("viewBox")] == ["297mm", "420mm", "0 0 297 420"]


def test_each_wire_is_drawn_once_in_its_colour_between_its_pins():
    wanted = Counter(
        (f"{one}.{pin}", f"{far}.{far_pin}", net, wiring.colour(net)) for one, pin, net, far, far_pin in wiring.wires()
    )
    assert Counter(tuple(g.get(f"data-{name}") for name in ("from", "to", "net", "colour")) for g in DRAWN) == wanted
    assert set(wanted.values()) == {1}
    for group in DRAWN:
        edge, core = [one for one in group.findall(f"{SPACE}path") if one.get("fill")]
        assert edge.get("d") == core.get("d")
        assert (core.get("stroke"), edge.get("stroke")) == wire.DRAWN[group.get("data-colour")]


def test_each_wire_joins_pins_of_its_net():
    ends = {(f"{one}.{PICO.index(pin) + 1}" if one == "A1" else f"{one}.{pin}"): net for net in nets()
            for one, pin in nets()[net]}  # fmt: skip
    for group in DRAWN:
        for end in (group.get("data-from"), group.get("data-to")):
            assert ends.get(end, end.removeprefix(f"{wiring.BOARD}.")) == group.get("data-net")


def line(group):
    """The points along a wire, close enough to see what it touches."""
    return points(group.findall(f"{SPACE}path")[-1].get("d"))


def points(path):
    found, at = [], (0.0, 0.0)
    for letter, rest in re.findall(r"([MHVQC])([^MHVQC]*)", path):
        numbers = [float(one) for one in re.findall(r"-?[\d.]+", rest)]
        if letter in "HV":
            numbers = [numbers[0], at[1]] if letter == "H" else [at[0], numbers[0]]
        stops = list(zip(numbers[::2], numbers[1::2], strict=True))
        size = {"Q": 2, "C": 3}.get(letter, 1)
        for first in range(0, len(stops), size):
            curve = [at, *stops[first : first + size]]
            found += [stops[0]] if letter == "M" else [between(curve, i / 200) for i in range(201)]
            at = stops[first + size - 1]
    return found


def between(curve, share):
    while len(curve) > 1:
        curve = [(x + share * (to_x - x), y + share * (to_y - y)) for (x, y), (to_x, to_y) in itertools.pairwise(curve)]
    return curve[0]


def test_a_wire_ends_where_its_pins_are_drawn():
    for group in DRAWN:
        for which, (x, y) in (("from", line(group)[0]), ("to", line(group)[-1])):
            mark = MARKS[group.get(f"data-{which}")]
            if mark.get("cx"):
                assert (float(mark.get("cx")), float(mark.get("cy"))) == (x, y)
            else:  # a letter in a housing: the wire ends right over it or under it
                assert float(mark.get("x")) == x and abs(float(mark.get("y")) - y) < 7


def test_a_letter_at_a_wires_end_says_what_it_carries():
    for plug, far in wiring.plugs():
        for pin, net in named(plug).pins.items():
            said = {"BATTERY": "+", "GND": "−"}[net] if plug == "J5" else net[0]
            assert MARKS[f"{plug}.{pin}"].text == said
            if far != "BT1":
                assert MARKS[f"{far}.{wiring.far_pin(far, net)}"].text == said
    assert len({net[0] for net in named("J1").pins.values()}) == 4


def test_the_pico_has_its_proportions_and_its_forty_pins():
    ((board,),) = [[one for one in SHEET.iter(f"{SPACE}rect") if one.get("fill") == "#1d6b48"]]
    wide, high = float(board.get("width")), float(board.get("height"))
    assert wide / high == pytest.approx(21 / 51)
    scale = wide / 21
    pads = {n: (float(MARKS[f"A1.{n}"].get("cx")), float(MARKS[f"A1.{n}"].get("cy"))) for n in range(1, 41)}
    assert pads[40][0] - pads[1][0] == pytest.approx(17.78 * scale)  # Pico W datasheet, mechanical drawing
    for n, (x, y) in pads.items():
        assert x == pads[1 if n <= 20 else 40][0]
        row = n - 1 if n <= 20 else 40 - n
        assert y - pads[1][1] == pytest.approx(2.54 * scale * row, abs=0.002)


def test_each_used_pin_of_the_pico_is_named_over_its_wire():
    for number, name, net in wiring.pico_pins():
        x, y = (float(MARKS[f"A1.{number}"].get(c)) for c in ("cx", "cy"))
        near = {t.text for t in TEXTS if 1.3 < y - float(t.get("y")) < 4 and abs(float(t.get("x")) - x) < 40}
        assert {f"{number}", name} <= near
        assert net == name or wire.said(net) in near


def test_every_part_is_in_the_drawing():
    words = " ".join(text.text for text in TEXTS)
    assert not [one.name for one in PARTS if one.name != "A1" and not re.search(rf"\b{one.name}\b", words)]
    assert named("A1").value in words


def test_the_buttons_stand_in_the_order_of_the_box():
    faces = [one for one in SHEET.iter(f"{SPACE}g") if one.get("transform")]
    skins = [one.find(f"{SPACE}circle").get("fill") for one in faces]
    at = [float(re.match(r"translate\(([\d.]+)", one.get("transform"))[1]) for one in faces]
    assert skins == [drawn.drawings()[face].colour for face in (1, 2, 3, 4)]
    assert at == sorted(at)
    for face, x in enumerate(at, 1):
        sleeves = [float(MARKS[f"S{face}.{pin}"].get("x")) for pin in named(f"S{face}").pins]
        assert sum(sleeves) / 4 == pytest.approx(x)


@dataclass(frozen=True)
class Box:
    """What a line of text covers: from the top of its capitals to its baseline, or to the end of a letter's tail."""

    text: str
    left: float
    right: float
    top: float
    bottom: float

    def meets(self, other):
        return (self.left < other.right and other.left < self.right) and (
            self.top < other.bottom and other.top < self.bottom
        )


def box(text):
    x, y, size = (float(text.get(name)) for name in ("x", "y", "font-size"))
    wide = inter.width(text.text, size, int(text.get("font-weight")))
    left = x - wide * {"start": 0.0, "middle": 0.5, "end": 1.0}[text.get("text-anchor", "start")]
    tail = 0.22 if re.search("[gjpqyµ,]", text.text) else 0.02
    return Box(text.text, left, left + wide, y - 0.75 * size, y + tail * size)


BOXES = [box(text) for text in TEXTS]


def test_a_line_of_text_has_inters_length_in_every_font():
    for text, of in zip(TEXTS, BOXES, strict=True):
        assert float(text.get("textLength")) == pytest.approx(of.right - of.left, abs=0.001), text.text
        assert text.get("lengthAdjust") == "spacingAndGlyphs"


def test_no_text_touches_another_or_leaves_the_sheet():
    touching = [(one.text, other.text) for one, other in itertools.combinations(BOXES, 2) if one.meets(other)]
    assert not touching
    assert not [one.text for one in BOXES if min(one.left, one.top) < 5 or one.right > 292 or one.bottom > 415]


def test_no_wire_runs_over_a_text():
    half = wire.LINED / 2
    for group in DRAWN:
        for x, y in line(group):
            over = Box("", x - half, x + half, y - half, y + half)
            assert not [one.text for one in BOXES if one.meets(over)]


def test_the_smallest_letters_can_be_read_in_a_pages_column():
    smallest = min(float(text.get("font-size")) for text in TEXTS)
    assert smallest * SHOWN_PX / page.WIDE >= LEAST_PX


def test_wires_stand_out_of_the_sheet_whatever_theme_surrounds_it():
    ground = SHEET.findall(f"{SPACE}rect")[1]
    assert [ground.get(name) for name in ("width", "height", "fill")] == ["297", "420", page.GROUND]
    for fill, edge in wire.DRAWN.values():
        assert max(ratio(fill, page.GROUND), ratio(edge, page.GROUND)) >= 3
    assert set(wire.DRAWN) == set(wiring.COLOURS.values())


@pytest.mark.parametrize(
    ("value", "percent", "rings"),
    [
        ("1k", "1", "brown black black brown brown"),
        ("2k2", "1", "red red black brown brown"),
        ("180", "1", "brown grey black black brown"),
        ("22", "5", "red red black gold"),
    ],
)
def test_a_resistors_rings_say_its_value(value, percent, rings):
    names = ["black", "brown", "red", "orange", "yellow", "green", "blue", "violet", "grey", "white"]
    colours = dict(zip(part.DIGITS, names, strict=True)) | {part.GOLD: "gold"}
    assert [colours[one] for one in part.bands(value, percent)] == rings.split()


def test_what_is_no_resistance_is_refused():
    with pytest.raises(ValueError):
        part.ohms("10n")


def test_the_page_shows_the_drawing_and_leads_to_the_exact_one():
    for name in ("README.md", "assembly.md", "electronics/README.md"):
        text = (ROOT / "hardware" / name).read_text(encoding="utf-8")
        before = "" if name.startswith("electronics") else "electronics/"
        assert re.search(rf"!\[[^\]]{{20,}}\]\({before}harness\.svg\)", text), name
        assert f"]({before}wiring.svg)" in text.replace(f"!]({before}wiring.svg)", ""), name
