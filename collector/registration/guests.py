"""Accounts for experiments on a broker: two that have a kiosk's rights and one that has a collector's.

They stand among the collectors' accounts while `hymio doctor` works, and nowhere else: no kiosk is registered for them,
so nothing that they say is stored. Their secrets are nobody's but the doctor's; rows that a doctor left behind whose
computer lost its power open nothing, and go with the next one.
"""

import re
import secrets
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, delete, insert, or_, select

from collector.database import store
from collector.database.tables import CollectorAccount, quarantine_tally
from collector.registration import credential

PREFIX = "doctor-"
WATCHER = "hymio.doctor"
"""The dot keeps it apart from every kiosk's name, and so out of every topic."""

_FORM = re.compile(PREFIX + "[0-9a-f]{8}-[ab]")
_TRIAL = PREFIX + "trial"  # a row that is written to see how long that takes

_account: Any = CollectorAccount.__table__  # type: ignore[attr-defined]
_ours = or_(_account.c.name == WATCHER, _account.c.name.startswith(PREFIX, autoescape=True))


class Guest(NamedTuple):
    """An account and its secret."""

    name: str
    secret: str

    def __repr__(self) -> str:
        return f"Guest({self.name})"


class Guests(NamedTuple):
    """``one`` and ``other`` come as kiosks, ``watcher`` as a collector."""

    one: Guest
    other: Guest
    watcher: Guest


def invite(engine: Engine) -> Guests:
    """Three accounts with secrets of their own; an earlier doctor's end."""
    number = secrets.token_hex(4)
    names = (f"{PREFIX}{number}-a", f"{PREFIX}{number}-b", WATCHER)
    found = Guests(*(Guest(name, credential.new_secret()) for name in names))
    rows = [{"name": guest.name, "secret_hash": credential.keep(guest.secret)} for guest in found]
    with store.writing(engine) as connection:
        connection.execute(delete(_account).where(_ours))
        connection.execute(insert(_account), rows)
    return found


def dismiss(engine: Engine, *names: str) -> None:
    """Ends the accounts of ``names``; all guests' where none is given."""
    with store.writing(engine) as connection:
        connection.execute(delete(_account).where(_account.c.name.in_(names) if names else _ours))


def is_guest(name: str) -> bool:
    """Whether a name that is no registered kiosk's is a guest's, of today or of a doctor that has gone.

    By its form: what a guest said may still wait for its transaction when its account has ended.
    """
    return _FORM.fullmatch(name) is not None


def standing(connection: Connection, name: str) -> str | None:
    """The secret's hash of a guest; None for whoever is none."""
    mine = select(_account.c.secret_hash).where(_ours, _account.c.name == name)
    kept: str | None = connection.execute(mine).scalar()
    return kept


def standings(connection: Connection) -> dict[str, str]:
    """Secret's hash by guest."""
    rows = connection.execute(select(_account.c.name, _account.c.secret_hash).where(_ours))
    return {row.name: row.secret_hash for row in rows}


def write_and_forget(engine: Engine) -> Iterator[None]:
    """At each step a commit of its own, which leaves nothing behind after every second one."""
    mine: Any = quarantine_tally.c.kiosk == _TRIAL
    row = {"kiosk": _TRIAL, "rows": 0, "bytes": 0, "forgotten": 0}
    with store.writing(engine) as connection:
        connection.execute(delete(quarantine_tally).where(mine))
    while True:
        for statement in (insert(quarantine_tally).values(row), delete(quarantine_tally).where(mine)):
            with store.writing(engine) as connection:
                connection.execute(statement)
            yield
