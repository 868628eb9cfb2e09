"""The sums that pages read, added in the transaction that settles the taps.

Taps a local day and taps a UTC quarter, by service point; and what became of a journal's taps, a local day.
"""

from datetime import date
from typing import Any

from sqlalchemy import Connection, Table

from collector.database.rows import accumulate
from collector.database.tables import UNDATED, journal_day, tap_day, tap_quarter
from collector.days.dating import QUARTER_MS
from collector.verdict.policy import Verdict

_DAY_KEYS = ("service_point_id", "day", "question_id")
_QUARTER_KEYS = ("service_point_id", "quarter_utc_ms", "question_id")
ASIDE = {
    Verdict.INTERVAL: "aside_interval",
    Verdict.TEST: "aside_test",
    Verdict.BURST: "aside_burst",
    Verdict.CLOSED: "aside_closed",
}
"""The column of each reason."""
_SUMS = ("face_1", "face_2", "face_3", "face_4", *ASIDE.values())
_AT = {verdict: 4 + n for n, verdict in enumerate(ASIDE)}
_ESTIMATED_AT = len(_SUMS)
SUMMED = (Verdict.COUNTED, *ASIDE)
"""The verdicts that are in a sum."""
_COUNTED = Verdict.COUNTED  # looked up at every tap
_JOURNAL_KEYS = ("journal_id", "day", "verdict")


class Rollup:
    """What one transaction adds to the sums. A tap that is not placed, or unreadable, is in none of them."""

    def __init__(self) -> None:
        self._days: dict[tuple[int, date, int], list[int]] = {}
        self._quarters: dict[tuple[int, int, int], list[int]] = {}
        self._journals: dict[tuple[int, date, int], list[int]] = {}
        # the taps lastly decided, alike in these and not yet in the above
        self._journal, self._taps = 0, 0
        self._day: date | None = None
        self._verdict = Verdict.COUNTED

    def add(
        self,
        verdict: Verdict,
        face: int,
        utc_ms: int | None,
        estimated: bool,
        day: date | None,
        point: int | None,
        question: int | None,
        count: int = 1,
    ) -> None:
        """Adds one tap, or takes it back with ``count`` -1. ``estimated`` sums counted taps only."""
        if point is None or day is None or verdict not in SUMMED:
            return
        at = face - 1 if verdict is _COUNTED else _AT[verdict]
        asked = question or 0
        sums = self._days.get((point, day, asked))
        if sums is None:
            sums = self._days[point, day, asked] = [0] * (_ESTIMATED_AT + 1)
        sums[at] += count
        if estimated and verdict is _COUNTED:
            sums[_ESTIMATED_AT] += count
        if utc_ms is None:
            return
        quarter = utc_ms - utc_ms % QUARTER_MS
        sums = self._quarters.get((point, quarter, asked))
        if sums is None:
            sums = self._quarters[point, quarter, asked] = [0] * _ESTIMATED_AT
        sums[at] += count

    def decided(self, journal_id: int, day: date | None, verdict: Verdict, count: int = 1) -> None:
        """Adds one tap to what became of its journal's, placed or not; an unreadable one is in a hole instead."""
        if verdict is self._verdict and day is self._day and journal_id == self._journal:
            self._taps += count  # as most taps: like the one before
            return
        self._end_run()
        self._journal, self._day, self._verdict, self._taps = journal_id, day, verdict, count

    def _end_run(self) -> None:
        if self._verdict != Verdict.UNREADABLE and self._taps:
            key = (self._journal, self._day or UNDATED, int(self._verdict))
            self._journals.setdefault(key, [0])[0] += self._taps
        self._taps = 0

    def write(self, connection: Connection) -> None:
        """Adds all of it to the tables, rows in the order of their keys so that two collectors cannot deadlock."""
        _add(connection, tap_day, _DAY_KEYS, (*_SUMS, "estimated"), self._days)
        _add(connection, tap_quarter, _QUARTER_KEYS, _SUMS, self._quarters)
        self._end_run()
        _add(connection, journal_day, _JOURNAL_KEYS, ("taps",), self._journals)


def _add(
    connection: Connection, table: Table, keys: tuple[str, ...], columns: tuple[str, ...], sums: dict[Any, list[int]]
) -> None:
    if sums:
        accumulate(connection, table, (*keys, *columns), [(*key, *sums[key]) for key in sorted(sums)])
