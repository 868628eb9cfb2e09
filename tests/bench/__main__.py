"""Prints every figure as it is measured: ``name value unit against``.

``against`` is what the figure must keep to, or -, and after a comma what another way costs in the same unit:
``mqtt_as_8.1``, once measured on such a machine. What is timed here beside its naive way is a ``ratio`` as well.
"""

import sys
import tempfile
from pathlib import Path

from tests.bench import (
    backlog,
    crowd,
    draining,
    emulating,
    ingesting,
    journalling,
    pressing,
    reading,
    restarting,
    shipping,
    storing,
    travelling,
)

PARTS = (
    shipping,
    journalling,
    pressing,
    emulating,
    draining,
    restarting,
    reading,
    storing,
    ingesting,
    backlog,
    crowd,
    travelling,
)


def keeps(value, against):
    """Whether a figure keeps to ``under_N`` or ``over_N``; ``-`` asks nothing."""
    word, _, limit = against.partition(",")[0].partition("_")
    return not limit or (value < float(limit) if word == "under" else value > float(limit))


def main():
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        for part in PARTS:
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
