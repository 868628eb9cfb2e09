"""Every tap decided again, under the rules and hours that decided it: what is not as it was decided is named.

What is sealed is left alone: its exact times were given up, and with them what its verdicts rested on. Beyond a seal
taps are compared from the first pause on, since what was sealed may have been the beginning of a run.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, select

from collector.database.tables import journal_mark, tap
from collector.verdict.doors import DoorsKept
from collector.verdict.judge import Judge, begun_after, columns_of, state_of
from collector.verdict.policy import NOTHING_YET, Verdict, since
from collector.verdict.rules import LIMITS
from collector.verdict.ruling import rulings_of

_PAGE = 1000  # rows of taps read at a time
_LONGEST_PAUSE_MS = LIMITS["burst_pause_ms"][1]

Otherwise = tuple[str, str, int, int]
"""(where, what, the figure that stands, the figure that is right)."""


def tried_again(connection: Connection) -> Iterator[Otherwise]:
    """Of each journal the first tap that comes out otherwise, with how many do; else the state at its mark."""
    kept = DoorsKept()
    for marked in connection.execute(select(journal_mark).order_by(journal_mark.c.id)).all():
        trial = _Trial(connection, marked, kept)
        yield from trial.verdicts() if trial.wrong else trial.state()


class _Trial:
    """Of one journal."""

    def __init__(self, connection: Connection, marked: Row[Any], kept: DoorsKept) -> None:
        self._marked, self._kept = marked, kept
        self._where = f"kiosk {marked.kiosk}, journal {marked.journal}"
        self._rulings = rulings_of(connection, marked.id)
        begin = NOTHING_YET if marked.sealed else begun_after(marked.begins_utc_ms)
        self._judge = Judge(kept.today(connection), begin)
        self._comparable = not marked.sealed
        self.wrong = 0
        self._first: tuple[int, int, Verdict] | None = None  # (seq, the verdict that stands, the right one)
        taps = select(tap).where(tap.c.journal_id == marked.id, tap.c.seq > marked.sealed, tap.c.seq <= marked.mark)
        for row in connection.execute(taps.order_by(tap.c.seq).execution_options(yield_per=_PAGE)).mappings():
            self._try(connection, row)

    def _try(self, connection: Connection, row: Any) -> None:
        version = self._rulings.of(row["seq"])
        if version is not None and version != self._judge.doors.version:
            self._judge.doors = self._kept.of(connection, version)
        then, verdict = self._judge.state.pressed, self._judge.decide(connection, row)
        now = self._judge.state.pressed
        if now is not None and then is not None and not 0 <= since(now, then) < _LONGEST_PAUSE_MS:
            self._comparable = True
        if self._comparable and row["verdict"] is not None and verdict != row["verdict"]:
            self.wrong += 1
            self._first = self._first or (row["seq"], row["verdict"], verdict)

    def verdicts(self) -> Iterator[Otherwise]:
        if self._first is None:
            return
        seq, stands, right = self._first
        more = f" (and {self.wrong - 1} more)" if self.wrong > 1 else ""
        yield f"{self._where}, seq {seq}{more}", "verdict", stands, int(right)

    def state(self) -> Iterator[Otherwise]:
        """What the next verdict will rest on. A time that is old enough may have been given up."""
        ruled = self._rulings.of(self._marked.mark)
        if self._marked.ruled != ruled:
            yield self._where, "version at the mark", _figure(self._marked.ruled), _figure(ruled)
        if not self._comparable:
            return
        stands, right = columns_of(state_of(self._marked)), columns_of(self._judge.state)
        for name in stands:
            given_up = stands["to_pressed_boot" if name == "to_run" else name] is None
            if stands[name] != right[name] and not given_up:
                what = f"{name.removeprefix('to_')} at the mark"
                yield self._where, what, _figure(stands[name]), _figure(right[name])


def _figure(value: int | None) -> int:
    """What is not there is told as -1."""
    return -1 if value is None else value
