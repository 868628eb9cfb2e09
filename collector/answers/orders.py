"""What was asked of kiosks: queued by a command line, sent and followed by whichever collector runs.

1. An order goes to a kiosk that is there; one that is away gets it at its birth.
2. It goes out again at every birth until it has an outcome or expires, since a broker forgets what it was told for a
   kiosk that is away. Within a boot the kiosk knows its id and does nothing twice.
3. A boot forgets ids. So a restart is done at a birth of another boot, and an update goes to another boot only after
   that boot's health said where it stands: else a kiosk that went back by itself would try the same version again.
"""

from collections.abc import Iterable
from enum import StrEnum
from secrets import token_hex
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, and_, bindparam, delete, insert, or_, select, update

from collector.answers import answer, release
from collector.answers.answer import Reply
from collector.database import store
from collector.database.tables import Kiosk, kiosk_order, kiosk_state
from collector.kiosks import presence
from collector.registration.registry import in_use
from wire.messages import Health, State

_MINUTE_MS = 60_000
VALID_MS = {
    "identify": 2 * _MINUTE_MS,  # whoever looks for the kiosk stands there now
    "test": 10 * _MINUTE_MS,
    "reboot": 10 * _MINUTE_MS,
    "update": 7 * 24 * 60 * _MINUTE_MS,
}
"""How long after being queued an order may still be carried out."""

KEPT = 50
"""Orders a kiosk; the newest stay."""

_kiosk: Any = Kiosk.__table__  # type: ignore[attr-defined]


class OrderError(Exception):
    """It cannot be asked of that kiosk. The message is a sentence that says why and what would do."""


class Outcome(StrEnum):
    """What became of an order; an open one has none."""

    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"  # nothing is known of it: not sent, or sent and not confirmed
    REPLACED = "replaced"  # by a later order of the same kind
    WITHDRAWN = "withdrawn"  # the version is no longer on offer


class Order(NamedTuple):
    """A row of ``kiosk_order``, as far as people are told. ``begun``: the kiosk was seen at it."""

    kiosk: str
    action: str
    seconds: int | None
    turned_on: bool | None
    version: str | None
    queued_utc_ms: int
    expires_utc_ms: int
    sent_utc_ms: int | None
    begun: bool
    outcome: str | None
    reason: str | None


def queue(
    engine: Engine,
    kiosk: str,
    action: str,
    now_ms: int,
    *,
    seconds: int | None = None,
    on: bool | None = None,
    version: str | None = None,
) -> Order:
    """Asks ``action`` of ``kiosk``; an open order of the same kind is replaced. ``version`` None: the newest on offer.

    Raises RegistryError for a kiosk that is not in use, OrderError for what makes no sense.
    """
    with store.writing(engine) as connection:
        in_use(connection, kiosk)
        if action == "update":
            version = _offered(connection, kiosk, version)
        mine = kiosk_order.c.kiosk == kiosk
        same = (mine, kiosk_order.c.action == action, kiosk_order.c.outcome.is_(None))
        connection.execute(update(kiosk_order).where(*same).values(outcome=Outcome.REPLACED))
        expires_ms = now_ms + VALID_MS[action]
        order = Order(kiosk, action, seconds, on, version, now_ms, expires_ms, None, False, None, None)
        connection.execute(insert(kiosk_order), {**order._asdict(), "command": token_hex(4)})
        oldest_kept = select(kiosk_order.c.id).where(mine).order_by(kiosk_order.c.id.desc()).offset(KEPT - 1).limit(1)
        connection.execute(delete(kiosk_order).where(mine, kiosk_order.c.id < oldest_kept.scalar_subquery()))
    return order


def asked(connection: Connection, kiosk: str | None = None) -> list[Order]:
    """The orders of ``kiosk``, or of every kiosk, the newest first."""
    rows = select(*[kiosk_order.c[name] for name in Order._fields]).order_by(kiosk_order.c.id.desc())
    if kiosk is not None:
        rows = rows.where(kiosk_order.c.kiosk == kiosk)
    return [Order(*row) for row in connection.execute(rows)]


