"""Which version of rules and hours decided which stretch of a journal: what a verification decides by, too."""

from bisect import bisect_right
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select

from collector.database.tables import ruling


class Rulings(NamedTuple):
    """From each of ``seqs``, in order, until the next the version in ``versions`` decided."""

    seqs: list[int]
    versions: list[int]

    def of(self, seq: int) -> int | None:
        """The version that decided ``seq``; None where none did."""
        at = bisect_right(self.seqs, seq) - 1
        return None if at < 0 else self.versions[at]


def rulings_of(connection: Connection, journal_id: int) -> Rulings:
    rows = select(ruling.c.from_seq, ruling.c.version).where(ruling.c.journal_id == journal_id)
    found = connection.execute(rows.order_by(ruling.c.from_seq)).all()
    return Rulings([row.from_seq for row in found], [row.version for row in found])


def rule(connection: Connection, journal_id: int, from_seq: int, version: int) -> None:
    """From ``from_seq`` on, which is above every seq that is decided, ``version`` decides."""
    connection.execute(insert(ruling), {"journal_id": journal_id, "from_seq": from_seq, "version": version})


def rule_anew(connection: Connection, journal_id: int, first: int, last: int, mark: int, version: int) -> None:
    """The seqs from ``first`` to ``last`` were decided again, by ``version``; those from there to ``mark`` were not."""
    before = rulings_of(connection, journal_id)
    later = [(seq, of) for seq, of in zip(*before, strict=True) if seq > last]
    after = before.of(last + 1)
    if last < mark and after is not None and (not later or later[0][0] > last + 1):
        later.insert(0, (last + 1, after))
    kept = [(seq, of) for seq, of in zip(*before, strict=True) if seq < first]
    connection.execute(delete(ruling).where(ruling.c.journal_id == journal_id))
    rows: list[dict[str, int]] = []
    for seq, of in [*kept, (first, version), *later]:
        if not rows or rows[-1]["version"] != of:
            rows.append({"journal_id": journal_id, "from_seq": seq, "version": of})
    connection.execute(insert(ruling), rows)
