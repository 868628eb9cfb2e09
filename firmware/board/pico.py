"""What every Pico-like board shares under stock MicroPython 1.24 or later, on mains power: buttons, lights, watchdog.

Named limits:
- A flash erase (45 ms typical, 400 ms at worst) holds the processor and its interrupts. An edge is latched and seen at
  its end: a press that outlasts the erase by its 5 ms counts, one that ends within it is neither counted nor thanked,
  nor is one that begins within it after the same face was let go within it: it looks like one that was never let go.
  A spike that begins just before an erase and ends in it looks like a press, and counts.
- Once started, the watchdog outlives Ctrl-C: at a prompt the board restarts within WATCHDOG_MS, unless something holds
  it, as ``hymio flash`` does.
- A program that opens the USB port and does not read holds up each line of the log for up to half a second.
"""

import asyncio
import gc
import os
import sys
from binascii import hexlify
from errno import ECONNREFUSED, ECONNRESET
from time import sleep_ms, ticks_diff, ticks_ms

import machine
from machine import WDT

from board import link
from board.calendar import Calendar
from board.edges import Edges
from board.files import LittleFiles
from board.keyboard import Keyboard, listen

WATCHDOG_MS = 8388  # the most an RP2040 has; what may hold the processor meanwhile: sections.toml
SAY_AGAIN_MS = 10000
ASK_AGAIN_MS = 600000
RP2350 = "RP2350" in getattr(sys.implementation, "_machine", "")
_SCRATCH4 = (0x400D8000 if RP2350 else 0x40058000) + 0x1C  # of the watchdog: outlives a reset, not a power cut
_RAN_OUT = 0x6AB73121  # what the SDK keeps there while a watchdog runs; a reset on purpose clears it
_LARGEST = 65536
_THERE = (ECONNREFUSED, ECONNRESET)  # a refusal, too, is an answer


class Stopped(Exception):
    """Never raised: a Pico runs until it has no power."""


class Line:
    """A link that tells the network when bytes came, and the calendar when a certificate was refused for its date."""

    def __init__(self, inner, proven, doubt):
        self._inner = inner
        self._proven = proven
        self._doubt = doubt

    async def read(self):
        got = await self._watched(self._inner.read())
        self._proven()
        return got

    async def write(self, content):
        await self._watched(self._inner.write(content))

    def close(self):
        self._inner.close()

    async def _watched(self, doing):
        try:
            return await doing
        except OSError as e:
            if e.args and e.args[0] in _THERE:
                self._proven()
            elif link.is_of_date(e):
                self._doubt()
            raise


