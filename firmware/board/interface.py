"""A way out to the network that is tried again for ever, by stronger and stronger means, and what is asked on it.

    start → 0 → 1 → … → the last → 0 → …       a rung a dial; each has JOIN_MS to bring an address
                                               bytes from anywhere → back to 0

There is no last failure, and a broker that is dead is no reason to restart the board: only to doubt the link.
"""

import asyncio
import os
import socket
from errno import EHOSTUNREACH, EINVAL, ENODEV, ETIMEDOUT

from board import names

JOIN_MS = 20000
LOOK_MS = 100
DOUBTED = 3  # dials without a byte: what calls itself connected may not be
ASK_MS = 2000
ASKS = 3
MOST_HOSTNAME = 31  # MicroPython refuses a longer one
_DNS_PORT = 53
_NTP_PORT = 123
_TIME_PLEASE = b"\x23" + bytes(47)  # version 4, a client
_FROM_1900 = 2208988800


class Interface:
    """``nic``: MicroPython's object. ``start`` and ``rungs`` are functions; each begins what may end in an address.

    ``start`` waits for the first dial: a board counts before it looks for a network.
    """

    what = "the network"  # in a sentence

    def __init__(self, nic, start, rungs):
        self._nic = nic
        self._start = start
        self._rungs = rungs
        self._rung = -1
        self._unproven = 0
        self._addresses = {}  # host: the last one that was told

    def rssi(self):
        """dBm, or None where there is no such thing or no network."""
        return None

    def proven(self):
        """Bytes came from somewhere."""
        self._unproven = 0
        self._rung = 0

    def _why(self):
        """Why there is no address, in a sentence."""
        return "there is no network"

    async def join(self):
        """Returns when there is a network with an address. Raises OSError with a sentence."""
        await asyncio.sleep_ms(0)  # who feeds the watchdog goes first
        if self._rung >= 0 and self._unproven < DOUBTED and self._nic.isconnected():
            self._unproven += 1
            return
        step = self._rungs[self._rung] if self._rung >= 0 else self._start
        self._rung = (self._rung + 1) % len(self._rungs)
        try:
            step()
        except OSError as e:
            self._rung = len(self._rungs) - 1
            raise OSError(
                ENODEV, "%s does not answer (%s)" % (self.what, e.args[0] if e.args else "no reason")
            ) from None
        for _ in range(JOIN_MS // LOOK_MS):
            await asyncio.sleep_ms(LOOK_MS)
            if self._nic.isconnected():
                self._unproven = 1
                return
        raise OSError(EHOSTUNREACH, self._why())

    async def address(self, host):
        """A host's address: as it is, as the network's name server says, or as it last said. Raises OSError."""
        if names.is_address(host):
            return host
        try:
            asked = names.question(host, os.urandom(2))
        except ValueError as e:
            raise OSError(EINVAL, e.args[0]) from None
        found = await self._ask(self._nic.ifconfig()[3], _DNS_PORT, asked, names.answer)
        if found:
            self._addresses = {host: found}
        elif host not in self._addresses:
            why = "the name server does not know " if found == "" else "the name server does not answer; asked for "
            raise OSError(ETIMEDOUT, why + host)
        return self._addresses[host]

    async def time(self, server):
        """UTC in milliseconds, as a time server says. Raises OSError."""
        found = await self._ask(await self.address(server), _NTP_PORT, _TIME_PLEASE, _time_in)
        if found is None:
            raise OSError(ETIMEDOUT, "the time server does not answer: " + server)
        return found

    async def _ask(self, address, port, asked, read):
        """What ``read(answer, asked)`` finds in an answer to a packet; None when none comes."""
        line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            line.setblocking(False)
            line.connect((address, port))  # section: none, it only notes where to
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


def _heard(line, asked, read):
    try:
        return read(line.recv(512), asked)
    except OSError:
        return None  # nothing yet


def _time_in(packet, _):
    """RFC 4330: the transmit time, seconds since 1900 and their 2^32nd parts; None where the server knows no time:
    leap indicator 3, stratum 0 or above 15, or no transmit time.

    The 32 bits of seconds begin anew in 2036.
    """
    if len(packet) < 48 or packet[0] & 7 != 4 or packet[0] >> 6 == 3 or not 1 <= packet[1] <= 15:
        return None
    seconds = int.from_bytes(packet[40:44], "big")
    if not seconds:
        return None
    if not seconds & 0x80000000:
        seconds += 1 << 32
    return (seconds - _FROM_1900) * 1000 + (int.from_bytes(packet[44:48], "big") * 1000 >> 32)
