"""The board of a kiosk on a cable: W5500-EVB-Pico and W5500-EVB-Pico2.

Named limits, besides those of board.pico:
- It has not run on a board: its driver was read, and a test drives it against a fake that does what was read.
- A chip that stops answering while the driver talks to it holds the processor until the watchdog restarts the board.
- A reset of the chip holds the processor for 0.41 s.
"""

from board.cable import Cable
from board.pico import RP2350, Pico


class Board(Pico):
    """Of config.json nothing is for us."""

    name = "w5500_evb_pico2" if RP2350 else "w5500_evb_pico"

    def network(self, found):
        return Cable(found["kiosk"])
