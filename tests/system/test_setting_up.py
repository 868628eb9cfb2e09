"""Setting up without the demo, with the commands an administrator types."""

import contextlib
import re
import socket
import sqlite3
import subprocess

import httpx
import pytest
from typer.testing import CliRunner

from firmware.tools.simulated_kiosk import SimulatedKiosk
from hymio.command import app
from tests.interpreters import ROOT
from tests.system.site import HYMIO, LOOPBACK, Process, answers, clean_environment, free_port
from tests.waiting import wait_until


@pytest.fixture
def settings(tmp_path):
    return {
        "database": f"sqlite:///{tmp_path / 'hymio.sqlite'}",
        "update_key": tmp_path / "update.key",
        "http_port": free_port(),
        "embedded_port": free_port(),
    }


def run(settings, *words, given=""):
    environment = clean_environment(**settings)
    return subprocess.run(
        [*HYMIO, *words], cwd=ROOT, env=environment, input=given, capture_output=True, text=True, timeout=60
    )


def names(fi="Testi"):
    return ["--fi", fi, "--sv", "Test", "--en", "Test"]


def register(settings):
    """A unit, a point and a kiosk; answers the kiosk's secret."""
    assert run(settings, "unit", "add", "library", *names("Kirjasto")).returncode == 0
    assert run(settings, "point", "add", "desk", "--unit", "library", *names()).returncode == 0
    added = run(settings, "kiosk", "add", "desk-1", "--point", "desk")
    assert added.returncode == 0, added.stderr
    return re.search(r"secret (\S+)", added.stdout).group(1)


def test_from_nothing_to_a_tap_on_the_administrators_page(settings, tmp_path):
    secret = register(settings)
    assert run(settings, "admin", "set", "boss", given="correct horse battery\n").returncode == 0
    service = Process([*HYMIO, "serve"], tmp_path / "service.log", clean_environment(**settings))
    service.start()
    address = f"http://{LOOPBACK}:{settings['http_port']}"
    config = {"kiosk": "desk-1", "secret": secret, "host": LOOPBACK, "port": settings["embedded_port"]}
    kiosk = SimulatedKiosk(tmp_path / "kiosk", {**config, "tls": False, "ca": None})
    try:
        wait_until(lambda: answers(address + "/healthz"))
        assert httpx.get(address + "/api/v1/units").status_code == 401
        assert httpx.get(address + "/metrics").status_code == 401
        assert httpx.get(address + "/demo/kiosks").status_code == 404
        boss = httpx.Client(base_url=address, auth=("boss", "correct horse battery"))
        assert boss.get("/api/v1/units").json()[0]["name"]["fi"] == "Kirjasto"
        kiosk.start()
        kiosk.press(4)
        assert kiosk.wait_thanked(1)
        wait_until(lambda: "hymio_taps_stored_total 1.0" in boss.get("/metrics").text)
        assert httpx.get(address + "/readyz").status_code == 200
    finally:
        kiosk.stop()
        assert service.interrupt() == 0
    assert secret not in service.log.read_text()


def test_a_wrong_setting_is_named_and_nothing_starts(settings):
    done = run({**settings, "http_port": "eighty"}, "serve")
    assert done.returncode == 2
    assert "HYMIO_HTTP_PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_words_are_answered_with_what_would_be_right(settings, monkeypatch):
    register(settings)
    for name, value in settings.items():
        monkeypatch.setenv(f"HYMIO_{name.upper()}", str(value))
    for words, said in (
        (["unit", "add", "Big Library", *names()], "a-z"),
        (["unit", "add", "library", *names()], "library"),
        (["point", "add", "door", "--unit", "nowhere", *names()], "nowhere"),
        (["point", "add", "door", "--unit", "library", "--timezone", "Mars/Base", *names()], "Mars/Base"),
        (["kiosk", "add", "desk-1", "--point", "desk"], "desk-1"),
        (["kiosk", "add", "desk+2", "--point", "desk"], "desk+2"),
        (["kiosk", "retire", "desk-9"], "desk-9"),
    ):
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 2, words
        assert said in done.stderr, (words, done.stderr)
        assert "Traceback" not in done.stderr


