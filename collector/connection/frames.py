"""What a collector and its receiver say to one another over a pipe: one frame a message, in MessagePack.

The receiver is a process of its own (collector/connection/receiver.py). A connection to the broker has a number of its
own; packet ids begin anew with each, so whatever names a packet names its connection too.
"""

import msgspec
from msgspec import Struct

from collector.intake.delivery import Delivery


class BrokerAddress(Struct, frozen=True, tag="address"):
    """The first frame: where the broker is and as whom the collector comes.

    ``mqtt5`` is False for a broker that has only MQTT 3.1.1. ``ca`` is a file of certificates to trust instead of the
    system's own; ``pinned`` one that holds the very certificate the broker must show, whatever name it is for.
    ``client_id`` must be this collector's own; the user name where it is None, as brokers enforce it. ``share`` (MQTT
    5) names the collectors among whom the broker divides messages; each of them hears every birth and Will.
    """

    host: str
    port: int
    user: str
    password: str
    mqtt5: bool = True
    tls: bool = False
    ca: str | None = None
    pinned: str | None = None
    client_id: str | None = None
    share: str | None = None

    def __repr__(self) -> str:
        return f"BrokerAddress({self.host}:{self.port} as {self.user})"  # and not with which password


class Answers(Struct, frozen=True, tag="answers"):
    """What to say: PUBACKs of one connection, dropped where that has ended, and messages to publish."""

    connection: int
    packet_ids: list[int]
    replies: list[tuple[str, bytes]]


class Attends(Struct, frozen=True, tag="attends"):
    """Once a second, of a collector that shares with others: it is there.

    ``takes``: and takes its part of what they share; otherwise the others are left all of it.
    """

    takes: bool


class Heard(Struct, frozen=True, tag="heard"):
    """What the broker delivered. Payloads are cut behind MAX_MESSAGE bytes."""

    connection: int
    deliveries: list[Delivery]


class Wanted(Struct, frozen=True, tag="wanted"):
    """Kiosks' wants, which came with QoS 0."""

    deliveries: list[Delivery]


class Connected(Struct, frozen=True, tag="connected"):
    """The broker let us in and took every subscription.

    ``until_s``: when the certificate that it showed ends, in seconds since 1970; 0: no TLS.
    """

    connection: int
    until_s: int = 0


class Ended(Struct, frozen=True, tag="ended"):
    connection: int


class Here(Struct, frozen=True, tag="here"):
    """A sign of life, where nothing else was said for a while."""


class Said(Struct, frozen=True, tag="said"):
    """A sentence for the log. ``level`` as in logging."""

    level: int
    sentence: str


encode = msgspec.msgpack.Encoder().encode
read_order = msgspec.msgpack.Decoder(BrokerAddress | Answers | Attends).decode
read_news = msgspec.msgpack.Decoder(Heard | Wanted | Connected | Ended | Here | Said).decode
