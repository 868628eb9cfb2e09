"""Whatever a network, a broker or the memory does, however long: another connection is tried. Nothing reboots for it.

But for one thing: where a kiosk that was connected has found no memory at any try for an hour.
"""

import asyncio
import gc
import os

from tests.kiosk import heap
from tests.kiosk.weather import World

LIVES = 100 if os.getenv("SOAK") else 8  # on each interpreter
FAILURES = 150
MOST_MS = 60000
MOST_FAILING_MS = 46000  # of one of the failures below
TIME_LIMIT_S = 3600
HEAP = "384K"  # the broker, the collector and every tap they keep lie in it too

if hasattr(gc, "threshold"):
    gc.threshold(12000)  # as firmware/main.py does

CONNACK = b"\x20\x02\x00\x00"
REFUSED = [b"\x20\x02\x00" + bytes((code,)) for code in (1, 2, 3, 4, 5, 77)]
DIALS = (
    OSError(111),
    OSError(-2),
    OSError(110),
    OSError(5, "TLS: no"),
    ValueError("PEM"),
    MemoryError(),
    KeyError("x"),
)


class BadLink:
    """A link that says ``first`` and then what ``end`` says: an exception, b"" or None for silence."""

    def __init__(self, first, end, deaf=False):
        self.said = [first] if first else []
        self.end = end
        self.deaf = deaf  # writes fail
        self._closed = self._is_read = False

    @property
    def open(self):
        """Whether anything of it is left: a socket, or a task that reads."""
        return self._is_read or not self._closed

    async def read(self):
        self._is_read = True
        try:
            return await self._said()
        finally:
            self._is_read = False

    async def _said(self):
        await asyncio.sleep(0.01)
        if self.said:
            return self.said.pop(0)
        if self.end is None:
            await asyncio.sleep(100000)
        if self.end == b"":
            return b""
        raise self.end

    async def write(self, content):
        if self.deaf:
            raise OSError(32)

    def close(self):
        self._closed = True


def bad_link(dice):
    first = b""
    what = dice.below(8)
    if what == 1:
        first = dice.roll(1 + dice.below(300))
    elif what == 2:
        first = REFUSED[dice.below(len(REFUSED))]
    elif what == 3:
        first = CONNACK
    elif what == 4:
        first = CONNACK + b"\x90\x06\x00\x01\x01\x01\x01\x80"
    elif what == 5:
        first = CONNACK + dice.roll(1 + dice.below(100))
    elif what == 6:
        first = CONNACK + b"\x90\x06\x00\x01\x01\x01\x01\x01" + dice.roll(dice.below(60))
    elif what == 7:
        first = CONNACK + b"\x90\x06\x00\x01\x01\x01\x01\x01"
    end = (b"", b"", None, OSError(104), MemoryError())[dice.below(5)]
    return BadLink(first, end, dice.below(9) == 0)


class Trouble(World):
    """A world where the first ``failures`` dials fail in one way or another."""

    def __init__(self, seed, failures, fails):
        super().__init__(seed, rude=False, careless=False, whole=True)
        self.failures = failures
        self.fails = fails
        self.storming = False
        self.dialled_ms = []
        self.longest_ms = 0
        self.last = None  # the link of the last dial that led to one
        self.left_open = 0

    async def _dial(self):
        self.left_open += self.last is not None and self.last.open
        self.last = None
        self.last = await self._another()
        return self.last

    async def _another(self):
        now_ms = self.time.now_ms
        if self.dialled_ms:
            self.longest_ms = max(self.longest_ms, now_ms - self.dialled_ms[-1])
        self.dialled_ms = self.dialled_ms[-3:] + [now_ms]
        if not self.failures:
            return await super()._dial()
        self.failures -= 1
        return await self.fails(self)


async def fails_somehow(world):
    dice = world.dice
    if dice.below(3) == 0:
        await world._pause((0, 10000, 45000)[dice.below(3)])
        raise DIALS[dice.below(len(DIALS))]
    return bad_link(dice)


async def is_dropped_at_once(world):
    """Taken, subscribed, even answered by the collector, and dropped."""
    link = await World._dial(world)
    world.post.send(1000, link.hang_up)
    return link


def lived(seed, failures, fails):
    """A kiosk that meets those failures, then a good network."""
    world = Trouble(seed, failures, fails)

    async def scene():
        while world.failures:
            world.press()
            for _ in range(30):
                await world._pause(4000)
                world.look()
        await world.calm()

    world.play(scene())
    world.check()
    assert not world.left_open  # a board has few sockets
    assert world.longest_ms < MOST_FAILING_MS + MOST_MS
    up_ms = world.time.now_ms - world.began_ms
    assert world.board.fed > up_ms // 2000 * 0.9  # the watchdog was fed all the time
    return world


