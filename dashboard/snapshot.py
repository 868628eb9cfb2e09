"""One state of the store, read for a page: tallies of units, days and service points, in steps where due."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import CompoundSelect, Connection, Row, Select

from collector.database.tables import UNDATED
from collector.kiosks.presence import Stand, standing_at
from dashboard import questions
from dashboard.condition import Condition, conditions
from dashboard.coverage import NO_COVER, Roll, UnitDay, joined_days
from dashboard.days import DAY, Stay, local_day, placed_days, usual_zone
from dashboard.roll_call import RollCall
from dashboard.rows import DayRow, KioskReport, KioskRow, OverviewRow, PointDay, PointRow, UnitName, UnitReport, Why
from dashboard.statistics import Change, change
from dashboard.steps import Steps, quarter_of, step_of
from dashboard.tally import Tally, total
from dashboard.troubles import Trouble, troubles

WEEK = 7


class UnknownUnit(LookupError):
    """No unit is called so."""


class Snapshot:
    """Reads through ``connection``, whose transaction sees one state. ``steps`` is None in the demo.

    ``roll_call`` remembers coverage for a while.
    """

    def __init__(self, connection: Connection, now_ms: int, steps: Steps | None, roll_call: RollCall) -> None:
        self._connection, self._now_ms, self._steps = connection, now_ms, steps
        self._roll_call = roll_call

    def _ask(self, question: Select | CompoundSelect) -> Sequence[Row]:
        return self._connection.execute(question).all()

    def units(self) -> list[UnitName]:
        return [UnitName(id, slug, _names(fi, sv, en), up) for id, slug, fi, sv, en, up in self._ask(questions.units())]

    def today(self) -> date:
        """The local day where most service points are."""
        return local_day(self._now_ms, self.zone())

    def zone(self) -> str:
        """The time zone of most service points."""
        return usual_zone(zone for _, _, zone in self._ask(questions.points()))

    def pulse(self) -> tuple:
        """Differs when what pages show may differ; see ``questions.pulse``."""
        return (*self._ask(questions.pulse())[0], quarter_of(self._now_ms))

    def days(self, slug: str, first: date, last: date) -> list[DayRow]:
        """Every day from first to last on which a kiosk of the unit's subtree could be pressed. Raises UnknownUnit."""
        self._unit(slug)
        tallies = self._by_day(slug, first, last)
        rows = self._day_rows(slug, first, last, tallies)
        return [row for row in rows if row.gap not in (Why.ABSENT, Why.OFF)]

    def roll(self, slug: str, first: date, last: date) -> Roll:
        """When kiosks of the unit's subtree were alive and when its service points were open. Raises UnknownUnit."""
        self._unit(slug)
        return self._roll(slug, first, last)

    def _roll(self, slug: str | None, first: date, last: date) -> Roll:
        return self._roll_call.of(self._connection, slug, first, last, self._now_ms)

    def point_slugs(self, slug: str) -> dict[int, str]:
        """By id, of the unit's subtree."""
        return {id: point for id, point, *_ in self._ask(questions.service_points(slug))}

    def overview(self) -> list[OverviewRow]:
        """Every unit, parents before their children."""
        today = self.today()
        weeks = [today - (WEEK - 1) * DAY, today - (2 * WEEK - 1) * DAY]
        by_unit = self._tallies(None, weeks[1], today)
        covers = self._covers(weeks[0], today)
        return [
            self._overview_row(unit, depth, by_unit[unit.id], today, weeks[0], covers.get(unit.id, NO_COVER))
            for unit, depth in self._in_order()
        ]

    def _covers(self, first: date, last: date) -> dict[int, UnitDay]:
        """Of each unit with its subtree."""
        roll = self._roll(None, first, last)
        days = [first + n * DAY for n in range((last - first).days + 1)]
        covers: dict[int, list[UnitDay]] = defaultdict(list)
        for unit, point in self._ask(questions.points_below()):
            covers[unit].append(roll.days_of(point, days))
        return {unit: joined_days(points) for unit, points in covers.items()}

    def _overview_row(
        self, unit: UnitName, depth: int, days: dict, today: date, week_begins: date, cover: UnitDay
    ) -> OverviewRow:
        undated = days.pop(UNDATED, Tally())
        now = total(tally for day, tally in days.items() if day >= week_begins)
        before = total(tally for day, tally in days.items() if day < week_begins)
        changed = change(now.faces, before.faces)
        return OverviewRow(unit, depth, days.get(today, Tally()), now, undated, changed, cover)

    def unit(self, slug: str, length: int) -> UnitReport:
        """A unit's last ``length`` days, today included. Raises UnknownUnit."""
        units = {unit.slug: unit for unit in self.units()}
        unit = units.get(slug)
        if unit is None:
            raise UnknownUnit(slug)
        today = self.today()
        first = today - (length - 1) * DAY
        tallies = self._by_day(slug, min(first, today - (2 * WEEK - 1) * DAY), today)
        rows = self._day_rows(slug, first, today, tallies)
        return UnitReport(
            unit,
            _path_to(unit, units),
            [child for child in units.values() if child.parent == slug],
            rows[-1],
            rows[-2],
            rows,
            tallies.get(UNDATED, Tally()),
            self._change(tallies, today),
            self.points(slug, first, today),
            self._estimated(slug, first, today),
        )

    def _estimated(self, slug: str, first: date, last: date) -> dict[date, int]:
        """Outside the demo of settled days only: a number that moves with each tap would tell when it was made."""
        if self._steps is not None:
            last = min(last, self._settled() - DAY)
        return {day: int(taps) for day, taps in self._ask(questions.estimated(slug, first, last)) if taps}

    def _settled(self) -> date:
        """A press of the last quarter of an hour lies on this day or a later one, in any time zone."""
        return local_day(self._now_ms, "UTC") - DAY

    @staticmethod
    def _change(tallies: dict[date, Tally], today: date) -> Change:
        begins = today - (WEEK - 1) * DAY
        earlier = begins - WEEK * DAY
        now = total(tally for day, tally in tallies.items() if day >= begins)
        before = total(tally for day, tally in tallies.items() if earlier <= day < begins)
        return change(now.faces, before.faces)

    def points(self, slug: str, first: date, last: date) -> list[PointRow]:
        """The service points of the unit's subtree, with what was tapped there from first to last."""
        tallies: dict[int, Tally] = defaultdict(Tally)
        for _, point_id, day, tally in self._shown(slug, first, last, by_point=True):
            if day != UNDATED:
                tallies[point_id] += tally
        kiosks: dict[int | None, list[KioskRow]] = defaultdict(list)
        for kiosk in self.kiosks():
            kiosks[kiosk.point_id].append(kiosk)
        roll = self._roll(slug, first, last)
        days = [first + n * DAY for n in range((last - first).days + 1)]
        return [
            PointRow(
                point, _names(fi, sv, en), unit, tallies[id], kiosks[id], roll.days_of(id, days), _week(roll, id, days)
            )
            for id, point, fi, sv, en, unit in self._ask(questions.service_points(slug))
        ]

    def kiosks(self) -> list[KioskRow]:
        """Every kiosk in use. Outside the demo the time last seen is a quarter's and the counts are whole steps."""
        rows = [
            KioskRow(name, unit, point, point_id, stand, seen, journal, mark, backlog)
            for name, unit, point, point_id, born, since, seen, health_s, journal, mark, backlog in self._ask(
                questions.kiosks(self._now_ms)
            )
            for stand in [standing_at(born, since, seen, health_s, self._now_ms)]
        ]
        return rows if self._steps is None else [_coarse(row) for row in rows]

    def kiosk_reports(self) -> tuple[list[KioskReport], list[Trouble]]:
        """Every kiosk in use, how it is and what is wrong; and messages in quarantine that came from none of them."""
        found = self._troubles()
        known = conditions(self._connection, self._now_ms, coarse=self._steps is not None)
        units = {unit.slug: unit for unit in self.units()}
        points = {id: _names(fi, sv, en) for id, fi, sv, en in self._ask(questions.point_names())}
        reports = [
            KioskReport(
                row,
                units.get(row.unit or ""),
                points.get(row.point_id or 0),
                known.get(row.kiosk, Condition()),
                found.pop(row.kiosk, Trouble()),
            )
            for row in self.kiosks()
        ]
        return reports, [trouble for trouble in found.values() if trouble.refused]

    def has_troubles(self) -> bool:
        """Whether there is something to see in ``kiosk_reports``."""
        found = self._troubles()
        in_use = {row.kiosk for row in self.kiosks()}
        return any(trouble.refused or kiosk in in_use for kiosk, trouble in found.items())

    def _troubles(self) -> dict[str | None, Trouble]:
        return troubles(self._connection, now_ms=self._now_ms, coarse=self._steps is not None)

    def _unit(self, slug: str) -> UnitName:
        for unit in self.units():
            if unit.slug == slug:
                return unit
        raise UnknownUnit(slug)

    def _in_order(self) -> list[tuple[UnitName, int]]:
        units = self.units()
        below: dict[str | None, list[UnitName]] = defaultdict(list)
        for unit in units:
            below[unit.parent].append(unit)

        def walk(parent: str | None, depth: int) -> Iterable[tuple[UnitName, int]]:
            for unit in below[parent]:
                yield unit, depth
                yield from walk(unit.slug, depth + 1)

        return list(walk(None, 0))

    def _by_day(self, slug: str, first: date, last: date) -> dict[date, Tally]:
        return next(iter(self._tallies(slug, first, last).values()), {})

    def _tallies(self, slug: str | None, first: date, last: date) -> dict[int, dict[date, Tally]]:
        """The tallies by root unit and day."""
        by_unit: dict[int, dict[date, Tally]] = defaultdict(lambda: defaultdict(Tally))
        for root, _, day, tally in self._shown(slug, first, last):
            by_unit[root][day] += tally
        return by_unit

    def _day_rows(self, slug: str, first: date, last: date, tallies: dict[date, Tally]) -> list[DayRow]:
        stays = [Stay(*row) for row in self._ask(questions.stays(slug))]
        placed = placed_days(stays, first, last, self._now_ms)
        days = (first + n * DAY for n in range((last - first).days + 1))
        dated = {day: tally for day, tally in tallies.items() if day != UNDATED}
        roll = self._roll(slug, first, last)
        return [DayRow(day, dated.get(day, Tally()), day in placed or day in dated, roll.day(day)) for day in days]

    def _shown(self, slug: str | None, first: date, last: date, by_point: bool = False) -> Iterable[tuple]:
        """(root, service point, day, tally) as they may be shown now."""
        now_ms = self._now_ms
        settled = self._settled()
        rows = self._ask(questions.sums(slug, first, last, settled, by_point))
        steps = self._steps
        if steps is None:
            return [(root, point, day, Tally.of(sums)) for root, point, day, *sums in rows]
        steps.forget(lambda day: UNDATED < day < settled)
        fresh = self._fresh(now_ms)
        return [
            (root, point, day, self._stepped(steps, point, day, Tally.of(sums), fresh, now_ms))
            for root, point, day, *sums in rows
        ]

    @staticmethod
    def _stepped(
        steps: Steps,
        point: int | None,
        day: date | None,
        tally: Tally,
        fresh: dict[tuple[int, date], Tally],
        now_ms: int,
    ) -> Tally:
        if point is None or day is None:  # settled
            return tally
        return steps.show(point, day, tally, fresh.get((point, day), Tally()), now_ms)

    def _fresh(self, now_ms: int) -> dict[tuple[int, date], Tally]:
        """What was pressed since the quarter began, by service point and local day: a quarter lies in one day."""
        zones = {point: zone for point, _, zone in self._ask(questions.points())}
        return {
            (point, local_day(quarter, zones[point])): Tally.of(sums)
            for point, quarter, *sums in self._ask(questions.since(quarter_of(now_ms)))
            if point in zones
        }


def _week(roll: Roll, point_id: int, days: list[date]) -> list[PointDay]:
    """The last days on which a kiosk was in place, newest first."""
    point = roll.points.get(point_id)
    if point is None:
        return []
    newest = reversed(days[-WEEK:])
    return [PointDay(day, cover, point.stretches(day)) for day in newest if (cover := point.day(day))]


def _names(fi: str, sv: str, en: str) -> dict[str, str]:
    return {"fi": fi, "sv": sv, "en": en}


def _path_to(unit: UnitName, units: dict[str, UnitName]) -> list[UnitName]:
    """The units above, the highest first."""
    path: list[UnitName] = []
    while unit.parent is not None and units[unit.parent] not in path:
        unit = units[unit.parent]
        path.insert(0, unit)
    return path


def _coarse(row: KioskRow) -> KioskRow:
    standing, since_utc_ms = row.stand
    return replace(
        row,
        stand=Stand(standing, since_utc_ms and quarter_of(since_utc_ms)),
        last_seen_utc_ms=row.last_seen_utc_ms and quarter_of(row.last_seen_utc_ms),
        mark=None if row.mark is None else step_of(row.mark),
        backlog=None if row.backlog is None else step_of(row.backlog),
    )
