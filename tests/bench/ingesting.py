"""How fast a collector stores what a Mosquitto delivers, beside a subscriber that only counts, in the same run.

Durable (``synchronous=FULL``, ``synchronous_commit=on``), with validation, verdicts, rollups, marks, stored acks,
and one message in a hundred for quarantine. What is said beforehand waits in the broker, so that the rate is the
reader's: from the first tap settled to the last.
"""

import contextlib
import os
import statistics
import subprocess
import sys
import time

from sqlalchemy import func, insert, select

from collector.database import migration
from collector.database.store import open_store
from collector.database.tables import Kiosk, Placement, quarantine
from collector.registration import registry
from tests import postgresql
from tests.bench.flood import unreadable
from tests.bench.latency import stored_ack_ms
from tests.collector import mosquitto
from tests.interpreters import ROOT

KIOSKS = 200
MESSAGES = 60_000
PACKED = 6_000  # messages of PACK taps
PACK = 50
BETWEEN = 100  # messages behind which an unreadable one comes
ROUNDS = 3
NAMES = {"fi": "Testi", "sv": "Test", "en": "Test"}
DAY_MS = 86_400_000
QUEUE = "max_queued_messages 0\nmax_queued_bytes 0\nmax_inflight_messages 2000\n"


def figures(folder):
    received, stored, packed = [], [], []
    for number in range(ROUNDS):
        place = folder / str(number)
        place.mkdir()
        received.append(counted(place))
        stored.append(ingested(place / "single", sqlite(place / "single.sqlite"), MESSAGES, 1))
        packed.append(ingested(place / "packed", sqlite(place / "packed.sqlite"), PACKED, PACK))
    yield "paho_only_counting", statistics.median(received), "messages/s", "-"
    yield "ingest_one_tap_a_message", statistics.median(stored), "messages/s", "-"
    shares = [ours / theirs for ours, theirs in zip(stored, received, strict=True)]
    yield "ingest_over_only_counting", statistics.median(shares), "ratio", "over_0.75"
    yield f"ingest_{PACK}_taps_a_message", statistics.median(packed) * PACK, "taps/s", "over_100000"
    yield from latency(folder / "latency", sqlite(folder / "latency.sqlite"), "", "under_4", "under_20")
    yield from on_postgresql(folder)


def on_postgresql(folder):
    """The same on the other database."""
    stored, packed = [], []
    with postgresql.serving() as server:
        for number in range(ROUNDS):
            stored.append(ingested(folder / f"single-{number}", server.url(server.fresh()), MESSAGES, 1))
            packed.append(ingested(folder / f"packed-{number}", server.url(server.fresh()), PACKED, PACK))
        yield "postgresql_ingest_one_tap_a_message", statistics.median(stored), "messages/s", "-"
        yield f"postgresql_ingest_{PACK}_taps_a_message", statistics.median(packed) * PACK, "taps/s", "-"
        yield from latency(folder / "postgresql", server.url(server.fresh()), "postgresql_", "-", "-")


def latency(folder, url, whose, most, rarely):
    """Milliseconds; ``most`` and ``rarely`` are what the median and the 99th percentile must keep to."""
    furnish(url, KIOSKS)
    with broker_in(folder) as broker, collecting(url, broker.port):
        took_ms, late_ms = zip(*stored_ack_ms(broker.port, KIOSKS), strict=True)
    name = f"{whose}stored_ack_at_50_taps_a_second"
    yield f"{name}_p50", statistics.median(took_ms), "ms", most
    yield f"{name}_p99", statistics.quantiles(took_ms, n=100)[98], "ms", rarely
    yield f"{name}_since_due_p99", statistics.quantiles(late_ms, n=100)[98], "ms", rarely


def sqlite(file):
    return f"sqlite:///{file}"


def counted(folder):
    """Messages a second that the counter receives."""
    whole = MESSAGES + unreadable(MESSAGES, BETWEEN)
    with broker_in(folder) as broker, flooding(broker.port, MESSAGES, 1, between=BETWEEN) as flood:
        command = [sys.executable, "-m", "tests.bench.counting", str(broker.port), str(whole)]
        with subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True) as counter:
            counter.stdout.readline()
            flood.stdin.write("\n")
            flood.stdin.flush()
            return float(counter.stdout.readline())


