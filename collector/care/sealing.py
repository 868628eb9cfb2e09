"""The store gives up exact times that are older than need be: of taps, and of whatever else tells of a press.

A page of taps a transaction, under the lock of its journal's row, with a rest in between so that ingest gets on. Each
transaction leaves taps and seal in agreement, so a run that is cut short has done a part, and is simply begun again;
several at once do no harm.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Table, case, delete, func, or_, select, tuple_, update

from collector.database import store
from collector.database.rows import insert_new
from collector.database.tables import UNDATED, conflict, hole, journal_mark, kiosk_state, quarantine, tap
from collector.days.coarse import PAUSE_MS, Spot, border, coarse, is_old
from collector.days.dating import QUARTER_MS

PAGE = 500
REST_S = 0.02
"""After each transaction, which takes about half of that."""

_SPOTS = (tap.c.seq, tap.c.boot, tap.c.uptime_ms, tap.c.face, tap.c.utc_ms, tap.c.day)
_NOTHING_COUNTED = {"counted_boot": None, "counted_uptime_ms": None, "counted_utc_ms": None}
_NO_RUN = {"pressed_boot": None, "pressed_uptime_ms": None, "pressed_utc_ms": None, "run": 0}

Rest = Callable[[float], bool]
"""Waits so many seconds; False: end now."""


@dataclass
class Coarsened:
    """How many rows gave up an exact time. ``clean``: none is left in the database's log either."""

    taps: int = 0
    conflicts: int = 0
    messages: int = 0  # in quarantine
    holes: int = 0
    clean: bool = True

    @property
    def rows(self) -> int:
        return self.taps + self.conflicts + self.messages + self.holes


def coarsen(engine: Engine, before_utc_ms: int, rest: Rest, progress: Callable[[int], None] | None = None) -> Coarsened:
    """Gives up exact times before ``before_utc_ms``. ``progress`` is told how many taps it was so far."""
    done = Coarsened()
    for journal in _journals(engine, before_utc_ms):
        while taps := _seal(engine, journal, before_utc_ms):
            done.taps += taps
            if progress is not None:
                progress(done.taps)
            if not rest(REST_S):
                return done
    for sweep in (_conflicts, _messages, _holes):
        while sweep(engine, before_utc_ms, done):
            if not rest(REST_S):
                return done
    # Also where nothing was left to do: an earlier run may have been killed just before this.
    done.clean = store.forget(engine, [tap, journal_mark, conflict, quarantine, hole])
    return done


def _journals(engine: Engine, before_utc_ms: int) -> list[int]:
    """Those that may have something to give up: few, and found without a lock."""
    next_tap = select(tap.c.utc_ms).where(tap.c.journal_id == journal_mark.c.id, tap.c.seq > journal_mark.c.sealed)
    utc_ms = func.coalesce(next_tap.order_by(tap.c.seq).limit(1).scalar_subquery(), 0)
    waits = (journal_mark.c.sealed < journal_mark.c.highest) & (utc_ms < before_utc_ms)
    old = before_utc_ms - PAUSE_MS
    times = (journal_mark.c.counted_utc_ms, journal_mark.c.pressed_utc_ms, journal_mark.c.begins_utc_ms)
    state = or_(*[utc_ms < old for utc_ms in times])
    with store.reading(engine) as connection:
        found = connection.execute(select(journal_mark.c.id).where(waits | state).order_by(journal_mark.c.id))
        return list(found.scalars())


def _seal(engine: Engine, journal: int, before_utc_ms: int) -> int:
    """One transaction; how many taps it sealed."""
    with store.writing(engine) as connection:
        marked = connection.execute(select(journal_mark).where(journal_mark.c.id == journal).with_for_update()).one()
        to_seq = _border(connection, marked, before_utc_ms)
        taps = 0
        if to_seq is not None:
            taps = _overwrite(connection, journal, marked.sealed, to_seq)
        new = _state(marked, to_seq, before_utc_ms)
        if new:
            connection.execute(update(journal_mark).where(journal_mark.c.id == journal).values(new))
    return taps


def _border(connection: Connection, marked: Row[Any], before_utc_ms: int) -> int | None:
    beyond = (tap.c.journal_id == marked.id, tap.c.seq > marked.sealed)
    rows = connection.execute(select(*_SPOTS).where(*beyond).order_by(tap.c.seq).limit(PAGE))
    spots = [Spot(*row) for row in rows]
    if not spots:
        return None
    rest_is_old = _rest_is_old(connection, marked, spots[-1], before_utc_ms)
    return border(spots, before_utc_ms, full=len(spots) == PAGE, rest_is_old=rest_is_old)


