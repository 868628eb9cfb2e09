"""What a run that was killed has left is taken away by the next, and nothing of one that works now."""

import os
import signal
import subprocess
import sys

import pytest
from sqlalchemy import make_url

from collector.care import backup, workplace
from tests.collector import working_process
from tests.collector.site import NOW_MS, on_sqlite
from tests.collector.stores import Postgresql
from tests.collector.working_process import at_work
from tests.interpreters import ROOT
from tests.waiting import wait_until


@pytest.fixture
def on_postgresql(server):
    """Addresses of stores on one server."""
    stores = Postgresql(server)
    return stores.empty(), stores.empty()


def databases(site_or_url):
    with workplace._speaking(make_url(site_or_url)) as connection:
        found = connection.exec_driver_sql("SELECT datname FROM pg_database WHERE datname LIKE 'hymio_drill%%'")
        return set(found.scalars())


def test_a_backup_that_was_killed_is_taken_away_by_the_next_and_one_at_work_is_not(site, tmp_path):
    with at_work(working_process.back_up, site.url, str(tmp_path / "killed")):
        (left,) = tmp_path.iterdir()
        assert backup.clear(tmp_path / "copy", site.url) == []
        assert list(tmp_path.iterdir()) == [left]
    assert [one.where for one in wait_until(lambda: backup.clear(tmp_path / "copy", site.url))] == [str(left)]
    assert list(tmp_path.iterdir()) == []
    assert backup.clear(tmp_path / "copy", site.url) == []
    backup.back_up(site.engine, tmp_path / "killed", NOW_MS)
    assert {path.name for path in tmp_path.iterdir()} == {"killed", "killed.proof.json"}


def test_the_database_of_a_drill_that_was_killed_goes_with_the_next_and_of_one_at_work_stays(on_postgresql, tmp_path):
    mine, other = on_postgresql
    with at_work(working_process.drill, mine) as at_the_others, at_work(working_process.drill, mine) as name:
        assert {name, at_the_others} <= databases(mine)
        assert backup.clear(tmp_path / "copy", mine) == []
    left = []

    def both_gone():
        assert backup.clear(tmp_path / "copy", other) == [], "of another store nothing is known"
        left.extend(backup.clear(tmp_path / "copy", mine))
        return len(left) == 2

    wait_until(both_gone)  # the server sees by and by that they are dead
    assert {one.where for one in left} == {f"the database {name}", f"the database {at_the_others}"}
    assert min(one.size for one in left) > 1_000_000
    assert not databases(mine) & {name, at_the_others}


def test_a_program_that_outlives_its_run_keeps_its_folder_until_it_has_ended(tmp_path):
    with at_work(working_process.have_a_program_work, str(tmp_path)) as pid:
        (left,) = tmp_path.iterdir()
    assert workplace.clear_folder(tmp_path) == []
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: workplace.clear_folder(tmp_path))
    assert not left.exists()


def test_what_was_never_held_is_left_alone(tmp_path):
    (tmp_path / ".hymio-run-of-somebody").mkdir()
    (tmp_path / ".hymio-run-of-somebody" / "thing").touch()
    (tmp_path / ".hymio-run-cut-short").mkdir()  # at the very end of its own clearing
    assert workplace.clear_folder(tmp_path) == []
    assert {path.name for path in tmp_path.iterdir()} == {".hymio-run-of-somebody"}


def test_a_store_s_own_folder_is_cleared_too(tmp_path):
    """Where a restore was killed that wrote there."""
    with on_sqlite(tmp_path) as site:
        with at_work(working_process.have_a_program_work, str(tmp_path)) as pid:
            os.kill(pid, signal.SIGKILL)
        assert len(wait_until(lambda: backup.clear(tmp_path / "elsewhere" / "copy", site.url))) == 1


def test_who_backs_up_after_a_kill_is_told_what_was_removed(site, tmp_path):
    environment = {**os.environ, "HYMIO_DATABASE": site.url, "PYTHONPATH": str(ROOT)}

    def begin(name):
        return subprocess.Popen(
            [sys.executable, "-m", "hymio", "backup", tmp_path / name],
            env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def left():
        return databases(site.url) if site.engine.dialect.name == "postgresql" else list(tmp_path.glob(".hymio-run-*"))

    for attempt in range(20):  # it may be through before it is killed
        killed = begin(f"killed-{attempt}")
        wait_until(lambda killed=killed: left() or killed.poll() is not None)
        killed.kill()
        killed.communicate()
        if left():
            break
    assert left()
    _, said = begin("copy").communicate()
    assert "that was killed had left it" in said
    assert not left()
    assert {"copy", "copy.proof.json"} <= {path.name for path in tmp_path.iterdir()}
