"""The embedded broker, with real clients on real sockets."""

import gc
import logging
import os
import shutil
import socket
import statistics
import subprocess
import threading
import time

import pytest

from collector import migration, registry, store
from collector.broker import BrokerError, EmbeddedBroker, Limits, packets
from tests.collector.broker_client import Client
from tests.interpreters import missing_part
from wire.topic import FROM_KIOSK, TO_KIOSK, of

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


def _nothing_else_arrives(kiosk, name, collector):
    """What the kiosk says next arrives, and nothing did before it."""
    before = [message for message in collector.heard if message[1] != b"earlier"]
    assert before == []
    kiosk.publish(of(name, "taps"), b"after")
    collector.await_heard(of(name, "taps"), b"after")
    assert [message for message in collector.heard if message[1] != b"earlier"] == [(of(name, "taps"), b"after", False)]


# accounts


def test_a_kiosk_with_its_secret_is_let_in(clients):
    assert clients.kiosk("kiosk-1").code == "Success"


def test_a_wrong_secret_is_refused(clients, site):
    assert clients.client("kiosk-1", "kiosk-1", "0" * 32).code == "Bad user name or password"
    assert clients.client("kiosk-1", "kiosk-1", site[1]["kiosk-2"]).code == "Bad user name or password"
    assert clients.client("kiosk-1", "kiosk-1", b"\xff\xfe".decode("latin-1")).code == "Bad user name or password"


def test_an_unknown_name_an_anonymous_client_and_an_empty_secret_are_refused(clients):
    assert clients.client("nobody", "nobody", "0" * 32).code == "Bad user name or password"
    assert clients.client("kiosk-1").code == "Bad user name or password"
    assert clients.client("kiosk-1", "kiosk-1", "").code == "Bad user name or password"


def test_a_kiosk_cannot_use_the_client_id_of_another_nor_one_of_its_own_making(clients, site):
    victim = clients.kiosk("kiosk-2")
    assert clients.client("kiosk-2", "kiosk-1", site[1]["kiosk-1"]).code == "Client identifier not valid"
    assert clients.client("kiosk-1-b", "kiosk-1", site[1]["kiosk-1"]).code == "Client identifier not valid"
    assert victim.connected


def test_a_stranger_who_claims_a_kiosks_client_id_does_not_disturb_it(clients):
    collector = clients.collector()
    victim = clients.kiosk("kiosk-2")
    assert victim.subscribe(of("kiosk-2", "ack")) == [1]
    for _ in range(3):
        assert clients.client("kiosk-2", "kiosk-2", "wrong").code == "Bad user name or password"
    collector.publish(of("kiosk-2", "ack"), b"still yours")
    victim.await_heard(of("kiosk-2", "ack"), b"still yours")
    _nothing_else_arrives(victim, "kiosk-2", collector)


def test_the_collectors_account_needs_its_secret_and_its_name_is_no_kiosks(clients, broker):
    user, secret = broker.collector_account
    assert clients.client("c", user, secret).code == "Success"
    assert clients.client("c", user, secret[:-1]).code == "Bad user name or password"
    assert "." in user


def test_two_brokers_have_different_collector_accounts(site):
    assert EmbeddedBroker(site[0]).collector_account != EmbeddedBroker(site[0]).collector_account


def test_a_retired_kiosk_is_cut_off_and_stays_out(clients, site):
    secret = registry.add_kiosk(site[0], "old-kiosk", "lobby", NOW_MS)
    kiosk = clients.client("old-kiosk", "old-kiosk", secret)
    assert kiosk.code == "Success"
    registry.retire_kiosk(site[0], "old-kiosk", NOW_MS + 1)
    kiosk.await_cut()
    assert clients.client("old-kiosk", "old-kiosk", secret).code == "Bad user name or password"


# rights


@pytest.mark.parametrize("qos", [0, 1])
def test_a_kiosk_cannot_publish_to_the_topics_of_another(clients, qos):
    collector = clients.collector()
    kiosk = clients.kiosk("kiosk-1")
    for leaf in FROM_KIOSK:
        kiosk.publish(of("kiosk-2", leaf), b"forged", qos=qos, retain=True)
    _nothing_else_arrives(kiosk, "kiosk-1", collector)
    assert [m for m in clients.collector("late").heard if m[1] == b"forged"] == []


