"""A whole site on loopback, made by one test: real broker, real service process, real kiosk processes, one folder."""

import contextlib
import html
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import httpx

from collector.answers.update_key import UpdateKey
from collector.database import migration
from collector.database.store import open_store
from collector.registration import registry
from firmware.tools.simulated_kiosk import SimulatedKiosk
from tests.interpreters import ROOT, missing_part
from tests.waiting import wait_until

LOOPBACK = "127.0.0.1"
HYMIO = [sys.executable, "-m", "hymio"]
NAMES = {"fi": "Testi", "sv": "Test", "en": "Test"}
ADMINISTRATOR = ("boss", "correct horse battery")
COLLECTOR = ("collector-1", "only-for-this-test")


def free_port():
    with socket.create_server((LOOPBACK, 0)) as server:
        return server.getsockname()[1]


def answers(address):
    """Whether something serves http there."""
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(address, timeout=2).status_code < 500
    return False


class Process:
    """One process with a log file: started, killed with SIGKILL or ended with SIGINT, started again."""

    def __init__(self, command, log, environment=None):
        self.command, self.log, self.environment = command, log, environment
        self.process = None

    def start(self):
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self):
        self._end(signal.SIGKILL)

    def interrupt(self, timeout_s=20):
        """Ctrl-C; answers the exit code."""
        return self._end(signal.SIGINT, timeout_s)

    def _end(self, how, timeout_s=20):
        process, self.process = self.process, None
        if process is None:
            return None
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(how)
        try:
            return process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"{self.command} did not end: {self.log.read_text()[-2000:]}") from None


def clean_environment(**settings):
    """This environment without hymio's own settings but those given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HYMIO_")}
    return {**kept, **{f"HYMIO_{name.upper()}": str(value) for name, value in settings.items()}}


def mosquitto(folder, port, collectors, kiosks):
    """A Mosquitto's command, without persistence. ``collectors``: (account, password); ``kiosks``: {name: secret}."""
    command = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")
    if command is None or shutil.which("mosquitto_passwd") is None:
        missing_part("no mosquitto: apt-get install mosquitto")
    passwords = folder / "passwords"
    passwords.write_text("".join(f"{name}:{word}\n" for name, word in [*collectors, *kiosks.items()]))
    subprocess.run(["mosquitto_passwd", "-U", str(passwords)], check=True, capture_output=True)
    rules = folder / "acl"
    rules.write_text(
        "".join(f"user {name}\ntopic readwrite hymio/1/#\n\n" for name, _ in collectors)
        + "".join(f"pattern write hymio/1/%u/{leaf}\n" for leaf in ("taps", "state", "health", "want"))
        + "".join(f"pattern read hymio/1/%u/{leaf}\n" for leaf in ("ack", "config", "command", "update"))
    )
    config = folder / "mosquitto.conf"
    config.write_text(
        f"listener {port} {LOOPBACK}\nallow_anonymous false\nuser root\n"
        f"password_file {passwords}\nacl_file {rules}\npersistence false\n"
        "use_username_as_clientid true\nset_tcp_nodelay true\n"
    )
    return [command, "-c", str(config)]


class Another(NamedTuple):
    """A broker that somebody else runs. Accounts as (name, secret)."""

    host: str
    port: int
    kiosks: list[tuple[str, str]]
    collector: tuple[str, str]


