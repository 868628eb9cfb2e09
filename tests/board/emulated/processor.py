"""A quicker processor for an emulated RP2040: processor.c runs plain instructions, the emulator's own core the rest.

The emulator asks Python before each instruction whether to stop, and after it whether a state machine is due, which
takes twenty times as long as the instruction. Here those pass at once in which nothing else can happen.
"""

import ctypes
import hashlib
import math
import os
import subprocess
import time
from functools import cache
from pathlib import Path

from rp2040py.execute_batch import execute_batch
from rp2040py.sio import RPSIO

from tests.interpreters import ROOT

_SOURCE = Path(__file__).with_name("processor.c")
_CYCLE_NS = 8.0  # of 125 MHz
_MOST_CYCLES = 100_000  # at once: less than a millisecond of a computer
_BATCH_S = 0.005  # then whoever shares the loop has a turn
_LOOK_EVERY = 16
_SOON_CYCLES = 16  # a state machine that goes on working so often is left to the emulator
_FLAGS = ("n", "z", "c", "v")
_DIVIDER = ("dividend", "divisor", "quotient", "remainder", "csr")


class _State(ctypes.Structure):
    """As in processor.c."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("registers", "boot", "flash", "ram")),
        *((name, ctypes.c_uint32) for name in ("boot_bytes", "flash_bytes", "ram_bytes", *_FLAGS, "pm", "unmasked")),
        *((name, ctypes.c_uint32) for name in _DIVIDER),
        ("now_ns", ctypes.c_double),
    )


@cache
def _run():
    """processor.c's function, compiled where it was not yet."""
    source = _SOURCE.read_bytes()
    library = ROOT / ".cache" / "lab" / f"processor-{hashlib.sha256(source).hexdigest()[:16]}.so"
    if not library.exists():
        library.parent.mkdir(parents=True, exist_ok=True)
        made = library.with_suffix(f".{os.getpid()}")
        subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-o", str(made), str(_SOURCE)], check=True)
        made.replace(library)
    run = ctypes.CDLL(str(library)).run
    run.argtypes, run.restype = (ctypes.POINTER(_State), ctypes.c_int64), ctypes.c_int64
    return run


class _Sio(RPSIO):
    """The emulator's, but that the divider's registers are processor.c's. Made in place from an RPSIO."""


def _divider(name):
    def get(sio):
        return getattr(sio._state, name)

    def put(sio, value):
        setattr(sio._state, name, int(value) & 0xFFFFFFFF)

    return property(get, put)


for _name in _DIVIDER:
    setattr(_Sio, "div_" + _name, _divider(_name))


class Processor:
    """Of the board ``mcu``, through all of its resets."""

    def __init__(self, mcu):
        self._mcu = mcu
        self._state = state = _State()
        state.registers, _ = _place(mcu.core.registers)
        state.boot, state.boot_bytes = _place(mcu.bootrom)
        state.flash, state.flash_bytes = _place(mcu.flash)
        state.ram, state.ram_bytes = _place(mcu.sram)
        sio = mcu.sio
        found = {name: sio.__dict__.pop("div_" + name) for name in _DIVIDER}
        sio.__class__, sio._state = _Sio, state
        for name, value in found.items():
            setattr(sio, "div_" + name, value)

    def run(self, simulator):
        """As the emulator's execute_batch: until it is stopped, or for so long that others must have a turn."""
        core, clock, pios = self._mcu.core, simulator.clock, self._mcu.pio
        end_s = time.monotonic() + _BATCH_S
        turns = busy = 0
        while not simulator.stopped:
            turns += 1
            if turns % _LOOK_EVERY == 0 and time.monotonic() > end_s:
                return
            if core.waiting:
                idle_ns = clock.nanos_to_next_alarm
                clock.tick(idle_ns)
                cycles = int(idle_ns / _CYCLE_NS) or 1
            else:
                most = _MOST_CYCLES
                for pio in pios:
                    if not pio.stopped:
                        most = min(most, pio.next_due_fp - pio.cycle_fp + 255 >> 8)
                busy = busy + 1 if most < _SOON_CYCLES else 0
                if busy > _SOON_CYCLES:
                    execute_batch(simulator, 1)
                    return
                cycles = self._work(most)
                clock.tick(cycles * _CYCLE_NS)
            for pio in pios:
                if not pio.stopped:
                    pio.advance(cycles)

    def _work(self, most):
        """Runs to the next alarm, ``most`` cycles, or one instruction that is the core's alone. The cycles it took."""
        core, clock = self._mcu.core, self._mcu.clock
        if core.interrupts_updated and core.check_for_interrupts():
            core.waiting = False
        if clock.has_scheduled_alarm:
            most = min(most, math.ceil(clock.nanos_to_next_alarm / _CYCLE_NS))
        return self.step(most) or core.execute_instruction()

    def step(self, cycles):
        """processor.c's run on the core's state."""
        mcu, core, state = self._mcu, self._mcu.core, self._state
        state.now_ns = mcu.clock.nanos - mcu.timer._epoch_nanos
        state.n, state.z, state.c, state.v, state.pm = core.n, core.z, core.c, core.v, core.pm
        passed = _run()(state, cycles)
        if passed:
            core.n, core.z, core.c, core.v, core.pm = state.n, state.z, state.c, state.v, state.pm
            core.cycles += passed
            if state.unmasked:
                state.unmasked, core.interrupts_updated = 0, True
        return passed


def _place(view):
    """(address, bytes) of a buffer of the emulator's that it keeps for good."""
    held = memoryview(view).cast("B")
    return ctypes.addressof((ctypes.c_char * len(held)).from_buffer(held)), len(held)
