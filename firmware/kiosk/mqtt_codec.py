"""MQTT 3.1.1 control packets to bytes and back (OASIS standard, 29 October 2014). No state but a half-read packet.

The reader is fed whatever came, byte by byte if need be. A packet longer than MOST is skipped, not stored: of one only
its beginning is kept, enough to acknowledge a PUBLISH.
"""

from collections import namedtuple

CONNECT = 1
CONNACK = 2
PUBLISH = 3
PUBACK = 4
SUBSCRIBE = 8
SUBACK = 9
PINGREQ = 12
PINGRESP = 13
DISCONNECT = 14

MOST = 2304  # bytes of a packet's body: a wire message (2,048), its topic and its id
KEPT = 192  # bytes kept of one that is longer

Packet = namedtuple("Packet", ("kind", "flags", "body", "whole"))
"""``flags``: the low four bits of the first byte. ``whole``: False when the body is only the beginning."""


class Malformed(Exception):
    """The bytes are not MQTT; the connection is beyond repair."""


def text(s):
    raw = s.encode()
    return len(raw).to_bytes(2, "big") + raw


def packet(kind, flags, *parts):
    """The bytes of one packet."""
    left = sum([len(part) for part in parts])
    out = bytearray((kind << 4 | flags,))
    while True:
        out.append(left & 127 | (128 if left > 127 else 0))
        left >>= 7
        if not left:
            break
    for part in parts:
        out += part
    return bytes(out)


def connect(client_id, user, password, keepalive_s, will_topic, will_payload):
    """Clean session; the Will at QoS 1, retained."""
    flags = 0x02 | 0x04 | 1 << 3 | 0x20 | 0x40 | 0x80
    head = text("MQTT") + bytes((4, flags)) + keepalive_s.to_bytes(2, "big")
    will = text(will_topic) + len(will_payload).to_bytes(2, "big") + will_payload
    return packet(CONNECT, 0, head, text(client_id), will, text(user), text(password))


def publish(topic, payload, qos, retain, packet_id):
    head = text(topic) + (packet_id.to_bytes(2, "big") if qos else b"")
    return packet(PUBLISH, qos << 1 | (1 if retain else 0), head, payload)


def puback(packet_id):
    return packet(PUBACK, 0, packet_id.to_bytes(2, "big"))


def subscribe(packet_id, topics):
    """Asks for every topic at QoS 1."""
    return packet(SUBSCRIBE, 2, packet_id.to_bytes(2, "big"), b"".join([text(topic) + b"\x01" for topic in topics]))


def pingreq():
    return packet(PINGREQ, 0)


def disconnect():
    return packet(DISCONNECT, 0)


def read_publish(found):
    """(topic, payload or None if it was too long, QoS, packet id or None) of a PUBLISH. Raises Malformed."""
    body, qos = found.body, found.flags >> 1 & 3
    if len(body) < 2 or qos == 3:
        raise Malformed("a PUBLISH without a topic, or of QoS 3")
    at = 2 + int.from_bytes(body[:2], "big")
    if len(body) < at + (2 if qos else 0):
        if found.whole:
            raise Malformed("a PUBLISH that ends inside its head")
        return None, None, qos, None
    try:
        topic = str(body[2:at], "utf-8")
    except (UnicodeError, ValueError):
        raise Malformed("a topic that is not UTF-8") from None
    packet_id = None
    if qos:
        packet_id = int.from_bytes(body[at : at + 2], "big")
        if not packet_id:
            raise Malformed("a PUBLISH with packet id 0")
        at += 2
    return topic, bytes(body[at:]) if found.whole else None, qos, packet_id


def read_id(found):
    """The packet id that a PUBACK or SUBACK begins with. Raises Malformed."""
    if len(found.body) < 2:
        raise Malformed("an acknowledgement without a packet id")
    return int.from_bytes(found.body[:2], "big")


class Reader:
    """Bytes in, packets out."""

    def __init__(self):
        self._head = None  # the first byte
        self._left = 0  # bytes of the body still to come
        self._shift = 0  # of the length being read; -1: the length is known
        self._body = bytearray()
        self._most = MOST

    def feed(self, received):
        """Returns the packets that ``received`` completes. Raises Malformed."""
        found = []
        at = 0
        while at < len(received):
            if self._head is None:
                self._head = received[at]
                self._left = self._shift = 0
                at += 1
            elif self._shift >= 0:
                self._length(received[at])
                at += 1
            else:
                taken = min(self._left, len(received) - at)
                room = self._most - len(self._body)
                self._body += received[at : at + min(taken, room)]
                self._left -= taken
                at += taken
            if self._head is not None and self._shift < 0 and self._left == 0:
                found.append(Packet(self._head >> 4, self._head & 15, bytes(self._body), self._most == MOST))
                self._head = None
                self._body = bytearray()
        return found

    def _length(self, byte):
        """One byte of the remaining length, 7 bits each, the low ones first, at most four."""
        self._left |= (byte & 127) << self._shift
        if byte < 128:
            self._shift = -1
            self._most = MOST if self._left <= MOST else KEPT
        elif self._shift == 21:
            raise Malformed("a length of more than four bytes")
        else:
            self._shift += 7
