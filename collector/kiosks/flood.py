"""How much of one kiosk's is taken, and who sends more: a kiosk that floods is slowed and told of, others keep their
turns.

What a kiosk sends costs it: a message one, one more for each COST_BYTES of it, and one for each COST_ROWS that it has
the store look at again, since it came late. A kiosk that empties a full journal
sends about ten messages a second and waits for their stored ack, so it never comes near.
"""

import logging
from collections import Counter, OrderedDict
from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select, update

from collector.database.rows import insert_new
from collector.database.tables import Kiosk, kiosk_state
from collector.registration import guests

log = logging.getLogger("hymio.collector")

PER_S = 100.0
BURST = 1000.0  # what a broker may have kept of one kiosk while no collector was there
COST_BYTES = 2048
COST_ROWS = 64  # of about 15 us each: with PER_S a tenth of the time of who writes
MOST_COUNTED_BYTES = 1 << 20  # of one message: the first giant is a curiosity, the second one a flood
READY = 10.0  # what a slowed kiosk has again before it has its turn: a few messages at a time, not each by itself
MOST_KIOSKS = 20_000  # remembered at once; each is forgotten when it has all of its budget again

TELL_EVERY_S = 60.0

_kiosk: Any = Kiosk.__table__  # type: ignore[attr-defined]


class Budget:
    """``burst`` at once and ``per_s`` in the long run, for each kiosk. Times are seconds of one clock."""

    def __init__(self, per_s: float = PER_S, burst: float = BURST) -> None:
        self.per_s, self.burst = per_s, burst
        self._left: dict[str, tuple[float, float]] = {}

    def left(self, kiosk: str, now_s: float) -> float:
        """What ``kiosk`` may send at once; below 0: what it owes."""
        left, at_s = self._left.get(kiosk, (self.burst, now_s))
        return min(self.burst, left + (now_s - at_s) * self.per_s)

    def spend(self, kiosk: str, left: float, now_s: float) -> float:
        """Sets down what is ``left`` of it, which may be below 0; the seconds until the kiosk has its turn again."""
        self._left[kiosk] = (left, now_s)
        if len(self._left) > MOST_KIOSKS:
            self._forget(now_s)
        return 0.0 if left >= 0 else (READY - left) / self.per_s

    def _forget(self, now_s: float) -> None:
        self._left = {kiosk: kept for kiosk, kept in self._left.items() if self.left(kiosk, now_s) < self.burst}
        while len(self._left) > MOST_KIOSKS // 2:
            del self._left[next(iter(self._left))]

    def __len__(self) -> int:
        return len(self._left)


class Flood(NamedTuple):
    """What is told of a kiosk's flood: messages that had to wait, and messages that were not taken."""

    kiosk: str
    slowed: int
    not_taken: int


class Floods:
    """Who floods. Each kiosk is told of at once, and then once a minute while it lasts."""

    def __init__(self) -> None:
        self.counts = {"slowed": 0, "not_taken": 0}
        self._slowed: Counter[str] = Counter()
        self._not_taken: Counter[str] = Counter()
        self._told_s: OrderedDict[str, float] = OrderedDict()

    def add(self, kiosk: str, slowed: int, not_taken: int) -> None:
        self.counts["slowed"] += slowed
        self.counts["not_taken"] += not_taken
        self._slowed[kiosk] += slowed
        self._not_taken[kiosk] += not_taken

    def due(self, now_s: float) -> list[Flood]:
        """Those to tell of now, in the order of their names; they are counted anew from here on."""
        while self._told_s and now_s - next(iter(self._told_s.values())) >= TELL_EVERY_S:
            self._told_s.popitem(last=False)
        found = sorted(kiosk for kiosk in self._slowed if kiosk not in self._told_s)
        self._told_s.update(dict.fromkeys(found, now_s))
        return [Flood(kiosk, self._slowed.pop(kiosk), self._not_taken.pop(kiosk, 0)) for kiosk in found]

    def __len__(self) -> int:
        """Kiosks that were slowed in the last minute."""
        return len(self._told_s.keys() | self._slowed.keys())


def remark(floods: Iterable[Flood]) -> None:
    """A line a kiosk, for the log."""
    for kiosk, slowed, not_taken in floods:
        if guests.is_guest(kiosk):
            continue  # `hymio doctor` looks how much the broker keeps
        name = f"kiosk {kiosk[:40]!r}" if kiosk else "somebody whose topics name no kiosk"
        log.warning(
            "%s floods: %d messages were slowed and %d not taken; it sends again what has no stored ack",
            name, slowed, not_taken,
        )  # fmt: skip


def keep(connection: Connection, floods: Iterable[Flood], now_ms: int) -> None:
    """Flags kiosks of the registry for whoever looks after them. Others have no row to be flagged in."""
    more = {flood.kiosk: flood.not_taken for flood in floods}
    registered = connection.execute(select(_kiosk.c.name).where(_kiosk.c.name.in_(more)).order_by(_kiosk.c.name))
    rows = [{"kiosk": name, "online": False} for name in registered.scalars()]
    if not rows:
        return
    insert_new(connection, kiosk_state, rows)
    before = func.coalesce(kiosk_state.c.flood_not_taken, 0)
    for row in rows:
        mine = update(kiosk_state).where(kiosk_state.c.kiosk == row["kiosk"])
        connection.execute(mine.values(flood_utc_ms=now_ms, flood_not_taken=before + more[row["kiosk"]]))
