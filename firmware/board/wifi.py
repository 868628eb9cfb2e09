"""The Wi-Fi of a Pico W and a Pico 2 W: joined again for ever, by stronger and stronger means.

    joined ─3 dials without a byte from anywhere, or the link is down→ RECONNECT → RESTART → RENEW → RECONNECT …
                                                       each: joined within 20 s, or the next one at the next dial

Everything waits by asyncio, but for the chip itself: RESTART and RENEW load its firmware anew and hold the processor
meanwhile. Edges of the buttons are kept then; their light comes late.
"""

import asyncio
import os
import socket
from errno import EHOSTUNREACH, EINVAL, ENODEV, ETIMEDOUT

import network

from board import names

JOIN_MS = 20000
LOOK_MS = 100
DOUBTED = 3  # dials without a byte: what calls itself connected may not be
ASK_MS = 2000
ASKS = 3
_MOST_HOSTNAME = 31  # MicroPython refuses a longer one
_DNS_PORT = 53
_NTP_PORT = 123
_TIME_PLEASE = b"\x23" + bytes(47)  # version 4, a client
_FROM_1900 = 2208988800

_WHY = {
    -3: "the Wi-Fi network refused the key",
    -2: "the Wi-Fi network was not found",
    -1: "the Wi-Fi network refused the board",
    0: "the Wi-Fi is idle",
    1: "the Wi-Fi network does not answer",
    2: "the Wi-Fi network gives no address",
}


class Wifi:
    """``asked``: the object "wifi" of config.json. ``feed``: called before the chip holds the processor."""

    def __init__(self, asked, hostname, feed):
        self._ssid = asked["ssid"]
        self._key = asked.get("key")
        self._feed = feed
        self._wlan = network.WLAN(network.WLAN.IF_STA)
        self._rung = 0
        self._unproven = 0
        self._addresses = {}  # host: the last one that was told
        network.country(asked.get("country", "FI"))
        network.hostname(hostname[:_MOST_HOSTNAME])
        try:
            self._activate()
        except OSError:
            self._rung = 2  # the kiosk counts without a network; the next dial begins with the chip

    def rssi(self):
        """dBm, or None while there is no network."""
        try:
            return self._wlan.status("rssi") if self._wlan.isconnected() else None
        except OSError:
            return None

    def proven(self):
        """Bytes came from somewhere."""
        self._unproven = 0
        self._rung = 0

    async def join(self):
        """Returns when there is a network with an address. Raises OSError with a sentence."""
        if self._wlan.isconnected() and self._unproven < DOUBTED:
            self._unproven += 1
            return
        step = (self._reconnect, self._restart, self._renew)[self._rung]
        self._rung = (self._rung + 1) % 3
        try:
            step()
            self._wlan.connect(self._ssid, self._key)
        except OSError as e:
            raise OSError(ENODEV, "the Wi-Fi chip does not answer (%s)" % e.args[0]) from None
        for _ in range(JOIN_MS // LOOK_MS):
            await asyncio.sleep_ms(LOOK_MS)
            if self._wlan.isconnected():
                self._unproven = 1
                return
        raise OSError(EHOSTUNREACH, _WHY.get(self._wlan.status(), "the Wi-Fi network cannot be joined"))

    async def address(self, host):
        """A host's address: as it is, as the network's name server says, or as it last said. Raises OSError."""
        if names.is_address(host):
            return host
        try:
            asked = names.question(host, os.urandom(2))
        except ValueError as e:
            raise OSError(EINVAL, e.args[0]) from None
        found = await self._ask(self._wlan.ifconfig()[3], _DNS_PORT, asked, names.answer)
        if found:
            self._addresses = {host: found}
        elif host not in self._addresses:
            why = "the name server does not know " if found == "" else "the name server does not answer; asked for "
            raise OSError(ETIMEDOUT, why + host)
        return self._addresses[host]

    async def time(self, server):
        """UTC in seconds, as a time server says. Raises OSError."""
        found = await self._ask(await self.address(server), _NTP_PORT, _TIME_PLEASE, _time_in)
        if found is None:
            raise OSError(ETIMEDOUT, "the time server does not answer: " + server)
        return found

    async def _ask(self, address, port, asked, read):
        """What ``read(answer, asked)`` finds in an answer to a packet; None when none comes."""
        line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            line.setblocking(False)
            line.connect((address, port))
            for _ in range(ASKS):
                line.send(asked)
                for _ in range(ASK_MS // LOOK_MS):
                    await asyncio.sleep_ms(LOOK_MS)
                    found = _heard(line, asked, read)
                    if found is not None:
                        self.proven()
                        return found
        finally:
            line.close()
        return None

    def _reconnect(self):
        self._wlan.disconnect()

    def _restart(self):
        self._feed()
        self._wlan.active(False)
        self._activate()

    def _renew(self):
        self._feed()
        self._wlan.deinit()
        self._wlan = network.WLAN(network.WLAN.IF_STA)
        self._activate()

    def _activate(self):
        self._feed()
        self._wlan.active(True)
        self._wlan.config(pm=network.WLAN.PM_NONE)  # on mains: sleeping would add 0.1 s and more to each answer


def _heard(line, asked, read):
    try:
        return read(line.recv(512), asked)
    except OSError:
        return None  # nothing yet


def _time_in(packet, _):
    """RFC 4330: the transmit time, seconds since 1900; None from a server that does not know it."""
    if len(packet) < 48 or packet[0] & 7 != 4 or not packet[1]:
        return None
    return int.from_bytes(packet[40:44], "big") - _FROM_1900
