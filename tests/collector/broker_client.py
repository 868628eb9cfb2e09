"""A paho client that keeps what it heard, and waits for things instead of sleeping."""

import socket
import threading
import time

import paho.mqtt.client as mqtt

PATIENCE_S = 8.0


class Client:
    """Connects at once. ``code`` is the broker's answer ("Success", …), or None if it hung up without one."""

    def __init__(self, port, client_id, user=None, secret=None, *, will=None, keep_alive_s=60, cafile=None):
        self.heard = []  # (topic, payload, retained)
        self.code = None
        self.granted = None
        self.connected = False
        self._change = threading.Condition()
        self._paho = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id, reconnect_on_failure=False)
        if user is not None:
            self._paho.username_pw_set(user, secret)
        if cafile is not None:
            self._paho.tls_set(cafile)
        if will is not None:
            self._paho.will_set(*will)
        self._paho.on_connect = self._on_connect
        self._paho.on_disconnect = self._on_disconnect
        self._paho.on_message = self._on_message
        self._paho.on_subscribe = self._on_subscribe
        self._answered = False
        self._paho.connect("127.0.0.1", port, keep_alive_s)
        self._paho.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._paho.loop_start()
        self._await(lambda: self._answered)

    def subscribe(self, *names, qos=1):
        """Return codes, one a filter: the QoS granted, or 128 for a refusal."""
        self.granted = None
        self._paho.subscribe([(name, qos) for name in names])
        self._await(lambda: self.granted is not None)
        return self.granted

    def publish(self, topic, payload, *, qos=1, retain=False):
        """Returns when the broker has acknowledged (QoS 1) or the bytes are on their way (QoS 0)."""
        self._paho.publish(topic, payload, qos, retain).wait_for_publish(PATIENCE_S)

    def say(self, topic, payload):
        """Waits for nothing."""
        self._paho.publish(topic, payload, 1)

    def publish_all(self, topic, payloads):
        for sent in [self._paho.publish(topic, payload, 1) for payload in payloads]:
            sent.wait_for_publish(PATIENCE_S)

    def await_heard(self, topic, payload):
        """The message as (topic, payload, retained)."""
        wanted = (topic, payload)
        self._await(lambda: any(message[:2] == wanted for message in self.heard))
        return next(message for message in self.heard if message[:2] == wanted)

    def await_saying(self, part):
        """Until some message has ``part`` in its payload."""
        self._await(lambda: any(part in message[1] for message in self.heard))

    def await_count(self, count):
        self._await(lambda: len(self.heard) >= count)

    def await_cut(self):
        """Until the broker has closed the connection."""
        self._await(lambda: not self.connected)

    def topics(self):
        return [topic for topic, _, _ in self.heard]

    def vanish(self):
        """The socket closes without a DISCONNECT."""
        self._paho.socket().shutdown(socket.SHUT_RDWR)
        self.await_cut()

    def close(self):
        self._paho.disconnect()
        self._paho.loop_stop()

    def _await(self, is_so):
        deadline = time.monotonic() + PATIENCE_S
        with self._change:
            while not is_so():
                left = deadline - time.monotonic()
                if left <= 0 or not self._change.wait(left):
                    raise AssertionError(f"waited {PATIENCE_S} s in vain; heard {self.heard}")

    def _note(self, **facts):
        with self._change:
            for name, fact in facts.items():
                setattr(self, name, fact)
            self._change.notify_all()

    def _on_connect(self, _client, _data, _flags, code, _properties):
        self._note(code=str(code), connected=not code.is_failure, _answered=True)

    def _on_disconnect(self, *_):
        self._note(connected=False, _answered=True)

    def _on_subscribe(self, _client, _data, _number, codes, _properties):
        self._note(granted=[code.value for code in codes])

    def _on_message(self, _client, _data, message):
        with self._change:
            self.heard.append((message.topic, message.payload, bool(message.retain)))
            self._change.notify_all()
