"""What `make hardware-check` finds when an output is not what its sources make; of the steps that need no CAD.

What does is tried with `SOAK` where its tools are there (.ci/hardware-tools); it takes some minutes."""

import os
import shutil
import subprocess
import sys

import pytest

from hardware.step import ROOT
from hardware.steps import STEPS

PLAIN = [step.name for step in STEPS if not step.needs]
CAD = ROOT / ".cache/hardware"


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """The sources and outputs of every step, and the code that builds, in a tree of their own."""
    tree = tmp_path_factory.mktemp("clean") / "tree"
    for folder in ("hardware", ".ci"):
        shutil.copytree(ROOT / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for path in {path for step in STEPS for path in step.source_paths(ROOT)} | {"requirements-hardware.lock"}:
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, tree / path)
    return tree


@pytest.fixture
def tree(clean, tmp_path):
    """A copy to spoil."""
    return shutil.copytree(clean, tmp_path / "tree")


def check(tree, *steps):
    """(passed, what it said) of the command behind `make hardware-check`."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tree), str(tree / "firmware")])}
    done = subprocess.run(
        [sys.executable, "-m", "hardware", "check", *steps], cwd=tree, env=environment, capture_output=True, text=True
    )
    return done.returncode == 0, done.stdout + done.stderr


def spoil(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_what_is_in_the_tree_is_what_its_sources_make(clean):
    passed, said = check(clean, *PLAIN)
    assert passed, said


@pytest.mark.parametrize(
    ("step", "path", "old", "new"),
    [
        ("bom", "hardware/electronics/parts.py", '"r1k", "1k", f"BUTTON{n}"', '"r2k2", "1k", f"BUTTON{n}"'),
        ("bom", "hardware/electronics/kinds.toml", "resistor 180 Ω", "resistor 220 Ω"),
        ("bom", "hardware/electronics/bom.csv", "2022-06-30", "2025-06-30"),
        ("signs", "hardware/signs/words.py", "Hur var ditt besök?", "Hur var din besök?"),
        ("signs", "hardware/signs/out/card-fi.svg", '<text x="105" y="31"', '<text x="105.5" y="31"'),
        ("power", "hardware/power/figures.toml", "value = 2.9", "value = 3.9"),
    ],
)
def test_a_source_or_an_output_that_was_changed_alone_is_told(tree, step, path, old, new):
    spoil(tree / path, old, new)
    passed, said = check(tree, step)
    assert not passed
    assert "hardware/" in said and ("other text" in said or "failed in" in said), said


def tools(*needed):
    return pytest.mark.skipif(
        not os.environ.get("SOAK") or not all((CAD / one).exists() for one in needed),
        reason="SOAK and the tools of make hardware",
    )


@tools("venv/of")
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("DOT_MM = 5.0", "DOT_MM = 5.1", "tile-4.stl: a volume of"),
        ("TILE_LONG_MM = 104.0", "TILE_LONG_MM = 104.5", "front.stl: a volume of"),
        ("VESA_MM = 75.0", "VESA_MM = 75.4", "wall-mount.stl: "),
        ("BUTTON_NUT_MM = 36.0", "BUTTON_NUT_MM = 51.0", "nut of button 1 and nut of button 2 share"),
        ("PLUG_CORNER_MM = 1.0", "PLUG_CORNER_MM = 3.0", "the plug does not pass the hole for the cable"),
        ("FOOT_DRIVER_MM = 11.0", "FOOT_DRIVER_MM = 9.0", "a wood screw of the table stand cannot be driven straight"),
    ],
)
def test_a_dimension_that_was_changed_is_told(tree, old, new, said):
    (tree / ".cache/hardware").mkdir(parents=True)
    (tree / ".cache/hardware/venv").symlink_to(CAD / "venv")
    spoil(tree / "hardware/enclosure/parameters.py", old, new)
    passed, found = check(tree, "enclosure")
    assert not passed
    assert said in found
