"""Kiosks that go on pressing whatever happens, by the firmware's rules, all on one line to the broker.

Each sends what it has, at most MOST_TAPS a batch and WINDOW batches on their way; it keeps a tap until its stored ack,
and sends again after RESEND_MS what has none.
"""

import socket
import threading
import time
from collections import deque
from contextlib import contextmanager

from kiosk import mqtt_codec
from kiosk.uplink import MOST_TAPS, RESEND_MS, WINDOW

from wire import codec, topic
from wire.messages import Taps

JOURNAL = "0badcafe"
TICK_S = 0.1


class Steady:
    """``kiosks`` that are pressed by turns, ``a_second`` taps together. ``pressed``: how many by now."""

    def __init__(self, port, kiosks, a_second):
        self._line = socket.create_connection(("127.0.0.1", port), 10)
        self._reader = mqtt_codec.Reader()
        self._a_second = a_second
        self._pressed = [[] for _ in range(kiosks)]  # uptimes of the taps, in order of their seqs
        self._acked = [0] * kiosks
        self._sent = [0] * kiosks
        self._on_the_way = [deque() for _ in range(kiosks)]  # the last seq of each batch
        self._heard_s = [0.0] * kiosks
        self._packet_id = 1
        self.pressed = 0
        self._began_s, self._began_ms = time.monotonic(), time.time_ns() // 1_000_000

    @contextmanager
    def pressing(self):
        """Presses while the block runs."""
        ending = threading.Event()
        self._line.sendall(mqtt_codec.connect("steady", "steady", "x", 0, "bench/will", b"{}"))
        self._line.sendall(mqtt_codec.subscribe(1, [topic.of("+", "ack")]))
        self._line.settimeout(TICK_S)
        thread = threading.Thread(target=self._live, args=(ending,))
        self._began_s = time.monotonic()
        thread.start()
        try:
            yield
        finally:
            ending.set()
            thread.join()

    def settle(self, within_s):
        """Returns when every tap has its stored ack, or after so many seconds."""
        end = time.monotonic() + within_s
        while self._acked != list(map(len, self._pressed)) and time.monotonic() < end:
            self._turn()
        self._line.close()

    def _live(self, ending):
        while not ending.is_set():
            uptime_s = time.monotonic() - self._began_s
            while self.pressed < uptime_s * self._a_second:
                self._pressed[self.pressed % len(self._pressed)].append(int(uptime_s * 1000))
                self.pressed += 1
            self._turn()

    def _turn(self):
        self._hear()
        now_s = time.monotonic()
        packets = []
        for kiosk, on_the_way in enumerate(self._on_the_way):
            if on_the_way and now_s - self._heard_s[kiosk] > RESEND_MS / 1000:
                on_the_way.clear()
                self._sent[kiosk] = self._acked[kiosk]
            while self._sent[kiosk] < len(self._pressed[kiosk]) and len(on_the_way) < WINDOW:
                if not on_the_way:
                    self._heard_s[kiosk] = now_s
                packets.append(self._batch(kiosk))
        self._line.settimeout(None)
        self._line.sendall(b"".join(packets))
        self._line.settimeout(TICK_S)

    def _batch(self, kiosk):
        first = self._sent[kiosk] + 1
        times_ms = self._pressed[kiosk][first - 1 : first - 1 + MOST_TAPS]
        taps = tuple((1 + (first + n) % 4, uptime_ms, 0) for n, uptime_ms in enumerate(times_ms))
        self._sent[kiosk] += len(taps)
        self._on_the_way[kiosk].append(self._sent[kiosk])
        uptime_ms = int((time.monotonic() - self._began_s) * 1000)
        batch = Taps(
            JOURNAL, 1, uptime_ms, self._began_ms + uptime_ms, None, 1, self._acked[kiosk], first, None, taps
        )  # fmt: skip
        self._packet_id = self._packet_id % 65_535 + 1
        name = topic.of(f"kiosk-{kiosk}", "taps")
        return mqtt_codec.publish(name, codec.encode("taps", batch), 1, False, self._packet_id)

    def _hear(self):
        try:
            came = self._line.recv(1 << 16)
        except TimeoutError:
            return
        receipts = []
        for found in self._reader.feed(came):
            if found.kind == mqtt_codec.PUBLISH:
                name, payload, _, packet_id = mqtt_codec.read_publish(found)
                receipts.append(mqtt_codec.puback(packet_id))
                self._heed(int(name.split("/")[2].removeprefix("kiosk-")), codec.decode("ack", payload).seq)
        self._line.sendall(b"".join(receipts))

    def _heed(self, kiosk, seq):
        if seq <= self._acked[kiosk]:
            return
        self._acked[kiosk] = seq
        self._heard_s[kiosk] = time.monotonic()
        on_the_way = self._on_the_way[kiosk]
        while on_the_way and on_the_way[0] <= seq:
            on_the_way.popleft()
