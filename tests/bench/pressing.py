"""How long a press takes to its light, to the flash and to its stored ack: one kiosk process, Mosquitto, a real store.

The real light is lit by an interrupt; tests/board measures that on an emulated Pico. Here a pipe stands for the pins.
"""

import socket
import statistics
import subprocess
import sys
import time

import paho.mqtt.client as mqtt
from kiosk import mqtt_codec as codec_of_mqtt

from collector.database import migration
from collector.database.store import open_store
from collector.registration import registry
from tests.board.bench import KIOSK, Broker, Kiosk
from tests.interpreters import ROOT, micropython
from tests.waiting import wait_until
from wire import codec, topic
from wire.messages import Taps

PRESSES = 200
APART_S = 0.12
NAIVE = "naive"  # a kiosk without debouncing, without a flash and without a restart


def figures(folder):
    """Nothing where there is no MicroPython beside this Python."""
    if micropython() is None:
        return
    database = folder / "store.sqlite"
    engine = open_store(f"sqlite:///{database}")
    migration.upgrade(engine)
    names = {"fi": "Testi", "sv": "Test", "en": "Test"}
    registry.add_unit(engine, "unit", names, None)
    registry.add_point(engine, "point", "unit", names, "Europe/Helsinki")
    for name in (KIOSK, NAIVE):
        registry.add_kiosk(engine, name, "point", time.time_ns() // 1_000_000)
    engine.dispose()
    broker = Broker(folder)
    broker.config.write_text(broker.config.read_text() + "set_tcp_nodelay true\n")  # or an idle line waits 40 ms
    broker.kill()
    broker.start()
    collector = subprocess.Popen(
        [sys.executable, "tests/collector/collector_process.py", f"sqlite:///{database}", str(broker.port)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    kiosk = None
    try:
        collector.stdout.readline()
        watcher = Watcher(broker.port)
        kiosk = Kiosk("micropython", folder, broker.port)
        wait_until(lambda: watcher.heap, 20, "health")
        yield "heap_free_after_boot_here", watcher.heap[0], "bytes", "-"
        lights, flash, stored = pressed(kiosk, watcher)
        alone = naive_ms(broker.port)
    finally:
        collector.kill()
        if kiosk:
            kiosk.kill()
        broker.kill()
    yield "tap_to_light_here_p50", statistics.median(lights), "ms", "-"
    yield "tap_to_thanks_here_p50", statistics.median(flash), "ms", "-"
    p50, p99 = statistics.median(stored), statistics.quantiles(stored, n=100)[98]
    yield "tap_to_stored_ack_p50", p50, "ms", "under_100,mqtt_as_100"
    naive, naive_p99 = statistics.median(alone), statistics.quantiles(alone, n=100)[98]
    yield "tap_to_stored_ack_p99", p99, "ms", f"-,publishing_alone_{naive_p99:.4g}"
    yield "published_to_stored_ack_p50", naive, "ms", "-"
    yield "tap_to_stored_ack_over_publishing_alone", p50 / naive, "ratio", "-"


class Watcher:
    """Hears what the collector answers the kiosk, and how the kiosk is."""

    def __init__(self, port):
        self.acks = []  # (monotonic time, seq)
        self.heap = []
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="watcher")
        self.client.on_connect = lambda client, *_: client.subscribe(
            [(topic.of(KIOSK, "ack"), 0), (topic.of(KIOSK, "health"), 0)]
        )
        self.client.on_message = self._message
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def _message(self, client, userdata, message):
        now = time.monotonic()
        leaf = message.topic.rpartition("/")[2]
        found = codec.decode(leaf, message.payload)
        if leaf == "ack":
            self.acks.append((now, found.seq))
        else:
            self.heap.append(found.heap_free)


def pressed(kiosk, watcher):
    """Milliseconds from each contact to its light, to the thanks, and to the stored ack as the network shows it."""
    lights, flash, stored = [], [], []
    for turn in range(PRESSES):
        said, thanked = len(kiosk.lines), len(kiosk.thanks())
        began = time.monotonic()
        kiosk.press(1 + turn % 4, 0.03)
        wait_until(lambda seq=turn + 1: any(ack[1] >= seq for ack in list(watcher.acks)), 20, "the stored ack")
        wait_until(lambda before=thanked: len(kiosk.thanks()) > before, 5, "thanks")
        lit = [at for at, line in list(kiosk.lines[said:]) if line.startswith("led") and line.endswith(" 100")]
        lights.append((lit[0] - began) * 1000)
        flash.append((kiosk.thanks()[thanked] - began) * 1000)
        stored.append((next(at for at, seq in watcher.acks if seq >= turn + 1) - began) * 1000)
        time.sleep(max(0, APART_S + 0.4 - (time.monotonic() - began)) if turn % 20 == 0 else APART_S)
    return lights, flash, stored


def naive_ms(port):
    """From a tap's publish to its stored ack, on a socket that waits for nothing else: what broker and store take."""
    took = []
    with socket.create_connection(("127.0.0.1", port), 10) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.sendall(codec_of_mqtt.connect(NAIVE, NAIVE, "s", 60, topic.of(NAIVE, "state"), b"{}"))
        line.sendall(codec_of_mqtt.subscribe(1, [topic.of(NAIVE, "ack")]))
        reader = codec_of_mqtt.Reader()
        for seq in range(1, PRESSES + 1):
            now_ms = time.time_ns() // 1_000_000
            taps = Taps("0badcafe", 1, seq * 9000, now_ms, None, 1, seq - 1, seq, None, ((1 + seq % 4, seq * 9000, 0),))
            began = time.monotonic()
            message = codec.encode("taps", taps)
            line.sendall(codec_of_mqtt.publish(topic.of(NAIVE, "taps"), message, 1, False, seq + 1))
            answered = None
            while answered is None:
                for found in reader.feed(line.recv(4096)):
                    if found.kind == codec_of_mqtt.PUBLISH:
                        answered = codec_of_mqtt.read_publish(found)
            took.append((time.monotonic() - began) * 1000)
            line.sendall(codec_of_mqtt.puback(answered[3]))
    return took
