"""The printed parts, from the triangles that a printer gets, and the dimensions that they follow; without any CAD."""

import ast
import itertools
import math
import os
import re

import pytest

from hardware import facets
from hardware.electronics.kinds import KINDS
from hardware.enclosure import contrast, drawn, printable, sprite, standing
from hardware.enclosure import layout as at
from hardware.enclosure import parameters as p
from hardware.signs import card
from hardware.signs.words import WORDS
from hardware.step import ROOT

FOLDER = ROOT / "hardware/enclosure"
PARTS = sorted(path.stem for path in FOLDER.glob("stl/*.stl"))
SAMPLES = 20_000 if os.environ.get("SOAK") else 300
SEEDS = range(1, 13) if os.environ.get("SOAK") else (1,)


@pytest.fixture(scope="module")
def meshes():
    return {name: facets.read((FOLDER / f"stl/{name}.stl").read_bytes()) for name in PARTS}


def test_every_part_is_there_as_triangles_and_as_a_solid():
    assert len(PARTS) == 11
    assert sorted(path.stem for path in FOLDER.glob("step/*.step")) == PARTS


@pytest.mark.parametrize("name", PARTS)
def test_a_part_is_closed_and_lies_on_the_bed_with_room_to_spare(meshes, name):
    body = facets.body(meshes[name])
    assert printable.open_edges(meshes[name]) == 0
    assert body.volume_mm3 > 0
    assert abs(body.low[2]) < 1e-3
    assert all(high - low <= p.BED_MM for low, high in zip(body.low[:2], body.high[:2], strict=True))
    assert body.high[2] <= p.PRINT_HIGH_MM


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("seed", SEEDS)
def test_no_wall_of_a_part_is_too_thin(meshes, name, seed):
    assert printable.too_thin(meshes[name], p.THINNEST_MM, SAMPLES, seed) == []


@pytest.mark.parametrize("name", PARTS)
def test_what_hangs_over_is_a_short_bridge(meshes, name):
    bridges = [printable.bridge_mm(patch, meshes[name]) for patch in printable.hanging(meshes[name], p.OVERHANG_DEG)]
    assert max(bridges, default=0) <= p.BRIDGE_MM


def cube(low, high):
    """Twelve triangles; of corners (x, y, z) the first is the lowest."""
    corners = [(x, y, z) for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])]
    sides = ["0132", "4576", "0451", "2376", "0264", "1573"]
    rows = []
    for side in sides:
        a, b, c, d = (corners[int(i)] for i in side)
        rows += [(a, b, c), (a, c, d)]
    middle = [(x + y) / 2 for x, y in zip(low, high, strict=True)]
    return [row if outwards(row, middle) else row[::-1] for row in rows]


def outwards(row, middle):
    normal, _ = printable.normal_and_area(row)
    return printable.dot(normal, printable.minus(row[0], middle)) > 0


def test_a_hole_in_the_surface_is_seen():
    assert printable.open_edges(cube((0, 0, 0), (9, 9, 9))) == 0
    assert printable.open_edges(cube((0, 0, 0), (9, 9, 9))[1:]) == 3


def test_a_thin_wall_is_seen_and_a_thick_one_is_not():
    assert printable.too_thin(cube((0, 0, 0), (30, 30, 1.5)), 1.6, 100)
    assert not printable.too_thin(cube((0, 0, 0), (30, 30, 1.7)), 1.6, 100)


def test_a_shelf_in_the_air_is_no_bridge_and_a_lintel_is():
    shelf = cube((0, 0, 0), (5, 5, 20)) + cube((5, 0, 15), (12, 5, 20))
    lintel = shelf + cube((12, 0, 0), (17, 5, 20))
    (patch,) = printable.hanging(shelf, 45)
    assert printable.bridge_mm(patch, shelf) == float("inf")
    (patch,) = printable.hanging(lintel, 45)
    assert printable.bridge_mm(patch, lintel) == pytest.approx(7)


def test_every_dimension_has_its_reason():
    lines = (FOLDER / "parameters.py").read_text(encoding="utf-8").splitlines()
    dimensions = [line for line in lines if re.match(r"[A-Z0-9_, ]+ = ", line)]
    assert len(dimensions) > 80
    assert not [line for line in dimensions if not re.search(r"  # .{12,}", line)]


@pytest.mark.parametrize("name", ["back", "front", "grip", "layout", "mount", "pole", "tile"])
def test_a_length_beside_the_parameters_has_its_reason_too(name):
    text = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    numbers = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)]
    counts_and_angles = (*range(5), 30, 90, 120, 180)
    bare = [n for n in numbers if type(n.value) in (int, float) and n.value not in counts_and_angles]
    found = [text.splitlines()[n.lineno - 1] for n in bare]
    half_way = "segment.point(0.5)"
    assert not [line for line in found if not re.search(r"  # .{10,}", line) and half_way not in line]


