"""Backups, drills, restores and their places in processes of their own, for tests that kill them in the middle."""

import errno
import multiprocessing
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from collector.care import backup, workplace
from collector.database.store import open_store
from tests import small_disk
from tests.collector.site import NOW_MS, furnish

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


_STEPS = {"open", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "shutil.rmtree", "sqlite3.connect"}


def restore_up_to(copy, url, step, telling):
    """Stands still before that step of a restore, the first being 1, which touches the store's folder; tells its name,
    or None once it is through."""
    folder, steps = str(Path(make_url(url).database).parent), []

    def before(event, given):
        if event in _STEPS and str(given[0]).startswith(folder) and len(steps) < step:
            steps.append(event)
            if len(steps) == step:
                telling.send(event)
                time.sleep(600)

    sys.addaudithook(before)
    backup.restore(Path(copy), url)
    telling.send(None)
    time.sleep(600)


def restore(copy, url, step, taken, telling):
    """Tells why nothing was restored where, before the first step of that name, somebody else fills the disk (with
    ``taken``), or begins a store at the very place (``taken`` is None)."""
    left = [step]

    def before(event, _given):
        if event == f"os.{step}" and left:
            left.clear()
            if taken is None:
                furnish(url)
            else:
                small_disk.leave(taken.parent, os.path.getsize(copy) // 2, taken.name)

    sys.addaudithook(before)
    try:
        backup.restore(Path(copy), url)
        telling.send(None)
    except backup.BackupError as fault:
        telling.send(str(fault))


def restore_told(copy, url, telling):
    """Tells that it begins."""
    telling.send(None)
    backup.restore(Path(copy), url)


def restore_without_links(copy, url, telling):
    """Where the file system has no second names for a file, as on a memory card's FAT."""

    def before(event, _given):
        if event == "os.link":
            raise PermissionError(errno.EPERM, "no links here")

    sys.addaudithook(before)
    telling.send(backup.restore(Path(copy), url))
