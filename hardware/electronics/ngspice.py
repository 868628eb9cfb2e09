"""Runs a circuit in ngspice, in batch mode, and gives back what it computed."""

import subprocess
import tempfile
from itertools import pairwise
from pathlib import Path


class SimulationError(Exception):
    """ngspice did not compute what it was asked; the text is its own."""


MOST_S = 120
Samples = list[tuple[float, ...]]


def simulate(circuit: str, wanted: str) -> Samples:
    """Rows (s, V, …) of the ``.tran`` in ``circuit``, which has no ``.end``; ``wanted``: what to print, ``v(pin)``.

    Raises SimulationError, also after MOST_S."""
    with tempfile.TemporaryDirectory() as folder:
        control = f".control\nset wr_singlescale\nrun\nwrdata out.data {wanted}\n.endc\n.end\n"
        (Path(folder) / "circuit.cir").write_text(circuit + control, encoding="utf-8")
        words = ["ngspice", "-b", "circuit.cir"]
        try:
            done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=MOST_S)
        except subprocess.TimeoutExpired as e:
            raise SimulationError(f"ngspice did not end within {MOST_S} s") from e
        out = Path(folder) / "out.data"
        if not out.exists():
            raise SimulationError(done.stdout[-2000:] + done.stderr[-2000:])
        return [tuple(map(float, line.split())) for line in out.read_text(encoding="utf-8").splitlines()]


def at(samples: Samples, time_s: float, column: int = 1) -> float:
    """What a column is at a time, between two samples by a straight line."""
    for before, after in pairwise(samples):
        if before[0] <= time_s <= after[0]:
            share = (time_s - before[0]) / ((after[0] - before[0]) or 1.0)
            return before[column] + share * (after[column] - before[column])
    return samples[-1][column]
