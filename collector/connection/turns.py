"""What waits for its transaction: a line for each kiosk, and kiosks by turns.

Every transaction takes a little from each line, so a kiosk waits for what it sent itself and not for what another one
did. A kiosk whose budget is spent (collector/kiosks/flood.py) has no turn until it has some again; its line is short
meanwhile, and what comes beyond that is not taken. It has no stored ack, so the kiosk sends it again.
"""

from collections import deque

from collector.intake.delivery import Delivery
from collector.kiosks.flood import COST_BYTES, MOST_COUNTED_BYTES, Budget, Floods

MOST_OF_ONE = 64  # deliveries of one kiosk in a transaction,
BYTES_OF_ONE = 1 << 15  # whose payloads are no longer than that altogether, but for the last
LINE_BYTES = 1 << 20  # what may wait of one kiosk,
SLOW_LINE_BYTES = 1 << 16  # and of one that floods
ENVELOPE_BYTES = 64  # of a payload: what is not taps, about
OVERHEAD_BYTES = 500  # a delivery for what Python keeps beside its payload

Frame = tuple[int, list[Delivery]]
"""Deliveries of one connection to the broker, by its number."""


class _Line:
    __slots__ = ("connection", "cut_off", "deliveries", "weight")

    def __init__(self) -> None:
        self.connection = 0
        self.deliveries: deque[Delivery] = deque()
        self.weight = 0
        self.cut_off = 0  # bytes that giants had and their payloads here have not


