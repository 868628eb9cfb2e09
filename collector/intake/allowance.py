"""How much each of many askers may have."""

from collections import OrderedDict


class Allowance:
    """``burst`` at once and ``per_s`` in the long run, for each asker; who asks for more gets nothing.

    Remembers the ``most`` who asked lastly, so that it does not grow with the askers. Times are seconds of one clock.
    """

    def __init__(self, per_s: float, burst: int, most: int = 1000) -> None:
        self._per_s, self._burst, self._most = per_s, burst, most
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, asker: str, now_s: float) -> bool:
        """Whether ``asker`` may have one more now."""
        left, at_s = self._left.pop(asker, (float(self._burst), now_s))
        left = min(self._burst, left + max(0.0, now_s - at_s) * self._per_s)
        granted = left >= 1
        self._left[asker] = (left - 1 if granted else left, now_s)
        if len(self._left) > self._most:
            self._left.popitem(last=False)
        return granted

    def __len__(self) -> int:
        return len(self._left)
