"""Whether years of taps slow anything down: ingest and a county's days at 1, 10 and (``make bench-long``) 100 million.

The stores stand side by side and are measured by turns, so that whatever else the computer does falls on all alike.
Ingest is one tap a message, from Mosquitto; the days are the last thirty of all 200 service points, as
``/api/v1/units/{slug}/days`` reads them outside the demo. ``cold`` is with nothing of the database in memory.
"""

import os
import statistics
import sys
import time
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from collector.database.store import open_store
from dashboard.reports import Reports
from tests import postgresql
from tests.bench import LONG, years
from tests.bench.ingesting import broker_in, collecting, flooding, settled, settled_a_second

MILLIONS = (1, 10, 100) if LONG else (1, 10)
MESSAGES = 40_000
ROUNDS = 5
LOOKS = 100
COLD_LOOKS = 5
DAYS = 30
MOST_TIMES_THE_DAYS = 1.2
MOST_TIMES_INGEST = 1.3
# PostgreSQL as it is installed, but for the log that bulk filling would write
BULK = {"shared_buffers": "128MB", "wal_level": "minimal", "max_wal_senders": 0}


def figures(folder):
    for kind in (Files, Databases):
        with kind.open(folder / kind.name) as stores:
            yield from grown(kind.name, stores, folder / kind.name)


class Files:
    """SQLite."""

    name = "sqlite"

    def __init__(self, folder):
        self._folder = folder

    @classmethod
    @contextmanager
    def open(cls, folder):
        folder.mkdir()
        yield cls(folder)
        for file in folder.glob("*.sqlite*"):
            file.unlink()

    def new(self, name):
        return f"sqlite:///{self._folder / name}.sqlite"

    def forget(self):
        """Nothing of it is in memory afterwards."""
        forget(self._folder)


class Databases:
    """PostgreSQL."""

    name = "postgresql"

    def __init__(self, server):
        self._server = server

    @classmethod
    @contextmanager
    def open(cls, folder):
        folder.mkdir()
        with postgresql.serving(**BULK) as server:
            yield cls(server)

    def new(self, name):
        self._server.create(name)
        return self._server.url(name)

    def forget(self):
        self._server.stop()
        forget(self._server.folder)
        self._server.start()


def grown(kind, stores, folder):
    now_ms = time.time_ns() // 1_000_000
    urls = {}
    for millions in MILLIONS:
        began = time.monotonic()
        urls[millions] = stores.new(f"of_{millions}m")
        years.furnish(urls[millions], millions * 1_000_000, now_ms)
        yield f"growth_{kind}_{millions}m_made", time.monotonic() - began, "s", "-"
        if wrong := years.errors(urls[millions]):
            sys.exit(f"{kind} of {millions} million taps was not made as it should be: " + ", ".join(wrong))
    yield from _days(kind, stores, urls, now_ms)
    yield from _ingest(kind, urls, folder)


def _days(kind, stores, urls, now_ms):
    cold, warm = {m: [] for m in urls}, {m: [] for m in urls}
    for _ in range(COLD_LOOKS):
        stores.forget()
        for millions, url in urls.items():
            with _reports(url, now_ms) as look:
                cold[millions].append(look())
    with ExitStack() as open_stores:
        looks = {millions: open_stores.enter_context(_reports(url, now_ms)) for millions, url in urls.items()}
        for n in range(LOOKS + 1):
            for millions, look in looks.items():
                took_ms = look()
                if n:  # the first of each reads what the others then find
                    warm[millions].append(took_ms)
    for millions in urls:
        yield f"growth_{kind}_{millions}m_days_cold", statistics.median(cold[millions]), "ms", "-"
    for millions in urls:
        yield f"growth_{kind}_{millions}m_days", statistics.median(warm[millions]), "ms", "-"
    times = statistics.median(warm[MILLIONS[-1]]) / statistics.median(warm[MILLIONS[0]])
    yield f"growth_{kind}_days_last_over_first", times, "ratio", f"under_{MOST_TIMES_THE_DAYS}"


@contextmanager
def _reports(url, now_ms):
    """Answers the milliseconds of one reading of the days."""
    engine = open_store(url)
    reports = Reports(engine, demo=False, now_ms=lambda: now_ms)
    last = reports.today()

    def look():
        began = time.perf_counter()
        rows = reports.days(years.ROOT, last - timedelta(DAYS - 1), last)
        took_ms = (time.perf_counter() - began) * 1000
        # Of the last days nothing is known, nor of today where it has begun at the service points and not in UTC
        assert len(rows) >= DAYS - years.SINCE_DAYS - 1, len(rows)
        return took_ms

    yield look
    engine.dispose()


def _ingest(kind, urls, folder, before=0):
    rates = {millions: [] for millions in urls}
    for number in range(ROUNDS + 1):
        for millions, url in urls.items():
            rate = _ingested(url, folder / f"{millions}-{number}", years.seqs_of(millions * 1_000_000), before + number)
            if number:  # the first of each reads what the others then find
                rates[millions].append(rate)
    for millions in urls:
        yield f"growth_{kind}_{millions}m_ingest", statistics.median(rates[millions]), "taps/s", "-"
    times = statistics.median(rates[MILLIONS[0]]) / statistics.median(rates[MILLIONS[-1]])
    yield f"growth_{kind}_ingest_first_over_last", times, "ratio", f"under_{MOST_TIMES_INGEST}"


def _ingested(url, folder, seqs, number):
    """Taps a second. Each kiosk goes on after its ``seqs`` taps and what earlier rounds added."""
    before = settled(url)
    said = number * MESSAGES // years.KIOSKS
    with (
        broker_in(folder) as broker,
        flooding(broker.port, MESSAGES, 1, years.KIOSKS, seqs, said) as flood,
        collecting(url, broker.port),
    ):
        flood.stdin.write("\n")
        flood.stdin.flush()
        return settled_a_second(url, MESSAGES, before)


def forget(folder):
    """Nothing of the folder's files is in the computer's memory afterwards."""
    for path in Path(folder).rglob("*"):
        if path.is_file():
            file = os.open(path, os.O_RDONLY)
            try:
                os.fsync(file)
                os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(file)
