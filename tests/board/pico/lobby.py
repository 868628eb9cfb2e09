"""A whole kiosk behind its real panel: contacts that close at their exact moments, a processor that is away for TLS or
an erase meanwhile, and what a bystander sees of the lights. In a time of its own.
"""

import asyncio

from tests.board.pico import chips, glow

chips.put_in()
glow.put_in()

from board.contacts import Contacts  # noqa: E402
from board.lamps import Lamps  # noqa: E402
from board.pins import FACES  # noqa: E402
from kiosk.bell import Bell  # noqa: E402
from kiosk.counter import Counter  # noqa: E402

from tests.kiosk.desk import Dice, MemoryFiles  # noqa: E402
from tests.kiosk.virtual_time import Time, run  # noqa: E402
from tests.kiosk.weather import SETUP  # noqa: E402

SAME = 2  # percent: less is no difference to a bystander
LONG_MS = 20  # a light that is seen
GAP_MS = 12  # one that is not
SETTLED_MS = 2000  # after the start
BREATH = 20


class Moments(Time):
    """What is planned happens on time, whoever has the processor; interrupts wait for the end of an erase."""

    def __init__(self):
        super().__init__()
        self._plan = []
        self._count = 0
        self._latched = None  # GPIOs, while interrupts wait

    def at(self, ms, do):
        self._count += 1
        self._plan.append((ms, self._count, do))
        self._plan.sort(key=lambda planned: planned[:2])

    def pass_ms(self, ms):
        """To the next moment that is planned, or for ``ms``: an idle processor wakes there."""
        until_ms = self.now_ms + ms
        if self._plan and self._plan[0][0] <= until_ms:
            until_ms, _, do = self._plan.pop(0)
            self._go(until_ms)
            do()
        else:
            self._go(until_ms)

    def hold(self, ms):
        """The processor is busy; interrupts come through."""
        until_ms = self.now_ms + ms
        while self.now_ms < until_ms or (self._plan and self._plan[0][0] <= until_ms):
            self.pass_ms(max(0, until_ms - self.now_ms))

    def erase(self, ms):
        """The flash is busy; each pin's interrupt comes once, at the end."""
        self._latched = []
        self.hold(ms)
        latched, self._latched = self._latched, None
        for gpio in sorted(set(latched)):
            pin = chips.world.pins[gpio]
            pin.handler(pin)

    def move(self, face, closed):
        gpio, level = FACES[face], 0 if closed else 1
        if self._latched is None:
            chips.world.move(gpio, level)
        elif chips.world.levels.get(gpio, 1) != level:
            chips.world.levels[gpio] = level
            self._latched.append(gpio)

    def _go(self, until_ms):
        if until_ms > self.now_ms:
            chips.world.pass_ms(until_ms - self.now_ms)
            self.now_ms = until_ms


class SlowFiles(MemoryFiles):
    """Of nine writes one erases, for ``erase_ms``; one that only programs takes a millisecond."""

    erase_ms = 0
    written = 0

    def __init__(self, time):
        super().__init__()
        self.time = time

    def write(self, path, content):
        super().write(path, content)
        self.written += 1
        if self.erase_ms:
            self.time.erase(self.erase_ms if self.written % 9 == 0 else 1)


class Edges:
    """As board.edges, but that time is this lobby's."""

    def __init__(self, contacts):
        self._contacts = contacts
        self._bell = Bell()
        self.take, self.arm, self.closed = contacts.take, contacts.arm, contacts.closed
        self.began, self.began_ticks = contacts.began, contacts.began_ticks
        self.wait = self._bell.wait
        contacts.call(self._bell.ring)

    @property
    def lost(self):
        return self._contacts.ring.lost


