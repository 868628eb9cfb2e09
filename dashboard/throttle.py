"""Slows down guesses of a password, per name at an address and per address. Pure: the time is passed in.

Nothing is counted for a name alone: whoever guesses from elsewhere could then keep the administrator out.
"""

from threading import Lock

FREE_TRIES = {"pair": 4, "address": 12}
LONGEST_MS = {"pair": 30_000, "address": 900_000}
FORGET_MS = 3_600_000
MOST_KEYS = 10_000

Key = tuple[str, ...]


def keys_of(name: str, address: str) -> list[Key]:
    """What a try with ``name`` from ``address`` is counted under."""
    return [("pair", name[:64], address), ("address", address)]


class Throttle:
    """Counts failures. A try in flight is none yet; who checks several at once bounds how many they are."""

    def __init__(self) -> None:
        self._failures: dict[Key, tuple[int, int]] = {}  # key: (failures, last of them in ms)
        self._lock = Lock()

    def wait_ms(self, keys: list[Key], now_ms: int) -> int:
        """0, or how long to wait before the next try."""
        with self._lock:
            return max(self._wait_ms(key, now_ms) for key in keys)

    def failed(self, keys: list[Key], now_ms: int) -> None:
        """The try was wrong."""
        with self._lock:
            self._drop_old(now_ms)
            for key in keys:
                self._failures[key] = (self._failures.get(key, (0, 0))[0] + 1, now_ms)

    def forgive(self, keys: list[Key]) -> None:
        """The try was right."""
        with self._lock:
            for key in keys:
                self._failures.pop(key, None)

    def _wait_ms(self, key: Key, now_ms: int) -> int:
        failures, last_ms = self._failures.get(key, (0, 0))
        over = failures - FREE_TRIES[key[0]]
        if over < 0:
            return 0
        pause = min(LONGEST_MS[key[0]], 1000 * 2 ** min(over, 20))
        return max(0, last_ms + pause - now_ms)

    def _drop_old(self, now_ms: int) -> None:
        old = [key for key, (_, last_ms) in self._failures.items() if last_ms + FORGET_MS < now_ms]
        surplus = len(self._failures) - len(old) - MOST_KEYS
        if surplus > 0:
            old += sorted(self._failures, key=lambda key: self._failures[key][1])[:surplus]
        for key in old:
            self._failures.pop(key, None)
