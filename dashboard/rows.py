"""The rows that pages, stream and API show: units, days, service points and kiosks with what was tapped there."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from collector.kiosks.presence import Stand, Standing
from dashboard.condition import Condition
from dashboard.coverage import NO_COVER, DayCover, Stretch, UnitDay, joined_days
from dashboard.statistics import Change, Figures, figures
from dashboard.tally import Tally, total
from dashboard.troubles import Trouble


@dataclass(frozen=True)
class UnitName:
    id: int
    slug: str
    names: dict[str, str]
    parent: str | None


class Why(StrEnum):
    """Why a day is a gap, and not a zero: nobody could press."""

    ABSENT = "absent"  # no kiosk was in place
    OFF = "off"  # one was, and ran at no time when it could have been used
    CLOSED = "closed"  # no service point was open


@dataclass(frozen=True)
class DayRow:
    """A day of a unit. ``placed`` is False where no kiosk stood; ``cover`` is how far those that stood ran."""

    day: date
    tally: Tally
    placed: bool
    cover: UnitDay = NO_COVER

    @property
    def gap(self) -> Why | None:
        """None where there are figures, be they zero."""
        if not self.placed:
            return Why.ABSENT
        if any(self.tally.counts):
            return None
        if self.cover.closed:
            return Why.CLOSED
        return Why.OFF if self.cover.is_off else None

    @property
    def figures(self) -> Figures:
        return figures(self.tally.faces)


@dataclass(frozen=True)
class OverviewRow:
    """A unit with its subtree: today, the last seven days (today included), and their change from the seven before."""

    unit: UnitName
    depth: int
    today: Tally
    week: Tally
    undated: Tally
    change: Change
    cover: UnitDay = NO_COVER

    @property
    def figures(self) -> Figures:
        return figures(self.week.faces)


@dataclass(frozen=True)
class KioskRow:
    """A kiosk in use; ``unit`` and ``service_point`` are None where it stands nowhere, the rest where unheard of."""

    kiosk: str
    unit: str | None
    service_point: str | None
    point_id: int | None
    stand: Stand
    last_seen_utc_ms: int | None
    journal: str | None
    mark: int | None
    backlog: int | None

    @property
    def online(self) -> bool:
        return self.stand.standing is Standing.ONLINE


@dataclass(frozen=True)
class KioskReport:
    """A kiosk in use with its place by name (None: it stands nowhere), how it is and what is wrong with its taps."""

    kiosk: KioskRow
    unit: UnitName | None
    point_names: dict[str, str] | None
    condition: Condition
    trouble: Trouble


@dataclass(frozen=True)
class PointDay:
    """A day of a service point on which a kiosk was in place, and when one ran while it was open."""

    day: date
    cover: DayCover
    stretches: list[Stretch]


@dataclass(frozen=True)
class PointRow:
    """A service point in a period, with the kiosks that stand there now. ``week``: its last days, newest first."""

    slug: str
    names: dict[str, str]
    unit: str
    tally: Tally
    kiosks: list[KioskRow]
    cover: UnitDay = NO_COVER
    week: list[PointDay] = field(default_factory=list)

    @property
    def figures(self) -> Figures:
        return figures(self.tally.faces)


@dataclass(frozen=True)
class UnitReport:
    """A unit's page: ``days`` from first to last, gaps among them. The undated stand beside and are in no figure: their
    taps may be of any time, so a period's figures would not be the period's.

    ``estimated``: of a day's counted taps, those whose day is the neighbours' (see ``collector.days.dating``).
    """

    unit: UnitName
    path: list[UnitName]
    children: list[UnitName]
    today: DayRow
    yesterday: DayRow
    days: list[DayRow]
    undated: Tally
    change: Change
    points: list[PointRow] = field(default_factory=list)
    estimated: dict[date, int] = field(default_factory=dict)

    @property
    def total(self) -> Tally:
        return total(row.tally for row in self.days)

    @property
    def figures(self) -> Figures:
        return figures(self.total.faces)

    @property
    def cover(self) -> UnitDay:
        return joined_days(row.cover for row in self.days)
