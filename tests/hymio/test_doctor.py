"""`hymio doctor`: what is right is found right, and each check goes bad when its fault is planted."""

import contextlib
import datetime
import json
import os
import shutil
import socket
import struct
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from collector.broker import EmbeddedBroker
from collector.care import latest
from collector.care.proof import Proof
from collector.connection.frames import BrokerAddress
from collector.connection.subscriber import Subscriber
from collector.database.store import open_store
from collector.intake.ingest import Ingest
from collector.registration import guests, registry
from collector.registration.accounts import Accounts
from collector.running.service import utc_now_ms
from hymio import mosquitto
from hymio.doctor import certificate, clock, copies, disk, examination, fsync, permissions, plain, readiness
from hymio.doctor.finding import Verdict
from hymio.settings import Settings
from tests.collector.mosquitto import program
from tests.collector.relay import Relay
from tests.collector.site import NOW_MS, Site, furnish, on_sqlite
from tests.hymio.running_mosquitto import of_another_user, powerless
from tests.interpreters import ROOT, missing_part
from tests.system.site import HYMIO, clean_environment, free_port
from tests.waiting import wait_until

__all__ = ["of_another_user"]

HOST = "localhost"
NOW = datetime.datetime.now(datetime.UTC)
QUEUE = 1500
DISK_MB = 8
DAY_MS = 86_400_000


@pytest.fixture
def site(tmp_path):
    with on_sqlite(tmp_path) as site:
        yield site


class Broker:
    """A Mosquitto with the configuration that `hymio broker config` writes, spoilt by ``changes`` to its files."""

    def __init__(self, site, folder, changes=(), now=NOW, plain=False):
        self.folder, self.port = folder, free_port()
        where = mosquitto.Site(folder, HOST, self.port, 1, "root", plain)
        mosquitto.write(site.engine, where, now)
        for file, was, becomes in changes:
            text = (folder / file).read_text()
            assert was in text, was
            (folder / file).write_text(text.replace(was, becomes))
        self.tls = not plain
        self.database = site.url
        with (folder / "mosquitto.log").open("wb") as log:
            self._process = subprocess.Popen([program(), "-c", str(folder / "mosquitto.conf")], stderr=log)
        wait_until(self._listens)

    def _listens(self):
        assert self._process.poll() is None, (self.folder / "mosquitto.log").read_text()
        with contextlib.suppress(OSError), socket.create_connection((HOST, self.port), 1):
            return True
        return False

    def values(self, **more):
        lines = (self.folder / "collector-1.env").read_text().splitlines()
        values = {name.removeprefix("HYMIO_").lower(): value for name, value in (line.split("=", 1) for line in lines)}
        key = self.folder / "update.key"
        return {**values, "database": self.database, "update_key": str(key), **more}

    def settings(self, **more):
        return Settings(**self.values(**more))

    def kill(self):
        self._process.kill()
        self._process.wait()


@pytest.fixture
def broker(site, tmp_path):
    made = []

    def make(*changes, **options):
        made.append(Broker(site, tmp_path / f"mosquitto-{len(made)}", changes, **options))
        return made[-1]

    yield make
    for one in made:
        one.kill()


def examined(site, settings, only=None, **wishes):
    """{check: [(verdict, seen, todo)]}."""
    found = {}
    wishes = examination.Wishes(**{"queue": QUEUE, "plain_port": free_port(), **wishes})
    for name, findings in examination.examine(settings, site.engine, NOW, wishes):
        if only is None or name in only:
            found[name] = [(finding.verdict, finding.seen, finding.todo) for finding in findings]
    return found


def bad(found, check):
    return " / ".join(f"{seen}; {todo}" for verdict, seen, todo in found[check] if verdict is Verdict.BAD)


