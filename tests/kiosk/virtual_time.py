"""Asyncio in a time of its own: it passes only while every task waits, so a day takes as long as its work does.

The same on both interpreters. The application's own code is not touched; only what tells asyncio the time is.
"""

import asyncio
import sys

BEGIN_MS = 1 << 40  # far from the real tick count, with which MicroPython's C code orders what runs at once


class Time:
    """``now_ms`` moves on by itself while tasks wait."""

    def __init__(self):
        self.now_ms = BEGIN_MS

    def pass_ms(self, ms):
        self.now_ms += ms


def run(time, main):
    """``asyncio.run`` of the coroutine ``main`` in that time."""
    if sys.implementation.name == "micropython":
        asyncio.new_event_loop()
        asyncio.core.ticks = lambda: time.now_ms
        asyncio.core._io_queue = _Nothing(time)
        return asyncio.run(main)
    with asyncio.Runner(loop_factory=lambda: _loop(time)) as runner:
        return runner.run(main)


class _Nothing:
    """Stands where MicroPython's asyncio polls sockets: there are none, the next timer is due at once."""

    def __init__(self, time):
        self.time = time
        self.map = True

    def wait_io_event(self, wait_ms):
        if wait_ms < 0:
            raise RuntimeError("every task waits for another")
        self.time.pass_ms(wait_ms)

    def remove(self, task):
        """A task that is cancelled does not wait here."""


def _loop(time):
    """CPython's event loop likewise."""
    import selectors

    class Selector(selectors.SelectSelector):
        def select(self, timeout=None):
            if timeout is None:
                raise RuntimeError("every task waits for another")
            if timeout > 0:
                time.pass_ms(max(1, int(timeout * 1000 + 0.999)))
            return []

    class Loop(asyncio.SelectorEventLoop):
        def time(self):
            return time.now_ms / 1000

    loop = Loop(Selector())
    loop._clock_resolution = 0.0005  # what is due now must not look later by a rounding
    return loop
