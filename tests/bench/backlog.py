"""A county comes back after an outage: 2,000 kiosks with 2,000 taps each.

They come back to a whole `hymio serve` on SQLite, and to a `hymio collect` on PostgreSQL; memory is the most that each
of its processes ever had, added up. The kiosks keep the firmware's rules: batches of MOST_TAPS, at most WINDOW on their
way until a stored ack, sent again after RESEND_MS. One line carries them all.
"""

import socket
import time
from pathlib import Path

from kiosk import mqtt_codec
from kiosk.uplink import MOST_TAPS, RESEND_MS, WINDOW
from sqlalchemy import func, select

from collector.database.store import open_store
from collector.database.tables import tap
from tests import postgresql
from tests.bench.ingesting import DAY_MS, broker_in, furnish, serving
from tests.bench.service import running
from wire import codec, topic
from wire.messages import Taps

KIOSKS = 2000
TAPS = 2000
MOST_MB = 200
JOURNAL = "0badcafe"
APART_MS = 6000


def figures(folder):
    with serving(folder / "site", KIOSKS) as (broker, url):
        yield from backlog("serve", folder, url, broker.port, "")
    with postgresql.serving() as server, broker_in(folder / "collect") as broker:
        url = server.url(server.fresh())
        furnish(url, KIOSKS)
        yield from backlog("collect", folder, url, broker.port, "_postgresql", broker_share="hymio")


def backlog(command, folder, url, port, where, **settings):
    """The figures of a real `hymio serve`, or of a further collector."""
    with (
        running(command, folder, url, port, **settings) as (service, _),
        socket.create_connection(("127.0.0.1", port), 10) as line,
    ):
        before_mb = most_mb_of_all(service.pid)
        began = time.monotonic()
        sent = Returning(line).deliver()
        took_s = time.monotonic() - began
        lost = KIOSKS * TAPS - stored(url)
        peak_mb = most_mb_of_all(service.pid)
    name = f"backlog{where}"
    yield f"{name}_taps", KIOSKS * TAPS, "taps", "-"
    yield f"{name}_taps_not_stored", lost, "taps", "under_1"
    yield f"{name}_stored_after", took_s, "s", "-"
    yield f"{name}_rate", KIOSKS * TAPS / took_s, "taps/s", "-"
    yield f"{name}_batches_sent_again", sent - KIOSKS * TAPS // MOST_TAPS, "batches", "-"
    yield f"{name}_memory_before", before_mb, "MB", "-"
    yield f"{name}_peak_memory", peak_mb, "MB", f"under_{MOST_MB}"


class Returning:
    """The kiosks. ``deliver`` returns when every tap has its stored ack, with how many batches that took."""

    def __init__(self, line):
        self._line = line
        self._reader = mqtt_codec.Reader()
        self._began_ms = time.time_ns() // 1_000_000 - 3 * DAY_MS
        self._acked = [0] * KIOSKS
        self._next = [1] * KIOSKS  # the first seq of the batch that is sent next
        self._heard_s = [0.0] * KIOSKS  # when each last got further
        self._packet_id = 1
        self._sent = 0

    def deliver(self):
        self._line.sendall(mqtt_codec.connect("returning", "returning", "x", 600, "bench/will", b"{}"))
        self._line.sendall(mqtt_codec.subscribe(1, [topic.of("+", "ack")]))
        self._line.settimeout(1)
        for kiosk in range(KIOSKS):
            self._send(kiosk)
        left, look_s = KIOSKS, time.monotonic() + 1
        while left:
            left -= self._hear()
            if time.monotonic() > look_s:
                look_s = time.monotonic() + 1
                self._send_again()
        return self._sent

    def _send(self, kiosk):
        """As many batches as the window lets."""
        packets = []
        while self._next[kiosk] <= min(TAPS, self._acked[kiosk] + WINDOW * MOST_TAPS):
            packets.append(self._batch(kiosk, self._next[kiosk]))
            self._next[kiosk] += MOST_TAPS
        self._heard_s[kiosk] = time.monotonic()
        self._sent += len(packets)
        self._line.sendall(b"".join(packets))

    def _batch(self, kiosk, first):
        seqs = range(first, min(first + MOST_TAPS, TAPS + 1))
        uptime_ms = APART_MS * seqs[-1]
        taps = tuple((1 + seq % 4, APART_MS * seq, 0) for seq in seqs)
        batch = Taps(
            JOURNAL, 1, uptime_ms, self._began_ms + uptime_ms, None, 1, self._acked[kiosk], first, None, taps
        )  # fmt: skip
        self._packet_id = self._packet_id % 65_535 + 1
        return mqtt_codec.publish(
            topic.of(f"kiosk-{kiosk}", "taps"), codec.encode("taps", batch), 1, False, self._packet_id
        )

    def _hear(self):
        """How many kiosks have all their acks with what came now."""
        try:
            came = self._line.recv(1 << 16)
        except TimeoutError:
            return 0
        done, receipts = 0, []
        for found in self._reader.feed(came):
            if found.kind != mqtt_codec.PUBLISH:
                continue
            name, payload, _, packet_id = mqtt_codec.read_publish(found)
            receipts.append(mqtt_codec.puback(packet_id))
            kiosk, seq = int(name.split("/")[2].removeprefix("kiosk-")), codec.decode("ack", payload).seq
            if seq > self._acked[kiosk]:
                self._acked[kiosk] = seq
                self._send(kiosk)
                done += seq == TAPS
        self._line.sendall(b"".join(receipts))
        return done

    def _send_again(self):
        now_s = time.monotonic()
        for kiosk in range(KIOSKS):
            if self._acked[kiosk] < TAPS and now_s - self._heard_s[kiosk] > RESEND_MS / 1000:
                self._next[kiosk] = self._acked[kiosk] + 1
                self._send(kiosk)


def stored(url):
    """How many taps are there: an ack is only a word."""
    engine = open_store(url)
    try:
        with engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(tap)).scalar_one()
    finally:
        engine.dispose()


def most_mb_of_all(pid):
    """Of a process and its children together, wherever the moments of each were."""
    return sum(map(most_mb, [pid, *children(pid)]))


def most_mb(pid):
    """The most memory that a process ever had, from Linux."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1000


def children(pid):
    """Of all its threads: Linux gives a child to the thread that made it."""
    return {
        int(word)
        for thread in Path(f"/proc/{pid}/task").iterdir()
        for word in (thread / "children").read_text().split()
    }
