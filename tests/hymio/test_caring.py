"""What looks after the store, as an administrator types it: in the wrong folder, twice, of an older version's store."""

import json
import sqlite3
from contextlib import closing

import pytest
from typer.testing import CliRunner

from collector.database import migration
from collector.database.store import open_store
from collector.intake.ingest import Ingest
from hymio import errands
from hymio.command import app
from tests.collector.old_store import FIRST, age
from tests.collector.site import NOW_MS, birth, furnish, health, taps

CARING = [("verify",), ("rebuild",), ("coarsen",), ("backup", "copy.sqlite")]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where the commands are typed; the settings name ``hymio.sqlite`` in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HYMIO_CONFIG", raising=False)
    monkeypatch.setenv("HYMIO_DATABASE", "sqlite:///hymio.sqlite")
    return tmp_path


def run(*words):
    done = CliRunner().invoke(app, words)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


@pytest.mark.parametrize("words", CARING)
def test_a_store_that_is_not_there_is_named_and_not_made(folder, words):
    for left in (False, True):  # by an earlier mistake, or by what ran out of disk
        if left:
            (folder / "hymio.sqlite").touch()
        done = run(*words)
        assert done.exit_code == 2 and "there is no store of hymio in sqlite:///hymio.sqlite" in done.output
        assert "HYMIO_CONFIG" in done.output
        assert [path.stat().st_size for path in folder.iterdir()] == [0] * left


@pytest.mark.parametrize("words", CARING)
def test_what_is_no_database_is_named(folder, words):
    (folder / "hymio.sqlite").write_bytes(b"rubbish " * 1000)
    done = run(*words)
    assert done.exit_code == 2 and "file is not a database" in done.output


def test_a_backup_leaves_an_older_versions_store_as_it_is(folder):
    """The new version may be installed while the old one still runs, and the nightly backup comes in between."""
    age(furnish(f"sqlite:///{folder / 'today.sqlite'}"), "sqlite:///hymio.sqlite")
    done = run("backup", "copy.sqlite")
    assert done.exit_code == 0, done.output
    engine = open_store("sqlite:///hymio.sqlite")
    assert migration.revision(engine) == FIRST
    engine.dispose()


@pytest.mark.parametrize("words", [("verify",), ("rebuild",), ("coarsen",)])
def test_an_older_versions_store_is_left_to_it_and_what_brings_it_up_to_date_is_named(folder, words):
    age(furnish(f"sqlite:///{folder / 'today.sqlite'}"), "sqlite:///hymio.sqlite")
    before = dump()
    done = run(*words)
    assert done.exit_code == 2 and f"it is at revision {FIRST}" in done.output and "`hymio serve`" in done.output
    assert len(done.output.splitlines()) == 1
    assert dump() == before


def dump():
    with closing(sqlite3.connect("hymio.sqlite")) as store:
        return list(store.iterdump())


def test_the_store_knows_of_a_backup_and_whether_it_was_restored_for_proof(folder):
    furnish("sqlite:///hymio.sqlite")
    for words, drilled in ((("one", "--no-drill"), 0), (("two",), 1)):
        assert run("backup", *words).exit_code == 0
        made = json.loads((folder / f"{words[0]}.proof.json").read_text())["made_utc_ms"]
        with closing(sqlite3.connect("hymio.sqlite")) as store:
            assert store.execute("SELECT made_utc_ms, drilled FROM last_backup").fetchall() == [(made, drilled)]


def test_a_restore_ends_with_what_must_be_done_again_and_since_when(folder):
    furnish("sqlite:///hymio.sqlite")
    assert run("backup", "copy", "--no-drill").exit_code == 0
    assert run("kiosk", "retire", "lobby-1").exit_code == 0
    for left in folder.glob("hymio.sqlite*"):
        left.unlink()
    done = run("restore", "copy")
    since = errands.clock(json.loads((folder / "copy.proof.json").read_text())["made_utc_ms"])
    assert done.exit_code == 0 and f"since {since} must be done again" in done.output
    for what in ("retired since is let in again", "`hymio kiosk renew`", "`hymio kiosk add` under the same name"):
        assert what in done.output
    assert run("kiosk", "place", "lobby-1", "--point", "door").exit_code == 0, "it is in use again, as was said"


