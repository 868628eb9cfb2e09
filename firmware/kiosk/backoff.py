"""How long to wait before trying again. Full jitter, so that a hundred kiosks do not come at once; no last try."""

FIRST_MS = 100  # a Pico's handshake takes most of the two seconds in which half of the kiosks are to be back
MOST_MS = 60000


class Backoff:
    """``below(n)`` gives a random whole number from 0 to n - 1."""

    def __init__(self, below):
        self.below = below
        self._ceiling_ms = FIRST_MS

    def next_ms(self):
        """0 to 0.1 s at first, then to half as much again each time, to 60 s in the end."""
        ceiling = self._ceiling_ms
        self._ceiling_ms = min(ceiling + ceiling // 2, MOST_MS)
        return self.below(ceiling + 1)

    def worked(self):
        self._ceiling_ms = FIRST_MS


class Patience:
    """A wait for an answer that doubles with every silence."""

    def __init__(self, first_ms, most_ms):
        self.first_ms = first_ms
        self.most_ms = most_ms
        self.wait_ms = first_ms

    def grow(self):
        self.wait_ms = min(2 * self.wait_ms, self.most_ms)

    def reset(self):
        self.wait_ms = self.first_ms
