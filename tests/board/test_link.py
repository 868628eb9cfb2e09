"""TLS between a kiosk and a broker: the name, the authority and the date are checked, and a refusal is one sentence."""

import shutil
import subprocess

import pytest

from tests.board.bench import INTERPRETERS, Broker, Desk, Kiosk, free_port, wait_until
from tests.interpreters import missing_part


def made(folder, name):
    """PEM files of a certificate for ``name``, its own authority, and of its key."""
    if shutil.which("openssl") is None:
        missing_part("openssl is missing: install the Debian package openssl")
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    what = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-out", certificate, "-keyout", key]
    subprocess.run([*make.split(), *what], check=True, capture_output=True)
    return certificate, key


@pytest.fixture(params=["localhost", "elsewhere.example"])
def named(request):
    return request.param


@pytest.fixture
def broker(tmp_path, named):
    """Plain for the desk on ``port``, TLS on ``tls_port``."""
    certificate, key = made(tmp_path, named)
    broker = Broker(tmp_path)
    broker.kill()
    broker.tls_port = free_port()
    with broker.config.open("a") as config:
        # Started by root, Mosquitto would read the key as another user
        config.write(f"user root\nlistener {broker.tls_port} 127.0.0.1\ncertfile {certificate}\nkeyfile {key}\n")
    broker.start()
    broker.certificate = certificate.read_text()
    yield broker
    broker.kill()


@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_a_kiosk_trusts_the_authority_it_was_given_and_only_for_the_name_it_asked_for(
    interpreter, tmp_path, broker, named
):
    other, _ = made(tmp_path, "other.example")
    ca = "# the first is somebody else's\n" + other.read_text() + broker.certificate
    desk = Desk(broker.port)
    kiosk = Kiosk(
        interpreter, tmp_path, broker.port, {"host": "localhost", "port": broker.tls_port, "tls": True, "ca": ca}
    )
    try:
        if named == "localhost":
            wait_until(desk.births, what="a birth over TLS")
        else:
            wait_until(
                lambda: kiosk.said("log TLS: ") or kiosk.said("log no connection to the broker"), what="a refusal"
            )
            assert not desk.births()
            assert kiosk.process.poll() is None
    finally:
        kiosk.kill()
        desk.close()
