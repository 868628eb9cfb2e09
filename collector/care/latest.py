"""When the store was last copied, kept in the store itself: whoever copies it may be on another computer."""

from typing import NamedTuple

from sqlalchemy import Connection, Engine, delete, insert, inspect, select

from collector.care.proof import Proof
from collector.database import store
from collector.database.tables import last_backup


class LastBackup(NamedTuple):
    """``size``: bytes; ``drilled``: it was restored for proof."""

    made_utc_ms: int
    size: int
    drilled: bool


def note(engine: Engine, proof: Proof, *, drilled: bool) -> None:
    """Says that the store was copied. A store of a version that had no place for it is left as it is.

    Raises what the database raises.
    """
    with store.writing(engine) as connection:
        if inspect(connection).has_table(last_backup.name):
            connection.execute(delete(last_backup))
            connection.execute(insert(last_backup), LastBackup(proof.made_utc_ms, proof.size, drilled)._asdict())


def told(connection: Connection) -> LastBackup | None:
    """None where none is known."""
    row = connection.execute(select(last_backup)).first()
    return None if row is None else LastBackup(*row)
