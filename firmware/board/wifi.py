"""The Wi-Fi of a Pico W and a Pico 2 W.

    start (load the chip, join) → RECONNECT → RESTART (load it again) → RENEW (off and on, and load it) → RECONNECT …

Everything waits by asyncio, but for the chip itself: loading its firmware holds the processor. Edges of the buttons are
kept then, and a face is lit; the thanks come late.
"""

import network

from board.interface import MOST_HOSTNAME, Interface

_WHY = {
    -3: "the Wi-Fi network refused the key",
    -2: "the Wi-Fi network was not found",
    -1: "the Wi-Fi network refused the board",
    0: "the Wi-Fi is idle",
    1: "the Wi-Fi network does not answer",
    2: "the Wi-Fi network gives no address",
}


class Wifi(Interface):
    """``asked``: the object "wifi" of config.json."""

    what = "the Wi-Fi chip"

    def __init__(self, asked, hostname):
        self._wlan = network.WLAN(network.WLAN.IF_STA)
        super().__init__(self._wlan, self._load, (self._reconnect, self._restart, self._renew))
        self._ssid = asked["ssid"]
        self._key = asked.get("key")
        network.country(asked.get("country", "FI"))
        network.hostname(hostname[:MOST_HOSTNAME])

    def rssi(self):
        try:
            return self._wlan.status("rssi") if self._wlan.isconnected() else None
        except OSError:
            return None

    def _why(self):
        return _WHY.get(self._wlan.status(), "the Wi-Fi network cannot be joined")

    def _reconnect(self):  # section: loading the Wi-Fi chip's firmware
        self._wlan.disconnect()
        self._wlan.connect(self._ssid, self._key)

    def _load(self):  # section: loading the Wi-Fi chip's firmware
        self._wlan.active(True)
        self._wlan.config(pm=network.WLAN.PM_NONE)  # on mains: sleeping would add 0.1 s and more to each answer
        self._wlan.connect(self._ssid, self._key)

    def _restart(self):  # section: loading the Wi-Fi chip's firmware
        self._wlan.active(False)
        self._load()

    def _renew(self):  # section: loading the Wi-Fi chip's firmware
        self._wlan.deinit()
        self._load()
