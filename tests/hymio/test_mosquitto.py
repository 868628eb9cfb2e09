"""The configuration that `hymio broker config` writes, in a real Mosquitto: who may do what, and for how long."""

import contextlib
import dataclasses
import datetime
import os
import re
import shutil
import signal
import socket
import ssl
import time

import paho.mqtt.client as paho
import pytest

from collector.connection.subscriber import Subscriber
from collector.intake.ingest import Ingest
from collector.registration import registry, retirement
from collector.registration.accounts import Accounts, AccountsError, StrangeStoreError
from collector.running.service import utc_now_ms
from hymio import authority, environment, mosquitto
from tests.collector.site import birth, heard, on_sqlite, taps
from tests.hymio.running_mosquitto import HOST, NOW, Running, broker, of_another_user, powerless, site
from tests.waiting import wait_until

__all__ = ["broker", "of_another_user", "site"]

REFUSED = 0x87  # MQTT 5, 3.4.2.1: not authorized
FAILED = 0x80  # and above
NOT_SUBSCRIBED = 128


@pytest.fixture
def come(broker):
    clients = []

    def come(*words, **options):
        clients.append(broker.client(*words, **options))
        return clients[-1]

    yield come
    for client in clients:
        client.close()


def test_a_kiosks_tap_is_stored_and_acked_with_the_written_settings(site, broker, come):
    subscriber = Subscriber(Ingest(site.engine, utc_now_ms), broker.address())
    subscriber.start()
    try:
        wait_until(lambda: subscriber.connected)
        kiosk = come("lobby-1")
        assert kiosk.subscribe("hymio/1/lobby-1/ack") == [1]
        assert kiosk.publish(*birth(), retain=True) == 0
        assert kiosk.publish(*taps(1, [4])) < FAILED
        wait_until(lambda: any(heard(message)[1].seq == 1 for message in kiosk.heard))
        assert site.value("SELECT count(*) FROM tap") == 1
    finally:
        subscriber.stop()


def test_a_kiosk_cannot_speak_as_another_nor_hear_what_another_is_told(come):
    watcher = come("collector-1")
    watcher.subscribe("hymio/1/+/taps", "hymio/1/+/state")
    one, other = come("lobby-1"), come("lobby-2")
    for leaf in ("taps", "state", "health", "want"):
        assert one.publish(f"hymio/1/lobby-2/{leaf}") == REFUSED
    for leaf in ("ack", "config", "command", "update"):
        assert one.publish(f"hymio/1/lobby-1/{leaf}") == REFUSED  # no kiosk acknowledges its own taps
        one.subscribe(f"hymio/1/lobby-2/{leaf}", f"hymio/1/+/{leaf}", "#", "$SYS/#")
        assert watcher.publish(f"hymio/1/lobby-2/{leaf}") < FAILED
    other.subscribe("hymio/1/lobby-2/ack")
    watcher.publish("hymio/1/lobby-2/ack", b"last")
    wait_until(lambda: other.heard[-1:] == [("hymio/1/lobby-2/ack", b"last")])
    assert one.heard == [] and watcher.heard == []


def test_a_collector_hears_kiosks_and_cannot_speak_as_one(come):
    collector = come("collector-1")
    for leaf in ("taps", "state", "health", "want"):
        assert collector.publish(f"hymio/1/lobby-1/{leaf}") == REFUSED


def test_the_account_is_the_client_id_so_nobody_takes_anothers_session(come):
    one = come("lobby-1")
    other = come("lobby-2", client_id="lobby-1")
    assert other.in_
    time.sleep(0.2)
    assert one.in_ and one.publish("hymio/1/lobby-1/health") < FAILED
    assert other.publish("hymio/1/lobby-1/taps") == REFUSED


def test_a_will_on_another_kiosks_topic_is_not_said(come):
    watcher = come("collector-1")
    watcher.subscribe("hymio/1/+/state")
    with contextlib.suppress(AssertionError, AttributeError):
        come("lobby-1", will="hymio/1/lobby-2/state").vanish()
    come("lobby-1", will="hymio/1/lobby-1/state").vanish()
    wait_until(lambda: watcher.heard)
    assert [topic for topic, _ in watcher.heard] == ["hymio/1/lobby-1/state"]


