"""The packets of MQTT 3.1.1 that the gate reads or writes itself: bytes in, values out, no sockets.

Section numbers are those of the OASIS standard, version 3.1.1.
"""

from dataclasses import dataclass, field

CONNECT, CONNACK, PUBLISH, PUBACK = 1, 2, 3, 4
SUBSCRIBE, SUBACK, UNSUBSCRIBE, PINGREQ, DISCONNECT = 8, 9, 10, 12, 14

# CONNACK's return codes (3.2.2.3)
ACCEPTED, BAD_VERSION, BAD_CLIENT_ID, UNAVAILABLE, BAD_SECRET, NOT_ALLOWED = 0, 1, 2, 3, 4, 5

PINGRESP = b"\xd0\x00"
NEVER = "+#"
"""A filter that no broker may accept (4.7.1), put in the place of a forbidden one: its answer is then 0x80."""


class Malformed(Exception):
    """The bytes are not the packet they claim to be; the connection they came from is to be closed (4.8)."""


@dataclass(frozen=True)
class Will:
    """What is said for a client that vanishes without a DISCONNECT."""

    topic: str
    payload: bytes
    retain: bool


@dataclass(frozen=True)
class Connect:
    """A client's CONNECT. What it left out is empty; ``keep_alive_s`` 0 means that it promises no sign of life."""

    client_id: str
    user: str
    password: bytes = field(repr=False)
    keep_alive_s: int
    will: Will | None


@dataclass(frozen=True)
class Publish:
    """A PUBLISH at QoS 0 (``packet_id`` None) or 1."""

    topic: str
    payload: bytes
    packet_id: int | None
    retain: bool
    duplicate: bool


@dataclass(frozen=True)
class Subscribe:
    """A SUBSCRIBE: pairs of filter and QoS wished for, 0 to 2."""

    packet_id: int
    filters: tuple[tuple[str, int], ...]


class _Fields:
    """Reads a packet's body from left to right."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def take(self, size: int) -> bytes:
        taken = self._body[self._at : self._at + size]
        if len(taken) != size:
            raise Malformed("the packet ends too early")
        self._at += size
        return taken

    def u8(self) -> int:
        return self.take(1)[0]

    def u16(self) -> int:
        return int.from_bytes(self.take(2), "big")

    def data(self) -> bytes:
        return self.take(self.u16())

    def text(self) -> str:
        try:
            text = self.data().decode()
        except UnicodeDecodeError:
            raise Malformed("a text is not UTF-8") from None
        if "\x00" in text:
            raise Malformed("a text holds U+0000")
        return text

    def packet_id(self) -> int:
        number = self.u16()
        if number == 0:
            raise Malformed("packet identifier 0")
        return number

    def rest(self) -> bytes:
        return self.take(len(self._body) - self._at)

    def at_end(self) -> bool:
        return self._at == len(self._body)


def read_connect(body: bytes) -> Connect | None:
    """The body of a CONNECT; None where it speaks another version than 3.1.1, whose layout we do not know."""
    fields = _Fields(body)
    if (fields.data(), fields.u8()) != (b"MQTT", 4):
        return None
    flags = fields.u8()
    keep_alive_s = fields.u16()
    client_id = fields.text()
    has_user, has_password, has_will = flags & 0x80, flags & 0x40, flags & 0x04
    if flags & 0x01 or (has_password and not has_user) or (not has_will and flags & 0x38) or flags & 0x18 == 0x18:
        raise Malformed("the connect flags contradict each other")
    will = Will(fields.text(), fields.data(), bool(flags & 0x20)) if has_will else None
    user = fields.text() if has_user else ""
    password = fields.data() if has_password else b""
    if not fields.at_end():
        raise Malformed("bytes after the end of CONNECT")
    return Connect(client_id, user, password, keep_alive_s, will)


def read_publish(flags: int, body: bytes) -> Publish:
    """The low four bits of a PUBLISH's first byte, and its body. QoS 2 is not spoken here and counts as malformed."""
    fields = _Fields(body)
    qos = flags >> 1 & 3
    if qos > 1:
        raise Malformed("QoS 2 or 3")
    topic = fields.text()
    if not topic or "+" in topic or "#" in topic:
        raise Malformed("a topic to publish to is empty or has a wildcard")
    packet_id = fields.packet_id() if qos else None
    return Publish(topic, fields.rest(), packet_id, bool(flags & 1), bool(flags & 8))


def read_subscribe(body: bytes) -> Subscribe:
    """The body of a SUBSCRIBE."""
    fields = _Fields(body)
    packet_id = fields.packet_id()
    filters = []
    while not fields.at_end():
        filters.append((fields.text(), fields.u8()))
    if not filters or any(not name or qos > 2 for name, qos in filters):
        raise Malformed("a subscription without a filter, or with QoS above 2")
    return Subscribe(packet_id, tuple(filters))


def read_unsubscribe(body: bytes) -> tuple[str, ...]:
    """The filters of an UNSUBSCRIBE."""
    fields = _Fields(body)
    fields.packet_id()
    filters = []
    while not fields.at_end():
        filters.append(fields.text())
    if not filters:
        raise Malformed("an UNSUBSCRIBE without a filter")
    return tuple(filters)


def check_puback(body: bytes) -> None:
    """Raises Malformed unless the body is one packet identifier."""
    fields = _Fields(body)
    fields.packet_id()
    if not fields.at_end():
        raise Malformed("bytes after the end of PUBACK")


def split(packet: bytes) -> tuple[int, bytes]:
    """First byte and body of one whole packet that our own broker wrote."""
    at = 1
    while packet[at] & 0x80:
        at += 1
    return packet[0], packet[at + 1 :]


def frame(first: int, body: bytes) -> bytes:
    """A whole packet: first byte, remaining length (2.2.3), body."""
    head = bytearray([first])
    left = len(body)
    while True:
        head.append(left & 0x7F | (0x80 if left > 0x7F else 0))
        left >>= 7
        if not left:
            return bytes(head) + body


def _text(text: str) -> bytes:
    data = text.encode()
    return len(data).to_bytes(2, "big") + data


def connect(client_id: str) -> bytes:
    """A clean CONNECT without account, Will or keep-alive: all three end at the gate."""
    return frame(CONNECT << 4, _text("MQTT") + b"\x04\x02\x00\x00" + _text(client_id))


def connack(code: int) -> bytes:
    return bytes([CONNACK << 4, 2, 0, code])


def puback(packet_id: int) -> bytes:
    return bytes([PUBACK << 4, 2]) + packet_id.to_bytes(2, "big")


def publish(message: Publish) -> bytes:
    flags = (8 if message.duplicate else 0) | (2 if message.packet_id else 0) | (1 if message.retain else 0)
    number = message.packet_id.to_bytes(2, "big") if message.packet_id else b""
    return frame(PUBLISH << 4 | flags, _text(message.topic) + number + message.payload)


def subscribe(wish: Subscribe) -> bytes:
    return frame(
        SUBSCRIBE << 4 | 2,
        wish.packet_id.to_bytes(2, "big") + b"".join(_text(name) + bytes([qos]) for name, qos in wish.filters),
    )


def matches(topic: str, name: str) -> bool:
    """Whether a filter without ``#`` takes the topic (4.7)."""
    wanted, given = name.split("/"), topic.split("/")
    return len(wanted) == len(given) and all(w in ("+", g) for w, g in zip(wanted, given, strict=True))
