"""The collector's connection to the broker: messages in, and after the commit PUBACKs and answers out.

Two threads. Paho's network thread only puts deliveries into a bounded queue; the writer drains it, one transaction for
all that waits. What does not fit is dropped: the kiosk has no stored ack for it and sends it again. Its PUBACK follows
once the writer goes on, to give its place in the broker's window back. A PUBACK goes out only on the connection its
message came by, since packet ids begin anew with every connection.
"""

import logging
import socket
import ssl
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from sqlalchemy.exc import DBAPIError, OperationalError

from collector.answer import Reply
from collector.delivery import Delivery
from collector.ingest import Ingest
from wire import topic
from wire.messages import MAX_MESSAGE

log = logging.getLogger("hymio.collector")

READS = ("state", "taps", "health", "want")
SHARED = ("taps", "health", "want")  # not state: a shared subscription gets no retained births
MOST_TOGETHER = 500  # deliveries a transaction
WINDOW = 2000  # MQTT 5: messages on their way to us at once
WAITING = 4000  # deliveries in the queue; times MAX_MESSAGE is its memory
ANSWERS_ON_THE_WAY = 1000
ANSWERS_WAITING = 10_000
KEEPALIVE_S = 30
_PATIENCE_S = (0.05, 0.2, 0.5, 1.0, 2.0, 5.0)  # between attempts while the database is away


class _Waiting(NamedTuple):
    delivery: Delivery
    packet_id: int  # 0: QoS 0, no PUBACK
    connection: int


