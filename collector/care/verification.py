"""Whether the sums that pages read are what the raw taps give, whether every verdict is what the rules say that decided
it, and whether every seq up to a mark is accounted for.

Reads one state of the store while it goes on being written; changes nothing.
"""

from collections.abc import Callable, Iterator
from datetime import date
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, Select, Table, case, func, select

from collector.care.retrial import tried_again
from collector.database import store
from collector.database.tables import (
    UNDATED,
    ServicePoint,
    alive_day,
    hole,
    journal_day,
    journal_mark,
    tap,
    tap_day,
    tap_quarter,
)
from collector.days import completeness
from collector.days.dating import NO_QUESTION, QUARTER_MS
from collector.days.rollup import ASIDE, SUMMED
from collector.intake.holes import UNREADABLE
from collector.kiosks import alive
from collector.verdict.policy import Verdict
from wire.messages import FACE_UNREADABLE

_point: Any = ServicePoint.__table__  # type: ignore[attr-defined]

_BY_PAGES = {"yield_per": 1000}  # rows that are in memory at a time

PARTS = 6

MOST = 1000
"""Differences that a report names; the others it counts. Where a table is lost there are millions."""


class Difference(NamedTuple):
    """One figure that is not what the taps say. ``where``: in words; ``stands``: what is stored."""

    where: str
    what: str
    stands: int
    taps_say: int


class Report(NamedTuple):
    """``taps``: how many were looked at, in ``journals`` journals. ``differences``: the first of ``differ``."""

    taps: int
    journals: int
    differences: list[Difference]
    differ: int


def verify(engine: Engine, progress: Callable[[], None] = lambda: None) -> Report:
    """Compares everything. Takes as long as reading every tap six times, and deciding it once; memory for a page of
    rows, whatever the store holds.

    ``progress`` is called after each of PARTS parts.

    Of when kiosks were alive only this can be held against taps: a kiosk ran when it was pressed. Births and health
    messages prove more, and are not kept.
    """
    with store.snapshot(engine) as connection:
        differences: list[Difference] = []
        differ = 0
        for part in (_days, _quarters, _journals, _marks, _alive, _verdicts):
            for difference in part(connection):
                differ += 1
                if len(differences) < MOST:
                    differences.append(difference)
            progress()
        taps = connection.execute(select(func.count()).select_from(tap)).scalar_one()
        journals = connection.execute(select(func.count()).select_from(journal_mark)).scalar_one()
    return Report(taps, journals, differences, differ)


def _days(connection: Connection) -> Iterator[Difference]:
    estimated = func.sum(_one((tap.c.verdict == int(Verdict.COUNTED)) & tap.c.estimated.is_(True)))
    raw = _summed(tap.c.day.label("at"), {"estimated": estimated}).where(tap.c.day.is_not(None))
    return _compared(connection, tap_day, tap_day.c.day, raw, "day")


def _quarters(connection: Connection) -> Iterator[Difference]:
    at = (tap.c.utc_ms - tap.c.utc_ms % QUARTER_MS).label("at")
    raw = _summed(at, {}).where(tap.c.utc_ms.is_not(None), tap.c.day.is_not(None))
    return _compared(connection, tap_quarter, tap_quarter.c.quarter_utc_ms, raw, "quarter")


def _summed(at: ColumnElement[Any], more: dict[str, ColumnElement[Any]]) -> Select[Any]:
    """The rows that a rollup must have, from raw taps."""
    counted = tap.c.verdict == int(Verdict.COUNTED)
    sums = {f"face_{face}": func.sum(_one(counted & (tap.c.face == face))) for face in (1, 2, 3, 4)}
    sums |= {name: func.sum(_one(tap.c.verdict == int(verdict))) for verdict, name in ASIDE.items()}
    question = func.coalesce(tap.c.question_id, NO_QUESTION)
    keys = (tap.c.service_point_id.label("point"), at, question.label("question"))
    named = [value.label(name) for name, value in {**sums, **more}.items()]
    placed = (tap.c.service_point_id.is_not(None), tap.c.verdict.in_([int(verdict) for verdict in SUMMED]))
    return select(*keys, *named).where(*placed).group_by(tap.c.service_point_id, at, question)


def _compared(
    connection: Connection, table: Table, at: ColumnElement[Any], raw: Select[Any], what: str
) -> Iterator[Difference]:
    names = [column.name for column in table.columns if not column.primary_key]
    kept = select(table.c.service_point_id, at, table.c.question_id, *[table.c[name] for name in names])
    slugs = {row.id: row.slug for row in connection.execute(select(_point.c.id, _point.c.slug))}
    for (point, when, _), stands, said in _side_by_side(connection, kept, raw, (0,) * len(names)):
        for name, there, right in zip(names, stands, said, strict=True):
            if there != int(right):
                yield Difference(f"service point {slugs.get(point, point)}, {what} {when}", name, there, int(right))


def _side_by_side(
    connection: Connection, kept: Select[Any], raw: Select[Any], nothing: tuple[int, ...]
) -> Iterator[tuple[tuple[Any, ...], tuple[int, ...], tuple[int, ...]]]:
    """(key, figures kept, figures of the taps), ``nothing`` where a side has no such key; a key is three columns.

    Both sides in the order of their keys, a page at a time: of a county there are millions in ten years.
    """
    sides = (_in_order(connection, kept, 0), _in_order(connection, raw, 1))
    for key, rows in groupby(merge(*sides), itemgetter(0)):
        found = {side: figures for _, side, figures in rows}
        yield key, found.get(0, nothing), found.get(1, nothing)


