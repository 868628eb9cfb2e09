"""Whether a kiosk is there, and what it said of itself: births, Wills, health, and a sign of life in every message."""

from collections.abc import Iterable
from enum import StrEnum
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Connection, and_, bindparam, case, cast, func, select, update

from collector.database.tables import Kiosk, kiosk_state
from collector.database.written import Overwritten
from collector.kiosks import alive
from collector.kiosks.alive import Alive, Span
from wire.messages import Health, State, Taps

HEALTHS_MISSED = 3
"""A kiosk that was not heard for this many of its health messages is late. They are QoS 0: one may get lost."""

LEAST_PATIENCE_MS = 120_000
"""However often a kiosk tells of its health: a new connection after a fault takes a while."""

LATE_FOR = 4
"""A kiosk that was not heard for this many times its patience is gone, Will or no Will: an hour, where health comes
every five minutes. A Will is said by a broker that lives; where both lost their power together none ever comes."""


class Standing(StrEnum):
    """Whether a kiosk is there."""

    ONLINE = "online"  # born, no Will since, and heard of late
    LATE = "late"  # no Will came, and it was not heard for some of its health messages
    OFFLINE = "offline"  # its Will came, or it was not heard for much longer, or it was never born


class Stand(NamedTuple):
    """Where a kiosk stands, and since when (UTC ms; None: nobody knows)."""

    standing: Standing
    since_utc_ms: int | None


def standing_at(born: bool, since_utc_ms: int | None, heard_utc_ms: int | None, health_s: int, now_ms: int) -> Stand:
    """How a kiosk stands at ``now_ms``. ``born``: a birth came, and no Will of its session; ``since_utc_ms`` then.

    ``heard_utc_ms`` is when it was last heard of, ``health_s`` how often it is to tell of its health.
    """
    if not born:
        return Stand(Standing.OFFLINE, since_utc_ms)
    silent_ms = now_ms - (heard_utc_ms or 0)
    patience_ms = max(LEAST_PATIENCE_MS, health_s * HEALTHS_MISSED * 1000)
    if silent_ms < patience_ms:
        return Stand(Standing.ONLINE, since_utc_ms)
    return Stand(Standing.LATE if silent_ms < patience_ms * LATE_FOR else Standing.OFFLINE, heard_utc_ms)


def is_there(now_ms: int) -> ColumnElement[bool]:
    """Whether a kiosk is online at ``now_ms``, as ``standing_at`` has it; for statements that join ``kiosk_state`` with
    ``kiosk``."""
    health_s: Any = Kiosk.__table__.c.health_s  # type: ignore[attr-defined]
    missed_ms = cast(health_s, BigInteger) * (HEALTHS_MISSED * 1000)
    patience_ms = case((missed_ms > LEAST_PATIENCE_MS, missed_ms), else_=LEAST_PATIENCE_MS)
    heard_utc_ms = func.coalesce(kiosk_state.c.last_seen_utc_ms, 0)
    return and_(kiosk_state.c.online.is_(True), heard_utc_ms > now_ms - patience_ms)


def standings(connection: Connection, now_ms: int) -> dict[str, int]:
    """How many kiosks in use stand how at ``now_ms``; one that was never heard of is offline."""
    kiosk: Any = Kiosk.__table__  # type: ignore[attr-defined]
    state = (kiosk_state.c.online, kiosk_state.c.since_utc_ms, kiosk_state.c.last_seen_utc_ms, kiosk.c.health_s)
    in_use = select(*state).select_from(kiosk.outerjoin(kiosk_state, kiosk_state.c.kiosk == kiosk.c.name))
    counted = dict.fromkeys(map(str, Standing), 0)
    for born, since_ms, heard_ms, health_s in connection.execute(in_use.where(kiosk.c.retired_utc_ms.is_(None))):
        counted[standing_at(born, since_ms, heard_ms, health_s, now_ms).standing] += 1
    return counted


_NOTHING = dict.fromkeys(kiosk_state.c.keys())
_USUAL = ("last_seen_utc_ms", "journal", "last_seq", "backlog", "alive_from_utc_ms", "alive_to_utc_ms")
"""What taps change. Most rows are written for taps alone, so these have a statement of few columns."""

_unusual = itemgetter(*(name for name in _NOTHING if name not in _USUAL))


