"""MQTT 3.1.1 byte by byte, for what no client library would say."""

import contextlib
import socket
import ssl

from kiosk import mqtt_codec

CONNACK, PUBLISH, PUBACK, SUBACK, PINGRESP = 2, 3, 4, 9, 13
CONNECT_HEAD = b"\x00\x04MQTT\x04"
PATIENCE_S = 5.0


class RawLine:
    """Says packets as they are; hears them as (kind, body). ``code`` is CONNACK's, None where it hung up instead."""

    def __init__(self, host, port, user, secret, client_id=None, *, will=None, cafile=None, keep_alive_s=60):
        self._line = socket.create_connection((host, port), PATIENCE_S)
        if cafile is not None:
            self._line = ssl.create_default_context(cafile=cafile).wrap_socket(self._line, server_hostname=host)
        self._line.settimeout(PATIENCE_S)
        flags = 0x02 | 0xC0 | (0x04 | 0x08 | 0x20 if will else 0)  # clean; user and password; Will at QoS 1, retained
        parts = [CONNECT_HEAD, bytes([flags]), keep_alive_s.to_bytes(2, "big"), mqtt_codec.text(client_id or user)]
        if will:
            parts += [mqtt_codec.text(will), b"\x00\x02{}"]
        parts += [mqtt_codec.text(user), mqtt_codec.text(secret)]
        self.send(mqtt_codec.packet(1, 0, *parts))
        answer = self.read()
        self.code = None if answer is None else answer[1][1]

    def send(self, data):
        with contextlib.suppress(OSError):
            self._line.sendall(data)

    def read(self):
        """The next packet; None where the broker has closed the connection."""
        head = self._take(1)
        if head is None:
            return None
        length = shift = 0
        while True:
            (byte,) = self._take(1) or b"\x00"
            length |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return head[0] >> 4, self._take(length) or b""

    def publish(self, topic, payload=b"{}", packet_id=7):
        """What came back for it, other packets left out; None where the broker hung up."""
        self.send(mqtt_codec.publish(topic, payload, 1, False, packet_id))
        return self.until(PUBACK)

    def subscribe(self, *topics):
        self.send(mqtt_codec.subscribe(9, topics))
        return self.until(SUBACK)

    def ping(self):
        """What was published to us before the broker answered a ping: (topic, payload); None where it hung up."""
        self.send(mqtt_codec.pingreq())
        heard = []
        while (found := self.read()) is not None:
            if found[0] == PINGRESP:
                return heard
            if found[0] == PUBLISH:
                size = int.from_bytes(found[1][:2], "big")
                heard.append((found[1][2 : 2 + size].decode(), found[1][2 + size :]))
        return None

    def until(self, kind):
        while (found := self.read()) is not None:
            if found[0] == kind:
                return found[1]
        return None

    def vanish(self):
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._line.close()

    close = vanish

    def _take(self, size):
        data = b""
        while len(data) < size:
            try:
                more = self._line.recv(size - len(data))
            except (ConnectionError, ssl.SSLError):
                return None
            if not more:
                return None
            data += more
        return data