def test_a_kiosk_cannot_speak_as_the_collector_not_even_to_itself(clients):
    collector = clients.collector()
    victim, kiosk = clients.kiosk("kiosk-2"), clients.kiosk("kiosk-1")
    assert victim.subscribe(*[of("kiosk-2", leaf) for leaf in TO_KIOSK]) == [1] * 4
    assert kiosk.subscribe(of("kiosk-1", "ack")) == [1]
    for leaf in TO_KIOSK:
        kiosk.publish(of("kiosk-2", leaf), b"forged")
    kiosk.publish(of("kiosk-1", "ack"), b"forged")
    collector.publish(of("kiosk-2", "ack"), b"real")
    collector.publish(of("kiosk-1", "ack"), b"real")
    victim.await_heard(of("kiosk-2", "ack"), b"real")
    kiosk.await_heard(of("kiosk-1", "ack"), b"real")
    assert [message[1] for message in victim.heard + kiosk.heard] == [b"real", b"real"]


@pytest.mark.parametrize("qos", [0, 1])
def test_a_kiosk_asks_for_pieces_in_its_own_name_only(clients, qos):
    collector = clients.collector(names=[of("+", "want")])
    kiosk = clients.kiosk("kiosk-1")
    kiosk.publish(of("kiosk-2", "want"), b"forged", qos=qos)
    kiosk.publish(of("kiosk-1", "want"), b"own", qos=qos)
    collector.await_heard(of("kiosk-1", "want"), b"own")
    assert collector.topics() == [of("kiosk-1", "want")]


def test_a_kiosk_hears_the_pieces_that_are_its_own_and_no_others(clients):
    collector = clients.collector()
    kiosk, other = clients.kiosk("kiosk-1"), clients.kiosk("kiosk-2")
    assert kiosk.subscribe(of("kiosk-2", "update"), of("kiosk-2", "want"), of("kiosk-1", "want")) == [128] * 3
    assert kiosk.subscribe(of("kiosk-1", "update")) == [1]
    assert other.subscribe(of("kiosk-2", "update")) == [1]
    collector.publish(of("kiosk-2", "update"), b"another's")
    other.publish(of("kiosk-1", "update"), b"forged")
    other.await_heard(of("kiosk-2", "update"), b"another's")
    collector.publish(of("kiosk-1", "update"), b"own")
    kiosk.await_heard(of("kiosk-1", "update"), b"own")
    assert [message[:2] for message in kiosk.heard] == [(of("kiosk-1", "update"), b"own")]


@pytest.mark.parametrize("topic", ["hymio/1/kiosk-1/nonsense", "hymio/2/kiosk-1/taps", "$SYS/x", "a", "hymio/1//taps"])
def test_a_kiosk_cannot_publish_outside_the_wire_format(clients, topic):
    collector = clients.collector()
    kiosk = clients.kiosk("kiosk-1")
    kiosk.publish(topic, b"odd")
    _nothing_else_arrives(kiosk, "kiosk-1", collector)


@pytest.mark.parametrize(
    "name",
    [
        *("#", "+/+/+/+", "/", "$SYS/#", "$SYS/broker/uptime", "hymio/1/kiosk-1/#", "hymio/1/kiosk-1/taps"),
        *("hymio/1/+/ack", "hymio/1/+/taps", "hymio/1/kiosk-2/ack", "hymio/1/kiosk-2/state"),
        "$share/a/hymio/1/kiosk-2/ack",
    ],
)
def test_a_kiosk_cannot_subscribe_to_more_than_its_own(clients, name):
    collector = clients.collector()
    kiosk, other = clients.kiosk("kiosk-1"), clients.kiosk("kiosk-2")
    assert kiosk.subscribe(name, of("kiosk-1", "ack")) == [128, 1]
    other.publish(of("kiosk-2", "state"), b"earlier", retain=True)
    collector.publish(of("kiosk-2", "ack"), b"private")
    collector.publish(of("kiosk-1", "ack"), b"last")
    kiosk.await_heard(of("kiosk-1", "ack"), b"last")
    assert kiosk.topics() == [of("kiosk-1", "ack")]


