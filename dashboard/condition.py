"""How kiosks are by their own word, for whoever keeps them running. None of it tells when somebody pressed."""

import json
import re
from dataclasses import dataclass, replace

from sqlalchemy import Connection, func, select

from collector.database.tables import journal_mark, kiosk_order, kiosk_state
from dashboard.steps import STEP_TAPS, quarter_of

HEAP_LOW = 16 * 1024
"""Bytes of free heap: a TLS handshake takes about as much, and then there is none for taps."""

FLASH_LOW = 40 * 1024
"""Bytes of free flash: what an update must leave, see firmware/kiosk/update.py."""

FLOOD_TOLD_MS = 86_400_000
"""For how long a flood is told of after its end."""

_REASONS = (
    ("no_key", re.compile("no update_key")),
    ("unsigned", re.compile("not signed")),
    ("no_space", re.compile("needs .* bytes of flash")),
    ("damaged", re.compile("wrong SHA-256|another size|more than .* bytes")),
    ("unanswered", re.compile("no stored ack|not acked|no answer")),
    ("hung", re.compile("did not start|hung")),
)


@dataclass(frozen=True)
class Condition:
    """One kiosk's, after its last birth and health; nothing is wrong with one that was never heard of.

    update: where an update stands (a word of the wire), with ``version`` and ``reason``; ordered: the version it is to
    fetch and does not run yet. test: test mode was on; tested: taps stored that were made in it. error: its last
    trouble, in its own words. thinned: taps that lost their minute; a ceiling where ``coarse``. heap, flash: bytes free
    where that is too little. flood_utc_ms: it sent more than it may, lastly then and not long ago.
    """

    firmware: str | None = None
    board: str | None = None
    update: str = "none"
    version: str | None = None
    reason: str | None = None
    ordered: str | None = None
    test: bool = False
    tested: int = 0
    error: str | None = None
    error_utc_ms: int | None = None
    thinned: int = 0
    coarse: bool = False
    stuck: tuple[int, ...] = ()
    heap: int | None = None
    flash: int | None = None
    flood_utc_ms: int | None = None

    @property
    def cause(self) -> str:
        """A word for the reason of a failed update, as the page puts it; empty where only the kiosk's own will do."""
        return next((word for word, said in _REASONS if said.search(self.reason or "")), "")

    @property
    def in_trouble(self) -> bool:
        """Whether somebody should look after it."""
        lacks = self.heap is not None or self.flash is not None
        return bool(self.reason or self.error or self.thinned or self.stuck or lacks or self.flood_utc_ms)


def conditions(connection: Connection, now_ms: int, *, coarse: bool) -> dict[str, Condition]:
    """By kiosk, retired ones among them. ``coarse``: taps in whole steps, the time of a trouble to its quarter."""
    told = (kiosk_state.c.kiosk, kiosk_state.c.firmware, kiosk_state.c.board)
    kept = (kiosk_state.c.health, kiosk_state.c.error, kiosk_state.c.error_utc_ms)
    found = {
        kiosk: _said(Condition(firmware, board, error=error, error_utc_ms=error_utc_ms, coarse=coarse), health)
        for kiosk, firmware, board, health, error, error_utc_ms in connection.execute(select(*told, *kept))
    }
    if coarse:
        found = {kiosk: _coarse(condition) for kiosk, condition in found.items()}
    since = kiosk_state.c.flood_utc_ms > now_ms - FLOOD_TOLD_MS
    for kiosk, utc_ms in connection.execute(select(kiosk_state.c.kiosk, kiosk_state.c.flood_utc_ms).where(since)):
        found[kiosk] = replace(found[kiosk], flood_utc_ms=quarter_of(utc_ms) if coarse else utc_ms)
    tested = select(journal_mark.c.kiosk, func.sum(journal_mark.c.tested)).group_by(journal_mark.c.kiosk)
    for kiosk, taps in connection.execute(tested):
        found[kiosk] = replace(found.get(kiosk, Condition()), tested=taps)
    ordered = select(kiosk_order.c.kiosk, kiosk_order.c.version).where(
        kiosk_order.c.action == "update", kiosk_order.c.outcome.is_(None)
    )
    for kiosk, version in connection.execute(ordered):
        found[kiosk] = replace(found.get(kiosk, Condition()), ordered=version)
    return found


def _said(condition: Condition, health: str | None) -> Condition:
    if health is None:
        return condition
    said = json.loads(health)  # it was read by the wire's own reader before it was kept
    return replace(
        condition,
        update=said["update"],
        version=said["version"],
        reason=said["why"],
        test=said["test"],
        thinned=said["thinned"],
        stuck=tuple(said["stuck"]),
        heap=said["heap"] if said["heap"] < HEAP_LOW else None,
        flash=said["flash"] if said["flash"] < FLASH_LOW else None,
    )


def _coarse(condition: Condition) -> Condition:
    at = condition.error_utc_ms
    return replace(
        condition,
        thinned=-(-condition.thinned // STEP_TAPS) * STEP_TAPS,
        error_utc_ms=None if at is None else quarter_of(at),
    )
