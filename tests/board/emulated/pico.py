"""A Pico in this process: buttons, lights, USB, a network and a flash that outlives the power.

It is slower than a real one when its processor works (a second takes one to three) and no faster when it waits, unless
``hurry`` lets it: then only what is emulated passes quickly, not a broker's patience.

Not emulated: the radio's troubles, how long a flash erase takes, randomness (every number it draws is the same).
"""

import asyncio
import dataclasses
import itertools
import threading
import time
from collections import deque

from board.pins import FACES, LIGHTS
from rp2040py.boards import BOARDS, resolve_firmware
from rp2040py.device import MicroPythonDevice
from rp2040py.external.key_mock import KeyMock
from rp2040py.gpio_pin import GPIOPinState

from tests.board.emulated.processor import Processor
from tests.board.emulated.usb import Cable

FLASH_BYTES = 2 * 1024 * 1024  # of a Pico; the file system is its end

_LOOK_NS = 5_000_000
_FULL_NS = 1_500_000  # on for longer than one period of the dimming: 100 %
_MOVES = 400_000  # of a light that are remembered: some minutes of breath
ANSWER_S = 3  # on the wall, for whoever a board that is hurried has asked
LAST_RESORT_S = 3600  # on the wall, for any wait: whatever hangs must end some day
_LOOK_S = 0.005


