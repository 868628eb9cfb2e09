"""Why a transaction failed: whether it may do later, and in which words that is told."""

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoneFree

from collector.intake.clock import ClockError


def may_do_later(error: Exception) -> bool:
    """Whether the same transaction may do later: locked, full, gone, a deadlock; not a refusal of its contents.

    Also where no connection is free: pages that wait for a database that does not answer have them all. Also where the
    clock cannot be believed yet.
    """
    away = isinstance(error, OperationalError | NoneFree | ClockError)
    return away or (isinstance(error, DBAPIError) and error.connection_invalidated)


def cause(error: Exception) -> str:
    """What is wrong, for whoever reads the log."""
    if isinstance(error, ClockError):
        return "the clock is wrong"
    return "the database is away" if may_do_later(error) else "the store refuses even what is known to be right"


def in_words(error: Exception) -> str:
    """What the database says, in its first line and without the statement."""
    if isinstance(error, ClockError):
        return str(error)
    said = str(error.orig).strip().splitlines() if isinstance(error, DBAPIError) else []
    return said[0][:200] if said else type(error).__name__
