"""The contacts' edges for a task that waits for them."""

import asyncio


class Edges:
    """``take``, ``armed``, ``began`` and ``began_ticks`` as in board.contacts."""

    def __init__(self, contacts):
        self._contacts = contacts
        self.lost = 0  # edges for which the ring had no room, since the boot
        self.take = contacts.take
        self.armed = contacts.armed
        self.began = contacts.began
        self.began_ticks = contacts.began_ticks
        self._flag = asyncio.ThreadSafeFlag()
        contacts.call(self._flag.set)
        self._flag.set()  # what came before anybody could wait

    def missed(self):
        """{face: whether its contact is closed now} when edges were lost since this was last asked; else None."""
        if self._contacts.ring.lost == self.lost:
            return None
        self.lost = self._contacts.ring.lost
        return self._contacts.closed()

    async def wait(self, most_ms):
        """Returns when an edge came or ``most_ms`` have passed."""
        if most_ms <= 0:
            await asyncio.sleep_ms(0)
        else:
            try:
                await asyncio.wait_for_ms(self._flag.wait(), most_ms)
            except asyncio.TimeoutError:
                pass
