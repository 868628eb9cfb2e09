"""How fast one client is read."""


class Pace:
    """Lets ``burst`` packets through at once and ``per_s`` in the long run.

    A bucket that fills at ``per_s`` and holds ``burst``; nothing is dropped, since TCP tells a client that is read more
    slowly. Times are seconds of one clock that never goes back.
    """

    def __init__(self, per_s: float, burst: int, now_s: float) -> None:
        self._per_s, self._burst = per_s, burst
        self._left, self._at_s = float(burst), now_s

    def take(self, now_s: float) -> float:
        """Counts one packet; returns the seconds to wait before the next one."""
        self._left = min(self._burst, self._left + (now_s - self._at_s) * self._per_s) - 1
        self._at_s = now_s
        return max(0.0, -self._left / self._per_s)
