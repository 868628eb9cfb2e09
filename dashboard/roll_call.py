"""Coverage as pages ask for it: read and worked out once in a while, however many look."""

from datetime import date
from threading import Lock
from typing import Any

from sqlalchemy import Connection

from collector.kiosks.alive import bits_of
from collector.kiosks.presence import Standing, standing_at
from collector.verdict.timetable import timetables
from collector.verdict.week import Opening, merged
from dashboard import questions
from dashboard.coverage import Attendance, Life, Roll
from dashboard.days import DAY
from dashboard.steps import quarter_of

KEPT_MS = 60_000
"""How old an answer may be. A new quarter has a new one at once."""

_EARLIEST = date(2020, 1, 2)  # of nothing of this project is anything older, and calendars end
_LATEST = date(2099, 12, 30)
_STILL = 1 << 53


class RollCall:
    """Answers by unit and days. Safe to ask from any thread; who asks while an answer is worked out waits for it."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Any, ...], tuple[int, Roll]] = {}
        self._lock = Lock()

    def of(self, connection: Connection, slug: str | None, first: date, last: date, now_ms: int) -> Roll:
        """The service points of the subtree of the unit called ``slug`` (None: all), for the days first to last."""
        key = (slug, first, last, quarter_of(now_ms))
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and 0 <= now_ms - kept[0] < KEPT_MS:
                return kept[1]
            roll = read(connection, slug, first, last, now_ms)
            self._kept = {key: one for key, one in self._kept.items() if 0 <= now_ms - one[0] < KEPT_MS}
            self._kept[key] = (now_ms, roll)
            return roll


def read(connection: Connection, slug: str | None, first: date, last: date, now_ms: int) -> Roll:
    """The same, anew."""
    first, last = max(first, _EARLIEST) - DAY, min(last, _LATEST) + DAY
    if last < first:
        return Roll({})
    zones: dict[int, str] = {row.id: row.timezone for row in connection.execute(questions.zones(slug))}
    lives = _lives(connection, slug, first, last, now_ms)
    nobody = Life(first)
    life = {point: Life(first) for point in zones}
    stays: dict[int, list[Opening]] = {point: [] for point in zones}
    for kiosk, point, from_ms, to_ms in connection.execute(questions.placements(slug)):
        stay = Opening(from_ms, _STILL if to_ms is None else to_ms)
        stays[point].append(stay)
        life[point].join(lives.get(kiosk, nobody), from_ms, min(stay.until_utc_ms, now_ms))
    hours = timetables(connection, list(zones)) if zones else {}
    until_ms = quarter_of(now_ms)
    return Roll(
        {
            point: Attendance(hours[point], zone, merged(stays[point]), life[point], until_ms)
            for point, zone in zones.items()
        }
    )


def _lives(connection: Connection, slug: str | None, first: date, last: date, now_ms: int) -> dict[str, Life]:
    """By kiosk. One that is online is alive until now, though its next sign of life has yet to come."""
    lives: dict[str, Life] = {}
    for kiosk, utc_day, am, pm in connection.execute(questions.lives(slug, first, last)):
        lives.setdefault(kiosk, Life(first)).add_day(utc_day, bits_of(am, pm))
    for kiosk, born, heard_ms, health_s in connection.execute(questions.signs_of_life(slug)):
        if standing_at(born, None, heard_ms, health_s, now_ms).standing is Standing.ONLINE:
            lives.setdefault(kiosk, Life(first)).add(heard_ms, now_ms)
    return lives