def test_a_taken_port_is_said_in_one_line(settings):
    with socket.create_server((LOOPBACK, settings["http_port"])):
        done = run(settings, "serve")
    assert done.returncode == 2
    assert "http_port" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_database_that_cannot_be_used_is_said_in_one_line(settings, tmp_path):
    (tmp_path / "picture.sqlite").write_bytes(b"\x89PNG" * 2000)
    for database, said in (
        ("sqlite://", "sqlite:"),
        ("sqlite:////proc/nowhere/h.sqlite", "/proc/nowhere"),
        (f"sqlite:///{tmp_path / 'picture.sqlite'}", "not a database"),
        ("sqlite+foo:///h.sqlite", "driver"),
        ("postgresql://me:hidden@127.0.0.1:1/h", "database"),
    ):
        done = run({**settings, "database": database}, "serve")
        assert done.returncode == 2, (database, done.stderr)
        assert said in done.stderr, (database, done.stderr)
        assert "Traceback" not in done.stderr
        assert "hidden" not in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr


def test_a_setting_that_names_a_wrong_file_is_said(settings, tmp_path):
    (tmp_path / "ca.pem").write_text("not a certificate")
    done = run({**settings, "broker_host": "h", "broker_password": "p", "broker_ca": tmp_path / "ca.pem"}, "serve")
    assert (done.returncode, "BROKER_CA" in done.stderr, "Traceback" in done.stderr) == (2, True, False)


def test_the_embedded_broker_speaks_tls_to_kiosks_and_to_its_own_collector(settings, tmp_path):
    certificate, key = tmp_path / "broker.pem", tmp_path / "broker.key"
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=broker.test"
    name = ["-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*make.split(), *name, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    secret = register(settings)
    settings |= {"embedded_certificate": certificate, "embedded_key": key}
    service = Process([*HYMIO, "serve"], tmp_path / "service.log", clean_environment(**settings))
    config = {"kiosk": "desk-1", "secret": secret, "host": "localhost", "port": settings["embedded_port"]}
    kiosk = SimulatedKiosk(tmp_path / "kiosk", {**config, "tls": True, "ca": certificate.read_text()})
    address = f"http://{LOOPBACK}:{settings['http_port']}"
    service.start()
    try:
        wait_until(lambda: answers(address + "/healthz"))
        wait_until(lambda: httpx.get(address + "/readyz").status_code == 200)
        kiosk.start()
        kiosk.press(2)
        assert kiosk.wait_thanked(1)
        wait_until(lambda: taps_stored(settings) == 1)
    finally:
        kiosk.stop()
        service.interrupt()


def taps_stored(settings):
    path = settings["database"].removeprefix("sqlite:///")
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return connection.execute("select count(*) from tap").fetchone()[0]


def test_a_service_and_commands_in_another_folder_leave_the_brokers_accounts_alone(settings, tmp_path):
    register(settings)
    config = ["broker", "config", str(tmp_path / "mosquitto"), "--host", LOOPBACK, "--port", str(free_port())]
    assert run(settings, *config, "--plain", "--user", "root").returncode == 0
    written = dict(line.split("=", 1) for line in (tmp_path / "mosquitto" / "collector-1.env").read_text().splitlines())
    accounts = tmp_path / "mosquitto" / "accounts"
    before = accounts.read_bytes()
    assert b"desk-1:" in before
    elsewhere = {**settings, "database": f"sqlite:///{tmp_path / 'elsewhere.sqlite'}"}
    elsewhere |= {name.removeprefix("HYMIO_").lower(): value for name, value in written.items()}
    service = Process([*HYMIO, "serve"], tmp_path / "service.log", clean_environment(**elsewhere))
    service.start()
    address = f"http://{LOOPBACK}:{settings['http_port']}"
    try:
        wait_until(lambda: answers(address + "/healthz"))
        wait_until(lambda: "has no account collector-1" in httpx.get(address + "/readyz").text)
        assert httpx.get(address + "/readyz").status_code == 503
    finally:
        service.interrupt()
    assert accounts.read_bytes() == before
    assert service.log.read_text().count("has no account collector-1") == 1
    run(elsewhere, "unit", "add", "library", *names())
    run(elsewhere, "point", "add", "desk", "--unit", "library", *names())
    added = run(elsewhere, "kiosk", "add", "desk-2", "--point", "desk")
    assert added.returncode == 2 and "has no account collector-1" in added.stderr and not added.stdout
    assert accounts.read_bytes() == before