def _in_order(
    connection: Connection, rows: Select[Any], side: int
) -> Iterator[tuple[tuple[Any, ...], int, tuple[int, ...]]]:
    in_order = rows.order_by(*list(rows.selected_columns)[:3])
    for row in connection.execute(in_order, execution_options=_BY_PAGES):
        yield tuple(row[:3]), side, tuple(row[3:])


def _marks(connection: Connection) -> Iterator[Difference]:
    settled = tap.c.seq <= journal_mark.c.mark
    sealed = tap.c.seq <= journal_mark.c.sealed
    exact = (tap.c.utc_ms % QUARTER_MS != 0) | (tap.c.width_ms % QUARTER_MS != 0)
    looked_at = (
        select(
            journal_mark.c.id,
            journal_mark.c.kiosk,
            journal_mark.c.journal,
            journal_mark.c.mark,
            journal_mark.c.highest,
            journal_mark.c.missing,
            journal_mark.c.unplaced,
            journal_mark.c.tested,
            journal_mark.c.told,
            func.max(tap.c.seq).label("last"),
            func.sum(_one(settled)).label("taps"),
            func.sum(_one(settled & tap.c.verdict.is_(None))).label("undecided"),
            func.sum(_one(settled & (tap.c.face == FACE_UNREADABLE))).label("unreadable"),
            func.sum(_one(tap.c.verdict == int(Verdict.UNPLACED))).label("stood_nowhere"),
            func.sum(_one(tap.c.verdict == int(Verdict.TEST))).label("in_test"),
            func.sum(_one(sealed & exact)).label("exact"),
        )
        .join(tap, tap.c.journal_id == journal_mark.c.id, isouter=True)
        .group_by(journal_mark.c.id)
        .order_by(journal_mark.c.id)
    )
    lost = _lengths(connection, hole.c.reason != UNREADABLE)
    spoilt = _lengths(connection, hole.c.reason == UNREADABLE)
    for row in connection.execute(looked_at, execution_options=_BY_PAGES):
        gone, spoilt_here = lost.get(row.id, 0), spoilt.get(row.id, 0)
        for what, there, right in (
            ("seqs up to the mark", row.mark, int(row.taps or 0) + gone),
            ("highest seq", row.highest, max(row.highest, row.last or 0)),
            ("the kiosk's counter", row.told, max(row.told, row.mark, row.last or 0)),
            ("missing", row.missing, gone + spoilt_here),
            ("unreadable", spoilt_here, int(row.unreadable or 0)),
            ("unplaced", row.unplaced, int(row.stood_nowhere or 0)),
            ("in test mode", row.tested, int(row.in_test or 0)),
            ("undecided", 0, int(row.undecided or 0)),
            ("exact times below the seal", 0, int(row.exact or 0)),
        ):
            if there != right:
                yield Difference(f"kiosk {row.kiosk}, journal {row.journal}", what, there, right)


def _alive(connection: Connection) -> Iterator[Difference]:
    """Kiosks' days with quarters in which somebody pressed and that are not marked as alive. A kiosk at a time."""
    kiosks = select(journal_mark.c.kiosk).distinct().order_by(journal_mark.c.kiosk)
    for kiosk in connection.execute(kiosks).scalars().all():
        kept = select(alive_day.c.utc_day, alive_day.c.am, alive_day.c.pm).where(alive_day.c.kiosk == kiosk)
        stands = {day: alive.bits_of(am, pm) for day, am, pm in connection.execute(kept)}
        said = _pressed(connection, kiosk)
        for day in sorted(said):
            there, right = stands.get(day, 0) & said[day], said[day]
            if there != right:
                where = f"kiosk {kiosk}, UTC day {day}"
                yield Difference(where, "quarters alive", there.bit_count(), right.bit_count())


def _pressed(connection: Connection, kiosk: str) -> dict[date, int]:
    """A kiosk's UTC days, with the quarters in which it was pressed."""
    pressed = (
        select((tap.c.utc_ms - tap.c.utc_ms % QUARTER_MS).label("slot_utc_ms"))
        .join(journal_mark, tap.c.journal_id == journal_mark.c.id)
        .where(journal_mark.c.kiosk == kiosk, tap.c.utc_ms.is_not(None), tap.c.face != FACE_UNREADABLE)
        .distinct()
    )
    days: dict[date, int] = {}
    for slot_utc_ms in connection.execute(pressed, execution_options=_BY_PAGES).scalars():
        day, bit = alive.place_of(slot_utc_ms)
        days[day] = days.get(day, 0) | bit
    return days


def _journals(connection: Connection) -> Iterator[Difference]:
    named = {row.id: f"kiosk {row.kiosk}, journal {row.journal}" for row in connection.execute(select(journal_mark))}
    kept = select(*(journal_day.c[name] for name in ("journal_id", "day", "verdict", "taps")))
    for (journal, day, verdict), (there,), (right,) in _side_by_side(connection, kept, completeness.recounted(), (0,)):
        if there != right:
            when = "no day" if day == UNDATED else f"day {day}"
            yield Difference(f"{named[journal]}, {when}", f"taps {Verdict(verdict).name.lower()}", there, right)


def _verdicts(connection: Connection) -> Iterator[Difference]:
    return (Difference(*otherwise) for otherwise in tried_again(connection))


def _lengths(connection: Connection, which: ColumnElement[bool]) -> dict[int, int]:
    """{journal: seqs in its holes of that kind}."""
    lengths = select(hole.c.journal_id, func.sum(hole.c.to_seq - hole.c.from_seq + 1)).where(which)
    return {journal: int(seqs) for journal, seqs in connection.execute(lengths.group_by(hole.c.journal_id))}


def _one(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)
