"""The network's half of a kiosk: one connection after the other, for ever, and what is said on it.

uplink → session → link, and back. Whatever goes wrong ends a connection, never the task: the next is tried.
"""

import asyncio
from errno import ENOMEM

from kiosk import mqtt_session
from kiosk.backoff import MOST_MS, Backoff
from kiosk.clock import SOURCES
from wire import codec, topic
from wire.messages import MAX_SEQ, will
from wire.rejected import Rejected

HEARD = ("ack", "config", "command", "update")  # leaves a kiosk subscribes to
STEADY_MS = 5000  # a session that was up for this long was a good one
# Of tries that all found no memory: a heap in pieces does not heal, and a restart makes it whole. But only where a
# connection was up in this boot, so that it is known to help, and no kiosk whose memory never suffices goes round and
# round: each boot begins without the time.
STARVED_MS = 3600000


class Conversation:
    """``counter`` holds the parts that are talked about; ``news`` is rung when there is something to say."""

    def __init__(self, counter, news):
        self.counter = counter
        self.board = counter.board
        self.setup = counter.setup
        self.clock = counter.clock
        self.uplink = counter.uplink
        self.report = counter.report
        self.firmware = counter.firmware
        self.news = news
        self.backoff = Backoff(self._below)
        self.session = None
        self.said = None  # the last trouble, in a sentence
        self._up_ms = 0  # since when the session is up
        self._ended = None
        self._starving_ms = None  # since when every try found no memory

    async def tell(self):
        """Never returns."""
        while True:
            why = None
            try:
                await self._connection()
            except Exception as e:  # whatever it was, the finger is served and another connection is tried
                why = e
            wait_ms = MOST_MS
            try:
                wait_ms = self._over()
                self._starve(why)
                self.trouble(self._why(why))
            except Exception:  # no memory even for a sentence
                pass
            await self.board.pause(wait_ms)

    def _over(self):
        """A connection is over, or did not come about. Returns the ms until the next try."""
        was_up, self.session = self.session is not None, None
        self.uplink.lost()
        self._online(False)
        now_ms = self.clock.uptime_ms()
        self.counter.vigil.alive("tell", now_ms)
        if was_up and now_ms - self._up_ms >= STEADY_MS:  # not one that is taken and dropped at once, again and again
            self.backoff.worked()
            self._starving_ms = None
        return self.backoff.next_ms()

    def _starve(self, why):
        """Restarts a kiosk that could connect once in this boot, and whose every try since found no memory."""
        now_ms = self.clock.uptime_ms()
        if not _is_of_memory(why):
            self._starving_ms = None
        elif self._starving_ms is None:
            self._starving_ms = now_ms
        elif self.report.connects and now_ms - self._starving_ms >= STARVED_MS:
            self.board.log("an hour without memory for a connection: a restart may find some")
            self.counter.reboot()

    def trouble(self, sentence):
        """Says what is wrong, once until it changes."""
        if sentence != self.report.error:
            self.said = self.report.error = sentence
            self.board.log(sentence)

    def _why(self, error):
        """One sentence about what ended a connection."""
        if isinstance(error, mqtt_session.Ended):
            return error.args[0]
        if isinstance(error, OSError):
            return self.board.explain(error)
        return "the memory was full" if isinstance(error, MemoryError) else "a fault in the program: " + repr(error)

    async def _connection(self):
        """From dialling to the end, which is always an exception."""
        self.counter.vigil.alive("tell", self.clock.uptime_ms())
        await self._survey()
        self.counter.recall_time()
        link = await self.board.dial(self.setup.host, self.setup.port, self.setup.tls, self.setup.ca)
        self._learn_time()
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

    async def _survey(self):
        try:
            while self.counter.journal.survey():
                await self.board.pause(0)
        except (OSError, MemoryError) as e:  # what is known already can be told, and orders can be heard
            self.trouble("the journal's boots could not be read: " + repr(e))

    def _learn_time(self):
        """What a time server said, until the collector says it."""
        heard = self.board.heard_time
        if heard and self.clock.anchor is None:
            at_ms = self.clock.uptime_of(heard[0])
            anchor = self.clock.learn(at_ms, heard[1], at_ms, "ntp")
            if anchor:
                self.counter.journal.anchor(anchor[0], anchor[1], SOURCES.index("ntp"))

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
            self.counter.vigil.alive("tell", now_ms)
            due_ms = session.poll(now_ms)
            if session.state == mqtt_session.UP:
                if self.session is None:
                    self._arrived(session, number, now_ms)
                journal = self.counter.journal
                if not journal.survey():
                    self._say(session, now_ms)
                due_ms = min(due_ms, self._due_ms(now_ms)) if journal.surveyed else 0
            if self._ended:
                raise self._ended
            if session.out:
                out, session.out = session.out, b""
                await link.write(out)
                session.sent(self.clock.uptime_ms())
            else:
                await self.news.wait(due_ms)

    def _arrived(self, session, number, now_ms):
        self.session = session
        self._up_ms = now_ms
        self.report.connects += 1
        self.uplink.connected(number, now_ms)
        self.firmware.connected(now_ms)
        self.report.soon(now_ms)
        self._online(True)

    def _say(self, session, now_ms):
        """Puts at most one message on its way, so that a long backlog lets the finger in between."""
        said = self.uplink.next(now_ms)
        if said is None and self.uplink.answered and not self.report.due_ms(now_ms):
            said = "health", self.counter.health(now_ms)
        if said is None and self.uplink.answered:
            if self.firmware.work(now_ms):
                self.report.soon(now_ms)
            piece = self.firmware.want(now_ms)
            said = piece and ("want", piece)
        if said:
            qos, retain = topic.FROM_KIOSK[said[0]]
            session.publish(topic.of(self.setup.kiosk, said[0]), said[1], qos, retain)

    def _due_ms(self, now_ms):
        """Milliseconds until there is something to say by time alone."""
        due_ms = self.uplink.due_ms(now_ms)
        if not self.uplink.answered:
            return due_ms
        dues = due_ms, self.report.due_ms(now_ms), self.firmware.due_ms(now_ms)
        return min([due_ms for due_ms in dues if due_ms is not None])

    def _message(self, name, payload):
        found = topic.parse(name)
        leaf = "" if isinstance(found, Rejected) else found[1]
        message = codec.decode(leaf, payload)
        if isinstance(message, Rejected):
            self.trouble(
                "a message on %s was refused: %s" % (leaf or "an unknown topic", message.detail or message.reason)
            )
            return
        now_ms = self.clock.uptime_ms()
        if leaf == "ack":
            if self.uplink.take_ack(message, now_ms):
                self.board.tell_time(self.clock.utc_at(now_ms), True)
            self.firmware.answered = self.firmware.answered or message.journal == self.counter.journal.id
        elif leaf == "config":
            self.counter.orders.configure(message)
            self.counter.glow.ring()
        elif leaf == "command":
            done = self.counter.orders.obey(message, now_ms, self.clock.utc_at(now_ms))
            self.board.log("command %s: %s" % (message.action, done))
            self.counter.glow.ring()
        elif leaf == "update" and self.firmware.take(message, now_ms):
            self.report.soon(now_ms)

    def _online(self, online):
        if online and self.report.error:
            self.board.log("connected to the broker")
        if online != self.counter.lights.online:
            self.counter.lights.online = online
            self.counter.glow.ring()

    def _below(self, n):
        return int.from_bytes(self.board.entropy(4), "big") % n


def _is_of_memory(error):
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.args[:1] == (ENOMEM,))
