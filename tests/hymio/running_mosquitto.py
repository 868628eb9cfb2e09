"""A Mosquitto as `hymio broker config` sets it up, for whoever tests what it lets through."""

import contextlib
import datetime
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
from pathlib import Path

import paho.mqtt.client as paho
import pytest

from collector.connection.frames import BrokerAddress
from collector.registration import registry
from collector.registration.accounts import Accounts
from hymio import mosquitto
from tests.collector.mosquitto import program
from tests.collector.site import on_sqlite
from tests.interpreters import ROOT, missing_part
from tests.system.site import HYMIO, clean_environment, free_port
from tests.waiting import wait_until

HOST = "localhost"
NOW = datetime.datetime.now(datetime.UTC)


class Running:
    """A Mosquitto with the configuration of a site, its accounts and two kiosks' secrets."""

    def __init__(self, site, folder, collectors=1, user="root", **options):
        self.engine, self.folder = site.engine, folder
        self.site = mosquitto.Site(folder, HOST, free_port(), collectors, user, **options)
        self.written = mosquitto.write(site.engine, self.site, NOW)
        self.secrets = {name: registry.renew_secret(site.engine, name) for name in ("lobby-1", "lobby-2")}
        self.accounts = Accounts(site.engine, folder / "accounts", folder / "mosquitto.pid")
        self.accounts.write()
        with (folder / "mosquitto.log").open("wb") as log:
            self._process = subprocess.Popen([program(), "-c", str(folder / "mosquitto.conf")], stderr=log)
        wait_until(self._listens)

    @property
    def password(self):
        return self.written_settings()["HYMIO_BROKER_PASSWORD"]

    def written_settings(self):
        lines = (self.folder / "collector-1.env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def address(self):
        ca = None if self.site.plain else str(self.folder / "ca.pem")
        return BrokerAddress(HOST, self.site.port, "collector-1", self.password, tls=not self.site.plain, ca=ca)

    def client(self, name, secret=None, client_id=None, will=None):
        return Client(self, name, secret or self.secrets.get(name) or self.password, client_id, will)

    def log(self):
        return (self.folder / "mosquitto.log").read_text()

    def kill(self):
        self._process.kill()
        self._process.wait()

    def _listens(self):
        assert self._process.poll() is None, self.log()
        with contextlib.suppress(OSError), socket.create_connection((HOST, self.site.port), 1):
            return True
        return False


class Client:
    """An MQTT 5 client: it is told why something is refused."""

    def __init__(self, broker, user, secret, client_id, will):
        self.heard, self.ended = [], None
        self.code = self.granted = None
        self._published = {}
        self._paho = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id or user, protocol=paho.MQTTv5)
        self._paho.username_pw_set(user, secret)
        if will:
            self._paho.will_set(will, b"{}", 1)
        if not broker.site.plain:
            self._paho.tls_set_context(ssl.create_default_context(cafile=broker.folder / "ca.pem"))
        self._paho.on_connect = lambda _c, _d, _f, code, _p: setattr(self, "code", code)
        self._paho.on_disconnect = lambda _c, _d, _f, code, _p: setattr(self, "ended", code)
        self._paho.on_subscribe = lambda _c, _d, _m, codes, _p: setattr(self, "granted", [c.value for c in codes])
        self._paho.on_publish = lambda _c, _d, mid, code, _p: self._published.__setitem__(mid, code.value)
        self._paho.on_message = lambda _c, _d, message: self.heard.append((message.topic, message.payload))
        self._paho.reconnect_on_failure = False
        self._paho.connect(HOST, broker.site.port)
        self._paho.loop_start()
        wait_until(lambda: self.code is not None or self.ended is not None)

    @property
    def in_(self):
        return self.code is not None and not self.code.is_failure and self.ended is None

    def say(self, topic, payload, retain=False):
        return self._paho.publish(topic, payload, 1, retain).mid

    def publish(self, topic, payload=b"{}", retain=False):
        """The broker's word on it."""
        mid = self.say(topic, payload, retain)
        wait_until(lambda: mid in self._published)
        return self._published[mid]

    def subscribe(self, *topics):
        self.granted = None
        self._paho.subscribe([(topic, 1) for topic in topics])
        return wait_until(lambda: self.granted)

    def vanish(self):
        self._paho.socket().shutdown(socket.SHUT_RDWR)
        wait_until(lambda: self.ended is not None)

    def close(self):
        self._paho.disconnect()
        self._paho.loop_stop()


@pytest.fixture
def of_another_user(site):
    """A Mosquitto of an account of its own, as under systemd: ``powerless`` may not send it a signal."""
    if os.geteuid() or shutil.which("setpriv") is None:
        missing_part("no Mosquitto of another user: only root may start one, and needs setpriv of util-linux")
    with tempfile.TemporaryDirectory() as folder:  # not in pytest's, which nobody else may enter
        Path(folder).chmod(0o755)
        broker = Running(site, Path(folder) / "mosquitto", user="nobody", plain=True)
        yield broker
        broker.kill()


def powerless(broker, database, *words):
    """A command with the collector's settings, of somebody who may send no signal to another user's process."""
    environment = {**clean_environment(database=database), **broker.written_settings()}
    given_up = ["setpriv", "--inh-caps=-kill", "--bounding-set=-kill"]
    return subprocess.run([*given_up, *HYMIO, *words], cwd=ROOT, env=environment, capture_output=True, text=True)


@pytest.fixture
def site(tmp_path):
    with on_sqlite(tmp_path) as site:
        yield site


@pytest.fixture(params=["tls", "plain"])
def broker(site, tmp_path, request):
    broker = Running(site, tmp_path / "mosquitto", plain=request.param == "plain")
    yield broker
    broker.kill()