class Site:
    """Units, points and kiosks of a test, and the processes that serve them.

    broker: "mosquitto" for a process of its own, "embedded" for the one inside the service, or Another.
    """

    def __init__(self, folder, kiosks=("kiosk-1",), broker="mosquitto"):
        self.folder = Path(folder)
        self.database = self.folder / "site.sqlite"
        another = broker if isinstance(broker, Another) else None
        self.broker_host = another.host if another else LOOPBACK
        self.broker_port, self.http_port = another.port if another else free_port(), free_port()
        self.kiosks = {}
        self.configurations = {}  # of each kiosk, as `hymio flash` would write it
        settings = {"database": f"sqlite:///{self.database}", "http_port": self.http_port}
        settings |= {"update_key": self.folder / "update.key"}
        self.secrets = self._register(dict(another.kiosks) if another else kiosks)
        if another:
            self.secrets = dict(another.kiosks)  # what the broker takes
        self.mosquitto = None
        if broker == "mosquitto":
            self.mosquitto = Process(
                mosquitto(self.folder, self.broker_port, [COLLECTOR], self.secrets), self.folder / "mosquitto.log"
            )
        if broker == "embedded":
            settings |= {"embedded_port": self.broker_port}
        else:
            user, password = another.collector if another else COLLECTOR
            settings |= {"broker_host": self.broker_host, "broker_port": self.broker_port}
            settings |= {"broker_user": user, "broker_password": password}
        self.environment = clean_environment(**settings)
        self.service = Process([*HYMIO, "serve"], self.folder / "service.log", self.environment)
        for name, secret in self.secrets.items():
            config = {
                "kiosk": name,
                "secret": secret,
                "host": self.broker_host,
                "port": self.broker_port,
                "tls": False,
                "ca": None,
                "update_key": UpdateKey(self.folder / "update.key").of(name),
            }
            self.configurations[name] = config
            self.kiosks[name] = SimulatedKiosk(self.folder / "kiosks", config)

    def _register(self, kiosks):
        engine = open_store(f"sqlite:///{self.database}")
        migration.upgrade(engine)
        registry.add_unit(engine, "unit", NAMES, None)
        registry.add_point(engine, "point", "unit", NAMES, "Europe/Helsinki")
        registry.set_administrator(engine, *ADMINISTRATOR)
        now = time.time_ns() // 1_000_000
        secrets = {kiosk: registry.add_kiosk(engine, kiosk, "point", now) for kiosk in kiosks}
        engine.dispose()
        return secrets

    def start(self):
        if self.mosquitto is not None:
            self.start_broker()
        self.start_service()
        for kiosk in self.kiosks.values():
            kiosk.start()

    def start_broker(self):
        self.mosquitto.start()
        wait_until(self._broker_listens)

    def _broker_listens(self):
        with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, self.broker_port), 1):
            return True
        return False

    def start_service(self):
        self.service.start()
        wait_until(lambda: answers(f"http://{LOOPBACK}:{self.http_port}/healthz"))

    def stop(self):
        for kiosk in self.kiosks.values():
            kiosk.stop()
        if self.service.process is not None:
            self.service.interrupt()
        if self.mosquitto is not None:
            self.mosquitto.kill()

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    # ---- what people do --------------------------------------------------------
    def hymio(self, *words):
        """A command of the command line, in a process of its own; answers what it said."""
        done = subprocess.run(
            [*HYMIO, *words], cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def page(self, path):
        """What a page says to the administrator, in English and without its markup."""
        address = f"http://{LOOPBACK}:{self.http_port}"
        with httpx.Client(base_url=address, headers={"origin": address}, follow_redirects=True) as browser:
            name, password = ADMINISTRATOR
            browser.post("/login", data={"name": name, "password": password})
            answer = browser.get(path, params={"lang": "en"})
            assert answer.status_code == 200, answer
            return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.text)))

    # ---- what the store holds ------------------------------------------------
    def query(self, statement, *values):
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)) as connection:
            return connection.execute(statement, values).fetchall()

    def stored(self):
        return self.query("select count(*) from tap")[0][0]

    def counted_and_aside(self):
        """The sums of the days' rollups: counted taps, and taps set aside."""
        rows = self.query(
            "select coalesce(sum(face_1 + face_2 + face_3 + face_4), 0), coalesce(sum(aside_interval + aside_test "
            "+ aside_burst + aside_closed), 0) from tap_day"
        )
        return rows[0]

    def total(self):
        return sum(self.counted_and_aside())

    def faces(self, kiosk):
        """Faces of the stored taps of one kiosk in the order of its journals and seqs."""
        rows = self.query(
            "select face from tap join journal_mark m on m.id = journal_id where m.kiosk = ? order by journal_id, seq",
            kiosk,
        )
        return [face for (face,) in rows]
