"""Where a journal's records lie: three files deep, because flash is worn by erases and not by bytes.

    tail      up to TAIL records, rewritten whole at every put; small enough to live inside its directory's metadata
    fold      up to FOLD records, rewritten whole once every TAIL puts; inline too
    <n>.<boot>.<seq>.<acked>   a segment of up to SEGMENT records, one flash block, appended to once every FOLD puts
    <n>.<boot>.<seq>.<acked>t  what thinning made of segment n and of those after it, up to four flash blocks
    thinned                    how many taps were thinned, written when the last thinned segment goes; inline
    began                      where the fold began, written when the only segment goes; inline

A segment's name (hex) carries its number, the boot that was running, the next seq and the acked mark when it began, so
that finding the end of the journal reads one file and not all of them.

``files`` must replace and append atomically: after a cut a file is as before or as after (a new one may be there and
empty). Each step leaves the records in at least one file; what a cut left in two is recognised, by its bytes or by the
number at the end of a thinned segment, and counted once.
"""

from kiosk import record
from kiosk.record import SIZE, Boot, Head, Mark, Thinned

ROOT = "journal"  # the folder of all of them
NEW = ROOT + "/new"  # one that is being made; what a cut left of it is thrown away
SINCE_FILE = (
    "renewal.kept"  # while one is being made, of the old one: "<id> <first boot to be carried> <UTC ms before>"
)
TAIL = 8
FOLD = 32
SEGMENT = 256  # records: 4,096 bytes, a flash block

_SPOILT = (5, 84)  # EIO, EILSEQ: littlefs's LFS_ERR_IO and LFS_ERR_CORRUPT
_TAIL_FILE = "now/tail"
_FOLD_FILE = "now/fold"
_THINNED_FILE = "now/thinned"
_BEGAN_FILE = "now/began"


