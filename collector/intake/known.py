"""What the registry says of kiosks, kept from one transaction to the next as long as nobody else has written the store.

Ingest writes none of it. So what was registered a moment ago holds in the next transaction, and a kiosk's taps do not
ask again where it stands.
"""

from collections.abc import Collection, Hashable
from typing import Any

from sqlalchemy import Connection, bindparam, select

from collector.database.tables import Kiosk
from collector.database.written import Chosen
from collector.days.dating import Whereabouts
from collector.days.whereabouts import whereabouts_of
from collector.verdict.doors import Doors, DoorsKept

_kiosk: Any = Kiosk.__table__  # type: ignore[attr-defined]
_kiosks = Chosen(select(_kiosk).where(_kiosk.c.name.in_(bindparam("keys", expanding=True))))


class Known:
    """Kiosks that are not registered are asked for each time: anybody may make up names."""

    def __init__(self) -> None:
        self._state: Hashable | None = None
        self._kiosks: dict[str, Any] = {}
        self._whereabouts: dict[str, Whereabouts] = {}
        self._doors_kept = DoorsKept()
        self._today: Doors | None = None

    def begin(self, state: Hashable | None) -> None:
        """A transaction begins, with the store in a state as ``store.Writer`` tells it."""
        if state is None or state != self._state:
            self._kiosks.clear()
            self._whereabouts.clear()
            self._today = None
        self._state = state

    def kiosks(self, connection: Connection, names: Collection[str]) -> dict[str, Any]:
        """Their rows, of those that are registered."""
        asked = sorted(name for name in names if name not in self._kiosks)
        if asked:
            self._kiosks.update({row["name"]: row for row in _kiosks.among(connection, asked).mappings()})
        return {name: self._kiosks[name] for name in names if name in self._kiosks}

    def whereabouts(self, connection: Connection, kiosks: Collection[str]) -> dict[str, Whereabouts]:
        """Of kiosks that are registered."""
        asked = {kiosk for kiosk in kiosks if kiosk not in self._whereabouts}
        if asked:
            self._whereabouts.update(whereabouts_of(connection, asked))
        return self._whereabouts

    @property
    def doors(self) -> DoorsKept:
        return self._doors_kept

    def today(self, connection: Connection) -> Doors:
        """As DoorsKept's, when the journals are locked."""
        if self._today is None:
            self._today = self._doors_kept.today(connection)
        return self._today
