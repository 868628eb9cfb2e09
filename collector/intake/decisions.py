"""What one transaction decides of a journal's taps, and what that adds to the sums."""

from typing import Any

from sqlalchemy import Connection, update
from sqlalchemy import bindparam as bound

from collector.database.tables import tap
from collector.days.rollup import Rollup
from collector.verdict.policy import Verdict

# looked up at every tap
_TEST, _UNPLACED = Verdict.TEST, Verdict.UNPLACED

_set_verdict = (
    update(tap).where(tap.c.journal_id == bound("of"), tap.c.seq == bound("at")).values(verdict=bound("becomes"))
)


class Decisions:
    """``unplaced``, ``tested``: how many of the journal's taps up to its mark have that verdict."""

    __slots__ = ("_changed", "_journal_id", "_rollup", "tested", "unplaced")

    def __init__(self, journal_id: int, unplaced: int, tested: int, rollup: Rollup) -> None:
        self.unplaced, self.tested = unplaced, tested
        self._journal_id, self._rollup = journal_id, rollup
        self._changed: list[dict[str, int]] = []

    def count(self, row: Any, verdict: Verdict, by: int) -> None:
        """Adds one tap to every sum that it belongs in, or takes it back with ``by`` -1."""
        if verdict is _UNPLACED:
            self.unplaced += by
        elif verdict is _TEST:
            self.tested += by
        self._rollup.decided(self._journal_id, row["day"], verdict, by)
        self._rollup.add(
            verdict,
            row["face"],
            row["utc_ms"],
            row["estimated"],
            row["day"],
            row["service_point_id"],
            row["question_id"],
            by,
        )

    def change(self, seq: int, verdict: Verdict) -> None:
        """Of a row that is in the store."""
        self._changed.append({"of": self._journal_id, "at": seq, "becomes": int(verdict)})

    def write(self, connection: Connection) -> None:
        """Stores the verdicts that changed; the sums are the rollup's to write."""
        if self._changed:
            connection.execute(_set_verdict, self._changed)
            self._changed = []
