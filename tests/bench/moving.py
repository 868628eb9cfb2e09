"""``hymio migrate``, ``backup`` and ``restore`` of a million taps (with BENCH_LONG: of ten), as they are typed.

Each is a process of its own, whose most memory is told. A move is once killed with SIGKILL in its middle and begun
again; whether every row is there is seen by reading both stores side by side. A backup is made and drilled while one
ingest goes on as fast as it can: ``ingest_meanwhile`` is its rate of what it was before, ``longest_commit`` its longest
wait.
"""

import os
import subprocess
import sys
import threading
import time
from itertools import chain

from sqlalchemy import String, func, select

from collector.care import transfer
from collector.database import migration, store
from collector.database.tables import metadata, tap
from collector.intake.ingest import Ingest
from collector.registration import registry
from tests.bench import LONG, years
from tests.bench.growth import Databases, Files
from tests.collector.site import taps

MILLIONS = 10 if LONG else 1
TAPS = MILLIONS * 1_000_000
KILLED_AT = (0.6, 0.3, 0.1)
"""Of the time that the whole move took; sooner where another one, on a computer less busy, was through by then."""

BUSY = "kiosk-busy"
BEFORE_S = 5
MOST_MB = 250

# To Linux a process has needed at least what the one that started it has, and the bench is a large one
_WEIGHED = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:])
_, status, used = os.wait4(process.pid, 0)
print(used.ru_maxrss, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def figures(folder):
    now_ms = time.time_ns() // 1_000_000
    with Files.open(folder / "sqlite") as files, Databases.open(folder / "postgresql") as databases:
        old = files.new("old")
        years.furnish(old, TAPS, now_ms)
        yield from _moved("sqlite_to_postgresql", old, databases)
        there = databases.new("there")
        hymio(old, "migrate", to=there)
        yield from _moved("postgresql_to_sqlite", there, files)
        yield from _kept("sqlite", old, files, folder)
        yield from _kept("postgresql", there, databases, folder)


def _moved(way, old, stores):
    whole = stores.new("whole")
    took_s, peak_mb = hymio(old, "migrate", to=whole)
    rows = _same(old, whole)
    yield f"move_{way}_{MILLIONS}m", rows / took_s, "rows/s", "-"
    yield f"move_{way}_{MILLIONS}m_took", took_s, "s", "-"
    yield f"move_{way}_{MILLIONS}m_peak", peak_mb, "MB", f"under_{MOST_MB}"
    cut = _cut(old, stores, took_s)
    hymio(old, "migrate", to=cut)
    yield f"move_{way}_{MILLIONS}m_rows_after_a_kill", _same(old, cut), "rows", f"over_{rows - 1}"


def _kept(kind, url, stores, folder):
    copy, place = folder / f"{kind}.copy", stores.new("restored")
    with _Pressing(url) as pressing:
        time.sleep(BEFORE_S)
        before_a_second, _ = pressing.lap()
        took_s, peak_mb = hymio(url, "backup", str(copy))
        meanwhile_a_second, longest_s = pressing.lap()
    yield f"backup_{kind}_{MILLIONS}m", took_s, "s", "-"
    yield f"backup_{kind}_{MILLIONS}m_size", copy.stat().st_size / 1e6, "MB", "-"
    yield f"backup_{kind}_{MILLIONS}m_peak", peak_mb, "MB", f"under_{MOST_MB}"
    yield f"backup_{kind}_{MILLIONS}m_ingest_meanwhile", meanwhile_a_second / before_a_second, "ratio", "-"
    yield f"backup_{kind}_{MILLIONS}m_longest_commit", longest_s * 1000, "ms", f"under_{store.BUSY_TIMEOUT_MS}"
    took_s, peak_mb = hymio(place, "restore", str(copy))
    yield f"restore_{kind}_{MILLIONS}m", took_s, "s", "-"
    yield f"restore_{kind}_{MILLIONS}m_peak", peak_mb, "MB", f"under_{MOST_MB}"
    yield f"restore_{kind}_{MILLIONS}m_taps", _taps(place), "taps", f"over_{TAPS - 1}"


def _cut(old, stores, took_s):
    """The address of a new store, the move into which was killed."""
    for share in KILLED_AT:
        cut = stores.new(f"cut_{share * 10:.0f}")
        process = _typed(old, ["migrate"], cut)
        try:
            process.wait(took_s * share)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        left = _taps(cut)
        if not left:
            return cut
        if left != _taps(old):
            sys.exit(f"a move into {cut} that was killed left {left} taps")
    return sys.exit("no move could be killed in its middle")


def hymio(database, *words, to=None):
    """(seconds, megabytes at most) of a command on ``database``."""
    began = time.monotonic()
    process = _typed(database, words, to, [sys.executable, "-c", _WEIGHED], stderr=subprocess.PIPE, text=True)
    *said, most_kib = process.communicate()[1].splitlines()
    sys.stderr.write("".join(line + "\n" for line in said))
    if process.returncode:
        sys.exit(f"hymio {' '.join(words)} ended with {process.returncode}")
    return time.monotonic() - began, int(most_kib) * 1024 / 1e6


def _typed(database, words, to, before=(), **streams):
    environment = {**os.environ, "HYMIO_DATABASE": database}
    environment.pop("HYMIO_CONFIG", None)
    if to is not None:
        environment["HYMIO_MIGRATE_TO"] = to
    command = [*before, sys.executable, "-m", "hymio", *words]
    return subprocess.Popen(command, env=environment, **{"stdout": sys.stderr, **streams})


def _same(old, new):
    """How many rows there are, each of which is in both; ends the bench where one differs."""
    rows = 0
    one, other = store.open_store(old), store.open_store(new)
    with store.reading(one) as here, store.reading(other) as there:
        for table in metadata.sorted_tables:
            pages, copied_pages = transfer.pages(here, table), transfer.pages(there, table)
            if any(isinstance(key.type, String) for key in table.primary_key):  # each database orders words its own way
                pages, copied_pages = [sorted(chain(*pages), key=repr)], [sorted(chain(*copied_pages), key=repr)]
            for page, copied in zip(pages, copied_pages, strict=True):
                if page != copied:
                    sys.exit(f"the table {table.name} of {new} is not that of {old}")
                rows += len(page)
    one.dispose()
    other.dispose()
    return rows


def _taps(url):
    """How many there are; none where there is no table for them."""
    engine = store.open_store(url)
    try:
        if migration.revision(engine) is None:
            return 0
        with store.reading(engine) as connection:
            return connection.execute(select(func.count()).select_from(tap)).scalar_one()
    finally:
        engine.dispose()


class _Pressing:
    """One kiosk's taps into the store, sixteen a transaction, as fast as it takes them."""

    def __init__(self, url):
        self._engine = store.open_store(url)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._press)
        self._began, self._times = time.monotonic(), []

    def __enter__(self):
        registry.add_kiosk(self._engine, BUSY, "point-0", time.time_ns() // 1_000_000)
        self._began = time.monotonic()
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ending.set()
        self._thread.join()
        self._engine.dispose()

    def lap(self):
        """(transactions a second, the longest in seconds) since the last one."""
        times, self._times = self._times, []
        began, self._began = self._began, time.monotonic()
        return len(times) / (self._began - began), max(times, default=0)

    def _press(self):
        ingest, first = Ingest(self._engine, lambda: time.time_ns() // 1_000_000), 1
        while not self._ending.is_set():
            began = time.monotonic()
            ingest.take([taps(first, [4] * 16, kiosk=BUSY, utc_ms=time.time_ns() // 1_000_000, apart_ms=0)])
            self._times.append(time.monotonic() - began)
            first += 16
