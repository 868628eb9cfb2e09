"""A real PostgreSQL of the tests' own: a cluster in a folder, on a free port, ended by its own process id."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from tests.board.bench import free_port
from tests.interpreters import missing_part

USER = "hymio"
LOOPBACK = "127.0.0.1"
_STARTS_S = 30


def _program(name):
    """The newest version's program; Debian keeps them away from the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    return str(found[-1]) if found else shutil.which(name)


class Server:
    """``url(database)`` is what the collector is told. ``kill`` and ``start`` keep what was committed."""

    def __init__(self, within=None, **settings):
        """``within``: the folder it lives in, or the system's for temporary files; ``settings``: beside its own."""
        if _program("initdb") is None:
            missing_part("no initdb: apt install postgresql")
        # It refuses to run as root, and what pytest makes is root's alone
        self._as = {}
        self.folder = Path(tempfile.mkdtemp(prefix="hymio-postgresql-", dir=within))
        if os.getuid() == 0:
            owner = pwd.getpwnam("nobody")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            self._as = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        self.port = free_port()
        self._data = self.folder / "data"
        self._log = self.folder / "log"
        self._process = None
        self._settings = settings
        self._made = 0
        initdb = [_program("initdb"), "-D", self._data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C"]
        # Without syncing: a kill of the server loses nothing, and nobody pulls this computer's plug
        subprocess.run([*initdb, "--no-sync"], check=True, capture_output=True, cwd=self.folder, **self._as)
        self.start()

    def url(self, database):
        return f"postgresql+psycopg://{USER}@{LOOPBACK}:{self.port}/{database}"

    def start(self):
        """Returns when it answers: after a kill that is when its children have seen that it is gone."""
        end = time.monotonic() + _STARTS_S
        while not self._answers():
            if time.monotonic() > end:
                raise AssertionError(self._log.read_text()[-4000:])
            if self._process is None or self._process.poll() is not None:
                self._spawn()
            time.sleep(0.05)

    def _spawn(self):
        settings = {"listen_addresses": LOOPBACK, "port": self.port, "unix_socket_directories": self.folder,
                    "max_connections": 60, "shared_buffers": "64MB", **self._settings}  # fmt: skip
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [_program("postgres"), "-D", self._data, *options], stdout=log, stderr=log, cwd=self.folder, **self._as
            )

    def _answers(self):
        try:
            psycopg.connect(self._address("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def kill(self):
        """As a power cut does to it."""
        self._process.kill()
        self._process.wait()

    @contextmanager
    def frozen(self):
        """Every process of it stands still while the block runs; its connections stay as they are."""
        stopped = [int(pid) for pid in os.listdir("/proc") if pid.isdigit() and _works_in(pid, self._data)]
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)

    def stop(self):
        self._process.send_signal(signal.SIGINT)  # fast shutdown
        self._process.wait(30)

    def close(self):
        if self._process.poll() is None:
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def backup(self, folder):
        """Its whole state at this moment, into a new folder, while it works on."""
        basebackup = [_program("pg_basebackup"), "-D", folder, "-h", LOOPBACK, "-p", str(self.port), "-U", USER]
        subprocess.run([*basebackup, "-c", "fast", "--no-sync"], check=True, capture_output=True, **self._as)

    def restore(self, folder):
        """Kills it and sets it back to a backup; it works again when this returns."""
        self.kill()
        self._wait_for_the_last_child()
        shutil.rmtree(self._data)
        subprocess.run(["cp", "-a", folder, self._data], check=True)
        self.start()

    def _wait_for_the_last_child(self):
        """They write into the folder until they see that the server is gone."""
        while any(_works_in(pid, self._data) for pid in os.listdir("/proc") if pid.isdigit()):
            time.sleep(0.02)

    def create(self, database, template="template1"):
        self._order("CREATE DATABASE {} TEMPLATE {}", database, template)

    def fresh(self):
        """The name of a new, empty database."""
        self._made += 1
        name = f"fresh_{self._made}"
        self.create(name)
        return name

    def drop(self, database):
        self._order("DROP DATABASE {} WITH (FORCE)", database)

    def _order(self, statement, *names):
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def _address(self, database):
        return f"host={LOOPBACK} port={self.port} user={USER} dbname={database}"


def _works_in(pid, folder):
    try:
        return os.readlink(f"/proc/{pid}/cwd") == str(folder)
    except OSError:
        return False  # it has ended, or is not ours


@contextmanager
def serving(within=None, **settings):
    server = Server(within, **settings)
    try:
        yield server
    finally:
        server.close()
