"""The four lights: dimmed by PWM as tasks say, or lit by an interrupt for a moment without waiting for any task.

While the interrupt has them, nothing of what tasks say is seen: one face shines for its moment and then all are dark,
so that no task has to be there in time for a bystander not to see which face it was.
"""

from time import ticks_add, ticks_diff, ticks_ms

from machine import PWM, Pin, disable_irq, enable_irq

from board.pins import LIGHTS
from board.pulse import PULSE_MS, Pulse

PWM_HZ = 1000
REST_MS = PULSE_MS + 60  # from one light of a face to its next: its moment, and a dark one that is seen
_FULL = 65535


class Lamps:
    """``glimpse`` may be called in a hard interrupt: it allocates nothing."""

    def __init__(self):
        self._pulses = {face: Pulse(face - 1, LIGHTS[face]) for face in LIGHTS}
        self._each = tuple(self._pulses.values())
        self._freed_ticks = ticks_ms()
        self._spare_ms = 0
        self._began = dict.fromkeys(LIGHTS, ticks_add(self._freed_ticks, -REST_MS))  # by face, the last glimpse
        self._duty = {face: PWM(Pin(LIGHTS[face]), freq=PWM_HZ, duty_u16=0).duty_u16 for face in LIGHTS}

    def set(self, face, percent):
        """A light's level, from when tasks have the lights."""
        self._duty[face](percent * _FULL // 100)

    def glimpse(self, face):
        """Full light at once, that ends by itself, and no other, until ``free``. Whether it did.

        Not so soon after the last one that the two would look like one that lasts.
        """
        now = ticks_ms()
        if self._spare_ms and ticks_diff(now, self._freed_ticks) < self._spare_ms:
            return False
        if 0 <= ticks_diff(now, self._began[face]) < REST_MS:
            return False
        self._began[face] = now
        self._pulses[face].begin()
        for pulse in self._each:
            pulse.take()
        return True

    def free(self, ring, spare_ms):
        """Gives the lights back to what was set, unless an edge that lit one of them waits in ``ring``: then False.

        For ``spare_ms`` from now on nothing takes them again.
        """
        was = disable_irq()  # or a finger's light could begin in between, and end at once
        try:  # a Ctrl-C comes at any line
            seen = not ring.lit
            if seen:
                self._freed_ticks, self._spare_ms = ticks_ms(), spare_ms
                for pulse in self._each:
                    pulse.leave()
        finally:
            enable_irq(was)
        return seen
