"""A journal read from its shelf: where it ends, the taps from a seq on, and what its boots tell."""

from collections import namedtuple

from kiosk import record
from kiosk.record import SIZE, Boot, Faces, Head, Mark, Tap, Thinned

PIECE = 256  # records read before others may have the processor: a flash block, 38 ms on a Pico
UNREADABLE = 0  # the face of a tap whose record cannot be read
THINNED = 2  # wire.messages.FLAG_THINNED
FIRST_BOOT = 1  # of records before which no boot was: their boot's own record cannot be read

End = namedtuple("End", ("boot", "next_seq", "acked"))

Batch = namedtuple("Batch", ("first_seq", "boot", "taps", "width_ms"))
"""Taps of one boot, seqs contiguous: ``taps`` holds (face, uptime_ms, flags). ``width_ms``: None, or the span of each:
then they are of one block, thinned, and ``uptime_ms`` is where the span begins."""

Block = namedtuple("Block", ("seq", "count", "uptime_ms", "width_ms", "bits"))
"""A readable head and its faces."""


class Backlog:
    """Reads a Shelf. Every seq from ``held`` to the last is there: one without a readable record has face 0."""

    def __init__(self, shelf):
        self.shelf = shelf
        self.unreadable = 0
        self._counted = 0  # unreadable taps up to this seq have been counted
        self._left_at = None  # (segment number, 1 if thinned, offset, boot, next seq): where the last batch ended

    @property
    def held(self):
        return self._began(0)[1]

    def segment_of(self, seq):
        """The index of the segment that holds a seq; ``len(segments)``: the fold and the tail."""
        index = len(self.shelf.segments)
        while index and self._began(index)[1] > seq:
            index -= 1
        return index

    def end_of_oldest(self):
        """The last seq in the oldest segment."""
        return self._began(1)[1] - 1

    def find_end(self):
        """Reads no more than the last segment, fold and tail.

        An unreadable record at the very end may have been a tap, or the head of a block: no seq is given again.
        """
        last = max(0, len(self.shelf.segments) - 1)
        boot, seq, acked = self.shelf.segments[last][1:4] if self.shelf.segments else self.shelf.began()
        behind_head = False
        for index, offset, raw in self.shelf.records(last):
            if index == len(self.shelf.segments):
                if offset == 0:
                    self.shelf.fold_began = (boot, seq, acked)
                if offset == len(self.shelf.fold):
                    self.shelf.tail_began = (boot, seq, acked)
            found = record.read(raw)
            if found is None:
                seq += 1
            elif isinstance(found, Boot):
                boot, seq = found.boot, max(seq, found.next_seq)
            elif isinstance(found, Tap):
                seq = found.seq + 1
                if found.lag < record.LAG_UNKNOWN:
                    acked = found.seq - 1 - found.lag
            elif isinstance(found, Head):
                seq = found.seq + found.count
            elif isinstance(found, Mark):
                acked = found.seq
            elif isinstance(found, Faces) and not behind_head:
                seq += 4 * len(found.bits) - 1
            behind_head = isinstance(found, Head)
        if seq > 1:
            boot = max(boot, FIRST_BOOT)
        if not self.shelf.fold and not self.shelf.tail:
            self.shelf.fold_began = self.shelf.tail_began = (boot, seq, acked)
        return End(boot, seq, acked)

    def history(self, index):
        """Yields ``(boot, record)`` of what tells about boots, from a segment on, and None after each PIECE.

        Of taps in a row only the last, the others being between: to read them all of a long backlog takes seconds.
        """
        boot = self._began(index)[0]
        before = last = None
        read = 0
        for here, _, raw in self.shelf.records(index):
            if here != index:
                yield from _told(boot, before, last)
                before = last = None
                index, boot = here, self._began(here)[0]  # if a boot's record cannot be read, the next segment tells
            if read == PIECE:
                read = 0
                yield None
            read += 1
            if raw[0] >> 4 in record.OF_TAPS:
                before, last = last, raw
                continue
            found = record.read(raw)
            if found is None:
                continue
            yield from _told(boot, before, last)
            before = last = None
            if isinstance(found, (Boot, Thinned)):
                boot = found.boot
            if boot:
                yield boot, found
        yield from _told(boot, before, last)

    def exact(self, index):
        """Yields ``(boot, record, raw)`` of every readable record of one segment."""
        boot = self._began(index)[0]
        for here, _, raw in self.shelf.records(index):
            if here != index:
                break
            found = record.read(raw)
            if isinstance(found, Boot):
                boot = found.boot
            if found is not None:
                yield boot, found, raw

    def batch(self, first_seq, last_seq, most, running):
        """At most ``most`` taps from ``first_seq`` to ``last_seq``, of one boot, ``running`` if none says which.

        What was thinned comes a block a batch.
        """
        taps = []
        boot, seq, at_ms, width_ms = None, first_seq, 0, None
        for place, here, found in self._taps_from(first_seq):
            thinned = isinstance(found, Block)
            end = found.seq + (found.count if thinned else 1)
            if end <= seq:
                continue
            if boot is None:
                boot, at_ms = here, found.uptime_ms
            while seq < found.seq and len(taps) < most:
                taps.append((UNREADABLE, at_ms, 0))
                self._count(seq)
                seq += 1
            if here != boot or len(taps) == most or (thinned and taps):
                break
            at_ms = found.uptime_ms
            while seq < end and len(taps) < most:
                taps.append(_of_block(found, seq) if thinned else (found.face, at_ms, found.flags))
                seq += 1
            if seq == end and place[0] < len(self.shelf.segments):
                segment = self.shelf.segments[place[0]]
                self._left_at = (segment[0], segment[4], place[1] + SIZE, boot, seq)
            if thinned:
                width_ms = found.width_ms
            if thinned or len(taps) == most:
                break
        else:
            while seq <= last_seq and len(taps) < most:
                taps.append((UNREADABLE, at_ms, 0))
                self._count(seq)
                seq += 1
        return Batch(first_seq, running if boot is None else boot, taps, width_ms)

    def _taps_from(self, seq):
        """Yields ``((index, offset), boot, tap or block)`` of the readable ones that do not end before a seq."""
        index, offset = self.segment_of(seq), 0
        boot = self._began(index)[0]
        left = self._left_at
        if left and left[4] == seq and index < len(self.shelf.segments):
            segment = self.shelf.segments[index]
            if (segment[0], segment[4]) == left[:2]:
                offset, boot = left[2], left[3]
        head = None
        for here, at, raw in self.shelf.records(index, offset):
            found = record.read(raw)
            if here != index:
                index, boot = here, self._began(here)[0]  # if a boot's record cannot be read, the next segment tells
            if isinstance(found, (Boot, Thinned)):
                boot = found.boot
            elif isinstance(found, Tap):
                if found.seq >= seq:
                    yield (here, at), boot, found
            elif isinstance(found, Faces) and head and head.seq + head.count > seq:
                yield (here, at), boot, Block(*(head + found))
            head = found if isinstance(found, Head) else None

    def _began(self, index):
        """(boot, next seq, acked) where a segment begins; ``len(segments)``: where fold and tail do."""
        if index < len(self.shelf.segments):
            began = self.shelf.segments[index][1:4]
        else:
            began = self.shelf.fold_began if self.shelf.fold else self.shelf.tail_began
        return began if began[0] else (FIRST_BOOT,) + began[1:]

    def _count(self, seq):
        if seq > self._counted:
            self._counted = seq
            self.unreadable += 1


def _told(boot, before, last):
    """Yields ``(boot, tap or block)`` if the last of two raw records, each may be None, can be read as one."""
    before, last = [raw and record.read(raw) for raw in (before, last)]
    if isinstance(last, Faces) and isinstance(before, Head):
        last = Block(*(before + last))
    if boot and isinstance(last, (Tap, Block)):
        yield boot, last


def _of_block(block, seq):
    """(face, uptime_ms, flags) of one tap in a block."""
    at = seq - block.seq
    return 1 + (block.bits[at >> 2] >> 2 * (at & 3) & 3), block.uptime_ms, THINNED
