"""Prints every figure as it is measured: ``name value unit against``, the last what the figure must keep to."""

import sys
import tempfile
from pathlib import Path

from tests.bench import journalling, reading, storing, travelling


def keeps(value, against):
    """Whether a figure keeps to ``under_N`` or ``over_N``; ``-`` asks nothing."""
    word, _, limit = against.partition("_")
    return not limit or (value < float(limit) if word == "under" else value > float(limit))


def main():
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        for part in (journalling, reading, storing, travelling):
            place = Path(folder) / part.__name__
            place.mkdir()
            for name, value, unit, against in part.figures(place):
                print(f"{name} {value:{'.4g' if value < 1000 else '.0f'}} {unit} {against}", flush=True)
                if not keeps(value, against):
                    missed.append(name)
    if missed:
        sys.exit("not kept: " + ", ".join(missed))


if __name__ == "__main__":
    main()