def test_one_key_turns_every_screw():
    assert p.M3_SOCKET_MM == p.M4_SOCKET_MM == p.KEY_MM


def test_a_button_fits_its_panel():
    assert at.PANEL_MM <= p.BUTTON_PANEL_MM
    assert p.BUTTON_BODY_MM < p.BUTTON_HOLE_MM < p.BUTTON_BEZEL_MM < p.TILE_MM
    assert p.BUTTON_NUT_MM < p.PITCH_MM


def test_behind_a_buttons_terminals_is_room_for_a_wire():
    tips = p.TILE_THICK_MM - p.BUTTON_DEEP_MM
    assert tips - at.BACK_Z_MM >= p.WIRE_MM


def test_what_stands_on_the_board_ends_behind_the_heads_of_the_tiles_screws():
    highest = max(int(mm) for kind in KINDS.values() for mm in re.findall(r"(\d+) mm high", kind.what))
    assert highest == p.PARTS_HIGH_MM
    assert at.BOARD_Z_MM + p.BOARD_THICK_MM + highest < -p.FRONT_MM - p.M3_HEAD_HIGH_MM - 1


def test_the_plugs_corners_pass_the_hole_in_the_back(meshes):
    wide, high = p.PLUG_WIDE_MM / 2, p.PLUG_HIGH_MM / 2
    near = [
        (abs(x - p.CABLE_X_MM), abs(y - p.CABLE_Y_MM))
        for facet in meshes["back"]
        for x, y, z in facet
        if z <= p.BACK_MM and abs(x - p.CABLE_X_MM) < 2 * wide and abs(y - p.CABLE_Y_MM) < 2 * high
    ]
    assert len(near) > 20  # the hole's rim
    assert not [one for one in near if one[0] < wide and one[1] < high]
    to_corner = min(math.dist(one, (wide, high)) for one in near)  # a rim cut straight between its points loses little
    assert to_corner > 0.2


def in_print(point, mesh):
    """A point of the table stand's (x, y, z) in the box, where the stand lies as it is printed, on its side."""
    right, top, _ = (
        pick(corner[i] for facet in mesh for corner in facet) for i, pick in ((0, min), (1, max), (2, min))
    )
    x, y, z = point
    return (right - p.SKIRT_MM + p.SHELF_OUT_MM - z, top - at.TOP_MM - p.CARD_OVER_MM + y, x + p.STAND_WIDE_MM / 2)


@pytest.mark.parametrize("across", [-p.STAND_WIDE_MM / 4, p.STAND_WIDE_MM / 4])
def test_a_wood_screw_comes_straight_down_to_the_table_stands_foot(meshes, across):
    mesh, lean = meshes["table-stand"], standing.LEAN
    foot_front = standing.level(at.SHELF_LOW_MM, -p.SKIRT_MM + p.SHELF_OUT_MM, lean)[0]
    back = -at.CASE_DEEP_MM - p.CLEAT_MM - p.MOUNT_THICK_MM
    table = standing.level(at.SHELF_LOW_MM, back, lean)[1] - p.STAND_LOW_MM

    def met(radius, turn_deg):
        """How far over the foot a line straight up meets the stand."""
        x, forth = radius * math.cos(math.radians(turn_deg)), radius * math.sin(math.radians(turn_deg))
        low, high = (
            in_print((across + x, *standing.in_box(foot_front - p.FOOT_SCREW_MM + forth, table + up, lean)), mesh)
            for up in (p.STAND_THICK_MM + 0.1, p.STAND_THICK_MM + 1.1)
        )
        hits = [printable.hit(low, printable.minus(high, low), facet) for facet in mesh]
        return [far for far in hits if far is not None and far > 0]

    widest = max(p.DRIVER_MM, p.WALL_SCREW_HEAD_MM) / 2
    assert not [turn for turn in range(0, 360, 15) for radius in (widest / 2, widest) if met(radius, turn)]
    assert met(p.FOOT_DRIVER_MM / 2 + 2, 90)  # the shelf is beside its hole


def test_the_plug_passes_through_the_back_and_the_bar_grips_the_cable():
    gap = p.CABLE_MM - p.GRIP_PINCH_MM
    assert 0 < gap < p.CABLE_MM < p.GRIP_MM - p.M3_MM
    # a printed gap comes out a little wider: what is bought is thicker by more than a layer
    thinnest, thickest = map(float, re.search(r"jacket is ([\d.]+) to ([\d.]+) mm", KINDS["supply"].what).groups())
    assert (thinnest, thickest) == (round(gap + 0.3, 1), p.CABLE_MM)


