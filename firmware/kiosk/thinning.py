"""What stands for a segment's taps when there is no room for their times: blocks, each of two records.

A block is up to 32 taps of one boot with contiguous seqs inside one UTC hour; inside 15 minutes where that boot never
learned the time, since it may yet. Seq and face stay, the time becomes the block's span. A test tap, a tap that cannot
be read and another boot close a block. One tap or two stay as they were: a block would not be smaller.

Of what else a segment holds, boots stay, and of each boot the last anchor and a sign of life after its last tap. Marks
go: the names of later segments say more.
"""

from kiosk.record import SIZE, Alive, Anchor, Boot, Faces, Head, Tap, Thinned, write

MOST = 32  # taps in a block: 2 bits each in 8 bytes
HOUR_MS = 3600000
UNDATED_MS = 900000


class Thinning:
    """Takes a segment's records in order. ``anchor_of(boot)``: (uptime_ms, utc_ms) or None. ``size``: the segment's."""

    def __init__(self, anchor_of, size):
        self.anchor_of = anchor_of
        self.taps = 0  # how many lost their time
        self._out = bytearray(size + SIZE)
        self._end = 0
        self._boot = 0
        self._anchor = None
        self._last_anchor = self._last_alive = None  # raw
        self._count = 0  # taps of the open block, which lie raw from _at on
        self._at = 0
        self._first_seq = self._first_ms = 0
        self._last_ms = self._until_ms = 0
        self._bits = bytearray(8)

    def take(self, boot, found, raw):
        """One record of ``boot``: ``found`` as read from ``raw``, 16 bytes."""
        if boot != self._boot:
            self._end_boot()
            self._boot = boot
            self._anchor = self.anchor_of(boot)
        if isinstance(found, Tap):
            self._tap(found, raw)
        elif isinstance(found, Anchor):
            self._last_anchor = raw
            self._anchor = self._anchor or (found.uptime_ms, found.utc_ms)
        elif isinstance(found, Alive):
            self._last_alive = raw
        elif isinstance(found, (Boot, Head, Faces)):
            self._close()
            self._put(raw)

    def end(self, number, total, next_boot):
        """The bytes that stand for segment ``number``. ``total``: taps thinned before it."""
        self._end_boot()
        self._put(write(Thinned(number, total + self.taps, next_boot)))
        self._out[self._end :] = b""
        return self._out

    def _tap(self, tap, raw):
        fits = not tap.flags and 1 <= tap.face <= 4
        if self._count and not (fits and self._continues(tap)):
            self._close()
        self._last_alive = None
        if fits:
            if not self._count:
                self._at, self._first_seq, self._first_ms = self._end, tap.seq, tap.uptime_ms
                self._until_ms = self._end_of_span(tap.uptime_ms)
                self._bits = bytearray(8)
            self._bits[self._count >> 2] |= tap.face - 1 << 2 * (self._count & 3)
            self._count += 1
            self._last_ms = tap.uptime_ms
        self._put(raw)

    def _continues(self, tap):
        return (
            self._count < MOST
            and tap.seq == self._first_seq + self._count
            and self._last_ms <= tap.uptime_ms <= self._until_ms
        )

    def _end_of_span(self, uptime_ms):
        """The last uptime that a block beginning at this one may reach."""
        if self._anchor is None:
            return uptime_ms + UNDATED_MS
        return uptime_ms + HOUR_MS - 1 - (self._anchor[1] + uptime_ms - self._anchor[0]) % HOUR_MS

    def _close(self):
        if self._count > 2:
            self._end = self._at
            self._put(write(Head(self._first_seq, self._count, self._first_ms)))
            self._put(write(Faces(max(1, self._last_ms - self._first_ms), bytes(self._bits))))
            self.taps += self._count
        self._count = 0

    def _end_boot(self):
        self._close()
        for raw in (self._last_anchor, self._last_alive):
            if raw:
                self._put(raw)
        self._last_anchor = self._last_alive = None

    def _put(self, raw):
        self._out[self._end : self._end + SIZE] = raw
        self._end += SIZE