def test_a_wrong_password_and_a_stranger_are_refused(come):
    assert not come("lobby-1", secret="0" * 32).in_
    assert not come("stranger", secret="0" * 32).in_


def test_a_retired_kiosk_is_put_out_and_its_password_refused_within_a_second(site, broker, come):
    kiosk, other = come("lobby-1"), come("lobby-2")
    began = time.monotonic()
    retirement.retire(site.engine, "lobby-1", utc_now_ms())
    broker.accounts.write()
    wait_until(lambda: not kiosk.in_)
    assert not come("lobby-1").in_
    assert time.monotonic() - began < 1
    assert other.in_ and other.publish("hymio/1/lobby-2/health") < FAILED


def test_a_new_kiosk_comes_in_while_the_others_stay(site, broker, come):
    other = come("lobby-2")
    secret = registry.add_kiosk(site.engine, "brand-new", None, utc_now_ms())
    broker.accounts.start()
    try:
        wait_until(lambda: "brand-new:" in (broker.folder / "accounts").read_text())
        wait_until(lambda: come("brand-new", secret=secret).in_, 5, pause_s=0.2)
    finally:
        broker.accounts.stop()
    assert other.in_


def test_a_message_that_is_too_long_is_not_passed_on(come):
    watcher = come("collector-1")
    watcher.subscribe("hymio/1/+/taps")
    kiosk = come("lobby-1")
    kiosk.say("hymio/1/lobby-1/taps", bytes(8192))
    wait_until(lambda: not kiosk.in_)
    come("lobby-2").publish("hymio/1/lobby-2/taps", b"short")
    wait_until(lambda: watcher.heard)
    assert watcher.heard == [("hymio/1/lobby-2/taps", b"short")]


def test_plain_text_is_refused_where_tls_is_on(site, tmp_path):
    broker = Running(site, tmp_path / "mosquitto")
    try:
        with socket.create_connection((HOST, broker.site.port), 5) as line:
            line.settimeout(5)
            line.sendall(b"\x10\x13\x00\x04MQTT\x04\x02\x00\x3c\x00\x07lobby-1")
            with contextlib.suppress(ConnectionResetError):
                assert line.recv(100)[:1] not in (b"\x20",)  # no CONNACK
        wait_until(lambda: "wrong version number" in broker.log() or "OpenSSL Error" in broker.log())
        untrusting = paho.Client(paho.CallbackAPIVersion.VERSION2)
        untrusting.tls_set_context(ssl.create_default_context())
        with pytest.raises(ssl.SSLCertVerificationError):
            untrusting.connect(HOST, broker.site.port)
    finally:
        broker.kill()


def test_writing_it_again_keeps_passwords_authority_and_accounts(site, tmp_path):
    where = mosquitto.Site(tmp_path / "mosquitto", HOST, 8883, 1, "root")
    first = mosquitto.write(site.engine, where, NOW)
    assert {"mosquitto.conf", "acl", "accounts", "server.pem", "collector-1.env"} <= set(first.changed)
    before = {file.name: file.read_bytes() for file in where.folder.iterdir()}
    again = mosquitto.write(site.engine, where, NOW)
    assert (again.changed, again.collectors) == ([], [])
    assert {file.name: file.read_bytes() for file in where.folder.iterdir()} == before


def test_a_collector_gets_another_password_when_that_is_asked_for(site, tmp_path):
    where = mosquitto.Site(tmp_path / "mosquitto", HOST, 8883, 1, "root")
    mosquitto.write(site.engine, where, NOW)
    before = {file.name: file.read_bytes() for file in where.folder.iterdir()}
    again = mosquitto.write(site.engine, dataclasses.replace(where, renew=True), NOW)
    assert (again.changed, again.collectors) == (["collector-1.env", "accounts"], ["collector-1"])
    for name in again.changed:
        assert (where.folder / name).read_bytes() != before[name]


