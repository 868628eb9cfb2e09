"""The buttons' contacts: each edge by a hard interrupt into a ring. Without asyncio, which takes longest to import."""

from time import ticks_ms

from machine import Pin, disable_irq, enable_irq

from board.pins import FACES
from board.ring import Ring


class Contact:
    """One button's interrupt. Everything it needs is made beforehand: an interrupt may not allocate."""

    def __init__(self, face, ring, armed, glimpse):
        self.face = face
        self.wake = _nobody
        self._armed = armed
        self._glimpse = glimpse
        self.pin = Pin(FACES[face], Pin.IN, Pin.PULL_UP)
        self._put = ring.put
        self.pin.irq(self._edge, Pin.IRQ_FALLING | Pin.IRQ_RISING, hard=True)

    def closed(self):
        return not self.pin.value()

    def _edge(self, pin):
        closed = not pin.value()
        lit = closed and self._armed[self.face]
        if lit:
            self._armed[self.face] = 0
            lit = self._glimpse(self.face)
        self._put(ticks_ms(), self.face, closed, lit)
        self.wake()


class Contacts:
    """All buttons, watched from now on.

    ``began``: {face: whether its contact was closed when watching began}, at tick ``began_ticks``.
    """

    def __init__(self, glimpse):
        """``glimpse(face)`` lights it, in the interrupt; whether it did."""
        ring = Ring()
        self._armed = bytearray(5)  # by face, whether the next closing lights it at once; the interrupt clears it
        self._all = [Contact(face, ring, self._armed, glimpse) for face in FACES]
        self.ring = ring
        self.take = ring.take
        self.began_ticks = ticks_ms()
        self.began = self.closed()
        for face in self.began:
            self._armed[face] = not self.began[face]

    def closed(self):
        """{face: whether its contact is closed now}."""
        return {contact.face: contact.closed() for contact in self._all}

    def arm(self, face, rests):
        """Whether the next closing of a face may light it: only where its button ``rests`` and no edge waits.

        For what waits may tell that it does not rest: a bounce would light it a second time.
        """
        was = disable_irq()
        try:  # a Ctrl-C comes at any line
            self._armed[face] = rests and (self._armed[face] or not self.ring.holds)
        finally:
            enable_irq(was)

    def call(self, wake):
        """``wake()`` after each edge from now on, in the interrupt: it must not allocate."""
        for contact in self._all:
            contact.wake = wake


def _nobody():
    """Nobody waits yet."""
