"""Which output was made from which sources: a JSON file a step, with the SHA-256 of each, beside the outputs in git.

A step's file says what held when the step last ran. Whoever changes a source, or an output by hand, makes it wrong, and
that is seen without any of the tools that make the outputs."""

import hashlib
import json
from pathlib import Path

from hardware.step import Step

FOLDER = "hardware/manifest"


def place(root: Path, step: Step) -> Path:
    return root / FOLDER / f"{step.name}.json"


def sums(root: Path, paths: list[str]) -> dict[str, str]:
    return {path: hashlib.sha256((root / path).read_bytes()).hexdigest() for path in paths}


def recorded(root: Path, step: Step) -> dict:
    """What the step's file says, empty where there is none."""
    path = place(root, step)
    if not path.exists():
        return {"commands": [], "sources": {}, "outputs": {}}
    return json.loads(path.read_text(encoding="utf-8"))


def current(root: Path, step: Step) -> dict:
    """What the step's file would say if the outputs had just been made."""
    return {
        "commands": [list(command) for command in step.commands],
        "sources": sums(root, step.source_paths(root)),
        "outputs": sums(root, step.output_paths(root)),
    }


def record(root: Path, step: Step) -> None:
    path = place(root, step)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(current(root, step), indent=1, sort_keys=True) + "\n", encoding="utf-8")


def changes(then: dict[str, str], now: dict[str, str]) -> list[str]:
    """What differs, in words: ``a.py changed``."""
    words = [f"{path} is gone" for path in then if path not in now]
    words += [f"{path} is new" for path in now if path not in then]
    return sorted(words + [f"{path} changed" for path in now if path in then and then[path] != now[path]])


def complaints(root: Path, step: Step) -> list[str]:
    """Every output of the step that does not belong to its sources, by name and with the reason; else nothing."""
    then, now = recorded(root, step), current(root, step)
    mend = f"make hardware STEPS={step.name}"
    reasons = changes(then["sources"], now["sources"])
    if then["commands"] != now["commands"]:
        reasons.append("its commands changed")
    if reasons or not then["outputs"]:
        of = sorted(then["outputs"]) or list(step.outputs)
        why = "; ".join(reasons) or "it was never made"
        return [f"{path} does not belong to its sources: {why} ({mend})" for path in of]
    return [f"{words}, but its sources did not ({mend})" for words in changes(then["outputs"], now["outputs"])]
