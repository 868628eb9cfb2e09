"""The same messages into hymio, into mqttwarn and into Node-RED (``tests.bench.writers``), by turns in one run.

How fast each writes what a Mosquitto delivers, a tap a message and a full batch a message; and what is lost when its
process is killed with SIGKILL and started again: amid a rush, and at a calm pace. Messages and broker are the same.
What differs is what hymio is for: its kiosks keep a tap until its stored ack, by the rules of the firmware, where other
devices forget what a broker has taken.
"""

import itertools
import sys
import threading
import time

from kiosk.uplink import MOST_TAPS

from tests.bench.ingesting import KIOSKS, broker_in, flooding
from tests.bench.keeping import Kiosks
from tests.bench.writers import Hymio, Mqttwarn, NodeRed

WRITERS = (Hymio, Mqttwarn, NodeRed)
MESSAGES = 20_000
MEASURED_S = 20  # whoever has not written all by then is measured until then
RUSH = 5_000
KILLED_AT = 500  # taps that are written
CALM = 600
CALM_A_SECOND = 50
CALM_KILLED_AT = CALM // 2
QUIET_S = 15  # nothing more is written after so long


def figures(folder):
    if absent := [writer.name for writer in WRITERS if writer.installed and not writer.installed.exists()]:
        print(f"(beside is left out: {' and '.join(absent)} not installed; make beside does that)", file=sys.stderr)
        return
    for writer, taps in itertools.product(WRITERS, (1, MOST_TAPS)):
        place = folder / f"{writer.name}-{taps}"
        yield (
            f"beside_{writer.name}_{taps}_taps_a_message".replace("_1_taps", "_1_tap"),
            rate(writer, place, taps),
            "taps/s",
            "-",
        )
    for writer in WRITERS:
        against = "under_1" if writer.sends_again else "-"
        for how, count, killed_at, a_second in (
            ("rush", RUSH, KILLED_AT, None), ("calm", CALM, CALM_KILLED_AT, CALM_A_SECOND),
        ):  # fmt: skip
            stood, rows, taps = killed(writer, folder / f"{writer.name}-{how}", count, killed_at, a_second)
            yield f"beside_{writer.name}_written_when_killed_in_{how}", stood, f"of_{count}_taps", "-"
            yield f"beside_{writer.name}_lost_in_{how}", count - taps, "taps", against
            yield f"beside_{writer.name}_twice_in_{how}", rows - taps, "taps", against


def rate(kind, folder, taps):
    """Taps a second that are written, from the first look that finds some."""
    folder.mkdir()
    with (
        broker_in(folder) as broker,
        kind(folder / "writer", broker.port) as writer,
        flooding(broker.port, MESSAGES, taps) as flood,
    ):
        writer.begin()
        flood.stdin.write("\n")
        flood.stdin.flush()
        whole = MESSAGES * (taps if writer.sends_again else 1)
        began = first = None
        while True:
            rows, now = writer.rows(), time.perf_counter()
            if rows and began is None:
                began, first = now, rows
            elif began and (rows >= whole or now - began > MEASURED_S):
                return (rows - first) / (now - began) * (1 if writer.sends_again else taps)
            time.sleep(0.02)


def killed(kind, folder, count, killed_at, a_second):
    """(taps written when it was killed, rows in the end, taps among them)."""
    folder.mkdir()
    with broker_in(folder) as broker, kind(folder / "writer", broker.port) as writer:
        writer.begin()
        with Kiosks(broker.port, KIOSKS, count, writer.sends_again) as kiosks:
            saying = threading.Thread(target=kiosks.say, args=(a_second,))
            saying.start()
            while writer.rows() < killed_at:
                time.sleep(0.001)
            writer.kill()
            stood = writer.rows()
            writer.start()
            saying.join()
            kiosks.settle()
        _wait_until_quiet(writer, count)
        return stood, writer.rows(), writer.taps()


def _wait_until_quiet(writer, count):
    rows, since = writer.rows(), time.monotonic()
    while writer.taps() < count and time.monotonic() < since + QUIET_S:
        time.sleep(0.5)
        if writer.rows() != rows:
            rows, since = writer.rows(), time.monotonic()
