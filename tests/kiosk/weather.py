"""A kiosk's network half in a time of its own, under every kind of weather between it and its collector.

The kiosk's code is the whole one: Counter, Conversation, Session, Uplink, Journal. Its files lie in memory.
"""

import asyncio

from kiosk.bell import Bell
from kiosk.counter import Counter
from kiosk.press import Press
from kiosk.setup import Setup
from kiosk.uplink import WINDOW

from tests.kiosk.desk import NOW_UTC_MS, Dice, MemoryFiles, Ticks
from tests.kiosk.far_side import FATES, Broker, Collector, Connection, Post
from tests.kiosk.fingers import Edges
from tests.kiosk.small_store import Store
from tests.kiosk.virtual_time import Time, run
from wire import codec
from wire.messages import Ack

SETUP = Setup("lobby-1", "secret", "broker", 1883, False, None, None)
NOTICED_MS = 35000  # a dead connection is noticed within 30 s
SETTLED_S = 3600  # of good weather, at most: patience doubles to 5 minutes


class Board:
    """What a Counter asks of a board; ``dials`` is asked for a link."""

    name = "desk"
    heard_time = None
    cause = "power"

    def __init__(self, time, files, dice, dials, edges):
        self.time = time
        self.files = files
        self.entropy = dice.roll
        self.dials = dials
        self.edges = edges
        self.logged = []
        self.thanks = self.fed = self.resets = 0
        self._began = dice.below(1 << 30)
        self._levels = {}
        self.ticks_diff = Ticks().diff

    def ticks_ms(self):
        return self.time.now_ms + self._began & (1 << 30) - 1

    async def pause(self, ms):
        await asyncio.sleep(ms / 1000)

    async def dial(self, host, port, tls, ca):
        return await self.dials()

    def light(self, face, percent):
        before = self.shining()
        self._levels[face] = percent
        self.thanks += self.shining() and not before

    def shining(self):
        return list(self._levels.values()) == [100, 100, 100, 100]

    def free_lights(self, spare_ms):
        return self.edges.free(self.ticks_ms(), spare_ms)

    def log(self, text):
        self.logged = self.logged[-30:] + [text]

    def facts(self):
        return None, None, 100000, None, 100000

    def explain(self, error):
        return "no connection: %s" % error.args[0]

    def feed(self):
        self.fed += 1

    def tell_time(self, utc_ms, sure):
        pass

    def reset(self):
        self.resets += 1


