"""Setting up without the demo, with the commands an administrator types."""

import re
import socket
import subprocess

import httpx
import pytest

from firmware.tools.simulated_kiosk import SimulatedKiosk
from tests.interpreters import ROOT
from tests.system.site import HYMIO, LOOPBACK, Process, answers, clean_environment, free_port, wait_until


@pytest.fixture
def settings(tmp_path):
    return {
        "database": f"sqlite:///{tmp_path / 'hymio.sqlite'}",
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


def test_wrong_words_are_answered_with_what_would_be_right(settings):
    register(settings)
    for words, said in (
        (["unit", "add", "Big Library", *names()], "a-z"),
        (["unit", "add", "library", *names()], "library"),
        (["point", "add", "door", "--unit", "nowhere", *names()], "nowhere"),
        (["point", "add", "door", "--unit", "library", "--timezone", "Mars/Base", *names()], "Mars/Base"),
        (["kiosk", "add", "desk-1", "--point", "desk"], "desk-1"),
        (["kiosk", "add", "desk+2", "--point", "desk"], "desk+2"),
        (["kiosk", "retire", "desk-9"], "desk-9"),
    ):
        done = run(settings, *words)
        assert done.returncode == 2, words
        assert said in done.stderr, (words, done.stderr)
        assert "Traceback" not in done.stderr


def test_a_taken_port_is_said_in_one_line(settings):
    with socket.create_server((LOOPBACK, settings["http_port"])):
        done = run(settings, "serve")
    assert done.returncode == 2
    assert "http_port" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
