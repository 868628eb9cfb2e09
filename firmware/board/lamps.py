"""The four lights: dimmed by PWM as tasks say, or lit by an interrupt for a moment without waiting for any task.

While the interrupt has them, nothing of what tasks say is seen: one face shines for its moment and then all are dark,
so that no task has to be there in time for a bystander not to see which face it was.
"""

from time import ticks_diff, ticks_ms

from machine import PWM, Pin, disable_irq, enable_irq

from board.pins import LIGHTS
from board.pulse import Pulse

PWM_HZ = 1000
_FULL = 65535


class Lamps:
    """``glimpse`` may be called in a hard interrupt: it allocates nothing."""

    def __init__(self):
        self._pulses = {face: Pulse(face - 1, LIGHTS[face]) for face in LIGHTS}
        self._each = tuple(self._pulses.values())
        self._freed_ticks = ticks_ms()
        self._spare_ms = 0
        self._duty = {face: PWM(Pin(LIGHTS[face]), freq=PWM_HZ, duty_u16=0).duty_u16 for face in LIGHTS}

    def set(self, face, percent):
        """A light's level, from when tasks have the lights."""
        self._duty[face](percent * _FULL // 100)

    def glimpse(self, face):
        """Full light at once, that ends by itself, and no other, until ``free``."""
        if self._spare_ms and ticks_diff(ticks_ms(), self._freed_ticks) < self._spare_ms:
            return
        self._pulses[face].begin()
        for pulse in self._each:
            pulse.take()

    def free(self, ring, spare_ms):
        """Gives the lights back to what was set, unless an edge that lit one of them waits in ``ring``: then False.

        For ``spare_ms`` from now on nothing takes them again.
        """
        was = disable_irq()  # or a finger's light could begin in between, and end at once
        seen = not ring.lit
        if seen:
            self._freed_ticks, self._spare_ms = ticks_ms(), spare_ms
            for pulse in self._each:
                pulse.leave()
        enable_irq(was)
        return seen
