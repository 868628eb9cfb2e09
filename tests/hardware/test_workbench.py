import pytest

from hardware.step import Step
from hardware.workbench import StepError, run

COPY = "import pathlib; pathlib.Path('out/b').write_text(pathlib.Path('in/a').read_text() * 2)"


def step(sources=("in/a",), outputs=("out/b",), code=COPY):
    return Step("copy", sources, outputs, (("python3", "-c", code),))


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "tree/in").mkdir(parents=True)
    (tmp_path / "tree/in/a").write_text("a")
    return tmp_path / "tree"


def test_a_step_makes_its_outputs_from_its_sources(tree, tmp_path):
    assert run(tree, step(), tree, tmp_path / "bench") == ["out/b"]
    assert (tmp_path / "bench/out/b").read_text() == "aa"
    assert not (tree / "out").exists()


def test_a_step_does_not_see_what_it_does_not_name(tree, tmp_path):
    (tree / "in/secret").write_text("s")
    with pytest.raises(StepError):
        run(tree, step(code="open('in/secret')"), tree, tmp_path / "bench")


def test_a_step_without_its_output_has_failed(tree, tmp_path):
    with pytest.raises(StepError, match="did not make out/b"):
        run(tree, step(code="pass"), tree, tmp_path / "bench")


def test_a_step_without_its_program_says_which(tree, tmp_path):
    missing = Step("copy", ("in/a",), ("out/b",), (("no-such-program",),))
    with pytest.raises(StepError, match="no-such-program"):
        run(tree, missing, tree, tmp_path / "bench")


def test_what_an_earlier_run_left_is_not_taken_for_an_output(tree, tmp_path):
    run(tree, step(), tree, tmp_path / "bench")
    with pytest.raises(StepError):
        run(tree, step(code="pass"), tree, tmp_path / "bench")
