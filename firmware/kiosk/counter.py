"""The stages of a kiosk wired together: buttons → press → tap → journal → uplink → session → link, and back.

``board`` gives time and I/O (see board/host.py). Four tasks: the finger's never waits for the network's.
"""

import asyncio

from kiosk import lights, mqtt_session
from kiosk.backoff import Backoff
from kiosk.clock import Clock
from kiosk.health import Report
from kiosk.journal import Journal
from kiosk.orders import Orders
from kiosk.press import Presses
from kiosk.tap import Taps
from kiosk.uplink import Uplink
from wire import codec, topic
from wire.messages import MAX_SEQ, RESET_CAUSES, will
from wire.rejected import Rejected

VERSION = "0.1.0"
HEARD = ("ack", "config", "command")  # leaves a kiosk subscribes to
STEADY_MS = 20000  # a connection that lasted this long was a good one
ALIVE_EVERY_MS = 3600000
TEND_MS = 2000  # the watchdog's budget is four of these


class Bell:
    """Wakes a task that sleeps until something is due."""

    def __init__(self):
        self._event = asyncio.Event()

    def ring(self):
        self._event.set()

    async def wait(self, most_ms):
        """Returns after ``ring`` or ``most_ms`` (None: for ever)."""
        if most_ms is None:
            await self._event.wait()
        elif most_ms <= 0:
            await asyncio.sleep(0)  # the other tasks go on, whatever is due here
        elif not self._event.is_set():
            try:
                await asyncio.wait_for(self._event.wait(), most_ms / 1000)
            except asyncio.TimeoutError:
                pass
        self._event.clear()


