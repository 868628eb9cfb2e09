"""What became of a journal's taps, a local day: the table ``journal_day`` as raw taps say it must be.

Of each journal the taps in it and the seqs in its holes are together its mark: nothing is unaccounted for.
"""

from typing import Any

from sqlalchemy import Connection, Date, Select, delete, func, insert, literal, select

from collector.database.tables import UNDATED, journal_day, tap
from collector.verdict.policy import Verdict

_day = func.coalesce(tap.c.day, literal(UNDATED, Date))


def recounted() -> Select[Any]:
    """(journal_id, day, verdict, taps), from every tap that is decided and could be read."""
    return (
        select(tap.c.journal_id, _day.label("day"), tap.c.verdict, func.count().label("taps"))
        .where(tap.c.verdict.is_not(None), tap.c.verdict != int(Verdict.UNREADABLE))
        .group_by(tap.c.journal_id, _day, tap.c.verdict)
    )


def restate(connection: Connection, journal_id: int) -> None:
    """Makes the days of one journal anew. Under the lock of its ``journal_mark``."""
    connection.execute(delete(journal_day).where(journal_day.c.journal_id == journal_id))
    columns = ("journal_id", "day", "verdict", "taps")
    connection.execute(insert(journal_day).from_select(columns, recounted().where(tap.c.journal_id == journal_id)))
