"""Who writes taps messages from a broker into an SQLite file: hymio's collector, mqttwarn and Node-RED.

Each is a process that can be killed and started again. ``rows`` and ``taps`` say what is in its file: rows, and taps
among them, a tap that is there twice counted once. mqttwarn and Node-RED run as their own documents say, with QoS 1, a
session that the broker keeps while they are away, and a row a message, in SQLite's faster mode (WAL) with its own
``synchronous=FULL``.
"""

import contextlib
import socket
import sqlite3
import subprocess
import sys
import time

from kiosk import mqtt_codec

from tests.bench.ingesting import KIOSKS, environment, furnish
from tests.board.bench import free_port
from tests.interpreters import ROOT
from wire import topic

INSTALLED = ROOT / ".cache" / "beside"
OTHERS = ROOT / "tests" / "bench" / "others"
LOOPBACK = "127.0.0.1"
PROBED = topic.of("prober", "taps")
STARTS_S = 120


class Writer:
    """``sends_again``: whether kiosks keep a tap until it is stored, as hymio's do, or forget what a broker has."""

    name = ""
    sends_again = False
    installed = None

    def __init__(self, folder, port):
        folder.mkdir()
        self._log = folder / "log"
        self._folder, self._port = folder, port
        self._database = folder / "store.sqlite"
        self._process = None
        self._prepare()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def start(self):
        command, more = self._command()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env={**environment(), **more}, stdin=subprocess.PIPE, stdout=log, stderr=log
            )

    def kill(self):
        """With SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def begin(self):
        """Starts it; returns when it writes what is said."""
        self.start()
        end = time.monotonic() + STARTS_S
        while not self._writes():
            if time.monotonic() > end or self._process.poll() is not None:
                raise RuntimeError(f"{self.name} does not write: {self._log.read_text()[-2000:]}")
            time.sleep(0.5)

    def rows(self):
        return self._ask(f"SELECT count(*) FROM taps WHERE message NOT LIKE '{PROBED}%'")

    def taps(self):
        return self._ask(f"SELECT count(DISTINCT message) FROM taps WHERE message NOT LIKE '{PROBED}%'")

    def _writes(self):
        """Whether a message to nobody has arrived."""
        with socket.create_connection((LOOPBACK, self._port), 10) as line:
            line.sendall(mqtt_codec.connect("prober", "prober", "x", 60, "bench/will", b"{}"))
            line.sendall(mqtt_codec.publish(PROBED, b"probe", 1, False, 1))
            line.recv(8)
        return self._ask("SELECT count(*) FROM taps")

    def _ask(self, question):
        with contextlib.closing(sqlite3.connect(self._database, timeout=30)) as database:
            return database.execute(question).fetchone()[0]

    def _prepare(self):
        with contextlib.closing(sqlite3.connect(self._database)) as database:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("CREATE TABLE taps (message TEXT)")


class Hymio(Writer):
    name = "hymio"
    sends_again = True

    def rows(self):
        return self._ask("SELECT count(*) FROM tap")

    taps = rows  # its key is the tap's: none is there twice

    def _command(self):
        url = f"sqlite:///{self._database}"
        return [sys.executable, "-m", "tests.collector.collector_process", url, str(self._port)], {}

    def _writes(self):
        return "subscribed" in self._log.read_text()

    def _prepare(self):
        furnish(f"sqlite:///{self._database}", KIOSKS)


class Mqttwarn(Writer):
    name = "mqttwarn"
    installed = INSTALLED / "mqttwarn" / "bin" / "mqttwarn"

    def _command(self):
        told = (OTHERS / "mqttwarn.ini").read_text().format(port=self._port, database=self._database)
        path = self._folder / "mqttwarn.ini"
        path.write_text(told)
        return [str(self.installed)], {"MQTTWARNINI": str(path), "PYTHONPATH": ""}


class NodeRed(Writer):
    name = "node_red"
    installed = INSTALLED / "node-red" / "node_modules" / "node-red" / "red.js"

    def _command(self):
        settings = ("--userDir", str(self._folder), "--settings", str(OTHERS / "settings.js"))
        flows = self._folder / "flows.json"  # a copy: Node-RED may write to it
        flows.write_text((OTHERS / "flows.json").read_text())
        told = {"FLOWS": str(flows), "UI_PORT": str(free_port()), "BROKER_PORT": str(self._port)}
        return ["node", str(self.installed), *settings], {**told, "DATABASE": str(self._database)}
