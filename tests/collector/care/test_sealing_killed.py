"""Giving up exact times is sent SIGKILL at any moment, again and again: no figure moves, the last run ends it."""

import os
import random
from pathlib import Path

import pytest
from sqlalchemy import make_url

from collector.care import rebuild, sealing
from collector.care.verification import verify
from collector.database.store import open_store
from collector.days.coarse import DAY_MS
from collector.days.dating import QUARTER_MS
from tests.collector.care.test_sealing import BEFORE_MS, exact_times, going
from tests.collector.coarsening_process import killed
from tests.collector.site import NOW_MS, birth, taps

SEEDS = range(40 if os.environ.get("SOAK") else 1)
KILLS = 8


def live(site):
    """Journals with runs, intervals, test taps and boots without time; holes, a conflict and messages in quarantine."""
    chance = random.Random(7)
    for number, kiosk in enumerate(("lobby-1", "lobby-2", "gate")):
        seq, who = 1, {"kiosk": kiosk, "journal": f"0000000{number}"}
        for boot in range(1, 15):
            at_ms = NOW_MS - 40 * DAY_MS + boot * 2 * DAY_MS + number * 1_234_567
            site.now_ms = at_ms + DAY_MS
            faces = [(chance.randint(0, 4), n * chance.choice([900, 7000]), int(n == 3)) for n in range(9)]
            when = {"utc_ms": at_ms} if boot % 5 else {"utc_ms": None, "bounds": (at_ms - DAY_MS, at_ms)}
            site.take(taps(seq, faces, boot=boot, held=seq, **when, **who))
            site.take((f"hymio/1/{kiosk}/taps", b'{"j":"9f3c1a22","n":%d' % boot))
            seq += 9 + 2 * (boot % 4 == 0)
        site.take(birth(last_seq=seq, **who), taps(seq - 3, [1, 1], boot=14, held=seq - 9, utc_ms=site.now_ms, **who))


@pytest.mark.parametrize("seed", SEEDS)
def test_killed_again_and_again_it_moves_no_figure_and_the_last_run_leaves_no_exact_time(make_site, seed):
    chance = random.Random(seed)
    site, whole = make_site(), make_site()
    for one in (site, whole):
        live(one)
    before, exact = site.counts(), exact_times(site)
    assert min(exact[what] for what in ("taps", "messages")) > 30
    site.engine.dispose()
    at_work = 0
    for _ in range(KILLS):
        at_work += killed(site.url, BEFORE_MS, chance.randint(1, 4), chance.uniform(0, 0.012))
        assert verify(site.engine).differences == []
        assert site.counts() == before
    assert at_work > KILLS // 2, "too few of the runs were killed in the middle"
    assert exact_times(site) != exact

    assert sealing.coarsen(site.engine, BEFORE_MS, going).clean
    sealing.coarsen(whole.engine, BEFORE_MS, going)
    assert set(exact_times(site).values()) == {0}
    assert verify(site.engine).differences == []
    assert site.counts() == before == whole.counts()
    for table in ("tap", "conflict", "hole", "journal_mark"):
        assert sorted(site.rows(f"SELECT * FROM {table}"), key=str) == sorted(
            whole.rows(f"SELECT * FROM {table}"), key=str
        ), table
    assert rebuild.rebuild(site.engine).changed == 0


def test_one_that_was_killed_before_it_cleared_the_log_leaves_that_to_the_next(site, stores):
    """All its transactions are done, and what they wrote over still stands beside the database."""
    if stores.name != "sqlite":
        pytest.skip("only SQLite's files are ours to look into")
    site.now_ms = NOW_MS + DAY_MS
    site.take(birth(), *[taps(1 + n * 16, [4] * 16) for n in range(20)])
    exact = site.rows("SELECT utc_ms FROM tap WHERE utc_ms % :quarter_ms <> 0", quarter_ms=QUARTER_MS)
    reader = open_store(site.url)
    with reader.connect() as old:  # the log cannot be cleared under it, as if the run had been killed before
        old.exec_driver_sql("SELECT count(*) FROM tap").scalar()
        assert not sealing.coarsen(site.engine, BEFORE_MS, going).clean
    reader.dispose()
    files = [Path(str(make_url(site.url).database) + end) for end in ("", "-wal")]
    written = [utc_ms.to_bytes(6, "big") for (utc_ms,) in exact]
    assert any(utc_ms in file.read_bytes() for utc_ms in written for file in files)
    done = sealing.coarsen(site.engine, BEFORE_MS, going)
    assert (done.rows, done.clean) == (0, True)
    assert not any(utc_ms in file.read_bytes() for utc_ms in written for file in files)