def test_more_collectors_and_another_address_are_brought_into_the_settings_that_are_there(site, tmp_path):
    folder = tmp_path / "mosquitto"
    one = mosquitto.Site(folder, HOST, 8883, 1, "root", plain=True)
    mosquitto.write(site.engine, one, NOW)
    file = folder / "collector-1.env"
    lines = [line for line in file.read_text().splitlines() if "BROKER_PID" not in line]
    file.write_text("# ours\n" + "\n".join(lines) + "\nHYMIO_LOG_FORMAT=json\n")
    file.chmod(0o640)
    with contextlib.suppress(PermissionError):
        os.chown(file, 1234, 4321)
    was, password = file.stat(), environment.values(file.read_text())["HYMIO_BROKER_PASSWORD"]

    written = mosquitto.write(site.engine, dataclasses.replace(one, collectors=3), NOW)
    assert (written.again, written.collectors) == (["collector-1"], ["collector-2", "collector-3"])
    told = "\n".join(mosquitto.told(one, written, []))
    assert "systemctl restart hymio`" in told and "hymio-collector@" not in told
    shares = [environment.values((folder / f"collector-{n}.env").read_text())["HYMIO_BROKER_SHARE"] for n in (1, 2, 3)]
    assert shares == ["hymio"] * 3

    other = dataclasses.replace(one, collectors=2, host="two.example", port=8884, plain=False)
    written = mosquitto.write(site.engine, other, NOW)
    assert (written.again, written.without_rights) == (["collector-1", "collector-2"], ["collector-3"])
    told = "\n".join(mosquitto.told(other, written, []))
    assert "systemctl restart hymio-collector@2`" in told and "`--collectors 3` gives them back" in told
    assert file.read_text().splitlines()[0] == "# ours"
    assert environment.values(file.read_text()) == {
        "HYMIO_BROKER_HOST": "two.example",
        "HYMIO_BROKER_PORT": "8884",
        "HYMIO_BROKER_USER": "collector-1",
        "HYMIO_BROKER_PASSWORD": password,
        "HYMIO_BROKER_TLS": "true",
        "HYMIO_BROKER_CA": str(folder / "ca.pem"),
        "HYMIO_BROKER_SHARE": "hymio",
        "HYMIO_BROKER_ACCOUNTS": str(folder / "accounts"),
        "HYMIO_LOG_FORMAT": "json",
    }
    mosquitto.write(site.engine, one, NOW)
    assert not {"HYMIO_BROKER_TLS", "HYMIO_BROKER_SHARE"} & environment.values(file.read_text()).keys()
    now = file.stat()
    assert (now.st_mode, now.st_uid, now.st_gid) == (was.st_mode, was.st_uid, was.st_gid)


def test_a_collectors_settings_that_were_taken_elsewhere_are_told_of_and_not_made_up(site, tmp_path):
    where = mosquitto.Site(tmp_path / "mosquitto", HOST, 8883, 2, "root", plain=True)
    mosquitto.write(site.engine, where, NOW)
    (where.folder / "collector-2.env").unlink()
    written = mosquitto.write(site.engine, where, NOW)
    assert (written.changed, written.absent) == ([], ["collector-2"])
    assert any(line.startswith("collector-2.env is not in this folder") for line in mosquitto.told(where, written, []))
    assert mosquitto.write(site.engine, dataclasses.replace(where, renew=True), NOW).absent == []
    assert (where.folder / "collector-2.env").exists()


def test_a_configuration_is_not_written_from_another_store_than_the_brokers(site, tmp_path):
    where = mosquitto.Site(tmp_path / "mosquitto", HOST, 8883, 1, "root", plain=True)
    mosquitto.write(site.engine, where, NOW)
    before = {file.name: file.read_bytes() for file in where.folder.iterdir()}
    renewed = dataclasses.replace(where, renew=True)
    with on_sqlite(tmp_path / "other") as other:
        for wish in (where, renewed):
            with pytest.raises(StrangeStoreError, match=r"has no account collector-1.*or move that file away"):
                mosquitto.write(other.engine, wish, NOW)
        registry.add_collector(other.engine, "collector-1")
        with pytest.raises(StrangeStoreError, match="another password for collector-1"):
            mosquitto.write(other.engine, where, NOW)
        assert {file.name: file.read_bytes() for file in where.folder.iterdir()} == before
        assert mosquitto.write(other.engine, renewed, NOW).changed == ["collector-1.env", "accounts"]


