"""The embedded broker running for a test, with real clients on real sockets."""

import shutil
import subprocess
import threading
import time

import pytest

from collector.broker import EmbeddedBroker, Limits
from collector.database import migration, store
from collector.registration import registry
from tests.collector.broker_client import Client
from tests.interpreters import missing_part
from wire.topic import FROM_KIOSK, of

NOW_MS = 1_790_000_000_000
FROM_ALL = [of("+", leaf) for leaf in FROM_KIOSK]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A database with kiosks kiosk-1 to kiosk-5; secrets by name."""
    engine = store.open_store(f"sqlite:///{tmp_path_factory.mktemp('site') / 'hymio.db'}")
    migration.upgrade(engine)
    names = {"fi": "Aula", "sv": "Aula", "en": "Lobby"}
    registry.add_unit(engine, "library", names, None)
    registry.add_point(engine, "lobby", "library", names, "Europe/Helsinki")
    secrets = {f"kiosk-{n}": registry.add_kiosk(engine, f"kiosk-{n}", "lobby", NOW_MS) for n in range(1, 6)}
    yield engine, secrets
    engine.dispose()


@pytest.fixture
def broker(site):
    broker = EmbeddedBroker(site[0], port=0, limits=Limits(connections=60, connect_s=1, recheck_s=0.1))
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def clients(broker, site):
    """Makes clients; all are closed at the end."""
    made = _Clients(broker, site[1])
    yield made
    made.close()


class _Clients:
    def __init__(self, broker, secrets):
        self._broker, self._secrets, self._made = broker, secrets, []

    def client(self, *args, **more):
        self._made.append(Client(self._broker.port, *args, **more))
        return self._made[-1]

    def kiosk(self, name, **more):
        return self.client(name, name, self._secrets[name], **more)

    def collector(self, client_id="collector", names=FROM_ALL):
        client = self.client(client_id, *self._broker.collector_account)
        if names:
            assert client.subscribe(*names) == [1] * len(names)
        return client

    def close(self):
        for client in self._made:
            client.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """PEM files of a certificate for 127.0.0.1 and its key."""
    if shutil.which("openssl") is None:
        missing_part("openssl is missing: install the Debian package openssl")
    folder = tmp_path_factory.mktemp("tls")
    certfile, keyfile = str(folder / "cert.pem"), str(folder / "key.pem")
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1"
    names = ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*make.split(), *names, "-out", certfile, "-keyout", keyfile], check=True, capture_output=True)
    return certfile, keyfile


def nothing_else_arrives(kiosk, name, collector):
    """What the kiosk says next arrives, and nothing did before it."""
    before = [message for message in collector.heard if message[1] != b"earlier"]
    assert before == []
    kiosk.publish(of(name, "taps"), b"after")
    collector.await_heard(of(name, "taps"), b"after")
    assert [message for message in collector.heard if message[1] != b"earlier"] == [(of(name, "taps"), b"after", False)]


def connect_bytes(name, secret, *, keep_alive_s=60, will=None):
    def text(data):
        return len(data).to_bytes(2, "big") + data

    flags = 0xC2 | (0x2C if will else 0)
    said = text(of(name, "state").encode()) + text(will) if will else b""
    body = text(b"MQTT") + bytes([4, flags]) + keep_alive_s.to_bytes(2, "big")
    body += text(name.encode()) + said + text(name.encode()) + text(secret.encode())
    return bytes([0x10, len(body)]) + body


def ended(sock):
    """Whether the other side closes, within the socket's timeout."""
    try:
        while sock.recv(4096):
            pass
    except ConnectionError:
        pass
    return True


def await_that(is_so):
    deadline = time.monotonic() + 5
    while not is_so():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)
