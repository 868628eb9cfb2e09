"""The buttons' contacts: each edge from a hard interrupt through a ring to the task that waits."""

import asyncio
from time import ticks_ms

from machine import Pin

from board.pins import FACES
from board.ring import Ring


class Contact:
    """One button's interrupt. Everything it needs is made beforehand: an interrupt may not allocate."""

    def __init__(self, face, ring, flag, armed, glimpse):
        self.face = face
        self._armed = armed
        self._glimpse = glimpse
        self.pin = Pin(FACES[face], Pin.IN, Pin.PULL_UP)
        self._put = ring.put
        self._wake = flag.set
        self.pin.irq(self._edge, Pin.IRQ_FALLING | Pin.IRQ_RISING, hard=True)

    def closed(self):
        return not self.pin.value()

    def _edge(self, pin):
        closed = not pin.value()
        if closed and self._armed[self.face]:
            self._armed[self.face] = 0
            self._glimpse(self.face)
        self._put(ticks_ms(), self.face, closed)
        self._wake()


class Edges:
    """The buttons' edges, and a way to wait for the next.

    ``armed``: by face, whether the next closing may light it at once; the interrupt clears it.
    ``began``: {face: whether its contact was closed when watching began}, at tick ``began_ticks``.
    """

    def __init__(self, lamps):
        ring = Ring()
        self.armed = bytearray(5)
        self._flag = asyncio.ThreadSafeFlag()
        self.contacts = [Contact(face, ring, self._flag, self.armed, lamps.glimpse) for face in FACES]
        self.take = ring.take
        self.began_ticks = ticks_ms()
        self.began = {contact.face: contact.closed() for contact in self.contacts}
        for face in self.began:
            self.armed[face] = not self.began[face]

    async def wait(self, most_ms):
        """Returns when an edge came or ``most_ms`` have passed."""
        if most_ms <= 0:
            await asyncio.sleep_ms(0)
        else:
            try:
                await asyncio.wait_for_ms(self._flag.wait(), most_ms)
            except asyncio.TimeoutError:
                pass
