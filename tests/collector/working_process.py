"""Backups, drills and their places in processes of their own, for tests that kill them in the middle."""

import multiprocessing
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from collector.care import backup, workplace
from collector.database.store import open_store
from tests.collector.site import NOW_MS

PROCESSES = multiprocessing.get_context("forkserver")  # what each needs is imported once, for all of them
PROCESSES.set_forkserver_preload([__name__])


@contextmanager
def at_work(work, *given):
    """A process that is in the middle of ``work``, and is killed in the end; what it told of itself."""
    told, telling = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=work, args=(*given, telling))
    process.start()
    telling.close()
    try:
        yield told.recv()
    finally:
        process.kill()
        process.join()
        told.close()


def back_up(url, copy, telling):
    """Stands still at its first word of how far it is."""

    def stand(_share):
        telling.send(None)
        time.sleep(600)

    backup.back_up(open_store(url), Path(copy), NOW_MS, stand)


def drill(url, telling):
    """Stands still with its database made."""
    with workplace.database(make_url(url)) as place:
        telling.send(place.database)
        time.sleep(600)


def have_a_program_work(beside, telling):
    """Tells the process id of a program that works in its folder."""
    with workplace.folder(Path(beside)) as folder:
        program = subprocess.Popen(["sleep", "600"], pass_fds=[folder.lock])
        telling.send(program.pid)
        time.sleep(600)
