"""Days made anew from raw taps, under today's rules, hours, placements and questions; says what that changed.

A journal is gone through in the order of its seqs, PAGE taps a transaction, while ingest goes on: what it decides
beyond is reached, and what comes late before is decided by it, so each transaction begins with the state that it finds.
Each leaves sums and taps in agreement, so a rebuild that is cut short has done a part, and is simply begun again.

A tap whose time is not known keeps its day and its place: they came from bounds that are not kept. A sealed tap, whose
exact time was given up, keeps its verdict, too: a rebuild begins beyond the seal.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, func, select, update
from sqlalchemy import bindparam as bound

from collector.database import store
from collector.database.tables import ServicePoint, journal_mark, tap
from collector.days import completeness
from collector.days.dating import Dated, Whereabouts
from collector.days.rollup import SUMMED, Rollup
from collector.days.whereabouts import whereabouts_of
from collector.intake import marks
from collector.intake.replay import Replay
from collector.verdict.doors import DoorsKept
from collector.verdict.judge import Judge, columns_of
from collector.verdict.policy import State, Verdict
from collector.verdict.ruling import Rulings, rule_anew, rulings_of
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
    """``days``: (service point, day): by verdict how many taps more, or fewer. ``verdicts``: (was, is): how many.

    ``sealed``: taps that were left as they are, beside the ``taps`` that were looked at.
    """

    taps: int = 0
    changed: int = 0
    sealed: int = 0
    days: dict[tuple[int, date], Counter[Verdict]] = field(default_factory=lambda: defaultdict(Counter))
    verdicts: Counter[tuple[Verdict, Verdict]] = field(default_factory=Counter)


def rebuild(
    engine: Engine,
    kiosks: Iterable[str] | None = None,
    progress: Callable[[int], None] | None = None,
    *,
    keep_rules: bool = False,
) -> Change:
    """Goes through every tap of ``kiosks`` (None: of all). ``progress`` is told how many taps were looked at so far.

    ``keep_rules``: each tap is decided under the rules and hours that decided it, instead of today's.
    """
    change, doors = Change(), DoorsKept()
    for id, kiosk in _journals(engine, kiosks):
        passage = _Passage(engine, id, kiosk, change, doors, keep_rules)
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

    def __init__(self, engine: Engine, id: int, kiosk: str, change: Change, doors: DoorsKept, keep_rules: bool) -> None:
        self._engine, self._id, self._kiosk, self._change = engine, id, kiosk, change
        self._doors, self._keep_rules = doors, keep_rules
        self._seq = 0  # the last that was looked at
        self._placed = 0  # the same, of those that wait beyond the mark

    def step(self) -> bool:
        """One transaction. False once the mark was reached, and the journal's state is that of its last tap."""
        with store.writing(self._engine) as connection:
            marked = connection.execute(
                select(journal_mark).where(journal_mark.c.id == self._id).with_for_update()
            ).one()
            if marked.sealed > self._seq:
                self._pass_over(connection, marked.sealed)
            today = self._doors.today(connection)
            begins_utc_ms = self._begins_utc_ms(connection)
            so_far = Replay(connection, self._id, marked.sealed, self._doors, today)
            judge = Judge(today, so_far.state_before(self._seq + 1, begins_utc_ms))
            where = whereabouts_of(connection, {self._kiosk})[self._kiosk]
            look = _Look(connection, judge, where, marked.mark, self._change)
            if self._keep_rules:
                look.keep(self._doors, rulings_of(connection, self._id))
            rows = self._page(connection, marked.mark)
            ended = len(rows) < PAGE or rows[-1]["seq"] == marked.mark
            last = max(marked.mark, self._seq) if ended else rows[-1]["seq"]
            if ended:
                waiting = self._waiting(connection, max(last, self._placed))
                rows += waiting
                if len(waiting) == PAGE:
                    ended, self._placed = False, waiting[-1]["seq"]
            new = [values for row in rows if (values := look.at(row))]
            if new:
                connection.execute(_replace, new)
            look.rollup.write(connection)
            if not self._keep_rules and self._seq < last:
                rule_anew(connection, self._id, self._seq + 1, last, marked.mark, today.version)
            self._change.taps += len(rows)
            self._change.changed += len(new)
            self._seq = last
            if ended:
                marks.write_judged(connection, self._at_mark(connection, marked.mark, judge.state, begins_utc_ms))
                completeness.restate(connection, self._id)
        return not ended

    def _pass_over(self, connection: Connection, sealed: int) -> None:
        """What is sealed stays."""
        passed = (tap.c.journal_id == self._id, tap.c.seq > self._seq, tap.c.seq <= sealed)
        self._change.sealed += connection.execute(select(func.count()).select_from(tap).where(*passed)).scalar_one()
        self._seq = sealed

    def _page(self, connection: Connection, mark: int) -> list[Any]:
        taps = select(tap).where(tap.c.journal_id == self._id, tap.c.seq > self._seq, tap.c.seq <= mark)
        return list(connection.execute(taps.order_by(tap.c.seq).limit(PAGE)).mappings())

    def _waiting(self, connection: Connection, after: int) -> list[Any]:
        """What came out of order and is not decided yet: a few batches mostly, but all of a kiosk whose first tap never
        comes. The last of them are placed in the transaction that ends; what ingest decides before is looked at again.
        """
        taps = select(tap).where(tap.c.journal_id == self._id, tap.c.seq > after).order_by(tap.c.seq).limit(PAGE)
        return list(connection.execute(taps).mappings())

    def _begins_utc_ms(self, connection: Connection) -> int | None:
        """The last counted tap of the kiosk's earlier journals, which were gone through before."""
        earlier = select(func.max(journal_mark.c.counted_utc_ms)).where(
            journal_mark.c.kiosk == self._kiosk, journal_mark.c.id < self._id
        )
        utc_ms: int | None = connection.execute(earlier).scalar()
        return utc_ms

    def _at_mark(self, connection: Connection, mark: int, state: State, begins_utc_ms: int | None) -> dict[str, Any]:
        """The policy's state at the mark, and the counts of what is in no sum."""
        counts = dict.fromkeys((Verdict.UNPLACED, Verdict.TEST), 0)
        found = select(tap.c.verdict, func.count()).where(
            tap.c.journal_id == self._id, tap.c.verdict.in_([int(verdict) for verdict in counts])
        )
        for verdict, taps in connection.execute(found.group_by(tap.c.verdict)):
            counts[Verdict(verdict)] = taps
        return {
            "of": self._id, **columns_of(state),
            "to_ruled": rulings_of(connection, self._id).of(mark),
            "to_begins_utc_ms": begins_utc_ms,
            "to_unplaced": counts[Verdict.UNPLACED], "to_tested": counts[Verdict.TEST],
        }  # fmt: skip


