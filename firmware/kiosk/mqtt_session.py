"""One connection to the broker as a state machine: bytes and the time in, bytes and news out.

    CONNECTING ─CONNACK 0→ SUBSCRIBING ─SUBACK→ UP
         └──────── refusal, silence, nonsense: Ended from every state; a new session is a new object

Alive is what sends: only bytes from the broker count, a socket that calls itself connected does not. QoS 1 publishes
are not repeated on the connection; whoever needs them kept waits for the stored ack, which says more than a PUBACK.
"""

from kiosk import mqtt_codec as codec

CONNECTING = "connecting"
SUBSCRIBING = "subscribing"
UP = "up"

KEEPALIVE_S = 60  # what the broker is told; it gives up, and sends the Will, after one and a half
PING_AFTER_MS = 15000  # of silence
SILENT_MS = 30000  # of silence: the connection is dead
ANSWER_MS = 10000  # for CONNACK and SUBACK
MOST_FLYING = 16  # publishes without a PUBACK whose ids are avoided

REFUSALS = (
    "",
    "the broker does not speak MQTT 3.1.1 (1)",
    "the broker refused the client id (2)",
    "the broker is not available (3)",
    "the broker refused the login: wrong kiosk name or secret (4)",
    "the broker refused the login: not authorized (5)",
)


class Ended(Exception):
    """The connection is over; the argument says why in one sentence."""


class Session:
    """``out`` holds the bytes to send; take them and set it to b"". ``will``: (topic, payload)."""

    def __init__(self, name, secret, will, topics, now_ms):
        self.state = CONNECTING
        self.topics = topics
        self.out = codec.connect(name, name, secret, KEEPALIVE_S, will[0], will[1])
        self.too_long = 0
        self._reader = codec.Reader()
        self._since_ms = now_ms  # since CONNECT was sent, then since CONNACK came
        self._heard_ms = now_ms
        self._pinged = False
        self._next_id = 1
        self._flying = []

    def sent(self, now_ms):
        """What was in ``out`` is sent. With CONNECT goes a handshake of TLS: that was not the broker's delay."""
        if self.state == CONNECTING:
            self._since_ms = now_ms

    def feed(self, received, now_ms):
        """Takes what the broker sent. Returns messages [(topic, payload)]. Raises Ended."""
        self._heard_ms = now_ms
        self._pinged = False
        messages = []
        try:
            for found in self._reader.feed(received):
                self._take(found, messages, now_ms)
        except codec.Malformed as e:
            raise Ended("the broker sent " + e.args[0]) from None
        return messages

    def publish(self, topic, payload, qos, retain):
        """Only in UP."""
        self.out += codec.publish(topic, payload, qos, retain, self._take_id() if qos else None)

    def poll(self, now_ms):
        """Pings after silence; raises Ended when nobody is there. Returns the ms until the next call is due."""
        if self.state != UP:
            if now_ms - self._since_ms >= ANSWER_MS:
                raise Ended("the broker did not answer while " + self.state)
            return self._since_ms + ANSWER_MS - now_ms
        silent_ms = now_ms - self._heard_ms
        if silent_ms >= SILENT_MS:
            raise Ended("the broker has been silent for %d s" % (silent_ms // 1000))
        if silent_ms < PING_AFTER_MS:
            return PING_AFTER_MS - silent_ms
        if not self._pinged:
            self._pinged = True
            self.out += codec.pingreq()
        return SILENT_MS - silent_ms

    def _take(self, found, messages, now_ms):
        if self.state == CONNECTING:
            self._connack(found)
            self._since_ms = now_ms
        elif found.kind == codec.SUBACK:
            self._suback(found)
        elif found.kind == codec.PUBLISH:
            self._message(found, messages)
        elif found.kind == codec.PUBACK:
            packet_id = codec.read_id(found)
            if packet_id in self._flying:
                self._flying.remove(packet_id)
        elif found.kind != codec.PINGRESP:
            raise Ended("the broker sent a packet of kind %d" % found.kind)

    def _connack(self, found):
        if found.kind != codec.CONNACK or len(found.body) != 2:
            raise Ended("what answers is not an MQTT broker")
        code = found.body[1]
        if code:
            raise Ended(REFUSALS[code] if code < len(REFUSALS) else "the broker refused the connection (%d)" % code)
        self.state = SUBSCRIBING
        self.out += codec.subscribe(self._take_id(), self.topics)

    def _suback(self, found):
        if self.state == UP:
            raise Ended("the broker sent a second answer to the subscription")
        codec.read_id(found)
        if len(found.body) != 2 + len(self.topics):
            raise Ended("the broker answered for %d of %d subscriptions" % (len(found.body) - 2, len(self.topics)))
        for i, granted in enumerate(found.body[2:]):
            if granted > 1:
                raise Ended("the broker refused the subscription to " + self.topics[i])
        self._flying = []
        self.state = UP

    def _message(self, found, messages):
        topic, payload, qos, packet_id = codec.read_publish(found)
        if qos == 2:
            raise Ended("the broker sent a message at QoS 2, which nobody asked for")
        if qos == 1 and packet_id is not None:
            self.out += codec.puback(packet_id)
        if payload is None:
            self.too_long += 1
        else:
            messages.append((topic, payload))

    def _take_id(self):
        """The next packet id, 1 to 65,535 and round again, past those in flight."""
        while self._next_id in self._flying:
            self._next_id = self._next_id % 65535 + 1
        taken = self._next_id
        self._next_id = taken % 65535 + 1
        self._flying.append(taken)
        if len(self._flying) > MOST_FLYING:
            self._flying.pop(0)
        return taken
