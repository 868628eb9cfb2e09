"""Says many taps messages at once, as a county of kiosks would after an outage: ``python -m tests.bench.flood``.

Arguments: port, kiosks, messages, taps a message; where each kiosk goes on, how many taps it had before this boot and
how many of this boot it has said (0 0 where it does not); behind how many messages an unreadable one comes (0: never).
Prints ``ready``, waits for a line on standard input, says everything as fast as the broker takes it, prints ``said``.
"""

import socket
import sys
import threading
import time

from kiosk import mqtt_codec

from wire import codec, topic
from wire.messages import Taps

JOURNAL = "0badcafe"
APART_MS = 6000  # beyond the response interval: each tap counts
DAYS_AGO_MS = 3 * 86_400_000
PIECE = 1 << 20


def messages(kiosks, count, taps, earlier=0, said=0, between=0):
    """PUBLISH packets, the kiosks by turns, each kiosk's seqs in order; behind each ``between`` an unreadable one."""
    boot = 2 if earlier else 1
    began_ms = time.time_ns() // 1_000_000 - DAYS_AGO_MS
    for n in range(count):
        first = said + n // kiosks * taps + 1  # of this boot
        numbers = range(first, first + taps)
        uptime_ms = APART_MS * numbers[-1]
        acked = earlier + first - 1
        batch = Taps(
            JOURNAL, boot, uptime_ms, began_ms + uptime_ms, None, 1, acked, acked + 1, None,
            tuple((1 + number % 4, APART_MS * number, 0) for number in numbers),
        )  # fmt: skip
        name = topic.of(f"kiosk-{n % kiosks}", "taps")
        payload = codec.encode("taps", batch)
        yield mqtt_codec.publish(name, payload, 1, False, n % 65_535 + 1)
        if between and n % between == between - 1:
            yield mqtt_codec.publish(name, payload[:-1], 1, False, n % 65_535 + 1)


def unreadable(count, between):
    """How many unreadable ones come with ``count`` messages."""
    return count // between if between else 0


def main():
    port, kiosks, count, taps, earlier, said, between = map(int, sys.argv[1:])
    everything = b"".join(messages(kiosks, count, taps, earlier, said, between))
    with socket.create_connection(("127.0.0.1", port), 10) as line:
        line.sendall(mqtt_codec.connect("flood", "flood", "x", 60, "bench/will", b"{}"))
        line.recv(4)
        print("ready", flush=True)
        sys.stdin.readline()
        acknowledging = threading.Thread(target=drain, args=(line, 4 * (count + unreadable(count, between))))
        acknowledging.start()
        for at in range(0, len(everything), PIECE):
            line.sendall(everything[at : at + PIECE])
        acknowledging.join()
        print("said", flush=True)
        sys.stdin.readline()


def drain(line, length):
    """The broker's PUBACKs, four bytes each."""
    line.settimeout(120)
    while length > 0:
        length -= len(line.recv(1 << 16))


if __name__ == "__main__":
    main()
