"""The contacts' edges for a task that waits for them."""

import asyncio


class Edges:
    """``take``, ``armed``, ``began`` and ``began_ticks`` as in board.contacts."""

    def __init__(self, contacts):
        self.take = contacts.take
        self.armed = contacts.armed
        self.began = contacts.began
        self.began_ticks = contacts.began_ticks
        self._flag = asyncio.ThreadSafeFlag()
        contacts.call(self._flag.set)
        self._flag.set()  # what came before anybody could wait

    async def wait(self, most_ms):
        """Returns when an edge came or ``most_ms`` have passed."""
        if most_ms <= 0:
            await asyncio.sleep_ms(0)
        else:
            try:
                await asyncio.wait_for_ms(self._flag.wait(), most_ms)
            except asyncio.TimeoutError:
                pass
