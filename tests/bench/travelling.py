"""How long a press takes from the virtual face to the API, through the whole demo."""

import statistics
import time

from tests.system.demo import Demo
from tests.waiting import wait_until

PRESSES = 60
SETTLE_S = 0.3  # a visitor's pace; also, no two presses are on their way at once


def figures(folder):
    """Cold start with its history, warm start, then the way of each of PRESSES presses."""
    began = time.perf_counter()
    with Demo(folder):
        yield "demo_cold_start", time.perf_counter() - began, "s", "under_180"
    began = time.perf_counter()
    with Demo(folder) as demo:
        yield "demo_warm_start", time.perf_counter() - began, "s", "under_20"
        wait_until(lambda: all(kiosk["online"] for kiosk in demo.api("kiosks")))
        ways_ms = [way_ms(demo, turn) for turn in range(PRESSES)]
    yield "press_to_api_p50", statistics.median(ways_ms), "ms", "under_150"
    yield "press_to_api_p95", statistics.quantiles(ways_ms, n=20)[18], "ms", "under_1000"


def way_ms(demo, turn):
    before = demo.presses_today("library")
    began = time.perf_counter()
    demo.touch("loans", 1 + turn % 4)
    wait_until(lambda: demo.presses_today("library") > before, 20, pause_s=0.002)
    took_ms = (time.perf_counter() - began) * 1000
    time.sleep(SETTLE_S)
    return took_ms
