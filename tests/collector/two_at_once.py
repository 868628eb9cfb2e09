"""Two that work on one row at once: the first is held just before its commit, and the second comes then."""

import threading
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import event, text

from collector.database.store import open_store
from tests.waiting import wait_until

_WAIT = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def at_once(url, first, second):
    """Both get an engine of their own on a PostgreSQL; what each answered.

    ``second`` begins when ``first`` has done all but commit, which it does when ``second`` has ended or waits for it.
    """
    ahead, behind, watcher = (open_store(url) for _ in range(3))
    looks = watcher.execution_options(isolation_level="AUTOCOMMIT")  # what it saw once it sees to a transaction's end
    reached, go = threading.Event(), threading.Event()

    def hold(_connection):
        reached.set()
        go.wait(60)

    event.listen(ahead, "commit", hold)
    try:
        with ThreadPoolExecutor(2) as pool, looks.connect() as connection:
            leads = pool.submit(first, ahead)
            wait_until(lambda: reached.is_set() or leads.done())
            follows = pool.submit(second, behind)
            wait_until(lambda: follows.done() or connection.execute(text(_WAIT)).scalar())
            go.set()
            return leads.result(), follows.result()
    finally:
        go.set()
        for engine in (ahead, behind, watcher):
            engine.dispose()
