"""Who may speak as whom, and hear what: tried with two guests that come as kiosks and one that comes as a collector."""

import time
from collections.abc import Iterator

from hymio.doctor.bed import Bed, nonce
from hymio.doctor.finding import Finding, Verdict, bad, ok, warn
from hymio.doctor.line import QUIET_S, Line
from wire import topic

_RULES = "give the broker the rights that docs/brokers.md lists; for Mosquitto `hymio broker config` writes them"


def check(bed: Bed) -> Iterator[Finding]:
    """Ends after its first part where what must work does not: nothing can be told from silence then."""
    for finding in _own(bed):
        yield finding
        if finding.verdict is Verdict.BAD:
            return
    yield from _speaks_as_another(bed)
    yield from _hears_another(bed)
    yield from _collector_speaks(bed)
    yield from _takes_over(bed)


def _own(bed: Bed) -> Iterator[Finding]:
    """What must work: a kiosk is heard on each of its topics, and hears what it is told."""
    one, word = bed.guests.one, nonce()
    to_say = [topic.of(one.name, leaf) for leaf in topic.FROM_KIOSK]
    to_hear = [topic.of(one.name, leaf) for leaf in topic.TO_KIOSK]
    with bed.watcher() as watcher, bed.line(one) as kiosk:
        kiosk.subscribe(*to_hear)
        for name in to_say:
            kiosk.say(name, word)
        for name in to_hear:
            watcher.say(name, word)
        watcher.wait(lambda: all((name, word) in watcher.heard for name in to_say))
        kiosk.wait(lambda: all((name, word) in kiosk.heard for name in to_hear))
        mute = [name for name in to_say if (name, word) not in watcher.heard]
        deaf = [name for name in to_hear if (name, word) not in kiosk.heard]
    if mute:
        yield bad(f"what a kiosk says on {', '.join(mute)} reaches no collector", _RULES)
    if deaf:
        yield bad(f"what a collector says on {', '.join(deaf)} does not reach the kiosk", _RULES)
    if not mute and not deaf:
        yield ok("a kiosk is heard on its four topics and hears its own four")


def _speaks_as_another(bed: Bed) -> Iterator[Finding]:
    """A's words on B's topics, and on those that are a collector's; then one of its own, which must come."""
    one, other, word, last = bed.guests.one, bed.guests.other, nonce(), nonce()
    foreign = [topic.of(other.name, leaf) for leaf in topic.FROM_KIOSK]
    answers = [topic.of(name, leaf) for name in (one.name, other.name) for leaf in topic.TO_KIOSK]
    with bed.watcher() as watcher, bed.line(other) as listener:
        listener.subscribe(*(topic.of(other.name, leaf) for leaf in topic.TO_KIOSK))
        bed.say_all(one, foreign + answers, word)
        bed.say_all(one, [topic.of(one.name, "taps")], last)
        came = watcher.hears(topic.of(one.name, "taps"), last)
        watcher.wait(lambda: False, QUIET_S)
        heard = sorted({name for name, payload in watcher.heard + listener.heard if payload == word})
    if heard:
        yield bad(f"one kiosk could speak on {', '.join(heard)}: it can say taps or acks in another's name", _RULES)
    elif came:
        yield ok("a kiosk cannot speak as another, nor acknowledge its own taps")


def _hears_another(bed: Bed) -> Iterator[Finding]:
    one, other, word = bed.guests.one, bed.guests.other, nonce()
    filters = [topic.of(other.name, leaf) for leaf in (*topic.TO_KIOSK, *topic.FROM_KIOSK)]
    filters += [topic.of("+", leaf) for leaf in (*topic.TO_KIOSK, *topic.FROM_KIOSK)]
    filters += ["#", "hymio/#", topic.of("+", "+")]
    if bed.address.mqtt5:
        filters.append("$share/doctor/" + topic.of("+", "taps"))
    spies: list[Line] = []
    try:
        for name in filters:  # one each: a broker may put out whoever asks for what is forbidden
            spies.append(bed.line(one) if not spies or not spies[-1].open else spies[-1])
            spies[-1].subscribe(name)
        with bed.watcher() as watcher, bed.line(other) as kiosk:
            kiosk.subscribe(topic.of(other.name, "ack"))
            for leaf in topic.TO_KIOSK:
                watcher.say(topic.of(other.name, leaf), word)
            kiosk.say(topic.of(other.name, "taps"), word)
            kiosk.hears(topic.of(other.name, "ack"), word)
            watcher.hears(topic.of(other.name, "taps"), word)
            spies[-1].wait(lambda: False, QUIET_S)
        heard = sorted({name for spy in spies for name, payload in spy.heard if payload == word})
    finally:
        for spy in set(spies):
            spy.close()
    if heard:
        yield bad(f"one kiosk could hear what was said on {', '.join(heard)} to or by another", _RULES)
    else:
        yield ok("a kiosk hears nothing of another, whatever it subscribes to")


def _collector_speaks(bed: Bed) -> Iterator[Finding]:
    one, word = bed.guests.one, nonce()
    topics = [topic.of(one.name, leaf) for leaf in topic.FROM_KIOSK]
    with bed.watcher() as watcher:  # one connection an account: it listens to itself
        for name in topics:
            watcher.said(watcher.say(name, word), 2.0)
        watcher.wait(lambda: False, QUIET_S)
        heard = sorted({name for name, payload in watcher.heard if payload == word})
    if heard:
        yield warn(f"a collector's account can speak as a kiosk, on {', '.join(heard)}", _RULES)
    else:
        yield ok("a collector's account cannot speak as a kiosk")


def _takes_over(bed: Bed) -> Iterator[Finding]:
    """B comes under A's client id: A must stay, and B must not get A's session."""
    one, other, word = bed.guests.one, bed.guests.other, nonce()
    with bed.watcher() as watcher, bed.line(one) as kiosk:
        thief = bed.line(other, client_id=one.name)
        time.sleep(QUIET_S)
        stays = kiosk.open
        thief.close()
        if stays:
            kiosk.say(topic.of(one.name, "taps"), word)
            stays = watcher.hears(topic.of(one.name, "taps"), word)
    if stays:
        yield ok("a kiosk cannot come under another's client id")
    else:
        todo = "make the client id the account's name; for Mosquitto: use_username_as_clientid true"
        yield bad("one kiosk put another out by coming under its client id", todo)
