"""A Pico in this process: buttons, lights, USB, a network and a flash that outlives the power, at most as fast as real.

Not emulated: the radio's troubles, how long a flash erase takes, randomness (every number it draws is the same).
"""

import asyncio
import dataclasses
import threading
import time

from board.pins import FACES, LIGHTS
from rp2040py.boards import BOARDS, resolve_firmware
from rp2040py.device import MicroPythonDevice
from rp2040py.external.key_mock import KeyMock
from rp2040py.gpio_pin import GPIOPinState

from tests.board.pico_usb import Cable

FLASH_BYTES = 2 * 1024 * 1024  # of a Pico; the file system is its end

_LOOK_NS = 5_000_000
_FULL_NS = 1_500_000  # on for longer than one period of the dimming: 100 %


class Light:
    """When a light shone at 100 %: ``full`` holds the emulated ns at which each such time began."""

    def __init__(self, gpio):
        self._gpio = gpio
        self._edges = []

    def attach(self, mcu):
        mcu.gpio[self._gpio].add_listener(
            lambda new, _: self._edges.append((mcu.clock.nanos, new == GPIOPinState.HIGH))
        )

    def full(self, since_ns, now_ns):
        """The beginnings since then, in order."""
        found, on_ns = [], None
        for at_ns, on in [*self._edges, (now_ns, False)]:
            if on:
                on_ns = at_ns if on_ns is None else on_ns
            elif on_ns is not None:
                if on_ns >= since_ns and at_ns - on_ns > _FULL_NS:
                    found.append(on_ns)
                on_ns = None
        return found


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

    def cut_power(self):
        """Off and on again, with the flash as it was at that instant."""
        self._do(self._power_off())
        self._do(self._power_on())

    def press(self, face, ms=80, bounces=()):
        """Returns the emulated ns at which the contact closed. ``bounces``: ms closed, open, closed … before that."""
        return self._do(self._press(face, ms, bounces))

    def hold(self, face, down=True):
        """Puts a finger on a face and leaves it there, or takes it off."""
        self._do(self._hold(face, down))

    def plug(self, plugged):
        """The network's cable, or its radio."""
        self._plugged = self._outside.plugged = plugged

    def wait(self, ms):
        """Emulated milliseconds."""
        self._do(self._wait(self.now_ns + ms * 1_000_000))

    def _do(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(120)

    async def _power_on(self):
        self.lights = {face: Light(gpio) for face, gpio in LIGHTS.items()}
        self._keys = {face: KeyMock(gpio, active_high=False) for face, gpio in FACES.items()}
        parts = [lambda part=part: part for part in (*self.lights.values(), *self._keys.values())]
        outside = self._network(self._ways, lambda frame: self.frames.append((self.now_ns, frame)))
        outside.plugged = self._plugged
        self._outside = outside
        board = dataclasses.replace(BOARDS[self._board], extras=(*parts, lambda: outside))
        self._device = MicroPythonDevice(board=resolve_firmware(board, "micropython", self._uf2))
        if self._flash is not None:
            self._device.mcu.flash[: len(self._flash)] = self._flash
        elif self._storage is not None:
            self._device.mcu.flash[FLASH_BYTES - len(self._storage) : FLASH_BYTES] = self._storage
        _keep_pace(self._device.simulator)
        self._device._post_boot_handshake = lambda: None  # it would type into the board
        self.cable.plug(self._device.cdc, self._device.simulator.clock)
        await self._device.astart(60)

    async def _power_off(self):
        self._flash = bytes(self._device.mcu.flash)
        self._device.stop()
        await asyncio.wait([self._device.simulator._execute_task], timeout=5)
        self.cable.unplug()

    async def _hold(self, face, down):
        self._keys[face].press() if down else self._keys[face].release()

    async def _press(self, face, ms, bounces):
        for i, bounce_ms in enumerate(bounces):
            await self._hold(face, i % 2 == 0)
            await self._wait(self.now_ns + bounce_ms * 1_000_000)
        began_ns = self.now_ns
        self._keys[face].press()
        await self._wait(began_ns + ms * 1_000_000)
        self._keys[face].release()
        return began_ns

    async def _wait(self, until_ns):
        while self.now_ns < until_ns:
            await asyncio.sleep(0.0005)


async def _end_the_rest():
    """The connections of a board without power: it closes none itself."""
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)


def _keep_pace(simulator):
    """Emulated time waits for the clock on the wall, or a network's answer would come after hours."""
    pace = {"since": (time.monotonic(), 0), "ended": False, "ahead": False}

    def ahead_s():
        began_s, began_ns = pace["since"]
        return (simulator.clock.nanos - began_ns) / 1e9 - (time.monotonic() - began_s)

    def look():
        lead_s = ahead_s()
        if lead_s < -0.05:  # too slow: it is not made up for
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
                simulator._execute_batch()
            if pace["ahead"] and not pace["ended"]:
                pace["ahead"] = simulator.stopped = False
                await asyncio.sleep(max(0, ahead_s()))
            else:
                await asyncio.sleep(0.01 if simulator.rp2040.run_pin_low else 0)

    alarm = simulator.clock.create_alarm(look)
    real_stop = simulator.stop
    simulator.stop, simulator.execute = stop, execute
