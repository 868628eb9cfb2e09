"""The four lights: dimmed by PWM, and lit by an interrupt for a moment without waiting for any task."""

from machine import PWM, Pin, Timer

from board.pins import LIGHTS

PWM_HZ = 1000
TICK_MS = 20
_FULL = 65535
_TICKS = 4  # of TICK_MS: 60 to 80 ms


class Lamps:
    """``glimpse`` may be called in a hard interrupt: it allocates nothing."""

    def __init__(self):
        self._duty = {face: PWM(Pin(LIGHTS[face]), freq=PWM_HZ, duty_u16=0).duty_u16 for face in LIGHTS}
        self._left = bytearray(5)  # ticks until a glimpse ends
        self._ticker = Timer(-1)
        try:
            self._ticker.init(period=TICK_MS, callback=self._tick, hard=True)
            self.exact = True
        except TypeError:  # before MicroPython 1.26: a task ends what the interrupt began
            self.exact = False

    def set(self, face, percent):
        self._left[face] = 0
        self._duty[face](percent * _FULL // 100)

    def glimpse(self, face):
        """Full light at once, ended by the timer unless ``set`` comes first."""
        self._duty[face](_FULL)
        self._left[face] = _TICKS

    def _tick(self, _):
        face = 4
        while face:
            left = self._left[face]
            if left:
                self._left[face] = left - 1
                if left == 1:
                    self._duty[face](0)
            face -= 1