def everything(site):
    tables = [name for (name,) in site.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {name: site.rows(f"SELECT * FROM {name} ORDER BY 1, 2") for name in tables if name != "alembic_version"}


def test_a_site_in_order_is_found_in_order_and_nothing_is_left_behind(site, broker):
    running = broker()
    values = running.values()
    address = BrokerAddress(
        HOST, running.port, "collector-1", values["broker_password"], tls=True, ca=values["broker_ca"]
    )
    subscriber = Subscriber(Ingest(site.engine, utc_now_ms), address)
    accounts = Accounts(site.engine, running.folder / "accounts", running.folder / "mosquitto.pid")
    subscriber.start()
    accounts.start()
    try:
        wait_until(lambda: subscriber.connected)
        before, passwords = everything(site), (running.folder / "accounts").read_text()
        found = examined(site, running.settings())
        assert set(found) == set(examination.NAMES)
        wait_until(lambda: not subscriber.waiting)
        assert subscriber.connected
    finally:
        accounts.stop()
        subscriber.stop()
    worse = [(name, f) for name, some in found.items() for f in some if f[0] is Verdict.BAD]
    assert worse == [] or all(name in ("fsync", "accounts", "disk") for name, _ in worse), worse  # of this computer
    assert everything(site) == before
    assert (running.folder / "accounts").read_text() == passwords


RIGHTS = "pattern write hymio/1/%u/taps\n"
STRICT = "allow_anonymous false\nallow_zero_length_clientid false\nuse_username_as_clientid true\n"
ANYBODY = "allow_anonymous true\n"


@pytest.mark.parametrize(
    ("change", "check", "says"),
    [
        (("mosquitto.conf", "acl_file", "# acl_file"), "acl", "can say taps or acks in another's name"),
        (("acl", RIGHTS, "topic write hymio/1/+/taps\npattern write hymio/1/+/taps\n"), "acl", "could speak on"),
        (("acl", "pattern read hymio/1/%u/ack\n", "pattern read hymio/1/+/ack\n"), "acl", "could hear"),
        (("acl", RIGHTS, ""), "acl", "reaches no collector"),
        (("acl", "pattern read hymio/1/%u/command\n", ""), "acl", "does not reach the kiosk"),
        (("mosquitto.conf", "use_username_as_clientid true", "use_username_as_clientid false"), "acl", "put another"),
        (("acl", "pattern write hymio/1/%u/state\n", ""), "will", "was not said"),
        (("acl", RIGHTS, RIGHTS + "pattern write hymio/1/+/state\n"), "will", "on another's state"),
        (("mosquitto.conf", "retain_available true", "retain_available false"), "will", ""),
        (("mosquitto.conf", "max_packet_size 4096", "max_packet_size 1024"), "limits", "does not pass"),
        (("mosquitto.conf", "max_queued_messages 200000", "max_queued_messages 100"), "limits", "the broker kept"),
        (("mosquitto.conf", STRICT, ANYBODY), "broker", "lets nobody's account in"),
        (("mosquitto.conf", "pid_file", "# pid_file"), "broker", "refuses an account that it should have"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " not in value else "",
)
def test_a_fault_of_the_broker_is_found(site, broker, change, check, says):
    found = examined(site, broker(change, plain=True).settings(), {check})
    assert says in bad(found, check) and bad(found, check)


def test_a_collector_that_may_speak_as_a_kiosk_is_remarked(site, broker):
    change = ("acl", "user hymio.doctor\n", "user hymio.doctor\ntopic write hymio/1/+/taps\n")
    found = examined(site, broker(change, plain=True).settings(), {"acl"})
    assert [seen for verdict, seen, _ in found["acl"] if verdict is Verdict.WARN and "as a kiosk" in seen]


def test_messages_without_any_limit_are_remarked(site, broker):
    found = examined(site, broker(("mosquitto.conf", "max_packet_size", "# "), plain=True).settings(), {"limits"})
    assert any(verdict is Verdict.WARN and "max_packet_size 4096" in todo for verdict, _, todo in found["limits"])


def test_a_broker_that_tells_what_is_retained_by_whole_topics_alone_is_remarked(site, broker):
    """As RabbitMQ: the relay makes the filter of a collector that starts into one that nothing lies under."""
    running = broker(plain=True)
    relay = Relay(running.port, [(b"hymio/1/+/state", b"hymio/0/+/state")])
    found = examined(site, running.settings(broker_host="127.0.0.1", broker_port=relay.port), {"will"})
    relay.cut()
    remarks = [(verdict, seen) for verdict, seen, _ in found["will"] if verdict is not Verdict.OK]
    assert [verdict for verdict, _ in remarks] == [Verdict.WARN]
    assert "only to who subscribes to that very topic" in remarks[0][1]


def test_a_broker_that_is_not_there_is_one_sentence(site, broker):
    gone = broker(plain=True)
    gone.kill()
    found = examined(site, gone.settings(), {"broker", "acl", "will"})
    assert "no connection" in bad(found, "broker") and "will" not in found


def test_without_accounts_nothing_is_tried_and_with_given_ones_everything(site, broker):
    running = broker(plain=True)
    invited = guests.invite(site.engine)
    Accounts(site.engine, running.folder / "accounts", running.folder / "mosquitto.pid").write()
    settings = running.settings(broker_accounts=None, broker_pid=None)
    found = examined(site, settings)
    assert found["broker"][0][0] is Verdict.WARN and "--accounts FILE" in found["broker"][0][2] and "acl" not in found
    file = running.folder / "guests"
    file.write_text("".join(f"{guest.name}:{guest.secret}\n" for guest in invited))
    found = examined(site, settings, {"broker", "acl", "will"}, given=examination.read_accounts(file))
    assert [f for some in found.values() for f in some if f[0] is not Verdict.OK] == []


def test_an_open_plain_listener_beside_tls_is_found(site, broker):
    more = free_port()
    running = broker(("mosquitto.conf", "allow_anonymous", f"listener {more}\nallow_anonymous"))
    found = {finding.verdict: finding.seen for finding in plain.check(examination.address_of(running.settings()), more)}
    assert f":{more} takes plain text" in found[Verdict.BAD] and f":{running.port} takes no" in found[Verdict.OK]
    (far,) = plain.check(BrokerAddress("broker.example", 1883, "", ""))
    assert far.verdict is Verdict.WARN


@pytest.mark.parametrize(
    ("days", "verdict"), [(0, Verdict.OK), (825 - 20, Verdict.WARN), (825 - 5, Verdict.BAD), (900, Verdict.BAD)]
)
def test_a_certificate_is_looked_at_by_its_end(site, broker, days, verdict):
    address = examination.address_of(broker().settings())
    assert next(certificate.check(address, NOW + datetime.timedelta(days=days))).verdict is verdict


def test_a_broker_that_is_away_is_not_taken_for_one_without_tls():
    (found,) = certificate.check(BrokerAddress(HOST, free_port(), "", "", tls=True), NOW)
    assert "nobody shows a certificate" in found.seen and found.todo.startswith("start the broker")


def test_a_certificate_that_nobody_trusts_is_found(site, broker):
    address = examination.address_of(broker().settings(broker_ca=None))
    first, second = certificate.check(address, NOW)
    assert first.verdict is Verdict.OK and "not believed" in second.seen


class TimeServer:
    """Answers SNTP with a time that is off."""

    def __init__(self, off_s):
        self._line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._line.bind(("127.0.0.1", 0))
        self._off_s = off_s
        self.address = f"127.0.0.1:{self._line.getsockname()[1]}"
        threading.Thread(target=self._answer, daemon=True).start()

    def _answer(self):
        while True:
            try:
                _, who = self._line.recvfrom(512)
            except OSError:
                return
            moment = struct.pack("!II", int(time.time() + self._off_s) + 2_208_988_800, 1 << 31)
            self._line.sendto(b"\x24\x02" + bytes(22) + moment + moment + moment, who)

    def close(self):
        self._line.close()


@pytest.mark.parametrize(("off_s", "verdict"), [(0, Verdict.OK), (-5, Verdict.WARN), (90, Verdict.BAD)])
def test_a_clock_that_is_off_is_found(site, off_s, verdict):
    server = TimeServer(off_s)
    try:
        assert next(clock.check(site.engine, server.address)).verdict is verdict
    finally:
        server.close()


def test_a_clock_that_went_back_is_seen_in_the_store(site):
    with site.engine.begin() as connection:
        ahead_ms = utc_now_ms() + 3_600_000
        row = {"kiosk": "lobby-1", "ms": ahead_ms}
        connection.execute(
            text("INSERT INTO kiosk_state (kiosk, online, last_seen_utc_ms) VALUES (:kiosk, 1, :ms)"), row
        )
    assert next(clock.check(site.engine, None)).verdict is Verdict.BAD


def test_a_slow_disk_is_found(site, tmp_path):
    """Every fsync of this process takes 60 ms longer, as on a worn SD card."""
    if shutil.which("gcc") is None:
        missing_part("no gcc: apt-get install gcc")
    source, shim = tmp_path / "slow.c", tmp_path / "slow.so"
    source.write_text(SLOW)
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", shim, source, "-ldl"], check=True)
    code = "import sys; from hymio.doctor import fsync; "
    code += "from collector.database import store; from collector.registration import guests; "
    code += "c = guests.write_and_forget(store.open_store(sys.argv[1])); "
    code += "print(next(fsync.check(lambda: next(c), '')).verdict.value)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for preload, expected in ((str(shim), {"warn", "bad"}), ("", {"ok", "warn", "bad"})):
        command = [HYMIO[0], "-c", code, site.url]
        said = subprocess.run(command, env={**environment, "LD_PRELOAD": preload}, capture_output=True, text=True)
        assert said.stdout.strip() in expected, said.stderr
    assert next(fsync.check(lambda: None, "tmpfs")).verdict is Verdict.BAD
    assert next(fsync.check(lambda: None, "ext4")).verdict is Verdict.OK
    assert next(fsync.check(lambda: time.sleep(fsync.BAD_MS / 1000 + 0.01), "")).verdict is Verdict.BAD


SLOW = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>
static int later(const char *name, int fd) {
    usleep(60000);
    return ((int (*)(int)) dlsym(RTLD_NEXT, name))(fd);
}
int fsync(int fd) { return later("fsync", fd); }
int fdatasync(int fd) { return later("fdatasync", fd); }
"""


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "hymio-test", str(folder)]
    if subprocess.run(mount, capture_output=True).returncode:
        missing_part("no small disk: only root may mount one")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_found(small_disk):
    assert next(disk.check(small_disk)).verdict is Verdict.BAD  # 8 MiB are no room for anything
    assert disk.filesystem_of(small_disk) == "tmpfs"
    with contextlib.suppress(OSError), (small_disk / "filler").open("wb", buffering=0) as out:
        for _ in range(DISK_MB * 1024 + 1):
            out.write(bytes(1024))
    (finding,) = disk.check(small_disk)
    assert finding.verdict is Verdict.BAD and "No space left" in finding.seen


@pytest.mark.parametrize(
    ("mode", "verdict"), [(0o600, Verdict.OK), (0o640, Verdict.WARN), (0o604, Verdict.BAD), (0o602, Verdict.BAD)]
)
def test_a_secret_that_others_can_reach_is_found(tmp_path, mode, verdict):
    file = tmp_path / "update.key"
    file.write_bytes(b"x")
    file.chmod(mode)
    (finding,) = permissions.check({file: permissions.OWNER, tmp_path / "nothing": permissions.OWNER})
    assert finding.verdict is verdict and (verdict is Verdict.OK or finding.todo == f"chmod 600 {file}")


def test_a_store_that_was_not_backed_up_for_two_days_is_found(site, tmp_path):
    def said(days):
        (finding,) = copies.check(site.engine, NOW_MS + int(days * DAY_MS))
        return finding.verdict, finding.seen

    assert said(0) == (Verdict.WARN, "the store knows of no backup")
    latest.note(site.engine, Proof(NOW_MS, "sqlite", None, {}, 1, ""), drilled=False)
    assert said(0.5) == (Verdict.OK, "the last backup is 12 h old and was never restored for proof")
    latest.note(site.engine, Proof(NOW_MS, "sqlite", None, {}, 1, ""), drilled=True)
    assert said(2) == (Verdict.OK, "the last backup is 48 h old and was restored for proof")
    assert said(2.1) == (Verdict.WARN, "the last backup is 50 h old and was restored for proof")
    assert said(40) == (Verdict.WARN, "the last backup is 40 days old and was restored for proof")


def test_a_database_that_is_empty_or_of_another_version_ends_the_examination(site, tmp_path):
    settings = Settings(database=f"sqlite:///{tmp_path}/empty.sqlite")
    empty = SimpleNamespace(engine=open_store(settings.database))
    assert "empty" in bad(examined(empty, settings), "database")
    with site.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    found = examined(site, Settings(database=site.url))
    assert "revision 0001" in bad(found, "database") and set(found) == {"database"}


def test_a_database_that_does_not_wait_for_its_disk_is_found(server_without_fsync):
    stores, url = server_without_fsync
    site = Site(stores, url)
    try:
        found = examined(site, Settings(database=site.url, embedded_port=free_port()), {"database", "clock"})
        assert "fsync = off" in bad(found, "database")
    finally:
        site.close()


@pytest.fixture
def server_without_fsync():
    from tests import postgresql
    from tests.collector.stores import Postgresql

    with postgresql.serving() as server:
        url = server.url("postgres").replace("+psycopg", "")
        import psycopg

        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        stores = Postgresql(server)
        yield stores, furnish(stores.empty())


def test_the_command_shows_what_it_tries_and_ends_with_1_where_anything_is_bad(site, broker):
    running = broker(("acl", RIGHTS, "pattern write hymio/1/+/taps\n"), plain=True)
    environment = clean_environment(**running.values())
    done = subprocess.run([*HYMIO, "doctor", "--json"], cwd=ROOT, env=environment, capture_output=True, text=True)
    rows = json.loads(done.stdout)
    assert done.returncode == 1 and {row["check"] for row in rows} >= {"database", "acl", "will"}
    assert any(row["check"] == "acl" and row["verdict"] == "bad" and row["todo"] for row in rows)
    assert not site.rows("SELECT name FROM collector_account WHERE name != 'collector-1'")
    wrong = subprocess.run(
        [*HYMIO, "doctor", "--accounts", "/nowhere"], env=environment, capture_output=True, text=True
    )
    assert wrong.returncode == 2 and "cannot be read" in wrong.stderr


def test_what_guests_say_is_stored_nowhere_and_a_kiosk_of_such_a_name_is_a_kiosk(site):
    invited = guests.invite(site.engine)
    assert site.take(("hymio/1/" + invited.one.name + "/taps", b"x")) == []
    registry.add_kiosk(site.engine, "doctor-house", "door", 1_767_225_600_000)
    site.take(("hymio/1/doctor-house/taps", b"x"), ("hymio/1/doctor-nobody/taps", b"x"))
    assert site.rows("SELECT kiosk FROM quarantine ORDER BY 1") == [(None,), ("doctor-house",)]
    guests.dismiss(site.engine)
    site.take(("hymio/1/" + invited.one.name + "/taps", b"x"))  # it waited while its account ended
    assert site.value("SELECT count(*) FROM quarantine") == 2


def test_the_embedded_broker_is_found_in_order(site):
    embedded = EmbeddedBroker(site.engine, port=0)
    embedded.start()
    try:
        found = examined(site, Settings(database=site.url, embedded_port=embedded.port), {"broker", "acl", "will"})
    finally:
        embedded.stop()
    assert [f for some in found.values() for f in some if f[0] is Verdict.BAD] == []
    assert set(found) == {"broker", "acl", "will"}


def test_a_doctor_that_may_not_signal_mosquitto_tries_everything_where_somebody_else_does(site, of_another_user):
    """As under systemd, where a unit watches the accounts."""
    broker = of_another_user
    watching = Accounts(site.engine, broker.folder / "accounts", broker.folder / "mosquitto.pid")
    watching.start()
    try:
        done = powerless(broker, site.url, "doctor", "--json")
    finally:
        watching.stop()
    rows = json.loads(done.stdout)
    assert {row["check"] for row in rows} == set(examination.NAMES) - {"certificate"}, done.stderr
    tried = [row for row in rows if row["check"] in ("broker", "acl", "will", "limits")]
    assert [row for row in tried if row["verdict"] != "ok"] == []
    assert not site.rows("SELECT name FROM collector_account WHERE name != 'collector-1'")


def test_a_doctor_whose_guests_cannot_be_invited_says_why_and_ends_in_order(site, broker, tmp_path):
    settings = broker(plain=True).settings(broker_password="0" * 32)
    found = examined(site, settings)
    assert "no guests could be invited" in bad(found, "broker") and "another password" in bad(found, "broker")
    assert "plain" in found and "acl" not in found


@pytest.fixture
def serving():
    """Something that answers every GET with ``status`` and ``body``; its port."""
    made = []

    def serve(status, body):
        class Answer(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=server.serve_forever).start()
        made.append(server)
        return server.server_port

    yield serve
    for server in made:
        server.shutdown()
        server.server_close()


def test_a_service_that_stores_nothing_at_present_is_found_with_its_own_reasons(serving):
    port = serving(503, b'{"ready": false, "reasons": ["broker: not connected"]}')
    (finding,) = readiness.check("127.0.0.1", port)
    assert finding.verdict is Verdict.BAD and finding.seen.endswith("not stored: broker: not connected")


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"detail": "Not Found"}'])
def test_what_is_no_service_of_ours_is_not_taken_for_one(serving, body):
    (finding,) = readiness.check("127.0.0.1", serving(200, body))
    assert finding.verdict is Verdict.WARN and "http_port" in finding.todo


def test_a_service_that_does_not_run_is_told():
    (finding,) = readiness.check("127.0.0.1", free_port())
    assert finding.verdict is Verdict.WARN and "start it" in finding.todo
