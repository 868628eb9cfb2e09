"""Prints every figure as it is measured: ``name value unit against``, the last what the figure must keep to."""

import sys
import tempfile
from pathlib import Path

from tests.bench import reading, storing, travelling


def keeps(value, against):
    """Whether a figure keeps to ``under_N`` or ``over_N``; ``-`` asks nothing."""
    word, _, limit = against.partition("_")
    return not limit or (value < float(limit) if word == "under" else value > float(limit))


def main():
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        for part in (reading, storing, travelling):
            place = Path(folder) / part.__name__
            place.mkdir()
            for name, value, unit, against in part.figures(place):
                print(f"{name} {value:.{2 if value < 100 else 0}f} {unit} {against}", flush=True)
                if not keeps(value, against):
                    missed.append(name)
    if missed:
        sys.exit("not kept: " + ", ".join(missed))


if __name__ == "__main__":
    main()
