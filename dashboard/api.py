"""The read API, version 1: the same figures as the pages, with their intervals."""

import re
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Query
from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema

from collector.presence import Standing
from dashboard.days import moment
from dashboard.login import authorize
from dashboard.reports import Reports, UnknownUnit
from dashboard.rows import DayRow, KioskRow, UnitName

LONGEST_DAYS = 1_100
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


class Day(BaseModel):
    """A local day of a unit with its subtree."""

    day: date = Field(description="The local day at the service points.")
    faces: tuple[int, int, int, int] = Field(
        description="Counted taps on faces 1 to 4: very unhappy, unhappy, happy, very happy."
    )
    set_aside: int = Field(description="Taps that were stored and not counted, whatever the reason.")
    taps: int = Field(description="Counted taps: the sum of faces.")
    index: float | None = Field(description="Happy Index, 0 to 100: the average of 0, 33 1/3, 66 2/3 and 100.")
    satisfied: float | None = Field(description="Share of faces 3 and 4 in the counted taps, 0 to 1.")
    low: float | None = Field(description="Lower end of the share's 95 % interval (Wilson), 0 to 1.")
    high: float | None = Field(description="Upper end of the share's 95 % interval (Wilson), 0 to 1.")


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
        taps=said.taps,
        index=said.index,
        satisfied=said.satisfied,
        low=said.low,
        high=said.high,
    )


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


def refuse_range(first: date, last: date) -> None:
    """Raises the refusal of a range that is none, or too long."""
    if first > last:
        raise refusal(422, "from", f"from must not be after to; {first} is after {last}")
    length = (last - first).days + 1
    if length > LONGEST_DAYS:
        raise refusal(422, "to", f"ask for at most {LONGEST_DAYS:,} days at once; from {first} to {last} is {length:,}")


def router(reports: Reports) -> APIRouter:
    """The API's routes, under /api/v1, for whoever is logged in (everybody, in the demo)."""
    api = APIRouter(
        prefix="/api/v1",
        tags=["read API"],
        dependencies=[Depends(authorize)],
        responses={401: {"description": "Not logged in.", "model": Refusal}},
    )
    not_found: dict[int | str, dict[str, Any]] = {
        404: {"description": "No such unit.", "model": Refusal},
        422: {"model": Refusal},
    }

    @api.get("/units", summary="Every unit")
    def units() -> list[Unit]:
        return [_unit(unit) for unit in reports.units()]

    @api.get("/units/{slug}/days", summary="A unit's days", responses=not_found)
    def days(
        slug: Annotated[str, Path(description="The unit's slug, from /api/v1/units.")], first: FromDay, last: ToDay
    ) -> list[Day]:
        """Every day of the range on which a kiosk was placed in the unit or under it. A day that is not listed is a
        gap, not a zero. Taps whose day is not known are in no day and in no figure."""
        refuse_range(first, last)
        try:
            return [_day(row) for row in reports.days(slug, first, last)]
        except UnknownUnit:
            raise refusal(404, "slug", f"there is no unit {slug!r}; GET /api/v1/units lists them") from None

    @api.get("/kiosks", summary="Every kiosk in use")
    def kiosks() -> list[Kiosk]:
        return [_kiosk(row) for row in reports.kiosks()]

    return api