class Turns:
    """Not safe to use from two threads at once. Times are seconds of one clock."""

    def __init__(self, budget: Budget, line_bytes: int = LINE_BYTES) -> None:
        self.count = self.weight = 0
        """Deliveries that wait, and the bytes of memory they take, about."""
        self.floods = Floods()
        self._budget, self._line_bytes = budget, line_bytes
        self._lines: dict[str, _Line] = {}  # none is empty
        self._turn: deque[str] = deque()  # of those that are not slowed
        self._ready_s: dict[str, float] = {}  # of kiosks that are slowed, whether anything of theirs waits or not

    def put(self, frame: Frame) -> list[int]:
        """Takes a frame over, but for what goes beyond a line.

        Answers packet ids whose place in the broker's window must not be held until the transaction: a window is for
        all kiosks, and one that floods would fill it.
        """
        connection, deliveries = frame
        lines, ready_s, most = self._lines, self._ready_s, self._line_bytes
        given_back: list[int] = []
        for delivery in deliveries:  # the one loop of the collector that all messages pass one by one: no calls in it
            parts = delivery.topic.split("/", 3)
            kiosk = parts[2] if len(parts) > 2 else ""
            line = lines.get(kiosk)
            if line is None:
                line = self._begin(kiosk)
            if connection != line.connection and delivery.packet_id:
                self._renew(line, connection)
            if line.weight >= most or (ready_s and kiosk in ready_s):
                given_back.append(delivery.packet_id)
                delivery = delivery._replace(packet_id=0)
                if not self._fits(kiosk, line):
                    continue
            length = len(delivery.payload)
            if delivery.size > length:
                line.cut_off += min(delivery.size, MOST_COUNTED_BYTES) - length
            line.deliveries.append(delivery)
            line.weight += length + OVERHEAD_BYTES
            self.weight += length + OVERHEAD_BYTES
            self.count += 1
        return [packet_id for packet_id in given_back if packet_id]

    def _fits(self, kiosk: str, line: _Line) -> bool:
        """Whether one more of a kiosk that sends too much is taken."""
        fits = line.weight < (SLOW_LINE_BYTES if kiosk in self._ready_s else self._line_bytes)
        self.floods.add(kiosk, 1, int(not fits))
        return fits

    def _begin(self, kiosk: str) -> _Line:
        line = self._lines[kiosk] = _Line()
        if kiosk not in self._ready_s:
            self._turn.append(kiosk)
        return line

    def _renew(self, line: _Line, connection: int) -> None:
        """What came by an earlier connection has no PUBACK any more."""
        if line.deliveries:
            line.deliveries = deque(delivery._replace(packet_id=0) for delivery in line.deliveries)
        line.connection = connection

    def take(self, now_s: float, most: int, most_bytes: int) -> tuple[list[Frame], list[int]]:
        """The next transaction's: about ``most`` deliveries, whose payloads are about ``most_bytes`` altogether beside
        their envelopes: a tap takes more memory in a transaction than everything else of a message.

        Answers packet ids as ``put`` does beside them, of kiosks that have just spent their budget.
        """
        self._wake(now_s)
        frames: list[Frame] = []
        given_back: list[int] = []
        for _ in range(len(self._turn)):
            if most <= 0 or most_bytes <= 0:
                break
            kiosk = self._turn.popleft()
            line = self._lines[kiosk]
            left = self._budget.left(kiosk, now_s)
            some, size, cost = _cut(line, max(1, int(min(left, MOST_OF_ONE))))
            wait_s = self._budget.spend(kiosk, left - cost, now_s)
            frames.append((line.connection, some))
            most -= len(some)
            most_bytes -= max(0, size - ENVELOPE_BYTES * len(some))
            self._taken(line, len(some), size)
            if wait_s > 0:
                self._ready_s[kiosk] = now_s + wait_s
                given_back += self._slow(kiosk, line)
            if not line.deliveries:
                del self._lines[kiosk]
            elif wait_s == 0:
                self._turn.append(kiosk)
        return frames, given_back

    def charge(self, kiosk: str, cost: float, now_s: float) -> list[int]:
        """What a kiosk's messages cost beyond themselves, which is known after their transaction; answers as ``take``
        does."""
        wait_s = self._budget.spend(kiosk, self._budget.left(kiosk, now_s) - cost, now_s)
        if wait_s == 0:
            return []
        self._ready_s[kiosk] = now_s + wait_s
        if kiosk not in self._lines:
            return []
        if kiosk in self._turn:
            self._turn.remove(kiosk)
        return self._slow(kiosk, self._lines[kiosk])

    def wait_s(self, now_s: float) -> float | None:
        """How long until ``take`` has something; None: until something is put."""
        if self._turn:
            return 0.0
        times = [ready_s for kiosk, ready_s in self._ready_s.items() if kiosk in self._lines]
        return max(0.0, min(times) - now_s) if times else None

    def _taken(self, line: _Line, count: int, size: int) -> None:
        weight = size + OVERHEAD_BYTES * count
        line.weight -= weight
        self.weight -= weight
        self.count -= count

    def _slow(self, kiosk: str, line: _Line) -> list[int]:
        waiting = line.deliveries
        self.floods.add(kiosk, len(waiting), 0)
        line.deliveries = deque(delivery._replace(packet_id=0) for delivery in waiting)
        return [delivery.packet_id for delivery in waiting if delivery.packet_id]

    def _wake(self, now_s: float) -> None:
        for kiosk in [kiosk for kiosk, ready_s in self._ready_s.items() if ready_s <= now_s]:
            del self._ready_s[kiosk]
            if kiosk in self._lines:
                self._turn.append(kiosk)


def _cut(line: _Line, most: int) -> tuple[list[Delivery], int, float]:
    """The next ``most`` deliveries of a line, or fewer where they are long; their payloads' size, and their cost.

    What was cut off of giants is paid with the first that is taken after them.
    """
    waiting = line.deliveries
    if len(waiting) <= most and line.weight <= BYTES_OF_ONE:
        some = list(waiting)
        size = line.weight - OVERHEAD_BYTES * len(some)
        waiting.clear()
    else:
        some, size = [], 0
        while waiting and len(some) < most and size < BYTES_OF_ONE:
            some.append(waiting.popleft())
            size += len(some[-1].payload)
    cost = len(some) + (size + line.cut_off) / COST_BYTES
    line.cut_off = 0
    return some, size, cost