def test_after_any_failure_whatever_another_connection_is_tried():
    failures = 0
    for seed in range(1, LIVES + 1):
        world = lived(seed, FAILURES, fails_somehow)
        assert world.counter.report.connects >= 1
        failures += FAILURES
        world = None
        heap.tidy()
    print("%d failures" % failures)


def test_a_connection_that_is_taken_and_dropped_at_once_does_not_shorten_the_wait():
    world = lived(3, 60, is_dropped_at_once)
    assert world.counter.report.connects > 50
    assert world.time.now_ms - world.began_ms > 60 * 15000  # 30 s at the mean


def test_after_a_good_session_the_next_try_comes_within_half_a_second_however_many_failed_before():
    world = Trouble(7, 20, fails_somehow)

    async def scene():
        while world.failures:
            await world._pause(1000)
        await world.calm()
        for end in (world.links[-1].hang_up, lambda: world.links[-1]._finish(OSError(104))):
            await world._pause(10000)
            assert world.counter.lights.online
            connections = world.connections
            world.links[-1].late_ms = 0
            end()
            await world._pause(2)
            assert not world.counter.lights.online
            await world._pause(800)
            assert world.connections == connections + 1 and world.counter.lights.online
        await world.calm()

    world.play(scene())


class Slow(Trouble):
    """Where every first write of a connection takes long: on a board it holds the handshake of TLS."""

    def connect(self, cut, fate, late_ms):
        link = super().connect(cut, fate, late_ms)
        write = link.write

        async def first(content):
            link.write = write
            await self._pause(15000)
            await write(content)

        link.write = first
        return link


def test_a_handshake_may_take_longer_than_the_broker_has_to_answer_in():
    world = Slow(9, 0, fails_somehow)
    world.play(world.calm())
    world.check()
    assert world.counter.report.connects == world.connections == 1


def test_a_sentence_that_finds_no_memory_ends_nothing():
    class Mute(Trouble):
        def boot(self):
            super().boot()
            self.board.log = self.log
            self.board.explain = self.log

        def log(self, text):
            if self.failures:
                raise MemoryError
            return "no connection"

    world = Mute(5, 20, fails_somehow)

    async def scene():
        while world.failures:
            await world._pause(1000)
            world.look()
        world.press()
        await world.calm()

    world.play(scene())
    world.check()


class Starved(World):
    """A kiosk whose heap is in pieces from ``broken`` on until its next boot: no dial finds the memory that it needs.

    Any other failure in between is one of ``others``, at every tenth dial.
    """

    def __init__(self, broken=False, others=()):
        self.broken = broken
        self.others = list(others)
        self.dials = 0
        super().__init__(1, rude=False, careless=False, whole=True)
        self.storming = False

    async def _dial(self):
        self.dials += 1
        if self.others and self.dials % 10 == 0:
            raise self.others[0]
        if self.broken:
            raise (MemoryError(), OSError(12, "no memory for the connection"))[self.dials % 2]
        return await super()._dial()

    async def hours(self, count):
        """That many, or less where the kiosk restarts; a press every five minutes."""
        end_ms = self.time.now_ms + count * 3600000
        while self.time.now_ms < end_ms and not self.board.resets:
            self.press()
            for _ in range(5):
                if not self.board.resets:
                    await self._pause(60000)

    def hang_up(self):
        self.broken = True
        self.links[-1].hang_up()


def test_a_kiosk_that_was_connected_and_finds_no_memory_for_an_hour_restarts_on_purpose_and_loses_no_tap():
    world = Starved()

    async def scene():
        await world._pause(10000)
        world.hang_up()
        began_ms = world.time.now_ms
        await world.hours(5)
        assert world.board.resets and 3600000 <= world.time.now_ms - began_ms < 3600000 + 3 * MOST_MS
        assert "an hour without memory" in "\n".join(world.board.logged)
        world.broken = False
        await world.cut_power()
        world.press()
        await world.calm()

    world.play(scene())
    world.check()
    assert world.boots == 2 and len(world.pressed) > 12


def test_one_whose_memory_never_sufficed_and_one_with_other_troubles_in_between_do_not_restart():
    for world in (Starved(broken=True), Starved(others=[OSError(110)])):

        async def scene(world=world):
            await world._pause(10000)
            if not world.broken:
                world.hang_up()
            await world.hours(3)
            assert not world.board.resets and world.dials > 180
            world.broken, world.others = False, []
            await world.calm()

        world.play(scene())
        world.check()
        heap.tidy()
