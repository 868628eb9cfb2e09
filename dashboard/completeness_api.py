"""The read API, version 1: for each kiosk and day what it pressed by its own counter, and what became of it."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from dashboard.api import FromDay, ToDay, read_api, refusal, refusals, refuse_range
from dashboard.completeness import ASIDE, HOLE_REASONS, Account, Part
from dashboard.reports import Reports, UnknownKiosk

LONGEST_OF_ALL_DAYS = 31
"""Days to be asked for at once of every kiosk together."""

_ASIDE = tuple(verdict.name.lower() for verdict in ASIDE)
_HEAD = ("kiosk", "first", "last", "pressed", "stored", "counted")
HEAD = (*_HEAD, *(f"aside_{reason}" for reason in _ASIDE), *(f"missing_{reason}" for reason in HOLE_REASONS))
"""The columns of the CSV."""


class Presses(BaseModel):
    """Presses of a kiosk on one day. pressed is the sum of stored and missing, stored that of counted and set_aside."""

    first: date | None = Field(
        description="The local day; null: not known, since the kiosk's boot never knew the time."
    )
    last: date | None = Field(
        description="The same day; a later one where these are missing and were pressed on some day between the two."
    )
    pressed: int = Field(description="By the kiosk's own counter.")
    stored: int = Field(description="Taps in the store; outside the demo recent days' are in whole steps of five.")
    counted: int = Field(description="Stored taps that count.")
    set_aside: dict[str, int] = Field(description="Stored taps that do not count, by reason.")
    missing: dict[str, int] = Field(
        description="Taps known to be lost, by reason: not_held (the kiosk has them no more), unreadable."
    )


class Completeness(BaseModel):
    """One kiosk, retired or not. pressed, stored, missing and on_the_way are of all time."""

    kiosk: str
    pressed: int = Field(description="By the kiosk's own counter, as it said it last: stored, missing and on_the_way.")
    stored: int = Field(description="Taps in the store.")
    missing: int = Field(description="Taps known to be lost.")
    on_the_way: int = Field(description="Taps that the kiosk told of and that are not settled yet.")
    days: list[Presses] = Field(description="The newest first, and what has no day last; only those with presses.")


Kiosk = Annotated[
    str | None, Query(max_length=32, description="One kiosk's name; every kiosk, for at most 31 days, without it.")
]


def router(reports: Reports) -> APIRouter:
    """/api/v1/completeness and /api/v1/completeness.csv, for whoever is logged in (everybody, in the demo)."""
    api = read_api()
    refused = refusals("No such kiosk.")

    def ask(kiosk: str | None, first: date, last: date) -> list[Account]:
        refuse_range(first, last)
        if kiosk is None and (last - first).days >= LONGEST_OF_ALL_DAYS:
            raise refusal(422, "to", f"ask for one kiosk, or for at most {LONGEST_OF_ALL_DAYS} days of every kiosk")
        try:
            return reports.accounts(kiosk, first, last)
        except UnknownKiosk:
            raise refusal(404, "kiosk", f"there is no kiosk {kiosk!r}; GET /api/v1/kiosks lists those in use") from None

    @api.get("/completeness", summary="What became of each kiosk's presses, by day", responses=refused)
    def completeness(first: FromDay, last: ToDay, kiosk: Kiosk = None) -> list[Completeness]:
        return [_told(account) for account in ask(kiosk, first, last)]

    @api.get(
        "/completeness.csv",
        summary="The same as a table, a row a kiosk and day",
        responses={**refused, 200: {"content": {"text/csv": {}}, "description": "Comma-separated, with a head."}},
        response_class=Response,
    )
    def table(first: FromDay, last: ToDay, kiosk: Kiosk = None) -> Response:
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(HEAD)
        writer.writerows(_rows(ask(kiosk, first, last)))
        named = {"content-disposition": f'attachment; filename="completeness-{first}-{last}.csv"'}
        return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=named)

    return api


def _told(account: Account) -> Completeness:
    return Completeness(
        kiosk=account.kiosk,
        pressed=account.pressed,
        stored=account.stored,
        missing=account.missing,
        on_the_way=account.on_the_way,
        days=[_presses(part) for part in account.parts],
    )


def _presses(part: Part) -> Presses:
    return Presses(
        first=part.first,
        last=part.last,
        pressed=part.pressed,
        stored=part.stored,
        counted=part.counted,
        set_aside=part.reasons,
        missing=part.missing,
    )


def _rows(accounts: list[Account]) -> Iterator[tuple[object, ...]]:
    for account in accounts:
        for part in account.parts:
            aside = part.reasons
            yield (
                account.kiosk, part.first, part.last, part.pressed, part.stored, part.counted,
                *(aside.get(reason, 0) for reason in _ASIDE), *(part.missing.get(why, 0) for why in HOLE_REASONS),
            )  # fmt: skip
