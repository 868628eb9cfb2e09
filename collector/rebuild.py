"""Days made anew from raw taps, under today's rules, placements and questions; says what that changed.

A journal is gone through in the order of its seqs, PAGE taps a transaction, while ingest goes on: what ingest decides
meanwhile lies beyond, and is reached. Each transaction leaves sums and taps in agreement, so a rebuild that is cut
short has done a part, and is simply begun again.

A tap whose time is not known keeps its day and its place: they came from bounds that are not kept. A sealed tap, whose
exact time was given up, keeps its verdict, too: a rebuild begins beyond the seal.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, func, select, update
from sqlalchemy import bindparam as bound

from collector import completeness, store
from collector.dating import Dated, Whereabouts
from collector.journal import write_state
from collector.policy import NO_BOOT, LastCounted, Verdict, decide, starts_interval
from collector.rollup import Rollup
from collector.tables import ServicePoint, journal_mark, tap
from collector.whereabouts import whereabouts_of
from wire.messages import FACE_UNREADABLE

PAGE = 5000

_point: Any = ServicePoint.__table__  # type: ignore[attr-defined]
_replace = (
    update(tap)
    .where(tap.c.journal_id == bound("of"), tap.c.seq == bound("at"))
    .values(
        verdict=bound("to_verdict"),
        day=bound("to_day"),
        service_point_id=bound("to_point"),
        question_id=bound("to_question"),
    )
)


@dataclass
class Change:
    """``days``: (service point, day): counted taps more, or less. ``verdicts``: (was, is): how many taps.

    ``sealed``: taps that were left as they are, beside the ``taps`` that were looked at.
    """

    taps: int = 0
    changed: int = 0
    sealed: int = 0
    days: Counter[tuple[int, date]] = field(default_factory=Counter)
    verdicts: Counter[tuple[Verdict, Verdict]] = field(default_factory=Counter)


def rebuild(
    engine: Engine, kiosks: Iterable[str] | None = None, progress: Callable[[int], None] | None = None
) -> Change:
    """Goes through every tap of ``kiosks`` (None: of all). ``progress`` is told how many taps were looked at so far."""
    change = Change()
    for id, kiosk in _journals(engine, kiosks):
        passage = _Passage(engine, id, kiosk, change)
        while passage.step():
            if progress is not None:
                progress(change.taps)
    return change


def slugs(engine: Engine) -> dict[int, str]:
    """Names for the service points of a Change."""
    with store.reading(engine) as connection:
        return {row.id: row.slug for row in connection.execute(select(_point.c.id, _point.c.slug))}


def _journals(engine: Engine, kiosks: Iterable[str] | None) -> list[tuple[int, str]]:
    """In the order in which a kiosk began them."""
    wanted = select(journal_mark.c.id, journal_mark.c.kiosk).order_by(journal_mark.c.kiosk, journal_mark.c.id)
    if kiosks is not None:
        wanted = wanted.where(journal_mark.c.kiosk.in_(list(kiosks)))
    with store.reading(engine) as connection:
        return [(row.id, row.kiosk) for row in connection.execute(wanted)]


class _Passage:
    """Through one journal."""

    def __init__(self, engine: Engine, id: int, kiosk: str, change: Change) -> None:
        self._engine, self._id, self._kiosk, self._change = engine, id, kiosk, change
        self._seq = 0  # the last that was looked at
        self._last: LastCounted | None = None

    def step(self) -> bool:
        """One transaction. False once the mark was reached, and the journal's state is that of its last counted tap."""
        with store.writing(self._engine) as connection:
            marked = connection.execute(
                select(journal_mark).where(journal_mark.c.id == self._id).with_for_update()
            ).one()
            if self._seq == 0:
                self._last = self._beginning(connection)
            if marked.sealed > self._seq:
                self._pass_over(connection, marked.sealed)
            where = whereabouts_of(connection, {self._kiosk})[self._kiosk]
            rows = self._page(connection)
            rollup = Rollup()
            new = [values for row in rows if (values := self._look(row, row["seq"] <= marked.mark, where, rollup))]
            if new:
                connection.execute(_replace, new)
            rollup.write(connection)
            self._change.taps += len(rows)
            self._change.changed += len(new)
            if len(rows) == PAGE:
                return True
            connection.execute(write_state, self._state(connection))
            completeness.restate(connection, self._id)
        return False

    def _pass_over(self, connection: Connection, sealed: int) -> None:
        """What is sealed stays; a pause follows, so nothing beyond depends on when it was."""
        passed = (tap.c.journal_id == self._id, tap.c.seq > self._seq, tap.c.seq <= sealed)
        self._change.sealed += connection.execute(select(func.count()).select_from(tap).where(*passed)).scalar_one()
        self._seq, self._last = sealed, None

    def _page(self, connection: Connection) -> list[Any]:
        taps = select(tap).where(tap.c.journal_id == self._id, tap.c.seq > self._seq).order_by(tap.c.seq).limit(PAGE)
        return list(connection.execute(taps).mappings())

    def _look(self, row: Any, decided: bool, where: Whereabouts, rollup: Rollup) -> dict[str, Any] | None:
        """The values for a tap's row, or None where they are as they were."""
        self._seq = row["seq"]
        placed = self._place(row, where)
        verdict: Verdict | None = None
        if decided:
            verdict = decide(
                row["boot"], row["uptime_ms"], row["utc_ms"], row["face"], row["flags"],
                placed.service_point_id is not None, self._last,
            )  # fmt: skip
            if starts_interval(verdict, row["flags"]):
                self._last = LastCounted(row["boot"], row["uptime_ms"], row["utc_ms"])
        was = (row["verdict"], row["day"], row["service_point_id"], row["question_id"])
        now = (verdict, placed.day, placed.service_point_id, placed.question_id)
        if was == now:
            return None
        if verdict is not None:
            self._recount(row, verdict, placed, rollup)
        return {
            "of": self._id, "at": row["seq"], "to_verdict": None if verdict is None else int(verdict),
            "to_day": placed.day, "to_point": placed.service_point_id, "to_question": placed.question_id,
        }  # fmt: skip

    def _place(self, row: Any, where: Whereabouts) -> Dated:
        as_it_was = Dated(None, row["estimated"], row["day"], row["service_point_id"], row["question_id"])
        if row["utc_ms"] is None or row["face"] == FACE_UNREADABLE:
            return as_it_was
        placed = where.at(row["utc_ms"])
        return as_it_was if placed.utc_ms is None else placed

    def _recount(self, row: Any, verdict: Verdict, placed: Dated, rollup: Rollup) -> None:
        if row["verdict"] is not None:
            was = Verdict(row["verdict"])
            self._count(row, was, row["day"], row["service_point_id"], row["question_id"], rollup, -1)
            if was != verdict:
                self._change.verdicts[was, verdict] += 1
        self._count(row, verdict, placed.day, placed.service_point_id, placed.question_id, rollup, 1)

    def _count(
        self, row: Any, verdict: Verdict, day: date | None, point: int | None, question: int, rollup: Rollup, by: int
    ) -> None:
        rollup.decided(self._id, day, verdict, by)
        rollup.add(verdict, row["face"], row["utc_ms"], row["estimated"], day, point, question, by)
        if verdict == Verdict.COUNTED and point is not None and day is not None:
            self._change.days[point, day] += by

    def _beginning(self, connection: Connection) -> LastCounted | None:
        """The last counted tap of the kiosk's earlier journals, which were gone through before."""
        earlier = select(func.max(journal_mark.c.counted_utc_ms)).where(
            journal_mark.c.kiosk == self._kiosk, journal_mark.c.id < self._id
        )
        utc_ms = connection.execute(earlier).scalar()
        return None if utc_ms is None else LastCounted(NO_BOOT, 0, utc_ms)

    def _state(self, connection: Connection) -> dict[str, Any]:
        """The policy's state at the mark, and the counts of what is in no sum."""
        begins = self._beginning(connection)
        boot, uptime_ms, utc_ms = self._last or (None, None, None)
        counts = dict.fromkeys((Verdict.UNPLACED, Verdict.TEST), 0)
        found = select(tap.c.verdict, func.count()).where(
            tap.c.journal_id == self._id, tap.c.verdict.in_([int(verdict) for verdict in counts])
        )
        for verdict, taps in connection.execute(found.group_by(tap.c.verdict)):
            counts[Verdict(verdict)] = taps
        return {
            "of": self._id, "to_boot": boot, "to_uptime_ms": uptime_ms, "to_utc_ms": utc_ms,
            "to_begins_utc_ms": None if begins is None else begins.utc_ms,
            "to_unplaced": counts[Verdict.UNPLACED], "to_tested": counts[Verdict.TEST],
        }  # fmt: skip
