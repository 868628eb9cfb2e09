"""The pages: an overview of every unit, and a unit's own page with its live parts."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response

from dashboard import chart
from dashboard.days import DEFAULT_ZONE
from dashboard.login import authorize_page
from dashboard.rendering import Rendering
from dashboard.reports import Reports, UnknownUnit
from dashboard.rows import UnitReport

PERIODS = (7, 30, 90)
USUAL_PERIOD = 30

KioskLink = Callable[[str], str]


class Fragments:
    """The parts of a unit's page that change while it is open; the page itself is made of the same ones."""

    def __init__(self, rendering: Rendering, kiosk_link: KioskLink | None = None, *, coarse: bool = False) -> None:
        self._rendering, self._kiosk_link, self._coarse = rendering, kiosk_link, coarse

    def of(self, report: UnitReport, language: str) -> dict[str, str]:
        """HTML by the id of its element: today, yesterday, period, points, table, and each row of the chart."""

        def piece(name: str, **values: object) -> str:
            return self._rendering.fragment(language, f"unit/{name}.html", report=report, **values)

        rows = chart.newest_first(report.days)
        scale = chart.scale_of(row.tally.faces for row in report.days)
        parts = {
            "today": piece("today"),
            "yesterday": piece("yesterday"),
            "period": piece("period"),
            "points": piece("points", kiosk_link=self._kiosk_link, zone=DEFAULT_ZONE, coarse=self._coarse),
            "table": piece("table"),
        }
        for row in rows:
            id = f"gap-{row.first.day}" if isinstance(row, chart.Gap) else f"day-{row.day}"
            parts[id] = piece("row", row=row, id=id, scale=scale, is_gap=isinstance(row, chart.Gap))
        return parts


def rows_of(parts: dict[str, str]) -> list[str]:
    """The ids of the chart's rows."""
    return [id for id in parts if id.startswith(("day-", "gap-"))]


def router(
    reports: Reports, rendering: Rendering, fragments: Fragments, kiosk_link: KioskLink | None = None
) -> APIRouter:
    """/, /units/{slug} and /kiosks."""
    pages = APIRouter(include_in_schema=False, dependencies=[Depends(authorize_page)])

    @pages.get("/")
    def overview(request: Request) -> Response:
        return rendering.answer(
            request, "overview.html", rows=reports.overview(), day=reports.today(), in_trouble=reports.has_troubles()
        )

    @pages.get("/kiosks")
    def kiosks(request: Request) -> Response:
        known, others = reports.kiosk_reports()
        return rendering.answer(
            request, "kiosk_list.html", reports=known, others=others, kiosk_link=kiosk_link, zone=DEFAULT_ZONE
        )

    @pages.get("/units/{slug}")
    def unit(request: Request, slug: str, days: Annotated[int, Query()] = USUAL_PERIOD) -> Response:
        length = days if days in PERIODS else USUAL_PERIOD
        try:
            report = reports.unit(slug, length)
        except UnknownUnit:
            raise HTTPException(404) from None
        parts = fragments.of(report, rendering.language(request))
        return rendering.answer(
            request,
            "unit.html",
            report=report,
            parts=parts,
            rows=[parts[id] for id in rows_of(parts)],
            length=length,
            periods=PERIODS,
        )

    return pages
