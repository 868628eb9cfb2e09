"""The seqs below a journal's mark that are given up: the kiosk no longer has them, or could not read them."""

from typing import Any

from sqlalchemy import Connection, delete, insert, select

from collector.database.tables import hole

NOT_HELD = "not_held"
UNREADABLE = "unreadable"


class Holes:
    """Of one journal in one transaction. ``missing``: how many seqs are in all of its holes."""

    __slots__ = ("_journal_id", "_new", "missing")

    def __init__(self, journal_id: int, missing: int) -> None:
        self.missing = missing
        self._journal_id = journal_id
        self._new: list[list[Any]] = []  # first, last, reason

    def miss(self, first: int, last: int, reason: str) -> None:
        """Gives up the seqs from ``first`` to ``last``. Rising from call to call."""
        self.missing += last - first + 1
        if self._new and self._new[-1][1] == first - 1 and self._new[-1][2] == reason:
            self._new[-1][1] = last
        else:
            self._new.append([first, last, reason])

    def fill(self, connection: Connection, seq: int) -> None:
        """Takes one seq out of the hole it was in, where it was in one before this transaction."""
        covering = (hole.c.journal_id == self._journal_id, hole.c.from_seq <= seq, hole.c.to_seq >= seq)
        row = connection.execute(select(hole).where(*covering)).mappings().first()
        if row is None:
            return
        connection.execute(delete(hole).where(*covering))
        rest = [(row["from_seq"], seq - 1), (seq + 1, row["to_seq"])]
        left = [{**row, "from_seq": a, "to_seq": b} for a, b in rest if a <= b]
        if left:
            connection.execute(insert(hole), left)
        self.missing -= 1

    def write(self, connection: Connection, now_ms: int) -> None:
        """Stores what was given up in this transaction."""
        if not self._new:
            return
        of, found = self._journal_id, now_ms
        connection.execute(
            insert(hole),
            [
                {"journal_id": of, "from_seq": first, "to_seq": last, "reason": reason, "found_utc_ms": found}
                for first, last, reason in self._new
            ],
        )
