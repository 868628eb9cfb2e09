"""What is written into a kiosk's configuration, and what is refused before a board is touched."""

import pytest

from collector.answers.update_key import UpdateKey
from hymio.flashing import FlashingError, configuration
from hymio.settings import Settings

PLAIN = {"host": "broker.test", "port": None, "ca": None, "wifi": None}


@pytest.fixture
def configure(tmp_path, monkeypatch):
    monkeypatch.setenv("HYMIO_KIOSK_SECRET", "s" * 32)
    monkeypatch.setenv("HYMIO_WIFI_KEY", "a long enough key")
    settings = Settings(broker_host="broker.test", broker_password="x", update_key=tmp_path / "update.key")

    def configure(**options):
        return configuration("lobby-1", settings, **{**PLAIN, **options})

    return configure


def test_a_kiosk_is_given_its_own_key_for_updates_and_never_the_sites(configure, tmp_path):
    config = configure()
    assert config["update_key"] == UpdateKey(tmp_path / "update.key").of("lobby-1")
    assert (tmp_path / "update.key").read_bytes().hex() not in str(config)


def test_the_country_stands_beside_the_wifi_and_the_time_server_by_itself(configure):
    config = configure(wifi="Guests", country="se", ntp="time.mikes.fi")
    assert config["wifi"] == {"ssid": "Guests", "key": "a long enough key", "country": "SE"}
    assert config["ntp"] == "time.mikes.fi"
    assert "ntp" not in configure() and "country" not in configure(wifi="Guests")["wifi"]


@pytest.mark.parametrize(
    "options, said",
    [
        ({"wifi": "Guests", "country": "Finland"}, "--country is 'Finland'; it must be the two letters"),
        ({"wifi": "Guests", "country": "F1"}, "--country is 'F1'"),
        ({"country": "FI"}, "give --wifi"),
        ({"ntp": "time server"}, "--ntp is 'time server'; it must be the name or address"),
        ({"ntp": ""}, "--ntp is ''"),
        ({"ntp": "a" * 254}, "--ntp is"),
    ],
)
def test_a_wrong_option_is_named_with_what_would_be_right_and_no_key_is_made(configure, tmp_path, options, said):
    with pytest.raises(FlashingError, match=said):
        configure(**options)
    assert not (tmp_path / "update.key").exists()


def test_an_empty_key_is_an_open_network(configure, monkeypatch):
    monkeypatch.setenv("HYMIO_WIFI_KEY", "")
    assert configure(wifi="Guests")["wifi"] == {"ssid": "Guests", "key": None}


@pytest.mark.parametrize("key", ["a" * 8, "a" * 63, "0aF" * 21 + "f"])
def test_a_key_that_a_network_can_have_is_taken(configure, monkeypatch, key):
    monkeypatch.setenv("HYMIO_WIFI_KEY", key)
    assert configure(wifi="ä" * 16)["wifi"]["key"] == key


@pytest.mark.parametrize(
    "wifi, key, said",
    [
        ("Guests", "abc", "the Wi-Fi key must have 8 to 63 characters, or 64 hex digits"),
        ("Guests", "x" * 64, "64 hex digits"),
        ("Guests", "a" * 65, "64 hex digits"),
        ("", "a" * 8, "name must be text of 1 to 32 bytes"),
        ("ä" * 17, "a" * 8, "1 to 32 bytes"),
    ],
)
def test_a_wifi_that_the_board_would_refuse_for_ever_is_named_without_its_key(configure, monkeypatch, wifi, key, said):
    monkeypatch.setenv("HYMIO_WIFI_KEY", key)
    with pytest.raises(FlashingError, match=said) as refused:
        configure(wifi=wifi)
    assert key not in str(refused.value)