class Light:
    """When a light shone at 100 %, driven by the PWM at full or by the PIO; and how bright it was of late."""

    def __init__(self, gpio):
        self._gpio = gpio
        self._on_ns = None
        self._full = []  # (emulated ns at which it began, at which it ended)
        self._moves = deque(maxlen=_MOVES)  # twice the emulated ns of each change, and one more where it came on

    def attach(self, mcu):
        mcu.gpio[self._gpio].add_listener(lambda new, _: self._change(new == GPIOPinState.HIGH, mcu.clock.nanos))

    def full(self, since_ns, now_ns):
        """The beginnings since then, in order."""
        return [began_ns for began_ns, _ in self.spells(since_ns, now_ns)]

    def spells(self, since_ns, now_ns):
        """(beginning, end) of each such time that began since then, in order; the last may go on."""
        lasting = [(self._on_ns, now_ns)] if self._on_ns is not None and now_ns - self._on_ns > _FULL_NS else []
        return [spell for spell in self._full + lasting if spell[0] >= since_ns]

    def brightness(self, since_ns, window_ns, windows):
        """The part of each of these windows in which the light was on, 0 to 1."""
        on_ns = [0] * windows
        assert len(self._moves) < _MOVES or self._moves[0] // 2 <= since_ns, "too long ago to be known"
        moves = [*self._moves, 2 * (since_ns + windows * window_ns)]
        for move, following in itertools.pairwise(moves):
            if move % 2:
                _spread(on_ns, move // 2 - since_ns, following // 2 - since_ns, window_ns)
        return [ns / window_ns for ns in on_ns]

    def _change(self, on, now_ns):
        self._moves.append(2 * int(now_ns) + on)
        if on:
            self._on_ns = now_ns if self._on_ns is None else self._on_ns
        elif self._on_ns is not None:
            if now_ns - self._on_ns > _FULL_NS:
                self._full.append((self._on_ns, now_ns))
            self._on_ns = None


def _spread(on_ns, began_ns, ended_ns, window_ns):
    """Adds a time that a light was on to the windows it lies in."""
    at_ns, ended_ns = max(0, began_ns), min(ended_ns, len(on_ns) * window_ns)
    while at_ns < ended_ns:
        window = at_ns // window_ns
        until_ns = min(ended_ns, (window + 1) * window_ns)
        on_ns[window] += until_ns - at_ns
        at_ns = until_ns


class EmulatedPico:
    """``board``: "pico" or "pico_w". ``uf2``: a MicroPython for it. ``network``: Air or Wire; ``ways``: as in Ways.

    ``storage``: the file system to begin with, or None. Use as a context manager: power on, off.
    """

    def __init__(self, board, uf2, network, ways, storage=None):
        self._board = board
        self._uf2 = uf2
        self._network = network
        self._ways = ways
        self._plugged = True
        self._pace = Pace()
        self._flash = None
        self._storage = storage
        self.cable = Cable()
        self.frames = []  # (emulated ns, frame)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self):
        self._thread.start()
        self._do(self._power_on())
        return self

    def __exit__(self, *_):
        self._do(self._power_off())
        self._do(_end_the_rest())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self.cable.close()

    @property
    def now_ns(self):
        return self._device.simulator.clock.nanos

    def cut_power(self, presses=()):
        """Off and on again, with the flash as it was at that instant.

        ``presses``: (face, ms after power-up at which it closes, ms for which it stays closed).
        """
        self._do(self._power_off())
        self._do(self._power_on(presses))

    def press(self, face, ms=80, bounces=(), parting=()):
        """Returns the emulated ns at which the contact first closed.

        ``bounces``: ms closed, open … at first; ``parting``: ms open, closed … in the end.
        """
        return self._do(self._press(face, (*bounces, ms, *parting)))

    def hold(self, face, down=True):
        """Puts a finger on a face and leaves it there, or takes it off."""
        self._do(self._hold(face, down))

    def plug(self, plugged):
        """The network's cable, or its radio."""
        self._plugged = self._outside.plugged = plugged

    def type(self, line):
        """On its USB console."""
        self._do(self.cable.type(line))

    def hurry(self, on=True):
        """Whether time that the board only waits through passes as fast as it can be computed."""
        self._pace.hurried = on

    def until(self, condition, patience_s, what):
        """The first true answer of ``condition()``; an AssertionError that names ``what`` when patience is over.

        That is when this process, which emulates the board, has computed for ``patience_s``, or the board itself has
        lived that long at the pace of a real one. A computer that is slow, or busy with something else, costs neither.
        """
        began_s, end_s = time.process_time(), time.monotonic() + LAST_RESORT_S
        at_ns, lived_s = self.now_ns, 0.0
        while True:
            if answer := condition():
                return answer
            self._pace.check()
            before_ns, at_ns = at_ns, self.now_ns
            if at_ns > before_ns and not self._pace.hurried:  # a power cut begins anew at 0
                lived_s += (at_ns - before_ns) / 1e9
            computed_s = time.process_time() - began_s
            if max(computed_s, lived_s) > patience_s or time.monotonic() > end_s:
                raise AssertionError(
                    f"{what} did not happen while the board lived for {lived_s:.0f} s and this process computed for "
                    f"{computed_s:.0f} s; it said last: {self.cable.said[-500:].decode()}"
                )
            time.sleep(_LOOK_S)

    def wait(self, ms):
        """Emulated milliseconds."""
        self._do(self._wait(self.now_ns + ms * 1_000_000))

    def _do(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(LAST_RESORT_S)

    async def _power_on(self, presses=()):
        self.lights = {face: Light(gpio) for face, gpio in LIGHTS.items()}
        self._keys = {face: KeyMock(gpio, active_high=False) for face, gpio in FACES.items()}
        parts = [lambda part=part: part for part in (*self.lights.values(), *self._keys.values())]
        outside = self._network(self._ways, self._sent)
        outside.plugged = self._plugged
        self._outside = outside
        board = dataclasses.replace(BOARDS[self._board], extras=(*parts, lambda: outside))
        self._device = MicroPythonDevice(board=resolve_firmware(board, "micropython", self._uf2))
        if self._flash is not None:
            self._device.mcu.flash[: len(self._flash)] = self._flash
        elif self._storage is not None:
            self._device.mcu.flash[FLASH_BYTES - len(self._storage) : FLASH_BYTES] = self._storage
        self._pace.keep(self._device.simulator, Processor(self._device.mcu))
        self._device._post_boot_handshake = lambda: None  # it would type into the board
        self.cable.plug(self._device.cdc, self._device.simulator.clock)
        for face, at_ms, ms in presses:
            for move_ms, move in ((at_ms, self._keys[face].press), (at_ms + ms, self._keys[face].release)):
                self._device.simulator.clock.create_alarm(move).schedule(move_ms * 1_000_000)
        await self._device.astart(LAST_RESORT_S)

    def _sent(self, frame):
        self.frames.append((self.now_ns, frame))
        self._pace.ask()

    async def _power_off(self):
        self._flash = bytes(self._device.mcu.flash)
        self._device.stop()
        await asyncio.wait([self._device.simulator._execute_task], timeout=5)
        self.cable.unplug()

    async def _hold(self, face, down):
        self._keys[face].press() if down else self._keys[face].release()

    async def _press(self, face, moves):
        """By the board's own clock, so that a slow computer presses no longer than a fast one."""
        began_ns, after_ms, key = self.now_ns, 0, self._keys[face]
        alarms = []
        for i, lasts_ms in enumerate(moves):
            alarms.append((after_ms, key.release if i % 2 else key.press))
            after_ms += lasts_ms
        for at_ms, move in (*alarms, (after_ms, key.release)):
            self._device.simulator.clock.create_alarm(move).schedule(at_ms * 1_000_000)
        await self._wait(began_ns + after_ms * 1_000_000)
        return began_ns

    async def _wait(self, until_ns):
        while self.now_ns < until_ns:
            self._pace.check()
            await asyncio.sleep(0.0005)


async def _end_the_rest():
    """The connections of a board without power: it closes none itself."""
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)


class Pace:
    """Unless ``hurried``, emulated time waits for the clock on the wall: a network's answer would come after hours.

    Hurried, it does so only while an answer may be on its way.
    """

    def __init__(self):
        self.hurried = False
        self._asked_s = -ANSWER_S
        self._fault = None

    def ask(self):
        """The board said something to somebody."""
        self._asked_s = time.monotonic()

    def check(self):
        """Raises an AssertionError when the emulation itself failed, which stops the board's time for good."""
        if self._fault:
            raise AssertionError("the emulation ended: " + repr(self._fault)) from self._fault

    def keep(self, simulator, processor):
        """From now on, for this board."""
        pace = {"since": (time.monotonic(), 0), "ended": False, "ahead": False}

        def ahead_s():
            began_s, began_ns = pace["since"]
            return (simulator.clock.nanos - began_ns) / 1e9 - (time.monotonic() - began_s)

        def look():
            lead_s = ahead_s()
            free = self.hurried and time.monotonic() - self._asked_s > ANSWER_S
            if free or lead_s < -0.05:  # what it is too slow for is not made up
                pace["since"] = time.monotonic(), simulator.clock.nanos
            elif lead_s > 0.002:
                pace["ahead"] = simulator.stopped = True
            alarm.schedule(_LOOK_NS)

        def stop():
            pace["ended"] = True
            real_stop()

        async def execute():
            pace["since"], pace["ended"] = (time.monotonic(), simulator.clock.nanos), False
            simulator.stopped = False
            alarm.schedule(_LOOK_NS)
            while not pace["ended"]:
                if not simulator.rp2040.run_pin_low:
                    try:
                        processor.run(simulator)
                    except Exception as e:
                        self._fault = e
                        raise
                if pace["ahead"] and not pace["ended"]:
                    pace["ahead"] = simulator.stopped = False
                    await asyncio.sleep(max(0, ahead_s()))
                else:
                    await asyncio.sleep(0.01 if simulator.rp2040.run_pin_low else 0)

        alarm = simulator.clock.create_alarm(look)
        real_stop = simulator.stop
        simulator.stop, simulator.execute = stop, execute
