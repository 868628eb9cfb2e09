"""Slows down guesses of a password, per name and per address. Pure: the time is passed in."""

from threading import Lock

FREE_TRIES = {"name": 4, "address": 12}
# a name is slowed for little, or whoever guesses could lock the administrator out
LONGEST_MS = {"name": 30_000, "address": 900_000}
FORGET_MS = 3_600_000
MOST_KEYS = 10_000

Key = tuple[str, str]


class Throttle:
    """Keys are ("name", …) and ("address", …). A try counts as failed from its start: many at once are slowed too."""

    def __init__(self) -> None:
        self._tries: dict[Key, tuple[int, int]] = {}  # key: (failures, last of them in ms)
        self._lock = Lock()

    def try_now(self, keys: list[Key], now_ms: int) -> int:
        """0 and a try is counted, or the milliseconds to wait before the next one."""
        with self._lock:
            wait = max(self._wait_ms(key, now_ms) for key in keys)
            if wait == 0:
                self._drop_old(now_ms)
                for key in keys:
                    self._tries[key] = (self._tries.get(key, (0, 0))[0] + 1, now_ms)
            return wait

    def forgive(self, keys: list[Key]) -> None:
        """The try was right."""
        with self._lock:
            for key in keys:
                self._tries.pop(key, None)

    def _wait_ms(self, key: Key, now_ms: int) -> int:
        failures, last_ms = self._tries.get(key, (0, 0))
        over = failures - FREE_TRIES[key[0]]
        if over < 0:
            return 0
        pause = min(LONGEST_MS[key[0]], 1000 * 2 ** min(over, 20))
        return max(0, last_ms + pause - now_ms)

    def _drop_old(self, now_ms: int) -> None:
        old = [key for key, (_, last_ms) in self._tries.items() if last_ms + FORGET_MS < now_ms]
        surplus = len(self._tries) - len(old) - MOST_KEYS
        if surplus > 0:
            old += sorted(self._tries, key=lambda key: self._tries[key][1])[:surplus]
        for key in old:
            self._tries.pop(key, None)
