"""A small region in a real database file: units, service points, kiosks and days, as the collector writes them."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import Engine, insert, select, update
from sqlmodel import Session

from collector.database.tables import (
    UNDATED,
    Kiosk,
    Placement,
    ServicePoint,
    Unit,
    alive_day,
    journal_mark,
    kiosk_state,
    tap_day,
    tap_quarter,
)
from collector.kiosks import alive
from collector.kiosks.alive import Alive, Span
from collector.verdict import hours

QUARTER_MS = 900_000


def utc_ms(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> int:
    return int(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp() * 1000)


# a Wednesday, 12:07 in Helsinki
NOW_MS = utc_ms(2026, 3, 18, 10, 7)
TODAY = date(2026, 3, 18)
BORN_MS = utc_ms(2026, 3, 18, 6)


@dataclass
class Clock:
    """The time that is passed in; a test moves it."""

    ms: int = NOW_MS

    def __call__(self) -> int:
        return self.ms


class Places:
    """Writes places and rollups; ids by slug."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.units: dict[str, int] = {}
        self.points: dict[str, int] = {}

    def _add(self, row) -> int:
        with Session(self.engine) as session:
            session.add(row)
            session.commit()
            return getattr(row, "id", 0)

    def unit(self, slug: str, parent: str | None = None, fi: str = "", sv: str = "", en: str = "") -> None:
        names = {"name_fi": fi or f"{slug} fi", "name_sv": sv or f"{slug} sv", "name_en": en or f"{slug} en"}
        above = None if parent is None else self.units[parent]
        self.units[slug] = self._add(Unit(slug=slug, parent_id=above, **names))

    def point(self, slug: str, unit: str, zone: str = "Europe/Helsinki", **names: str) -> None:
        named = {f"name_{language}": names.get(language, f"{slug} {language}") for language in ("fi", "sv", "en")}
        self.points[slug] = self._add(ServicePoint(slug=slug, unit_id=self.units[unit], timezone=zone, **named))

    def kiosk(self, name: str, point: str, from_ms: int, to_ms: int | None = None, online: bool = True) -> None:
        self._add(Kiosk(name=name, secret_hash="-", added_utc_ms=from_ms))
        self.place(name, point, from_ms, to_ms)
        with self.engine.begin() as connection:
            state = {"kiosk": name, "online": online, "last_seen_utc_ms": NOW_MS - 1000, "journal": "0000000a"}
            connection.execute(insert(kiosk_state).values(**state, backlog=0, since_utc_ms=BORN_MS))
            connection.execute(insert(journal_mark).values(kiosk=name, journal="0000000a", mark=7))
        self.ran(name, from_ms, NOW_MS)

    def ran(self, kiosk: str, from_ms: int, until_ms: int) -> None:
        """The kiosk was alive all that time, as the store is told."""
        learnt = Alive(kiosk, None)
        learnt.learn([Span(from_ms, until_ms)])
        with self.engine.begin() as connection:
            alive.write(connection, [learnt])

    def was_off(self, kiosk: str, from_ms: int, until_ms: int) -> None:
        """Takes those whole quarters back."""
        kept = select(alive_day.c.utc_day, alive_day.c.am, alive_day.c.pm).where(alive_day.c.kiosk == kiosk)
        with self.engine.begin() as connection:
            for day, am, pm in connection.execute(kept).all():
                learnt = Alive(kiosk, None)
                there = alive.slots_of(day, alive.bits_of(am, pm))
                learnt.learn(Span(at, at) for at in there if not from_ms <= at < until_ms)
                connection.execute(alive_day.delete().where(alive_day.c.kiosk == kiosk, alive_day.c.utc_day == day))
                alive.write(connection, [learnt])

    def hours(self, point: str, said: str, since: date = date(2026, 1, 1)) -> None:
        """When it is open, as ``hymio point hours`` takes it."""
        hours.tell_week(self.engine, point, said, since, None, "", 0)

    def health(self, kiosk: str, firmware: str = "0.1.0+00000001", **fields) -> None:
        """The kiosk's birth said ``firmware`` and its last health message ``fields``, by their names on the wire."""
        said = {"update": "none", "version": None, "why": None, "test": False, "thinned": 0, "stuck": []}
        said |= {"heap": 100_000, "flash": 500_000, **fields}
        new = {"health": json.dumps(said), "firmware": firmware, "board": "pico_w"}
        with self.engine.begin() as connection:
            connection.execute(update(kiosk_state).where(kiosk_state.c.kiosk == kiosk).values(**new))

    def place(self, kiosk: str, point: str, from_ms: int, to_ms: int | None = None) -> None:
        where = self.points[point]
        self._add(Placement(kiosk=kiosk, service_point_id=where, from_utc_ms=from_ms, to_utc_ms=to_ms))

    def day(self, point: str, day: date, faces: tuple[int, int, int, int], interval: int = 0, test: int = 0) -> None:
        """Adds to a service point's day."""
        with self.engine.begin() as connection:
            self._count(connection, tap_day.c.day, point, day, faces, interval, test)

    def tap(self, point: str, face: int, at_ms: int, day: date = TODAY) -> None:
        """One counted tap as ingest counts it: its day, its quarter and a mark in one transaction."""
        faces = tuple(int(face == n) for n in (1, 2, 3, 4))
        with self.engine.begin() as connection:
            self._count(connection, tap_day.c.day, point, day, faces)
            self._count(connection, tap_quarter.c.quarter_utc_ms, point, at_ms - at_ms % QUARTER_MS, faces)
            connection.execute(update(journal_mark).values(mark=journal_mark.c.mark + 1))

    def undated(self, point: str, faces: tuple[int, int, int, int]) -> None:
        self.day(point, UNDATED, faces)

    def _count(self, connection, key, point: str, when, faces, interval: int = 0, test: int = 0) -> None:
        table = key.table
        where = {"service_point_id": self.points[point], key.name: when, "question_id": 0}
        matches = [table.c[name] == value for name, value in where.items()]
        more = dict(zip(("face_1", "face_2", "face_3", "face_4"), faces, strict=True))
        more |= {"aside_interval": interval, "aside_test": test}
        if connection.execute(select(table).where(*matches)).first() is None:
            connection.execute(insert(table).values(**where, **more))
        else:
            added = {name: table.c[name] + n for name, n in more.items()}
            connection.execute(update(table).where(*matches).values(**added))
