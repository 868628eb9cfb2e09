"""The far side of a kiosk's wire, small and whole: bytes that travel and get lost, a broker, a collector.

Nothing here uses the kiosk's own packets: what the kiosk says is read, and judged, by other code than what wrote it.
"""

from tests.kiosk.desk import NOW_UTC_MS
from wire import codec
from wire.messages import MAX_MESSAGE, MAX_TAPS, Config
from wire.rejected import Rejected

NAME = "lobby-1"
HEARD = ["hymio/1/lobby-1/" + leaf for leaf in ("ack", "config", "command", "update")]
DEAD_MS = 90000  # one and a half times the keepalive: a broker's patience
SOCKET = 4096  # bytes a socket takes before a write waits

# What becomes of a connection of which a direction was cut
RESET = 0  # both sides learn of it
CLOSED = 1  # both sides see an orderly end
HALF_OPEN = 2  # nobody does: nothing travels any more
ONE_WAY = 3  # nobody does, and the other direction still works
FATES = (RESET, CLOSED, HALF_OPEN, ONE_WAY)


class Post:
    """What will happen, in the order of time. ``fault``: the first thing that should not have."""

    def __init__(self, time, bell):
        self.time = time
        self.bell = bell  # rung when something new will happen
        self.waiting = []  # (when, number, action, arguments)
        self.fault = None
        self._number = 0

    def send(self, delay_ms, action, *arguments):
        """Calls ``action`` after a delay; what is due together happens in the order of sending."""
        self._number += 1
        letter = (self.time.now_ms + delay_ms, self._number, action, arguments)
        at = len(self.waiting)
        while at and self.waiting[at - 1][0] > letter[0]:
            at -= 1
        self.waiting.insert(at, letter)
        self.bell.ring()

    def deliver(self):
        """What is due. Returns the ms until the next, at most 60,000."""
        while not self.fault and self.waiting and self.waiting[0][0] <= self.time.now_ms:
            _, _, action, arguments = self.waiting.pop(0)
            try:
                action(*arguments)
            except Exception as e:
                self.fault = e
        return min(self.waiting[0][0] - self.time.now_ms, 60000) if self.waiting else 60000


class Connection:
    """A kiosk's link, and what the broker holds of it. ``cut``: {"up" or "down": bytes until it is cut}."""

    def __init__(self, post, dice, broker, bell, cut, fate, late_ms):
        self.post = post
        self.dice = dice
        self.broker = broker
        self.bell = bell
        self.cut = cut
        self.fate = fate
        self.late_ms = late_ms
        self.passed = {"up": 0, "down": 0}
        self.dead = {"up": False, "down": False}
        self._arrived = b""  # not yet read by the kiosk
        self._end = None  # how the kiosk sees it end: an exception, or b""
        self._closed = False
        self._stuck = 0
        self._last = {"up": 0, "down": 0}

    # ---- the kiosk's side
    @property
    def open(self):
        return not self._closed

    async def read(self):
        while not self._arrived:
            if self._end == b"":
                return b""
            if self._end:
                raise self._end
            await self.bell.wait(600000)
        piece = self._arrived[: 1 + self.dice.below(512)]
        self._arrived = self._arrived[len(piece) :]
        return piece

    async def write(self, content):
        if self._end:
            raise OSError(104)
        if self.dead["up"]:
            self._stuck += len(content)
            if self._stuck > SOCKET:
                await self.broker.pause(20000)
                raise OSError(110)
            return
        self._travel("up", content, self.broker.feed)

    def close(self):
        self._closed = True
        if not self.dead["up"]:
            self.post.send(1, self.broker.gone, self)

    # ---- the broker's side
    def say(self, content):
        if not self.dead["down"]:
            self._travel("down", content, self._arrive)

    def hang_up(self):
        """The broker closes."""
        if not self.dead["down"]:
            self.post.send(self.late_ms, self._finish, b"")

    # ---- between them
    def _travel(self, way, content, arrive):
        left = self.cut.get(way)
        content = content if left is None else content[: left - self.passed[way]]
        self.passed[way] += len(content)
        while content:
            piece = content[: 1 + self.dice.below(len(content) + 40)]
            content = content[len(piece) :]
            self._last[way] = max(self._last[way], self.post.time.now_ms + self.dice.below(self.late_ms + 1))
            self.post.send(self._last[way] - self.post.time.now_ms, self._reach, way, arrive, piece)
        if left is not None and self.passed[way] >= left:
            self._break(way)

    def _reach(self, way, arrive, piece):
        """At the other end, unless the whole connection broke meanwhile."""
        if way == "up":
            arrive(self, piece)
        else:
            arrive(piece)

    def _arrive(self, piece):
        if not self._closed and self._end is None:
            self._arrived += piece
            self.bell.ring()

    def _break(self, way):
        if self.dead[way]:
            return
        self.dead[way] = True
        self.broker.cuts[self.fate] += 1
        if self.fate == ONE_WAY:
            return
        self.dead["up"] = self.dead["down"] = True
        if self.fate != HALF_OPEN:
            delay_ms = max(0, max(self._last.values()) - self.post.time.now_ms)
            self.post.send(delay_ms, self._finish, b"" if self.fate == CLOSED else OSError(104))
            self.post.send(delay_ms, self.broker.gone, self)

    def _finish(self, how):
        if self._end is None:
            self._end = how
            self.bell.ring()


