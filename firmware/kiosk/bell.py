"""Wakes a task that sleeps until something is due."""

import asyncio


class Bell:
    """One task waits; anybody rings. A ring before the wait is not lost."""

    def __init__(self):
        self._event = asyncio.Event()

    def ring(self):
        self._event.set()

    async def wait(self, most_ms):
        """Returns after ``ring`` or ``most_ms``."""
        if most_ms <= 0:
            await asyncio.sleep(0)  # the other tasks go on, whatever is due here
        elif not self._event.is_set():
            try:
                await asyncio.wait_for(self._event.wait(), most_ms / 1000)
            except asyncio.TimeoutError:
                pass
        self._event.clear()
