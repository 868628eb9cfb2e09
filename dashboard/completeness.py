"""What became of a kiosk's presses, a local day: pressed by the kiosk's own counter, stored, set aside, missing.

Seqs have no gaps, so what a kiosk pressed is what is stored of it and what is in holes. A hole is dated by its
neighbours, the nearest taps whose day is known: where those differ it lies between two days, and is said so.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy import Connection, Row, Select, func, or_, select

from collector.database.tables import UNDATED, Kiosk, hole, journal_day, journal_mark, kiosk_state, tap
from collector.verdict.policy import Verdict
from dashboard.days import local_day
from dashboard.steps import step_of

_kiosk = Kiosk.__table__  # type: ignore[attr-defined]
HOLE_REASONS = ("not_held", "unreadable")  # as stored in hole.reason
ASIDE = tuple(verdict for verdict in Verdict if verdict not in (Verdict.COUNTED, Verdict.UNREADABLE))


class View(NamedTuple):
    """zone: whose days a hole is bounded by that has no neighbour. coarse: outside the demo; then the days that a press
    of the last quarter of an hour may lie on move in whole steps.
    """

    now_ms: int
    zone: str
    coarse: bool


@dataclass(frozen=True)
class Part:
    """Presses that were made on a day from ``first`` to ``last``; both are None where no day is known.

    verdicts: stored taps by what the policy made of them. missing: taps by the hole's reason.
    """

    first: date | None
    last: date | None
    verdicts: dict[Verdict, int] = field(default_factory=dict)
    missing: dict[str, int] = field(default_factory=dict)

    @property
    def pressed(self) -> int:
        return self.stored + self.lost

    @property
    def stored(self) -> int:
        return sum(self.verdicts.values())

    @property
    def counted(self) -> int:
        return self.verdicts.get(Verdict.COUNTED, 0)

    @property
    def lost(self) -> int:
        return sum(self.missing.values())

    @property
    def set_aside(self) -> int:
        return self.stored - self.counted

    @property
    def reasons(self) -> dict[str, int]:
        """Taps set aside, by the verdict's name in small letters; those there are none of left out."""
        return {verdict.name.lower(): self.verdicts[verdict] for verdict in ASIDE if self.verdicts.get(verdict)}


@dataclass(frozen=True)
class Hole:
    """Seqs of ``journal`` that are known missing. ``first`` to ``last``: the days on one of which each was pressed."""

    kiosk: str
    journal: str
    from_seq: int
    to_seq: int
    reason: str
    found_utc_ms: int
    seen: bool
    first: date
    last: date

    @property
    def taps(self) -> int:
        return self.to_seq - self.from_seq + 1


@dataclass(frozen=True)
class JournalRow:
    """mark: settled up to here. told: the kiosk's own counter. on_the_way: told of and not settled yet.

    left_behind: told of and never sent, in a journal that the kiosk writes no more. What it still had of those it took
    along, under new seqs, so they are in no figure.
    """

    kiosk: str
    journal: str
    mark: int
    missing: int
    told: int
    in_use: bool

    @property
    def on_the_way(self) -> int:
        return self.told - self.mark if self.in_use else 0

    @property
    def left_behind(self) -> int:
        return 0 if self.in_use else self.told - self.mark


@dataclass(frozen=True)
class Account:
    """One kiosk's. ``parts``: newest first; single days, holes between two days, and last what has no day.

    pressed, stored, missing, on_the_way: of all time.
    """

    kiosk: str
    parts: list[Part]
    journals: list[JournalRow]
    stored: int
    missing: int
    on_the_way: int

    @property
    def pressed(self) -> int:
        return self.stored + self.missing + self.on_the_way


def accounts(connection: Connection, kiosk: str | None, first: date, last: date, view: View) -> list[Account]:
    """Of ``kiosk`` (None: of every one), the days from first to last and what has no day; by name."""
    parts: dict[str, dict[tuple[date | None, date | None], Part]] = defaultdict(dict)
    for name, day, verdict, taps in connection.execute(_days(kiosk, first, last)):
        when = None if day == UNDATED else day
        part = parts[name].setdefault((when, when), Part(when, when))
        part.verdicts[Verdict(verdict)] = int(taps)
    for gap in holes(connection, kiosk, view):
        if gap.first <= last and gap.last >= first:
            part = parts[gap.kiosk].setdefault((gap.first, gap.last), Part(gap.first, gap.last))
            part.missing[gap.reason] = part.missing.get(gap.reason, 0) + gap.taps
    steps_from = local_day(view.now_ms, "UTC").toordinal() - 1 if view.coarse else date.max.toordinal() + 1
    return [
        _account(name, list(rows), parts[name].values(), steps_from, view.coarse)
        for name, rows in groupby(journals(connection, kiosk), attrgetter("kiosk"))
    ]


