"""What the four lights of a Pico show: each pin is driven by its PWM or by a state machine of the PIO, as its control
register says (RP2040 datasheet, 2.19.6.1), and a pulse of the PIO ends by itself.

``put_in()`` after chips.put_in() and before the first import of board.lamps.
"""

import sys

from board.pins import LIGHTS

from tests.board.pico import chips

BY_PWM, BY_PIO0 = 4, 6
IO_BANK0 = 0x40014000
FULL = 65535


class Light:
    def __init__(self):
        self.by = None
        self.duty = 0
        self.until_ms = 0  # a pulse lasts

    def percent(self, now_ms):
        if self.by == BY_PWM:
            return (self.duty * 100 + FULL // 2) // FULL
        return 100 if self.by == BY_PIO0 and now_ms < self.until_ms else 0


class Glow:
    """All four lights. ``changed()`` after each change but a pulse's end."""

    def start(self):
        self.lights = {gpio: Light() for gpio in LIGHTS.values()}
        self.changed = _nobody

    def levels(self):
        """Percent of each face, in order."""
        return tuple([self.lights[LIGHTS[face]].percent(chips.world.passed_ms) for face in sorted(LIGHTS)])


glow = Glow()


class PWM:
    def __init__(self, pin, freq, duty_u16):
        self._light = glow.lights[pin.gpio]
        self._light.by = BY_PWM
        self._light.duty = duty_u16

    def duty_u16(self, duty):
        if not 0 <= duty <= FULL:
            raise ValueError("duty")
        self._light.duty = duty
        glow.changed()


class PIO:
    OUT_LOW = 0


class StateMachine:
    """Runs board.pulse's program: pull, shine for as many turns, go out. What it is told while it counts waits."""

    def __init__(self, number, program, freq, set_base):
        if not freq >= 2000:
            raise ValueError("freq out of range")
        self._light = glow.lights[set_base.gpio]
        self._light.by = BY_PIO0
        self._freq = freq
        self._on = False

    def active(self, on):
        self._on = on

    def restart(self):
        """Back to the beginning; the pin stays as it is until the program sets it, so a light goes on."""
        now_ms = chips.world.passed_ms
        self._light.until_ms = min(self._light.until_ms, now_ms)

    def put(self, turns):
        if self._on:
            began_ms = max(chips.world.passed_ms, self._light.until_ms)
            self._light.until_ms = began_ms + turns * 1000 // self._freq
            glow.changed()


class Rp2Module:
    PIO, StateMachine = PIO, StateMachine

    @staticmethod
    def asm_pio(set_init):
        return lambda program: program


class Mem32(chips.Mem32):
    def __setitem__(self, address, value):
        gpio, register = divmod(address - IO_BANK0, 8)
        if register != 4:
            raise ValueError("not a control register")
        glow.lights[gpio].by = value
        glow.changed()


def put_in():
    sys.modules["rp2"] = Rp2Module
    chips.MachineModule.PWM = PWM
    chips.MachineModule.mem32 = Mem32()
    glow.start()


def _nobody():
    """Nobody looks."""
