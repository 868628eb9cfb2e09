"""Mosquitto's password file, and the stores from which it is not written."""

import pytest

from collector.registration import registry
from collector.registration.accounts import Accounts, Login, StrangeStoreError
from tests.waiting import wait_until


@pytest.fixture
def own(site):
    return Login("collector-1", registry.add_collector(site.engine, "collector-1"))


@pytest.fixture
def file(site, own, tmp_path):
    """As the store has it in which the writer's account is."""
    file = tmp_path / "accounts"
    assert Accounts(site.engine, file, None, own).write()
    return file


def test_a_store_without_the_writers_own_account_leaves_the_file_as_it_is(site, make_site, own, file):
    before = file.read_bytes()
    assert b"collector-1:" in before and b"lobby-1:" in before
    accounts = Accounts(make_site().engine, file, None, own)
    for write in (accounts.check, accounts.write):
        with pytest.raises(
            StrangeStoreError, match=r"has no account collector-1, .*HYMIO_CONFIG.*`hymio broker config`"
        ):
            write()
    assert file.read_bytes() == before
    assert own.password not in accounts.refusal


def test_a_store_in_which_the_writer_has_another_password_leaves_the_file_as_it_is(site, own, file):
    before = file.read_bytes()
    registry.add_collector(site.engine, "collector-1", renew=True)
    with pytest.raises(StrangeStoreError, match="has another password for collector-1"):
        Accounts(site.engine, file, None, own).write()
    assert file.read_bytes() == before


def test_the_service_says_once_that_it_may_not_write_and_writes_as_soon_as_it_may(site, own, file, caplog):
    accounts = Accounts(site.engine, file, None, own._replace(name="collector-2"))
    file.write_text("")
    accounts.start()
    try:
        wait_until(lambda: accounts.refusal)
        registry.add_collector(site.engine, "collector-2")
        wait_until(lambda: "another password for collector-2" in accounts.refusal)
        assert file.read_text() == ""
        (row,) = site.rows("SELECT secret_hash FROM collector_account WHERE name = 'collector-1'")
        with site.engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE collector_account SET secret_hash = '{row[0]}'")
        wait_until(lambda: accounts.refusal is None)
        wait_until(lambda: "lobby-1:" in file.read_text())
    finally:
        accounts.stop()
    assert caplog.text.count("no account collector-2") == 1
