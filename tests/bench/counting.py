"""A paho subscriber that does nothing but count: ``python -m tests.bench.counting PORT MESSAGES``.

Prints ``subscribed``, then the messages a second from the first to the last.
"""

import sys
import time

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from collector.connection.receiver import WINDOW
from wire import topic


class Counter:
    def __init__(self, port, count):
        self._left, self._count, self._began = count, count, None
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, "counter", protocol=mqtt.MQTTv5)
        client.on_connect = lambda client, *_: client.subscribe(topic.of("+", "taps"), 1)
        client.on_subscribe = lambda *_: print("subscribed", flush=True)
        client.on_message = self._message
        window = Properties(PacketTypes.CONNECT)
        window.ReceiveMaximum = WINDOW
        client.connect("127.0.0.1", port, 60, clean_start=True, properties=window)
        client.loop_forever()

    def _message(self, client, _data, _message):
        if self._began is None:
            self._began = time.perf_counter()
        self._left -= 1
        if not self._left:
            print(self._count / (time.perf_counter() - self._began), flush=True)
            client.disconnect()


if __name__ == "__main__":
    Counter(*map(int, sys.argv[1:]))
