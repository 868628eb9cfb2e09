"""``hymio migrate`` as it is typed: the address by three ways, and its password nowhere."""

import pytest
from typer.testing import CliRunner

from collector.database.store import open_store
from collector.registration import registry
from hymio.command import app
from tests.collector.site import NOW_MS, Site, furnish, taps
from tests.collector.stores import Sqlite


@pytest.fixture
def old(tmp_path, monkeypatch):
    """The address of a store with four taps, which the settings name."""
    site = Site(Sqlite(tmp_path), furnish(f"sqlite:///{tmp_path / 'prepared.sqlite'}"))
    site.take(taps(1, [4, 3, 2, 1]))
    site.engine.dispose()
    monkeypatch.setenv("HYMIO_DATABASE", site.url)
    monkeypatch.delenv("HYMIO_MIGRATE_TO", raising=False)
    return site.url


def run(*words):
    done = CliRunner().invoke(app, ["migrate", *words])
    assert "Traceback" not in done.output
    return done


def test_the_store_is_copied_and_what_to_do_next_is_said(old, tmp_path):
    new = f"sqlite:///{tmp_path / 'new.sqlite'}"
    done = run("--to", new)
    assert done.exit_code == 0, done.output
    assert "4 taps among them" in done.output and new in done.output and "setting database" in done.output
    engine = open_store(new)
    registry.add_kiosk(engine, "after", None, NOW_MS)
    engine.dispose()
    again = run("--to", new)
    assert again.exit_code == 2 and "the new store is not empty" in again.output


def test_the_address_may_come_from_a_file_or_the_environment_but_once(old, tmp_path, monkeypatch):
    (tmp_path / "to").write_text(f"sqlite:///{tmp_path / 'one.sqlite'}\n")
    assert run("--to-file", str(tmp_path / "to")).exit_code == 0
    monkeypatch.setenv("HYMIO_MIGRATE_TO", f"sqlite:///{tmp_path / 'two.sqlite'}")
    assert run().exit_code == 0
    assert "say once where to" in run("--to", "sqlite:///three.sqlite").output
    monkeypatch.delenv("HYMIO_MIGRATE_TO")
    assert "say once where to" in run().output


def test_a_password_is_refused_on_the_command_line_and_never_shown(old, monkeypatch):
    secret = "postgresql://hymio:hid-den@127.0.0.1:1/hymio"
    refused = run("--to", secret)
    assert refused.exit_code == 2 and "seen by everybody" in refused.output
    monkeypatch.setenv("HYMIO_MIGRATE_TO", secret)
    unreachable = run()
    assert unreachable.exit_code == 2
    assert "hid-den" not in refused.output + unreachable.output


def test_a_running_service_is_named_as_what_is_in_the_way(old, tmp_path, monkeypatch):
    monkeypatch.setattr("collector.database.store.BUSY_TIMEOUT_MS", 100)
    engine = open_store(old)
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM tap")
    done = run("--to", f"sqlite:///{tmp_path / 'new.sqlite'}")
    assert done.exit_code == 2 and "stop every hymio" in done.output
    engine.dispose()
