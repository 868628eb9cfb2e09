"""A message as it came from the broker, and what it turned out to be.

wire.codec decides what a message is. Taps in canonical form, nearly all there are, are read by msgspec instead: when
its value encodes back to the very bytes received, wire.codec would have read the same.
"""

from typing import Annotated, NamedTuple

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from wire import codec, topic
from wire.messages import (
    MAX_MESSAGE,
    MAX_SEQ,
    MAX_TAPS,
    MAX_UPTIME_MS,
    MAX_UTC_MS,
    MAX_WIDTH_MS,
    MIN_UTC_MS,
    Taps,
    taps_rule,
)
from wire.rejected import Rejected


class Delivery(NamedTuple):
    """What a broker delivered. ``retained``: it lay there before the collector came.

    ``size`` is the payload's whole size in bytes where ``payload`` was cut; 0: it was not. ``packet_id`` is what its
    PUBACK names, on the connection it came by; 0: QoS 0, no PUBACK. ``heard_s`` is when it came, by this computer's
    monotonic clock, which all its processes share; 0: nobody looked.
    """

    topic: str
    payload: bytes
    retained: bool = False
    size: int = 0
    packet_id: int = 0
    heard_s: float = 0.0


class Arrival(NamedTuple):
    """A delivery that was read. ``kiosk`` is empty when the topic names none; ``message`` is of wire, or Rejected."""

    delivery: Delivery
    kiosk: str
    leaf: str
    message: object


def read(delivery: Delivery) -> Arrival:
    """What ``delivery`` says. Never raises."""
    parsed = topic.parse(delivery.topic)
    if isinstance(parsed, Rejected):
        return Arrival(delivery, "", "", parsed)
    kiosk, leaf = parsed
    if leaf not in topic.FROM_KIOSK:
        return Arrival(delivery, kiosk, leaf, Rejected("unknown_topic", "", leaf + " goes to a kiosk, never from one"))
    size = delivery.size or len(delivery.payload)
    if size > MAX_MESSAGE:
        return Arrival(delivery, kiosk, leaf, Rejected("too_long", "", f"{size} bytes; at most {MAX_MESSAGE}"))
    return Arrival(delivery, kiosk, leaf, decode(leaf, delivery.payload))


def decode(leaf: str, payload: bytes) -> object:
    """wire.codec.decode, faster for taps in canonical form; the verdict is always wire's."""
    if leaf == "taps" and len(payload) <= MAX_MESSAGE:
        message = _canonical_taps(payload)
        if message is not None:
            return message
    return codec.decode(leaf, payload)


_Seq = Annotated[int, Meta(ge=1, le=MAX_SEQ)]
_Uptime = Annotated[int, Meta(ge=0, le=MAX_UPTIME_MS)]
_Utc = Annotated[int, Meta(ge=MIN_UTC_MS, le=MAX_UTC_MS)] | None
_Tap = Annotated[list[_Uptime], Meta(min_length=2, max_length=3)]


class _TapsForm(Struct, forbid_unknown_fields=True):
    j: Annotated[str, Meta(pattern=r"\A[0-9a-f]{8}\Z")]
    b: _Seq
    n: _Uptime
    u: _Utc
    h: _Seq
    a: Annotated[int, Meta(ge=0, le=MAX_SEQ)]
    s: _Seq
    t: Annotated[list[_Tap], Meta(min_length=1, max_length=MAX_TAPS)]
    w: Annotated[int, Meta(ge=1, le=MAX_WIDTH_MS)] | UnsetType = UNSET


class _Ordered(Struct):
    """The same fields in canonical order. A struct's optional fields come last, the wire's do not."""

    j: str
    b: int
    n: int
    u: int | None
    h: int
    a: int
    s: int
    w: int | UnsetType
    t: list[list[int]]


_decoder = msgspec.json.Decoder(_TapsForm)
_encoder = msgspec.json.Encoder()


def _canonical_taps(payload: bytes) -> Taps | None:
    """The message when ``payload`` is its canonical form and its boot knew the time; else None: wire.codec decides."""
    try:
        m = _decoder.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    again = _encoder.encode(_Ordered(m.j, m.b, m.n, m.u, m.h, m.a, m.s, m.w, m.t))
    if m.u is None or again != payload:
        return None
    taps = []
    for row in m.t:
        flags = row[2] if len(row) == 3 else 0
        if row[0] > 4 or flags > 3 or (flags == 0 and len(row) == 3):
            return None
        taps.append((row[0], row[1], flags))
    width = None if m.w is UNSET else m.w
    message = Taps(m.j, m.b, m.n, m.u, None, m.h, m.a, m.s, width, tuple(taps))
    return message if taps_rule(message) is None else None
