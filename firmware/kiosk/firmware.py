"""Which firmware runs here, and how another comes over the air: fetched, tried, then kept or given up.

A new one is kept once a collector has answered it and it has run for KEEP_MS; one that hears no stored ack within
GIVE_UP_MS goes back by itself. One that hangs or does not start is boot.py's business.
"""

from binascii import a2b_base64

from kiosk.backoff import Patience
from kiosk.slots import Slots
from wire import codec
from wire.messages import Want

KEEP_MS = 120000
GIVE_UP_MS = 600000
WANT_MS = 10000  # without an answer a piece is asked for again; doubles
MOST_WANT_MS = 300000


class Firmware:
    """``key``: bytes that updates are signed with, or None. ``plain``: the version to tell where there is no slot.

    ``restart()`` restarts the board; ``give_way()`` as in kiosk.update.
    """

    def __init__(self, files, key, plain, restart, give_way):
        self.files = files
        self.key = key
        self.restart = restart
        self.give_way = give_way
        self.slots = Slots(files.root)
        self.version = (self.slots.is_slotted and self.slots.version(self.slots.running)) or plain
        self.answered = False  # a stored ack came in this boot
        self._update = None
        self._failed = None  # (version, a sentence) of an update that was not even tried
        self._due_ms = 0
        self._patience = Patience(WANT_MS, MOST_WANT_MS)

    def order(self, version, size, now_ms):
        """Begins to fetch a version whose manifest has ``size`` bytes. Returns a word for the log."""
        if not self.slots.is_slotted:
            return "not obeyed: this firmware does not run from a slot"
        if self.slots.on_trial:
            return "not obeyed: this firmware is on trial itself"
        if version == self.version:
            return "this version runs already"
        if self._update and self._update.version == version:
            return "is being fetched"
        from kiosk.update import Update  # seldom needed, and not small

        self._failed = None
        self._update = Update(self.files, self.slots.other, self.key, version, size, self.give_way)
        self.connected(now_ms)
        self._look()
        return self._failed[1] if self._failed else "is being fetched"

    def connected(self, now_ms):
        """What was asked for on an earlier connection is asked for again."""
        self._due_ms = now_ms
        self._patience.reset()

    def want(self, now_ms):
        """The payload that asks for the next piece, or None when nothing is to be asked for now."""
        update = self._update
        wanted = update and update.want()
        if not update or not wanted or now_ms < self._due_ms:
            return None
        self._due_ms = now_ms + self._patience.wait_ms
        self._patience.grow()
        return codec.encode("want", Want(update.version, wanted[0], wanted[1]))

    def due_ms(self, now_ms):
        """Milliseconds until there is something to do or to ask for, or None."""
        if self.busy:
            return 0
        return max(0, self._due_ms - now_ms) if self._update and self._update.want() else None

    @property
    def busy(self):
        """Whether ``work`` has something to do."""
        return self._update is not None and self._update.busy

    def work(self, now_ms):
        """Does one piece of what lies between two files. True when the update ended with it, well or badly."""
        update = self._update
        if update is None or not update.busy:
            return False
        try:
            update.step()
        except (OSError, MemoryError):
            update.why = "the flash refused a step of the update"
        self.connected(now_ms)
        return self._look()

    def take(self, piece, now_ms):
        """A piece that came. True when the update ended with it, well or badly."""
        if not self._update:
            return False
        before = self._update.want()
        try:
            self._update.take(piece.version, piece.file, piece.offset, piece.size, a2b_base64(piece.data))
        except (OSError, MemoryError):
            self._update.why = "the flash took no piece of " + piece.file
        if self._update.want() != before:
            self.connected(now_ms)
        return self._look()

    def tend(self, now_ms):
        """Keeps what is on trial, or gives it up; called every few seconds. True when there is news to tell."""
        if not self.slots.on_trial:
            return False
        try:
            if self.answered and now_ms >= KEEP_MS:
                self.slots.keep()
                return True
            if not self.answered and now_ms >= GIVE_UP_MS:
                self.slots.give_up("no stored ack within %d s" % (GIVE_UP_MS // 1000))
                self.restart()
        except OSError:
            pass  # the flash refuses: the next time
        return False

    def news(self):
        """Health's (state, version, reason)."""
        if self._update:
            return "fetching", self._update.version, None
        if self._failed:
            return "rolled_back", self._failed[0], self._failed[1]
        return self.slots.news() if self.slots.is_slotted else ("none", None, None)

    def _look(self):
        """Whether the update has come to its end: then the new firmware starts, or is forgotten."""
        update = self._update
        if update is None:
            return False
        if update.ready:
            try:
                self.slots.try_other()
                self.restart()
                return True
            except OSError:
                update.why = "the flash took no pointer to the new firmware"
        if update.why:
            self._failed = update.version, update.why
            self._update = None
        return self._update is None
