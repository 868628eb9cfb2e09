"""What could not be read or may not be believed: kept for the technician, bounded in size; it blocks nothing."""

from sqlalchemy import Connection, delete, insert, select

from collector.delivery import Delivery
from collector.tables import quarantine
from wire.messages import MAX_MESSAGE
from wire.rejected import Rejected

KEPT = 1000
"""Rows a kiosk; the newest stay. Kiosks that are not registered share one such allowance."""

REASONS = (
    "unknown_kiosk",  # the topic names a kiosk that is not in the registry
    "retired_kiosk",
    "poison",  # the store refused what the message says, and only this message
)
"""Reasons of the collector, beside those of wire.rejected."""

_TOPIC_SHOWN = 200


def keep(connection: Connection, kiosk: str | None, delivery: Delivery, why: Rejected, now_ms: int) -> None:
    """One row for one delivery. ``kiosk`` is None when no registered kiosk can be named."""
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
    connection.execute(insert(quarantine), row)


def trim(connection: Connection, kiosks: set[str | None]) -> None:
    """Forgets all but the newest KEPT rows of each of ``kiosks``."""
    for kiosk in sorted(kiosks, key=str):
        same = quarantine.c.kiosk == kiosk if kiosk is not None else quarantine.c.kiosk.is_(None)
        oldest_kept = select(quarantine.c.id).where(same).order_by(quarantine.c.id.desc()).offset(KEPT - 1).limit(1)
        connection.execute(delete(quarantine).where(same, quarantine.c.id < oldest_kept.scalar_subquery()))
