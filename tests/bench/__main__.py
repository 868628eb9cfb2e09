"""Prints every figure as it is measured: ``name value unit against``.

``against`` is what the figure must keep to, or -, and after a comma what another way costs in the same unit:
``mqtt_as_8.1``, once measured on such a machine. What is timed here beside its naive way is a ``ratio`` as well.
Arguments choose parts by the names of their files. How busy the computer was is said for each part, on standard error.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

from tests.bench import (
    backlog,
    beside,
    crowd,
    draining,
    emulating,
    growth,
    ingesting,
    journalling,
    moving,
    outage,
    pressing,
    reading,
    restarting,
    shipping,
    storing,
    travelling,
    verifying,
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
    growth,
    moving,
    outage,
    beside,
    travelling,
    verifying,
)


def keeps(value, against):
    """Whether a figure keeps to ``under_N`` or ``over_N``; ``-`` asks nothing."""
    word, _, limit = against.partition(",")[0].partition("_")
    return not limit or (value < float(limit) if word == "under" else value > float(limit))


def main():
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        for part in chosen(sys.argv[1:]):
            place = Path(folder) / part.__name__
            place.mkdir()
            began = time.monotonic()
            for name, value, unit, against in part.figures(place):
                print(f"{name} {value:{'.4g' if value < 1000 else '.0f'}} {unit} {against}", flush=True)
                if not keeps(value, against):
                    missed.append(name)
            took_s, (busy, *_) = time.monotonic() - began, os.getloadavg()
            print(f"({short(part)} took {took_s:.0f} s; load average at its end {busy:.1f})", file=sys.stderr)
    if missed:
        sys.exit("not kept: " + ", ".join(missed))


def chosen(names):
    """The parts of these names; all where there is none."""
    known = {short(part): part for part in PARTS}
    if strangers := sorted(set(names) - known.keys()):
        sys.exit(f"no such part: {', '.join(strangers)}; there are {', '.join(known)}")
    return [known[name] for name in names] or PARTS


def short(part):
    return part.__name__.rpartition(".")[2]


if __name__ == "__main__":
    main()
