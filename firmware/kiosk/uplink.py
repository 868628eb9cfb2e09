"""What a kiosk tells its collector and when: birth, then the taps that no stored ack has settled, in order.

Pure: messages and the time in, messages out; the session below carries them. Only a stored ack ends a tap's journey.
"""

from collections import namedtuple

from kiosk.backlog import Batch
from kiosk.backoff import Patience
from wire import codec
from wire.messages import FACE_UNREADABLE, MAX_SEQ, State, Taps

WINDOW = 4  # batches on the way
MOST_TAPS = 16  # in a batch: a quarter of what the wire allows, for the sake of a small heap and a nimble finger
RESEND_MS = 30000
BIRTH_MS = 5000
MOST_PATIENCE_MS = 300000
MOST_REFUSALS = 3
MOST_IN_VAIN = 6  # births of a boot sent anew because an answer told no time; a slow link must not hold taps for ever
TIME_MS = 2000  # after a birth, before the next that asks for the time; doubles
MOST_TIME_MS = 8000
RENEWING_MS = 1000  # until it is looked whether the new journal is there

Sent = namedtuple("Sent", ("first_seq", "last_seq", "boot", "at_ms"))


class Uplink:
    """``facts``: (firmware version, board name). ``config_version()`` is asked at every birth."""

    def __init__(self, journal, clock, facts, config_version):
        self.journal = journal
        self.clock = clock
        self.facts = facts
        self.config_version = config_version
        self.session = 0
        self.answered = False  # this connection's birth has its ack, and the time is known if it can be
        self.refused = 0  # taps given up as face 0
        self._of = journal.id  # the journal that all of this is about
        self._up = False
        self._births = []  # uptimes of this connection's last births
        self._birth_due_ms = 0
        self._in_vain = 0
        self._time_patience = Patience(TIME_MS, MOST_TIME_MS)
        self._birth_patience = Patience(BIRTH_MS, MOST_PATIENCE_MS)
        self._resend_patience = Patience(RESEND_MS, MOST_PATIENCE_MS)
        self._asked = []  # uptimes that an ack may answer to tell the time
        self._cursor = 1  # the next seq to send
        self._sent_to = 0  # the highest seq sent in this boot
        self._flying = []
        self._singly_to = 0  # taps up to this seq go one by one
        self._refusals = {}  # seq: how often
        self._hold_until_ms = 0

    def connected(self, session, now_ms):
        """A new connection with this session number is up."""
        self.session = session
        self._up = True
        self.answered = False
        self._births = []
        self._asked = []
        self._birth_due_ms = now_ms
        self._birth_patience.reset()
        self._time_patience.reset()
        self._rewind()

    def lost(self):
        self._up = False

    def next(self, now_ms):
        """The next message to publish, as (leaf, payload), or None when there is nothing to say now."""
        if not self._up or self.journal.renewing:
            return None
        if self.journal.id != self._of:
            self._begin_anew(now_ms)
        if not self.answered and now_ms >= self._birth_due_ms:
            return self._birth(now_ms)
        if not self.answered or now_ms < self._hold_until_ms:
            return None
        if self._flying and now_ms - self._flying[0].at_ms >= self._resend_patience.wait_ms:
            oldest = self._flying.pop(0)
            said = self._send(oldest.first_seq, oldest.last_seq, now_ms, 0)
            if said is None:
                self._flying.insert(0, oldest)
                return None
            self._resend_patience.grow()
            if self._flying[0].last_seq < oldest.last_seq:  # thinned meanwhile: now in more batches than one
                self._flying = self._flying[:1]
                self._cursor = self._flying[0].last_seq + 1
            return said
        window = 1 if self._cursor <= self._singly_to else WINDOW
        if self._cursor <= self.journal.last_seq and len(self._flying) < window:
            return self._send(self._cursor, self.journal.last_seq, now_ms, len(self._flying))
        return None

    def due_ms(self, now_ms):
        """Milliseconds until ``next`` has something to say by time alone, or None."""
        if not self._up:
            return None
        if self.journal.renewing:
            return RENEWING_MS
        if not self.answered:
            return max(0, self._birth_due_ms - now_ms)
        if now_ms < self._hold_until_ms:
            return self._hold_until_ms - now_ms
        if self._flying:
            return max(0, self._flying[0].at_ms + self._resend_patience.wait_ms - now_ms)
        return None

    def take_ack(self, ack, now_ms):
        """Takes a stored ack. Returns the anchor it gave, (uptime_ms, utc_ms), or None."""
        if ack.journal != self.journal.id or self.journal.renewing:
            return None
        anchor = self.clock.learn(ack.uptime_ms, ack.utc_ms, now_ms) if ack.uptime_ms in self._asked else None
        if anchor:
            self.journal.anchor(anchor[0], anchor[1], 1)
        if ack.seq > max(self._sent_to, self.journal.inherited) or not self.journal.ack(ack.seq):
            # The store holds seqs that this journal never gave, or gave but never sent: its flash went back in time
            self.answered = False
            self.journal.renew()
            return anchor
        self._settled(ack.seq)
        if ack.uptime_ms in self._births:
            # A birth is answered when the collector sees it: what was sent before that may never have reached one
            self._rewind()
        self.answered = self.answered or self.clock.anchor is not None or not self._ask_again(now_ms)
        if ack.error is not None:
            self._refused(ack.first_seq, now_ms)
        return anchor

    def resend(self, journal, seq):
        """The store lost what it had acked above ``seq``."""
        if journal == self.journal.id and seq < self.journal.acked and not self.journal.renewing:
            self.journal.rewind(seq)
            self._rewind()

    def _birth(self, now_ms):
        self._birth_due_ms = now_ms + self._birth_patience.wait_ms
        self._birth_patience.grow()
        journal = self.journal
        journal.boots.running.reached(now_ms)
        self._ask(now_ms)
        self._births = self._births[-7:] + [now_ms]
        firmware, board = self.facts
        birth = State(
            True, self.session, firmware, board, journal.id, journal.boot, now_ms,
            journal.held, journal.acked, journal.last_seq, self.config_version(), journal.boots.spans(),
        )  # fmt: skip
        return "state", codec.encode("state", birth)

    def _ask_again(self, now_ms):
        """An answer came that told no time: late, or to a birth of long ago that a collector found when it started.

        Taps sent now would stay undated, so a birth goes again: at once if the last is too old to teach anything, then
        with growing patience. False when that was tried often enough in this boot.
        """
        if self._in_vain == MOST_IN_VAIN:
            return False
        if not self._births or self._birth_due_ms <= self._births[-1] + self._time_patience.wait_ms:
            return True  # one is due anyway
        self._in_vain += 1
        self._birth_due_ms = max(now_ms, self._births[-1] + self._time_patience.wait_ms)
        self._time_patience.grow()
        return True

    def _send(self, first_seq, last_seq, now_ms, place):
        """Builds the batch that begins at a seq and notes it as on the way, at its place in order.

        None where a survey must first tell of its boot.
        """
        most = 1 if first_seq <= self._singly_to else MOST_TAPS
        batch = self.journal.batch(first_seq, min(most, last_seq - first_seq + 1))
        if not self.journal.knows(batch.boot):
            return None
        taps = batch.taps
        if self._refusals.get(first_seq, 0) >= MOST_REFUSALS:
            taps = [(FACE_UNREADABLE, taps[0][1], 0)]
            batch = Batch(first_seq, batch.boot, taps, None)
        sent = Sent(first_seq, first_seq + len(taps) - 1, batch.boot, now_ms)
        self._flying.insert(place, sent)
        self._cursor = max(self._cursor, sent.last_seq + 1)
        self._sent_to = max(self._sent_to, sent.last_seq)
        return "taps", codec.encode("taps", self._message(batch, taps, now_ms))

    def _message(self, batch, taps, now_ms):
        chapter = self.journal.boots.of(batch.boot)
        uptime_ms, utc_ms, bounds = now_ms, None, None
        if batch.boot == self.journal.boot:
            utc_ms = self.clock.utc_at(now_ms)
            self._ask(now_ms)
            self._births = [at_ms for at_ms in self._births if at_ms != now_ms]  # such an ack answers the batch now
        elif chapter and chapter.anchor:
            uptime_ms, utc_ms = chapter.anchor
        else:
            uptime_ms = chapter.last_ms if chapter else taps[-1][1]
        if utc_ms is None:
            bounds = self.journal.boots.bounds(batch.boot)
        journal = self.journal
        return Taps(
            journal.id, batch.boot, uptime_ms, utc_ms, bounds, min(journal.held, batch.first_seq), journal.acked,
            batch.first_seq, batch.width_ms, tuple(taps),
        )  # fmt: skip

    def _ask(self, now_ms):
        if not self._asked or self._asked[-1] != now_ms:
            self._asked = self._asked[-7:] + [now_ms]

    def _rewind(self):
        """Everything unacked is to be sent again."""
        self._flying = []
        self._cursor = self.journal.acked + 1
        self._resend_patience.reset()

    def _settled(self, seq):
        """Forgets what lies at or below an acked seq."""
        before = len(self._flying)
        self._flying = [sent for sent in self._flying if sent.last_seq > seq]
        if len(self._flying) < before:
            self._resend_patience.reset()
        self._cursor = max(self._cursor, self.journal.acked + 1)
        if self._refusals:
            self._refusals = {s: n for s, n in self._refusals.items() if s > seq}
        if self.answered:
            self.journal.boots.forget_before(self._flying[0].boot if self._flying else self._oldest_boot())

    def _oldest_boot(self):
        """Nothing is on the way: chapters before the running one are done with once nothing is left to send."""
        return self.journal.boot if self.journal.unacked == 0 else self.journal.boots.chapters[0].boot

    def _refused(self, first_seq, now_ms):
        """The collector could not take a batch: its taps go one by one, so that one bad tap holds up no other."""
        blamed = [sent for sent in self._flying if first_seq is None or sent.first_seq == first_seq]
        if not blamed:
            return
        self._singly_to = max(self._singly_to, min(blamed[-1].last_seq, MAX_SEQ))
        if len(blamed) == 1 and blamed[0].first_seq == blamed[0].last_seq:
            seq = blamed[0].first_seq
            self._refusals[seq] = self._refusals.get(seq, 0) + 1
            if self._refusals[seq] == MOST_REFUSALS:
                self.refused += 1
            if self._refusals[seq] > MOST_REFUSALS:
                self._hold_until_ms = now_ms + self._resend_patience.wait_ms
                self._resend_patience.grow()
        patience_ms = self._resend_patience.wait_ms
        self._rewind()
        self._resend_patience.wait_ms = patience_ms

    def _begin_anew(self, now_ms):
        """A new journal took the place of the one that was talked about."""
        self._of = self.journal.id
        self._sent_to = 0
        self._refusals = {}
        self._singly_to = 0
        self._rewind()
        self.answered = False
        self._birth_due_ms = now_ms
        self._birth_patience.reset()