class Board:
    name, cause, unique_id = "lobby", "power", "b0a2d1"
    heard_time = None
    ticks_ms = staticmethod(chips.TimeModule.ticks_ms)
    ticks_diff = staticmethod(chips.TimeModule.ticks_diff)

    def __init__(self, lobby, files, dice):
        self.lobby = lobby
        self.files = files
        self.entropy = dice.roll
        self.lamps = Lamps()
        self.contacts = Contacts(self.lamps.glimpse)
        self.edges = Edges(self.contacts)
        self.light = self.lamps.set
        self.logged = []

    async def pause(self, ms):
        await asyncio.sleep(ms / 1000)

    def free_lights(self, spare_ms):
        return self.lamps.free(self.contacts.ring, spare_ms)

    async def dial(self, host, port, tls, ca):
        """A handshake, in steps that hold the processor, and then the network is gone."""
        for ms in self.lobby.handshake_ms:
            self.lobby.time.hold(ms)
            await asyncio.sleep(0)
        raise OSError(110)

    def log(self, text):
        self.logged.append(text)

    def facts(self):
        return None, None, 100000, None, 100000

    def explain(self, error):
        return "no connection"

    def feed(self):
        self.lobby.fed_ms.append(self.lobby.time.now_ms)


class Lobby:
    """``erase_ms``: of the flash; ``handshake_ms``: steps of a handshake, tried again and again.

    ``breath``: the idle light, as configured.
    """

    def __init__(self, seed=1, erase_ms=0, handshake_ms=(), ticks=1000, breath=BREATH):
        chips.begin(ticks)
        glow.glow.start()
        self.time = Moments()
        self.dice = Dice(seed)
        self.erase_ms = erase_ms
        self.handshake_ms = ()
        self._handshake_ms = handshake_ms
        self.breath = breath
        self.fed_ms = []
        self.seen = []  # (ms, percent of each face) from then on
        self._looks = set()  # when a light will end

    def play(self, plan):
        """Starts the kiosk; ``plan(ms)`` plans from that time on, and returns until when."""
        run(self.time, self._whole(plan))

    async def _whole(self, plan):
        files = SlowFiles(self.time)
        self.board = Board(self, files, self.dice)
        self.counter = Counter(self.board, SETUP)
        self.counter.lights.idle_percent = self.breath
        self.counter.start()
        glow.glow.changed = self._look
        running = asyncio.create_task(self.counter.run())
        await asyncio.sleep(SETTLED_MS / 1000)
        files.erase_ms, self.handshake_ms = self.erase_ms, self._handshake_ms
        until_ms = plan(self.time.now_ms)
        while self.time.now_ms < until_ms:
            await asyncio.sleep(0.1)
            assert not running.done(), self.board.logged
        while not running.done():
            running.cancel()
            await asyncio.sleep(0)

    def touch(self, face, at_ms, ms):
        """A contact that closes for so long, without a bounce."""
        self.time.at(at_ms, lambda: self.time.move(face, True))
        self.time.at(at_ms + ms, lambda: self.time.move(face, False))

    @property
    def kept(self):
        return self.counter.journal.last_seq

    def thanks(self):
        """How often all four shone at full."""
        return len([1 for began, ended in self._spells(lambda levels: min(levels) == 100) if ended - began >= LONG_MS])

    def apart_ms(self):
        """For how long at most a face looked otherwise than each other."""
        longest = 0
        for face in (0, 1, 2, 3):

            def apart(levels, face=face):
                rest = levels[:face] + levels[face + 1 :]
                return levels[face] > max(rest) + SAME or levels[face] < min(rest) - SAME

            spell = None
            for began, ended in self._spells(apart):
                spell = (spell[0] if spell and began - spell[1] < GAP_MS else began), ended
                longest = max(longest, ended - spell[0])
        return longest

    def dark_ms(self):
        """For how long at most all four were dark, though the kiosk breathes."""
        return max([ended - began for began, ended in self._spells(lambda levels: not any(levels))] + [0])

    def _look(self):
        levels = glow.glow.levels()
        if not self.seen or self.seen[-1][1] != levels:
            self.seen.append((self.time.now_ms, levels))
        for light in glow.glow.lights.values():
            left_ms = light.until_ms - chips.world.passed_ms
            if left_ms > 0 and self.time.now_ms + left_ms not in self._looks:
                self._looks.add(self.time.now_ms + left_ms)
                self.time.at(self.time.now_ms + left_ms, self._look)

    def _spells(self, holds):
        found, began = [], None
        seen = list(self.seen)
        seen.append((self.time.now_ms, None))
        for at_ms, levels in seen:
            now = levels is not None and holds(levels)
            if began is not None and not now:
                found.append((began, at_ms))
                began = None
            elif began is None and now:
                began = at_ms
        return found
