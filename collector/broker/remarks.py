"""What the broker refused or cut: counted by kind, and one line a minute for each kind and client."""

from collections import Counter
from collections.abc import Callable

EVERY_S = 60.0
"""A kiosk that is set up wrongly tries for ever; one line a minute says it, with the number of those left out."""

MOST_CLIENTS = 1000
"""Clients and kinds remembered; where there are more, the one that was quiet longest is forgotten."""


class Remarks:
    """``write`` gets each line. Times are seconds of one clock that never goes back."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self.counts: Counter[str] = Counter()
        self._write = write
        self._said_s: dict[tuple[str, str], float] = {}
        self._left_out: Counter[tuple[str, str]] = Counter()

    def add(self, kind: str, client: str, line: str, now_s: float) -> None:
        """``client`` is whoever the line is about: an account, or an address before it is known who comes from it."""
        self.counts[kind] += 1
        about = (kind, client)
        if now_s - self._said_s.get(about, -EVERY_S) < EVERY_S:
            self._left_out[about] += 1
            return
        left_out = self._left_out.pop(about, 0)
        self._write(line + f" ({left_out} more like this were left out)" if left_out else line)
        self._said_s.pop(about, None)  # so that the order is that of the last line
        self._said_s[about] = now_s
        if len(self._said_s) > MOST_CLIENTS:
            quiet = next(iter(self._said_s))
            del self._said_s[quiet]
            self._left_out.pop(quiet, None)