class Pico:
    """What a kiosk needs of a board. ``found``: the object in config.json. A board adds ``name`` and ``network``.

    ``panel``: its buttons and lights.
    """

    name = "pico"
    ticks_ms = staticmethod(ticks_ms)
    ticks_diff = staticmethod(ticks_diff)
    entropy = staticmethod(os.urandom)
    log = staticmethod(print)
    Stopped = Stopped
    keyboard = Keyboard

    def __init__(self, found, panel):
        if found.get("ntp") is not None and not is_text(found["ntp"], 1, 253):
            self.refuse("config.json: ntp must be the name or address of a time server, or be left out")
        flashed_s = found.get("flashed")
        if flashed_s is not None and not isinstance(flashed_s, int):
            self.refuse("config.json: flashed must be when it was written, in seconds since 1970, or be left out")
        self.cause = _cause()
        self.unique_id = hexlify(machine.unique_id()).decode()
        self.files = LittleFiles("")
        self.light = panel.lamps.set
        self._panel = panel
        self.edges = Edges(panel.contacts)
        self._calendar = Calendar(flashed_s)
        self._time_server = found.get("ntp")
        self._asked_ticks = None  # when the time server was last asked in vain
        self.heard_time = None  # (ticks, UTC ms): what the time server said, and when
        self._network = self.network(found)
        self._watchdog = WDT(timeout=WATCHDOG_MS)  # after the last word that could be refused

    def network(self, found):
        """The board's way out: ``join``, ``address``, ``time``, ``proven``, ``rssi``, as in board.interface."""
        raise NotImplementedError  # each board's own: board/pico_w.py, board/w5500_evb_pico.py

    @staticmethod
    def refuse(sentence):
        """What config.json lacks, over and over: whoever opens the port reads it. No watchdog; Ctrl-C gets in."""
        while True:
            print(sentence)
            sleep_ms(SAY_AGAIN_MS)  # section: none, there is no watchdog yet

    def pause(self, ms):
        return asyncio.sleep_ms(ms)  # to be awaited at once; it needs no memory, which may be what is waited for

    def free_lights(self, spare_ms):
        """A finger's interrupt has the lights no more, unless one waits to be seen: then False, and it has."""
        return self._panel.lamps.free(self._panel.contacts.ring, spare_ms)

    def facts(self):
        """(RSSI in dBm, supply in mV, free heap, largest free block, free flash); None: no such thing."""
        gc.collect()
        return self._network.rssi(), None, gc.mem_free(), _largest_block(), self.files.free()

    async def dial(self, host, port, tls, ca):
        """A link to the broker. Raises OSError with a sentence."""
        await self._network.join()
        if self._time_server and not self._calendar.sure:
            await self._ask_time()
        address = await self._network.address(host)
        return await self._dialled(host, port, tls, ca, address)

    async def _ask_time(self):
        """A time server that is silent is no reason not to try the broker, nor to wait for it at every try."""
        if self._asked_ticks is not None and ticks_diff(ticks_ms(), self._asked_ticks) < ASK_AGAIN_MS:
            return
        try:
            utc_ms = await self._network.time(self._time_server)
        except OSError as e:
            self._asked_ticks = ticks_ms()
            self.log(self.explain(e))
            return
        self.heard_time = ticks_ms(), utc_ms
        self._calendar.tell(utc_ms // 1000, True)

    async def _dialled(self, host, port, tls, ca, address):
        proven, doubt = self._network.proven, self._calendar.doubt
        try:
            return Line(await link.dial(host, port, tls, ca, address), proven, doubt)
        except OSError as e:
            if e.args and e.args[0] in _THERE:
                proven()
            elif link.is_of_date(e):
                doubt()
            raise

    def explain(self, error):
        """One sentence about an OSError of ``dial`` or of a link."""
        why = error.args[-1] if error.args else "no reason given"
        return why if isinstance(why, str) and " " in why else "no connection to the broker: " + link.reason(why)

    def tell_time(self, utc_ms, sure):
        """What time it is, or (not ``sure``) what it certainly was already: certificates are checked against it."""
        self._calendar.tell(utc_ms // 1000, sure)

    def feed(self):
        self._watchdog.feed()

    def reset(self):
        self.log("restarting")
        machine.reset()

    def end(self):
        """Never called, as Stopped is never raised."""

    async def serve(self, typed):
        """Says that the buttons count; gives each line typed over USB to ``typed``. Its end would end all tasks."""
        self.log("ready")
        lines = self.keyboard()

        async def take():
            typed(await lines.next())

        await listen(take, self.pause, self.log)


def is_text(value, least, most):
    return isinstance(value, str) and least <= len(value.encode()) <= most


def _cause():
    """Why this boot came. MicroPython calls ``machine.reset()`` a watchdog's, too."""
    found = machine.reset_cause()
    if found == machine.PWRON_RESET:
        return "power"
    if found == machine.WDT_RESET:
        return "watchdog" if machine.mem32[_SCRATCH4] == _RAN_OUT else "reset"
    return "unknown"


def _largest_block():
    """Bytes that are certainly free in one piece: a power of two."""
    size = _LARGEST
    while size > 256:
        try:
            bytearray(size)
            break
        except MemoryError:
            size //= 2
    return size
