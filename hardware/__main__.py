"""``python -m hardware make|check|list [STEP …]``: what ``make hardware`` and ``make hardware-check`` run."""

import shutil
import sys
import time
from pathlib import Path

from hardware import likeness, manifest, workbench
from hardware.step import ROOT, Step
from hardware.steps import STEPS, chosen

FOLDER = ROOT / workbench.CACHE / "run"


def made(step: Step) -> tuple[Path, list[str]]:
    """Runs a step; the folder it ran in, and its outputs there."""
    began_s = time.monotonic()
    folder = FOLDER / step.name
    paths = workbench.run(ROOT, step, ROOT, folder)
    print(f"{step.name}: {len(paths)} outputs in {time.monotonic() - began_s:.1f} s", flush=True)
    return folder, paths


def make(steps: list[Step]) -> int:
    """Brings the outputs into the tree. One that says the same as before stays as it is, date and all."""
    for step in steps:
        folder, paths = made(step)
        for path in set(step.output_paths(ROOT)) - set(paths):
            (ROOT / path).unlink()
        for path in paths:
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            if not (ROOT / path).exists() or likeness.difference(ROOT / path, folder / path):
                shutil.copyfile(folder / path, ROOT / path)
        manifest.record(ROOT, step)
    return 0


def check(steps: list[Step]) -> int:
    """Makes the outputs elsewhere and says which of those in the tree differ."""
    found = []
    for step in steps:
        folder, paths = made(step)
        here = step.output_paths(ROOT)
        found += [f"{path} is not made by {step.name}" for path in here if path not in paths]
        found += [f"{path} is not in the tree" for path in paths if path not in here]
        for path in sorted({*here} & {*paths}):
            differs = likeness.difference(ROOT / path, folder / path)
            found += [f"{path}: {differs}"] if differs else []
    print("\n".join(found) or "hardware: what is in the tree is what its sources make")
    return 1 if found else 0


def main(words: list[str]) -> int:
    stale = [step.name for step in STEPS if manifest.complaints(ROOT, step)]
    if words[:1] == ["list"]:
        for step in STEPS:
            print(f"{step.name:24}{'stale' if step.name in stale else 'fresh':8}{' '.join(step.needs)}")
        return 0
    if words[:1] not in (["make"], ["check"]):
        print(__doc__)
        return 2
    try:
        steps = chosen(words[1:], stale)
        workbench.set_up(ROOT, steps)
        return make(steps) if words[0] == "make" else check(steps)
    except KeyError as e:
        print(f"hardware: there is no step {e.args[0]}; there are {', '.join(step.name for step in STEPS)}")
    except workbench.StepError as e:
        print(f"hardware: {e}")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
