"""The four lights: dimmed by PWM, and lit by an interrupt for a moment without waiting for any task."""

from machine import PWM, Pin

from board.pins import LIGHTS
from board.pulse import Pulse

PWM_HZ = 1000
_FULL = 65535


class Lamps:
    """``glimpse`` may be called in a hard interrupt: it allocates nothing."""

    def __init__(self):
        self._pulses = {face: Pulse(face - 1, LIGHTS[face]) for face in LIGHTS}
        self._duty = {face: PWM(Pin(LIGHTS[face]), freq=PWM_HZ, duty_u16=0).duty_u16 for face in LIGHTS}

    def set(self, face, percent):
        self._duty[face](percent * _FULL // 100)
        self._pulses[face].leave()

    def glimpse(self, face):
        """Full light at once, that ends by itself; ``set`` ends it sooner."""
        self._pulses[face].begin()
