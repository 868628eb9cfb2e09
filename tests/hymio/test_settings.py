"""Settings: the file, the environment above it, and a sentence for each one that is wrong."""

import os

import pytest

from hymio.settings import SettingsError, load


@pytest.fixture
def given(tmp_path, monkeypatch):
    def give(text="", **environment):
        path = tmp_path / "hymio.toml"
        path.write_text(text)
        monkeypatch.setenv("HYMIO_CONFIG", str(path))
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return load(os.environ)

    return give


def test_the_environment_wins_over_the_file(given):
    settings = given("http_port = 9000\nhttp_host = '0.0.0.0'", HYMIO_HTTP_PORT="9001")
    assert (settings.http_port, settings.http_host) == (9001, "0.0.0.0")


def test_every_wrong_setting_is_named_with_what_would_be_right(given):
    with pytest.raises(SettingsError) as error:
        given("http_prt = 9000\nembedded_port = 70000\ndatabase = 'mysql://me:hidden@there/x'")
    said = str(error.value)
    assert "http_prt" in said and "perhaps http_port was meant" in said
    assert "embedded_port" in said and "65535" in said
    assert "must begin with sqlite: or postgresql:" in said
    assert "hidden" not in said


def test_an_unknown_variable_is_named(given):
    with pytest.raises(
        SettingsError, match="HYMIO_HTP_PORT in the environment is not a setting; perhaps HYMIO_HTTP_PORT"
    ):
        given(HYMIO_HTP_PORT="1")


def test_a_broker_without_its_password_is_refused(given):
    with pytest.raises(SettingsError, match="broker_password is missing"):
        given("broker_host = 'broker.test'")


def test_a_secret_is_never_in_the_error(given):
    with pytest.raises(SettingsError) as error:
        given("http_port = 0", HYMIO_BROKER_PASSWORD="very-secret")
    assert "very-secret" not in str(error.value)


def test_a_file_that_is_not_toml_says_so(given):
    with pytest.raises(SettingsError, match="is not TOML"):
        given("http_port = ")


def test_a_certificate_needs_its_key(given, tmp_path):
    certificate = tmp_path / "c.pem"
    certificate.write_text("")
    with pytest.raises(SettingsError, match="embedded_certificate and embedded_key go together"):
        given(f"embedded_certificate = '{certificate}'")


def test_a_shared_subscription_needs_a_broker_that_has_it(given):
    with pytest.raises(SettingsError, match="broker_share needs broker_mqtt5"):
        given("broker_host = 'b'\nbroker_password = 'p'\nbroker_share = 'hymio'\nbroker_mqtt5 = false")
    with pytest.raises(SettingsError, match="broker_share needs broker_host"):
        given("broker_share = 'hymio'")
    assert given("broker_host = 'b'\nbroker_password = 'p'\nbroker_share = 'hymio'").broker_share == "hymio"
