"""Runs a step in a folder that holds its sources and nothing else, so that no output depends on what is not named."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from hardware.step import DEBIAN, KICAD, VENV, Step

CACHE = ".cache/hardware"
SETUP = ".ci/hardware-tools"
A_DATE = "1767225600"  # 2026-01-01, for tools that take the date of what they write from SOURCE_DATE_EPOCH


class StepError(Exception):
    """A step that did not make what it says it makes; the text is for the person who ran it."""


def set_up(root: Path, steps: list[Step]) -> None:
    """Installs the tools that these steps need, where they are missing. Raises StepError."""
    needs = [tool for tool in (DEBIAN, VENV, KICAD) if any(tool in step.needs for step in steps)]
    if needs and subprocess.run([root / SETUP, *needs]).returncode:
        raise StepError(f"the tools could not be set up: {', '.join(needs)}")


def environment(root: Path, folder: Path, step: Step) -> dict[str, str]:
    tools = [root / CACHE / "bin"] if KICAD in step.needs else []
    python = root / CACHE / "venv/bin" if VENV in step.needs else Path(sys.executable).parent
    return {
        **os.environ,
        "PATH": os.pathsep.join([str(python), *map(str, tools), os.environ.get("PATH", "")]),
        "PYTHONPATH": os.pathsep.join([str(folder), str(folder / "firmware")]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "SOURCE_DATE_EPOCH": A_DATE,
        "TZ": "UTC",
    }


def lay(root: Path, step: Step, folder: Path) -> None:
    for path in step.source_paths(root):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / path, folder / path)
    for glob in step.outputs:
        (folder / glob).parent.mkdir(parents=True, exist_ok=True)


def run(root: Path, step: Step, sources: Path, folder: Path) -> list[str]:
    """Makes the outputs of a step in ``folder``, from its sources under ``sources``, with the tools of ``root``.

    Returns their paths from ``folder``. Raises StepError when a command fails, or an output is missing."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    lay(sources, step, folder)
    env = environment(root, folder, step)
    for command in step.commands:
        program = shutil.which(command[0], path=env["PATH"])
        if program is None:
            raise StepError(f"{step.name}: there is no {command[0]}")
        if subprocess.run([program, *command[1:]], cwd=folder, env=env).returncode:
            raise StepError(f"{step.name}: failed in {folder}: {' '.join(command)}")
    missing = [glob for glob in step.outputs if not any(folder.glob(glob))]
    if missing:
        raise StepError(f"{step.name}: did not make {', '.join(missing)}")
    return step.output_paths(folder)