class Shelf:
    """The records of one journal, oldest first. ``put`` says whether a record is safely on flash."""

    def __init__(self, files, folder):
        self.files = files
        self.folder = folder
        self.segments = []  # (number, boot, next seq, acked, 1 if thinned, bytes), oldest first; tuples are half a list
        self.moved = 0  # how often records went from where a reader may have read to
        self.thinned = 0  # taps, since the journal was made
        self.tail = b""
        self.fold = b""
        # (boot, next seq, acked) as they were before the first record of fold and tail; whoever opens the shelf knows
        self.fold_began = (0, 1, 0)
        self.tail_began = (0, 1, 0)
        self._number = 0  # of the newest segment, which may have gone

    def make(self):
        self.files.make_folder(self.folder + "/now")

    def open(self):
        """Reads the directory, the fold and the tail, and sorts out what a cut left in two places.

        Where the flash refuses in the middle, all is as before: from half of a shelf taps would look lost.
        """
        self.moved += 1
        before = self.segments, self.thinned, self.fold, self.tail
        try:
            self._look()
        except (OSError, MemoryError):
            self.segments, self.thinned, self.fold, self.tail = before
            raise

    def _look(self):
        self.segments = []
        for name in self.files.names(self.folder):
            if name != "now":
                thin = name.endswith("t")
                numbers = [int(part, 16) for part in name[: len(name) - thin].split(".")]
                self.segments.append(tuple(numbers) + (int(thin), self.files.size(self._path(name))))
        self.segments.sort(key=lambda s: (s[0], -s[4]))
        self._sort_out_thinned()
        if self.segments:
            self._number = max(self._number, self.segments[-1][0])
        self.fold = self._read(_FOLD_FILE)
        self.tail = self._read(_TAIL_FILE)
        if self.fold and self.segments:
            last = self.segments[-1]
            at = last[5] - len(self.fold)
            if at >= 0 and self.files.read_part(self._segment_path(last), at, len(self.fold)) == self.fold:
                self.fold = b""
        if self.fold.endswith(self.tail):
            self.tail = b""

    def room(self):
        """How many records fit before another segment must be begun."""
        left = SEGMENT * SIZE - self.segments[-1][5] if self.segments else 0
        return (left - len(self.fold) - len(self.tail)) // SIZE

    def blocks(self, first=0):
        """How many flash blocks the segments take, from one on."""
        return sum([max(1, (s[5] - 1) // (SEGMENT * SIZE) + 1) for s in self.segments[first:]])

    def put(self, raw, boot, next_seq, acked):
        """Appends one record and reads it back. ``boot``, ``next_seq`` and ``acked`` are those before this record.

        Raises OSError when the flash refuses; then ``open`` again before the next put, to see what it kept.
        """
        if len(self.tail) == TAIL * SIZE:
            self._fold_tail()
        if not self.tail:
            self.tail_began = (boot, next_seq, acked)
        tail = self.tail + raw
        self.files.write(self._path(_TAIL_FILE), tail)
        if self.files.read(self._path(_TAIL_FILE)) != tail:
            raise OSError("the flash does not read back what was written")
        self.tail = tail

    def shelve(self, content, began):
        """Appends up to FOLD records at once where fold and tail are empty, and reads them back.

        ``began``: (boot, next seq, acked) before them. Raises OSError; then this shelf is good for nothing more.
        """
        self.fold, self.fold_began = content, began
        self._shelve_fold()
        last = self.segments[-1]
        if self.files.read_part(self._segment_path(last), last[5] - len(content), len(content)) != content:
            raise OSError("the flash does not read back what was written")

    def records(self, segment=0, offset=0):
        """Yields ``(segment index, offset, 16 bytes)`` from a place on; index ``len(segments)`` is fold and tail."""
        while segment < len(self.segments):
            path, size = self._segment_path(self.segments[segment]), self.segments[segment][5]
            while offset < size:
                part = self._read_or_give_up(path, offset, min(512, size - offset))
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

    def _read_or_give_up(self, path, offset, length):
        """A part of a segment; what littlefs finds spoilt twice is as many records that nobody can read."""
        for _ in range(2):
            try:
                return self.files.read_part(path, offset, length)
            except OSError as e:
                if not e.args or e.args[0] not in _SPOILT:
                    raise
        return bytes(length)

    def drop_oldest(self):
        """Deletes the oldest segment."""
        if [s[4] for s in self.segments].count(1) == self.segments[0][4] == 1:
            self.files.write(self._path(_THINNED_FILE), record.write(Thinned(0, self.thinned, 0)))
        if len(self.segments) == 1:  # no name will tell any more where the fold began
            boot, seq, acked = self.fold_began if self.fold else self.tail_began
            began = record.write(Boot(boot, 0, seq)) + record.write(Mark(acked))
            self.files.write(self._path(_BEGAN_FILE), began)
        self._drop(0)

    def began(self):
        """(boot, next seq, acked) where the fold begins, or the tail, of a shelf that has no segment."""
        raw = self._read(_BEGAN_FILE)
        boot, mark = record.read(raw[:SIZE]), record.read(raw[SIZE:])
        return (boot.boot, boot.next_seq, mark.seq) if boot and mark else (0, 1, 0)

    def thin(self, index, content, taps):
        """Puts ``content`` in the place of a segment: ``taps`` of its taps lost their time."""
        self.moved += 1
        into = self.segments[index - 1] if index else None
        # Of four flash blocks three begin with pointers
        if into is None or not into[4] or into[5] + len(content) > (4 * SEGMENT - 1) * SIZE:
            into = self.segments[index][:4] + (1, 0)
        grown = into[:5] + (into[5] + len(content),)
        self.files.append(self._segment_path(into), content)
        if into[5]:
            self._drop(index)
            index -= 1
        else:
            self.files.remove(self._segment_path(self.segments[index]))
        self.segments[index] = grown
        self.thinned += taps

    def remove(self):
        """Deletes everything, and the folder."""
        while self.remove_one():
            pass

    def remove_one(self):
        """Deletes a file, or the folders once they are empty. False after that."""
        if self.segments:
            self._drop(0)
            return True
        for name in (_TAIL_FILE, _FOLD_FILE, _THINNED_FILE, _BEGAN_FILE):
            if self.files.size(self._path(name)) is not None:
                self.files.remove(self._path(name))
                return True
        self.files.remove_folder(self.folder + "/now")
        self.files.remove_folder(self.folder)
        return False

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
        self.moved += 1
        last = self.segments[-1] if self.segments else None
        if last is None or last[5] + len(self.fold) > SEGMENT * SIZE:
            last = (self._number + 1,) + self.fold_began + (0, 0)
        grown = last[:5] + (last[5] + len(self.fold),)  # before the step: what needs memory must not fail after it
        self.files.append(self._segment_path(last), self.fold)
        if self.segments and self.segments[-1] is last:
            self.segments[-1] = grown
        else:
            self.segments.append(grown)
            self._number = grown[0]
        self.fold = b""

    def _sort_out_thinned(self):
        """Learns how many taps were thinned, and deletes what a cut left in two forms."""
        before = record.read(self._read(_THINNED_FILE))
        self.thinned = before.total if before else 0
        for segment in [s for s in self.segments if s[4]]:
            at = self.segments.index(segment)
            if not segment[5]:
                self._drop(at)  # begun, and then came the cut
                continue
            done, total = self._thinned_by(segment)
            self.thinned = max(self.thinned, total)
            while self.segments[at + 1 :] and self.segments[at + 1][0] <= done:
                self._drop(at + 1)

    def _thinned_by(self, segment):
        """(number of the last segment that went into this thinned one, taps thinned in all until then)."""
        counted = 0  # by heads behind the last thinned record that can be read
        at = segment[5]
        while at:
            at -= SIZE
            found = record.read(self.files.read_part(self._segment_path(segment), at, SIZE))
            if isinstance(found, Thinned):
                return max(found.number, segment[0]), found.total + counted
            if isinstance(found, Head):
                counted += found.count
        return segment[0], self.thinned + counted

    def _path(self, name):
        return self.folder + "/" + name

    def _segment_path(self, segment):
        return self._path("%x.%x.%x.%x" % segment[:4] + "t" * segment[4])

    def _drop(self, index):
        self.moved += 1
        self.files.remove(self._segment_path(self.segments[index]))
        self.segments.pop(index)

    def _read(self, name):
        return b"" if self.files.size(self._path(name)) is None else self.files.read(self._path(name))