def ingested(folder, url, messages, taps):
    """Messages a second that are settled in the store."""
    furnish(url, KIOSKS)
    with (
        broker_in(folder) as broker,
        flooding(broker.port, messages, taps, between=BETWEEN) as flood,
        collecting(url, broker.port),
    ):
        flood.stdin.write("\n")
        flood.stdin.flush()
        rate = settled_a_second(url, messages * taps) / taps
    if quarantined(url) != unreadable(messages, BETWEEN):
        raise RuntimeError(
            f"{quarantined(url)} of {unreadable(messages, BETWEEN)} unreadable messages are in quarantine"
        )
    return rate


def quarantined(url):
    engine = open_store(url)
    try:
        with engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(quarantine)).scalar_one()
    finally:
        engine.dispose()


def settled_a_second(url, whole, before=0):
    """Taps a second, from the first look that finds more than ``before`` to the one that finds ``whole`` more."""
    began = first = more = None
    deadline = time.monotonic() + 300
    with _looking(url) as look:
        while time.monotonic() < deadline:
            more = look() - before
            now = time.perf_counter()
            if more and began is None:
                began, first = now, more
            if more == whole:
                if first == whole:
                    raise RuntimeError(f"all {whole} taps were settled at the first look: too few to tell a rate")
                return (whole - first) / (now - began)
            time.sleep(0.01)
    raise RuntimeError(f"{more} of {whole} taps were settled")


def settled(url):
    """How many taps are settled in all."""
    with _looking(url) as look:
        return look()


@contextlib.contextmanager
def _looking(url):
    """Answers how many taps are settled, on the driver's own connection: looking must not slow down what is seen."""
    engine = open_store(url)
    raw = engine.raw_connection()

    def look():
        cursor = raw.cursor()
        cursor.execute("SELECT coalesce(sum(mark), 0) FROM journal_mark")
        (taps,) = cursor.fetchone()
        raw.rollback()
        return int(taps)

    try:
        yield look
    finally:
        raw.close()
        engine.dispose()


@contextlib.contextmanager
def broker_in(folder, more=QUEUE):
    folder.mkdir(exist_ok=True)
    with mosquitto.serving(folder, more) as broker:
        yield broker


@contextlib.contextmanager
def serving(folder, kiosks=KIOSKS):
    """(a running broker, the address of a store with its kiosks)."""
    folder.mkdir()
    url = sqlite(folder / "store.sqlite")
    furnish(url, kiosks)
    with broker_in(folder) as broker:
        yield broker, url


@contextlib.contextmanager
def flooding(port, messages, taps, kiosks=KIOSKS, earlier=0, said=0, between=0):
    numbers = (port, kiosks, messages, taps, earlier, said, between)
    command = [sys.executable, "-m", "tests.bench.flood", *map(str, numbers)]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as flood:
        flood.stdout.readline()
        try:
            yield flood
        finally:
            flood.kill()


@contextlib.contextmanager
def collecting(url, port):
    command = [sys.executable, "-m", "tests.collector.collector_process", url, str(port)]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as collector:
        collector.stdout.readline()
        try:
            yield collector
        finally:
            collector.stdin.close()
            collector.wait(30)


def furnish(url, number):
    """A migrated store with so many kiosks at ten service points, placed five days ago."""
    engine = open_store(url)
    migration.upgrade(engine)
    registry.add_unit(engine, "unit", NAMES, None)
    for n in range(10):
        registry.add_point(engine, f"point-{n}", "unit", NAMES, "Europe/Helsinki")
    from_ms = time.time_ns() // 1_000_000 - 5 * DAY_MS
    kiosk = {"secret_hash": "none", "added_utc_ms": from_ms, "config_version": 1, "idle_light": 20, "health_s": 300}
    with engine.begin() as connection:
        kiosks = [{"name": f"kiosk-{n}", "channel": "stable", **kiosk} for n in range(number)]
        connection.execute(insert(Kiosk), kiosks)
        placed = [
            {"kiosk": f"kiosk-{n}", "service_point_id": 1 + n % 10, "from_utc_ms": from_ms} for n in range(number)
        ]
        connection.execute(insert(Placement), placed)
    engine.dispose()


def environment():
    return {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'firmware'}"}
