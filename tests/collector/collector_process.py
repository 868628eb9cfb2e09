"""A collector in a process of its own, for tests that kill it: argument 1 the database's address, 2 the broker's port.

With ``before_puback`` as argument 3 it says so on standard output after its first commit, and stops there for good;
with ``share`` it is one of several.
"""

import signal
import sys
import time

from collector.connection.frames import BrokerAddress
from collector.connection.subscriber import Subscriber
from collector.database.store import open_store
from collector.intake.ingest import Ingest
from collector.running.service import utc_now_ms


class StopsAfterTheCommit(Ingest):
    def take(self, deliveries):
        super().take(deliveries)
        print("committed", flush=True)
        while True:
            time.sleep(60)


def main():
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where the tests run in the background
    url, port, *how = sys.argv[1:]
    kind = StopsAfterTheCommit if "before_puback" in how else Ingest
    share = "hymio" if "share" in how else None
    address = BrokerAddress("127.0.0.1", int(port), "collector-1", "x", share=share)
    subscriber = Subscriber(kind(open_store(url), utc_now_ms), address)
    subscriber.start()
    while not subscriber.connected:
        time.sleep(0.01)
    print("subscribed", flush=True)
    sys.stdin.read()
    subscriber.stop()


main()
