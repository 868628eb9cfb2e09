"""No output of hardware/ is out of date; seen by sums alone, so this runs in `make check` and needs no CAD."""

import dataclasses
import re
import subprocess
from pathlib import Path

import pytest

from hardware import manifest
from hardware.step import ROOT, Step
from hardware.steps import STEPS, chosen

MOST_MIB = 12  # of outputs in git, all together: box 6, carrier board 5, the rest 1


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_every_output_belongs_to_its_sources(step):
    assert not manifest.complaints(ROOT, step)


def tracked():
    """What git knows and what it would take in, under hardware/."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "hardware"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    return [name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def test_every_file_is_a_document_or_code_or_a_source_or_an_output_of_a_step():
    known = {path for step in STEPS for path in (*step.source_paths(ROOT), *step.output_paths(ROOT))}
    stray = [name for name in tracked() if Path(name).suffix not in (".md", ".py") and name not in known]
    records = {manifest.place(ROOT, step).relative_to(ROOT).as_posix() for step in STEPS}
    assert not sorted(set(stray) - records)


def test_no_file_is_made_by_two_steps_or_before_its_source():
    makers = [(step, path) for step in STEPS for path in step.output_paths(ROOT)]
    assert len({path for _, path in makers}) == len(makers)
    for step, path in makers:
        late = STEPS[STEPS.index(step) :]
        users = [user.name for user in STEPS if path in user.source_paths(ROOT)]
        assert set(users) <= {one.name for one in late}, path


def test_every_drawing_names_a_typeface_that_is_everywhere():
    drawings = [path for step in STEPS for path in step.output_paths(ROOT) if path.endswith(".svg")]
    assert len(drawings) > 10
    for path in drawings:
        faces = set(re.findall(r'font-family="([^"]+)"', (ROOT / path).read_text(encoding="utf-8")))
        assert faces and all(face.endswith(", sans-serif") for face in faces), path


def test_the_outputs_stay_small():
    size = sum((ROOT / path).stat().st_size for step in STEPS for path in step.output_paths(ROOT))
    assert size < MOST_MIB << 20


STEP = Step("drawing", sources=("in/*",), outputs=("out/*.svg",), commands=(("draw", "in", "out"),))


@pytest.fixture
def made(tmp_path):
    for name, content in {"in/size": "40 mm", "out/front.svg": "<svg/>", "out/back.svg": "<svg/>"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    manifest.record(tmp_path, STEP)
    return tmp_path


def test_what_was_just_made_is_fresh(made):
    assert not manifest.complaints(made, STEP)


def test_a_changed_source_names_every_output_and_itself(made):
    (made / "in/size").write_text("41 mm")
    assert manifest.complaints(made, STEP) == [
        f"out/{side}.svg does not belong to its sources: in/size changed (make hardware STEPS=drawing)"
        for side in ("back", "front")
    ]


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda root: (root / "in/size").unlink(), "in/size is gone"),
        (lambda root: (root / "in/colour").write_text("red"), "in/colour is new"),
        (lambda root: (root / "out/front.svg").write_text("<svg />"), "out/front.svg changed, but its sources did not"),
        (lambda root: (root / "out/front.svg").unlink(), "out/front.svg is gone"),
        (lambda root: (root / "out/side.svg").write_text("<svg/>"), "out/side.svg is new"),
    ],
)
def test_what_is_not_as_it_was_made_is_named(made, harm, said):
    harm(made)
    assert any(said in complaint for complaint in manifest.complaints(made, STEP))


def test_another_command_makes_its_outputs_stale(made):
    other = dataclasses.replace(STEP, commands=(("draw", "--in-red"),))
    assert "its commands changed" in manifest.complaints(made, other)[0]


def test_a_step_that_never_ran_is_stale(tmp_path):
    assert manifest.complaints(tmp_path, STEP)


def test_a_step_that_nobody_knows_is_refused():
    with pytest.raises(KeyError):
        chosen(["drawing-of-nothing"], [])
