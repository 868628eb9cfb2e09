"""Exact times given up by a process of its own, for tests that kill it."""

import contextlib
import multiprocessing

from collector.care import sealing
from collector.database.store import open_store

PROCESSES = multiprocessing.get_context("forkserver")  # what each needs is imported once, for all of them
PROCESSES.set_forkserver_preload([__name__])
PAGE = 7
"""So that few taps take many transactions to be killed in."""


def run(url, before_ms, telling):
    """Tells each transaction that was committed."""
    sealing.PAGE = PAGE
    sealing.coarsen(open_store(url), before_ms, lambda _seconds: telling.send(True) or True)


def killed(url, before_ms, transactions, wait_s):
    """A run that is sent SIGKILL so long after so many transactions; whether it was still at work."""
    told, telling = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=run, args=(url, before_ms, telling))
    process.start()
    telling.close()
    with contextlib.suppress(EOFError):
        for _ in range(transactions):
            told.recv()
    process.join(wait_s)
    at_work = process.is_alive()
    process.kill()
    process.join()
    told.close()
    return at_work