def journals(connection: Connection, kiosk: str | None) -> Iterator[JournalRow]:
    """By kiosk, in the order in which it began them. In use is the one of its last birth, or the newest."""
    newest = journal_mark.alias("newest")
    latest = select(func.max(newest.c.id)).where(newest.c.kiosk == journal_mark.c.kiosk).scalar_subquery()
    born = kiosk_state.c.journal == journal_mark.c.journal
    in_use = or_(born, kiosk_state.c.journal.is_(None) & (journal_mark.c.id == latest))
    wanted = (
        select(
            journal_mark.c.kiosk, journal_mark.c.journal, journal_mark.c.mark, journal_mark.c.missing,
            journal_mark.c.told, in_use,
        )
        .outerjoin(kiosk_state, kiosk_state.c.kiosk == journal_mark.c.kiosk)
        .order_by(journal_mark.c.kiosk, journal_mark.c.id)
    )  # fmt: skip
    for name, journal, mark, missing, told, used in connection.execute(_of(wanted, kiosk)):
        yield JournalRow(name, journal, mark, missing, max(told, mark), bool(used))


def holes(connection: Connection, kiosk: str | None, view: View) -> Iterator[Hole]:
    """Those of ``kiosk``, or of every one; the newest first."""
    wanted = (
        select(
            journal_mark.c.kiosk, journal_mark.c.journal, hole.c.from_seq, hole.c.to_seq, hole.c.reason,
            hole.c.found_utc_ms, hole.c.seen_utc_ms, _neighbour(-1).label("before"), _neighbour(1).label("after"),
            _kiosk.c.added_utc_ms,
        )
        .join(journal_mark, journal_mark.c.id == hole.c.journal_id)
        .join(_kiosk, _kiosk.c.name == journal_mark.c.kiosk)
        .order_by(hole.c.found_utc_ms.desc(), hole.c.journal_id, hole.c.from_seq.desc())
    )  # fmt: skip
    return (_hole(row, view.zone) for row in connection.execute(_of(wanted, kiosk)))


def _hole(row: Row, zone: str) -> Hole:
    """Before the first tap that is there lies the day on which the kiosk was added, after the last the finding."""
    name, journal, from_seq, to_seq, reason, found_utc_ms, seen_utc_ms, before, after, added_utc_ms = row
    bounds = (before or local_day(added_utc_ms, zone), after or local_day(found_utc_ms, zone))
    seen = seen_utc_ms is not None
    return Hole(name, journal, from_seq, to_seq, reason, found_utc_ms, seen, min(bounds), max(bounds))


def _neighbour(side: int):
    """The day of the nearest tap whose day is known, before the hole (-1) or after it (1)."""
    beyond = tap.c.seq < hole.c.from_seq if side < 0 else tap.c.seq > hole.c.to_seq
    nearest = tap.c.seq.desc() if side < 0 else tap.c.seq
    known = (tap.c.journal_id == hole.c.journal_id, beyond, tap.c.day.is_not(None), tap.c.day != UNDATED)
    return select(tap.c.day).where(*known).order_by(nearest).limit(1).correlate(hole).scalar_subquery()


def _days(kiosk: str | None, first: date, last: date) -> Select:
    """(kiosk, day, verdict, taps), the undated among them."""
    days = or_(journal_day.c.day == UNDATED, journal_day.c.day.between(max(first, date(1, 1, 2)), last))
    wanted = (
        select(journal_mark.c.kiosk, journal_day.c.day, journal_day.c.verdict, func.sum(journal_day.c.taps))
        .join(journal_mark, journal_mark.c.id == journal_day.c.journal_id)
        .where(days, journal_day.c.taps != 0)
        .group_by(journal_mark.c.kiosk, journal_day.c.day, journal_day.c.verdict)
    )
    return _of(wanted, kiosk)


def _of(wanted: Select, kiosk: str | None) -> Select:
    return wanted if kiosk is None else wanted.where(journal_mark.c.kiosk == kiosk)


def _account(name: str, rows: list[JournalRow], parts: Iterable[Part], steps_from: int, coarse: bool) -> Account:
    stored, missing = sum(row.mark - row.missing for row in rows), sum(row.missing for row in rows)
    on_the_way = sum(row.on_the_way for row in rows)
    if coarse:
        stored, on_the_way = step_of(stored), step_of(on_the_way)
        rows = [_stepped_journal(row) for row in rows]
    shown = [_stepped(part) if _last(part) >= steps_from else part for part in parts]
    shown.sort(key=lambda part: (part.first is not None, _last(part), part.first or date.min), reverse=True)
    return Account(name, [part for part in shown if part.pressed], rows, stored, missing, on_the_way)


def _stepped_journal(row: JournalRow) -> JournalRow:
    mark = row.missing + step_of(row.mark - row.missing)
    return replace(row, mark=mark, told=mark + step_of(row.told - row.mark))


def _last(part: Part) -> int:
    """What has no day may be of today."""
    return (part.last or date.max).toordinal()


def _stepped(part: Part) -> Part:
    return replace(part, verdicts={verdict: step_of(taps) for verdict, taps in part.verdicts.items()})
