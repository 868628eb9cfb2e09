"""What the broker takes at once and keeps for a collector that is busy: tried, and asked where MQTT 5 tells."""

import time
from collections.abc import Iterator

from hymio.doctor.bed import Bed, nonce
from hymio.doctor.finding import Finding, bad, ok, warn
from hymio.doctor.line import QUIET_S, Line
from wire import topic
from wire.messages import MAX_MESSAGE

TOO_LONG = 16 * 1024  # bytes; eight times what any message has
QUEUE = 10_000  # messages that must wait for a busy collector: every kiosk of a county says one at once
_BUSY = 10  # on their way to it
_TOGETHER = 200  # on their way to the broker
_SAYING_S = 30.0
_STILL_S = 2.0  # nothing more comes when nothing came for so long

_WANTED = (
    ("RetainAvailable", 1, "retained messages"),
    ("WildcardSubscriptionAvailable", 1, "subscriptions with wildcards"),
    ("MaximumQoS", 1, "QoS 1"),
)
"""Properties of the CONNACK (MQTT 5, 3.2.2.3); one that is absent allows everything."""


def check(bed: Bed, *, share: str | None, queue: int = QUEUE) -> Iterator[Finding]:
    """``share``: the setting broker_share. ``queue``: how many messages are to wait."""
    with bed.line(bed.guests.one) as line:
        told = line.properties
    yield from _told(told, share)
    yield from _longest(bed)
    yield from _too_long(bed)
    if not bed.embedded:
        yield from _queue(bed, queue)


def _told(told: object, share: str | None) -> Iterator[Finding]:
    wanted = list(_WANTED)
    if share is not None:
        wanted.append(("SharedSubscriptionAvailable", 1, "shared subscriptions, which broker_share needs"))
    for name, least, words in wanted:
        if getattr(told, name, least) < least:
            yield bad(f"the broker says that it has no {words}", "turn that on in the broker")
    most = getattr(told, "MaximumPacketSize", None)
    if most is not None and most < 2 * MAX_MESSAGE:
        yield bad(f"the broker says that it takes packets of {most} bytes at most", _packets())


def _packets() -> str:
    return f"allow packets of {2 * MAX_MESSAGE} bytes; for Mosquitto: max_packet_size {2 * MAX_MESSAGE}"


def _passes(bed: Bed, size: int) -> bool:
    one, name = bed.guests.one, topic.of(bed.guests.one.name, "taps")
    payload = nonce().ljust(size)
    with bed.watcher() as watcher, bed.line(one) as kiosk:
        kiosk.say(name, payload)
        kiosk.wait(lambda: not kiosk.open or (name, payload) in watcher.heard, QUIET_S)
        return watcher.hears(name, payload, 2.0)


def _longest(bed: Bed) -> Iterator[Finding]:
    if _passes(bed, MAX_MESSAGE):
        yield ok(f"a message of {MAX_MESSAGE} bytes, the longest there is, passes")
    else:
        yield bad(f"a message of {MAX_MESSAGE} bytes, which a kiosk may send, does not pass", _packets())


def _too_long(bed: Bed) -> Iterator[Finding]:
    if _passes(bed, TOO_LONG):
        seen = f"the broker passes on a message of {TOO_LONG} bytes; a kiosk's is never longer than {MAX_MESSAGE}"
        yield warn(seen, f"limit packets to {2 * MAX_MESSAGE} bytes; for Mosquitto: max_packet_size {2 * MAX_MESSAGE}")
    else:
        yield ok(f"a message of {TOO_LONG} bytes is refused")


def _queue(bed: Bed, queue: int) -> Iterator[Finding]:
    """A collector that acknowledges nothing while a kiosk says ``queue`` messages; then it takes what was kept."""
    one, name = bed.guests.one, topic.of(bed.guests.one.name, "taps")
    with bed.line(bed.guests.watcher, holds_acks=_BUSY) as busy:
        busy.subscribe(name)
        with bed.line(one) as kiosk:
            said = _say_all(kiosk, name, queue)
        busy.ack_all()
        while _hears_more(busy, len(busy.heard)):
            pass
        kept = len({payload for _, payload in busy.heard})
    if not said:
        yield bad(
            f"the broker did not take {queue} messages within {_SAYING_S:.0f} s", "look at the broker's load and log"
        )
    elif kept < queue:
        todo = f"let {queue} messages wait for a client; for Mosquitto: max_queued_messages {20 * queue}"
        yield bad(f"of {queue} messages for a collector that was busy the broker kept {kept}", todo)
    else:
        yield ok(f"{queue} messages waited for a collector that was busy, and all came")


def _say_all(kiosk: Line, name: str, queue: int) -> bool:
    """Whether the broker took them all in time. No more on their way at once than it allows."""
    together = min(_TOGETHER, getattr(kiosk.properties, "ReceiveMaximum", _TOGETHER))
    until_s = time.monotonic() + _SAYING_S
    for first in range(0, queue, together):
        mids = [kiosk.say(name, b"%d" % n) for n in range(first, min(first + together, queue))]
        if not kiosk.said(mids[-1], max(0.0, until_s - time.monotonic())):
            return False
    return True


def _hears_more(line: Line, count: int) -> bool:
    return line.wait(lambda: len(line.heard) > count, _STILL_S)
