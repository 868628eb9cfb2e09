"""How long somebody we listen to has said nothing.

Counted in looks, and not by a clock: a computer that slept, or a collector that was frozen or had no processor for a
while, has not looked, and blames nobody for it. Nor does silence grow while we do not listen: whoever waits for us to
take what he said cannot say more.
"""

LOOK_S = 1.0
"""Between two looks."""

SILENT_S = 30.0
"""Silence of a receiver that is taken for its end. It gives a sign of life every SIGN_S; a computer may be slow."""

SIGN_S = 2.0
"""Between two frames of a receiver, at most."""


class Silence:
    """One thread calls ``listens`` before it waits for a word and ``heard`` after it, another one looks."""

    def __init__(self) -> None:
        self._listens = False
        self._words = self._known = 0
        self._looks = 0

    def listens(self) -> None:
        self._listens = True

    def heard(self) -> None:
        self._listens = False
        self._words += 1

    def look(self) -> float:
        """Seconds of silence, as of this look. To be called every LOOK_S."""
        if self._listens and self._words == self._known:
            self._looks += 1
        else:
            self._known, self._looks = self._words, 0
        return self.lasts_s

    @property
    def lasts_s(self) -> float:
        """As of the last look."""
        return self._looks * LOOK_S
