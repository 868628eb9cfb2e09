"""All that is known of how whole one kiosk's taps are, read at one moment for its page."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from dashboard.completeness import Account, Hole, View, accounts, holes
from dashboard.conflicts import MOST, Conflict, Refused, conflicts, refused
from dashboard.rows import KioskReport
from dashboard.seen import Shown, shown


@dataclass(frozen=True)
class Logbook:
    """``report`` is None for a kiosk that was retired. Of holes, conflicts and messages the newest, and how many.

    ``kiosk`` is None for messages that name no kiosk of the registry: then there is nothing but those.
    """

    kiosk: str | None
    report: KioskReport | None
    account: Account | None
    holes: list[Hole]
    hole_count: int
    conflicts: list[Conflict]
    conflict_count: int
    refused: list[Refused]
    refused_count: int
    shown: Shown
    coarse: bool

    @property
    def has_unseen(self) -> bool:
        troubles: tuple[Hole | Conflict | Refused, ...] = (*self.holes, *self.conflicts, *self.refused)
        return any(not trouble.seen for trouble in troubles)


def read(
    connection: Connection, kiosk: str, report: KioskReport | None, first: date, last: date, view: View
) -> Logbook:
    """The days from first to last; troubles of all time."""
    told = accounts(connection, kiosk, first, last, view)
    gaps = list(holes(connection, kiosk, view))
    return Logbook(
        kiosk,
        report,
        told[0] if told else None,
        gaps[:MOST],
        len(gaps),
        *conflicts(connection, kiosk, coarse=view.coarse),
        *refused(connection, kiosk, coarse=view.coarse),
        shown(connection, kiosk),
        view.coarse,
    )


def nobodys(connection: Connection, view: View) -> Logbook:
    """Messages that name no kiosk of the registry."""
    messages, number = refused(connection, None, coarse=view.coarse)
    return Logbook(None, None, None, [], 0, [], 0, messages, number, shown(connection, None), view.coarse)
