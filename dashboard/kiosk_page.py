"""A kiosk's own page: its presses day by day, what is missing, what came twice and differed, what could not be read."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Engine

from dashboard import seen
from dashboard.days import DEFAULT_ZONE
from dashboard.login import authorize_page, is_own_origin
from dashboard.pages import PERIODS, USUAL_PERIOD
from dashboard.rendering import Rendering
from dashboard.reports import Reports, UnknownKiosk
from dashboard.seen import Shown

NOBODY = "-"
"""In an address: of messages that name no kiosk of the registry. No kiosk's name begins with a hyphen."""

_Number = Annotated[int, Form(ge=0, le=1 << 62)]


def router(engine: Engine, reports: Reports, rendering: Rendering) -> APIRouter:
    """/kiosks/{kiosk}, and what is posted from there."""
    pages = APIRouter(include_in_schema=False, dependencies=[Depends(authorize_page)])

    @pages.get("/kiosks/{kiosk}")
    def show(request: Request, kiosk: str, days: Annotated[int, Query()] = USUAL_PERIOD) -> Response:
        length = days if days in PERIODS else USUAL_PERIOD
        last = reports.today()
        try:
            page = reports.nobody() if kiosk == NOBODY else reports.kiosk(kiosk, last - timedelta(length - 1), last)
        except UnknownKiosk:
            raise HTTPException(404) from None
        return rendering.answer(
            request, "kiosk_page.html", page=page, length=length, periods=PERIODS, zone=DEFAULT_ZONE
        )

    @pages.post("/kiosks/{kiosk}/seen")
    def mark(request: Request, kiosk: str, hole: _Number = 0, conflict: _Number = 0, message: _Number = 0) -> Response:
        if not is_own_origin(request):
            raise HTTPException(403)
        if kiosk != NOBODY and not reports.knows_kiosk(kiosk):
            raise HTTPException(404)
        whose = None if kiosk == NOBODY else kiosk
        seen.mark(engine, whose, Shown(hole, conflict, message), reports.now_ms())
        return RedirectResponse(f"/kiosks/{kiosk}", 303)

    return pages
