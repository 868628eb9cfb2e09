"""Small whole things to put a kiosk's parts on: files in memory, a tick counter, dice."""

from kiosk import record
from kiosk.journal import Journal

NOW_UTC_MS = 1790000000000


class MemoryFiles:
    """Files as in board.files, in a dictionary; ``broken`` makes writes fail as a worn flash does."""

    root = "/nowhere"  # no slots lie there

    def __init__(self):
        self.content = {}
        self.folders = set()
        self.broken = False

    def names(self, folder):
        inside = folder + "/"
        found = set()
        for path in list(self.content) + list(self.folders):
            if path.startswith(inside):
                found.add(path[len(inside) :].split("/")[0])
        return sorted(found)

    def size(self, path):
        return len(self.content[path]) if path in self.content else None

    def read(self, path):
        if path not in self.content:
            raise OSError(2)
        return self.content[path]

    def read_part(self, path, offset, size):
        return self.read(path)[offset : offset + size]

    def write(self, path, content):
        if self.broken:
            raise OSError(5)
        self.content[path] = bytes(content)

    def append(self, path, content):
        self.write(path, self.content.get(path, b"") + content)

    def rename(self, old, new):
        for path in list(self.content):
            if path.startswith(old + "/"):
                self.content[new + path[len(old) :]] = self.content.pop(path)
        self.folders = {new + f[len(old) :] if (f + "/").startswith(old + "/") else f for f in self.folders}

    def remove(self, path):
        del self.content[path]

    def make_folder(self, path):
        self.folders.add(path)

    def remove_folder(self, path):
        self.folders.discard(path)

    def free(self):
        return 100000


class Unread(MemoryFiles):
    """A flash that takes what is written, and whose segments cannot be read while it says why."""

    why = None

    def read_part(self, path, offset, size):
        if self.why:
            raise self.why
        return super().read_part(path, offset, size)


class WornFiles(MemoryFiles):
    """The same on a flash that once keeps, or once reads, one bit of a file otherwise than it was written.

    ``spoil(name, at, keeps)``: of the next write of a file that ends with ``name``, bit ``at`` from its end; where it
    ``keeps`` that, it reads so from then on, else only at the next reading.
    """

    def __init__(self):
        super().__init__()
        self.spoilt = None  # (name, at, keeps) of a write to come
        self._misread = None  # (path, at) of a reading to come

    def spoil(self, name, at, keeps):
        self.spoilt = name, at, keeps

    def write(self, path, content):
        if self.spoilt and path.endswith(self.spoilt[0]):
            _, at, keeps = self.spoilt
            self.spoilt = None
            if keeps:
                content = _flipped(content, at)
            else:
                self._misread = path, at
        super().write(path, content)

    def read(self, path):
        content = super().read(path)
        if self._misread and self._misread[0] == path:
            content, self._misread = _flipped(content, self._misread[1]), None
        return content


def _flipped(content, at):
    content = bytearray(content)
    content[-1 - at // 8] ^= 1 << at % 8
    return bytes(content)


class Ticks:
    """A counter of ms that wraps at ``period``; ``pass_ms`` moves it."""

    def __init__(self, period=1 << 30, start=0):
        self.period = period
        self.now = start

    def pass_ms(self, ms):
        self.now = (self.now + ms) % self.period

    def read(self):
        return self.now

    def diff(self, new, old):
        half = self.period // 2
        return (new - old + half) % self.period - half


class Dice:
    """Bytes that look random and are the same every time."""

    def __init__(self, seed=1):
        self.state = seed

    def roll(self, n):
        out = bytearray()
        for _ in range(n):
            self.state = (self.state * 1103515245 + 12345) & 0x7FFFFFFF
            out.append(self.state >> 16 & 255)
        return bytes(out)

    def below(self, n):
        return int.from_bytes(self.roll(4), "big") % n


def a_journal(files=None, board="b0a2d1", dice=None, capacity=64):
    """A journal that has begun a boot."""
    journal = Journal(files or MemoryFiles(), board, (dice or Dice()).roll, capacity)
    journal.open(0)
    return journal


def press_all(journal, count, every_ms=1000, first_ms=1000):
    """Journals ``count`` taps with faces 1, 2, 3, 4, 1, ...; returns their seqs."""
    return [journal.append(1 + i % 4, 0, first_ms + i * every_ms) for i in range(count)]


def each_tap(journal, first_seq=1):
    """Yields every tap from a seq on as (seq, boot, face, uptime_ms, flags), read in batches."""
    seq = first_seq
    while seq <= journal.last_seq:
        batch = journal.batch(seq, 64)
        assert batch.first_seq == seq and batch.taps
        for face, uptime_ms, flags in batch.taps:
            yield seq, batch.boot, face, uptime_ms, flags
            seq += 1


def taps_of(journal, first_seq=1):
    """The same as a list."""
    return list(each_tap(journal, first_seq))


def surveyed(journal):
    """The journal once it has learned all about its boots."""
    while journal.survey():
        pass
    return journal


def renew_all(journal, now_ms=0):
    """Begins a new journal and takes every step of it; returns how many."""
    journal.renew()
    steps = 0
    while journal.renewal:
        assert journal.renewal.step(now_ms) or not journal.renewal, journal.renewal.why
        steps += 1
    return steps


def spoil_boot(files, boot):
    """Flips a bit in a boot's record, in a segment."""
    for path in files.content:
        content = files.content[path]
        for at in range(0, len(content) - len(content) % record.SIZE, record.SIZE):
            found = record.read(content[at : at + record.SIZE])
            if isinstance(found, record.Boot) and found.boot == boot and "/now/" not in path:
                files.content[path] = content[: at + 5] + bytes([content[at + 5] ^ 1]) + content[at + 6 :]
                return
    raise AssertionError("no such boot in a segment")