class Subscriber:
    """``mqtt5``: False for a broker that has only MQTT 3.1.1. ``tls``: an SSL context, or None for plain text.

    ``client_id`` must be this collector's own; the user name by default, as brokers enforce it. ``share`` (MQTT 5)
    names the collectors among whom the broker divides messages; each of them hears every birth and Will. ``on_want``
    is handed the wants of kiosks, on the network thread; without it they go into ingest like everything else.
    """

    def __init__(
        self,
        ingest: Ingest,
        host: str,
        port: int,
        user: str,
        password: str,
        tls: ssl.SSLContext | None = None,
        *,
        client_id: str | None = None,
        mqtt5: bool = True,
        share: str | None = None,
        waiting: int = WAITING,
        on_want: Callable[[Delivery], None] | None = None,
    ) -> None:
        self._ingest = ingest
        self._on_want = on_want
        self._address = (host, port)
        self._mqtt5 = mqtt5
        self._share = share
        self._most_waiting = waiting
        self._queue: deque[_Waiting] = deque()
        self._owed: deque[_Waiting] = deque()  # dropped or given up, PUBACK not sent yet
        self._filled = threading.Condition()
        self._ending = threading.Event()
        self._trouble: str | None = None
        self._sending = threading.Lock()  # guards _connection against a PUBACK on the wrong one
        self._connection = 0
        self._connected = False
        self._admitted = False
        self._said = ""  # of the connection, lastly: every attempt fails in the same way for hours
        self._subscribed = threading.Event()
        self._writer = threading.Thread(target=self._write, name="hymio-writer", daemon=True)
        self._client = self._make_client(client_id or user, user, password, tls)
        ingest.metrics.watch("queue_depth", "Deliveries waiting for their transaction", lambda: len(self._queue))
        ingest.metrics.watch("broker_connected", "1 while subscribed at the broker", lambda: self.connected)

    @property
    def connected(self) -> bool:
        """Connected and subscribed."""
        return self._connected and self._subscribed.is_set()

    @property
    def alive(self) -> bool:
        """Whether the writer runs: from ``start`` to ``stop``."""
        return self._writer.is_alive()

    @property
    def trouble(self) -> str | None:
        """Why the database refuses at present, in a few words; None when the last transaction was committed."""
        return self._trouble

    def start(self) -> None:
        """Returns at once; connects, and connects again whenever needed, until ``stop``."""
        properties = None
        if self._mqtt5:
            properties = Properties(PacketTypes.CONNECT)
            properties.ReceiveMaximum = WINDOW
        host, port = self._address
        clean: dict[str, Any] = {"clean_start": True, "properties": properties} if self._mqtt5 else {}
        self._client.connect_async(host, port, KEEPALIVE_S, **clean)
        self._writer.start()
        self._client.loop_start()

    def stop(self) -> None:
        """Ends the running transaction's work, disconnects and returns. What waits is dropped: kiosks resend it."""
        self._ending.set()
        with self._filled:
            self._filled.notify_all()
        self._writer.join()
        self._client.disconnect()
        self._client.loop_stop()

    def say(self, replies: list[Reply]) -> bool:
        """Publishes ``replies``; False where there is no connection, and nothing was said."""
        with self._sending:
            if self._connected:
                for name, payload in replies:
                    self._client.publish(name, payload, qos=1)
            return self._connected

    def enqueue(self, delivery: Delivery) -> None:
        """Takes a delivery of QoS 0 that came by another way into ingest."""
        self._put(_Waiting(delivery, 0, self._connection))

    def _make_client(self, client_id: str, user: str, password: str, tls: ssl.SSLContext | None) -> mqtt.Client:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id,
            clean_session=None if self._mqtt5 else True,
            protocol=mqtt.MQTTv5 if self._mqtt5 else mqtt.MQTTv311,
            manual_ack=True,
        )
        client.username_pw_set(user, password)
        if tls is not None:
            client.tls_set_context(tls)
        client.suppress_exceptions = True  # an exception in a callback would end the network thread
        client.on_log = self._on_log
        client.max_inflight_messages_set(ANSWERS_ON_THE_WAY)
        client.max_queued_messages_set(ANSWERS_WAITING)
        client.reconnect_delay_set(min_delay=0.2, max_delay=5)  # type: ignore[arg-type]
        client.on_socket_open = self._on_socket_open
        client.on_socket_close = self._on_socket_close
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        return client

    def _on_socket_open(self, _client: Any, _data: Any, raw: Any) -> None:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # paho leaves it off: 40 ms an answer
        with self._sending:
            self._connection += 1

    def _on_socket_close(self, *_: Any) -> None:
        with self._sending:
            self._connected = False
            self._connection += 1
        self._subscribed.clear()

    def _on_connect(self, client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._say(logging.ERROR, "the broker at %s:%d refuses the collector: %s", reason)
            return
        with self._sending:
            self._connected = True
        self._admitted = True
        self._say(logging.INFO, "connected to the broker at %s:%d")
        client.subscribe([(self._filter(leaf), topic.FROM_KIOSK[leaf][0]) for leaf in READS])

    def _filter(self, leaf: str) -> str:
        shared = self._share is not None and leaf in SHARED
        return (f"$share/{self._share}/" if shared else "") + topic.of("+", leaf)

    def _on_connect_fail(self, _client: Any, _data: Any) -> None:
        cause = sys.exc_info()[1]  # paho calls from where it caught it, and does not pass it on
        why = getattr(cause, "strerror", None) or cause
        self._say(logging.ERROR, "no connection to the broker at %s:%d: %s; tried again until there is one", why)

    def _on_disconnect(self, _client: Any, _data: Any, flags: Any, reason: Any, _properties: Any) -> None:
        if self._admitted and not self._ending.is_set():
            why = reason if flags.is_disconnect_packet_from_server else "it was closed without a word"
            self._say(logging.ERROR, "the connection to the broker at %s:%d ended: %s", why)
        self._admitted = False

    def _say(self, level: int, sentence: str, *more: Any) -> None:
        said = sentence % (*self._address, *more)
        if said != self._said:
            log.log(level, "%s", said)
        self._said = said

    def _on_log(self, _client: Any, _data: Any, _level: int, text: str) -> None:
        """Of what paho says only our own faults: what becomes of the connection is said above."""
        if text.startswith("Caught exception"):
            log.error("%s", text)

    def _on_subscribe(self, _client: Any, _data: Any, _packet: int, reasons: list[Any], _properties: Any) -> None:
        if any(reason.is_failure for reason in reasons):
            log.error("the broker refuses the collector's subscriptions: %s", ", ".join(map(str, reasons)))
            return
        self._subscribed.set()

    def _on_message(self, _client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        try:
            name = message.topic
        except UnicodeDecodeError:
            name = "(not UTF-8)"
        size = len(message.payload)
        cut = bytes(message.payload) if size <= MAX_MESSAGE else bytes(message.payload[: MAX_MESSAGE + 1])
        delivery = Delivery(name, cut, bool(message.retain), size)
        if self._on_want is not None and name.endswith("/want") and not message.qos:
            self._on_want(delivery)
        else:
            self._put(_Waiting(delivery, message.mid if message.qos else 0, self._connection))

    def _put(self, waiting: _Waiting) -> None:
        with self._filled:
            if len(self._queue) >= self._most_waiting:
                self._ingest.metrics.dropped.inc()
                self._owed.append(waiting)
                return
            self._queue.append(waiting)
            self._filled.notify()

    def _write(self) -> None:
        while not self._ending.is_set():
            batch = self._next()
            if not batch:
                continue
            try:
                self._take(batch)
            except Exception:
                log.exception("a batch of %d deliveries was given up; its kiosks send it again", len(batch))
                self._owed.extend(batch)

    def _next(self) -> list[_Waiting]:
        with self._filled:
            while not self._queue and not self._ending.is_set():
                self._filled.wait()
            return [self._queue.popleft() for _ in range(min(len(self._queue), MOST_TOGETHER))]

    def _take(self, batch: list[_Waiting]) -> None:
        """Stores ``batch`` however long it takes, in halves where the store refuses it for what one delivery says."""
        replies = self._store(batch)
        if replies is not None:
            self._release(batch, replies)
        elif len(batch) > 1 and not self._ending.is_set():
            middle = len(batch) // 2
            self._take(batch[:middle])
            self._take(batch[middle:])
        else:
            self._owed.extend(batch)

    def _store(self, batch: list[_Waiting]) -> list[Reply] | None:
        """The answers of a transaction that was committed; None when the store refuses ``batch``, or at the end."""
        attempt = 0
        while not self._ending.is_set():
            try:
                with self._ingest.metrics.seconds.time():
                    replies = self._ingest.take([waiting.delivery for waiting in batch])
                self._ingest.metrics.batch.observe(len(batch))
                self._trouble = None
                return replies
            except Exception as e:
                self._ingest.metrics.failures.inc()
                if not _database_is_away(e):
                    return self._isolate(batch, e)
                self._trouble = str(e.orig)[:200] if isinstance(e, DBAPIError) else type(e).__name__
                patience_s = _PATIENCE_S[min(attempt, len(_PATIENCE_S) - 1)]
                log.error("the database is away, %d deliveries wait, again in %.2f s: %s", len(batch), patience_s, e)
                self._ending.wait(patience_s)
                attempt += 1
        return None

    def _isolate(self, batch: list[_Waiting], refusal: Exception) -> list[Reply] | None:
        if len(batch) > 1:
            return None
        log.error("the store refuses one delivery on %s: %r", batch[0].delivery.topic[:200], refusal)
        try:
            return self._ingest.condemn(batch[0].delivery, type(refusal).__name__)
        except Exception:
            log.exception("nor can it be put in quarantine; its kiosk sends it again")
            return None

    def _release(self, batch: list[_Waiting], replies: list[Reply]) -> None:
        with self._sending:
            if not self._connected:
                self._owed.clear()
                return  # kiosks send again what they have no answer to
            while self._owed:
                batch.append(self._owed.popleft())
            for waiting in batch:
                if waiting.packet_id and waiting.connection == self._connection:
                    self._client.ack(waiting.packet_id, 1)
            for name, payload in replies:
                self._client.publish(name, payload, qos=1)


def _database_is_away(error: Exception) -> bool:
    """Whether the same transaction may do later: locked, full, gone, a deadlock; not a refusal of its contents."""
    return isinstance(error, OperationalError) or (isinstance(error, DBAPIError) and error.connection_invalidated)
