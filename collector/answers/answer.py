"""What a kiosk is told: the stored ack, commands, its config, a piece of an update."""

from base64 import b64encode
from collections.abc import Mapping
from secrets import token_hex
from typing import Any

from wire import codec, topic
from wire.messages import JOURNAL, SEQ, UPTIME, Ack, Command, Config, Update, Want
from wire.rejected import Rejected
from wire.text import Malformed
from wire.text import read as read_text

RESEND_VALID_MS = 10 * 60 * 1000

Reply = tuple[str, bytes]
"""(topic, payload), to be published with QoS 1, not retained."""


def stored(kiosk: str, journal: str, mark: int, uptime_ms: int, now_ms: int) -> Reply:
    """Everything of ``journal`` up to ``mark`` is settled. ``uptime_ms`` is that of the message it answers."""
    return _reply(kiosk, "ack", Ack(journal, mark, uptime_ms, now_ms, None, None))


def refused(
    kiosk: str, journal: str, mark: int, uptime_ms: int, first_seq: int | None, why: Rejected, now_ms: int
) -> Reply:
    """A stored ack that also says that a batch could not be read, from ``first_seq`` when that could."""
    error = f"{why.reason}: {why.detail}"[:160]
    return _reply(kiosk, "ack", Ack(journal, mark, uptime_ms, now_ms, error, first_seq))


def resend(kiosk: str, journal: str, mark: int, now_ms: int) -> Reply:
    """The store has lost what it acked (a backup was restored): send again from above ``mark``."""
    expires_ms = now_ms + RESEND_VALID_MS
    return _reply(kiosk, "command", Command(token_hex(4), expires_ms, "resend", None, None, journal, mark, None, None))


def ordered(order: Mapping[str, Any], size: int | None) -> Reply:
    """The command for a row of ``kiosk_order``. ``size``: bytes of the manifest, where it is an update."""
    command = Command(
        order["command"],
        order["expires_utc_ms"],
        order["action"],
        order["seconds"],
        order["turned_on"],
        None,
        None,
        order["version"],
        size,
    )
    return _reply(order["kiosk"], "command", command)


def piece(kiosk: str, want: Want, size: int, data: bytes) -> Reply:
    """A piece of an update's file of ``size`` bytes: what ``want`` asked for."""
    encoded = b64encode(data).decode()
    return _reply(kiosk, "update", Update(want.version, want.file, want.offset, size, encoded))


def config(kiosk: str, version: int, idle_light: int, health_s: int, channel: str) -> Reply:
    """The settings the kiosk should have."""
    return _reply(kiosk, "config", Config(version, idle_light, health_s, channel))


def legible(payload: bytes) -> tuple[str | None, int, int | None]:
    """Journal, uptime and first seq of a taps message that was refused, as far as they can be read: None, 0, None."""
    try:
        found = read_text(payload)
    except Malformed:
        return None, 0, None
    if not isinstance(found, dict):
        return None, 0, None
    uptime_ms = _good(found, "n", UPTIME)
    return _good(found, "j", JOURNAL), uptime_ms or 0, _good(found, "s", SEQ)


def _good(found: dict[str, Any], key: str, kind: Any) -> Any:
    value = found.get(key)
    return value if value is not None and kind.check(value, key) is None else None


def _reply(kiosk: str, leaf: str, message: object) -> Reply:
    return topic.of(kiosk, leaf), codec.encode(leaf, message)
