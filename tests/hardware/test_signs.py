"""The signs say what the page and the box say, at the size that is printed on them."""

import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest
from babel.messages.pofile import read_po

from hardware.enclosure import drawn, layout, parameters
from hardware.signs import card, letters, poster, sheet
from hardware.signs.__main__ import drawings
from hardware.signs.steps import NAMES, PDF, SVG
from hardware.signs.words import EASY, WORDS
from hardware.step import ROOT

SIZES_MM = {"card": (card.WIDE, card.HIGH), "easy": (poster.WIDE, poster.HIGH), "touch": (sheet.WIDE, sheet.HIGH)}
POINTS = 72 / 25.4
SPACE = "{http://www.w3.org/2000/svg}"
CALLED = ("very unhappy", "unhappy", "happy", "very happy")


def page(name):
    return ElementTree.fromstring((ROOT / f"hardware/signs/out/{name}.svg").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", NAMES)
def test_a_drawing_is_as_large_as_its_paper(name):
    wide, high = SIZES_MM[name.split("-")[0]]
    root = page(name)
    assert (root.get("width"), root.get("height")) == (f"{wide:g}mm", f"{high:g}mm")
    assert root.get("viewBox") == f"0 0 {wide:g} {high:g}"


@pytest.mark.parametrize("path", PDF)
def test_a_pdf_is_as_large_as_its_paper_to_a_tenth_of_a_millimetre(path):
    wide, high = SIZES_MM[path.rsplit("/", 1)[1].split("-")[0]]
    box = re.search(rb"/MediaBox ?\[ ?0 0 ([\d.]+) ([\d.]+) ?\]", (ROOT / path).read_bytes())
    assert [float(one) / POINTS for one in box.groups()] == [pytest.approx(wide, abs=0.1), pytest.approx(high, abs=0.1)]


def test_the_drawings_are_what_their_code_draws():
    made = {name: draw() for name, draw in drawings({}, None).items()}
    assert {path.rsplit("/", 1)[1] for path in SVG} == set(made)
    for path in SVG:
        assert (ROOT / path).read_text(encoding="utf-8") == made[path.rsplit("/", 1)[1]], path


@pytest.mark.parametrize("language", WORDS)
def test_faces_are_called_what_the_dashboard_calls_them(language):
    with (ROOT / f"dashboard/locale/{language}/LC_MESSAGES/dashboard.po").open("rb") as file:
        catalogue = read_po(file, language)
    said = tuple((catalogue.get(one).string or one) for one in CALLED)
    assert WORDS[language].faces == said


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("touch")])
def test_faces_stand_from_left_to_right_each_with_as_many_dots_as_its_number(name):
    root = page(name)
    faces = [one for one in root.iter(f"{SPACE}g") if one.get("transform")]
    skins = [one.find(f"{SPACE}circle").get("fill") for one in faces]
    at = [float(re.match(r"translate\(([\d.]+)", one.get("transform"))[1]) for one in faces]
    assert skins == [drawn.drawings()[face].colour for face in (1, 2, 3, 4)]
    assert at == sorted(at)
    dots = [float(one.get("cx")) for one in root.findall(f"{SPACE}circle") if float(one.get("r")) < 2]
    half = (at[1] - at[0]) / 2
    assert [sum(abs(x - middle) < half for x in dots) for middle in at] == [1, 2, 3, 4]


def test_the_faces_of_a_card_stand_over_those_of_the_box():
    at = [float(x) for x in re.findall(r'<g transform="translate\(([\d.]+)', card.card(("fi",)))]
    assert [x - card.WIDE / 2 for x in at] == list(layout.FACE_X_MM.values())


def test_nothing_of_a_card_is_hidden_by_its_slot():
    for languages in [("fi",), ("sv",), ("en",), tuple(WORDS)]:
        lines = re.findall(r'<text x="[\d.]+" y="([\d.]+)"', card.card(languages))
        assert max(map(float, lines)) < card.HIGH - parameters.CARD_DEEP_MM
    assert card.FOOT_Y + card.CODE < card.HIGH - parameters.CARD_DEEP_MM


