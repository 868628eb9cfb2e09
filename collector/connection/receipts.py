"""Which PUBACKs may go out: those of what is done with, in the order in which it came, as MQTT asks (5.0: 4.6).

Transactions take kiosks by turns, so they are done with in another order.
"""

import threading
from collections import deque
from collections.abc import Iterable, Sequence


class Receipts:
    """Packet ids of one connection at a time, by its number. Safe to use from any thread; never waits for long."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.connection = 0
        self._came: deque[int] = deque()
        self._open: set[int] = set()  # the same, to be asked quickly
        self._done: set[int] = set()

    def begin(self, connection: int) -> None:
        """A new connection, 0: none. What came by another one has no PUBACK any more."""
        with self._lock:
            self._begin(connection)

    def came(self, connection: int, packet_ids: Sequence[int]) -> None:
        """In the order in which the broker sent them."""
        with self._lock:
            if connection != self.connection:
                self._begin(connection)  # some brokers deliver before they confirm the subscription
            self._came.extend(packet_ids)
            self._open.update(packet_ids)

    def done(self, connection: int, packet_ids: Iterable[int]) -> None:
        """Said twice it does no harm, also where the broker has given the number to another message meanwhile."""
        with self._lock:
            if connection == self.connection:
                self._done.update(self._open.intersection(packet_ids))

    def due(self, connection: int) -> list[int]:
        """Those to be sent now, which are then forgotten."""
        due: list[int] = []
        with self._lock:
            if connection == self.connection and len(self._done) == len(self._came):
                due, self._done, self._open = list(self._came), set(), set()
                self._came.clear()
                return due
            while connection == self.connection and self._came and self._came[0] in self._done:
                due.append(self._came.popleft())
            self._done.difference_update(due)
            self._open.difference_update(due)
        return due

    def _begin(self, connection: int) -> None:
        if connection != self.connection:
            self.connection = connection
            self._came.clear()
            self._open.clear()
            self._done.clear()

    @property
    def owed(self) -> int:
        """How many are done with and not sent."""
        return len(self._done)