class _Look:
    """At the taps of one transaction, in the order of their seqs; those above ``mark`` are not decided yet."""

    def __init__(self, connection: Connection, judge: Judge, where: Whereabouts, mark: int, change: Change) -> None:
        self._connection, self._where, self._mark, self._change = connection, where, mark, change
        self.judge, self.rollup = judge, Rollup()
        self._kept: tuple[DoorsKept, Rulings] | None = None

    def keep(self, doors: DoorsKept, rulings: Rulings) -> None:
        """Decides by what decided before."""
        self._kept = doors, rulings

    def at(self, row: Any) -> dict[str, Any] | None:
        """The values for a tap's row, or None where they are as they were."""
        placed = self._place(row)
        verdict = self._decide(row, placed) if row["seq"] <= self._mark else None
        was = (row["verdict"], row["day"], row["service_point_id"], row["question_id"])
        if was == (verdict, placed.day, placed.service_point_id, placed.question_id):
            return None
        if verdict is not None:
            self._recount(row, verdict, placed)
        return {
            "of": row["journal_id"], "at": row["seq"], "to_verdict": None if verdict is None else int(verdict),
            "to_day": placed.day, "to_point": placed.service_point_id, "to_question": placed.question_id,
        }  # fmt: skip

    def _decide(self, row: Any, placed: Dated) -> Verdict:
        if self._kept is not None:
            doors, rulings = self._kept
            version = rulings.of(row["seq"])
            if version is not None:
                self.judge.doors = doors.of(self._connection, version)
        at = {**row, "day": placed.day, "service_point_id": placed.service_point_id}
        return self.judge.decide(self._connection, at)

    def _place(self, row: Any) -> Dated:
        as_it_was = Dated(None, row["estimated"], row["day"], row["service_point_id"], row["question_id"])
        if row["utc_ms"] is None or row["face"] == FACE_UNREADABLE:
            return as_it_was
        placed = self._where.at(row["utc_ms"])
        return as_it_was if placed.utc_ms is None else placed

    def _recount(self, row: Any, verdict: Verdict, placed: Dated) -> None:
        if row["verdict"] is not None:
            was = Verdict(row["verdict"])
            self._count(row, was, row["day"], row["service_point_id"], row["question_id"], -1)
            if was != verdict:
                self._change.verdicts[was, verdict] += 1
        self._count(row, verdict, placed.day, placed.service_point_id, placed.question_id, 1)

    def _count(self, row: Any, verdict: Verdict, day: date | None, point: int | None, question: int, by: int) -> None:
        self.rollup.decided(row["journal_id"], day, verdict, by)
        self.rollup.add(verdict, row["face"], row["utc_ms"], row["estimated"], day, point, question, by)
        if verdict in SUMMED and point is not None and day is not None:
            self._change.days[point, day][verdict] += by
