"""Whether the broker is there, lets in who has an account and nobody else, and is quick."""

import statistics
import time
from collections.abc import Iterator

import msgspec

from hymio.doctor.bed import Bed, nonce
from hymio.doctor.finding import Finding, bad, ok, warn
from hymio.doctor.line import Line, LineError
from wire import topic

SLOW_S = 0.1
"""From a kiosk to a collector and back: a kiosk believes an answer's time for 2 s; 40 ms are Nagle's."""

_TRIPS = 20
_WRONG = "0" * 32


def check(bed: Bed) -> Iterator[Finding]:
    """Ends after a finding that leaves nothing to be tried with."""
    try:
        line = bed.line(bed.guests.one)
    except LineError as fault:
        todo = "start `hymio serve`" if bed.embedded else "start the broker, or mend broker_host and broker_port"
        yield bad(str(fault), todo)
        return
    line.close()
    if line.refused is not None:
        yield from _why(bed, line.refused)
        return
    yield ok(f"the broker at {bed.address.host}:{bed.address.port} lets a kiosk in")
    yield from _refuses(bed)
    yield from _trip(bed)


def reaches(bed: Bed) -> bool:
    """Whether the other checks of the broker have something to try with."""
    try:
        with bed.line(bed.guests.one) as one, bed.line(bed.guests.watcher) as watcher:
            return one.open and watcher.open
    except LineError:
        return False


def _why(bed: Bed, refused: str) -> Iterator[Finding]:
    if bed.address.mqtt5:
        older = msgspec.structs.replace(bed.address, mqtt5=False)
        if Line(older, bed.guests.one).refused is None:
            yield bad("the broker does not speak MQTT 5", "set broker_mqtt5 = false, or take a newer broker")
            return
    todo = "give it the accounts of --accounts"
    if bed.keeps:
        todo = "have Mosquitto read broker_accounts again: broker_pid, or whoever watches the file (docs/brokers.md)"
    yield bad(f"the broker refuses an account that it should have: {refused}", todo)


def _refuses(bed: Bed) -> Iterator[Finding]:
    one = bed.guests.one
    for guest, who in ((one._replace(secret=_WRONG), "a wrong password"), (None, "nobody's account")):
        with Line(bed.address, guest) as line:
            admitted = line.refused is None
        if admitted:
            todo = "let in who has an account and nobody else; for Mosquitto: allow_anonymous false, password_file"
            yield bad(f"the broker lets {who} in", todo)
        else:
            yield ok(f"{who} is refused")


def _trip(bed: Bed) -> Iterator[Finding]:
    name, took_s = topic.of(bed.guests.one.name, "taps"), []
    with bed.watcher() as watcher, bed.line(bed.guests.one) as kiosk:
        for _ in range(_TRIPS):
            word, began_s = nonce(), time.monotonic()
            kiosk.say(name, word)
            if not watcher.hears(name, word):
                return  # acl says it
            took_s.append(time.monotonic() - began_s)
    median_ms = statistics.median(took_s) * 1000
    if median_ms > SLOW_S * 1000:
        todo = "look at the broker's computer and network; for Mosquitto: set_tcp_nodelay true"
        yield warn(f"a message takes {median_ms:.0f} ms from a kiosk to a collector", todo)
    else:
        yield ok(f"a message takes {median_ms:.1f} ms from a kiosk to a collector")
