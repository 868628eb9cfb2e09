"""An uplink on a desk, and a collector at the other end of the line."""

from kiosk.clock import Clock
from kiosk.uplink import Uplink

from tests.kiosk.desk import NOW_UTC_MS, Ticks, a_journal, surveyed
from wire import codec
from wire.messages import Ack


class Line:
    """An uplink with its journal and clock, and a collector at the other end. Time passes when it is told to."""

    def __init__(self, journal=None, capacity=64):
        self.ticks = Ticks()
        self.clock = Clock(self.ticks.read, self.ticks.diff)
        self.journal = journal or a_journal(capacity=capacity)
        self.uplink = Uplink(self.journal, self.clock, ("0.1.0", "desk"), lambda: 0)
        self.stored = {}  # (journal, seq): (boot, face, uptime_ms, flags)
        self.sent = []  # (leaf, message) in order

    def now_ms(self):
        return self.clock.uptime_ms()

    def connect(self, session=7):
        self.uplink.connected(session, self.now_ms())

    def pump(self):
        """Sends all that is due, once a new journal is there if one is made; returns the messages."""
        while self.journal.renewing:
            assert self.uplink.next(self.now_ms()) is None, "something was sent while seqs change"
            self.journal.renewal.step(self.now_ms())
        sent = []
        while True:
            surveyed(self.journal)
            said = self.uplink.next(self.now_ms())
            if said is None and self.journal.surveyed:
                return sent
            if said is None:
                continue  # a survey is due
            message = codec.decode(said[0], said[1])
            sent.append(message)
            self.sent.append((said[0], message))

    def batches(self):
        return [message for leaf, message in self.sent if leaf == "taps"]

    def store(self, message):
        for i, tap in enumerate(message.taps):
            self.stored[(message.journal, message.first_seq + i)] = (message.boot,) + tuple(tap)

    def mark(self):
        seq = 0
        while (self.journal.id, seq + 1) in self.stored:
            seq += 1
        return seq

    def ack(self, message, seq=None, error=None, first_seq=None, utc_ms=None):
        """Answers a birth or a batch with what is stored, or with ``seq``."""
        utc_ms = utc_ms or NOW_UTC_MS + self.now_ms()
        ack = Ack(message.journal, self.mark() if seq is None else seq, message.uptime_ms, utc_ms, error, first_seq)
        return self.uplink.take_ack(ack, self.now_ms())

    def settle(self):
        """Stores and acks everything until the kiosk has nothing more to say."""
        while True:
            sent = self.pump()
            if not sent:
                return
            for message in sent:
                if hasattr(message, "taps"):
                    self.store(message)
                self.ack(message)
