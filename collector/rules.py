"""What counts, in versions that are added and never changed.

Rules and opening hours share one numbering: a number says all that a verdict rests on.
"""

from sqlalchemy import Connection, func, select

from collector.tables import opening_hours, rule_set

_newest = select(
    func.coalesce(select(func.max(rule_set.c.version)).scalar_subquery(), 0),
    func.coalesce(select(func.max(opening_hours.c.version)).scalar_subquery(), 0),
)
_first = select(rule_set.c.version).where(rule_set.c.version == 1).with_for_update()


def newest_version(connection: Connection) -> int:
    """The number of the latest change of rules or hours: nothing that is decided now rests on a later one."""
    return max(connection.execute(_newest).one())


def next_version(connection: Connection) -> int:
    """The number for another change. Whoever else wants one waits until this transaction has ended, so that no number
    comes to be seen before a lower one."""
    connection.execute(_first)
    return newest_version(connection) + 1