class Broker:
    """MQTT 3.1.1 for one kiosk and one collector. ``rude``: PUBACKs get lost, come twice and late.

    ``remembers``: it sets Session Present for a clean session and repeats what it had under way, as none should.
    """

    def __init__(self, post, dice, collector, pause, rude=False, remembers=False, late_ms=0):
        self.post = post
        self.dice = dice
        self.collector = collector
        self.pause = pause
        self.rude = rude
        self.remembers = remembers
        self.late_ms = late_ms  # on the way to the collector
        self.now = None  # the kiosk's connection
        self.retained = b""
        self.flying = []  # (packet id, bytes) to the kiosk
        self.publishes = self.sessions = 0
        self.cuts = [0, 0, 0, 0]  # of each fate
        self._will = {}  # connection: payload
        self._unread = {}  # connection: bytes
        self._heard_ms = {}
        self._subscribed = None
        self._id = 0

    def feed(self, connection, content):
        """Bytes of the kiosk have come."""
        if connection not in self._unread:
            if connection.broker is None or connection in self._heard_ms:
                return  # it was closed
            self._unread[connection] = b""
        self._heard_ms[connection] = self.post.time.now_ms
        buffer = self._unread[connection] + content
        while True:
            found = _packet(buffer)
            if found is None:
                break
            head, body, size = found
            buffer = buffer[size:]
            self._packet(connection, head, body)
            if connection not in self._unread:
                return
        self._unread[connection] = buffer

    def gone(self, connection):
        """The connection is over: its Will speaks."""
        self._unread.pop(connection, None)
        if connection is self.now:
            self.now = self._subscribed = None
        will = self._will.pop(connection, None)
        if will is not None:
            self._retain(will)

    def publish(self, leaf, payload):
        """A message for the kiosk; nothing is kept for one that is not there."""
        if self._subscribed is None:
            return
        self._id = self._id % 65535 + 1
        body = _text(("hymio/1/" + NAME + "/" + leaf).encode()) + self._id.to_bytes(2, "big") + payload
        self.flying.append((self._id, body))
        self._subscribed.say(b"\x32" + _length(len(body)) + body)

    def retained_birth(self):
        """What a collector that starts is given."""
        if self.retained:
            self.post.send(self.dice.below(self.late_ms + 1), self.collector.hear, "state", self.retained)

    def _packet(self, connection, head, body):
        kind = head >> 4
        if connection not in self._will:
            assert kind == 1, "the first packet must be CONNECT, not kind %d" % kind
            self._connect(connection, body)
        elif kind == 8:
            assert head == 0x82
            self._subscribe(connection, body)
        elif kind == 3:
            self._published(connection, head, body)
        elif kind == 4:
            packet_id = int.from_bytes(body, "big")
            self.flying = [sent for sent in self.flying if sent[0] != packet_id]
        elif kind == 12:
            connection.say(b"\xd0\x00")
        else:
            raise AssertionError("the kiosk sent a packet of kind %d" % kind)

    def _connect(self, connection, body):
        assert body[:10] == b"\x00\x04MQTT\x04\xee\x00\x3c", body[:10]  # clean session, Will at QoS 1, retained; 60 s
        client_id, rest = _string(body[10:])
        topic, rest = _string(rest)
        will, rest = _string(rest)
        user, rest = _string(rest)
        assert client_id == user == NAME.encode() and topic == b"hymio/1/lobby-1/state"
        if self.now is not None:
            self.now.hang_up()
            self.gone(self.now)
        self.now = connection
        self.sessions += 1
        self._will[connection] = will
        self.post.send(DEAD_MS, self._look, connection)
        connection.say(b"\x20\x02\x01\x00" if self.remembers else b"\x20\x02\x00\x00")
        if self.remembers:
            for _, sent in self.flying:
                connection.say(b"\x3a" + _length(len(sent)) + sent)
        else:
            self.flying = []

    def _look(self, connection):
        """Closes a connection that has been silent."""
        if connection in self._unread:
            silent_ms = self.post.time.now_ms - self._heard_ms[connection]
            if silent_ms >= DEAD_MS:
                self.gone(connection)
            else:
                self.post.send(DEAD_MS - silent_ms, self._look, connection)

    def _subscribe(self, connection, body):
        rest, topics = body[2:], 0
        while rest:
            topic, rest = _string(rest)
            assert topic.decode() in HEARD and rest[0] == 1
            rest = rest[1:]
            topics += 1
        self._subscribed = connection
        connection.say(bytes((0x90, 2 + topics)) + body[:2] + b"\x01" * topics)

    def _published(self, connection, head, body):
        self.publishes += 1
        topic, rest = _string(body)
        leaf = topic.decode().split("/")[-1]
        qos = head >> 1 & 3
        assert head & 8 == 0 and qos == (1 if leaf in ("taps", "state") else 0), (leaf, head)
        if qos:
            assert rest[:2] != b"\x00\x00"
            self._puback(connection, b"\x40\x02" + rest[:2])
            rest = rest[2:]
        assert (head & 1) == (leaf == "state")
        if leaf == "state":
            self._retain(rest)
        else:
            self.post.send(self.dice.below(self.late_ms + 1), self.collector.hear, leaf, rest)

    def _puback(self, connection, packet):
        for _ in range((0, 1, 1, 2)[self.dice.below(4)] if self.rude else 1):
            if self.rude:
                self.post.send(self.dice.below(4000), connection.say, packet)
            else:
                connection.say(packet)

    def _retain(self, payload):
        self.retained = payload
        self.post.send(self.dice.below(self.late_ms + 1), self.collector.hear, "state", payload)


