"""From a tap's message to its stored ack at a county's pace, on a line that waits for nothing else."""

import socket
import time

from kiosk import mqtt_codec

from wire import codec, topic
from wire.messages import Taps

A_SECOND = 50
TAPS = 1000
JOURNAL = "0badcafe"


def stored_ack_ms(port, kiosks):
    """Milliseconds (from its sending, from when it was due) of each of TAPS taps, A_SECOND of them a second, from
    ``kiosks`` kiosks by turns.

    The next is sent only after the answer: whom an earlier one's answer held up has waited, too, since it was due.
    """
    took_ms = []
    with socket.create_connection(("127.0.0.1", port), 10) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.sendall(mqtt_codec.connect("pace", "pace", "x", 600, "bench/will", b"{}"))
        line.sendall(mqtt_codec.subscribe(1, [topic.of("+", "ack")]))
        reader = mqtt_codec.Reader()
        due = time.perf_counter()
        for n in range(TAPS):
            kiosk, seq = n % kiosks, n // kiosks + 1
            due += 1 / A_SECOND
            time.sleep(max(0, due - time.perf_counter()))
            began = time.perf_counter()
            line.sendall(message(f"kiosk-{kiosk}", seq, n + 2))
            answer = _answer(line, reader)
            answered = time.perf_counter()
            took_ms.append(((answered - began) * 1000, (answered - due) * 1000))
            line.sendall(mqtt_codec.puback(answer))
    return took_ms


def message(kiosk, seq, packet_id):
    uptime_ms = 6000 * seq
    batch = Taps(
        JOURNAL, 1, uptime_ms, time.time_ns() // 1_000_000, None, 1, seq - 1, seq, None,
        ((1 + seq % 4, uptime_ms, 0),),
    )  # fmt: skip
    return mqtt_codec.publish(topic.of(kiosk, "taps"), codec.encode("taps", batch), 1, False, packet_id)


def _answer(line, reader):
    """The packet id of the next message that comes."""
    while True:
        for found in reader.feed(line.recv(4096)):
            if found.kind == mqtt_codec.PUBLISH:
                return mqtt_codec.read_publish(found)[3]
