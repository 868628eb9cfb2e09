"""Whether the broker says a Will, keeps it for whoever comes later, and holds it to the same rights."""

from collections.abc import Iterator

from hymio.doctor.bed import Bed
from hymio.doctor.finding import Finding, bad, ok, warn
from hymio.doctor.line import PATIENCE_S
from wire import topic

_RULES = "let a kiosk leave a Will on its own state, and on nothing else; docs/brokers.md lists the rights"
_FOREIGN_S = 1.5  # for a Will that must not be said


def check(bed: Bed) -> Iterator[Finding]:
    """One watcher at a time: a second connection of its account would put the first one out."""
    one, other = bed.guests.one, bed.guests.other
    mine, foreign = topic.of(one.name, "state"), topic.of(other.name, "state")
    try:
        yield from _said(bed, mine)
        yield from _foreign(bed, foreign)
    finally:
        bed.forget_state(one)
        bed.forget_state(other)


def _said(bed: Bed, name: str) -> Iterator[Finding]:
    with bed.watcher() as watcher:
        kiosk = bed.line(bed.guests.one, will=name)
        admitted = kiosk.refused is None
        kiosk.vanish()
        said = watcher.hears(name, b"{}", PATIENCE_S)
    if not said:
        seen = "was not said" if admitted else "is not admitted"
        yield bad(f"the Will of a kiosk that vanished {seen}: kiosks would be online for ever", _RULES)
        return
    yield ok("the Will of a kiosk that vanishes is said at once")
    with bed.latecomer() as later:
        told = later.hears(name, b"{}", 2.0)
    if told:
        yield ok("a retained state is there for a collector that comes later")
        return
    with bed.watcher() as later:
        kept = later.hears(name, b"{}", 2.0)
    if kept:
        yield warn(
            "the broker tells what it has retained only to who subscribes to that very topic: a collector that starts "
            "again knows of a kiosk when that speaks next",
            "have a subscription with + told what is retained, where the broker can; docs/brokers.md says what it "
            "costs",
        )
    else:
        todo = "allow retained messages; for Mosquitto: retain_available true"
        yield bad(
            "the broker keeps no retained message: a collector that starts again does not know who is there", todo
        )


def _foreign(bed: Bed, name: str) -> Iterator[Finding]:
    with bed.watcher() as watcher:
        bed.line(bed.guests.one, will=name).vanish()
        said = watcher.hears(name, b"{}", _FOREIGN_S)
    if said:
        yield bad("one kiosk could leave a Will on another's state: it can tell that the other is gone", _RULES)
    else:
        yield ok("a Will on another kiosk's state is not said")
