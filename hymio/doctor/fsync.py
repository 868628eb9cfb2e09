"""How long a commit takes on the very database: what every stored ack waits for.

Measured by commits of the guests' accounts, which are there anyway and go again.
"""

import statistics
import time
from collections.abc import Callable, Iterator

from hymio.doctor.finding import Finding, bad, ok, warn

TRIES = 20
SLOW_MS = 20.0  # median; a stored ack is told within 20 ms where nothing is wrong
BAD_MS = 200.0  # median; a kiosk does not take the time from an answer that comes after 2 s, and ten may wait
IN_MEMORY = {"tmpfs", "ramfs"}


def check(commit: Callable[[], None], filesystem: str) -> Iterator[Finding]:
    """``commit`` makes a small durable change; ``filesystem``: where SQLite's file is, or empty."""
    if filesystem in IN_MEMORY:
        yield bad(f"the database lies on {filesystem}, in memory: a restart takes it away", "move it to a disk")
        return
    took_ms = []
    for _ in range(TRIES):
        began_s = time.monotonic()
        commit()
        took_ms.append((time.monotonic() - began_s) * 1000)
    median_ms, longest_ms = statistics.median(took_ms), max(took_ms)
    seen = f"a commit takes {median_ms:.1f} ms, the longest of {TRIES} {longest_ms:.0f} ms"
    todo = "put the database on a faster disk (an SSD, not an SD card), or look what else writes there"
    if median_ms > BAD_MS:
        yield bad(seen, todo)
    elif median_ms > SLOW_MS:
        yield warn(seen, todo)
    else:
        yield ok(seen)
