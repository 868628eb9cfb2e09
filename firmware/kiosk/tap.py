"""A press becomes a tap: journalled, read back, thanked, and only then anybody else's business."""

from wire.messages import FLAG_TEST


class Taps:
    """``kept()`` is called with each thanks; it must not wait for anything. ``now_ms()`` is the uptime."""

    def __init__(self, journal, lights, kept, now_ms):
        self.journal = journal
        self.lights = lights
        self.kept = kept
        self.now_ms = now_ms
        self.unthanked = 0  # presses that the flash could not keep, and that were not thanked
        self.test_until_ms = None

    def take(self, press):
        """Keeps one press, and thanks by the time after the flash, which may have taken 0.4 s.

        Raises MemoryError; what the journal kept is thanked for all the same, with the lights' next turn.
        """
        try:
            flags = FLAG_TEST if self.testing(press.at_ms) else 0
            seq = self.journal.append(press.face, flags, press.at_ms)
        except MemoryError:
            self.unthanked += 1
            raise
        if seq is None:
            self.unthanked += 1
            return
        self.lights.owe()
        self.kept()
        self.lights.poll(self.now_ms())

    def testing(self, at_ms):
        """Whether a press at that uptime is a technician's."""
        return self.test_until_ms is not None and at_ms < self.test_until_ms
