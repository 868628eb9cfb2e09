"""A client of the broker for experiments: it says what the broker made of it, and waits for things."""

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from collector.connection.frames import BrokerAddress
from collector.connection.receiver import trust
from collector.registration.guests import Guest

PATIENCE_S = 5.0  # for what must come
QUIET_S = 0.5  # after it, for what must not
_KEEPALIVE_S = 30


class LineError(Exception):
    """The broker cannot be reached, or did not answer. One sentence."""


class Line:
    """Connects at once. ``refused`` is why the broker does not let it in, None where it does. Raises LineError.

    ``holds_acks``: says no PUBACK before ``ack_all``, and tells the broker to have at most that many on their way.
    """

    def __init__(
        self,
        address: BrokerAddress,
        guest: Guest | None,
        *,
        client_id: str | None = None,
        will: str | None = None,
        holds_acks: int = 0,
    ) -> None:
        self.refused: str | None = None
        self.properties: Any = None  # of the CONNACK, MQTT 5
        self.heard: list[tuple[str, bytes]] = []
        self._change = threading.Condition()
        self._in = self._answered = False
        self._granted: dict[int, list[Any]] = {}
        self._done: set[int] = set()
        self._held: list[int] | None = [] if holds_acks else None
        self._where = f"{address.host}:{address.port}"
        name = client_id or (guest.name if guest else "hymio-doctor")
        self._client = self._make(address, name, manual_ack=bool(holds_acks))
        if guest is not None:
            self._client.username_pw_set(guest.name, guest.secret)
        if will is not None:
            self._client.will_set(will, b"{}", 1, retain=True)
        properties = None
        if address.mqtt5:
            properties = Properties(PacketTypes.CONNECT)
            properties.ReceiveMaximum = holds_acks or 1000
        self._connect(address, properties)

    def _make(self, address: BrokerAddress, name: str, *, manual_ack: bool) -> mqtt.Client:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            name,
            clean_session=None if address.mqtt5 else True,
            protocol=mqtt.MQTTv5 if address.mqtt5 else mqtt.MQTTv311,
            manual_ack=manual_ack,
            reconnect_on_failure=False,
        )
        if address.tls:
            client.tls_set_context(trust(address.ca, address.pinned))
        client.suppress_exceptions = True
        client.connect_timeout = PATIENCE_S
        client.max_queued_messages_set(0)
        client.max_inflight_messages_set(1000)
        client.on_socket_open = _tune
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        return client

    def _connect(self, address: BrokerAddress, properties: Any) -> None:
        try:
            if address.mqtt5:
                self._client.connect(address.host, address.port, _KEEPALIVE_S, clean_start=True, properties=properties)
            else:
                self._client.connect(address.host, address.port, _KEEPALIVE_S)
        except (OSError, ValueError) as fault:
            why = getattr(fault, "strerror", None) or getattr(fault, "verify_message", None) or fault
            raise LineError(f"no connection to {self._where}: {why}") from None
        self._client.loop_start()
        if not self.wait(lambda: self._answered):
            self.close()
            raise LineError(f"{self._where} did not answer as an MQTT broker does")

    @property
    def open(self) -> bool:
        """Let in, and not put out since."""
        return self._in

    def wait(self, is_so: Callable[[], object], patience_s: float = PATIENCE_S) -> bool:
        """Whether it became so in time."""
        with self._change:
            return bool(self._change.wait_for(is_so, patience_s))

    def say(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> int:
        return self._client.publish(topic, payload, qos, retain).mid

    def said(self, mid: int, patience_s: float = PATIENCE_S) -> bool:
        """Whether the broker acknowledged that message, whatever it made of it."""
        return self.wait(lambda: mid in self._done or not self._in, patience_s) and mid in self._done

    def subscribe(self, *filters: str) -> bool:
        """Whether the broker took every filter."""
        code, mid = self._client.subscribe([(one, 1) for one in filters])
        if code or mid is None or not self.wait(lambda: mid in self._granted or not self._in):
            return False
        return mid in self._granted and not any(reason.is_failure for reason in self._granted[mid])

    def hears(self, topic: str, payload: bytes, patience_s: float = PATIENCE_S) -> bool:
        return self.wait(lambda: (topic, payload) in self.heard, patience_s)

    def ack_all(self) -> None:
        """From now on PUBACKs go out, those that were held first."""
        with self._change:
            held, self._held = self._held or [], None
        for mid in held:
            self._client.ack(mid, 1)

    def vanish(self) -> None:
        """As a kiosk whose network is gone: no DISCONNECT."""
        raw: Any = self._client.socket()
        if raw is not None:
            with contextlib.suppress(OSError):
                raw.shutdown(socket.SHUT_RDWR)
        self.wait(lambda: not self._in)
        self._stop()

    def close(self) -> None:
        self._client.disconnect()
        self._stop()

    def _stop(self) -> None:
        with contextlib.suppress(AttributeError):  # paho 2.1: its thread may end by itself in the middle of this
            self._client.loop_stop()

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _on_connect(self, _client: Any, _data: Any, _flags: Any, reason: Any, properties: Any) -> None:
        with self._change:
            self.refused = str(reason) if reason.is_failure else None
            self.properties = properties
            self._in, self._answered = not reason.is_failure, True
            self._change.notify_all()

    def _on_disconnect(self, _client: Any, _data: Any, _flags: Any, _reason: Any, _properties: Any) -> None:
        with self._change:
            if not self._answered:
                self.refused = "it hung up without a word"
            self._in, self._answered = False, True
            self._change.notify_all()

    def _on_subscribe(self, _client: Any, _data: Any, mid: int, reasons: list[Any], _properties: Any) -> None:
        with self._change:
            self._granted[mid] = reasons
            self._change.notify_all()

    def _on_publish(self, _client: Any, _data: Any, mid: int, _reason: Any, _properties: Any) -> None:
        with self._change:
            self._done.add(mid)
            self._change.notify_all()

    def _on_message(self, client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        with self._change:
            self.heard.append((message.topic, bytes(message.payload)))
            held = self._held is not None
            if self._held is not None:
                self._held.append(message.mid)
            self._change.notify_all()
        if not held and message.qos:
            client.ack(message.mid, message.qos)


def _tune(_client: Any, _data: Any, raw: Any) -> None:
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
