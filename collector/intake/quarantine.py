"""What could not be read or may not be believed: kept for the technician, bounded in size; it blocks nothing.

Bounded for each kiosk and for all of them together, in rows and in bytes; what was not kept is counted. The newest of
each stay, and where it is too much altogether, whoever has most there gives up its oldest.
"""

from collections import defaultdict, deque
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from collector.database.rows import insert_new
from collector.database.tables import quarantine, quarantine_tally
from collector.intake.delivery import Delivery
from wire.messages import MAX_MESSAGE
from wire.rejected import Rejected

KEPT = 1000  # rows a kiosk; kiosks that are not registered share one such allowance,
KEPT_BYTES = 512 << 10  # whose payloads are no longer than that altogether
KEPT_IN_ALL = 20_000
KEPT_BYTES_IN_ALL = 16 << 20
AT_ONCE = KEPT  # of a kiosk in one transaction

REASONS = (
    "unknown_kiosk",  # the topic names a kiosk that is not in the registry
    "retired_kiosk",
    "poison",  # the store refused what the message says, and only this message
)
"""Reasons of the collector, beside those of wire.rejected."""

_TOPIC_SHOWN = 200
_PIECE = 100  # rows given up in one go
_NOBODY = ""
_tally = quarantine_tally.c


class Refused:
    """What one transaction puts in quarantine."""

    def __init__(self) -> None:
        self._rows: dict[str | None, deque[tuple[int, dict[str, Any]]]] = defaultdict(lambda: deque(maxlen=AT_ONCE))
        self._count: dict[str | None, int] = defaultdict(int)
        self._came = 0

    def add(self, kiosk: str | None, delivery: Delivery, why: Rejected, now_ms: int) -> None:
        """One row for one delivery. ``kiosk`` is None when no registered kiosk can be named."""
        self._came += 1
        self._count[kiosk] += 1
        row = {
            "received_utc_ms": now_ms,
            "kiosk": kiosk,
            "topic": delivery.topic[:_TOPIC_SHOWN].replace("\0", "?"),
            "reason": why.reason,
            "field": why.field[:32],
            "detail": why.detail,
            "size": delivery.size or len(delivery.payload),
            "payload": delivery.payload[:MAX_MESSAGE],
        }
        self._rows[kiosk].append((self._came, row))

    def write(self, connection: Connection) -> None:
        """Keeps the newest, and gives up what is too much."""
        if not self._count:
            return
        kiosks = sorted(self._count, key=str)
        came = sorted((pair for rows in self._rows.values() for pair in rows), key=itemgetter(0))
        connection.execute(insert(quarantine), [row for _, row in came])
        insert_new(connection, quarantine_tally, [_nothing(kiosk) for kiosk in kiosks])
        for kiosk in kiosks:
            self._count_in(connection, kiosk)
        _trim_all(connection)

    def _count_in(self, connection: Connection, kiosk: str | None) -> None:
        new, more = self._rows[kiosk], self._count[kiosk]
        size = sum(len(row["payload"]) for _, row in new)
        mine = update(quarantine_tally).where(_tally.kiosk == (kiosk or _NOBODY))
        mine = mine.values(rows=_tally.rows + len(new), bytes=_tally.bytes + size)
        mine = mine.values(forgotten=_tally.forgotten + (more - len(new)))
        rows, kept = connection.execute(mine.returning(_tally.rows, _tally.bytes)).one()
        while rows > KEPT or kept > KEPT_BYTES:
            gone, freed = _give_up(connection, kiosk or _NOBODY, max(1, min(_PIECE, rows - KEPT)))
            rows, kept = rows - gone, kept - freed


def _nothing(kiosk: str | None) -> dict[str, Any]:
    return {"kiosk": kiosk or _NOBODY, "rows": 0, "bytes": 0, "forgotten": 0}


def _trim_all(connection: Connection) -> None:
    rows, kept = connection.execute(select(func.sum(_tally.rows), func.sum(_tally.bytes))).one()
    while rows > KEPT_IN_ALL or kept > KEPT_BYTES_IN_ALL:
        most = select(_tally.kiosk).order_by(_tally.bytes.desc(), _tally.rows.desc(), _tally.kiosk).limit(1)
        gone, freed = _give_up(connection, connection.execute(most).scalar_one(), _PIECE)
        rows, kept = rows - gone, kept - freed


def _give_up(connection: Connection, kiosk: str, most: int) -> tuple[int, int]:
    """Deletes the oldest ``most`` of a kiosk's; how many rows and bytes that were."""
    same = quarantine.c.kiosk == kiosk if kiosk != _NOBODY else quarantine.c.kiosk.is_(None)
    found = select(quarantine.c.id, func.length(quarantine.c.payload)).where(same).order_by(quarantine.c.id).limit(most)
    oldest = connection.execute(found).all()
    gone, freed = len(oldest), sum(size for _, size in oldest)
    if oldest:
        connection.execute(delete(quarantine).where(same, quarantine.c.id <= oldest[-1][0]))
    mine = update(quarantine_tally).where(_tally.kiosk == kiosk)
    if not oldest:  # somebody deleted rows by hand
        connection.execute(mine.values(rows=0, bytes=0))
        return KEPT_IN_ALL, KEPT_BYTES_IN_ALL
    counts = {"rows": _tally.rows - gone, "bytes": _tally.bytes - freed, "forgotten": _tally.forgotten + gone}
    connection.execute(mine.values(**counts))
    return gone, freed
