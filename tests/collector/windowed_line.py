"""As many messages as a broker will take, from one client."""

import socket
import struct

from kiosk import mqtt_codec

UNANSWERED = 500  # PUBLISHes on their way to the broker


class Line:
    """To a broker, with QoS 1 and a window. ``mqtt5``: what is said may have properties."""

    def __init__(self, port, name, *, mqtt5=False):
        self._socket = socket.create_connection(("127.0.0.1", port), 20)
        self._mqtt5, self._left = mqtt5, b""
        self._socket.sendall(_connect5(name) if mqtt5 else mqtt_codec.connect(name, name, "x", 600, "elsewhere", b"{}"))
        assert self._socket.recv(100)[:1] == b"\x20"
        self._flying = self._packet_id = 0

    def say(self, name, payload, properties=b"", retain=False):
        self._packet_id = self._packet_id % 65_535 + 1
        if self._mqtt5:
            packet = _publish5(name, payload, self._packet_id, properties, retain)
        else:
            packet = mqtt_codec.publish(name, payload, 1, retain, self._packet_id)
        self._socket.sendall(packet)
        self._flying += 1
        while self._flying >= UNANSWERED:
            self._answered()

    def flush(self):
        """Until the broker has everything."""
        while self._flying:
            self._answered()

    def close(self):
        self._socket.close()

    def _answered(self):
        came = self._socket.recv(4096)
        assert came, "the broker hung up"
        self._left += came
        while len(self._left) > 1 and len(self._left) >= 2 + self._left[1]:  # a PUBACK of MQTT 5 may have a reason
            self._left = self._left[2 + self._left[1] :]
            self._flying -= 1


def text(words):
    """A string as it stands in a packet."""
    data = words.encode()
    return struct.pack("!H", len(data)) + data


def _connect5(name):
    body = text("MQTT") + b"\x05\x02" + struct.pack("!H", 600) + b"\0" + text(name)
    return b"\x10" + _length(len(body)) + body


def _publish5(name, payload, packet_id, properties, retain):
    body = text(name) + struct.pack("!H", packet_id) + _length(len(properties)) + properties + payload
    return bytes([0x32 | retain]) + _length(len(body)) + body


def _length(number):
    """Seven bits a byte, the lowest first."""
    data = bytearray()
    while number > 0x7F:
        data.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*data, number])