def test_a_folder_that_mosquitto_may_not_read_is_told_with_what_to_do(site, tmp_path):
    def told(mode):
        where = mosquitto.Site(tmp_path / "mosquitto", HOST, 8883, 1, "daemon")
        written = mosquitto.write(site.engine, where, NOW)
        where.folder.chmod(mode)
        return any("-m 2770" in line for line in mosquitto.told(where, written, []))

    assert not told(0o2770)
    assert told(0o770)  # what is written into it belongs to its writer's group


def test_a_certificate_for_another_name_or_near_its_end_is_made_anew_by_the_same_authority(site, tmp_path):
    def write(host, now):
        where = mosquitto.Site(tmp_path / "mosquitto", host, 8883, 1, "root")
        return "server.pem" in mosquitto.write(site.engine, where, now).changed

    assert write("one.example", NOW)
    ca = (tmp_path / "mosquitto" / "ca.pem").read_bytes()
    assert not write("one.example", NOW)
    assert write("two.example", NOW)
    assert write("two.example", NOW + datetime.timedelta(days=800))
    assert write("192.0.2.7", NOW)
    assert (tmp_path / "mosquitto" / "ca.pem").read_bytes() == ca


def test_the_end_of_the_brokers_certificate_is_among_the_figures(site, broker):
    ingest = Ingest(site.engine, utc_now_ms)
    subscriber = Subscriber(ingest, broker.address())
    subscriber.start()
    try:
        wait_until(lambda: subscriber.connected)
        ends_s = 0 if broker.site.plain else NOW.timestamp() + authority.SERVER_DAYS * 86400
        (line,) = re.findall(r"^hymio_broker_certificate_expires_\S+ (\S+)", ingest.metrics.text().decode(), re.M)
        assert abs(float(line) - ends_s) < 2
    finally:
        subscriber.stop()


def test_a_renewed_certificate_is_shown_once_mosquitto_was_told_as_the_command_says(site, tmp_path):
    broker = Running(site, tmp_path / "mosquitto")

    def told(written):
        return any("systemctl reload" in line for line in mosquitto.told(broker.site, written, []))

    shown = ssl.get_server_certificate((HOST, broker.site.port))
    assert not told(mosquitto.write(site.engine, broker.site, NOW))
    assert told(mosquitto.write(site.engine, broker.site, NOW + datetime.timedelta(days=800)))
    os.kill(int((broker.folder / "mosquitto.pid").read_text()), signal.SIGHUP)
    try:
        wait_until(lambda: ssl.get_server_certificate((HOST, broker.site.port)) != shown)
    finally:
        broker.kill()


def test_an_authority_whose_key_is_kept_elsewhere_stays_and_signs_again_where_the_key_is_back(site, tmp_path):
    folder = tmp_path / "mosquitto"

    def write(host="one.example", days=0):
        where = mosquitto.Site(folder, host, 8883, 1, "root")
        return mosquitto.write(site.engine, where, NOW + datetime.timedelta(days=days)).changed

    write()
    before = {name: (folder / name).read_bytes() for name in ("ca.pem", "server.pem", "server.key")}
    (folder / "ca.key").rename(tmp_path / "in-the-safe")
    assert write() == []
    for wish in ({"host": "two.example"}, {"days": 800}):
        with pytest.raises(authority.AuthorityError, match=r"ca\.key is not there.*every kiosk"):
            write(**wish)
    assert {name: (folder / name).read_bytes() for name in before} == before
    (tmp_path / "in-the-safe").rename(folder / "ca.key")
    assert "server.pem" in write(days=800)
    assert (folder / "ca.pem").read_bytes() == before["ca.pem"]


@pytest.mark.parametrize("files", [("server.pem", "server.key"), ("server.pem",), ("server.key",)])
def test_a_server_certificate_of_another_authority_or_key_is_made_anew(site, tmp_path, files):
    one, other = (mosquitto.Site(tmp_path / name, HOST, 8883, 1, "root") for name in ("one", "other"))
    for where in (one, other):
        mosquitto.write(site.engine, where, NOW)
    for file in files:
        shutil.copy(other.folder / file, one.folder / file)
    assert "server.pem" in mosquitto.write(site.engine, one, NOW).changed
    ssl.create_default_context().load_cert_chain(one.folder / "server.pem", one.folder / "server.key")


