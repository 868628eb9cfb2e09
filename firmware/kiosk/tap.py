"""A press becomes a tap: journalled, read back, thanked, and only then anybody else's business."""

from wire.messages import FLAG_TEST


class Taps:
    """``kept()`` is called after each thanks; it must not wait for anything."""

    def __init__(self, journal, lights, kept):
        self.journal = journal
        self.lights = lights
        self.kept = kept
        self.unthanked = 0  # presses that the flash could not keep, and that were not thanked
        self.test_until_ms = None

    def take(self, press, now_ms):
        """Keeps one press. ``now_ms`` is asked again after the flash, which may have taken 0.4 s."""
        flags = FLAG_TEST if self.testing(press.at_ms) else 0
        if self.journal.append(press.face, flags, press.at_ms) is None:
            self.unthanked += 1
            return
        self.lights.thank(now_ms())
        self.kept()

    def testing(self, at_ms):
        """Whether a press at that uptime is a technician's."""
        return self.test_until_ms is not None and at_ms < self.test_until_ms
