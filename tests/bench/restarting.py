"""How soon a kiosk is back when its broker was killed and started again at once: four brokers, each with a kiosk."""

import statistics
import threading
import time

from tests.board.bench import Broker, Kiosk
from tests.interpreters import micropython
from tests.waiting import wait_until

PAIRS = 4
RESTARTS = 12  # of each
STEADY_S = 6  # between two: a connection that was good


def figures(folder):
    """Nothing where there is no MicroPython beside this Python."""
    if micropython() is None:
        return
    back_s, faults = [], []
    threads = []
    for pair in range(PAIRS):
        place = folder / str(pair)
        place.mkdir()
        threads.append(threading.Thread(target=restarts, args=(place, back_s, faults)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    yield "restarts", len(back_s), "restarts", "over_39"
    yield "recovery_p50", statistics.median(back_s), "s", "under_2,mqtt_as_8.1"
    yield "recovery_p95", statistics.quantiles(back_s, n=20)[18], "s", "under_5,mqtt_as_8.1"
    yield "recovery_worst", max(back_s), "s", "-"


def restarts(folder, back_s, faults):
    """Seconds from each kill of the broker until the kiosk is subscribed again."""
    broker = Broker(folder)
    kiosk = Kiosk("micropython", folder, broker.port)
    try:
        kiosk.wait_ready()
        for _ in range(RESTARTS):
            time.sleep(STEADY_S)
            said = len(kiosk.lines)
            began = time.monotonic()
            broker.kill()
            broker.start()
            back_s.append(back(kiosk, said) - began)
    except AssertionError as fault:
        faults.append(fault)
    finally:
        kiosk.kill()
        broker.kill()


def back(kiosk, said):
    """When the kiosk said that it is connected, after the line ``said``."""

    def found():
        return [at for at, line in list(kiosk.lines[said:]) if line == "log connected to the broker"]

    return wait_until(found, 90, "the kiosk's return")[0]
