"""Whether an account ends at the broker when it ends at hymio."""

import time
from collections.abc import Callable, Iterator

from hymio.doctor.bed import Bed
from hymio.doctor.finding import Finding, bad, ok
from hymio.doctor.line import Line

AT_MOST_S = 1.0
_EMBEDDED_S = 6.0  # it looks every five seconds
_PATIENCE_S = 10.0


def check(bed: Bed, end: Callable[[str], None]) -> Iterator[Finding]:
    """``end`` ends the account of that name, as `hymio kiosk retire` does."""
    one = bed.guests.one
    at_most_s = _EMBEDDED_S if bed.embedded else AT_MOST_S
    with bed.line(one) as kiosk:
        end(one.name)
        began_s = time.monotonic()
        out = kiosk.wait(lambda: not kiosk.open, _PATIENCE_S)
        took_s = time.monotonic() - began_s
    with Line(bed.address, one) as again:
        admitted = again.refused is None
    todo = "have the broker read its accounts again when broker_accounts changes: broker_pid (docs/settings.md)"
    if not out or admitted:
        what = "stayed connected" if not out else "was let in again"
        yield bad(f"a kiosk whose account had ended {what}", todo)
    elif took_s > at_most_s:
        yield bad(f"a kiosk whose account had ended was put out after {took_s:.1f} s", todo)
    else:
        yield ok(f"a kiosk whose account ends is put out after {took_s:.1f} s and refused from then on")
