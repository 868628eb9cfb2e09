"""Taps on flash until a collector has stored them, and the newest of them longer.

A seq is given once and never again. A tap is thanked only after it was read back. Only a stored ack lets a segment go,
oldest first. What cannot be read keeps its seq and is sent as face 0.
"""

from kiosk import record
from kiosk.backlog import Backlog
from kiosk.boots import Boots
from kiosk.folders import Folders
from kiosk.record import Alive, Anchor, Boot, Mark, Tap
from kiosk.shelf import SINCE_FILE

MARK_EVERY = 64  # acked taps after which the mark is worth a record of its own; taps carry it for nothing
RESERVE = 24  # records kept free of taps, for boots, anchors and marks
BLOCKS = 72  # of flash for segments; DESIGN says what else a Pico W's 212 hold
PAYS = 3  # quarters of a segment that what stands for it may take, so that thinning is worth its wear
MOST_STEPS = 4  # of thinning at once: the first may gain less than a block
AHEAD = 2  # blocks that thinning keeps free, so that no press waits for it
_FULL = 28  # ENOSPC, which MicroPython's errno does not name


class Journal:
    """``files`` as in board.files; ``entropy(n)`` gives n random bytes; ``capacity``: blocks for segments at most."""

    def __init__(self, files, board_id, entropy, capacity=BLOCKS):
        self.files = files
        self.capacity = capacity
        self.id = ""
        self.cause = 0
        self.boot = 0
        self.acked = 0
        self.next_seq = 1
        self.inherited = 0  # the last seq before this boot
        self.boots = Boots(0)
        self.renewal = None  # while a new journal is being made, and the old one removed
        self.folders = Folders(files, board_id, entropy)
        self._begun = False  # this boot's record is on flash
        self._stale = False  # a write failed: look again at what the flash kept
        self._marked = 0  # the acked mark that the flash knows
        self.surveyed = False  # all is known that can be of the boots that unacked taps belong to
        self._surveyed_for = -1  # the acked mark then
        self._reading = None  # a survey on its way
        self._read_from = 0  # and how often records had moved when it began
        self._passed = 0  # the number of the last segment whose taps are too rare to be thinned

    @property
    def last_seq(self):
        return self.next_seq - 1

    @property
    def unacked(self):
        """How many taps no stored ack has settled yet."""
        return self.last_seq - self.acked

    @property
    def held(self):
        """The oldest seq that is still here; last + 1 when there is none."""
        return self.backlog.held

    @property
    def renewing(self):
        """Whether these taps are to have other seqs: then none is sent."""
        return self.renewal is not None and not self.renewal.published

    @property
    def thinned(self):
        """How many taps lost their time since the journal was made."""
        return self.shelf.thinned

    def open(self, cause):
        """Finds or makes this board's journal and begins a boot. ``cause``: an index of wire.messages.RESET_CAUSES."""
        self.cause = cause
        found = self.folders.find()
        self.id, shelf = found or self.folders.make()
        self._use(shelf)
        if found:
            self._reload()
        self._begin()
        if self.files.size(SINCE_FILE) is not None and bytes(self.files.read(SINCE_FILE)).startswith(self.id.encode()):
            self.renew()  # a cut ended the last try

    def append(self, face, flags, uptime_ms):
        """Journals a tap and reads it back. Returns its seq, or None when it could not be kept: then no thanks."""
        capacity = self.capacity
        seq = self._append(face, flags, uptime_ms)
        if seq is None and self.capacity < capacity:  # the flash was found full: now there is room, or there can be
            seq = self._append(face, flags, uptime_ms)
        return seq

    def _append(self, face, flags, uptime_ms):
        if not self.is_ready() or not self._make_room(RESERVE):
            return None
        seq = self.next_seq
        lag = min(self.last_seq - self.acked, record.LAG_UNKNOWN)
        if not self._put(Tap(seq, face, flags, uptime_ms, lag)):
            return None
        self.next_seq = seq + 1
        if lag < record.LAG_UNKNOWN:
            self._marked = self.acked
        self.boots.running.reached(uptime_ms)
        return seq

    def anchor(self, uptime_ms, utc_ms, source):
        """Journals what the time was. ``source``: an index of wire.messages.CLOCK_SOURCES."""
        self.boots.running.anchored(uptime_ms, utc_ms)
        return self._note(Anchor(uptime_ms, utc_ms, source))

    def alive(self, uptime_ms):
        """Journals that the kiosk is up, so that an hour without a tap and without a network is not a gap."""
        self.boots.running.reached(uptime_ms)
        return self._note(Alive(uptime_ms))

    def ack(self, seq):
        """Takes a stored ack. False when it is beyond what this journal ever gave: its flash went back in time."""
        if seq > self.last_seq:
            return False
        if seq > self.acked:
            self.acked = seq
            if seq - self._marked >= MARK_EVERY:
                self.settle()
        return True

    def rewind(self, seq):
        """Lowers the acked mark: the store lost what it had acked."""
        if seq < self.acked:
            self.acked = max(seq, self.held - 1)
            self.surveyed = False
            self.settle()

    def tidy(self):
        """Makes room ahead of need: one step of thinning where the journal is nearly full. False: nothing to do.

        A step holds the buttons' thanks up for one segment read, at most as much written, and one file removed.
        """
        if self._stale or self.shelf.blocks() <= self.capacity - AHEAD or self.backlog.end_of_oldest() <= self.acked:
            return False
        return self.survey() or self.thin()

    def give_way(self):
        """Lets the oldest segment go, where it is stored, for whoever needs its block. False: there is none to give."""
        if self._stale or self.renewal or len(self.shelf.segments) < 2 or self.backlog.end_of_oldest() > self.acked:
            return False
        return self._try(self.shelf.drop_oldest)

    def settle(self):
        """Writes the acked mark where the flash does not know it yet."""
        if self._marked != self.acked and self._note(Mark(self.acked)):
            self._marked = self.acked

    def renew(self):
        """Has a new journal made, which carries this boot's unacked taps: no other journal has them."""
        if not self.renewing:
            from kiosk.renewal import Renewal  # seldom needed

            self.renewal = Renewal(self)

    def abandon_before(self, boot):
        """Drops the oldest segment if a boot had not begun at its end. False: there is none to drop."""
        segments = self.shelf.segments
        return len(segments) > 1 and segments[1][1] < boot and self._try(self.shelf.drop_oldest)

    def move(self, shelf, journal_id, boot, next_seq):
        """Goes on with a shelf that holds this boot's taps under new seqs, and the boot under a new number."""
        self._use(shelf)
        shelf.fold_began = shelf.tail_began = (boot, next_seq, 0)
        self.id = journal_id
        self.folders.generation += 1
        self.boot, self.next_seq = boot, next_seq
        self.acked = self._marked = self.inherited = 0
        running = self.boots.running
        running.boot = boot
        self.boots.chapters = [running]
        self.surveyed = False
        self._reading = None

    def survey(self):
        """Learns of the boots that the unacked taps belong to, and the last before them that knew the time.

        Reads about as much as a segment, once a boot and wherever what was learned does not do. False: all is known.
        """
        if self.surveyed:
            return False
        if self._reading is None or self._read_from != self.shelf.moved:
            self._read_from = self.shelf.moved
            self._reading = self._read_boots()
        reading, self._reading = self._reading, None
        for _ in reading:
            self._reading = reading  # there is more
            return True
        self.surveyed = True
        return False

    def knows(self, boot):
        """Whether all is known that can be of a boot; if not, a survey is due."""
        if self.boots.of(boot) is None and self._surveyed_for != self.acked:
            self.surveyed = False
            return False
        return True

    def batch(self, first_seq, most):
        """The taps from ``first_seq`` on, as in Backlog.batch."""
        return self.backlog.batch(first_seq, self.last_seq, most, self.boot)

    def _read_boots(self):
        self._surveyed_for = self.acked
        first = max(0, self.backlog.segment_of(self.acked + 1) - 1)
        while True:
            for _ in self.boots.survey(self.backlog.history(first), self.acked):
                yield
            if not first or any([c.anchor for c in self.boots.chapters[:-1]]):
                break
            first //= 2
            yield

    def _use(self, shelf):
        self.shelf = shelf
        self.backlog = Backlog(shelf)
        self._passed = 0

    def _begin(self):
        self.boot += 1
        self.inherited = self.last_seq
        self.boots = Boots(self.boot)
        self._begun = False
        self.is_ready()

    def _reload(self):
        """Learns where the journal stands from what is on flash."""
        self.shelf.open()
        end = self.backlog.find_end()
        self.boot, self.next_seq = max(self.boot, end.boot), end.next_seq
        self._marked = max(end.acked, self.held - 1)
        known = self.held - 1 if self._begun else self._marked  # later a rewind may be what the flash does not know
        self.acked = max(known, self.acked)

    def is_ready(self):
        """Whether the flash is in order and knows of this boot."""
        if self.renewal and self.renewal.in_doubt:
            return False  # this journal may not be the journal any more
        if self._stale:
            try:
                self._reload()
                self._stale = False
            except (OSError, MemoryError):
                return False
        if not self._begun:
            self._begun = self._make_room(0) and self._put(Boot(self.boot, self.cause, self.next_seq))
        return self._begun

    def _note(self, found):
        return self.is_ready() and self._make_room(0) and self._put(found)

    def _make_room(self, reserve):
        """Lets acked segments go until ``reserve`` records and one more fit, or thins some. False if nothing helps."""
        shelf = self.shelf
        steps = 0
        while shelf.segments and not self._fits(reserve):
            if self.backlog.end_of_oldest() > self.acked:
                if steps == MOST_STEPS or not self.thin():
                    return shelf.room() > reserve
                steps += 1
            elif not self._try(shelf.drop_oldest):
                return False
        return True

    def _fits(self, reserve):
        spare = self.capacity - self.shelf.blocks()
        return spare > 0 or (spare == 0 and self.shelf.room() > reserve)

    def thin(self):
        """Puts blocks in the place of the oldest exact segment's taps. False where that cannot be done now.

        A boot of which no survey told yet is thinned like one that never knew the time.
        """
        found = [i for i, s in enumerate(self.shelf.segments[:-1]) if not s[4] and s[0] > self._passed]
        return bool(found) and self._try(lambda: self._thin_segment(found[0]))

    def _thin_segment(self, index):
        number, boot, _, _, _, size = self.shelf.segments[index]
        from kiosk.thinning import Thinning  # seldom needed

        thinning = Thinning(self._anchor_of, size)
        for boot, found, raw in self.backlog.exact(index):
            thinning.take(boot, found, raw)
        content = thinning.end(number, self.shelf.thinned, self.shelf.segments[index + 1][1])
        if len(content) <= size * PAYS // 4:
            self.shelf.thin(index, content, thinning.taps)
        else:
            self._passed = number

    def _anchor_of(self, boot):
        chapter = self.boots.of(boot)
        return chapter and chapter.anchor

    def _put(self, found):
        boot = self.boot - 1 if isinstance(found, Boot) else self.boot
        return self._try(lambda: self.shelf.put(record.write(found), boot, self.next_seq, self.acked))

    def _try(self, step):
        """Does a step on flash. False when that refused: then the flash is looked at before the next one.

        Where others' files or worn blocks left less room than was meant, the segments take less from now on.
        """
        try:
            step()
        except (OSError, MemoryError) as e:
            self._stale = True
            if e.args and e.args[0] == _FULL:
                taken = self.shelf.blocks()
                self.capacity = min(self.capacity, max(taken - AHEAD, min(1, taken - 1), 0))
            return False
        return True
