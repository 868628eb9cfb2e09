"""Old backups give a new one their room, and nothing else in their folder is touched."""

import pytest

from collector.care import backup, proof, retention
from tests.collector.site import NOW_MS

DAY_MS = 86_400_000


@pytest.fixture
def made(site, tmp_path):
    """Three backups of three days, and what else may lie beside them."""
    for day in range(3):
        backup.back_up(site.engine, tmp_path / f"{day}.hymio", NOW_MS + day * DAY_MS)
    (tmp_path / "notes.txt").write_text("not ours")
    (tmp_path / "x.proof.json").write_text('{"made_utc_ms": 1}')
    return tmp_path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def both(*days):
    return [name for day in days for name in (f"{day}.hymio", f"{day}.hymio.proof.json")]


ELSE = ["notes.txt", "x.proof.json"]


def test_what_is_older_goes_with_its_proof_and_all_else_stays(made):
    size = (made / "0.hymio").stat().st_size
    assert retention.prune(made, NOW_MS + DAY_MS) == [(made / "0.hymio", NOW_MS, size)]
    assert names(made) == both(1, 2) + ELSE
    assert retention.prune(made, NOW_MS + DAY_MS) == []


def test_the_newest_stays_however_old_it_is(made):
    retention.prune(made, NOW_MS + 4000 * DAY_MS)
    assert names(made) == both(2) + ELSE


def test_of_those_that_are_cut_short_none_is_the_newest(made):
    """A copy that was only half made by another program, or half copied back."""
    with (made / "2.hymio").open("r+b") as file:
        file.truncate(10)
    retention.prune(made, NOW_MS + 4000 * DAY_MS)
    assert names(made) == both(1) + ELSE


def test_a_run_that_was_killed_between_copy_and_proof_is_ended_by_the_next(made):
    (made / "0.hymio").unlink()
    assert retention.prune(made, NOW_MS + DAY_MS) == [(made / "0.hymio", NOW_MS, 0)]
    assert names(made) == both(1, 2) + ELSE


def test_a_folder_that_is_not_there_has_nothing_to_give(tmp_path):
    assert retention.prune(tmp_path / "new", NOW_MS) == [] == proof.kept(tmp_path / "new")