@pytest.mark.parametrize("language", EASY)
def test_easy_language_is_short(language):
    easy = EASY[language]
    sentences = re.findall(
        r"[^.!?]+[.!?]", " ".join([easy.title, *map(" ".join, easy.steps), *easy.touch, *easy.privacy])
    )
    assert max(len(sentence.split()) for sentence in sentences) <= 8


@pytest.mark.parametrize("language", WORDS)
def test_a_card_says_what_is_recorded(language):
    text = card.card((language,))
    assert all(line in text for line in WORDS[language].privacy)


@pytest.mark.parametrize(("language", "records"), [("fi", "tallentaa"), ("sv", "sparar"), ("en", "saves")])
def test_a_poster_in_easy_language_says_what_is_recorded_too(language, records):
    lines = EASY[language].privacy
    assert [records in line for line in lines] == [True, True, False, False, False]
    assert set(lines) <= {one.text for one in page(f"easy-{language}").iter(f"{SPACE}text")}


def test_nothing_of_a_poster_comes_near_the_papers_edge():
    for language in EASY:
        lines = [float(one.get("y")) for one in page(f"easy-{language}").iter(f"{SPACE}text")]
        assert max(lines) <= poster.HIGH - poster.EDGE


def test_the_sheet_shows_the_tiles_at_their_size():
    root = page("touch-sheet")
    tiles = [one for one in root.findall(f"{SPACE}rect") if one.get("rx")]
    assert {(float(one.get("width")), float(one.get("height"))) for one in tiles} == {
        (parameters.TILE_MM, parameters.TILE_LONG_MM)
    }
    dots = [one for one in root.findall(f"{SPACE}circle") if one.get("fill") == "#000"]
    assert [2 * float(one.get("r")) for one in dots] == [parameters.DOT_MM] * 10
    ruler = next(one for one in root.iter(f"{SPACE}path") if "h100" in one.get("d"))
    assert ruler is not None


def test_a_site_draws_its_own_question_and_code(tmp_path):
    code = tmp_path / "code.svg"
    code.write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 33 33"><path d="M4 4h7v7h-7z"/></svg>')
    words = ["--into", str(tmp_path / "out"), "--fi", "Miten <meni> & sujui?", "--qr", str(code)]
    subprocess.run([sys.executable, "-m", "hardware.signs", *words], cwd=ROOT, check=True)
    text = (tmp_path / "out/card-fi.svg").read_text(encoding="utf-8")
    ElementTree.fromstring(text)
    assert "Miten &lt;meni&gt; &amp; sujui?" in text
    assert "data:image/svg+xml;base64," in text and ">QR<" not in text
    assert "Hur var ditt besök?" in (tmp_path / "out/card-fi-sv-en.svg").read_text(encoding="utf-8")


def test_from_how_far_a_question_is_read_is_computed():
    told = (ROOT / "hardware/accessibility.md").read_text(encoding="utf-8")
    assert [row for row in letters.rows() if row not in told] == []
    sizes = [float(size) for name in NAMES if name[:4] in ("card", "easy") for size in sorted_sizes(page(name))[-1:]]
    assert set(sizes) == {size for _, size in letters.QUESTIONS_MM}


def sorted_sizes(root):
    return sorted(float(one.get("font-size")) for one in root.iter(f"{SPACE}text"))


def contrast(one, other):
    """WCAG 2.2's ratio of two colours ``#rrggbb``."""

    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted([luminance(one), luminance(other)], reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_what_is_written_and_drawn_can_be_seen():
    from hardware.paper import INK, SOFT

    assert contrast(INK, "#ffffff") > 15
    assert contrast(SOFT, "#ffffff") > 7
    for drawing in drawn.drawings().values():
        assert contrast(drawing.colour, drawing.ink) >= 4.5
