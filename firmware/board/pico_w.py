"""The board of a kiosk: Raspberry Pi Pico W and Pico 2 W under stock MicroPython 1.24 or later, on mains power.

Named limits:
- Loading the Wi-Fi chip's firmware (at the start, and on the ladder's later rungs), a TLS handshake's arithmetic and a
  flash erase hold the processor. Edges are kept meanwhile; the light comes late. A press that begins and ends within
  one erase (some 45 ms) is not seen as long enough.
- Once started, the watchdog outlives Ctrl-C: at a prompt the board restarts within WATCHDOG_MS, unless something holds
  it, as ``hymio flash`` does.
- The supply's voltage is not measured: the Wi-Fi chip uses the same pin.
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
from machine import PWM, WDT, Pin

from board import link
from board.calendar import Calendar
from board.contacts import Edges
from board.files import LittleFiles
from board.pins import LIGHTS
from board.wifi import Wifi

WATCHDOG_MS = 8388  # the most an RP2040 has
SAY_AGAIN_MS = 10000
PWM_HZ = 1000
_RP2350 = "RP2350" in getattr(sys.implementation, "_machine", "")
_SCRATCH4 = (0x400D8000 if _RP2350 else 0x40058000) + 0x1C  # of the watchdog: outlives a reset, not a power cut
_RAN_OUT = 0x6AB73121  # what the SDK keeps there while a watchdog runs; a reset on purpose clears it
_OF_DATE = ("expired", "future")  # in Mbed TLS's sentences about a certificate
_LARGEST = 65536
_THERE = (ECONNREFUSED, ECONNRESET)  # a refusal, too, is an answer


class Stopped(Exception):
    """Never raised: a Pico runs until it has no power."""


class Line:
    """A link that tells the Wi-Fi when bytes came, and the calendar when a certificate was refused for its date."""

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
            elif e.args and any([word in str(e.args[-1]) for word in _OF_DATE]):
                self._doubt()
            raise


class Board:
    """What a kiosk needs of a board. ``found``: the object in config.json, of which "wifi" is for us."""

    name = "pico2_w" if _RP2350 else "pico_w"
    ticks_ms = staticmethod(ticks_ms)
    ticks_diff = staticmethod(ticks_diff)
    entropy = staticmethod(os.urandom)
    log = staticmethod(print)
    Stopped = Stopped

    def __init__(self, found):
        self._check(found)
        self.cause = _cause()
        self.unique_id = hexlify(machine.unique_id()).decode()
        self.files = LittleFiles("")
        self._lights = {face: PWM(Pin(LIGHTS[face]), freq=PWM_HZ, duty_u16=0) for face in LIGHTS}
        self.edges = Edges()
        self._watchdog = WDT(timeout=WATCHDOG_MS)
        self._calendar = Calendar()
        self._time_server = found.get("ntp")
        self._wifi = Wifi(found["wifi"], found["kiosk"], self.feed)

    @staticmethod
    def refuse(sentence):
        """What config.json lacks, over and over: whoever opens the port reads it. No watchdog; Ctrl-C gets in."""
        while True:
            print(sentence)
            sleep_ms(SAY_AGAIN_MS)

    async def pause(self, ms):
        await asyncio.sleep_ms(ms)

    def closed(self):
        """{face: whether its contact is closed now}."""
        return {contact.face: contact.closed() for contact in self.edges.contacts}

    def light(self, face, percent):
        self._lights[face].duty_u16(percent * 65535 // 100)

    def facts(self):
        """(RSSI in dBm, supply in mV, free heap, largest free block, free flash); None: no such thing."""
        gc.collect()
        return self._wifi.rssi(), None, gc.mem_free(), _largest_block(), self.files.free()

    async def dial(self, host, port, tls, ca):
        """A link to the broker. Raises OSError with a sentence."""
        await self._wifi.join()
        if tls and self._time_server and not self._calendar.sure:
            self._calendar.tell(await self._wifi.time(self._time_server), True)
        address = await self._wifi.address(host)
        return Line(await link.dial(host, port, tls, ca, address), self._wifi.proven, self._calendar.doubt)

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

    async def serve(self):
        """Says that the buttons count."""
        self.log("ready")
        while True:
            await asyncio.sleep(3600)

    def _check(self, found):
        wifi = found.get("wifi")
        if not isinstance(wifi, dict) or not _is_text(wifi.get("ssid"), 1, 32):
            self.refuse('config.json: wifi must be {"ssid": "the network\'s name", "key": "its key"}')
        if wifi.get("key") is not None and not _is_text(wifi["key"], 8, 64):
            self.refuse("config.json: the key in wifi must be text of 8 to 64 characters, or null for an open network")
        if not _is_text(wifi.get("country", "FI"), 2, 2):
            self.refuse("config.json: the country in wifi must be two letters, such as FI")
        if found.get("ntp") is not None and not _is_text(found["ntp"], 1, 253):
            self.refuse("config.json: ntp must be the name or address of a time server, or be left out")


def _is_text(value, least, most):
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
