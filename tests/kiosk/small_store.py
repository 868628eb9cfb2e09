"""What a collector does with taps, in a dictionary: it keeps each once and answers with a mark."""

from wire.messages import Ack


class Store:
    """Keeps taps under (journal, seq), advances a contiguous mark; what it refuses is up to ``refuses``."""

    def __init__(self, refuses=()):
        self.refuses = refuses  # a tap that makes a batch unreadable, by seq
        self.taps = {}  # {(journal, seq): (boot, face, uptime_ms)}
        self.marks = {}
        self.conflicts = 0

    def take(self, leaf, message, utc_ms):
        """The stored ack to a message."""
        error = first_seq = None
        if leaf == "taps":
            if any(message.first_seq + i in self.refuses and tap[0] for i, tap in enumerate(message.taps)):
                error, first_seq = "a tap is not right", message.first_seq
            else:
                self._store(message)
        mark = self.marks.get(message.journal, 0)
        mark = max(mark, message.held - 1)  # below it the kiosk has nothing: known missing
        while (message.journal, mark + 1) in self.taps:
            mark += 1
        self.marks[message.journal] = mark
        return Ack(message.journal, mark, message.uptime_ms, utc_ms, error, first_seq)

    def _store(self, message):
        for i, (face, uptime_ms, _) in enumerate(message.taps):
            key = message.journal, message.first_seq + i
            tap = message.boot, face, uptime_ms
            if face == 0:
                self.taps.setdefault(key, tap)
            elif key in self.taps and self.taps[key][1]:
                self.conflicts += self.taps[key] != tap
            else:
                self.taps[key] = tap
