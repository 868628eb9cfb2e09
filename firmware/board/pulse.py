"""A light that goes out by itself: a state machine of the PIO counts its time, whatever holds the processor meanwhile.

A finger's light must not outlast its moment, or a bystander sees which face it was. A timer's interrupt waits while
flash is erased, and a task waits while TLS computes; the PIO waits for nobody. It shares the pin with the PWM that
dims: who drives it is one number in the pin's control register (RP2040 datasheet, 2.19.2 and 2.19.6; RP2350, 9.4).
"""

import sys

from machine import Pin, mem32
from rp2 import PIO, StateMachine, asm_pio

PULSE_MS = 80  # at most 100, the promise
_PER_MS = 10  # turns of the state machine
_RP2350 = "RP2350" in getattr(sys.implementation, "_machine", "")
_CONTROL = (0x40028000 if _RP2350 else 0x40014000) + 4  # IO_BANK0's GPIO0_CTRL; 8 bytes a pin
_BY_PWM = 4
_BY_PIO0 = 6


@asm_pio(set_init=PIO.OUT_LOW)
def _pulse():
    pull(block)
    mov(x, osr)
    set(pins, 1)
    label("shining")
    jmp(x_dec, "shining")
    set(pins, 0)


class Pulse:
    """``number``: of a state machine of PIO 0, which the Wi-Fi chip does not use."""

    def __init__(self, number, gpio):
        self._control = _CONTROL + 8 * gpio
        self._machine = StateMachine(number, _pulse, freq=1000 * _PER_MS, set_base=Pin(gpio))
        self._machine.active(1)  # section: none, it only starts

    def begin(self):
        """Full light at once. May be called in a hard interrupt: it allocates nothing."""
        self._machine.restart()  # a bounce begins it anew: one that waited its turn would make the light twice as long
        self._machine.put(PULSE_MS * _PER_MS)
        mem32[self._control] = _BY_PIO0

    def take(self):
        """Takes the pin from the PWM: dark, unless a light has begun that has not ended. May be called as ``begin``."""
        mem32[self._control] = _BY_PIO0

    def leave(self):
        """Gives the pin back to the PWM."""
        mem32[self._control] = _BY_PWM
