"""The Ethernet of a W5500-EVB-Pico, with an address by DHCP.

    start (reset the chip, ask for an address) → ASK AGAIN → RESET → ASK AGAIN …

The driver waits for ever for a chip that is not there, so its version is read by hand before the driver sees it.
"""

from time import sleep_ms

import network
from machine import SPI, Pin

from board.interface import MOST_HOSTNAME, Interface
from board.pins import CABLE
from board.wiznet import WIZNET5K

_BAUD = 20000000
_READ_VERSION = b"\x00\x39\x00\x00"  # the address, read, and room for the answer
_VERSION = 4
_WHY = {
    0: "there is no network cable",
    1: "the Ethernet chip has stopped",
    2: "the network at the cable gives no address",
}


class Cable(Interface):
    what = "the Ethernet chip"

    def __init__(self, hostname):
        self._spi = SPI(0, _BAUD, sck=Pin(CABLE["sck"]), mosi=Pin(CABLE["mosi"]), miso=Pin(CABLE["miso"]))
        self._cs = Pin(CABLE["cs"], Pin.OUT, value=1)
        self._reset = Pin(CABLE["reset"], Pin.OUT, value=1)
        self._chip = WIZNET5K(self._spi, self._cs, self._reset, Pin(CABLE["interrupt"], Pin.IN))
        super().__init__(self._chip, self._begin, (self._ask_again, self._restart))
        network.hostname(hostname[:MOST_HOSTNAME])

    def _why(self):
        return _WHY.get(self._chip.status(), "the network at the cable cannot be used")

    def _ask_again(self):
        self._chip.ipconfig(dhcp4=False)
        self._chip.ipconfig(dhcp4=True)

    def _restart(self):  # section: resetting the Ethernet chip
        self._chip.active(False)
        self._begin()

    def _begin(self):  # section: resetting the Ethernet chip
        """``active`` resets the chip once more and waits 411 ms for it."""
        self._reset(0)
        sleep_ms(1)
        self._reset(1)
        sleep_ms(2)
        if self._version() != _VERSION:
            raise OSError("no chip")
        self._chip.active(True)

    def _version(self):
        answer = bytearray(len(_READ_VERSION))
        self._cs(0)
        self._spi.write_readinto(_READ_VERSION, answer)
        self._cs(1)
        return answer[3]
