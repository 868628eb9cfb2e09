"""Whether every task is alive: the watchdog is fed only then.

A task says so each time round its loop. One that waits for a network may be silent for longer than a finger's, so each
has its own longest silence. What holds the processor itself is the board's to name.
"""

LONGEST_MS = {
    "count": 6000,  # waits at most CALM_MS for an edge
    "shine": 6000,
    "tell": 120000,  # joining 20 s, time and names 18 s, dialling 10 s, writing 20 s; or a pause of 60 s
}


class Vigil:
    """``feed()`` is the board's."""

    def __init__(self, feed, now_ms):
        self._feed = feed
        self._seen_ms = {task: now_ms for task in LONGEST_MS}

    def alive(self, task, now_ms):
        self._seen_ms[task] = now_ms

    def silent(self, now_ms):
        """The task that has been silent for too long, or None."""
        for task, seen_ms in self._seen_ms.items():
            if now_ms - seen_ms > LONGEST_MS[task]:
                return task
        return None

    def keep(self, now_ms):
        """Feeds the watchdog, unless a task is silent; returns that one."""
        found = self.silent(now_ms)
        if found is None:
            self._feed()
        return found
