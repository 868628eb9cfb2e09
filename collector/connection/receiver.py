"""The connection to the broker, in a process of its own: ``python -m collector.connection.receiver FD``.

Paho takes most of a core at the rates a county can reach, and a transaction must not wait for it, nor it for a
transaction. So this process does nothing but the network: it passes on what the broker delivers, sends PUBACKs and
answers when it is told to, and connects again whenever needed. It ends with its collector, whose end of the pipe
closes however the collector ends.
"""

import contextlib
import logging
import os
import select
import signal
import socket
import ssl
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from collector.connection.client import Client
from collector.connection.frames import (
    Answers,
    Attends,
    BrokerAddress,
    Connected,
    Ended,
    Heard,
    Here,
    Said,
    Wanted,
    encode,
    read_order,
)
from collector.connection.silence import LOOK_S as LISTEN_S
from collector.connection.silence import SIGN_S, Silence
from collector.intake.delivery import Delivery
from wire import topic
from wire.messages import MAX_MESSAGE

READS = ("state", "taps", "health", "want")
SHARED = ("taps", "health", "want")  # not state: a shared subscription gets no retained births
WINDOW = 2000  # MQTT 5: messages on their way to us at once. Mosquitto 2.0.11 keeps to it only until the first PUBACK
MOST_TOPIC = 256  # characters kept: no topic of ours is as long, so what is left of a longer one is none either
MOST_READ = 500  # messages in one frame
ANSWERS_ON_THE_WAY = 1000
ANSWERS_WAITING = 10_000
KEEPALIVE_S = 120  # Mosquitto 2.0.11 puts the answer to a ping behind all that waits for us
_DEAD = {  # a broker's computer that is gone is noticed by TCP, in less than half a minute
    "TCP_KEEPIDLE": 10,
    "TCP_KEEPINTVL": 5,
    "TCP_KEEPCNT": 3,
    "TCP_USER_TIMEOUT": 25_000,
}
CONNECT_S = 5
LOOK_S = 0.5
FROZEN_S = 10.0  # a collector that says it attends has not said so: what it shares is better left to the others
_RINGS = 4096
LASTED_S = 5
"""A connection that ends sooner counts as an attempt: what ended it may do so again and again."""
_UNKNOWN = "Unspecified error"
_UNTOLD = "it was closed without a word"
_PATIENCE_S = (0.2, 0.4, 0.8, 1.6, 3.2, 5.0)  # between attempts


