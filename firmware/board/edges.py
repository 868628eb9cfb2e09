"""The contacts' edges for a task that waits for them."""

import asyncio


class Edges:
    """``take``, ``arm``, ``closed``, ``began`` and ``began_ticks`` as in board.contacts."""

    def __init__(self, contacts):
        self._contacts = contacts
        self.take = contacts.take
        self.arm = contacts.arm
        self.closed = contacts.closed
        self.began = contacts.began
        self.began_ticks = contacts.began_ticks
        self._flag = asyncio.ThreadSafeFlag()
        contacts.call(self._flag.set)
        self._flag.set()  # what came before anybody could wait

    @property
    def lost(self):
        """Edges for which the ring had no room, since the boot."""
        return self._contacts.ring.lost

    async def wait(self, most_ms):
        """Returns when an edge came or ``most_ms`` have passed."""
        if most_ms <= 0:
            await asyncio.sleep_ms(0)
        else:
            try:
                await asyncio.wait_for_ms(self._flag.wait(), most_ms)
            except asyncio.TimeoutError:
                pass