class World:
    """Everything between a finger and a store. The seed decides what goes wrong until ``calm``."""

    def __init__(self, seed, rude=True, remembers=False, late_ms=0, careless=True, whole=False, files=None):
        self.time = Time()
        self.began_ms = self.time.now_ms
        self.dice = Dice(seed)
        self.post = Post(self.time, Bell())
        self.store = Store()
        self.collector = Collector(self.post, self.dice, self.store, late_ms, careless)
        self.broker = Broker(self.post, self.dice, self.collector, self._pause, rude, remembers, late_ms)
        self.collector.broker = self.broker
        self.files = files or MemoryFiles()
        self.pressed = []  # (boot, face, uptime_ms), kept and thanked
        self.presses = 0  # made, of which some may find no room
        self._unthanked = 0  # of those, in earlier boots
        self.connections = self.boots = 0
        self.whole = whole  # the watchdog's task, the fingers' and the lights' run, too
        self.board_id = "b0a2d1"
        self.planned = []  # (cut, fate, late_ms) of the next connections
        self.storming = True
        self.reachable = True
        self.most_flying = 0
        self.links = []  # the last connections
        self._tasks = []

    def play(self, scene):
        """Runs the coroutine ``scene`` with the power on."""
        run(self.time, self._whole(scene))

    async def _whole(self, scene):
        carrier = asyncio.create_task(self._carry())
        self.boot()
        try:
            await scene
        finally:
            await self._end(carrier, *self._tasks)

    async def _carry(self):
        while not self.post.fault:
            await self.post.bell.wait(self.post.deliver())

    async def _end(self, *tasks):
        for task in tasks:
            while not task.done():
                task.cancel()  # more than once: CPython 3.11's wait_for may swallow it
                await asyncio.sleep(0)

    async def _pause(self, ms):
        await asyncio.sleep(ms / 1000)

    # ---- the kiosk
    def boot(self):
        self.board = Board(self.time, self.files, self.dice, self._dial, self.edges())
        self.board.unique_id = self.board_id
        self.counter = Counter(self.board, SETUP)
        self.counter.journal.capacity = 8
        self.counter.start()
        self.boots += 1
        running = self.counter.run() if self.whole else self.counter.conversation.tell()
        self._tasks = [asyncio.create_task(running)]

    def edges(self):
        """The buttons at the next boot."""
        return Edges()

    @property
    def unthanked(self):
        """Presses that found no room, as the kiosk counts them."""
        return self._unthanked + self.counter.taps.unthanked

    async def cut_power(self):
        """Off and on again: what lies in files is all that is left."""
        self._unthanked += self.counter.taps.unthanked
        await self._end(*self._tasks)
        self.boot()

    def press(self):
        at_ms = self.counter.clock.uptime_ms()
        boot = self.counter.journal.boot
        if self.pressed and self.pressed[-1][0] == boot and self.pressed[-1][2] >= at_ms:
            return
        face = 1 + self.dice.below(4)
        self.presses += 1
        before = self.counter.taps.unthanked
        self.counter.taps.take(Press(face, at_ms))
        if self.counter.taps.unthanked == before:
            self.pressed.append((boot, face, at_ms))

    async def _dial(self):
        if not self.reachable:
            await self._pause((0, 50, 10000)[self.dice.below(3)])
            raise OSError(110)
        if self.storming and self.dice.below(5) == 0:
            await self._pause(self.dice.below(10000))
            raise (OSError(111), OSError(-2), OSError(5, "TLS: no"), MemoryError())[self.dice.below(4)]
        await self._pause(1 + self.dice.below(100))
        self.connections += 1
        if self.planned:
            return self.connect(*self.planned.pop(0))
        cut = {}
        if self.storming and self.dice.below(3):
            cut["up"] = self.dice.below(1500)
        if self.storming and self.dice.below(3):
            cut["down"] = self.dice.below(500)
        return self.connect(cut, FATES[self.dice.below(4)], (0, 3, 300, 3000)[self.dice.below(4)] if cut else 5)

    def connect(self, cut, fate, late_ms):
        """A connection that is cut as told."""
        self.links = self.links[-3:] + [Connection(self.post, self.dice, self.broker, Bell(), cut, fate, late_ms)]
        return self.links[-1]

    # ---- what happens
    async def storm(self, steps, boots=False):
        for _ in range(steps):
            for _ in range((0, 0, 0, 1, 1, 3, 20)[self.dice.below(7)]):
                self.press()
                await self._pause(1 + self.dice.below(30))
            self.look()
            what = self.dice.below(25)
            if what == 0:
                self.reachable = not self.reachable
            elif what == 1:
                self.collector.stop()
            elif what in (2, 3) and not self.collector.up:
                self.collector.start()
            elif what == 4 and boots:
                await self.cut_power()
            elif what == 5:
                self.stray()
            await self._pause(self.dice.below((200, 2000, 9000)[self.dice.below(3)]) + 1)

    def stray(self):
        """A message that changes nothing: another journal's ack, an old one, one without sense, one too long."""
        journal = self.counter.journal
        ack = Ack("00000000", 2000, 0, NOW_UTC_MS, None, None)
        if self.dice.below(2):
            ack = Ack(journal.id, self.dice.below(journal.acked + 1), 0, NOW_UTC_MS, None, None)
        payload = (codec.encode("ack", ack), codec.encode("ack", ack), b"{}", bytes(5000))[self.dice.below(4)]
        self.broker.publish("ack", payload)

    async def calm(self):
        """Good weather, new connections that are not cut, and patience, until everything is settled."""
        self.storming = False
        self.reachable = True
        self.broker.rude = self.collector.careless = False
        if not self.collector.up:
            self.collector.start()
        await self._pause(NOTICED_MS)
        end_ms = self.time.now_ms + SETTLED_S * 1000
        while self.time.now_ms < end_ms:
            self.look()
            connected = self.counter.conversation.session is not None
            if connected and not self.counter.journal.unacked and self.counter.uplink.answered:
                return
            await self._pause(1000)
        raise AssertionError("%d taps left; %s" % (self.counter.journal.unacked, self.board.logged))

    def look(self):
        if self.post.fault:
            raise self.post.fault
        assert not self._tasks[0].done(), self.board.logged
        assert not self.board.resets
        self.most_flying = max(self.most_flying, len(self.counter.uplink._flying))

    def check(self):
        """Pressed is stored, exactly once, in order."""
        taps = self.store.taps
        assert self.store.conflicts == 0
        assert len(taps) == len(self.pressed), (len(taps), len(self.pressed))
        journal = self.counter.journal
        for seq, pressed in enumerate(self.pressed):
            assert taps[(journal.id, seq + 1)] == pressed, (seq + 1, taps[(journal.id, seq + 1)], pressed)
        assert self.store.marks.get(journal.id, 0) == journal.last_seq == len(taps)
        assert self.most_flying <= WINDOW
        if not self.broker.late_ms:
            assert self.collector.online == self.counter.uplink.session
