"""The stages of a kiosk wired together: buttons → press → tap → journal → uplink → session → link, and back.

``board`` gives time and I/O (see board/host.py). Four tasks: the finger's never waits for the network's.
"""

import asyncio
import sys
from binascii import unhexlify

import kiosk
from kiosk import lights
from kiosk.bell import Bell
from kiosk.clock import Clock
from kiosk.conversation import Conversation
from kiosk.firmware import Firmware
from kiosk.health import Report
from kiosk.journal import Journal
from kiosk.orders import Orders
from kiosk.press import Presses
from kiosk.tap import Taps
from kiosk.uplink import Uplink
from kiosk.vigil import Vigil
from wire.messages import RESET_CAUSES

VERSION = "0.1.0"
ALIVE_EVERY_MS = 3600000
TEND_MS = 1000  # board/sections.toml has what may come between two of these
BREATHER_MS = 50  # before a task tries again that found no memory: the others may make it better meanwhile
CRAMPED = "the memory was full"
CALM_MS = 2000  # a task that has nothing to do shows itself this often


class Counter:
    """One kiosk, running. ``start`` counts at once; ``run`` goes on for ever."""

    def __init__(self, board, setup):
        self.board = board
        self.setup = setup
        self.clock = Clock(board.ticks_ms, board.ticks_diff, board.edges.began_ticks)
        self.journal = Journal(board.files, board.unique_id, board.entropy)
        self.lights = lights.Lights(board.light, board.free_lights)
        self.glow = Bell()  # the lights have something new to show
        news = Bell()  # the uplink has something new to say
        self.taps = Taps(self.journal, self.lights, news.ring, self.clock.uptime_ms)
        self.report = Report(board.facts, 300)
        key = setup.update_key and unhexlify(setup.update_key)
        self.firmware = Firmware(board.files, key, VERSION, self.reboot, self.journal.give_way)
        self.uplink = Uplink(self.journal, self.clock, (self.firmware.version, board.name), self._config_version)
        self.orders = Orders(
            board.files, self.taps, self.lights, self.uplink, self.report, self.firmware, self.reboot
        )  # fmt: skip
        self._recalled = False
        self._more = False  # whether something may wait that no edge will tell of
        self._hand = None  # an edge that is not through yet: on its way the memory may be full
        self._doubted = []  # edges that stand for what nobody saw
        self._lost = 0  # edges that are known to be lost
        self._unsure = False
        self.vigil = Vigil(board.feed, self.clock.uptime_ms())
        self.conversation = Conversation(self, news)

    def start(self):
        """Opens the journal and arms the buttons."""
        self.journal.folders.belong_to(self.setup.kiosk)
        self.journal.open(RESET_CAUSES.index(self.board.cause))
        self.orders.recall()
        self.presses = Presses(self.board.edges.began, 0)
        self._arm()
        self.board.log(
            "journal %s, boot %d, %d taps not yet stored" % (self.journal.id, self.journal.boot, self.journal.unacked)
        )

    async def run(self):
        await asyncio.gather(self.count(), self.shine(), self.conversation.tell(), self.tend())

    async def count(self):
        """Buttons to taps."""
        while True:
            try:
                if self._unsure:
                    self.glow.ring()  # for thanks that found no memory
                    await self.board.pause(BREATHER_MS)
                    self.conversation.trouble(CRAMPED)
                most_ms = 0 if self._more else _at_most(self.presses.due_ms(self.clock.uptime_ms()))
                await self.board.edges.wait(most_ms)
                self._count()
            except MemoryError:
                self._unsure = self._more = True  # an edge that was in hand may be lost

    async def shine(self):
        """Lights that change by time alone."""
        short = False
        while True:
            try:
                if short:
                    await self.board.pause(BREATHER_MS)
                    self.conversation.trouble(CRAMPED)
                now_ms = self.clock.uptime_ms()
                most_ms = _at_most(self.lights.poll(now_ms))
                short = False
                self.vigil.alive("shine", now_ms)
                await self.glow.wait(most_ms)
            except MemoryError:
                short = True

    def typed(self, line):
        """A line that somebody typed. Raises MemoryError and nothing else, whatever it finds: it must end no task."""
        try:
            from kiosk.console import Console  # only where somebody types

            Console(self).obey(line)
        except MemoryError:
            raise  # before the next
        except Exception as e:
            self.board.log("a fault in the program: " + repr(e))
        finally:
            sys.modules.pop("kiosk.console", None)  # room on the heap, until the next line
            if hasattr(kiosk, "console"):
                del kiosk.console

    async def tend(self):
        """The watchdog, and one chore a turn, so that no press waits for two."""
        refused = None
        while True:
            try:
                now_ms = self.clock.uptime_ms()
                silent = self.vigil.keep(now_ms)
                if silent:
                    self.board.log("the task %s is silent: the watchdog is not fed" % silent)
                if refused:
                    why, refused = refused, None
                    self.conversation.trouble("the flash or the memory refused: " + repr(why))
                self._chore(now_ms)
            except (OSError, MemoryError) as e:  # the finger is served, and the chore is tried again
                refused = e
            await self.board.pause(TEND_MS)

    def _chore(self, now_ms):
        """A sign of life in the journal, a piece of a new journal, room in this one, or what is on trial."""
        journal = self.journal
        if now_ms - journal.boots.running.last_ms >= ALIVE_EVERY_MS:
            journal.alive(now_ms)
        elif journal.renewal and self._renew(journal.renewal, now_ms):
            pass
        elif not journal.tidy() and self.firmware.tend(now_ms):
            self.report.soon(now_ms)
            self.conversation.news.ring()

    def _renew(self, renewal, now_ms):
        was_renewing = self.journal.renewing
        busy = renewal.step(now_ms)
        if renewal.why:
            self.conversation.trouble(renewal.why)
        if was_renewing and not self.journal.renewing:
            self.board.log("the flash went back in time: journal %s goes on" % self.journal.id)
            self.conversation.news.ring()
        return busy

    def health(self, now_ms):
        """The health message's bytes."""
        return self.report.write(
            now_ms, self.clock, self.journal, self.presses, self.taps, self.uplink, self.firmware.news()
        )

    def recall_time(self):
        """The last time that the journal knows: certificates are checked against it until a server says more."""
        if self._recalled or not self.setup.tls:
            return
        self._recalled = True
        known = [chapter.utc_at(chapter.last_ms) for chapter in self.journal.boots.chapters if chapter.anchor]
        if known:
            self.board.tell_time(known[-1], False)

    def _count(self):
        """One tap at most: each may take as long as a section does, and the watchdog is to be fed in between."""
        now_ms = self.clock.uptime_ms()  # before the edges: every one until then is taken, so no spike looks longer
        stuck = self.presses.stuck
        press = self._press(now_ms)
        self._more = press is not None
        if press:
            self.taps.take(press)
            self.glow.ring()
        self._arm()
        if self.presses.stuck != stuck:
            self.report.soon(self.clock.uptime_ms())
            self.conversation.news.ring()
        self.vigil.alive("count", now_ms)

    def _press(self, now_ms):
        """The next press, or None: then there is no edge left, either."""
        while True:
            edge = self._hand = self._hand or self._edge()
            if edge is None:
                return self.presses.poll(now_ms)
            ticks, face, closed, lit = edge
            at_ms = self.clock.uptime_of(ticks)
            if lit:
                self.lights.answer(face, at_ms, self.clock.uptime_ms())
                self.glow.ring()
            press = self.presses.edge(face, closed, at_ms)
            self._hand = None
            if press:
                return press

    def _edge(self):
        """The next edge, as board.ring has it, or None."""
        if not self._doubted:
            edge = self.board.edges.take()
            if edge or (self._lost == self.board.edges.lost and not self._unsure):
                return edge
            self._doubt()
        return self._doubted.pop()

    def _doubt(self):
        """Edges were lost: each contact as it is now, or a released button would stay down, and the next visitor's
        press be taken for the same."""
        edges, ticks = self.board.edges, self.board.ticks_ms()
        lost = edges.lost
        at_ms = self.clock.uptime_of(ticks)
        closed = edges.closed()
        self._doubted = [(ticks, face, closed[face], False) for face in closed]
        for face in closed:
            self.presses.doubt(face, closed[face], at_ms)
        if self._lost != lost:
            self.conversation.trouble("%d moves of buttons were not seen: too many at once" % lost)
            self.report.soon(self.clock.uptime_ms())
        self._lost = lost
        self._unsure = False
        self.glow.ring()

    def _arm(self):
        """Tells the interrupt which faces may light at the next touch: not one that bounces or was never released."""
        for face in self.presses.buttons:
            self.board.edges.arm(face, self.presses.answers(face))

    def reboot(self):
        """Every tap that was thanked for is on flash already; what the flash refuses now costs no tap, either."""
        try:
            self.journal.settle()
        finally:
            self.board.reset()

    def _config_version(self):
        return self.orders.config_version


def _at_most(due_ms):
    return CALM_MS if due_ms is None else min(due_ms, CALM_MS)
