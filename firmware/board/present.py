"""The board that is present: the one place where that is asked."""

import sys

if sys.platform != "rp2":
    from board.host import Board
elif "W5500" in getattr(sys.implementation, "_machine", ""):
    from board.w5500_evb_pico import Board
else:
    from board.pico_w import Board

__all__ = ("Board",)
