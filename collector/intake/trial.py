"""A kiosk that nobody has and what it says, to see whether the store takes what is known to be right.

Its rows are never committed. Its names have a dot, so that no kiosk, unit or service point has them.
"""

from typing import Any

from sqlalchemy import Connection, insert

from collector.database.tables import Kiosk, Placement, ServicePoint, Unit
from collector.intake.delivery import Arrival, Delivery
from wire.messages import State, Taps

NAME = "hymio.trial"
_JOURNAL = "00000000"
_UPTIME_MS = 60_000
_NAMES = {"slug": NAME, **{f"name_{language}": NAME for language in ("fi", "sv", "en")}}


def furnish(connection: Connection, now_ms: int) -> None:
    """Registers it at a service point of its own."""
    tables: list[Any] = [Unit, ServicePoint, Kiosk, Placement]
    unit, point, kiosk, placement = (table.__table__ for table in tables)
    added: dict[str, Any] = {"added_utc_ms": now_ms, "config_version": 1, "idle_light": 0, "health_s": 300}
    unit_id = _added(connection, unit, _NAMES)
    point_id = _added(connection, point, {**_NAMES, "unit_id": unit_id, "timezone": "Europe/Helsinki"})
    connection.execute(insert(kiosk), {"name": NAME, "secret_hash": "none", "channel": "stable", **added})
    connection.execute(insert(placement), {"kiosk": NAME, "service_point_id": point_id, "from_utc_ms": 0})


def said(now_ms: int) -> list[Arrival]:
    """Its birth, and a tap of each face."""
    spans = ((1, 0, _UPTIME_MS, now_ms - _UPTIME_MS),)
    birth = State(True, 1, "0", "trial", _JOURNAL, 1, _UPTIME_MS, 1, 0, 4, 1, spans)
    pressed = tuple((face, face * 10_000, 0) for face in (1, 2, 3, 4))
    batch = Taps(_JOURNAL, 1, _UPTIME_MS, now_ms, None, 1, 0, 1, None, pressed)
    nothing = Delivery("", b"")
    return [Arrival(nothing, NAME, "state", birth), Arrival(nothing, NAME, "taps", batch)]


def _added(connection: Connection, table: Any, row: dict[str, Any]) -> int:
    (id,) = connection.execute(insert(table).values(row)).inserted_primary_key or (0,)
    return int(id)
