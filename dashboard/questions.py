"""The questions asked of the database: one question, one SQL statement."""

from datetime import date

from sqlalchemy import (
    CTE,
    Column,
    ColumnElement,
    CompoundSelect,
    Select,
    case,
    func,
    null,
    select,
    true,
    type_coerce,
    union_all,
)

from collector.database.tables import (
    UNDATED,
    Kiosk,
    Placement,
    ServicePoint,
    Unit,
    alive_day,
    journal_mark,
    kiosk_state,
    tap_day,
    tap_quarter,
)
from dashboard.days import DAY
from dashboard.tally import COLUMNS

FIRST_DAY = UNDATED + DAY

_unit = Unit.__table__  # type: ignore[attr-defined]
_point = ServicePoint.__table__  # type: ignore[attr-defined]
_placement = Placement.__table__  # type: ignore[attr-defined]
_kiosk = Kiosk.__table__  # type: ignore[attr-defined]


def _subtrees(slug: str | None):
    """(root, unit_id): every unit under the one called slug, or under each unit where slug is None.

    UNION, not UNION ALL: a tree that was made into a ring by hand ends too.
    """
    first = select(_unit.c.id.label("root"), _unit.c.id.label("unit_id"))
    if slug is not None:
        first = first.where(_unit.c.slug == slug)
    tree = first.cte("subtree", recursive=True)
    child = _unit.alias("child")
    return tree.union(select(tree.c.root, child.c.id).join(tree, child.c.parent_id == tree.c.unit_id))


def units() -> Select:
    """(id, slug, name_fi, name_sv, name_en, parent slug) of every unit."""
    parent = _unit.alias("parent")
    return (
        select(_unit.c.id, _unit.c.slug, _unit.c.name_fi, _unit.c.name_sv, _unit.c.name_en, parent.c.slug)
        .outerjoin(parent, parent.c.id == _unit.c.parent_id)
        .order_by(_unit.c.id)
    )


def points() -> Select:
    """(id, unit_id, timezone) of every service point."""
    return select(_point.c.id, _point.c.unit_id, _point.c.timezone)


def sums(slug: str | None, first: date, last: date, settled: date, by_point: bool = False) -> CompoundSelect:
    """(root, service_point_id or NULL, day or NULL, a sum for each of COLUMNS): days first to last, and the undated.

    Days before ``settled`` are summed over the service points (``by_point``: over those days, a service point a row);
    later days and the undated come a service point and day a row, because they are shown in steps.

    Three spans of the primary key. With an OR between them a database reads every day there is of a service point.
    """
    tree = _subtrees(slug)
    point, day = tap_day.c.service_point_id, tap_day.c.day
    known = max(first, FIRST_DAY)
    of_all, all_days = type_coerce(null(), point.type), type_coerce(null(), day.type)
    earlier = day.between(known, min(last, settled - DAY))
    return union_all(
        _summed(tree, point, all_days, earlier) if by_point else _summed(tree, of_all, day, earlier),
        _summed(tree, point, day, day.between(max(known, settled), last)),
        _summed(tree, point, day, day.between(UNDATED, UNDATED)),  # for an = SQLite reads the table from end to end
    )


def _summed(tree: CTE, point: ColumnElement, day: ColumnElement, which: ColumnElement[bool]) -> Select:
    return (
        select(tree.c.root, point, day, *[func.sum(tap_day.c[name]) for name in COLUMNS])
        .select_from(tree)
        .join(_point, _point.c.unit_id == tree.c.unit_id)
        .join(tap_day, tap_day.c.service_point_id == _point.c.id)
        .where(which)
        .group_by(tree.c.root, *[key for key in (point, day) if isinstance(key, Column)])
    )


def estimated(slug: str, first: date, last: date) -> Select:
    """(day, counted taps whose day is estimated) of the unit's subtree, days first to last."""
    tree = _subtrees(slug)
    return (
        select(tap_day.c.day, func.sum(tap_day.c.estimated))
        .select_from(tree)
        .join(_point, _point.c.unit_id == tree.c.unit_id)
        .join(tap_day, tap_day.c.service_point_id == _point.c.id)
        .where(tap_day.c.day.between(max(first, FIRST_DAY), last))
        .group_by(tap_day.c.day)
    )


def since(quarter_utc_ms: int) -> Select:
    """(service_point_id, quarter, a sum for each of COLUMNS) of the quarters from this one on.

    The service points are named because the primary key begins with them: without, every quarter ever is looked at.
    """
    return (
        select(
            tap_quarter.c.service_point_id,
            func.min(tap_quarter.c.quarter_utc_ms),
            *[func.sum(tap_quarter.c[name]) for name in COLUMNS],
        )
        .where(tap_quarter.c.service_point_id.in_(select(_point.c.id)), tap_quarter.c.quarter_utc_ms >= quarter_utc_ms)
        .group_by(tap_quarter.c.service_point_id)
    )


def stays(slug: str) -> Select:
    """(service_point_id, timezone, from_utc_ms, to_utc_ms) of each placement in the unit's subtree."""
    tree = _subtrees(slug)
    return (
        select(_point.c.id, _point.c.timezone, _placement.c.from_utc_ms, _placement.c.to_utc_ms)
        .select_from(tree)
        .join(_point, _point.c.unit_id == tree.c.unit_id)
        .join(_placement, _placement.c.service_point_id == _point.c.id)
    )


