"""Kiosks that say one tap a message, on one line, and keep it until they may forget it.

Either until its stored ack, and send again after RESEND_MS what has none (hymio's kiosks); or until the broker has
acknowledged it (any other device of QoS 1).
"""

import contextlib
import socket
import threading
import time

from kiosk import mqtt_codec
from kiosk.uplink import RESEND_MS

from tests.bench.flood import messages
from wire import codec, topic

SETTLES_S = 300


class Kiosks:
    """``count`` taps from ``kiosks`` kiosks by turns."""

    def __init__(self, port, kiosks, count, keeps):
        self._packets = list(messages(kiosks, count, 1))
        self._kiosks, self._keeps = kiosks, keeps
        self._acked = [0] * kiosks  # the highest seq of each that is stored
        self._taken = set()  # packet ids that the broker acknowledged
        self._further_s = time.monotonic()
        self._sending = threading.Lock()
        self._reader = mqtt_codec.Reader()
        self._line = socket.create_connection(("127.0.0.1", port), 10)
        self._line.settimeout(None)
        self._send(mqtt_codec.connect("kiosks", "kiosks", "x", 600, "bench/will", b"{}"))
        self._send(mqtt_codec.subscribe(1, [topic.of("+", "ack")]))
        self._hearing = threading.Thread(target=self._hear, daemon=True)

    def __enter__(self):
        self._hearing.start()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._hearing.join()
        self._line.close()

    def say(self, a_second=None):
        """Everything once; as fast as the broker takes it where ``a_second`` is None."""
        due = time.monotonic()
        for packet in self._packets:
            if a_second:
                due += 1 / a_second
                time.sleep(max(0, due - time.monotonic()))
            self._send(packet)
        self._further_s = time.monotonic()

    def settle(self):
        """Returns when they may forget everything."""
        end = time.monotonic() + SETTLES_S
        while self._left() and time.monotonic() < end:
            if self._keeps and time.monotonic() - self._further_s > RESEND_MS / 1000:
                self._further_s = time.monotonic()
                for n in self._left():
                    self._send(self._packets[n])
            time.sleep(0.05)

    def _left(self):
        """The numbers of the messages that are kept."""
        if self._keeps:
            return [n for n in range(len(self._packets)) if n // self._kiosks + 1 > self._acked[n % self._kiosks]]
        return [n for n in range(len(self._packets)) if n + 1 not in self._taken]

    def _send(self, packet):
        with self._sending:
            self._line.sendall(packet)

    def _hear(self):
        with contextlib.suppress(OSError):
            while came := self._line.recv(1 << 16):
                for found in self._reader.feed(came):
                    self._heed(found)

    def _heed(self, found):
        if found.kind == mqtt_codec.PUBACK:
            self._taken.add(mqtt_codec.read_id(found))
        elif found.kind == mqtt_codec.PUBLISH:
            name, payload, _, packet_id = mqtt_codec.read_publish(found)
            self._send(mqtt_codec.puback(packet_id))
            kiosk, seq = int(name.split("/")[2].removeprefix("kiosk-")), codec.decode("ack", payload).seq
            if seq > self._acked[kiosk]:
                self._acked[kiosk] = seq
                self._further_s = time.monotonic()
