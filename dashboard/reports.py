"""What pages, stream and API show, through one door. Outside the demo figures move in steps, in all of them alike."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

from sqlalchemy import Connection, Engine, select

from collector.database import store
from collector.database.tables import Kiosk
from dashboard import logbook
from dashboard.completeness import Account, View, accounts
from dashboard.coverage import Roll
from dashboard.logbook import Logbook
from dashboard.roll_call import RollCall
from dashboard.rows import DayRow, KioskReport, KioskRow, OverviewRow, UnitName, UnitReport
from dashboard.snapshot import Snapshot, UnknownUnit
from dashboard.steps import Steps
from dashboard.troubles import Trouble

__all__ = ["Reports", "UnknownKiosk", "UnknownUnit"]

_kiosk = Kiosk.__table__  # type: ignore[attr-defined]


class UnknownKiosk(LookupError):
    """No kiosk is or was called so."""


class Reports:
    """Reads ``engine``; each answer is of one state of it, so that a page's parts agree."""

    def __init__(self, engine: Engine, *, demo: bool, now_ms: Callable[[], int]) -> None:
        self._engine, self.now_ms = engine, now_ms
        self._steps = None if demo else Steps()
        self._roll_call = RollCall()

    def _at(self, connection: Connection) -> Snapshot:
        return Snapshot(connection, self.now_ms(), self._steps, self._roll_call)

    @contextmanager
    def _snapshot(self) -> Iterator[Snapshot]:
        with store.reading(self._engine) as connection:
            yield self._at(connection)

    def units(self) -> list[UnitName]:
        with self._snapshot() as now:
            return now.units()

    def today(self) -> date:
        """The local day where most service points are."""
        with self._snapshot() as now:
            return now.today()

    def pulse(self) -> tuple:
        """Differs when what pages show may differ; see ``questions.pulse``."""
        with self._snapshot() as now:
            return now.pulse()

    def days(self, slug: str, first: date, last: date) -> list[DayRow]:
        """Every day from first to last on which a kiosk of the unit's subtree could be pressed. Raises UnknownUnit."""
        with self._snapshot() as now:
            return now.days(slug, first, last)

    def roll(self, slug: str, first: date, last: date) -> tuple[Roll, dict[int, str]]:
        """When kiosks of the unit's subtree ran while it was open, and its points' slugs by id. Raises UnknownUnit."""
        with self._snapshot() as now:
            return now.roll(slug, first, last), now.point_slugs(slug)

    def overview(self) -> list[OverviewRow]:
        """Every unit, parents before their children."""
        with self._snapshot() as now:
            return now.overview()

    def unit(self, slug: str, length: int) -> UnitReport:
        """A unit's last ``length`` days, today included. Raises UnknownUnit."""
        with self._snapshot() as now:
            return now.unit(slug, length)

    def kiosks(self) -> list[KioskRow]:
        """Every kiosk in use. Outside the demo the time last seen is a quarter's and the counts are whole steps."""
        with self._snapshot() as now:
            return now.kiosks()

    def kiosk_reports(self) -> tuple[list[KioskReport], list[Trouble]]:
        """Every kiosk in use, how it is and what is wrong; and messages in quarantine that came from none of them."""
        with self._snapshot() as now:
            return now.kiosk_reports()

    def has_troubles(self) -> bool:
        """Whether there is something to see in ``kiosk_reports``."""
        with self._snapshot() as now:
            return now.has_troubles()

    def kiosk(self, name: str, first: date, last: date) -> Logbook:
        """How whole a kiosk's taps are, retired or not; its days from first to last. Raises UnknownKiosk."""
        with store.snapshot(self._engine) as connection:
            if not _knows(connection, name):
                raise UnknownKiosk(name)
            now = self._at(connection)
            report = next((one for one in now.kiosk_reports()[0] if one.kiosk.kiosk == name), None)
            return logbook.read(connection, name, report, first, last, self._view(now))

    def nobody(self) -> Logbook:
        """Messages that name no kiosk of the registry."""
        with store.snapshot(self._engine) as connection:
            return logbook.nobodys(connection, self._view(self._at(connection)))

    def accounts(self, kiosk: str | None, first: date, last: date) -> list[Account]:
        """What became of the presses of ``kiosk`` (None: of every one), retired or not. Raises UnknownKiosk."""
        with store.snapshot(self._engine) as connection:
            if kiosk is not None and not _knows(connection, kiosk):
                raise UnknownKiosk(kiosk)
            view = self._view(self._at(connection))
            return accounts(connection, kiosk, first, last, view)

    def _view(self, now: Snapshot) -> View:
        return View(self.now_ms(), now.zone(), self._steps is not None)

    def knows_kiosk(self, name: str) -> bool:
        with store.reading(self._engine) as connection:
            return _knows(connection, name)


def _knows(connection: Connection, kiosk: str) -> bool:
    return connection.execute(select(_kiosk.c.name).where(_kiosk.c.name == kiosk)).first() is not None