class Collector:
    """A store behind a broker, that may be away, may die between the commit and its answer, and may answer late."""

    def __init__(self, post, dice, store, late_ms=0, careless=False):
        self.post = post
        self.dice = dice
        self.store = store
        self.late_ms = late_ms
        self.careless = careless  # answers get lost
        self.broker = None
        self.up = True
        self.online = None  # the kiosk's session, or None
        self.births = 0
        self.health = None  # the last
        self.config = Config(5, 0, 300, "stable")
        self._began_ms = post.time.now_ms

    def start(self):
        self.up = True
        self.broker.retained_birth()

    def stop(self):
        self.up = False

    def hear(self, leaf, payload):
        """A message of the kiosk."""
        assert len(payload) <= MAX_MESSAGE
        message = codec.decode(leaf, payload)
        assert not isinstance(message, Rejected), message
        if not self.up:
            return
        if leaf == "health":
            self.health = message
        elif leaf == "state" and not message.online:
            self.online = None if message.session == self.online else self.online
        elif leaf in ("state", "taps"):
            if leaf == "state":
                self.births += 1
                self.online = message.session
                if message.config_version != self.config.version:
                    self._answer("config", codec.encode("config", self.config))
            else:
                assert 1 <= len(message.taps) <= MAX_TAPS
            self._answer("ack", codec.encode("ack", self.store.take(leaf, message, self.utc_ms())))

    def utc_ms(self):
        return NOW_UTC_MS + self.post.time.now_ms - self._began_ms

    def _answer(self, leaf, payload):
        if self.careless and self.dice.below(4) == 0:
            return
        self.post.send(self.dice.below(self.late_ms + 1), self.broker.publish, leaf, payload)


def _packet(buffer):
    """(first byte, body, size) of the packet that ``buffer`` begins with, or None while it is not whole."""
    at, length, shift = 1, 0, 0
    while at < len(buffer):
        length |= (buffer[at] & 127) << shift
        at += 1
        if buffer[at - 1] < 128:
            if len(buffer) < at + length:
                return None
            return buffer[0], buffer[at : at + length], at + length
        shift += 7
    return None


def _string(content):
    size = int.from_bytes(content[:2], "big")
    assert len(content) >= 2 + size
    return content[2 : 2 + size], content[2 + size :]


def _text(content):
    return len(content).to_bytes(2, "big") + content


def _length(size):
    out = b""
    while size > 127:
        out += bytes((size & 127 | 128,))
        size >>= 7
    return out + bytes((size,))