def points_below() -> Select:
    """(unit id, service_point_id) of each unit's subtree."""
    tree = _subtrees(None)
    return select(tree.c.root, _point.c.id).select_from(tree).join(_point, _point.c.unit_id == tree.c.unit_id)


def _within(slug: str | None) -> ColumnElement[bool]:
    """Whether a service point is in the subtree of the unit called slug; None: any is."""
    if slug is None:
        return true()
    return _point.c.unit_id.in_(select(_subtrees(slug).c.unit_id))


def zones(slug: str | None) -> Select:
    """(service_point_id, timezone) of the unit's subtree."""
    return select(_point.c.id, _point.c.timezone).where(_within(slug))


def placements(slug: str | None) -> Select:
    """(kiosk, service_point_id, from_utc_ms, to_utc_ms) of each placement in the unit's subtree."""
    stands = (_placement.c.kiosk, _point.c.id, _placement.c.from_utc_ms, _placement.c.to_utc_ms)
    return select(*stands).join(_point, _point.c.id == _placement.c.service_point_id).where(_within(slug))


def lives(slug: str | None, first: date, last: date) -> Select:
    """(kiosk, utc_day, am, pm) of alive_day, days first to last, of the kiosks that ever stood in the subtree."""
    alive = (alive_day.c.kiosk, alive_day.c.utc_day, alive_day.c.am, alive_day.c.pm)
    return select(*alive).where(alive_day.c.kiosk.in_(_stood(slug)), alive_day.c.utc_day.between(first, last))


def signs_of_life(slug: str | None) -> Select:
    """(kiosk, online, last_seen_utc_ms, health_s) of the kiosks that ever stood in the subtree and were heard of."""
    return (
        select(_kiosk.c.name, kiosk_state.c.online, kiosk_state.c.last_seen_utc_ms, _kiosk.c.health_s)
        .join(kiosk_state, kiosk_state.c.kiosk == _kiosk.c.name)
        .where(_kiosk.c.name.in_(_stood(slug)), kiosk_state.c.last_seen_utc_ms.is_not(None))
    )


def _stood(slug: str | None) -> Select:
    return select(_placement.c.kiosk).join(_point, _point.c.id == _placement.c.service_point_id).where(_within(slug))


def point_names() -> Select:
    """(id, name_fi, name_sv, name_en) of every service point."""
    return select(_point.c.id, _point.c.name_fi, _point.c.name_sv, _point.c.name_en)


def service_points(slug: str) -> Select:
    """(id, slug, name_fi, name_sv, name_en, unit slug) of the unit's subtree, by id."""
    tree = _subtrees(slug)
    return (
        select(_point.c.id, _point.c.slug, _point.c.name_fi, _point.c.name_sv, _point.c.name_en, _unit.c.slug)
        .select_from(tree)
        .join(_point, _point.c.unit_id == tree.c.unit_id)
        .join(_unit, _unit.c.id == _point.c.unit_id)
        .order_by(_point.c.id)
    )


def kiosks(now_ms: int) -> Select:
    """Every kiosk in use: its place now, its state, and the mark of the journal it writes (the newest, if unknown)."""
    mark = journal_mark.alias("mark")
    of_kiosk = select(func.max(mark.c.id)).where(mark.c.kiosk == _kiosk.c.name).correlate(_kiosk, kiosk_state)
    written = of_kiosk.where(mark.c.journal == kiosk_state.c.journal)
    newest = func.coalesce(written.scalar_subquery(), of_kiosk.scalar_subquery())
    stands = (
        (_placement.c.kiosk == _kiosk.c.name)
        & (_placement.c.from_utc_ms <= now_ms)
        & (_placement.c.to_utc_ms.is_(None) | (_placement.c.to_utc_ms > now_ms))
    )
    return (
        select(
            _kiosk.c.name,
            _unit.c.slug,
            _point.c.slug,
            _point.c.id,
            kiosk_state.c.online,
            kiosk_state.c.since_utc_ms,
            kiosk_state.c.last_seen_utc_ms,
            _kiosk.c.health_s,
            journal_mark.c.journal,
            journal_mark.c.mark,
            kiosk_state.c.backlog,
        )
        .select_from(_kiosk)
        .outerjoin(kiosk_state, kiosk_state.c.kiosk == _kiosk.c.name)
        .outerjoin(_placement, stands)
        .outerjoin(_point, _point.c.id == _placement.c.service_point_id)
        .outerjoin(_unit, _unit.c.id == _point.c.unit_id)
        .outerjoin(journal_mark, journal_mark.c.id == newest)
        .where(_kiosk.c.retired_utc_ms.is_(None))
        .order_by(_kiosk.c.name)
    )


def pulse() -> Select:
    """One row that differs as soon as a tap was counted or set aside, a kiosk came or went, or another minute saw one.

    The mark advances in the transaction that counts, so the few rows of journal_mark stand for all rollups. What
    changes without a mark (a placement backdated by hand) is not seen here.
    """
    states = [
        select(func.sum(case((kiosk_state.c.online, 1), else_=0))).scalar_subquery(),
        select(func.max(kiosk_state.c.last_seen_utc_ms) / 60_000).scalar_subquery(),
        select(func.count()).select_from(_placement).scalar_subquery(),
    ]
    return select(select(func.sum(journal_mark.c.mark)).scalar_subquery(), *states)
