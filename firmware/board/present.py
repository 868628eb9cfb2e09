"""The board that is present: the one place where that is asked. Imports as little as it can, as late as it can."""

import sys


def panel():
    """The board's buttons and lights, already counting; None where the board brings its own."""
    if sys.platform != "rp2":
        return None
    from board.panel import Panel

    return Panel()


def kind():
    """The board's class. ``kind()(found, panel)`` is the board."""
    if sys.platform != "rp2":
        from board.host import Board as Host

        return Host
    if "W5500" in getattr(sys.implementation, "_machine", ""):
        from board.w5500_evb_pico import Board as Cable

        return Cable
    from board.pico_w import Board as Wireless

    return Wireless