def test_a_kiosk_that_subscribes_to_nothing_hears_nothing(clients):
    collector = clients.collector()
    clients.kiosk("kiosk-2").publish(of("kiosk-2", "state"), b"earlier", retain=True)
    kiosk = clients.kiosk("kiosk-1")
    collector.publish(of("kiosk-1", "ack"), b"unasked")
    assert kiosk.subscribe(of("kiosk-1", "config")) == [1]
    collector.publish(of("kiosk-1", "config"), b"asked")
    kiosk.await_heard(of("kiosk-1", "config"), b"asked")
    assert kiosk.topics() == [of("kiosk-1", "config")]


def test_the_collector_hears_kiosks_only_and_cannot_speak_as_one(clients):
    collector, other = clients.collector(), clients.collector("second")
    assert collector.subscribe("#", "$SYS/#", "hymio/1/+/ack", "hymio/1/+/+") == [128] * 4
    assert collector.subscribe(of("kiosk-1", "taps")) == [1]
    collector.publish(of("kiosk-1", "taps"), b"forged")
    kiosk = clients.kiosk("kiosk-1")
    _nothing_else_arrives(kiosk, "kiosk-1", other)


# Wills


@pytest.mark.parametrize(
    "topic", [of("kiosk-2", "state"), of("kiosk-1", "taps"), of("kiosk-1", "ack"), "a/b", "$SYS/a"]
)
def test_a_will_on_anything_but_the_kiosks_own_state_is_refused(clients, topic):
    collector = clients.collector()
    assert clients.kiosk("kiosk-1", will=(topic, b"boo", 1, True)).code == "Not authorized"
    _nothing_else_arrives(clients.kiosk("kiosk-1"), "kiosk-1", collector)


def test_a_will_is_said_when_the_socket_closes_without_goodbye_and_is_retained(clients):
    collector = clients.collector()
    kiosk = clients.kiosk("kiosk-3", will=(of("kiosk-3", "state"), b"gone", 1, True))
    kiosk.publish(of("kiosk-3", "state"), b"birth", retain=True)
    kiosk.vanish()
    assert collector.await_heard(of("kiosk-3", "state"), b"gone") == (of("kiosk-3", "state"), b"gone", False)
    late = clients.collector("late")
    assert late.await_heard(of("kiosk-3", "state"), b"gone")[2] is True
    assert b"birth" not in [payload for _, payload, _ in late.heard]


def test_no_will_is_said_after_a_goodbye(clients):
    collector = clients.collector()
    clients.kiosk("kiosk-3", will=(of("kiosk-3", "state"), b"gone", 1, True)).close()
    kiosk = clients.kiosk("kiosk-3")
    kiosk.publish(of("kiosk-3", "health"), b"later")
    collector.await_heard(of("kiosk-3", "health"), b"later")
    assert b"gone" not in [payload for _, payload, retained in collector.heard if not retained]


def test_a_silent_client_is_cut_after_one_and_a_half_keep_alives_and_its_will_is_said(clients, broker, site):
    collector = clients.collector()
    with socket.create_connection(("127.0.0.1", broker.port)) as silent:
        silent.sendall(_connect_bytes("kiosk-4", site[1]["kiosk-4"], keep_alive_s=1, will=b"gone"))
        assert silent.recv(4) == b"\x20\x02\x00\x00"
        started = time.monotonic()
        collector.await_heard(of("kiosk-4", "state"), b"gone")
        assert 1.3 < time.monotonic() - started < 6
        assert silent.recv(1) == b""


# delivery


def test_a_retained_birth_reaches_a_collector_that_subscribes_later_once(clients):
    kiosk = clients.kiosk("kiosk-5")
    kiosk.publish(of("kiosk-5", "state"), b"birth 1", retain=True)
    kiosk.publish(of("kiosk-5", "state"), b"birth 2", retain=True)
    collector = clients.collector()
    collector.await_heard(of("kiosk-5", "state"), b"birth 2")
    mine = [message for message in collector.heard if message[0] == of("kiosk-5", "state")]
    assert mine == [(of("kiosk-5", "state"), b"birth 2", True)]