def test_the_faces_are_the_dashboards_and_their_dots_count_them():
    faces = drawn.drawings()
    assert sorted(faces) == [1, 2, 3, 4]
    assert len({face.lines + face.filled for face in faces.values()}) == 4
    said = sprite.read((ROOT / sprite.SPRITE).read_text("utf-8"), (ROOT / sprite.STYLE).read_text("utf-8"))
    assert {n: (said["faces"][str(n)]["colour"], said["faces"][str(n)]["ink"]) for n in faces} == {
        n: (face.colour, face.ink) for n, face in faces.items()
    }


def test_a_tile_in_triangles_has_as_many_dots_as_its_face_has_a_number(meshes):
    for face in range(1, p.FACES + 1):
        top = p.TILE_THICK_MM + p.DOT_HIGH_MM
        peaks = {round(x, 1) for facet in meshes[f"tile-{face}"] for x, _, z in facet if abs(z - top) < 0.05}
        groups = [x for x in sorted(peaks) if not any(0 < x - other < p.DOT_PITCH_MM / 2 for other in peaks)]
        assert len(groups) == face


def accessibility():
    return (ROOT / "hardware/accessibility.md").read_text(encoding="utf-8")


def test_the_table_of_contrast_is_what_is_computed():
    assert all(row in accessibility() for row in contrast.rows())
    first, last = (contrast.difference(drawn.drawings()[face].colour, "#2b2f36") for face in (1, 4))
    assert f"`#2b2f36`, would lose that: {first:.0f} points to tile 1, {last:.0f} to tile 4" in accessibility()


def test_the_sizes_of_the_marks_are_the_parameters():
    size = f"{p.TILE_MM:g} × {p.TILE_LONG_MM:g} mm, {p.PITCH_MM:g} mm from middle to middle"
    dots = f"{p.DOT_MM:g} mm across, {p.DOT_HIGH_MM:g} mm high, {p.DOT_PITCH_MM:g} mm apart"
    stroke = f"{drawn.drawings()[2].stroke * p.FACE_SCALE:.1f} mm strokes, {p.INK_MM:g} mm high"
    assert all(f"| {words} |" in accessibility() for words in (size, dots, stroke))
    stand = f"{p.TILE_THICK_MM:g} mm over the front with valleys of {p.PITCH_MM - p.TILE_MM:g} mm"
    seam = f"{p.SKIRT_MM:g} mm behind the front with a lip of {p.LIP_MM:g} mm"
    assert stand in accessibility() and seam in accessibility()


def test_every_face_stands_out_from_its_tile():
    assert contrast.ratio("#000000", "#ffffff") == pytest.approx(21)
    assert all(contrast.ratio(f.ink, f.colour) >= contrast.LEAST_RATIO for f in drawn.drawings().values())


def test_the_heights_that_are_told_are_computed_and_within_reach():
    assert all(row in accessibility() for row in standing.rows())
    assert standing.LOW_MM < standing.POLE_MM < standing.WANTED_MM < standing.HIGH_MM


def test_no_press_of_a_button_tips_the_table_stand(meshes):
    cap_mm = (p.BUTTON_BEZEL_MM - 8) / 2  # bought.button_cap's radius
    inside, upper = (
        standing.press_meets_table_mm(at.BUTTON_Y_MM + up, p.TILE_THICK_MM + p.BUTTON_OUT_MM) for up in (0, cap_mm)
    )
    assert 0 < upper < inside < p.STAND_DEEP_MM
    assert standing.beside_foot_mm() < -p.BUTTON_BEZEL_MM / 2
    assert f"meets the table {inside:.0f} mm inside" in accessibility()
    assert f"upper end of its cap {upper:.0f} mm" in accessibility()
    assert f"middle lies {-standing.beside_foot_mm():.0f} mm inside" in accessibility()
    stand = facets.body(meshes["table-stand"])
    assert stand.high[2] - stand.low[2] == pytest.approx(p.STAND_WIDE_MM, abs=0.01)  # it lies on its side


def test_where_a_press_would_tip_a_stand_that_only_stands_is_told_and_that_it_is_to_be_held():
    behind = -standing.press_meets_table_mm(at.FACE_Y_MM, p.TILE_THICK_MM)
    assert behind > 0  # else the pages warn of nothing
    assert f"meets the table {behind:.0f} mm behind the foot" in accessibility()
    assembly = (ROOT / "hardware/assembly.md").read_text(encoding="utf-8")
    assert "**Table**: the stand, held:" in assembly


