"""What of one journal's taps was in the store before this transaction.

Nearly all taps are above everything that was, and then no question is asked.
"""

from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy import bindparam as bound

from collector.database.tables import tap

_PAGE = 500  # rows of taps read at a time

_select_copies = select(tap.c.seq, tap.c.boot, tap.c.uptime_ms, tap.c.face, tap.c.width_ms).where(
    tap.c.journal_id == bound("of"), tap.c.seq.between(bound("first"), bound("last"))
)
_select_page = (
    select(tap).where(tap.c.journal_id == bound("of"), tap.c.seq >= bound("first")).order_by(tap.c.seq).limit(_PAGE)
)
_select_next = (
    select(tap.c.seq).where(tap.c.journal_id == bound("of"), tap.c.seq > bound("seq")).order_by(tap.c.seq).limit(1)
)


class Shelf:
    """``highest``: the highest seq on it."""

    __slots__ = ("_connection", "_highest", "_journal_id", "_known", "_page", "_page_to")

    def __init__(self, connection: Connection, journal_id: int, highest: int) -> None:
        self._connection, self._journal_id, self._highest = connection, journal_id, highest
        self._known: dict[tuple[int, int], dict[int, Any]] = {}
        self._page: dict[int, Any] = {}
        self._page_to = 0

    def copies(self, first: int, last: int) -> dict[int, Any]:
        """By seq, of what a copy is compared with. A batch that was sent again is asked for once."""
        if first > self._highest:
            return {}
        known = self._known.get((first, last))
        if known is None:
            rows = self._connection.execute(_select_copies, {"of": self._journal_id, "first": first, "last": last})
            known = self._known[first, last] = {row["seq"]: row for row in rows.mappings()}
        return known

    def at(self, seq: int) -> Any | None:
        """The row of ``seq``. For seqs that rise from call to call."""
        if seq > self._highest:
            return None
        if seq > self._page_to:
            rows = self.page(seq)
            self._page = {row["seq"]: row for row in rows}
            self._page_to = rows[-1]["seq"] if len(rows) == _PAGE else self._highest
        return self._page.get(seq)

    def page(self, first: int) -> list[Any]:
        """Some rows from ``first`` on, in the order of their seqs; none where there are no more. As they are now."""
        return list(self._connection.execute(_select_page, {"of": self._journal_id, "first": first}).mappings())

    def after(self, seq: int) -> int | None:
        """The lowest seq above ``seq``."""
        if seq > self._highest:
            return None
        return self._connection.execute(_select_next, {"of": self._journal_id, "seq": seq}).scalar()
