"""The boots a journal still tells of: when each was, and until when it is known to have run.

A kiosk has no battery clock. A boot that learned the time has an anchor (at uptime n it was u); one that never did lies
between its neighbours.
"""

from kiosk.backlog import Block
from kiosk.record import Alive, Anchor, Tap

MOST = 96  # in memory; taps are sent oldest first, so the newest of a longer list can wait for the next survey
SPANS = 16  # wire.messages.MAX_SPANS


class Chapter:
    """One boot. ``heard_ms``: up to this uptime a collector has heard of it; ``last_ms``: it was certainly up then."""

    def __init__(self, boot):
        self.boot = boot
        self.anchor = None  # (uptime_ms, utc_ms)
        self.heard_ms = 0
        self.last_ms = 0

    def utc_at(self, uptime_ms):
        """UTC ms at an uptime of this boot, or None."""
        return None if self.anchor is None else self.anchor[1] + uptime_ms - self.anchor[0]

    def anchored(self, uptime_ms, utc_ms):
        self.anchor = (uptime_ms, utc_ms)
        self.heard_ms = uptime_ms
        self.reached(uptime_ms)

    def reached(self, uptime_ms):
        self.last_ms = max(self.last_ms, uptime_ms)

    def tells(self, found):
        """Learns from one record of this boot."""
        if isinstance(found, Anchor):
            self.anchored(found.uptime_ms, found.utc_ms)
        elif isinstance(found, (Tap, Alive)):
            self.reached(found.uptime_ms)
        elif isinstance(found, Block):
            self.reached(found.uptime_ms + found.width_ms)


class Boots:
    """Chapters in order, the running one last."""

    def __init__(self, running):
        self.chapters = [Chapter(running)]

    @property
    def running(self):
        return self.chapters[-1]

    def survey(self, records, acked):
        """Learns the earlier boots from ``(boot, record)`` pairs, oldest first; of too many, the unacked ones.

        A generator: it yields wherever ``records`` has None, and knows more only at its end.
        """
        chapters = []
        waiting = False  # an unacked tap was seen
        for told in records:
            if told is None:
                yield
                continue
            boot, found = told
            if boot == self.running.boot:
                break
            if not chapters or chapters[-1].boot != boot:
                if len(chapters) == MOST:
                    if waiting:
                        break
                    _drop_oldest(chapters, boot)
                chapters.append(Chapter(boot))
            chapters[-1].tells(found)
            if isinstance(found, (Tap, Block)):
                last_seq = found.seq if isinstance(found, Tap) else found.seq + found.count - 1
                waiting = waiting or last_seq > acked
        self.chapters = chapters + [self.running]

    def of(self, boot):
        for chapter in self.chapters:
            if chapter.boot == boot:
                return chapter
        return None

    def bounds(self, boot):
        """``(after, before)`` in UTC ms, each or None: when a boot without an anchor lay, by its neighbours'."""
        after = before = None
        for chapter in self.chapters:
            if chapter.boot < boot and chapter.anchor:
                after = chapter.utc_at(chapter.last_ms)
            if chapter.boot > boot and chapter.anchor:
                before = chapter.utc_at(0)
                break
        if after is not None and before is not None and after > before:
            before = after
        return after, before

    def spans(self):
        """Rows of the birth's ``up``: (boot, first uptime, last uptime, UTC at the first or None), newest boots."""
        return tuple([(c.boot, c.heard_ms, c.last_ms, c.utc_at(c.heard_ms)) for c in self.chapters[-SPANS:]])

    def forget_before(self, boot):
        """Drops chapters older than ``boot``, but for the last that knows the time: it bounds what follows."""
        while len([c for c in self.chapters if c.boot < boot]) > 1:
            _drop_oldest(self.chapters, boot)
        if self.chapters[0].boot < boot and self.chapters[0].anchor is None:
            self.chapters.pop(0)


def _drop_oldest(chapters, boot):
    """Keeps the oldest when it is the only one before ``boot`` that knows the time, and drops the next."""
    only = chapters[0].anchor and not any([c.anchor for c in chapters[1:] if c.boot < boot])
    chapters.pop(1 if only else 0)
