"""Where a journal's records lie: three files deep, because flash is worn by erases and not by bytes.

    tail      up to TAIL records, rewritten whole at every put; small enough to live inside its directory's metadata
    fold      up to FOLD records, rewritten whole once every TAIL puts; inline too
    <n>.<boot>.<seq>  a segment of up to SEGMENT records, one flash block, appended to once every FOLD puts

A segment's name (hex) carries its number, the boot that was running and the next seq when it began, so that finding
the end of the journal reads one file and not all of them.

``files`` must replace and append atomically: after a cut a file is as before or as after (a new one may be there and
empty). Each step leaves the records
in at least one file; what a cut left in two is recognised by its bytes and counted once.
"""

from kiosk.record import SIZE

TAIL = 8
FOLD = 32
SEGMENT = 256  # records: 4,096 bytes, a flash block

_TAIL_FILE = "now/tail"
_FOLD_FILE = "now/fold"


class Shelf:
    """The records of one journal, oldest first. ``put`` says whether a record is safely on flash."""

    def __init__(self, files, folder):
        self.files = files
        self.folder = folder
        self.segments = []  # [number, boot, next seq, bytes], oldest first
        self.tail = b""
        self.fold = b""
        # (boot, next seq) as they were before the first record of fold and tail; whoever opens the shelf knows
        self.fold_began = (0, 1)
        self.tail_began = (0, 1)

    def make(self):
        self.files.make_folder(self.folder + "/now")

    def open(self):
        """Reads the directory, the fold and the tail, and sorts out what a cut left in two places."""
        self.segments = []
        for name in self.files.names(self.folder):
            if name != "now":
                number, boot, seq = [int(part, 16) for part in name.split(".")]
                self.segments.append([number, boot, seq, self.files.size(self._path(name))])
        self.segments.sort(key=lambda s: s[0])
        self.fold = self._read(_FOLD_FILE)
        self.tail = self._read(_TAIL_FILE)
        if self.fold and self.segments:
            last = self.segments[-1]
            name, size = last[:3], last[3]
            at = size - len(self.fold)
            if at >= 0 and self.files.read_part(self._segment_path(name), at, len(self.fold)) == self.fold:
                self.fold = b""
        if self.fold.endswith(self.tail):
            self.tail = b""

    def room(self):
        """How many records fit before another segment must be begun."""
        left = SEGMENT * SIZE - self.segments[-1][3] if self.segments else 0
        return (left - len(self.fold) - len(self.tail)) // SIZE

    def put(self, raw, boot, next_seq):
        """Appends one record and reads it back. ``boot`` and ``next_seq`` are those before this record.

        Raises OSError when the flash refuses; then ``open`` again before the next put, to see what it kept.
        """
        if len(self.tail) == TAIL * SIZE:
            self._fold_tail()
        if not self.tail:
            self.tail_began = (boot, next_seq)
        tail = self.tail + raw
        self.files.write(self._path(_TAIL_FILE), tail)
        if self.files.read(self._path(_TAIL_FILE)) != tail:
            raise OSError("the flash does not read back what was written")
        self.tail = tail

    def records(self, segment=0, offset=0):
        """Yields ``(segment index, offset, 16 bytes)`` from a place on; index ``len(segments)`` is fold and tail."""
        while segment < len(self.segments):
            number, boot, seq, size = self.segments[segment]
            path = self._segment_path((number, boot, seq))
            while offset < size:
                part = self.files.read_part(path, offset, min(512, size - offset))
                if not part:
                    break
                for at in range(0, len(part), SIZE):
                    yield segment, offset + at, part[at : at + SIZE]
                offset += len(part)
            segment += 1
            offset = 0
        recent = self.fold + self.tail
        for at in range(offset, len(recent), SIZE):
            yield segment, at, recent[at : at + SIZE]

    def drop_oldest(self):
        """Deletes the oldest segment."""
        self.files.remove(self._segment_path(self.segments[0][:3]))
        self.segments.pop(0)

    def remove(self):
        """Deletes everything, and the folder."""
        for name in (_TAIL_FILE, _FOLD_FILE):
            if self.files.size(self._path(name)) is not None:
                self.files.remove(self._path(name))
        while self.segments:
            self.drop_oldest()
        self.files.remove_folder(self.folder + "/now")
        self.files.remove_folder(self.folder)

    def _fold_tail(self):
        if len(self.fold) + len(self.tail) > FOLD * SIZE:
            self._shelve_fold()
        if not self.fold:
            self.fold_began = self.tail_began
        fold = self.fold + self.tail
        self.files.write(self._path(_FOLD_FILE), fold)
        self.fold = fold
        self.tail = b""

    def _shelve_fold(self):
        last = self.segments[-1] if self.segments else None
        if last is None or last[3] + len(self.fold) > SEGMENT * SIZE:
            number = last[0] + 1 if last else 1
            last = [number, self.fold_began[0], self.fold_began[1], 0]
        self.files.append(self._segment_path(last[:3]), self.fold)
        if not self.segments or self.segments[-1] is not last:
            self.segments.append(last)
        last[3] += len(self.fold)
        self.fold = b""

    def _path(self, name):
        return self.folder + "/" + name

    def _segment_path(self, name):
        return self._path("%x.%x.%x" % tuple(name[:3]))

    def _read(self, name):
        return b"" if self.files.size(self._path(name)) is None else self.files.read(self._path(name))