def withdraw(engine: Engine, version: str) -> None:
    """Takes ``version`` off the offer, and its open orders with it. Raises ReleaseError."""
    with store.writing(engine) as connection:
        release.withdraw(connection, version)
        waiting = (kiosk_order.c.version == version, kiosk_order.c.outcome.is_(None))
        connection.execute(update(kiosk_order).where(*waiting).values(outcome=Outcome.WITHDRAWN))


def may_fetch(connection: Connection, kiosk: str, version: str, now_ms: int) -> bool:
    """Whether ``version`` is what was lastly ordered for ``kiosk``, and still is to be fetched."""
    newest = (
        select(kiosk_order.c.version, kiosk_order.c.outcome, kiosk_order.c.expires_utc_ms)
        .join(_kiosk, _kiosk.c.name == kiosk_order.c.kiosk)
        .where(kiosk_order.c.kiosk == kiosk, kiosk_order.c.action == "update", _kiosk.c.retired_utc_ms.is_(None))
        .order_by(kiosk_order.c.id.desc())
        .limit(1)
    )
    row = connection.execute(newest).first()
    return row is not None and row.version == version and row.outcome is None and row.expires_utc_ms > now_ms


def send(engine: Engine, now_ms: int) -> list[Reply]:
    """The commands for orders that nobody has sent yet to kiosks that are there; ends the orders that expired.

    The commands may be published at once: that they go out is stored. One that gets lost is sent again at a birth.
    """
    unsent = and_(kiosk_order.c.sent_utc_ms.is_(None), presence.is_there(now_ms))
    waiting = (
        select(kiosk_order.c.id, kiosk_state.c.boot, kiosk_state.c.firmware)
        .join(_kiosk, _kiosk.c.name == kiosk_order.c.kiosk)
        .outerjoin(kiosk_state, kiosk_state.c.kiosk == kiosk_order.c.kiosk)
        .where(kiosk_order.c.outcome.is_(None), or_(unsent, kiosk_order.c.expires_utc_ms <= now_ms))
    )
    with store.reading(engine) as connection:
        found = {id: (boot, firmware) for id, boot, firmware in connection.execute(waiting)}
    if not found:
        return []
    with store.writing(engine) as connection:
        orders = OpenOrders(connection, now_ms, kiosk_order.c.id.in_(found))
        orders.send(found)
        orders.write()
    return orders.replies


