"""Whether a collector takes its part of what several of them share, or leaves it to the others.

The broker knows nothing of databases: of two collectors one of which cannot store, it would give every second message
to that one for as long as it lasts, and each would wait for its kiosk to send it again. So who cannot store leaves, and
comes back once its database takes what it is given. One whose database comes and goes stays away for longer each time,
since what it was given just before is late whenever it leaves.
"""

REFUSED_S = 2.0
"""For how long the database refuses before the others are left everything. A restart of its connections takes less."""

HANGS_S = 10.0
"""For how long it may be at one transaction without refusing it: it waits 5 s for a lock."""

CALM_S = 60.0
"""Who leaves again so soon after it came back is to prove itself for longer."""

_FIRST_REST_S, _MOST_REST_S = 2.0, 60.0


class Part:
    """Times are seconds of one clock. ``hangs_s``: as HANGS_S."""

    def __init__(self, hangs_s: float = HANGS_S) -> None:
        self.taken = True
        self._hangs_s = hangs_s
        self._rest_s = 0.0  # how long the database must have been well
        self._well_since_s: float | None = None
        self._came_back_s: float | None = None

    def look(self, now_s: float, waits_s: float, refused: bool) -> bool:
        """Whether it is taken from now on.

        ``waits_s``: for how long what the writer has in its hands is not stored; 0: it has nothing, or has only begun.
        ``refused``: the database refused it.
        """
        if self.taken:
            if waits_s >= (REFUSED_S if refused else self._hangs_s):
                self._leave(now_s)
        elif refused or waits_s >= self._hangs_s:
            self._well_since_s = None
        else:
            if self._well_since_s is None:
                self._well_since_s = now_s
            if now_s - self._well_since_s >= self._rest_s:
                self.taken, self._came_back_s = True, now_s
        return self.taken

    def _leave(self, now_s: float) -> None:
        soon = self._came_back_s is not None and now_s - self._came_back_s < CALM_S
        self._rest_s = min(_MOST_REST_S, max(_FIRST_REST_S, 2 * self._rest_s)) if soon else 0.0
        self.taken, self._well_since_s = False, None
