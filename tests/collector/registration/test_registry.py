"""Units, service points, kiosks and administrators: what may be registered, and how a mistake is named."""

import hashlib

import pytest
from pwdlib import PasswordHash
from sqlalchemy import text

from collector.database import store
from collector.database.store import writing
from collector.registration import registry, retirement
from collector.registration.registry import RegistryError
from tests.collector.site import FROM_MS, NAMES, NOW_MS


def test_a_kiosks_secret_opens_its_account_and_no_other(site):
    secret = registry.add_kiosk(site.engine, "new-1", "door", NOW_MS)
    assert len(bytes.fromhex(secret)) == 16
    assert registry.verify_secret(site.engine, "new-1", secret)
    assert not registry.verify_secret(site.engine, "lobby-1", secret)
    assert not registry.verify_secret(site.engine, "new-1", "")
    assert not registry.verify_secret(site.engine, "nobody", "")
    assert not registry.verify_secret(site.engine, "new-1", "ä" + secret)


def test_only_the_hash_of_a_secret_is_kept(site):
    secret = registry.add_kiosk(site.engine, "new-1", "door", NOW_MS)
    with site.engine.connect() as connection:
        kept = connection.execute(text("SELECT secret_hash FROM kiosk WHERE name = 'new-1'")).scalar()
    assert secret not in kept
    assert kept.startswith("$7$")


def test_a_secret_that_an_earlier_version_kept_opens_its_account_and_mosquitto_cannot_read_it(site):
    old = hashlib.sha256(b"5e3d").hexdigest()
    with store.writing(site.engine) as connection:
        connection.execute(text(f"UPDATE kiosk SET secret_hash = '{old}' WHERE name = 'lobby-1'"))
    assert registry.verify_secret(site.engine, "lobby-1", "5e3d")
    assert not registry.verify_secret(site.engine, "lobby-1", "5e3e")
    assert registry.without_broker_hash(site.engine) == ["lobby-1"]


def test_another_secret_ends_the_one_before(site):
    old = registry.add_kiosk(site.engine, "new-1", "door", NOW_MS)
    new = registry.renew_secret(site.engine, "new-1")
    assert registry.verify_secret(site.engine, "new-1", new)
    assert not registry.verify_secret(site.engine, "new-1", old)
    retirement.retire(site.engine, "new-1", NOW_MS + 1)
    with pytest.raises(RegistryError, match="was retired"):
        registry.renew_secret(site.engine, "new-1")


def test_a_collectors_account_and_a_kiosk_never_have_the_same_name(site):
    assert registry.add_collector(site.engine, "collector-1")
    assert registry.add_collector(site.engine, "collector-1") is None
    with pytest.raises(RegistryError, match="a collector's account"):
        registry.add_kiosk(site.engine, "collector-1", "door", NOW_MS)
    with pytest.raises(RegistryError, match="a kiosk"):
        registry.add_collector(site.engine, "lobby-1")


def test_a_retired_kiosk_has_no_account_and_its_name_is_not_used_again(site):
    secret = registry.add_kiosk(site.engine, "new-1", "door", NOW_MS)
    retirement.retire(site.engine, "new-1", NOW_MS + 1)
    assert not registry.verify_secret(site.engine, "new-1", secret)
    with pytest.raises(RegistryError, match="never used again"):
        registry.add_kiosk(site.engine, "new-1", "door", NOW_MS + 2)
    with pytest.raises(RegistryError, match="retired"):
        registry.place_kiosk(site.engine, "new-1", "hall", NOW_MS + 2)


def test_a_move_ends_the_earlier_placement_at_the_same_moment(site):
    registry.place_kiosk(site.engine, "gate", "hall", NOW_MS)
    rows = site.rows("SELECT service_point_id, from_utc_ms, to_utc_ms FROM placement WHERE kiosk = 'gate'")
    assert rows == [(1, FROM_MS, NOW_MS), (2, NOW_MS, None)]


def test_a_move_that_is_told_of_later_takes_the_place_of_what_was_said_of_the_time_since(site):
    registry.place_kiosk(site.engine, "gate", "hall", NOW_MS)
    registry.place_kiosk(site.engine, "gate", None, NOW_MS + 5)
    registry.place_kiosk(site.engine, "gate", "hall", NOW_MS - 100)
    rows = site.rows("SELECT service_point_id, from_utc_ms, to_utc_ms FROM placement WHERE kiosk = 'gate' ORDER BY 2")
    assert rows == [(1, FROM_MS, NOW_MS - 100), (2, NOW_MS - 100, None)]


