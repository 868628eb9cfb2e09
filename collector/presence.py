"""Whether a kiosk is there, and what it said of itself: births, Wills, health, and a sign of life in every message."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, and_, case, cast, func

from collector.store import upsert
from collector.tables import Kiosk, kiosk_state
from wire.messages import Health, State, Taps

HEALTHS_MISSED = 3
"""A kiosk that was not heard for this many of its health messages is gone, Will or no Will."""

LEAST_PATIENCE_MS = 120_000
"""However often a kiosk tells of its health: a new connection after a fault takes a while."""


def is_online(now_ms: int) -> ColumnElement[bool]:
    """Whether a kiosk is there at ``now_ms``; for statements that join ``kiosk_state`` with ``kiosk``.

    It was born, no Will came since, and it was heard of late. A Will is said by a broker that lives: where broker and
    kiosk lost their power together none ever comes, so a birth alone is not believed for ever.
    """
    health_s: Any = Kiosk.__table__.c.health_s  # type: ignore[attr-defined]
    three_ms = cast(health_s, BigInteger) * (HEALTHS_MISSED * 1000)
    patience_ms = case((three_ms > LEAST_PATIENCE_MS, three_ms), else_=LEAST_PATIENCE_MS)
    heard_utc_ms = func.coalesce(kiosk_state.c.last_seen_utc_ms, 0)
    return and_(kiosk_state.c.online.is_(True), heard_utc_ms > now_ms - patience_ms)


class Presence:
    """One kiosk's row of ``kiosk_state`` during one transaction. ``known`` is the row, or an empty mapping."""

    def __init__(self, kiosk: str, known: Any) -> None:
        self.kiosk = kiosk
        self._before = {name: known.get(name) for name in kiosk_state.c.keys()}  # noqa: SIM118
        self._now = {**self._before, "kiosk": kiosk, "online": bool(known.get("online"))}

    @property
    def journal(self) -> str | None:
        """The journal of the last birth, or of the last taps where none came yet."""
        journal: str | None = self._now["journal"]
        return journal

    def seen(self, now_ms: int) -> None:
        """A message came, of whatever kind. A retained one is no sign of life."""
        self._now["last_seen_utc_ms"] = now_ms

    @property
    def boot(self) -> int | None:
        """The number of the boot that the last birth told of."""
        boot: int | None = self._now["boot"]
        return boot

    def birth(self, birth: State, retained: bool) -> bool:
        """Takes a birth over. False for a retained one of an earlier boot: the broker remembered too long.

        Sessions tell no order, since a kiosk may draw their numbers at random.
        """
        same_journal = self._now["journal"] == birth.journal
        if retained and same_journal and (self._now["boot"] or 0) > birth.boot:
            return False
        # another collector may have stored taps of this boot before this one came to its birth
        counted = (self._now["last_seq"] or 0) if same_journal and self._now["boot"] == birth.boot else 0
        self._now.update(
            online=True,
            session=birth.session,
            firmware=birth.firmware,
            board=birth.board,
            journal=birth.journal,
            boot=birth.boot,
            last_seq=max(birth.last_seq, counted),
            config_version=birth.config_version,
        )
        return True

    def will(self, will: State) -> None:
        """The kiosk went silent; ignored when it has been born again since."""
        if self._now["session"] in (None, will.session):
            self._now["online"] = False

    def taps(self, batch: Taps) -> None:
        """The kiosk's counter is at least as high as the taps it sends."""
        self._counted_to(batch.journal, batch.first_seq + len(batch.taps) - 1)

    def health(self, health: Health, payload: bytes, now_ms: int) -> None:
        """Keeps a health message as received, and the trouble it tells of until another one comes."""
        self._counted_to(health.journal, health.last_seq)
        self._now.update(health=payload.decode("ascii"), health_utc_ms=now_ms)
        if health.error is not None:
            self._now.update(error=health.error, error_utc_ms=now_ms)

    def settled(self, journal: str, mark: int) -> None:
        """The store's mark of one of the kiosk's journals: what is above it is backlog."""
        if journal == self._now["journal"] and self._now["last_seq"] is not None:
            self._now["backlog"] = max(0, self._now["last_seq"] - mark)

    def changed(self) -> dict[str, Any] | None:
        """The row to write, or None when nothing is new."""
        return None if self._now == self._before else self._now

    def _counted_to(self, journal: str, seq: int) -> None:
        if self._now["journal"] is None:
            self._now["journal"] = journal
        if self._now["journal"] == journal:
            self._now["last_seq"] = max(self._now["last_seq"] or 0, seq)


def write(connection: Connection, presences: Iterable[Presence]) -> None:
    """Writes every row that changed, in the order of their names."""
    rows = [row for presence in presences if (row := presence.changed()) is not None]
    if not rows:
        return
    upsert(connection, kiosk_state, sorted(rows, key=lambda row: str(row["kiosk"])))