class OpenOrders:
    """Orders during one transaction. ``replies``, made along the way, may be published after its commit."""

    def __init__(self, connection: Connection, now_ms: int, which: ColumnElement[bool]) -> None:
        self._connection, self._now_ms = connection, now_ms
        rows = select(kiosk_order).where(which, _IS_OPEN).order_by(kiosk_order.c.id).with_for_update()
        self._orders = [dict(row) for row in connection.execute(rows).mappings()]
        self._before = [dict(order) for order in self._orders]
        self.replies: list[Reply] = []

    @classmethod
    def of(cls, connection: Connection, now_ms: int, kiosks: Iterable[str]) -> "OpenOrders":
        """All there are of ``kiosks``."""
        return cls(connection, now_ms, kiosk_order.c.kiosk.in_(sorted(kiosks)))

    def send(self, found: dict[int, tuple[int | None, str | None]]) -> None:
        """To kiosks whose (boot, firmware) is known, by order."""
        for order in self._open():
            boot, firmware = found[order["id"]]
            if order["sent_utc_ms"] is None and not self._is_there_already(order, firmware):
                self._say(order, boot)

    def born(self, kiosk: str, birth: State) -> None:
        """The kiosk may have missed what it was told, or has done it."""
        for order in self._open(kiosk):
            sent, other_boot = order["sent_utc_ms"] is not None, order["sent_boot"] != birth.boot
            if order["action"] == "reboot" and sent and other_boot:
                order["outcome"] = Outcome.DONE
            elif self._is_there_already(order, birth.firmware):
                continue
            elif order["action"] != "update" or not sent or not other_boot:
                self._say(order, birth.boot)

    def told(self, kiosk: str, boot: int | None, health: Health) -> None:
        """What the kiosk of that ``boot`` says of itself shows what became of an order."""
        for order in self._open(kiosk):
            if order["sent_utc_ms"] is None:
                continue
            if order["action"] == "test" and health.test == order["turned_on"]:
                order["outcome"] = Outcome.DONE
            elif order["action"] == "update" and health.update_version == order["version"]:
                self._follow(order, boot, health)
            elif order["action"] == "update" and order["sent_boot"] != boot:
                self._say(order, boot)
        self._regret(kiosk, health)

    def write(self) -> None:
        """Stores what changed."""
        for before, order in zip(self._before, self._orders, strict=True):
            if order != before:
                self._connection.execute(_SET, {"of": order["id"], **{"to_" + name: order[name] for name in _CHANGES}})

    def _open(self, kiosk: str | None = None) -> list[dict[str, Any]]:
        """Those still to be carried out; the expired ones end here."""
        found = [order for order in self._orders if order["outcome"] is None and kiosk in (None, order["kiosk"])]
        for order in found:
            if order["expires_utc_ms"] <= self._now_ms:
                order["outcome"] = Outcome.EXPIRED
        return [order for order in found if order["outcome"] is None]

    def _is_there_already(self, order: dict[str, Any], firmware: str | None) -> bool:
        arrived = order["action"] == "update" and order["version"] == firmware
        if arrived:
            order["outcome"] = Outcome.DONE
        return arrived

    def _follow(self, order: dict[str, Any], boot: int | None, health: Health) -> None:
        """The kiosk speaks of the very version. What it says of an earlier try of it must not end this one."""
        if health.update_state in ("fetching", "trial"):
            order["begun"] = True
        elif health.update_state == "kept":
            order["outcome"] = Outcome.DONE
        elif health.update_reason is not None and (order["begun"] or order["sent_boot"] != boot):
            order.update(outcome=Outcome.FAILED, reason=health.update_reason)

    def _regret(self, kiosk: str, health: Health) -> None:
        """A version that began well may be rolled back after all."""
        updates = [order for order in self._orders if order["kiosk"] == kiosk and order["action"] == "update"]
        if not updates or health.update_state != "rolled_back":
            return
        newest = updates[-1]
        if newest["outcome"] == Outcome.DONE and newest["version"] == health.update_version:
            newest.update(outcome=Outcome.FAILED, reason=health.update_reason)

    def _say(self, order: dict[str, Any], boot: int | None) -> None:
        size = None
        if order["action"] == "update":
            unsigned = release.manifest_of(self._connection, order["version"], None)  # as long as a signed one
            if unsigned is None:
                order["outcome"] = Outcome.WITHDRAWN
                return
            size = len(unsigned)
        order.update(sent_utc_ms=self._now_ms, sent_boot=boot, begun=order["begun"] and order["sent_boot"] == boot)
        self.replies.append(answer.ordered(order, size))


_IS_OPEN = or_(
    kiosk_order.c.outcome.is_(None), and_(kiosk_order.c.action == "update", kiosk_order.c.outcome == Outcome.DONE)
)
_CHANGES = ("sent_utc_ms", "sent_boot", "begun", "outcome", "reason")
_SET = (
    update(kiosk_order)
    .where(kiosk_order.c.id == bindparam("of"))
    .values({name: bindparam("to_" + name) for name in _CHANGES})
)


def _offered(connection: Connection, kiosk: str, version: str | None) -> str:
    """``version``, or the newest one, if the kiosk can be given it."""
    offered = [found.version for found in release.on_offer(connection)]
    if not offered:
        raise OrderError("no firmware is on offer; `hymio firmware offer` offers this version's")
    version = version or offered[0]
    if version not in offered:
        raise OrderError(f"version {version} is not on offer; `hymio firmware list` tells what is")
    runs = connection.execute(select(kiosk_state.c.firmware).where(kiosk_state.c.kiosk == kiosk)).scalar()
    if runs == version:
        raise OrderError(f"kiosk {kiosk} runs version {version} already")
    return version
