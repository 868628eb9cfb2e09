"""The board of a kiosk: Raspberry Pi Pico W and Pico 2 W.

Named limits, besides those of board.pico:
- Loading the Wi-Fi chip's firmware (at the first dial, and on the ladder's later rungs) holds the processor.
- The supply's voltage is not measured: the Wi-Fi chip uses the same pin.
"""

from board.pico import RP2350, Pico, is_text
from board.wifi import Wifi


class Board(Pico):
    """Of config.json "wifi" is for us."""

    name = "pico2_w" if RP2350 else "pico_w"

    def network(self, found):
        wifi = found.get("wifi")
        if not isinstance(wifi, dict) or not is_text(wifi.get("ssid"), 1, 32):
            self.refuse('config.json: wifi must be {"ssid": "the network\'s name", "key": "its key"}')
        if wifi.get("key") is not None and not is_text(wifi["key"], 8, 64):
            self.refuse("config.json: the key in wifi must be text of 8 to 64 characters, or null for an open network")
        if not is_text(wifi.get("country", "FI"), 2, 2):
            self.refuse("config.json: the country in wifi must be two letters, such as FI")
        return Wifi(wifi, found["kiosk"])