def test_an_empty_retained_message_clears_the_birth(clients):
    kiosk = clients.kiosk("kiosk-5")
    kiosk.publish(of("kiosk-5", "state"), b"birth", retain=True)
    kiosk.publish(of("kiosk-5", "state"), b"", retain=True)
    assert of("kiosk-5", "state") not in clients.collector().topics()


def test_nothing_but_state_is_retained(clients):
    collector, kiosk = clients.collector(), clients.kiosk("kiosk-1")
    kiosk.publish(of("kiosk-1", "taps"), b"taps", retain=True)
    collector.publish(of("kiosk-1", "ack"), b"ack", retain=True)
    collector.await_heard(of("kiosk-1", "taps"), b"taps")
    assert kiosk.subscribe(of("kiosk-1", "ack")) == [1]
    collector.publish(of("kiosk-1", "ack"), b"next")
    kiosk.await_heard(of("kiosk-1", "ack"), b"next")
    assert len(kiosk.heard) == 1
    assert of("kiosk-1", "taps") not in clients.collector("late").topics()


def test_five_kiosks_send_a_hundred_messages_each_and_all_arrive_in_each_ones_order(clients):
    collector = clients.collector(names=[of("+", "taps")])
    kiosks = {f"kiosk-{n}": clients.kiosk(f"kiosk-{n}") for n in range(1, 6)}
    payloads = [b"%d" % n for n in range(100)]
    threads = [threading.Thread(target=k.publish_all, args=(of(n, "taps"), payloads)) for n, k in kiosks.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    collector.await_count(500)
    for name in kiosks:
        assert [payload for topic, payload, _ in collector.heard if topic == of(name, "taps")] == payloads


def test_a_message_makes_the_round_trip_in_a_few_milliseconds(clients):
    collector, kiosk = clients.collector(), clients.kiosk("kiosk-1")
    kiosk.subscribe(of("kiosk-1", "ack"))
    took_ms = []
    for n in range(50):
        started = time.perf_counter()
        kiosk.publish(of("kiosk-1", "taps"), b"%d" % n)
        collector.await_heard(of("kiosk-1", "taps"), b"%d" % n)
        collector.publish(of("kiosk-1", "ack"), b"%d" % n)
        kiosk.await_heard(of("kiosk-1", "ack"), b"%d" % n)
        took_ms.append((time.perf_counter() - started) * 1000)
    # Nagle's rule with delayed acknowledgement would cost 40 ms a step
    assert statistics.median(took_ms) < 35


def test_a_kiosk_that_comes_back_before_its_old_connection_died_takes_over(clients):
    collector = clients.collector()
    will = (of("kiosk-1", "state"), b"gone", 1, True)
    old = clients.kiosk("kiosk-1", will=will)
    old.publish(of("kiosk-1", "state"), b"birth 1", retain=True)
    new = clients.kiosk("kiosk-1", will=will)
    old.await_cut()
    new.publish(of("kiosk-1", "state"), b"birth 2", retain=True)
    collector.await_heard(of("kiosk-1", "state"), b"birth 2")
    said = [payload for topic, payload, retained in collector.heard if topic == of("kiosk-1", "state") and not retained]
    assert said == [b"birth 1", b"gone", b"birth 2"]
    assert new.subscribe(of("kiosk-1", "ack")) == [1]
    collector.publish(of("kiosk-1", "ack"), b"for the new one")
    new.await_heard(of("kiosk-1", "ack"), b"for the new one")
    assert old.heard == []


def test_a_storm_of_reconnections_leaves_everyone_served(clients):
    collector = clients.collector()

    def storm(name):
        for _ in range(8):
            kiosk = clients.kiosk(name, will=(of(name, "state"), b"gone", 1, True))
            kiosk.publish(of(name, "state"), b"birth", retain=True)
            kiosk.subscribe(*[of(name, leaf) for leaf in TO_KIOSK])
            kiosk.publish(of(name, "taps"), b"tap")

    threads = [threading.Thread(target=storm, args=(f"kiosk-{n}",)) for n in range(1, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for n in range(1, 6):
        kiosk = clients.kiosk(f"kiosk-{n}")
        kiosk.subscribe(of(f"kiosk-{n}", "ack"))
        kiosk.publish(of(f"kiosk-{n}", "taps"), b"calm")
        collector.await_heard(of(f"kiosk-{n}", "taps"), b"calm")
        collector.publish(of(f"kiosk-{n}", "ack"), b"calm")
        kiosk.await_heard(of(f"kiosk-{n}", "ack"), b"calm")
    assert [payload for _, payload, _ in collector.heard].count(b"tap") == 40


# limits


def test_a_message_of_three_mebibytes_is_cut_off_and_the_others_go_on(clients, broker):
    collector = clients.collector()
    big, small = clients.kiosk("kiosk-1"), clients.kiosk("kiosk-2")
    big._paho.publish(of("kiosk-1", "taps"), b"x" * 3 * 2**20, 1)
    big.await_cut()
    assert broker.counts["malformed"] == 1
    _nothing_else_arrives(small, "kiosk-2", collector)


def test_a_claimed_length_of_256_mebibytes_is_refused_before_it_is_read(broker, site):
    with socket.create_connection(("127.0.0.1", broker.port)) as liar:
        liar.sendall(_connect_bytes("kiosk-1", site[1]["kiosk-1"]))
        assert liar.recv(4) == b"\x20\x02\x00\x00"
        liar.sendall(b"\x32\xff\xff\xff\x7f")
        liar.settimeout(3)
        assert _ended(liar)


@pytest.mark.parametrize(
    "bytes_sent",
    [
        os.urandom(2000),
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01" + bytes(500),
        b"\x10\xff\xff\xff\xff\x7f",
        b"\x10\x00",
        bytes(5000),
        b"\xc0\x00",
        b"\x30\x04\x00\x01ab",
    ],
)
def test_bytes_that_are_no_connect_end_that_connection_only(clients, broker, bytes_sent):
    kiosk = clients.kiosk("kiosk-1")
    with socket.create_connection(("127.0.0.1", broker.port), 3) as stranger:
        stranger.sendall(bytes_sent)
        assert _ended(stranger)
    assert kiosk.connected


@pytest.mark.parametrize(
    "bytes_sent",
    [
        b"\x34\x06\x00\x01a\x00\x01b",  # QoS 2
        b"\x32\x05\x00\x01a\x00\x00",  # packet identifier 0
        b"\x30\x04\x00\x02\xff\xfe",  # a topic that is not UTF-8
        b"\x30\x03\x00\x01#",
        b"\x30\x02\x00\x00",
        b"\x30\x01\x00",
        b"\x82\x02\x00\x01",
        b"\x80\x06\x00\x01\x00\x01a\x00",
        b"\x40\x03\x00\x01\x00",
        b"\x62\x02\x00\x01",
        b"\xf0\x00",
        b"\x10\x00",
        b"\x20\x02\x00\x00",
    ],
)
def test_a_packet_that_breaks_the_protocol_ends_that_connection_only(clients, broker, site, bytes_sent):
    collector = clients.collector()
    with socket.create_connection(("127.0.0.1", broker.port), 3) as breaker:
        breaker.sendall(_connect_bytes("kiosk-1", site[1]["kiosk-1"]))
        assert breaker.recv(4) == b"\x20\x02\x00\x00"
        breaker.sendall(bytes_sent)
        assert _ended(breaker)
    _nothing_else_arrives(clients.kiosk("kiosk-2"), "kiosk-2", collector)


def test_other_versions_of_mqtt_are_told_so(broker):
    for version in (b"\x00\x06MQIsdp\x03", b"\x00\x04MQTT\x05"):
        with socket.create_connection(("127.0.0.1", broker.port), 3) as client:
            body = version + b"\x02\x00\x3c\x00\x00\x01a"
            client.sendall(bytes([0x10, len(body)]) + body)
            assert client.recv(4) == b"\x20\x02\x00\x01"


def test_a_socket_that_never_says_who_it_is_is_closed(broker):
    with socket.create_connection(("127.0.0.1", broker.port), 8) as idle:
        idle.sendall(b"\x10")
        started = time.monotonic()
        assert _ended(idle)
        assert 0.8 < time.monotonic() - started < 6


def test_connections_beyond_the_limit_are_closed_and_the_place_is_free_again_afterwards(clients, site):
    broker = EmbeddedBroker(site[0], port=0, limits=Limits(connections=3))
    broker.start()
    try:
        idle = [socket.create_connection(("127.0.0.1", broker.port), 3) for _ in range(3)]
        idle[0].sendall(_connect_bytes("kiosk-1", site[1]["kiosk-1"]))
        assert idle[0].recv(4) == b"\x20\x02\x00\x00"
        with socket.create_connection(("127.0.0.1", broker.port), 3) as one_too_many:
            assert _ended(one_too_many)
        idle[2].close()
        _await(lambda: broker.connections == 2)
        Client(broker.port, "kiosk-2", "kiosk-2", site[1]["kiosk-2"]).close()
        for one in idle:
            one.close()
    finally:
        broker.stop()


def test_a_client_that_does_not_read_is_cut_and_the_others_are_served(clients, broker, site):
    collector = clients.collector()
    with socket.create_connection(("127.0.0.1", broker.port), 3) as deaf:
        deaf.sendall(_connect_bytes("kiosk-1", site[1]["kiosk-1"]))
        deaf.sendall(packets.subscribe(packets.Subscribe(1, ((of("kiosk-1", "update"), 1),))))
        for _ in range(400):
            collector.publish(of("kiosk-1", "update"), b"x" * 60000)
            if broker.counts["slow"]:
                break
        assert broker.counts["slow"] == 1
    _nothing_else_arrives(clients.kiosk("kiosk-2"), "kiosk-2", collector)


def test_a_kiosk_that_floods_is_slowed_down_and_loses_nothing(site):
    broker = EmbeddedBroker(site[0], port=0, limits=Limits(packets_per_s=200, burst=50))
    broker.start()
    try:
        collector = Client(broker.port, "collector", *broker.collector_account)
        collector.subscribe(*FROM_ALL)
        kiosk = Client(broker.port, "kiosk-1", "kiosk-1", site[1]["kiosk-1"])
        payloads = [b"%d" % n for n in range(250)]
        started = time.monotonic()
        kiosk.publish_all(of("kiosk-1", "taps"), payloads)
        assert time.monotonic() - started > 0.8
        collector.await_count(250)
        assert [payload for _, payload, _ in collector.heard] == payloads
    finally:
        broker.stop()


# what is said of it


def test_whoever_is_refused_or_cut_is_named_once_a_minute_and_counted(clients, broker, site, caplog):
    caplog.set_level("INFO")
    kiosk = clients.kiosk("kiosk-1")
    for _ in range(3):
        kiosk.publish(of("kiosk-2", "taps"), b"forged")
    kiosk.subscribe("#")
    with socket.create_connection(("127.0.0.1", broker.port), 3) as breaker:
        breaker.sendall(_connect_bytes("kiosk-2", site[1]["kiosk-2"]))
        assert breaker.recv(4) == b"\x20\x02\x00\x00"
        breaker.sendall(b"\x32\xff\xff\x7f")
        assert _ended(breaker)
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("collector.broker")]
    for name, what in (
        ("kiosk-1", "a PUBLISH was dropped: 'hymio/1/kiosk-2/taps' is not its own"),
        ("kiosk-1", "a SUBSCRIBE was refused: '#' is not its own"),
        ("kiosk-2", "cut: a packet of more than 65536 bytes"),
    ):
        assert len([line for line in lines if line.startswith(f"{name} at 127.0.0.1:") and line.endswith(what)]) == 1
    assert broker.counts == {"publish": 3, "subscribe": 1, "malformed": 1}


# life


def test_a_taken_port_is_named_and_nothing_starts(broker, site):
    second = EmbeddedBroker(site[0], port=broker.port)
    with pytest.raises(BrokerError, match=f"port {broker.port} on 127.0.0.1 is taken by another program"):
        second.start()
    second.stop()


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


def test_with_a_certificate_it_speaks_tls_and_nothing_else(site, certificate, caplog):
    broker = EmbeddedBroker(
        site[0], port=0, certfile=certificate[0], keyfile=certificate[1], limits=Limits(connect_s=1)
    )
    broker.start()
    try:
        collector = Client(broker.port, "collector", *broker.collector_account, cafile=certificate[0])
        assert collector.subscribe(*FROM_ALL) == [1] * 4
        kiosk = Client(broker.port, "kiosk-1", "kiosk-1", site[1]["kiosk-1"], cafile=certificate[0])
        _nothing_else_arrives(kiosk, "kiosk-1", collector)
        with socket.create_connection(("127.0.0.1", broker.port), 4) as plain:
            plain.sendall(_connect_bytes("kiosk-2", site[1]["kiosk-2"]))
            assert _ended(plain)
        kiosk.vanish()
    finally:
        started = time.monotonic()
        broker.stop()
        assert time.monotonic() - started < 2
    assert _alarms(caplog) == []


def test_a_certificate_that_cannot_be_read_is_named(site, certificate):
    with pytest.raises(BrokerError, match=r"certificate /nowhere\.pem with key"):
        EmbeddedBroker(site[0], port=0, certfile="/nowhere.pem", keyfile=certificate[1]).start()


def test_an_address_that_is_not_ours_is_named(site):
    with pytest.raises(BrokerError, match=r"cannot listen on 192\.0\.2\.1"):
        EmbeddedBroker(site[0], "192.0.2.1", 0).start()


def test_it_listens_on_loopback_unless_told_otherwise(site):
    assert EmbeddedBroker(site[0]).host == "127.0.0.1"


def test_it_stops_within_two_seconds_with_clients_connected_and_starts_again_on_its_port(site, caplog):
    broker = EmbeddedBroker(site[0], port=0)
    broker.start()
    kiosks = [Client(broker.port, name, name, secret) for name, secret in site[1].items()]
    kiosks[0].publish(of("kiosk-1", "state"), b"birth", retain=True)
    started = time.monotonic()
    broker.stop()
    assert time.monotonic() - started < 2
    for kiosk in kiosks:
        kiosk.await_cut()
    broker.start()
    again = Client(broker.port, "kiosk-1", "kiosk-1", site[1]["kiosk-1"])
    assert again.code == "Success"
    again.close()
    broker.stop()
    broker.stop()
    assert _alarms(caplog) == []


def test_it_stops_within_two_seconds_with_messages_that_nobody_acknowledged(site, caplog):
    broker = EmbeddedBroker(site[0], port=0)
    broker.start()
    collector = Client(broker.port, "collector", *broker.collector_account)
    with socket.create_connection(("127.0.0.1", broker.port), 3) as mute:
        mute.sendall(_connect_bytes("kiosk-1", site[1]["kiosk-1"]))
        mute.sendall(packets.subscribe(packets.Subscribe(1, ((of("kiosk-1", "ack"), 1),))))
        heard = mute.makefile("rb")
        assert heard.read(9) == b"\x20\x02\x00\x00\x90\x03\x00\x01\x01"
        for n in range(50):
            collector.publish(of("kiosk-1", "ack"), b"%d" % n)
        assert len(heard.read(50 * 20)) == 50 * 20
        started = time.monotonic()
        broker.stop()
        assert time.monotonic() - started < 2
    collector.await_cut()
    gc.collect()
    assert _alarms(caplog) == []


def _alarms(caplog):
    """Warnings and worse, but for asyncio's own about a slow computer, in its debug mode."""
    messages = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    return [message for message in messages if not message.startswith("Executing <")]


def test_no_secret_reaches_a_log(clients, broker, site, caplog):
    caplog.set_level("DEBUG")
    secret = site[1]["kiosk-1"]
    clients.kiosk("kiosk-1")
    clients.client("kiosk-2", "kiosk-2", secret)
    clients.client(secret, secret, secret)
    clients.collector()
    written = caplog.text
    assert "kiosk-2" in written
    assert secret not in written
    assert broker.collector_account[1] not in written


def _connect_bytes(name, secret, *, keep_alive_s=60, will=None):
    def text(data):
        return len(data).to_bytes(2, "big") + data

    flags = 0xC2 | (0x2C if will else 0)
    said = text(of(name, "state").encode()) + text(will) if will else b""
    body = text(b"MQTT") + bytes([4, flags]) + keep_alive_s.to_bytes(2, "big")
    body += text(name.encode()) + said + text(name.encode()) + text(secret.encode())
    return bytes([0x10, len(body)]) + body


def _ended(sock):
    """Whether the other side closes, within the socket's timeout."""
    try:
        while sock.recv(4096):
            pass
    except ConnectionError:
        pass
    return True


def _await(is_so):
    deadline = time.monotonic() + 5
    while not is_so():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)