def turning_nm(press_n, height_mm, before_mm, feet_mm, kg, beside_mm=0.0, turn_deg=0.0):
    """Moment of press and mass about the line that lies ``feet_mm`` behind the pole's axis and is turned about it: as a
    cross product of arms and forces; positive: the stand tips. x to the right, y away from the visitor, z up."""
    lean, turn = math.radians(p.LEAN_DEG), math.radians(turn_deg)
    out = (math.sin(turn), math.cos(turn), 0.0)
    line = (out[1], -out[0], 0.0)  # along the two feet
    foot = tuple(feet_mm * part for part in out)
    press = (0.0, press_n * math.cos(lean), -press_n * math.sin(lean))
    forces = [((beside_mm, -before_mm, height_mm), press), ((0.0, 0.0, 400.0), (0.0, 0.0, -9.81 * kg))]
    moments = [cross(printable.minus(at_, foot), force) for at_, force in forces]
    return -sum(printable.dot(moment, line) for moment in moments) / 1000


def cross(a, b):
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def test_how_heavy_a_floor_stand_must_be_is_computed():
    assert all(row in accessibility() for row in standing.masses())
    button = (at.BUTTON_Y_MM, p.TILE_THICK_MM + p.BUTTON_OUT_MM)
    face = (at.FACE_Y_MM, p.TILE_THICK_MM)
    high, before = standing.over_floor_mm(*button), standing.before_pole_mm(*button)
    assert f"is {high:.0f} mm over the floor and {before:.0f} mm before the pole's axis" in accessibility()
    for press, feet in itertools.product(standing.PRESSES_N, standing.FEET_MM):
        kg = standing.stand_kg(press, feet)
        assert turning_nm(press, high, before, feet, kg) == pytest.approx(0, abs=1e-6)  # on the edge
        assert turning_nm(press, high, before, feet, kg - 0.1) > 0
        for beside in at.FACE_X_MM.values():  # one foot straight behind: two lines, half as far off as the feet are
            for turn in (-60, 60):
                assert turning_nm(press, high, before, feet, kg / 2, beside, turn) < 0
    more = [standing.stand_kg(10, feet, *face) / standing.stand_kg(10, feet) - 1 for feet in standing.FEET_MM]
    assert f"at {standing.over_floor_mm(*face):.0f} mm, {100 * min(more):.0f} to {100 * max(more):.0f} % more" in (
        accessibility()
    )
    assembly = (ROOT / "hardware/assembly.md").read_text(encoding="utf-8")
    assert "weigh the foot down" in assembly and "its foot weighed down" in KINDS["floor_stand"].what


def test_how_far_a_box_juts_out_of_a_wall_and_a_card_beside_its_plate_is_told():
    out = p.MOUNT_THICK_MM + p.CLEAT_MM + at.CASE_DEEP_MM + p.TILE_THICK_MM + p.BUTTON_OUT_MM
    assert f"stands {out:.0f} mm out of it" in accessibility() and out < 100
    assert f"stick out by {(card.WIDE - p.MOUNT_MM) / 2:.0f} mm at each side" in accessibility()


def test_through_which_gap_a_hand_reaches_the_table_stands_screws_is_told():
    lean = standing.LEAN
    back = -at.CASE_DEEP_MM - p.CLEAT_MM - p.MOUNT_THICK_MM
    foot = standing.level(at.SHELF_LOW_MM, back, lean)[1] - p.STAND_LOW_MM + p.STAND_THICK_MM
    front_z = -p.SKIRT_MM + p.SHELF_OUT_MM
    screw_z = front_z - p.FOOT_SCREW_MM / math.cos(lean)  # of the shelf's lower side straight over a screw
    low, high = (standing.level(at.SHELF_LOW_MM, z, lean)[1] - foot for z in (screw_z, front_z))
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert f"under a gap of {low:.0f} to {high:.0f} mm" in page


def test_face_and_brows_have_no_sharp_edge_above(meshes):
    top, low = p.TILE_THICK_MM + p.INK_MM, p.TILE_THICK_MM + p.INK_MM - p.INK_EDGE_MM
    assert f"upper edge is chamfered by {p.INK_EDGE_MM:g} mm" in accessibility()
    for face in range(1, p.FACES + 1):
        level = [f for f in meshes[f"tile-{face}"] if all(abs(z - top) < 1e-3 for _, _, z in f)]
        upright = [
            f
            for f in meshes[f"tile-{face}"]
            if max(z for _, _, z in f) > low + 1e-3
            and min(z for _, _, z in f) > p.TILE_THICK_MM - 1e-3
            and abs(printable.normal_and_area(f)[0][2]) < 0.3
            and any(abs(z - top) < 1e-3 for _, _, z in f)
        ]
        assert level and not upright