def _rest_is_old(connection: Connection, marked: Row[Any], last: Spot, before_utc_ms: int) -> bool:
    """Whether what follows is old though nobody knows its time: a later tap is, or nothing was heard since."""
    known = tap.c.utc_ms.is_not(None) | (tap.c.day.is_not(None) & (tap.c.day != UNDATED))
    following = select(*_SPOTS).where(tap.c.journal_id == marked.id, tap.c.seq > last.seq, known)
    row = connection.execute(following.order_by(tap.c.seq).limit(1)).first()
    if row is not None:
        return bool(is_old(Spot(*row), before_utc_ms))
    heard = select(kiosk_state.c.last_seen_utc_ms).where(kiosk_state.c.kiosk == marked.kiosk)
    if (connection.execute(heard).scalar() or 0) < before_utc_ms:
        return True
    later = select(func.max(journal_mark.c.sealed)).where(
        journal_mark.c.kiosk == marked.kiosk, journal_mark.c.id > marked.id
    )
    return bool(connection.execute(later).scalar())


def _overwrite(connection: Connection, journal: int, sealed: int, to_seq: int) -> int:
    """``coarse`` in one statement."""
    step = case((tap.c.utc_ms.is_not(None), tap.c.utc_ms % QUARTER_MS), else_=tap.c.uptime_ms % QUARTER_MS)
    quarters = (tap.c.width_ms + step + QUARTER_MS - 1) // QUARTER_MS
    values: dict[str, ColumnElement[Any]] = {
        "utc_ms": tap.c.utc_ms - step,
        "uptime_ms": tap.c.uptime_ms - step,
        "width_ms": case((quarters < 1, 1), else_=quarters) * QUARTER_MS,
    }
    these = (tap.c.journal_id == journal, tap.c.seq > sealed, tap.c.seq <= to_seq)
    return connection.execute(update(tap).where(*these).values(values)).rowcount


def _state(marked: Row[Any], to_seq: int | None, before_utc_ms: int) -> dict[str, Any]:
    """What is new in the journal's row: the seal, and times of which nothing depends any more."""
    new: dict[str, Any] = {} if to_seq is None else {"sealed": to_seq}
    all_sealed = to_seq is not None and to_seq >= marked.mark
    if all_sealed or _long_ago(marked.counted_utc_ms, before_utc_ms):
        new |= _NOTHING_COUNTED
    if all_sealed or _long_ago(marked.pressed_utc_ms, before_utc_ms):
        new |= _NO_RUN
    if _long_ago(marked.begins_utc_ms, before_utc_ms):
        new["begins_utc_ms"] = None
    return new


def _long_ago(utc_ms: int | None, before_utc_ms: int) -> bool:
    return utc_ms is not None and utc_ms < before_utc_ms - PAUSE_MS


def _conflicts(engine: Engine, before_utc_ms: int, done: Coarsened) -> bool:
    """Two conflicts that are the same without their exact times become one."""
    old = conflict.c.received_utc_ms < before_utc_ms
    exact = (conflict.c.received_utc_ms % QUARTER_MS != 0) | (conflict.c.uptime_ms % QUARTER_MS != 0)
    with store.writing(engine) as connection:
        rows = connection.execute(select(conflict).where(old, exact).order_by(conflict.c.id).limit(PAGE)).mappings()
        new = [{**coarse(dict(row)), "received_utc_ms": _quarter(row["received_utc_ms"])} for row in rows]
        if new:
            connection.execute(delete(conflict).where(conflict.c.id.in_([row["id"] for row in new])))
            insert_new(connection, conflict, new)
    done.conflicts += len(new)
    return bool(new)


def _messages(engine: Engine, before_utc_ms: int, done: Coarsened) -> bool:
    """Of a message in quarantine stays from whom it came and why it was refused."""
    at = quarantine.c.received_utc_ms
    whole = (at % QUARTER_MS != 0) | (func.length(quarantine.c.payload) > 0) | (quarantine.c.detail != "")
    values = {"received_utc_ms": at - at % QUARTER_MS, "payload": b"", "detail": ""}
    rows = _sweep(engine, quarantine, (quarantine.c.id,), (at < before_utc_ms) & whole, values)
    done.messages += rows
    return bool(rows)


def _holes(engine: Engine, before_utc_ms: int, done: Coarsened) -> bool:
    """That a record was unreadable is found when it comes, soon after the press."""
    at = hole.c.found_utc_ms
    exact = (at < before_utc_ms) & (at % QUARTER_MS != 0)
    keys = (hole.c.journal_id, hole.c.from_seq)
    rows = _sweep(engine, hole, keys, exact, {"found_utc_ms": at - at % QUARTER_MS})
    done.holes += rows
    return bool(rows)


def _sweep(
    engine: Engine, table: Table, keys: tuple[Any, ...], which: ColumnElement[bool], values: dict[str, Any]
) -> int:
    """One transaction; how many rows it changed, at most a page."""
    with store.writing(engine) as connection:
        found = connection.execute(select(*keys).where(which).limit(PAGE)).all()
        if found:
            these = tuple_(*keys).in_([tuple(row) for row in found])
            connection.execute(update(table).where(these).values(values))
    return len(found)


def _quarter(utc_ms: int) -> int:
    return utc_ms - utc_ms % QUARTER_MS