class Counter:
    """One kiosk, running. ``start`` counts at once; ``run`` goes on for ever."""

    def __init__(self, board, setup):
        self.board = board
        self.setup = setup
        self.clock = Clock(board.ticks_ms, board.ticks_diff)
        self.journal = Journal(board.files, board.unique_id, board.entropy)
        self.lights = lights.Lights(board.light)
        self.glow = Bell()  # the lights have something new to show
        self.news = Bell()  # the uplink has something new to say
        self.taps = Taps(self.journal, self.lights, self.news.ring)
        self.report = Report(board.facts, 300)
        self.uplink = Uplink(self.journal, self.clock, (VERSION, board.name), self._config_version)
        self.orders = Orders(board.files, self.taps, self.lights, self.uplink, self.report, self._reboot)
        self.backoff = Backoff(self._below)
        self.session = None

    def start(self):
        """Opens the journal and arms the buttons."""
        self.journal.open(RESET_CAUSES.index(self.board.cause))
        self.orders.recall()
        self._recall_time()
        self.presses = Presses(self.board.closed(), self.clock.uptime_ms())
        self.board.log(
            "journal %s, boot %d, %d taps not yet stored" % (self.journal.id, self.journal.boot, self.journal.unacked)
        )

    async def run(self):
        await asyncio.gather(self.count(), self.shine(), self.tell(), self.tend())

    async def count(self):
        """Buttons to taps."""
        while True:
            await self.board.edges.wait(self.presses.due_ms(self.clock.uptime_ms()))
            now_ms = self.clock.uptime_ms()  # before the edges: every one until then is taken, so no spike looks longer
            stuck = self.presses.stuck
            self._take_edges()
            for press in self.presses.poll(now_ms):
                self._tap(press)
            if self.presses.stuck != stuck:
                self.report.soon(self.clock.uptime_ms())
                self.news.ring()

    async def shine(self):
        """Lights that change by time alone."""
        while True:
            await self.glow.wait(self.lights.poll(self.clock.uptime_ms()))

    async def tell(self):
        """One connection after the other, for ever."""
        while True:
            began_ms = self.clock.uptime_ms()
            try:
                await self._connection()
            except Exception as e:  # whatever it was, the finger is served and another connection is tried
                self._trouble(self._why(e))
            self.session = None
            self.uplink.lost()
            self._online(False)
            if self.clock.uptime_ms() - began_ms >= STEADY_MS:
                self.backoff.worked()
            await self.board.pause(self.backoff.next_ms())

    def _why(self, error):
        """One sentence about what ended a connection."""
        if isinstance(error, mqtt_session.Ended):
            return error.args[0]
        if isinstance(error, OSError):
            return self.board.explain(error)
        return "the memory was full" if isinstance(error, MemoryError) else "a fault in the program: " + repr(error)

    async def tend(self):
        """The watchdog, and a sign of life in the journal."""
        while True:
            now_ms = self.clock.uptime_ms()
            self.board.feed()
            if now_ms - self.journal.boots.running.last_ms >= ALIVE_EVERY_MS:
                self.journal.alive(now_ms)
            await self.board.pause(TEND_MS)

    def _recall_time(self):
        """The last time that the journal knows: certificates are checked against it until a server says more."""
        if not self.setup.tls:
            return
        self.journal.survey()
        known = [chapter.utc_at(chapter.last_ms) for chapter in self.journal.boots.chapters if chapter.anchor]
        if known:
            self.board.tell_time(known[-1], False)

    def _take_edges(self):
        while True:
            edge = self.board.edges.take()
            if edge is None:
                return
            ticks, face, closed = edge
            at_ms = self.clock.uptime_of(ticks)
            if closed and self.presses.answers(face):
                self.lights.answer(face, self.clock.uptime_ms())
                self.glow.ring()
            press = self.presses.edge(face, closed, at_ms)
            if press:
                self._tap(press)

    def _tap(self, press):
        self.taps.take(press, self.clock.uptime_ms)
        self.glow.ring()

    async def _connection(self):
        """From dialling to the end, which is always an exception."""
        link = await self.board.dial(self.setup.host, self.setup.port, self.setup.tls, self.setup.ca)
        reading = None
        try:
            number = self._below(MAX_SEQ) + 1
            name = self.setup.kiosk
            last_words = topic.of(name, "state"), codec.encode("state", will(number))
            heard = [topic.of(name, leaf) for leaf in HEARD]
            session = mqtt_session.Session(name, self.setup.secret, last_words, heard, self.clock.uptime_ms())
            self._ended = None
            reading = asyncio.create_task(self._listen(link, session))
            await self._speak(link, session, number)
        finally:
            if reading:
                reading.cancel()
            link.close()

    async def _listen(self, link, session):
        """Bytes from the broker, as they come."""
        try:
            while True:
                received = await link.read()
                if not received:
                    raise mqtt_session.Ended("the broker closed the connection")
                for name, payload in session.feed(received, self.clock.uptime_ms()):
                    self._message(name, payload)
                self.news.ring()
        except Exception as e:
            self._ended = e
            self.news.ring()

    async def _speak(self, link, session, number):
        """Bytes to the broker, whenever there is something to say."""
        while True:
            now_ms = self.clock.uptime_ms()
            due_ms = session.poll(now_ms)
            if session.state == mqtt_session.UP:
                if self.session is None:
                    self._arrived(session, number, now_ms)
                self._say(session, now_ms)
                due_ms = min(due_ms, self._due_ms(now_ms))
            if self._ended:
                raise self._ended
            if session.out:
                out, session.out = session.out, b""
                await link.write(out)
            else:
                await self.news.wait(due_ms)

    def _arrived(self, session, number, now_ms):
        self.session = session
        self.report.connects += 1
        self.journal.survey()
        self.uplink.connected(number, now_ms)
        self.report.soon(now_ms)
        self._online(True)

    def _say(self, session, now_ms):
        """Puts at most one message on its way, so that a long backlog lets the finger in between."""
        said = self.uplink.next(now_ms)
        if said is None and self.uplink.answered and not self.report.due_ms(now_ms):
            said = "health", self.report.write(now_ms, self.clock, self.journal, self.presses, self.taps, self.uplink)
        if said:
            qos, retain = topic.FROM_KIOSK[said[0]]
            session.publish(topic.of(self.setup.kiosk, said[0]), said[1], qos, retain)

    def _due_ms(self, now_ms):
        """Milliseconds until there is something to say by time alone."""
        due_ms = self.uplink.due_ms(now_ms)
        if not self.uplink.answered:
            return due_ms
        report_ms = self.report.due_ms(now_ms)
        return report_ms if due_ms is None else min(due_ms, report_ms)

    def _message(self, name, payload):
        found = topic.parse(name)
        leaf = "" if isinstance(found, Rejected) else found[1]
        message = codec.decode(leaf, payload)
        if isinstance(message, Rejected):
            self._trouble(
                "a message on %s was refused: %s" % (leaf or "an unknown topic", message.detail or message.reason)
            )
            return
        now_ms = self.clock.uptime_ms()
        if leaf == "ack":
            if self.uplink.take_ack(message, now_ms):
                self.board.tell_time(self.clock.utc_at(now_ms), True)
            self.backoff.worked()
        elif leaf == "config":
            self.orders.configure(message)
            self.glow.ring()
        elif leaf == "command":
            done = self.orders.obey(message, now_ms, self.clock.utc_at(now_ms))
            self.board.log("command %s: %s" % (message.action, done))
            self.glow.ring()

    def _online(self, online):
        if online and self.report.error:
            self.board.log("connected to the broker")
        if online != self.lights.online:
            self.lights.online = online
            self.glow.ring()

    def _trouble(self, sentence):
        """Says what is wrong, once until it changes."""
        if sentence != self.report.error:
            self.report.error = sentence
            self.board.log(sentence)

    def _reboot(self):
        self.journal.settle()
        self.board.reset()

    def _config_version(self):
        return self.orders.config_version

    def _below(self, n):
        return int.from_bytes(self.board.entropy(4), "big") % n
