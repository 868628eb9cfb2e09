"""The shipped board code with another way out: PPP over a UART, since no MicroPython that can be built here has Wi-Fi.

It is board/bed.py in the image that the emulated Pico is flashed with. The line ``stick`` on USB makes the buttons'
task wait for ever.
"""

import asyncio
import os
import socket
from errno import EHOSTUNREACH

import machine
import network
from board import names
from board.pico import Pico

_BAUD = 921600
_JOIN_MS = 10000
_LOOK_MS = 50


class Ppp:
    """As board.wifi's Wifi."""

    def __init__(self):
        self._line = network.PPP(machine.UART(0, _BAUD, rxbuf=4096))

    def rssi(self):
        return None

    def proven(self):
        pass

    async def join(self):
        if self._line.isconnected():
            return
        self._line.connect()
        for _ in range(_JOIN_MS // _LOOK_MS):
            await asyncio.sleep_ms(_LOOK_MS)
            if self._line.isconnected():
                return
        raise OSError(EHOSTUNREACH, "the other end of the line does not answer")

    async def address(self, host):
        asked = names.question(host, os.urandom(2))
        line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        line.setblocking(False)
        line.connect((self._line.ifconfig()[3], 53))
        try:
            line.send(asked)
            for _ in range(40):
                await asyncio.sleep_ms(_LOOK_MS)
                try:
                    return names.answer(line.recv(512), asked)
                except OSError:
                    continue
        finally:
            line.close()
        raise OSError(EHOSTUNREACH, "the name server does not answer")


class Board(Pico):
    name = "lab"

    def network(self, found):
        return Ppp()

    async def serve(self, typed):
        def stick(line):
            if line == "stick":
                self.edges.wait = _for_ever
            else:
                typed(line)

        await super().serve(stick)


async def _for_ever(_):
    while True:
        await asyncio.sleep(3600)