def test_a_backup_first_removes_those_that_are_older_than_are_kept(folder):
    furnish("sqlite:///hymio.sqlite")
    for name in ("old", "new"):
        assert run("backup", f"kept/{name}", "--no-drill").exit_code == 0
    proof = folder / "kept" / "old.proof.json"
    told = json.loads(proof.read_text())
    proof.write_text(json.dumps({**told, "made_utc_ms": told["made_utc_ms"] - 8 * 86_400_000}))
    assert "Removed" not in run("backup", "kept/newer", "--no-drill", "--keep-days", "9").output
    done = run("backup", "kept/newest", "--no-drill", "--keep-days", "7")
    assert "Removed kept/old of " in done.output and "older than 7 days" in done.output
    assert sorted(path.name for path in (folder / "kept").glob("*[!n]")) == ["new", "newer", "newest"]


def test_a_command_whose_output_is_read_by_a_program_draws_nothing_and_breaks_no_line(folder):
    furnish("sqlite:///hymio.sqlite")
    for words, lines in ((("verify",), 1), (("backup", "copy.sqlite"), 1), (("rebuild",), 1)):
        done = run(*words)
        assert done.exit_code == 0 and len(done.output.splitlines()) == lines, done.output


def test_a_kiosks_setting_that_is_not_named_stays_what_it_is(folder):
    furnish("sqlite:///hymio.sqlite")
    assert run("kiosk", "set", "lobby-1", "--health-s", "60").exit_code == 0
    assert "settings 3 of kiosk lobby-1" in run("kiosk", "set", "lobby-1", "--idle-light", "5").output
    with closing(sqlite3.connect("hymio.sqlite")) as store:
        assert store.execute("SELECT idle_light, health_s FROM kiosk WHERE name = 'lobby-1'").fetchone() == (5, 60)
    nothing = run("kiosk", "set", "lobby-1")
    assert nothing.exit_code == 2 and "none is given" in nothing.output


def test_places_are_renamed_and_a_zone_that_days_rest_on_is_refused_with_what_to_do(folder):
    furnish("sqlite:///hymio.sqlite")
    assert run("unit", "rename", "unit", "--sv", "Mottagningen").output == (
        "unit unit is called Neuvola, Mottagningen, Clinic\n"
    )
    assert run("point", "rename", "door", "--fi", "Ovi").output.startswith("service point door is called Ovi, ")
    assert run("point", "zone", "door", "Europe/Stockholm").exit_code == 0
    engine = open_store("sqlite:///hymio.sqlite")
    Ingest(engine, lambda: NOW_MS + 60_000).take([birth(), taps(1, [4])])
    engine.dispose()
    refused = run("point", "zone", "door", "Europe/Helsinki")
    assert refused.exit_code == 2 and "hymio kiosk place KIOSK --point NEW --since TIME" in refused.output


def test_a_kiosk_that_has_not_delivered_its_taps_is_retired_only_anyway_and_what_is_lost_is_told(folder):
    furnish("sqlite:///hymio.sqlite")
    engine = open_store("sqlite:///hymio.sqlite")
    ingest = Ingest(engine, lambda: NOW_MS)
    ingest.take([birth(), health(last_seq=12, backlog=12), birth(kiosk="lobby-2")])
    engine.dispose()
    refused = run("kiosk", "retire", "lobby-1")
    assert refused.exit_code == 2
    assert "12 taps that it had not delivered" in refused.output and "--anyway" in refused.output
    assert run("kiosk", "place", "lobby-1", "--point", "hall").exit_code == 0, "it is still in use"
    assert "12 taps that it had not delivered" in run("kiosk", "retire", "lobby-1", "--anyway").output
    assert run("kiosk", "place", "lobby-1", "--point", "door").exit_code == 2
    assert run("kiosk", "retire", "lobby-2").output == "kiosk lobby-2 retired\n"


def test_a_rebuild_of_a_kiosk_that_never_was_is_refused_and_of_a_retired_one_is_not(folder):
    furnish("sqlite:///hymio.sqlite")
    run("kiosk", "retire", "lobby-1")
    assert run("rebuild", "--kiosk", "lobby-1").exit_code == 0
    done = run("rebuild", "--kiosk", "lobby-9")
    assert done.exit_code == 2 and "there is no kiosk 'lobby-9'" in done.output


def test_a_new_store_that_cannot_be_made_is_named(folder):
    furnish("sqlite:///hymio.sqlite")
    done = run("migrate", "--to", "sqlite:///hymio.sqlite/new.sqlite")
    assert done.exit_code == 2 and "hymio.sqlite cannot be written" in done.output