class Receiver:
    """``pipe`` leads to the collector."""

    def __init__(self, address: BrokerAddress, pipe: Connection) -> None:
        self._address, self._pipe = address, pipe
        self._orders: deque[bytes] = deque()
        self._ordered, self._bell = socket.socketpair()  # a byte after an order, which select can wait for
        self._bell.setblocking(False)
        self._heard: list[Delivery] = []
        self._wanted: list[Delivery] = []
        self._came = 0  # messages since the beginning
        self._now_s = 0.0  # when those came that are being read
        self._connection = time.time_ns()  # a number that no receiver before this one had
        self._admitted = False
        self._told_s = time.monotonic()  # when the collector was told something, lastly
        self._said = ""  # of the connection, lastly: every attempt fails in the same way for hours
        self._takes = True  # its part of what collectors share
        self._collector = Silence()
        self._let_go = False  # this connection was ended since the collector is frozen
        self._attempts = 0
        self._since_s: float | None = None  # when it was let in; None: it was not since the last end
        self._next_s = 0.0
        self._ending = False
        self._client = self._make_client()

    def run(self) -> None:
        """Until the collector is gone."""
        threading.Thread(target=self._take_orders, daemon=True).start()
        if self._address.share is not None:
            threading.Thread(target=self._watch, daemon=True).start()
        with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
            self._connect()
            self._serve()
        self._ending = True
        self._client.disconnect()
        self._client.loop_write()

    def _serve(self) -> None:
        while True:
            raw = self._client.socket()
            if raw is None and time.monotonic() >= self._next_s:
                self._connect_again()
                continue
            self._wait(raw)
            self._read(raw)
            self._obey()
            if self._client.want_write():
                self._client.loop_write()
            self._client.loop_misc()
            if time.monotonic() - self._told_s >= SIGN_S:
                self._tell(Here())

    def _wait(self, raw: Any) -> None:
        """Until there is something to read, or it is time to look at pings and attempts."""
        if raw is None:
            select.select([self._ordered], [], [], max(0.0, min(LOOK_S, self._next_s - time.monotonic())))
            return
        with contextlib.suppress(OSError, ValueError):  # closed meanwhile: seen by whoever reads it
            select.select([self._ordered, raw], [raw] if self._client.want_write() else [], [], LOOK_S)

    def _read(self, raw: Any) -> None:
        """Everything that has come, at most a frame of it, and passes it on."""
        if raw is None:
            return
        self._now_s = time.monotonic()
        for _ in range(MOST_READ):
            before = self._came
            self._client.loop_read()
            if self._came == before:
                break
        if self._heard:
            self._tell(Heard(self._connection, self._heard))
            self._heard = []
        if self._wanted:
            self._tell(Wanted(self._wanted))
            self._wanted = []

    def _take_orders(self) -> None:
        """So that the collector can always say what it has to say, also while we wait for it to hear us."""
        with contextlib.suppress(EOFError, OSError):
            while True:
                self._collector.listens()
                order = self._pipe.recv_bytes()
                self._collector.heard()
                self._orders.append(order)
                with contextlib.suppress(BlockingIOError):  # a bell that is full of bytes rings already
                    self._bell.send(b"!")
        self._bell.close()

    def _obey(self) -> None:
        if not select.select([self._ordered], [], [], 0)[0]:
            return
        rings = self._ordered.recv(_RINGS)
        for _ in range(len(self._orders)):  # those that come meanwhile ring again
            self._obey_one(read_order(self._orders.popleft()))
        if not rings:
            raise EOFError

    def _watch(self) -> None:
        """A collector that is frozen reads nothing, and this process with it once the pipe is full."""
        while not self._ending:
            time.sleep(LISTEN_S)
            if self._collector.look() >= FROZEN_S:
                self._let_go = True
                raw: Any = self._client.socket()
                if raw is not None:
                    hang_up(raw.fileno())

    def _obey_one(self, order: Answers | Attends | BrokerAddress) -> None:
        if isinstance(order, Attends):
            self._take_part(order.takes)
            return
        if not isinstance(order, Answers) or self._client.socket() is None:
            return
        for name, payload in order.replies:  # first: for these somebody waits
            self._client.publish(name, payload, qos=1)
        if order.connection == self._connection:
            for packet_id in order.packet_ids:
                self._client.ack(packet_id, 1)

    def _take_part(self, takes: bool) -> None:
        """Leaves by ending the connection: what is on its way on it goes to the others only then."""
        if takes == self._takes:
            return
        self._takes = takes
        if not self._admitted:
            return
        if takes:
            self._subscribe()
            return
        self._admitted = False
        self._attempts, self._next_s = 0, 0.0
        self._client.disconnect()

    def _tell(self, news: Heard | Wanted | Connected | Ended | Here | Said) -> None:
        if not self._ending:
            self._pipe.send_bytes(encode(news))
            self._told_s = time.monotonic()

    def _make_client(self) -> mqtt.Client:
        address = self._address
        client = Client(
            CallbackAPIVersion.VERSION2,
            address.client_id or address.user,
            clean_session=None if address.mqtt5 else True,
            protocol=mqtt.MQTTv5 if address.mqtt5 else mqtt.MQTTv311,
            manual_ack=True,
        )
        client.username_pw_set(address.user, address.password)
        if address.tls:
            client.tls_set_context(trust(address.ca, address.pinned))
        client.suppress_exceptions = True  # an exception in a callback would end this process
        client.connect_timeout = CONNECT_S
        client.max_inflight_messages_set(ANSWERS_ON_THE_WAY)
        client.max_queued_messages_set(ANSWERS_WAITING)
        client.enable_logger(faults(self._tell))  # on_log would have each message told as text
        client.on_socket_open = self._on_socket_open
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        return client

    def _connect(self, again: bool = False) -> None:
        patience_s = _PATIENCE_S[min(self._attempts, len(_PATIENCE_S) - 1)]
        self._attempts += 1
        try:
            if again:
                self._client.reconnect()
            else:
                self._client.connect(self._address.host, self._address.port, KEEPALIVE_S, **self._manners())
        except (OSError, ValueError) as fault:  # paho says ValueError of a name that cannot be one
            why = getattr(fault, "strerror", None) or fault
            self._say(logging.ERROR, "no connection to the broker at %s:%d: %s; tried again until there is one", why)
        self._next_s = time.monotonic() + patience_s

    def _connect_again(self) -> None:
        if self._collector.lasts_s < FROZEN_S:
            self._connect(again=True)
        else:
            self._next_s = time.monotonic() + LOOK_S

    def _manners(self) -> dict[str, Any]:
        if not self._address.mqtt5:
            return {}
        properties = Properties(PacketTypes.CONNECT)
        properties.ReceiveMaximum = WINDOW
        return {"clean_start": True, "properties": properties}

    def _on_socket_open(self, _client: Any, _data: Any, raw: Any) -> None:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # paho leaves it off: 40 ms an answer
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _DEAD.items():
            if hasattr(socket, name):  # Linux has all of them
                raw.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
        self._connection += 1
        self._let_go = False

    def _on_connect(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._say(logging.ERROR, "the broker at %s:%d refuses the collector: %s", reason)
            return
        self._admitted = True
        self._say(logging.INFO, "connected to the broker at %s:%d")
        self._subscribe()

    def _subscribe(self) -> None:
        """Also to what it is subscribed to already: births that lie at the broker then come again, and some may have
        been dropped while nothing could be stored."""
        reads = [leaf for leaf in READS if self._takes or leaf not in SHARED]
        self._client.subscribe([(self._filter(leaf), topic.FROM_KIOSK[leaf][0]) for leaf in reads])

    def _filter(self, leaf: str) -> str:
        shared = self._address.share is not None and leaf in SHARED
        return (f"$share/{self._address.share}/" if shared else "") + topic.of("+", leaf)

    def _on_subscribe(self, _client: Any, _data: Any, _packet: int, reasons: list[Any], _properties: Any) -> None:
        if any(reason.is_failure for reason in reasons):
            refused = ", ".join(map(str, reasons))
            self._tell(Said(logging.ERROR, f"the broker refuses the collector's subscriptions: {refused}"))
            return
        self._since_s = time.monotonic()
        self._tell(Connected(self._connection, _ends_s(self._client.socket())))

    def _on_disconnect(self, _client: Any, _data: Any, flags: Any, reason: Any, _properties: Any) -> None:
        if self._admitted and not self._ending:
            why = _UNTOLD if not flags.is_disconnect_packet_from_server and reason == _UNKNOWN else reason
            if self._let_go:
                why = f"this collector has done nothing for {FROZEN_S:.0f} s"
            self._say(logging.ERROR, "the connection to the broker at %s:%d ended: %s", why)
        if self._since_s is not None and time.monotonic() - self._since_s >= LASTED_S:
            self._attempts = 0
        self._admitted, self._since_s = False, None
        self._tell(Ended(self._connection))

    def _on_message(self, _client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        try:
            name = message.topic[:MOST_TOPIC]
        except UnicodeDecodeError:
            name = "(not UTF-8)"
        self._came += 1
        payload = bytes(message.payload)
        size = len(payload)
        if size > MAX_MESSAGE:
            payload = payload[: MAX_MESSAGE + 1]
        if message.qos:
            self._heard.append(Delivery(name, payload, bool(message.retain), size, message.mid, self._now_s))
        else:
            where = self._wanted if name.endswith("/want") else self._heard
            where.append(Delivery(name, payload, bool(message.retain), size))

    def _say(self, level: int, sentence: str, *more: Any) -> None:
        said = sentence % (self._address.host, self._address.port, *more)
        if said != self._said:
            self._tell(Said(level, said))
        self._said = said


def hang_up(descriptor: int) -> None:
    """Ends a connection that another thread may be waiting at."""
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as line:  # none any more
        line.shutdown(socket.SHUT_RDWR)


def faults(tell: Callable[[Said], None]) -> logging.Logger:
    """Tells of what paho says only our own faults: what becomes of the connection is said elsewhere."""

    def heed(record: logging.LogRecord) -> bool:
        if record.msg.startswith("Caught exception"):
            tell(Said(record.levelno, record.getMessage()))
        return False

    logger = logging.Logger("paho", logging.ERROR)
    logger.addFilter(heed)
    return logger


def _ends_s(raw: Any) -> int:
    """When the certificate at the other end of a connection ends; 0: no TLS."""
    shown = raw.getpeercert() if isinstance(raw, ssl.SSLSocket) else None
    return int(ssl.cert_time_to_seconds(str(shown["notAfter"]))) if shown else 0


def trust(ca: str | None, pinned: str | None) -> ssl.SSLContext:
    """What checks the broker's certificate and name. Raises OSError for a file that holds no certificates.

    ``ca`` is a file of authorities to trust instead of the system's own; ``pinned`` one that holds the very certificate
    the broker must show, whatever name it is for.
    """
    context = ssl.create_default_context(cafile=pinned or ca)
    if pinned:
        context.check_hostname = False
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # the certificate itself is what is trusted
    return context


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):  # Ctrl-C, and systemd's to all processes of a service, are for the
        signal.signal(number, signal.SIG_IGN)  # collector, which ends this one in its turn
    pipe = Connection(int(sys.argv[1]))
    with contextlib.suppress(EOFError):  # the collector is gone already
        address = read_order(pipe.recv_bytes())
        assert isinstance(address, BrokerAddress)
        try:
            receiver = Receiver(address, pipe)
        except OSError as fault:
            pipe.send_bytes(encode(Said(logging.ERROR, f"the certificates to trust cannot be read: {fault}")))
            return
        try:
            receiver.run()
        except Exception:
            pipe.send_bytes(encode(Said(logging.CRITICAL, "a fault nobody foresaw\n" + traceback.format_exc())))
            raise SystemExit(1) from None


if __name__ == "__main__":
    main()
