"""A site's own question stays on its paper and clear of all else, by its letters' real widths; or it is refused."""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware import inter
from hardware.signs import card, letters, pdf, poster, question
from hardware.signs.__main__ import drawings
from hardware.signs.words import WORDS
from hardware.step import ROOT

SPACE = "{http://www.w3.org/2000/svg}"
MARGIN_MM = 5  # that README.md promises to printers
ALL = "card-fi-sv-en.svg"
QUESTIONS = (
    "Miten asiointi sujui?",
    "Hur nöjd är du med servicen?",
    "Kuinka tyytyväinen olit palveluun?",
    "How satisfied are you with our service today?",
    "Hur nöjd är du i dag med personalen och servicen på badhus?",
    "Årets gång på ÅGÅRDEN i Ängby, (gör den er nöjd)?",
    "Terveydenhuoltopalveluihin tyytyväinen?",
    "Terveydenhuoltopalveluihin?",
    "Oletko terveydenhuoltopalveluihin yhteispalvelupisteessä tyytyväinen?",
)
LONG = QUESTIONS[4]
CODE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 33 33"><path d="M4 4h7v7h-7z"/></svg>'


@pytest.fixture(scope="module")
def code(tmp_path_factory):
    path = tmp_path_factory.mktemp("code") / "code.svg"
    path.write_text(CODE, encoding="utf-8")
    return path


def figures(one, *names):
    return [float(one.get(name)) for name in names]


def text_box(one):
    """Left, top, right, bottom of what is printed of a text."""
    x, y, size = figures(one, "x", "y", "font-size")
    wide = inter.width(one.text, size, int(one.get("font-weight", 400)))
    left = x - wide * {None: 0, "middle": 0.5, "end": 1}[one.get("text-anchor")]
    high = inter.RING if re.search("[À-ÞĀ-Ž(|]", one.text) else 0.77
    return left, y - high * size, left + wide, y + inter.TAIL * size


def shape_boxes(root):
    for one in root.iterfind(f"{SPACE}circle"):
        x, y, r = figures(one, "cx", "cy", "r")
        yield x - r, y - r, x + r, y + r
    for one in root.iterfind(f"{SPACE}image"):
        x, y, wide, high = figures(one, "x", "y", "width", "height")
        yield x, y, x + wide, y + high
    for one in root.iterfind(f"{SPACE}path"):
        left, y, right = map(float, re.fullmatch(r"M([\d.]+) ([\d.]+)H([\d.]+)", one.get("d")).groups())
        yield left, y - 0.25, right, y + 0.25
    for one in root.iterfind(f"{SPACE}g"):
        x, y, scale = map(float, re.match(r"translate\((\S+) (\S+)\) scale\((\S+)\)", one.get("transform")).groups())
        r = scale * max(
            float(part.get("r")) + float(part.get("stroke-width", 0)) / 2 for part in one.iter(f"{SPACE}circle")
        )
        yield x - r, y - r, x + r, y + r


