"""Decides whether a CONNECT is let in, and as whom. The only place of the broker that asks the database."""

import hmac
import secrets
from dataclasses import dataclass, field

from sqlalchemy import Engine
from sqlmodel import col, select

from collector.broker import packets
from collector.broker.rights import CollectorRights, KioskRights, Rights
from collector.database import store
from collector.database.tables import Kiosk
from collector.registration import credential, guests, registry


@dataclass(frozen=True)
class CollectorAccount:
    """The account that this process's collector uses; made at start, never written down.

    The dot keeps its name apart from every kiosk's.
    """

    user: str = field(default_factory=lambda: "collector." + secrets.token_hex(4))
    password: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)


@dataclass(frozen=True)
class Admitted:
    """Let in. ``session`` is the client id used inside; ``standing`` is what must stay true of the account."""

    session: str
    rights: Rights
    standing: str | None


@dataclass(frozen=True)
class Refused:
    """Not let in: CONNACK's return code and the reason for the log, which quotes nothing that may be a secret."""

    code: int
    reason: str


class Admission:
    """Asks the registry. Its methods block on the database; call them outside the event loop."""

    def __init__(self, engine: Engine, collector: CollectorAccount) -> None:
        self._engine = engine
        self._collector = collector

    def admit(self, wish: packets.Connect) -> Admitted | Refused:
        """A kiosk's user name is its client id; the collector may open several connections under one account."""
        if not wish.user or not wish.password:
            return Refused(packets.BAD_SECRET, "no user name or no secret was given")
        if wish.user == self._collector.user:
            return self._admit_collector(wish)
        if wish.client_id != wish.user:
            return Refused(packets.BAD_CLIENT_ID, "the client id is not the user name")
        if wish.user == guests.WATCHER or wish.user.startswith(guests.PREFIX):
            guest = self._admit_guest(wish)
            if guest is not None:
                return guest
        return self._admit_kiosk(wish)

    def standings(self) -> dict[str, str]:
        """Secret's hash by kiosk, of the kiosks that are not retired, and by guest."""
        rows = select(Kiosk.name, Kiosk.secret_hash).where(col(Kiosk.retired_utc_ms).is_(None))
        with store.reading(self._engine) as connection:
            kiosks = {row.name: row.secret_hash for row in connection.execute(rows)}
            return kiosks | guests.standings(connection)

    def _admit_guest(self, wish: packets.Connect) -> Admitted | Refused | None:
        """Of `hymio doctor`; None for whoever only has such a name."""
        with store.reading(self._engine) as connection:
            kept = guests.standing(connection, wish.user)
        if kept is None:
            return None
        if not credential.matches(wish.password.decode(errors="replace"), kept):
            return Refused(packets.BAD_SECRET, f"wrong secret for {wish.user}")
        rights: Rights = CollectorRights() if wish.user == guests.WATCHER else KioskRights(wish.user)
        if wish.will is not None and not rights.may_leave_will(wish.will.topic):
            return Refused(packets.NOT_ALLOWED, f"{wish.user} may leave a Will on its own state only")
        return Admitted(wish.user, rights, kept)

    def _admit_collector(self, wish: packets.Connect) -> Admitted | Refused:
        if not hmac.compare_digest(wish.password, self._collector.password.encode()):
            return Refused(packets.BAD_SECRET, "wrong secret for the collector's account")
        if wish.will is not None:
            return Refused(packets.NOT_ALLOWED, "the collector leaves no Will")
        return Admitted(wish.user + "/" + wish.client_id, CollectorRights(), None)

    def _admit_kiosk(self, wish: packets.Connect) -> Admitted | Refused:
        standing = self._standing(wish.user)
        if standing is None:
            return Refused(packets.BAD_SECRET, "no such kiosk, or it is retired")
        try:
            secret = wish.password.decode()
        except UnicodeDecodeError:
            secret = ""
        if not registry.verify_secret(self._engine, wish.user, secret):
            return Refused(packets.BAD_SECRET, f"wrong secret for kiosk {wish.user}")
        rights = KioskRights(wish.user)
        if wish.will is not None and not rights.may_leave_will(wish.will.topic):
            return Refused(packets.NOT_ALLOWED, f"kiosk {wish.user} may leave a Will on its own state only")
        return Admitted(wish.user, rights, standing)

    def _standing(self, kiosk: str) -> str | None:
        row = select(Kiosk.secret_hash).where(Kiosk.name == kiosk, col(Kiosk.retired_utc_ms).is_(None))
        with store.reading(self._engine) as connection:
            return connection.execute(row).scalar_one_or_none()
