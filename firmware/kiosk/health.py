"""How a kiosk is, for whoever keeps it running. Numbers only; nothing about a visitor."""

from wire import codec
from wire.messages import MAX_SEQ, RESET_CAUSES, Health


def plain(sentence, most=96):
    """A sentence as the wire takes it: printable ASCII without quotation mark or backslash, cut to length."""
    return "".join([c if 32 <= ord(c) < 127 and c not in '"\\' else "?" for c in sentence])[:most] or "?"


class Report:
    """Due every ``every_s`` s. ``facts()`` asks the board: (rssi_dbm, supply_mv, heap_free, heap_block, flash_free)."""

    def __init__(self, facts, every_s):
        self.facts = facts
        self.every_s = every_s
        self.error = None  # the last trouble since the last report, in a sentence
        self.connects = 0
        self._due_ms = 0

    def due_ms(self, now_ms):
        return max(0, self._due_ms - now_ms)

    def soon(self, now_ms):
        self._due_ms = now_ms

    def write(self, now_ms, clock, journal, presses, taps, uplink, news):
        """The health message's bytes; the error it tells is then forgotten. ``news``: as Firmware tells it."""
        self._due_ms = now_ms + self.every_s * 1000
        state, version, why = news
        rssi_dbm, supply_mv, heap_free, heap_block, flash_free = self.facts()
        health = Health(
            now_ms, clock.utc_at(now_ms), clock.source, journal.id, journal.last_seq, journal.acked, journal.unacked,
            journal.thinned, journal.backlog.unreadable, uplink.refused, taps.unthanked, presses.stuck,
            taps.testing(now_ms), rssi_dbm, supply_mv, heap_free, heap_block, min(flash_free, MAX_SEQ),
            RESET_CAUSES[journal.cause], self.connects, self.error and plain(self.error), state, version,
            why and plain(why),
        )  # fmt: skip
        self.error = None  # told; what is still wrong will say so again
        return codec.encode("health", health)
