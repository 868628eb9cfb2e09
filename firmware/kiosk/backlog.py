"""A journal read from its shelf: where it ends, the taps from a seq on, and what its boots tell."""

from collections import namedtuple

from kiosk import record
from kiosk.record import SIZE, Boot, Mark, Tap

UNREADABLE = 0  # the face of a tap whose record cannot be read

End = namedtuple("End", ("boot", "next_seq", "acked"))

Batch = namedtuple("Batch", ("first_seq", "boot", "taps", "width_ms"))
"""Taps of one boot, seqs contiguous: ``taps`` holds (face, uptime_ms, flags). ``width_ms``: of thinned ones."""


class Backlog:
    """Reads a Shelf. Every seq from ``held`` to the last is there: one without a readable record has face 0."""

    def __init__(self, shelf):
        self.shelf = shelf
        self.unreadable = 0
        self._counted = 0  # unreadable taps up to this seq have been counted
        self._left_at = None  # (segment number, offset, boot, next seq): where the last batch ended

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
        """Reads no more than the last segment, fold and tail, unless those do not say how far the acks went.

        An unreadable record at the very end may have been a tap: its seq is not given again.
        """
        last = max(0, len(self.shelf.segments) - 1)
        boot, seq = (self.shelf.segments[last][1], self.shelf.segments[last][2]) if self.shelf.segments else (0, 1)
        acked = None
        for index, offset, raw in self.shelf.records(last):
            if index == len(self.shelf.segments):
                if offset == 0:
                    self.shelf.fold_began = (boot, seq)
                if offset == len(self.shelf.fold):
                    self.shelf.tail_began = (boot, seq)
            found = record.read(raw)
            if found is None:
                seq += 1
            elif isinstance(found, Boot):
                boot, seq = found.boot, max(seq, found.next_seq)
            elif isinstance(found, Tap):
                seq = found.seq + 1
            acked = _acked_by(found, acked)
        if not self.shelf.fold and not self.shelf.tail:
            self.shelf.fold_began = self.shelf.tail_began = (boot, seq)
        while acked is None and last:
            last -= 1
            for index, _, raw in self.shelf.records(last):
                if index > last:
                    break
                acked = _acked_by(record.read(raw), acked)
        return End(boot, seq, acked or 0)

    def history(self, index):
        """Yields ``(boot, record)`` of every readable record from a segment on."""
        boot = self._began(index)[0]
        for _, _, raw in self.shelf.records(index):
            found = record.read(raw)
            if isinstance(found, Boot):
                boot = found.boot
            if found is not None and boot:
                yield boot, found

    def batch(self, first_seq, last_seq, most, running):
        """At most ``most`` taps from ``first_seq`` to ``last_seq``, of one boot, ``running`` if none says which."""
        taps = []
        boot, seq, at_ms = None, first_seq, 0
        for place, here, tap in self._taps_from(first_seq):
            if boot is None:
                boot, at_ms = here, tap.uptime_ms
            while seq < tap.seq and len(taps) < most:
                taps.append((UNREADABLE, at_ms, 0))
                self._count(seq)
                seq += 1
            if here != boot or len(taps) == most:
                break
            at_ms = tap.uptime_ms
            taps.append((tap.face, at_ms, tap.flags))
            seq += 1
            if place[0] < len(self.shelf.segments):
                self._left_at = (self.shelf.segments[place[0]][0], place[1] + SIZE, boot, seq)
            if len(taps) == most:
                break
        else:
            while seq <= last_seq and len(taps) < most:
                taps.append((UNREADABLE, at_ms, 0))
                self._count(seq)
                seq += 1
        return Batch(first_seq, running if boot is None else boot, taps, None)

    def _taps_from(self, seq):
        """Yields ``((index, offset), boot, tap)`` of the readable taps from a seq on."""
        index, offset = self.segment_of(seq), 0
        boot = self._began(index)[0]
        left = self._left_at
        if left and left[3] == seq and index < len(self.shelf.segments) and self.shelf.segments[index][0] == left[0]:
            offset, boot = left[1], left[2]
        for here, at, raw in self.shelf.records(index, offset):
            found = record.read(raw)
            if isinstance(found, Boot):
                boot = found.boot
            elif isinstance(found, Tap) and found.seq >= seq:
                yield (here, at), boot, found

    def _began(self, index):
        """(boot, next seq) where a segment begins; ``len(segments)``: where fold and tail do."""
        if index < len(self.shelf.segments):
            return self.shelf.segments[index][1:3]
        return self.shelf.fold_began if self.shelf.fold else self.shelf.tail_began

    def _count(self, seq):
        if seq > self._counted:
            self._counted = seq
            self.unreadable += 1


def _acked_by(found, acked):
    """The acked mark after one more record."""
    if isinstance(found, Mark):
        return found.seq
    if isinstance(found, Tap) and found.lag < record.LAG_UNKNOWN:
        return found.seq - 1 - found.lag
    return acked
