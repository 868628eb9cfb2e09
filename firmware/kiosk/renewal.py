"""Unsent taps on their way to a new journal, because the flash went back in time: their seqs were given before.

Carried are the taps since that was found out, which no other journal has: the running boot's, and those of boots before
it in which a power cut ended a renewal. A step at a time, so that no press waits for long. Until the rename at its end
the old journal is the journal and takes every press: a cut, or a flash that refuses, costs nothing but a new beginning.
"""

from kiosk import record, shelf
from kiosk.record import SIZE, Anchor, Boot, Faces, Head, Tap
from kiosk.shelf import NEW, ROOT, SINCE_FILE, Shelf

RETRY_MS = 60000
SPARE_BLOCKS = 8  # of flash beside the segments: two folders, and what littlefs moves
MOST_BATCHES = 8  # read in a step


class Renewal:
    """``step`` takes it further. ``why``: what went wrong last, in a sentence, or None."""

    def __init__(self, journal):
        self.journal = journal
        self.files = journal.files
        self.published = False  # the new journal is the journal; the old one may still be there
        self.in_doubt = False  # whether the rename was done is not known: until it is, no press is taken
        self.why = None
        self._name = ("", "")  # (id, folder) of the new journal, the same at every try
        self._now_ms = 0
        self._due_ms = 0
        self._since = 0
        self._after_ms = None  # UTC: the first boot that is carried lies after it
        self._begin()

    def _begin(self):
        self._steps = self._run()
        self._shelf = Shelf(self.files, NEW)
        self._boot = 0  # the last in the new journal
        self._of = 0  # and which of the old one's it is
        self._next_seq = 1
        self._anchor = None  # the last that the new journal has of its last boot

    def step(self, now_ms):
        """Does one piece of work: one file removed, thinned, written or renamed, or two small ones. False: none now."""
        self._now_ms = now_ms
        try:
            if self.in_doubt:
                self._clear_up()
            if not self.published and not self.journal.is_ready():
                raise OSError("the flash is out of order")
            return next(self._steps) is not False
        except StopIteration:
            self.journal.renewal = None
        except (OSError, MemoryError) as e:
            if self.in_doubt:
                return False
            self._due_ms = now_ms + RETRY_MS
            if self.published:
                self._steps = self._leave()
            else:
                self.why = "the flash refused a new journal (%s); the old one stays until it takes it" % e
                self._begin()
        return False

    def _run(self):
        journal, files = self.journal, self.files
        self._recall()
        yield
        while journal.survey():
            yield
        self._bound()
        yield
        for _ in _removed(Shelf(files, NEW)):
            yield
        while self._now_ms < self._due_ms:
            yield False
        while journal.abandon_before(self._since):
            yield
        self._seq = max(journal.acked + 1, journal.held)  # the next to carry
        while self._lacks_room() and journal.thin():
            yield
        for folder in (ROOT, NEW, NEW + "/now"):
            files.make_folder(folder)
            yield
        while not self._carry():
            yield
        self._publish()
        yield
        for _ in self._leave():
            yield

    def _leave(self):
        """What is left of the old journal."""
        while self._now_ms < self._due_ms:
            yield False
        for _ in _removed(self._old):
            yield
        if self.files.size(SINCE_FILE) is not None:
            self.files.remove(SINCE_FILE)

    def _recall(self):
        """Learns the first boot whose taps are to be carried: the running one, unless a cut ended an earlier try."""
        journal = self.journal
        self._since, self._after_ms = journal.boot, None
        if self.files.size(SINCE_FILE) is not None:
            said = bytes(self.files.read(SINCE_FILE)).split()
            if said[:1] == [journal.id.encode()] and all([word.isdigit() for word in said[1:]]) and len(said) > 1:
                self._since = min(int(said[1]), journal.boot)
                self._after_ms = int(said[2]) if len(said) > 2 else None
                return
        self._remember()

    def _bound(self):
        """Keeps what bounds the first boot that is carried: the journal is to lose its beginning."""
        after_ms = self.journal.boots.bounds(self._since)[0]
        if self._after_ms is None and after_ms is not None:
            self._after_ms = after_ms
            self._remember()

    def _remember(self):
        said = "%s %d" % (self.journal.id, self._since)
        self.files.write(SINCE_FILE, (said if self._after_ms is None else "%s %d" % (said, self._after_ms)).encode())

    def _lacks_room(self):
        """Whether the flash has no room for a second copy of what is carried."""
        journal = self.journal
        blocks = journal.shelf.blocks(journal.backlog.segment_of(self._seq)) + SPARE_BLOCKS
        return self.files.free() < blocks * shelf.SEGMENT * SIZE

    def _carry(self):
        """Carries up to a fold of records. True: nothing is left, and the new journal knows the running boot."""
        journal = self.journal
        began = self._boot, self._next_seq, 0
        raws = []
        for _ in range(MOST_BATCHES):
            room = shelf.FOLD - len(raws) - 4  # a boot and its anchor, and before the first what bounds it
            if self._seq > journal.last_seq or room < 2:
                break
            earlier = journal.inherited + 1 - self._seq
            batch = journal.backlog.batch(
                self._seq, journal.last_seq, min(room, earlier) if earlier > 0 else room, journal.boot
            )
            self._seq += len(batch.taps)
            boot = batch.boot if earlier > 0 else journal.boot  # though its own record may be unreadable
            if boot >= self._since:
                self._begin_boot(boot, raws)
                self._take(batch, raws)
        caught_up = self._seq > journal.last_seq
        if caught_up and len(raws) <= shelf.FOLD - 4:
            self._begin_boot(journal.boot, raws)
            self._tell_time(raws)  # it may have been learned after the boot began here
        if raws:
            self._shelf.shelve(b"".join([record.write(raw) for raw in raws]), began)
        return caught_up and self._of == journal.boot

    def _begin_boot(self, boot, found):
        if boot == self._of:
            return
        self._of = boot
        if (
            not self._boot and self._after_ms is not None
        ):  # a boot that never knew the time lies after this all the same
            self._boot = 1
            found.append(Boot(1, self.journal.cause, 1))
            found.append(Anchor(0, self._after_ms, 0))
        self._boot += 1
        found.append(Boot(self._boot, self.journal.cause, self._next_seq))
        self._anchor = None
        self._tell_time(found)

    def _tell_time(self, found):
        """Adds the anchor of the boot that is being carried where the new journal does not have it yet."""
        chapter = self.journal.boots.of(self._of)
        if chapter and chapter.anchor and chapter.anchor != self._anchor:
            self._anchor = chapter.anchor
            found.append(Anchor(chapter.anchor[0], chapter.anchor[1], 0))

    def _take(self, batch, found):
        """Adds what stands for a batch's taps under their new seqs."""
        seq, taps = self._next_seq, batch.taps
        self._next_seq += len(taps)
        if batch.width_ms is None:
            for face, uptime_ms, flags in taps:
                found.append(Tap(seq, face, flags, uptime_ms, min(seq - 1, record.LAG_UNKNOWN)))
                seq += 1
            return
        bits = 0
        for tap in reversed(taps):
            bits = bits << 2 | tap[0] - 1
        found.append(Head(seq, len(taps), taps[0][1]))
        found.append(Faces(batch.width_ms, bits.to_bytes(8, "little")))

    def _publish(self):
        """The one step after which the new journal is the journal."""
        if not self._name[0]:
            self._name = self.journal.folders.next_name()
        self._old = self.journal.shelf
        self.in_doubt = True
        try:
            self.files.rename(NEW, self._name[1])
        except OSError:
            if self._is_new():
                self.in_doubt = False
                raise
        self._move()

    def _clear_up(self):
        """The last step ended in the middle. Raises OSError while the flash does not tell how far it came."""
        if self._is_new():
            self.in_doubt = False
            raise OSError("it was not renamed")
        self._move()
        self._steps = self._leave()

    def _is_new(self):
        return NEW[len(ROOT) + 1 :] in self.files.names(ROOT)

    def _move(self):
        journal = self.journal
        journal_id, self._shelf.folder = self._name
        journal.move(self._shelf, journal_id, self._boot, self._next_seq)
        self.published = True
        self.in_doubt = False


def _removed(old):
    """Deletes a shelf's files and folders, one at each turn of a loop."""
    old.open()
    yield
    while old.remove_one():
        yield
    yield
