"""A kiosk of the firmware's own parts (journal, uplink, clock) that speaks straight to an ingest; it moves the time."""

from kiosk.clock import Clock
from kiosk.journal import Journal
from kiosk.uplink import Uplink

from tests.kiosk.desk import Dice, MemoryFiles, Ticks, surveyed
from wire import codec, topic

APART_MS = 60_000  # beyond the response interval, and no run


class Firmware:
    """On ``files``, a flash. ``site`` says who ingests and what time it is, and may be another one at any moment."""

    def __init__(self, name, site, files=None, board="b0a2d1", capacity=8, seed=1):
        self.name, self.site = name, site
        self.files = files or MemoryFiles()
        self._board, self._capacity, self._dice = board, capacity, Dice(seed)
        self._session = seed * 1000
        self.asked_again = []  # the seqs of the commands to resend
        self.boot()

    def boot(self):
        """The power comes back."""
        self._ticks = Ticks()
        self._clock = Clock(self._ticks.read, self._ticks.diff)
        self.journal = Journal(self.files, self._board, self._dice.roll, self._capacity)
        self.journal.folders.belong_to(self.name)
        self.journal.open(0)
        self._uplink = Uplink(self.journal, self._clock, ("0.1.0", "desk"), lambda: 1)

    def clone(self, seed, board="b0a2d1"):
        """Another board on a copy of this one's flash, with the same settings."""
        copy = MemoryFiles()
        copy.content, copy.folders = dict(self.files.content), set(self.files.folders)
        return Firmware(self.name, self.site, copy, board, self._capacity, seed)

    def press(self, count, faces=(1, 2, 3, 4)):
        for number in range(count):
            self.pass_ms(APART_MS)
            assert self.journal.append(faces[number % len(faces)], 0, self._clock.uptime_ms())

    def pass_ms(self, ms):
        self._ticks.pass_ms(ms)
        self.site.now_ms += ms

    def connect(self):
        self._session += 1
        self._uplink.lost()
        self._uplink.connected(self._session, self._clock.uptime_ms())

    def say(self):
        """What it would publish now, one message as a delivery, or None."""
        if self.journal.renewal:
            self.journal.renewal.step(self._clock.uptime_ms())
        surveyed(self.journal)
        said = self._uplink.next(self._clock.uptime_ms())
        return None if said is None else (topic.of(self.name, said[0]), said[1])

    def hear(self, replies):
        """Publishes of the collector to this kiosk."""
        for name, payload in replies:
            leaf = topic.parse(name)[1]
            message = codec.decode(leaf, payload)
            if leaf == "ack":
                self._uplink.take_ack(message, self._clock.uptime_ms())
            elif leaf == "command" and message.action == "resend":
                self.asked_again.append(message.seq)
                self._uplink.resend(message.journal, message.seq)

    def settle(self):
        """Connects, and speaks until every tap has its stored ack."""
        self.connect()
        for _ in range(20_000):
            said = self.say()
            if said is not None:
                self.hear(self.site.ingest.take([said]))
            elif self.journal.unacked or self.journal.renewal or not self._uplink.answered:
                self.pass_ms(1000)
            else:
                return
        raise AssertionError(f"not settled: {self.journal.unacked} taps left")