def crosses(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def faults(svg):
    """What of a sign leaves its paper's margin or crosses another thing."""
    root = ElementTree.fromstring(svg)
    wide, high = map(float, root.get("viewBox").split()[2:])
    on_ground = [one for one in root.iter(f"{SPACE}text") if one.get("fill") != "#fff"]
    texts = [(one.text, text_box(one)) for one in on_ground]
    shapes = [(f"shape at {box[:2]}", box) for box in shape_boxes(root)]
    for name, (left, top, right, bottom) in texts + shapes:
        if min(left, top, wide - right, high - bottom) < MARGIN_MM - 1e-9:
            yield f"{name} comes near the paper's edge"
    for one, other in [*combinations(texts, 2), *((text, shape) for text in texts for shape in shapes)]:
        if crosses(one[1], other[1]):
            yield f"{one[0]} crosses {other[0]}"


def signs_of(questions, code):
    return {name: draw for name, draw in drawings(questions, code).items() if not name.startswith("touch")}


def test_the_project_s_own_signs_are_clear(code):
    for name, draw in signs_of({}, code).items():
        assert list(faults(draw())) == [], name


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("asked", QUESTIONS)
def test_a_question_in_one_language_is_clear_of_all_else_on_every_sign(asked, language, code):
    for name, draw in signs_of({language: asked}, code).items():
        assert list(faults(draw())) == [], name


@pytest.mark.parametrize("asked", QUESTIONS)
def test_a_question_in_every_language_is_clear_or_refused(asked, code):
    for name, draw in signs_of(dict.fromkeys(WORDS, asked), code).items():
        if name == ALL and question.wide_mm(asked, question.LEAST) > card.ROOM_SMALL:
            with pytest.raises(question.TooLong, match=r"--fi.*--sv.*--en.* 194 mm .*about 46 letters"):
                draw()
        else:
            assert list(faults(draw())) == [], name


def test_a_fault_is_found():
    svg = card.card(("fi",)).replace("Millainen käyntisi oli?", LONG)
    assert any("edge" in one for one in faults(svg))
    svg = card.card(("fi",)).replace('y="31"', 'y="45"')
    assert any("crosses shape" in one for one in faults(svg))


def test_a_question_that_fits_keeps_its_line_and_a_longer_one_is_balanced():
    assert question.setting(QUESTIONS[0], 13.5, 186, "fi") == question.Setting(13.5, (QUESTIONS[0],))
    assert question.setting(QUESTIONS[2], 13.5, 186, "fi").lines == ("Kuinka tyytyväinen", "olit palveluun?")
    word = question.setting("Terveydenhuoltopalveluihin?", 13.5, 174, "fi")
    assert len(word.lines) == 1 and question.LEAST < word.size < 13.5


def test_a_letter_that_the_typeface_has_not_counts_as_its_widest():
    assert question.wide_mm("Привет 🙂", 10) > question.wide_mm("MMMMMM M", 10)


def test_a_letter_typed_as_two_is_measured_as_one_and_a_fixed_space_is_not_broken():
    assert question.tidy(" Mita\u0308  kuuluu\n\x07? ") == "Mitä kuuluu ?"
    kept = question.setting("Hur nöjd är du med\u00a0servicen i dag?", 13.5, 186, "sv")
    assert kept.lines == ("Hur nöjd är du", "med\u00a0servicen i dag?")


@given(st.lists(st.text("aijmwÅäöy?", min_size=1, max_size=30), min_size=1, max_size=12), st.sampled_from((174, 186)))
def test_whatever_is_asked_fits_its_room_or_is_refused(words, room_mm):
    asked = " ".join(words)
    try:
        one = question.setting(asked, 15.0, room_mm, "fi")
    except question.TooLong:
        least = question.halves(asked, question.LEAST).wide_mm
        assert least > room_mm
        return
    assert one.text == asked and len(one.lines) <= 2
    assert one.wide_mm <= room_mm and one.size >= question.LEAST


def test_the_least_letters_are_those_of_the_accessibility_table():
    told = (ROOT / "hardware/accessibility.md").read_text(encoding="utf-8")
    least, most = (round(letters.far_mm(size)) for size in (question.LEAST, poster.TITLE))
    assert f"from {least} to {most} mm, by sign" in told
    assert f"never under an H of {question.LEAST * inter.CAPITAL:.1f} mm" in told


def test_the_page_says_what_a_line_and_a_margin_are():
    told = " ".join((ROOT / "hardware/signs/README.md").read_text(encoding="utf-8").split())
    holds = question.letters(card.ROOM_SMALL, card.QUESTION_SMALL)
    assert f"one line of {card.ROOM_SMALL:.0f} mm, some {holds} letters, and one of them may have two" in told
    assert f"Nothing is drawn within {MARGIN_MM} mm of the paper's edge" in told


# As somebody runs it


def run(tmp_path, *words, programs=None):
    """In a shell that finds these programs alone: name and script."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    if programs is not None:
        folder = tmp_path / "programs"
        folder.mkdir(exist_ok=True)
        for name, script in programs.items():
            (folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
            (folder / name).chmod(0o755)
        env["PATH"] = str(folder)
    command = [sys.executable, "-m", "hardware.signs", *words]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def test_a_refusal_names_language_option_length_and_what_to_do_and_leaves_the_other_signs(tmp_path):
    for older in ("card-sv.svg", "card-sv.pdf", "card-fi.pdf"):
        (tmp_path / older).write_text("of another question")
    longer = f"{LONG} Och vad tyckte du om vår nya entré, våra öppettider och om priset?"
    ran = run(tmp_path, "--into", str(tmp_path), "--sv", longer)
    assert ran.returncode == 1 and "Traceback" not in ran.stderr
    (line,) = (line for line in ran.stderr.splitlines() if "card-sv.svg is not drawn" in line)
    for said in ("Swedish (--sv)", "letters of 6.1 mm", "line holds 186 mm (about 4", "ask it in fewer words"):
        assert said in line
    assert {path.name for path in tmp_path.iterdir()} == {
        "card-fi.svg",
        "card-en.svg",
        "easy-fi.svg",
        "easy-en.svg",
        "touch-sheet.svg",
    }


def test_what_is_set_smaller_and_which_language_has_no_question_is_said(tmp_path):
    ran = run(tmp_path, "--into", str(tmp_path), "--fi", "Kuinka tyytyväinen olit tänään saamaasi palveluun?")
    assert ran.returncode == 0
    assert "card-fi: the question is set smaller, read from 797 mm, not 803" in ran.stderr
    assert "the signs in Swedish (--sv) and English (--en) ask the project's question" in ran.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--fi", "Miten meni?"], "say --into FOLDER"),
        (["--into", "x", "--fi", "  "], "--fi: the question is empty"),
        (["--into", "x", "--qr", "code.jpg"], "--qr code.jpg: give a file that is there and ends in .svg or .png"),
    ],
)
def test_what_cannot_be_meant_is_answered_with_a_sentence(tmp_path, words, said):
    ran = run(tmp_path, *words)
    assert ran.returncode == 2 and said in ran.stderr and "Traceback" not in ran.stderr


@pytest.mark.parametrize(
    ("programs", "said"),
    [({"fc-list": ":"}, pdf.ABSENT), ({}, pdf.UNKNOWN), ({"fc-list": "echo Inter,Inter Medium"}, "")],
)
def test_whoever_has_not_the_typeface_is_told(tmp_path, programs, said):
    ran = run(tmp_path, "--into", str(tmp_path / "out"), programs=programs)
    assert ran.returncode == 0 and ran.stderr == (f"signs: {said}\n" if said else "")


def test_a_pdf_lies_beside_each_drawing_where_there_is_a_program_for_it(tmp_path):
    out = tmp_path / "out"
    ran = run(tmp_path, "--into", str(out), "--pdf", programs={})
    assert ran.returncode == 1 and pdf.NO_PROGRAM in ran.stderr and not list(out.glob("*.pdf"))
    other = {"rsvg-convert": "exit 9", "fc-list": ":"}
    ran = run(tmp_path, "--into", str(out), "--pdf", programs=other)
    assert ran.returncode == 1 and ran.stderr == f"signs: {pdf.ABSENT}\n"
    fake = {"rsvg-convert": 'echo "$@" > "$4"', "fc-list": "echo Inter"}
    assert run(tmp_path, "--into", str(out), "--pdf", programs=fake).returncode == 0
    assert {path.stem for path in out.glob("*.pdf")} == {path.stem for path in out.glob("*.svg")}
    assert (out / "card-fi.pdf").read_text().split() == [
        "-f",
        "pdf",
        "-o",
        str(out / "card-fi.pdf"),
        str(out / "card-fi.svg"),
    ]
