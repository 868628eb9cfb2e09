"""What the taps of batches are to those that are known already: new, duplicates, better copies, or conflicts.

A kiosk sends a batch until it is told that it is stored, so the same taps come again and again, and another copy may
say more: a face where none could be read, a time where a span was. Two that cannot be of one tap are both kept.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection

from collector.database.rows import insert_new
from collector.database.tables import conflict
from collector.days.coarse import coarse
from collector.days.dating import NO_QUESTION, Dated, Whereabouts
from collector.intake.shelf import Shelf
from wire.messages import FACE_UNREADABLE, FLAG_THINNED, Taps

_NOWHERE = Dated(None, False, None, None, NO_QUESTION)


class Copies:
    """Of one journal in one transaction. ``sealed``: up to there no tap has an exact time any more.

    ``new`` and ``better`` are rows of ``tap`` by seq, not written yet: what was not there, and what replaces what was.
    """

    __slots__ = ("_journal_id", "_sealed", "_shelf", "_whereabouts", "better", "conflicts", "duplicates", "new")

    def __init__(self, journal_id: int, sealed: int, shelf: Shelf, whereabouts: Whereabouts) -> None:
        self.new: dict[int, dict[str, Any]] = {}
        self.better: dict[int, dict[str, Any]] = {}
        self.duplicates = 0
        self.conflicts = 0
        self._journal_id, self._sealed = journal_id, sealed
        self._shelf, self._whereabouts = shelf, whereabouts

    def absorb(self, connection: Connection, batch: Taps, last: int, mark: int, now_ms: int) -> None:
        """Takes one batch in, up to seq ``last``. Writes only conflicts."""
        known = self._shelf.copies(batch.first_seq, last)
        for row in self._rows(batch, now_ms):
            seq = row["seq"]
            stored = self.better.get(seq) or self.new.get(seq) or known.get(seq)
            if stored is None and seq > mark:
                self.new[seq] = row if seq > self._sealed else coarse(row)
            elif stored is None and row["face"] == FACE_UNREADABLE:
                self.duplicates += 1  # in a hole below the mark: known missing already
            elif stored is None or self._improves(row, stored):
                self._improve(seq, self._kept(row))
            elif _agree(stored, row):
                self.duplicates += 1
            else:
                self.conflicts += 1
                self._keep_conflict(connection, row, now_ms)

    def _rows(self, batch: Taps, now_ms: int) -> Iterator[dict[str, Any]]:
        dates = self._whereabouts.date(batch, now_ms)
        for i, (face, uptime_ms, flags) in enumerate(batch.taps):
            dated = dates[i] if face != FACE_UNREADABLE else _NOWHERE
            yield {
                "journal_id": self._journal_id,
                "seq": batch.first_seq + i,
                "boot": batch.boot,
                "uptime_ms": uptime_ms,
                "face": face,
                "flags": flags,
                "width_ms": batch.width_ms if flags & FLAG_THINNED else 0,
                "utc_ms": dated.utc_ms,
                "estimated": dated.estimated,
                "day": dated.day,
                "service_point_id": dated.service_point_id,
                "question_id": dated.question_id,
                "verdict": None,
            }

    def _kept(self, row: dict[str, Any]) -> dict[str, Any]:
        """As it is stored: below the seal without its exact time."""
        return row if row["seq"] > self._sealed else coarse(row)

    def _keep_conflict(self, connection: Connection, row: dict[str, Any], now_ms: int) -> None:
        kept = self._kept({name: row[name] for name in ("journal_id", "seq", "boot", "uptime_ms", "face")})
        insert_new(connection, conflict, {**kept, "received_utc_ms": now_ms})

    def _improves(self, row: dict[str, Any], stored: Any) -> bool:
        """Whether a copy says more than the stored one. Below the seal nothing has a time any more."""
        if stored["face"] == FACE_UNREADABLE:
            return bool(row["face"] != FACE_UNREADABLE)
        exact = stored["width_ms"] and not row["width_ms"] and row["seq"] > self._sealed
        return bool(exact and row["face"] and _agree(stored, row))

    def _improve(self, seq: int, row: dict[str, Any]) -> None:
        if seq in self.new:
            self.new[seq] = row
        else:
            self.better[seq] = row


def _agree(stored: Any, row: dict[str, Any]) -> bool:
    """Whether two copies are of one tap: same boot and face, and times that overlap (a thinned one is a span).

    An unreadable copy agrees with whatever is stored.
    """
    if row["face"] == FACE_UNREADABLE:
        return True
    if stored["boot"] != row["boot"] or stored["face"] != row["face"]:
        return False
    apart = row["uptime_ms"] - stored["uptime_ms"]
    return -row["width_ms"] <= apart <= stored["width_ms"]
