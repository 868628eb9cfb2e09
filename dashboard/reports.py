"""What pages, stream and API show, through one door. Outside the demo figures move in steps, in all of them alike."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

from sqlalchemy import Engine

from collector import store
from dashboard.rows import DayRow, KioskReport, KioskRow, OverviewRow, UnitName, UnitReport
from dashboard.snapshot import Snapshot, UnknownUnit
from dashboard.steps import Steps
from dashboard.troubles import Trouble

__all__ = ["Reports", "UnknownUnit"]


class Reports:
    """Reads ``engine``; each answer is of one state of it, so that a page's parts agree."""

    def __init__(self, engine: Engine, *, demo: bool, now_ms: Callable[[], int]) -> None:
        self._engine, self._now_ms = engine, now_ms
        self._steps = None if demo else Steps()

    @contextmanager
    def _snapshot(self) -> Iterator[Snapshot]:
        with store.reading(self._engine) as connection:
            yield Snapshot(connection, self._now_ms(), self._steps)

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
        """Every day from first to last on which a kiosk was placed in the unit's subtree. Raises UnknownUnit."""
        with self._snapshot() as now:
            return now.days(slug, first, last)

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
