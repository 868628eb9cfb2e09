"""As many messages as a broker will take, from one client."""

import socket

from kiosk import mqtt_codec

UNANSWERED = 500  # PUBLISHes on their way to the broker


class Line:
    """To a broker, with QoS 1 and a window."""

    def __init__(self, port, name):
        self._socket = socket.create_connection(("127.0.0.1", port), 20)
        self._socket.sendall(mqtt_codec.connect(name, name, "x", 600, "elsewhere", b"{}"))
        assert self._socket.recv(4)[:1] == b"\x20"
        self._flying = self._packet_id = 0

    def say(self, name, payload):
        self._packet_id = self._packet_id % 65_535 + 1
        self._socket.sendall(mqtt_codec.publish(name, payload, 1, False, self._packet_id))
        self._flying += 1
        while self._flying >= UNANSWERED:
            self._flying -= len(self._socket.recv(4096)) // 4

    def close(self):
        self._socket.close()