def test_what_a_print_of_the_stand_takes_is_told(meshes):
    stand = facets.body(meshes["table-stand"])
    told = f"{stand.high[2]:.0f} mm high as it lies, and {stand.volume_mm3 / 1000:.0f} cm³ of plastic"
    bed = f"on a bed of {p.BED_MM:.0f} mm under {p.PRINT_HIGH_MM:.0f} mm of height"
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert told in page and bed in page


def test_from_how_low_an_eye_sees_all_that_is_drawn_on_a_card():
    told = re.search(r"lowest (\d+) mm of every card are\s+empty", accessibility())
    empty_mm = card.HIGH - max(lowest_mm(card.card(words)) for words in (("fi",), ("sv",), ("en",), tuple(WORDS)))
    assert int(told[1]) == int(empty_mm)
    signs = (ROOT / "hardware/signs/README.md").read_text(encoding="utf-8")
    assert f"in the slot; {int(empty_mm)} mm are empty" in signs
    wall, low, high, pole, high_pole = (
        standing.lowest_eye_mm(lean, buttons_mm, int(empty_mm)) for _, lean, buttons_mm in standing.places()
    )
    assert (wall, low, pole) == (standing.EYES_MM[0],) * 3
    assert f"a table of {standing.TABLES_MM[1]:.0f} mm from {high:,.0f} mm on" in accessibility()
    assert f"its buttons at {standing.WANTED_MM:,.0f} mm only from {high_pole:,.0f} mm on" in accessibility()
    assert f"its buttons at {standing.POLE_MM:,.0f} mm from {pole:,.0f} mm on" in accessibility()
    assert f"from an eye of at least {high:,.0f} mm over the floor" in accessibility()
    over = f"plate stands {p.CARD_OVER_MM:.0f} mm over the box"
    assert over in accessibility()


def lowest_mm(svg):
    """From a drawing's upper edge to the lowest end of a text or of the code's place."""
    texts = [float(y) for y in re.findall(r'<text x="[\d.]+" y="([\d.]+)"', svg)]
    return max(*texts, card.FOOT_Y + card.CODE)


def test_how_much_of_a_card_the_box_hides_is_computed(meshes):
    assert "\n".join(standing.hidden()).split("\n| distance")[0] in accessibility()
    assert all(line in accessibility() for line in standing.hidden())
    # by another way: from the eye to where the card's lowest seen point is, no corner of the box lies above the line
    for (_, lean, buttons_mm), eye_mm in itertools.product(standing.places(), standing.EYES_MM):
        hidden = standing.hidden_mm(lean, buttons_mm, eye_mm)
        low = at.TOP_MM + p.CARD_OVER_MM - p.CARD_DEEP_MM
        seen = standing.level(low + hidden, -at.CASE_DEEP_MM - p.CLEAT_MM - p.MOUNT_THICK_MM / 2, lean)
        eye = [standing.button(lean)[0] + standing.EYE_OFF_MM, standing.button(lean)[1] + eye_mm - buttons_mm]
        for corner in (
            (at.TOP_MM - p.FRONT_EDGE_MM, 0.0),
            (at.TOP_MM, -p.FRONT_EDGE_MM),
            (at.TOP_MM, -at.CASE_DEEP_MM),
        ):
            forth, up = standing.level(*corner, lean)
            share = (forth - seen[0]) / (eye[0] - seen[0])
            assert up <= seen[1] + share * (eye[1] - seen[1]) + 1e-6
    long = at.TOP_MM + p.CARD_OVER_MM - at.SHELF_LOW_MM
    sizes = [max(a) - min(a) for a in zip(*(corner for facet in meshes["wall-mount"] for corner in facet), strict=True)]
    assert any(size == pytest.approx(long, abs=0.01) for size in sizes)


def test_the_table_stand_is_as_deep_as_its_sum_says(meshes):
    lean = standing.LEAN
    forth = [standing.level(y, -x, lean)[0] for facet in meshes["table-stand"] for x, y, _ in facet]
    other = [standing.level(y, x, lean)[0] for facet in meshes["table-stand"] for x, y, _ in facet]
    deep = {round(max(f) - min(f)) for f in (forth, other)}
    assert any(abs(d - p.STAND_DEEP_MM) <= 2 for d in deep), deep
