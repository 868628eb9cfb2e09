"""The read API, version 1: the same figures as the pages, with their intervals."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Query
from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema

from collector.kiosks.presence import Standing
from dashboard.coverage import HourCover, Roll
from dashboard.days import every_day, moment
from dashboard.login import authorize
from dashboard.reports import Reports, UnknownUnit
from dashboard.rows import DayRow, KioskRow, UnitName

LONGEST_DAYS = 1_100
LONGEST_COVERED_DAYS = 92
MINUTE_MS = 60_000
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Names(BaseModel):
    fi: str
    sv: str
    en: str


class Unit(BaseModel):
    """Whose service it is; units form a tree."""

    slug: str = Field(description="The unit's name in addresses.", examples=["library"])
    name: Names
    parent: str | None = Field(description="The slug of the unit above; null at the top.")


class SetAside(BaseModel):
    """Taps that were stored and not counted, by reason; together they are set_aside.

    Those made while the kiosk stood nowhere are in no unit's day: /api/v1/completeness has them, a kiosk at a time.
    """

    interval: int = Field(description="Within the response interval after a counted tap.")
    test: int = Field(description="Made while the kiosk was in test mode.")
    burst: int = Field(description="In a run of presses that is longer than visitors make.")
    closed: int = Field(description="Outside the opening hours.")


class Day(BaseModel):
    """A local day of a unit with its subtree."""

    day: date = Field(description="The local day at the service points.")
    faces: tuple[int, int, int, int] = Field(
        description="Counted taps on faces 1 to 4: very unhappy, unhappy, happy, very happy."
    )
    set_aside: int = Field(description="Taps that were stored and not counted, whatever the reason.")
    set_aside_by_reason: SetAside
    taps: int = Field(description="Counted taps: the sum of faces.")
    index: float | None = Field(description="Happy Index, 0 to 100: the average of 0, 33 1/3, 66 2/3 and 100.")
    satisfied: float | None = Field(description="Share of faces 3 and 4 in the counted taps, 0 to 1.")
    low: float | None = Field(description="Lower end of the share's 95 % interval (Wilson), 0 to 1.")
    high: float | None = Field(description="Upper end of the share's 95 % interval (Wilson), 0 to 1.")


class CoveredHour(BaseModel):
    """An hour of a service point's local day with opening time in it; on a day of 25 hours one hour comes twice."""

    begins: str = Field(description="When it begins, UTC, ISO 8601.")
    hour: int = Field(description="The hour on the clock of the service point, 0 to 23.")
    open_minutes: float = Field(description="Minutes in which it was open with a kiosk in place.")
    alive_minutes: float = Field(description="Minutes of those in which a kiosk ran, known to quarters of an hour.")


class CoveredDay(BaseModel):
    """A local day of a service point on which a kiosk was in place; of today, up to the last full quarter."""

    service_point: str = Field(description="The slug of the service point.")
    day: date = Field(description="The local day at the service point.")
    hours_told: bool = Field(description="Whether its opening hours are known. If not, minutes are of the whole day.")
    open_minutes: float = Field(description="Minutes in which it was open with a kiosk in place.")
    alive_minutes: float = Field(description="Minutes of those in which a kiosk ran, known to quarters of an hour.")
    coverage: float | None = Field(
        description="alive_minutes of open_minutes, 0 to 1; null where hours are not told or it was not open."
    )
    hours: list[CoveredHour] = Field(description="The hours in which it was open, in order.")


class StoredThrough(BaseModel):
    """Everything up to seq in this journal is settled: stored, quarantined, or known missing."""

    journal: str = Field(description="The journal's id: 8 hex digits.")
    seq: int = Field(description="The mark; in whole steps of five outside the demo.")


class Kiosk(BaseModel):
    kiosk: str
    unit: str | None = Field(description="The slug of the unit where it stands now; null when it stands nowhere.")
    service_point: str | None = Field(description="The slug of the service point where it stands now.")
    online: bool = Field(description="Born, not gone silent since, and heard of late: standing is online.")
    standing: Standing = Field(
        description="online; late: no Will came, but it was not heard for three of its health messages; offline."
    )
    since: str | None = Field(
        description="Since when it stands so, UTC, ISO 8601; a quarter of an hour's outside the demo; null: not known."
    )
    last_seen: str | None = Field(
        description="When it was last heard of, UTC, ISO 8601; a quarter of an hour's outside the demo; null: never."
    )
    stored_through: StoredThrough | None = Field(description="null before its first batch.")
    backlog: int | None = Field(description="Taps still waiting in the kiosk when it last told; null: it has not.")


class Problem(BaseModel):
    field: str = Field(description="What was wrong.")
    message: str = Field(description="What would be right.")


class Refusal(BaseModel):
    detail: list[Problem]


def refusal(status: int, field: str, message: str) -> HTTPException:
    return HTTPException(status, [{"field": field, "message": message}])


def read_day(text: object) -> date:
    """A day written YYYY-MM-DD. Raises ValueError for any other way to write one."""
    if not isinstance(text, str) or not _DAY.fullmatch(text):
        raise ValueError("write a day as YYYY-MM-DD, such as 2026-03-01")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("there is no such day in the calendar") from None


