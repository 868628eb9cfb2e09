"""What a stolen or broken kiosk may say to Mosquitto, packet by packet, with the configuration that hymio writes."""

import contextlib
import socket
import subprocess
import time

import pytest

from tests.collector.raw_line import RawLine
from tests.hymio.running_mosquitto import HOST, Running, broker, site
from tests.interpreters import ROOT
from tests.system.site import HYMIO, clean_environment
from tests.waiting import wait_until

__all__ = ["broker", "site"]

FROM, TO = ("taps", "state", "health", "want"), ("ack", "config", "command", "update")
A, B = "lobby-1", "lobby-2"


@pytest.fixture
def come(broker):
    lines = []

    def come(name, secret=None, **options):
        secret = secret or broker.secrets.get(name) or broker.password
        cafile = None if broker.site.plain else broker.folder / "ca.pem"
        lines.append(RawLine(HOST, broker.site.port, name, secret, cafile=cafile, **options))
        return lines[-1]

    yield come
    for line in lines:
        line.close()


def test_what_one_kiosk_says_on_anothers_topics_or_a_collectors_nobody_hears(come):
    one, other, collector = come(A), come(B), come("collector-1")
    assert [one.code, other.code, collector.code] == [0, 0, 0]
    collector.subscribe(*(f"hymio/1/+/{leaf}" for leaf in FROM))
    other.subscribe(*(f"hymio/1/{B}/{leaf}" for leaf in TO))
    foreign = [f"hymio/1/{B}/{leaf}" for leaf in FROM + TO] + [f"hymio/1/{A}/{leaf}" for leaf in TO]
    for topic in [*foreign, "hymio/1/taps", f"hymio/2/{A}/taps", "$SYS/broker/x", f"hymio/1/{A}/taps/more"]:
        one.publish(topic)
    one.publish(f"hymio/1/{A}/taps", b"mine")
    heard = []
    wait_until(lambda: heard.extend(collector.ping()) or heard)
    assert [topic for topic, _ in heard] == [f"hymio/1/{A}/taps"] and other.ping() == []


def test_one_kiosk_hears_nothing_that_another_says_or_is_told(come):
    one, other, collector = come(A), come(B), come("collector-1")
    filters = [f"hymio/1/{B}/{leaf}" for leaf in FROM + TO] + [f"hymio/1/+/{leaf}" for leaf in FROM + TO]
    for each in [*filters, "#", "hymio/#", "+/+/+/+", "$SYS/#", "$share/x/hymio/1/+/taps", f"$share/x/hymio/1/{B}/ack"]:
        one.subscribe(each)
    other.subscribe(f"hymio/1/{B}/ack")
    for leaf in FROM:
        other.publish(f"hymio/1/{B}/{leaf}")
    for leaf in TO:
        collector.publish(f"hymio/1/{B}/{leaf}")
    heard = []
    wait_until(lambda: heard.extend(other.ping()) or heard)
    assert [topic for topic, _ in one.ping()] == []


def test_anothers_client_id_gives_neither_its_session_nor_its_place(come):
    one = come(A)
    one.subscribe(f"hymio/1/{A}/ack")
    thief = come(B, client_id=A)
    collector = come("collector-1")
    collector.publish(f"hymio/1/{A}/ack", b"for A")
    heard = []
    wait_until(lambda: heard.extend(one.ping()) or heard)
    assert thief.code != 0 or thief.ping() == []
    collector.subscribe("hymio/1/+/taps")
    thief.publish(f"hymio/1/{A}/taps", b"as A")
    one.publish(f"hymio/1/{A}/taps", b"as myself")
    came = []
    wait_until(lambda: came.extend(collector.ping()) or came)
    assert [payload[-9:] for _, payload in came] == [b"as myself"]


def test_a_will_on_anothers_topic_or_a_collectors_is_never_said(come):
    collector = come("collector-1")
    collector.subscribe(*(f"hymio/1/+/{leaf}" for leaf in FROM))
    other = come(B)
    other.subscribe(*(f"hymio/1/{B}/{leaf}" for leaf in TO))
    for topic in [*(f"hymio/1/{B}/{leaf}" for leaf in FROM + TO), f"hymio/1/{A}/ack"]:
        come(A, will=topic).vanish()
    come(A, will=f"hymio/1/{A}/state").vanish()
    heard = []
    wait_until(lambda: heard.extend(collector.ping()) or heard)
    assert {topic for topic, _ in heard} == {f"hymio/1/{A}/state"} and other.ping() == []


def test_a_retired_kiosks_connection_and_password_end_within_a_second_of_the_command(site, broker, come):
    one, other = come(A), come(B)
    environment = clean_environment(
        database=site.url,
        broker_host=HOST,
        broker_port=broker.site.port,
        broker_password=broker.password,
        broker_accounts=broker.folder / "accounts",
        broker_pid=broker.folder / "mosquitto.pid",
    )
    retire = [*HYMIO, "kiosk", "retire", A]
    done = subprocess.run(retire, cwd=ROOT, env=environment, capture_output=True, text=True)
    ended_s = time.monotonic()
    assert done.returncode == 0, done.stderr
    wait_until(lambda: one.ping() is None)
    assert come(A, broker.secrets[A]).code in (None, 4, 5)
    assert time.monotonic() - ended_s < 1
    assert other.ping() == []


def test_an_old_password_is_refused_once_it_was_renewed(site, broker, come):
    from collector.registration import registry

    old = broker.secrets[A]
    new = registry.renew_secret(site.engine, A)
    broker.accounts.write()
    wait_until(lambda: come(A, old).code in (None, 4, 5))
    assert come(A, new).code == 0


def test_neither_nobody_nor_an_empty_password_comes_in(come):
    for name, secret in ((A, "\0"), (A, " "), ("", "x"), ("collector-1", "0" * 32), ("hymio.doctor", "-")):
        assert come(name, secret, client_id=name or A).code in (None, 4, 5), name


def test_no_plain_packet_is_answered_where_tls_is_on(site, tmp_path):
    broker = Running(site, tmp_path / "mosquitto")
    try:
        for version in (b"\x04", b"\x05"):
            with socket.create_connection((HOST, broker.site.port), 5) as line:
                line.settimeout(5)
                line.sendall(b"\x10\x13\x00\x04MQTT" + version + b"\x02\x00\x3c\x00\x07lobby-1")
                answer = b""
                with contextlib.suppress(ConnectionResetError):
                    answer = line.recv(100)
                assert answer[:1] != b"\x20"
    finally:
        broker.kill()