def _write(names: Iterable[str]) -> Overwritten:
    """Writes those columns of the row ``of``, each from the parameter of its name after ``to_``."""
    written: dict[str, Any] = {name: bindparam("to_" + name) for name in names}
    return Overwritten(update(kiosk_state).where(kiosk_state.c.kiosk == bindparam("of")).values(written))


_write_usual, _write_all = _write(_USUAL), _write(name for name in _NOTHING if name != "kiosk")


class Presence:
    """One kiosk's row of ``kiosk_state`` during one transaction. ``known`` is the row, or an empty mapping."""

    def __init__(self, kiosk: str, known: Any) -> None:
        self.kiosk = kiosk
        self._before = {**_NOTHING, **known}
        self._now = {**self._before, "kiosk": kiosk, "online": bool(self._before["online"])}
        run = (self._now["alive_from_utc_ms"], self._now["alive_to_utc_ms"])
        self.alive = Alive(kiosk, None if None in run else run)

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

    def birth(self, birth: State, now_ms: int, retained: bool) -> bool:
        """Takes a birth over. False for a retained one that is older than what is known: the broker kept it too long.

        Sessions tell no order, since a kiosk may draw their numbers at random; boots do, and uptimes within a boot.
        """
        same_journal = self._now["journal"] == birth.journal
        if retained and same_journal and self._is_stale(birth):
            return False
        # another collector may have stored taps of this boot before this one came to its birth
        counted = (self._now["last_seq"] or 0) if same_journal and self._now["boot"] == birth.boot else 0
        if not self._now["online"]:
            self._now["since_utc_ms"] = None if retained else now_ms
        self._now.update(
            online=True,
            session=birth.session,
            firmware=birth.firmware,
            board=birth.board,
            journal=birth.journal,
            boot=birth.boot,
            birth_uptime_ms=birth.uptime_ms,
            last_seq=max(birth.last_seq, counted),
            config_version=birth.config_version,
        )
        return True

    def _is_stale(self, birth: State) -> bool:
        """Whether a birth of the same journal was said before the last one, or is that one and its Will came since."""
        known = (self._now["boot"] or 0, self._now["birth_uptime_ms"] or 0)
        told = (birth.boot, birth.uptime_ms)
        is_same = told == known and birth.session == self._now["session"]
        return told < known or (is_same and not self._now["online"])

    def will(self, will: State, now_ms: int, retained: bool) -> None:
        """The kiosk went silent; ignored when it has been born again since."""
        if self._now["session"] in (None, will.session) and self._now["online"]:
            self._now.update(online=False, since_utc_ms=self._now["last_seen_utc_ms"] if retained else now_ms)

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

    def lived(self, spans: Iterable[Span]) -> None:
        """Takes what a message proves of when the kiosk ran."""
        if self.alive.learn(spans) and self.alive.known is not None:
            self._now["alive_from_utc_ms"], self._now["alive_to_utc_ms"] = self.alive.known

    @property
    def is_changed(self) -> bool:
        """Whether there is something to write."""
        return self._now != self._before

    @property
    def is_usual(self) -> bool:
        """Whether nothing changed but what taps change."""
        return bool(_unusual(self._now) == _unusual(self._before))

    def written(self, names: Iterable[str]) -> dict[str, Any]:
        """The parameters that write those columns of the row."""
        return {"of": self.kiosk, **{"to_" + name: self._now[name] for name in names}}

    def _counted_to(self, journal: str, seq: int) -> None:
        if self._now["journal"] is None:
            self._now["journal"] = journal
        if self._now["journal"] == journal:
            self._now["last_seq"] = max(self._now["last_seq"] or 0, seq)


def write(connection: Connection, presences: Iterable[Presence]) -> None:
    """Writes every row that changed, in the order of their names."""
    here = list(presences)
    alive.write(connection, (presence.alive for presence in here))
    rows: dict[bool, list[dict[str, Any]]] = {True: [], False: []}
    for presence in sorted((presence for presence in here if presence.is_changed), key=lambda presence: presence.kiosk):
        usual = presence.is_usual
        rows[usual].append(presence.written(_USUAL if usual else _NOTHING))
    for usual, statement in ((True, _write_usual), (False, _write_all)):
        if rows[usual]:
            statement.write(connection, rows[usual])
