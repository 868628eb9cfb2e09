"""Ten thousand kiosks connected at once, each tapping once a minute: how late their stored acks are.

Each is a line of its own to a Mosquitto; this process holds their ends.
"""

import asyncio
import contextlib
import resource
import statistics
import sys
import time

from kiosk import mqtt_codec

from tests.bench.ingesting import QUEUE, broker_in, collecting, furnish
from tests.bench.latency import message
from wire import topic

KIOSKS = 10_000
MINUTES = 1
AT_ONCE = 200  # connections that are being made
LATE_MS = 1000


def figures(folder):
    """Nothing where this user may not have so many files open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < KIOSKS + 500:
        print(f"(crowd is left out: {hard} files may be open here, and {KIOSKS + 500} must be)", file=sys.stderr)
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (KIOSKS + 500, hard))
    try:
        url = f"sqlite:///{folder / 'store.sqlite'}"
        furnish(url, KIOSKS)
        more = QUEUE.replace("max_inflight_messages 2000", "max_inflight_messages 2000\nmax_connections -1")
        with broker_in(folder, more) as broker, collecting(url, broker.port):
            took_ms = asyncio.run(crowd(broker.port))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    yield "kiosks_connected_at_once", KIOSKS, "kiosks", "-"
    yield "crowd_taps", len(took_ms), "taps", f"over_{KIOSKS * MINUTES - 1}"
    yield "crowd_stored_ack_p50", statistics.median(took_ms), "ms", "-"
    yield "crowd_stored_ack_p99", statistics.quantiles(took_ms, n=100)[98], "ms", f"under_{LATE_MS}"


async def crowd(port):
    """Milliseconds from each tap to its stored ack."""
    gate = asyncio.Semaphore(AT_ONCE)
    lines = await asyncio.gather(*[line(port, f"kiosk-{n}", gate) for n in range(KIOSKS)])
    began = time.perf_counter() + 1
    took_ms = await asyncio.gather(*[live(n, *ends, began) for n, ends in enumerate(lines)])
    return [ms for one in took_ms for ms in one]


async def line(port, kiosk, gate):
    async with gate:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(mqtt_codec.connect(kiosk, kiosk, "x", 600, topic.of(kiosk, "state"), b"{}"))
        writer.write(mqtt_codec.subscribe(1, [topic.of(kiosk, "ack")]))
        await reader.readexactly(4 + 5)  # CONNACK, SUBACK
        return reader, writer


async def live(number, reader, writer, began):
    """A tap a minute, each kiosk at a moment of its own."""
    took_ms = []
    heard = mqtt_codec.Reader()
    for seq in range(1, MINUTES + 1):
        due = began + (seq - 1 + number / KIOSKS) * 60
        await asyncio.sleep(max(0, due - time.perf_counter()))
        writer.write(message(f"kiosk-{number}", seq, seq + 1))
        packet_id = None
        while packet_id is None:
            for found in heard.feed(await reader.read(4096)):
                if found.kind == mqtt_codec.PUBLISH:
                    packet_id = mqtt_codec.read_publish(found)[3]
        took_ms.append((time.perf_counter() - due) * 1000)
        writer.write(mqtt_codec.puback(packet_id))
    with contextlib.suppress(OSError):
        writer.close()
    return took_ms