def test_secrets_are_readable_by_nobody_else(site, tmp_path):
    where = mosquitto.Site(tmp_path / "mosquitto", HOST, 8883, 2, "root")
    mosquitto.write(site.engine, where, NOW)
    modes = {file.name: file.stat().st_mode & 0o777 for file in where.folder.iterdir()}
    assert {modes[name] for name in ("ca.key", "collector-1.env", "collector-2.env")} == {0o600}
    assert not [name for name in ("accounts", "server.key", "mosquitto.conf") if modes[name] & 0o007]
    assert "HYMIO_BROKER_SHARE=hymio" in (where.folder / "collector-2.env").read_text()


def test_a_retirement_that_mosquitto_could_not_be_told_of_is_told_as_soon_as_it_can_be(site, broker, come):
    kiosk, process = come("lobby-1"), broker.folder / "mosquitto.pid"
    number = process.read_text()
    process.write_text("")
    retirement.retire(site.engine, "lobby-1", utc_now_ms())
    with pytest.raises(AccountsError, match="could not be told"):
        broker.accounts.write()
    assert kiosk.in_
    process.write_text(number)
    broker.accounts.write()
    wait_until(lambda: not kiosk.in_)


def test_a_running_service_tells_mosquitto_of_accounts_that_a_command_could_only_write(site, broker, come):
    kiosk = come("lobby-1")
    retirement.retire(site.engine, "lobby-1", utc_now_ms())
    Accounts(site.engine, broker.folder / "accounts", None).write()
    broker.accounts.start()
    try:
        wait_until(lambda: not kiosk.in_)
    finally:
        broker.accounts.stop()


def test_whatever_stands_in_the_accounts_the_service_brings_them_into_step(site, tmp_path):
    (tmp_path / "accounts").write_bytes(b"lobby-1:\xff\xfe")
    Accounts(site.engine, tmp_path / "accounts", None).write()
    assert (tmp_path / "accounts").read_text().startswith("gate:")


def test_no_fault_ends_the_thread_that_keeps_the_accounts(site, tmp_path, caplog):
    class Faulty(Accounts):
        faults = 2

        def write(self):
            self.faults -= 1
            if self.faults >= 0:
                raise RuntimeError("of whatever kind")
            return super().write()

    accounts = Faulty(site.engine, tmp_path / "accounts", None)
    accounts.start()
    try:
        wait_until((tmp_path / "accounts").exists)
    finally:
        accounts.stop()
    assert caplog.text.count("of whatever kind") == 1


def test_accounts_that_cannot_be_written_or_told_are_one_sentence(site, tmp_path):
    with pytest.raises(AccountsError, match="cannot be written"):
        Accounts(site.engine, tmp_path / "nowhere" / "accounts", None).write()
    (tmp_path / "pid").write_text("nonsense")
    with pytest.raises(AccountsError, match="holds no number"):
        Accounts(site.engine, tmp_path / "accounts", tmp_path / "pid").write()
    shutil.rmtree(tmp_path / "nowhere", ignore_errors=True)


def test_a_command_that_may_not_signal_mosquitto_leaves_that_to_who_may_and_says_so(site, of_another_user):
    broker = of_another_user
    added = powerless(broker, site.url, "kiosk", "add", "brand-new", "--point", "door")
    assert added.returncode == 0 and "left to the running service" in added.stderr, added.stderr
    assert "brand-new:" in (broker.folder / "accounts").read_text()
    config = ("broker", "config", str(broker.folder), "--host", HOST, "--port", str(broker.site.port), "--plain")
    told = powerless(broker, site.url, *config, "--user", "nobody", "--collectors", "2")
    assert told.returncode == 0 and "left to the running service" in told.stdout, told.stderr
    assert "hymio collect" in told.stdout and "systemctl restart hymio`" in told.stdout
    again = powerless(broker, site.url, *config, "--user", "nobody", "--collectors", "2")
    assert "nothing was changed" in again.stdout and "left to" not in again.stdout