_AsDay = [BeforeValidator(read_day), WithJsonSchema({"type": "string", "format": "date"})]
FromDay = Annotated[date, *_AsDay, Query(alias="from", description="The first day, YYYY-MM-DD.")]
ToDay = Annotated[date, *_AsDay, Query(alias="to", description="The last day, YYYY-MM-DD, itself included.")]


def _unit(unit: UnitName) -> Unit:
    return Unit(slug=unit.slug, name=Names(**unit.names), parent=unit.parent)


def _day(row: DayRow) -> Day:
    said = row.figures
    return Day(
        day=row.day,
        faces=said.faces,
        set_aside=row.tally.set_aside,
        set_aside_by_reason=SetAside(**row.tally.every_reason),
        taps=said.taps,
        index=said.index,
        satisfied=said.satisfied,
        low=said.low,
        high=said.high,
    )


def _covered_days(roll: Roll, slugs: dict[int, str], first: date, last: date) -> Iterator[CoveredDay]:
    for day in every_day(first, last):
        for id, slug in slugs.items():
            point = roll.points.get(id)
            found = None if point is None else point.day(day)
            if point is None or found is None:
                continue
            cover = found.cover
            yield CoveredDay(
                service_point=slug,
                day=day,
                hours_told=found.told,
                open_minutes=cover.open_ms / MINUTE_MS,
                alive_minutes=cover.alive_ms / MINUTE_MS,
                coverage=cover.share if found.told else None,
                hours=[_covered_hour(hour) for hour in point.hours(day)],
            )


def _covered_hour(hour: HourCover) -> CoveredHour:
    open_minutes, alive_minutes = hour.cover.open_ms / MINUTE_MS, hour.cover.alive_ms / MINUTE_MS
    begins = _written(hour.from_utc_ms) or ""
    return CoveredHour(begins=begins, hour=hour.hour, open_minutes=open_minutes, alive_minutes=alive_minutes)


def _kiosk(row: KioskRow) -> Kiosk:
    through = None
    if row.journal is not None and row.mark is not None:
        through = StoredThrough(journal=row.journal, seq=row.mark)
    return Kiosk(
        kiosk=row.kiosk,
        unit=row.unit,
        service_point=row.service_point,
        online=row.online,
        standing=row.stand.standing,
        since=_written(row.stand.since_utc_ms),
        last_seen=_written(row.last_seen_utc_ms),
        stored_through=through,
        backlog=row.backlog,
    )


def _written(utc_ms: int | None) -> str | None:
    """As ISO 8601 in UTC."""
    return None if utc_ms is None else moment(utc_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def refuse_range(first: date, last: date, longest_days: int = LONGEST_DAYS) -> None:
    """Raises the refusal of a range that is none, or too long."""
    if first > last:
        raise refusal(422, "from", f"from must not be after to; {first} is after {last}")
    length = (last - first).days + 1
    if length > longest_days:
        raise refusal(422, "to", f"ask for at most {longest_days:,} days at once; from {first} to {last} is {length:,}")


def read_api() -> APIRouter:
    """Routes under /api/v1 for whoever is logged in (everybody, in the demo)."""
    return APIRouter(
        prefix="/api/v1",
        tags=["read API"],
        dependencies=[Depends(authorize)],
        responses={401: {"description": "Not logged in.", "model": Refusal}},
    )


def refusals(unknown: str) -> dict[int | str, dict[str, Any]]:
    """What a route answers to a name that is unknown, as that sentence, and to words it cannot read."""
    return {404: {"description": unknown, "model": Refusal}, 422: {"model": Refusal}}


def router(reports: Reports) -> APIRouter:
    """The units and the kiosks."""
    api = read_api()
    not_found = refusals("No such unit.")

    @api.get("/units", summary="Every unit")
    def units() -> list[Unit]:
        return [_unit(unit) for unit in reports.units()]

    @api.get("/units/{slug}/days", summary="A unit's days", responses=not_found)
    def days(
        slug: Annotated[str, Path(description="The unit's slug, from /api/v1/units.")], first: FromDay, last: ToDay
    ) -> list[Day]:
        """Every day of the range on which a kiosk of the unit, or under it, could be pressed. A day that is not listed
        is a gap, not a zero: no kiosk was in place, or none ran. Taps whose day is not known are in no day and in no
        figure."""
        refuse_range(first, last)
        try:
            return [_day(row) for row in reports.days(slug, first, last)]
        except UnknownUnit:
            raise refusal(404, "slug", f"there is no unit {slug!r}; GET /api/v1/units lists them") from None

    @api.get("/units/{slug}/coverage", summary="When kiosks of a unit ran while it was open", responses=not_found)
    def coverage(
        slug: Annotated[str, Path(description="The unit's slug, from /api/v1/units.")], first: FromDay, last: ToDay
    ) -> list[CoveredDay]:
        """Day by day and hour by hour, each service point of the unit and under it on whose days a kiosk was in place.
        What a kiosk counted without a network, it tells later: a gap may close."""
        refuse_range(first, last, LONGEST_COVERED_DAYS)
        try:
            roll, slugs = reports.roll(slug, first, last)
        except UnknownUnit:
            raise refusal(404, "slug", f"there is no unit {slug!r}; GET /api/v1/units lists them") from None
        return list(_covered_days(roll, slugs, first, last))

    @api.get("/kiosks", summary="Every kiosk in use")
    def kiosks() -> list[Kiosk]:
        return [_kiosk(row) for row in reports.kiosks()]

    return api
