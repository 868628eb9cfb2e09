"""The database is away while kiosks go on: killed, and frozen so that it holds its connections and answers nobody.

A whole ``hymio serve`` on PostgreSQL and Mosquitto, KIOSKS kiosks by the firmware's rules (``tests.bench.steady``), a
minute each; ten minutes each in ``make bench-long``. Memory is that of the service's processes together.
"""

import contextlib
import statistics
import threading
import time

import httpx
from sqlalchemy import func, select

from collector.care import verification
from collector.database.store import open_store
from collector.database.tables import tap
from tests import postgresql
from tests.bench import LONG
from tests.bench.backlog import children
from tests.bench.ingesting import broker_in, furnish
from tests.bench.service import running
from tests.bench.steady import Steady

KIOSKS = 1000
TAPS_A_SECOND = 200
AWAY_S = 600 if LONG else 60
BEFORE_S = 10
AFTER_S = 10
STORED_WITHIN_S = 300
LOOK_S = 1
ASKED_S = 5
"""Whoever asks whether it is ready waits no longer."""
MOST_MB = 250
MOST_MORE_MB = 10
DATABASE = "hymio"


def figures(folder):
    for how in ("killed", "frozen"):
        yield from away(how, folder / how)


def away(how, folder):
    with serving(folder) as (server, broker, service, address):
        kiosks = Steady(broker.port, KIOSKS, TAPS_A_SECOND)
        watch = Watch(address, service.pid)
        with kiosks.pressing():
            time.sleep(BEFORE_S)
            before_mb = memory_mb(service.pid)
            with gone(how, server), watch.looking():
                time.sleep(AWAY_S)
            began = time.monotonic()
            time.sleep(AFTER_S)
        kiosks.settle(STORED_WITHIN_S)
        settled_s = time.monotonic() - began
        stored, differences = found(server.url(DATABASE))
    name = f"database_{how}_{AWAY_S}_s"
    told = [answer for answer in watch.answers if answer[1]]
    yield f"{name}_taps", kiosks.pressed, "taps", "-"
    yield f"{name}_taps_not_stored", kiosks.pressed - stored, "taps", "under_1"
    yield f"{name}_sums_that_differ", len(differences), "sums", "under_1"
    yield f"{name}_stored_after", settled_s, "s", f"under_{STORED_WITHIN_S}"
    yield f"{name}_readyz_said_so", len(told) / len(watch.answers), "share", "over_0.99"
    yield f"{name}_readyz_answered_at_most", max(s for s, _ in watch.answers), "s", f"under_{ASKED_S}"
    yield f"{name}_memory_before", before_mb, "MB", "-"
    yield f"{name}_memory", max(watch.memory_mb), "MB", f"under_{MOST_MB}"
    quarters = [watch.memory_mb[len(watch.memory_mb) * n // 4 :] for n in (2, 3)]
    more_mb = statistics.median(quarters[1]) - statistics.median(quarters[0][: len(quarters[1])])
    yield f"{name}_memory_more_in_the_last_quarter", more_mb, "MB", f"under_{MOST_MORE_MB}"


class Watch:
    """``answers``: of ``/readyz``, (seconds, whether it named the database). ``memory_mb``: each LOOK_S."""

    def __init__(self, address, pid):
        self._address, self._pid = address, pid
        self._ending = threading.Event()
        self.answers, self.memory_mb = [], []

    @contextlib.contextmanager
    def looking(self):
        """From when the trouble can be known until the block ends."""
        thread = threading.Thread(target=self._look)
        thread.start()
        try:
            yield
        finally:
            self._ending.set()
            thread.join()

    def _look(self):
        while not self._ending.wait(LOOK_S):
            began = time.monotonic()
            named = False
            with contextlib.suppress(httpx.HTTPError):
                answer = httpx.get(self._address + "/readyz", timeout=2 * ASKED_S)
                named = answer.status_code == 503 and any("database" in reason for reason in answer.json()["reasons"])
            self.answers.append((time.monotonic() - began, named))
            self.memory_mb.append(memory_mb(self._pid))


@contextlib.contextmanager
def gone(how, server):
    if how == "frozen":
        with server.frozen():
            yield
    else:
        server.kill()
        try:
            yield
        finally:
            server.start()


@contextlib.contextmanager
def serving(folder):
    """(database server, broker, process of the service, its address)."""
    folder.mkdir()
    with postgresql.serving() as server, broker_in(folder) as broker:
        server.create(DATABASE)
        furnish(server.url(DATABASE), KIOSKS)
        with running("serve", folder, server.url(DATABASE), broker.port) as (service, address):
            yield server, broker, service, address


def found(url):
    """(taps stored, sums that differ from them)."""
    engine = open_store(url)
    try:
        with engine.connect() as connection:
            stored = connection.execute(select(func.count()).select_from(tap)).scalar_one()
        return stored, verification.verify(engine).differences
    finally:
        engine.dispose()


def memory_mb(pid):
    """What a process and its children have in memory now, from Linux."""
    return sum(map(resident_mb, [pid, *children(pid)]))


def resident_mb(pid):
    with open(f"/proc/{pid}/status") as status:
        return int(status.read().split("VmRSS:")[1].split()[0]) / 1000