@pytest.mark.parametrize(
    ("given", "then"),
    [
        ({"idle_light": 5}, (3, 5, 60, "beta")),
        ({"health_s": 600}, (3, 40, 600, "beta")),
        ({"channel": "stable"}, (3, 40, 60, "stable")),
    ],
)
def test_a_setting_that_is_not_given_stays_what_it_is(site, given, then):
    assert registry.configure_kiosk(site.engine, "gate", 40, 60, "beta") == 2
    assert registry.configure_kiosk(site.engine, "gate", **given) == 3
    said = "SELECT config_version, idle_light, health_s, channel FROM kiosk WHERE name = 'gate'"
    assert site.rows(said) == [then]


def test_only_the_hash_of_the_administrators_newest_password_is_kept(site):
    registry.set_administrator(site.engine, "anna", "correct horse 1")
    registry.set_administrator(site.engine, "anna", "correct horse 2")
    ((name, kept),) = site.rows("SELECT name, password_hash FROM administrator")
    assert (name, "correct" in kept) == ("anna", False)
    assert PasswordHash.recommended().verify("correct horse 2", kept)
    assert not PasswordHash.recommended().verify("correct horse 1", kept)


@pytest.mark.parametrize("name", ["anna", "bert"])
def test_there_is_one_administrator_and_setting_it_logs_everybody_out(site, name):
    registry.set_administrator(site.engine, "anna", "correct horse 1")
    with writing(site.engine) as connection:
        connection.execute(text("INSERT INTO login_session VALUES ('hash', 'anna', 1)"))
    registry.set_administrator(site.engine, name, "correct horse 2")
    assert site.rows("SELECT name FROM administrator") == [(name,)]
    assert site.rows("SELECT * FROM login_session") == []


@pytest.mark.parametrize(
    ("mistake", "named"),
    [
        (lambda e: registry.add_unit(e, "Unit", NAMES), "slug.*a-z"),
        (lambda e: registry.add_unit(e, "", NAMES), "slug"),
        (lambda e: registry.add_unit(e, "unit", NAMES), "slug.*already"),
        (lambda e: registry.add_unit(e, "other", {"fi": ""}), "name_fi"),
        (lambda e: registry.add_unit(e, "other", {"fi": "a\nb"}), "name_fi"),
        (lambda e: registry.add_unit(e, "other", {"fi": "a", "de": "b"}), "'de'.*fi, sv, en"),
        (lambda e: registry.add_unit(e, "other", NAMES, "nowhere"), "unit.*'nowhere'"),
        (lambda e: registry.add_point(e, "p", "nowhere", NAMES), "unit.*'nowhere'"),
        (lambda e: registry.add_point(e, "p", "unit", NAMES, "Europe/Nowhere"), "timezone.*Europe/Helsinki"),
        (lambda e: registry.add_point(e, "p", "unit", NAMES, "../../etc/passwd"), "timezone"),
        (lambda e: registry.add_point(e, "p", "unit", NAMES, "Europe"), "timezone"),
        (lambda e: registry.add_point(e, "p", "unit", NAMES, ""), "timezone"),
        (lambda e: registry.add_kiosk(e, "Lobby", "door", NOW_MS), "name.*a-z"),
        (lambda e: registry.add_kiosk(e, "a/b", "door", NOW_MS), "name"),
        (lambda e: registry.add_kiosk(e, "+", "door", NOW_MS), "name"),
        (lambda e: registry.add_kiosk(e, "new-1", "nowhere", NOW_MS), "service point"),
        (lambda e: retirement.retire(e, "nobody", NOW_MS), "name"),
        (lambda e: registry.configure_kiosk(e, "gate", 101, 300, "stable"), "idle_light.*100"),
        (lambda e: registry.configure_kiosk(e, "gate", 20, 1, "stable"), "health_s.*10"),
        (lambda e: registry.configure_kiosk(e, "gate", 20, 300, "ä"), "channel"),
        (lambda e: registry.configure_kiosk(e, "gate"), "settings: none is given"),
        (lambda e: registry.set_administrator(e, "anna", "short"), "password.*12"),
        (lambda e: registry.set_administrator(e, "", "long enough indeed"), "name"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_registered(site, mistake, named):
    tables = ("unit", "service_point", "kiosk", "placement", "administrator")
    before = [site.rows(f"SELECT * FROM {table}") for table in tables]
    with pytest.raises(RegistryError, match=named):
        mistake(site.engine)
    assert [site.rows(f"SELECT * FROM {table}") for table in tables] == before
